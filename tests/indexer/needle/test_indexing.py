import subprocess
import sys
from pathlib import Path

import pytest

from nanobot_indexer.needle.errors import HaystackNotIndexedError
from nanobot_indexer.needle.indexing import cost_of, measured_indexing


def test_what_the_indexing_process_says_is_the_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # Its index would be below a file.
    (tmp_path / ".nanobot").write_text("not a folder")

    with pytest.raises(HaystackNotIndexedError) as caught:
        measured_indexing(tmp_path)

    assert str(caught.value).startswith(f"{tmp_path}: not indexed: ")
    assert "can not be written" in caught.value.reason
    assert "Traceback" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "its process was ended by SIGKILL",
        ),
        ("import sys; sys.exit(7)", "its process ended with exit code 7"),
        ("raise MemoryError", "MemoryError"),
        ("print('not JSON')", "its process answered 'not JSON'"),
    ],
)
def test_an_indexing_process_that_ends_otherwise_is_told_in_words(
    tmp_path: Path, program: str, reason: str
) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    with pytest.raises(HaystackNotIndexedError) as caught:
        cost_of(tmp_path, finished, wall_s=1.0)

    assert caught.value.reason == reason
