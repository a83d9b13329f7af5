"""The settings that the VS Code extension offers are those of the server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
PACKAGE = Path("editors") / "vscode" / "package.json"


def check_run(checkout: Path, package: dict[str, Any]) -> dict[str, Any]:
    """Run the script over this `package.json` and return what it makes of it."""
    script, file = checkout / "scripts" / "vscode_settings.py", checkout / PACKAGE
    for made in (script, file):
        made.parent.mkdir(parents=True)
    script.write_bytes((REPO / "scripts" / script.name).read_bytes())
    file.write_text(json.dumps(package), encoding="utf-8")
    subprocess.run([sys.executable, script], check=True, capture_output=True)
    made_of_it: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return made_of_it


def test_the_extension_offers_the_settings_of_the_server(tmp_path: Path) -> None:
    package = json.loads((REPO / PACKAGE).read_text(encoding="utf-8"))

    assert check_run(tmp_path, package) == package, "run python scripts/vscode_settings.py"


def test_what_the_extension_has_of_its_own_stays(tmp_path: Path) -> None:
    own = {"nanobot.path": {"default": "mine"}, "nanobot.trace.server": {"default": "off"}}
    given = {"title": "nanobot", "properties": {**own, "nanobot.old.key": {}}}

    made = check_run(tmp_path, {"name": "n", "contributes": {"a": 1, "configuration": [given]}})

    (configuration,) = made["contributes"].pop("configuration")
    assert made == {"name": "n", "contributes": {"a": 1}}
    assert configuration["title"] == "nanobot"
    assert configuration["properties"].items() >= own.items()
    assert "nanobot.log.level" in configuration["properties"]
    assert "nanobot.old.key" not in configuration["properties"]
