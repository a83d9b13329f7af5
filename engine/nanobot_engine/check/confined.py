"""Run a command with nothing to reach, little to write to, and an end.

Its whole process group is killed when it took too long; where the kernel gives it a
process namespace of its own, so is everything that left the group.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_MEMORY_BYTES_MAX: Final = 4 << 30
_OUTPUT_BYTES_MAX: Final = 64 << 20
_POLL_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class ConfinedRun:
    """How a command ended."""

    exit_code: int | None
    """None when it was killed because it took too long."""
    output: str
    """The end of what it printed, both streams."""
    lacks: tuple[str, ...] = ()
    """What the kernel did not offer: `network`, `processes`, `writes`, `limits`."""


def run_confined(
    command: Sequence[str],
    *,
    folder: Path,
    home: Path,
    environment: Mapping[str, str],
    timeout_s: float,
    memory_bytes_max: int = _MEMORY_BYTES_MAX,
    cancelled: Callable[[], bool] = lambda: False,
) -> ConfinedRun:
    """Run a command in a folder, the only one that it can write to.

    Args:
        command: The program, absolute, and its arguments.
        folder: Where it runs.
        home: A folder in it for caches and temporary files.
        environment: What it gets besides a plain environment.
        timeout_s: Of wall clock; the same is its limit of processor time.
        memory_bytes_max: Of addresses, for each of its processes.
        cancelled: Polled; a true answer ends it as if it took too long.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as report:
        launch = [
            sys.executable, "-I", str(LAUNCHER), f"--report={report.fileno()}", str(folder),
            str(int(timeout_s) + 1), str(memory_bytes_max), *command,
        ]  # fmt: skip
        child = subprocess.Popen(
            launch,
            cwd=folder,
            env={**plain_environment(home), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[report.fileno()],
        )
        deadline = time.monotonic() + timeout_s
        exit_code: int | None = None
        try:
            while exit_code is None and time.monotonic() < deadline and not cancelled():
                with suppress(subprocess.TimeoutExpired):
                    exit_code = child.wait(timeout=_POLL_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        size_bytes = output.seek(0, os.SEEK_END)
        output.seek(max(0, size_bytes - _OUTPUT_BYTES_MAX))
        report.seek(0)
        lacks = tuple(report.read().decode("ascii", errors="replace").split())
        return ConfinedRun(exit_code, output.read().decode(errors="replace"), lacks)


def plain_environment(home: Path) -> dict[str, str]:
    """Return what a confined command gets of an environment.

    Args:
        home: Its folder for caches and temporary files.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
