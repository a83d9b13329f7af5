"""Run a command with nothing to reach, little to write to, and an end.

It is killed, and all that it started, when it takes too long, prints or starts too much or
fills the disk, and when this process dies.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_MEMORY_BYTES_MAX: Final = 4 << 30
_OUTPUT_BYTES_MAX: Final = 64 << 20
_PRINTED_BYTES_MAX: Final = 512 << 20
FREE_BYTES_MIN: Final = 16 << 20
"""A disk with less is full: what runs there is stopped, and what it said is not judged."""
# So many that tests which use all processors in threads and processes do not meet it.
_TASKS_MIN: Final = 1_000
_TASKS_PER_CPU: Final = 64
_POLL_S: Final = 0.2
_KILL_TIMEOUT_S: Final = 10.0
_CROWD: Final = "crowd"


_CANCELLED: Final = "was cancelled"
_KILLED: Final = "was killed"
_DISK_FULL: Final = "found the disk full"
_LINE_LENGTH_MAX: Final = 300
_ERROR: Final = re.compile(r"error:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConfinedRun:
    """How a command ended."""

    exit_code: int | None
    """None when it was stopped."""
    output: str
    """The end of what it printed, both streams."""
    lacks: tuple[str, ...] = ()
    """What the kernel did not offer: `network`, `processes`, `writes`, `limits`."""
    stopped: str = ""
    """Why it was stopped: what it did; `was killed` where something outside did it."""

    @property
    def is_innocent(self) -> bool:
        """Whether what stopped it says nothing about the command."""
        return self.stopped in {_CANCELLED, _KILLED, _DISK_FULL}

    @property
    def complaint(self) -> str:
        """The last line that speaks of an error, or the last one; cut."""
        lines = self.output.strip().splitlines() or [""]
        errors = [line for line in lines if _ERROR.search(line)]
        return (errors or lines)[-1].strip()[:_LINE_LENGTH_MAX]


def run_confined(
    command: Sequence[str],
    *,
    folder: Path,
    home: Path,
    environment: Mapping[str, str],
    timeout_s: float,
    memory_bytes_max: int = _MEMORY_BYTES_MAX,
    tasks_max: int | None = None,
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
        tasks_max: So many processes and threads at once; without it what suits the machine.
        cancelled: Polled; a true answer ends it.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as report:
        # The command is killed when nobody holds the writing end, this process gone, too.
        until, held = os.pipe()
        try:
            launch = [
                sys.executable, "-I", str(LAUNCHER), f"--report={report.fileno()}",
                f"--until={until}", f"--tasks={tasks_max or _tasks_max()}", str(folder),
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
                pass_fds=[report.fileno(), until],
            )
        except BaseException:
            os.close(held)
            raise
        finally:
            os.close(until)
        deadline = time.monotonic() + timeout_s
        stopped = ""
        try:
            while child.poll() is None and not stopped:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=_POLL_S)
                stopped = _reason_to_stop(output, folder)
                if cancelled():
                    stopped = _CANCELLED
                elif time.monotonic() >= deadline:
                    stopped = f"took longer than {timeout_s:.0f} s"
        finally:
            is_running = child.poll() is None
            os.close(held)
            _kill(child)
        return _ended(child.returncode, output, report, stopped if is_running else "")


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Wait for the launcher, which kills everything; kill it where it does not."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=_KILL_TIMEOUT_S)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _tasks_max() -> int:
    return max(_TASKS_MIN, _TASKS_PER_CPU * (os.cpu_count() or 1))


def _reason_to_stop(output: IO[bytes], folder: Path) -> str:
    if os.fstat(output.fileno()).st_size > _PRINTED_BYTES_MAX:
        return f"printed more than {_PRINTED_BYTES_MAX >> 20} MiB"
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError:
        return "removed the folder that it ran in"
    return _DISK_FULL if free_bytes < FREE_BYTES_MIN else ""


def _ended(status: int, output: IO[bytes], report: IO[bytes], stopped: str) -> ConfinedRun:
    size_bytes = output.seek(0, os.SEEK_END)
    output.seek(max(0, size_bytes - _OUTPUT_BYTES_MAX))
    report.seek(0)
    said = report.read().decode("ascii", errors="replace").split()
    lacks = tuple(dict.fromkeys(word for word in said if word != _CROWD))
    if _CROWD in said:
        stopped = "started too many processes"
    elif not stopped and status < 0:
        stopped = _KILLED
    text = output.read().decode(errors="replace")
    return ConfinedRun(None if stopped else status, text, lacks, stopped)


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
