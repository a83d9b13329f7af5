"""What a killed owner leaves behind is removed; what lives is left alone."""

import os
import subprocess
import sys
from pathlib import Path

from nanobot_engine.model.worker.worker_process import _environment, sweep


def test_only_folders_of_dead_owners_are_removed(tmp_path: Path) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    for name in (f"main-{done.pid}-abc", f"main-{os.getpid()}-abc", "some-other-folder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.prefix").write_bytes(b"state")

    sweep(tmp_path)

    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([f"main-{os.getpid()}-abc", "some-other-folder"])


def test_a_folder_that_is_not_there_has_nothing_to_remove(tmp_path: Path) -> None:
    sweep(tmp_path / "none")


def test_a_worker_gets_no_options_from_our_environment() -> None:
    os.environ["LLAMA_ARG_HOST"] = "0.0.0.0"
    try:
        environment = _environment()
    finally:
        del os.environ["LLAMA_ARG_HOST"]

    assert not any(name.startswith("LLAMA") for name in environment)
    assert environment["PATH"] == os.environ["PATH"]
    assert environment["OMP_WAIT_POLICY"] == "PASSIVE"
