import subprocess
import sys

PROGRAM = """
import sys
from nanobot_server.completion_settings import completion_model
from nanobot_server.engine_options import models_dir
from nanobot_server.lsp import server
from nanobot_server.settings import Settings

completion_model(Settings()), models_dir(Settings())
print(*sys.modules)
"""


def test_an_editor_that_asks_where_models_are_has_no_engine_in_its_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    loaded = done.stdout.split()
    assert "nanobot_engine.model" in loaded
    assert [one for one in loaded if one in ("numpy", "nanobot_engine.process")] == []
