"""Run a process and say what it cost: wall, CPU, peak memory, and when a file appeared.

CPU and memory include the children of the process. Linux only: it reads `/proc`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

_POLL_S: Final = 0.002
_MEMORY_POLL_S: Final = 0.02
_TESTS: Final = Path(__file__).resolve().parents[1]


class TrialFailedError(Exception):
    """The process did not end well; the message is its standard error."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    """User and system time of the process and of the children it waited for."""
    appeared_wall_s: float | None
    """When the watched file was there; None when it never was."""
    appeared_cpu_s: float | None
    """CPU of the process and of its children until that moment."""
    tree_peak_bytes: int | None
    """Most unique memory of the process with its children at one moment, sampled."""
    output: dict[str, Any]
    """The JSON that the process printed, or nothing."""


def run_module(
    arguments: Sequence[str],
    *,
    appears: Path | None = None,
    measure_memory: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run `python -m` in the folder of the tests.

    Args:
        arguments: What follows `-m`.
        appears: A file to wait for; it must not be there.
        measure_memory: Sample the memory of the whole tree. Costs some CPU, so times of
            such a run are not to be used.
        environment: Default: that of this process.

    Raises:
        TrialFailedError: The exit code is not 0.
    """
    return run(
        [sys.executable, "-m", *arguments],
        appears=appears,
        measure_memory=measure_memory,
        environment=environment,
    )


def run(
    command: Sequence[str],
    *,
    appears: Path | None = None,
    measure_memory: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run any command; see `run_module`."""
    variables = dict(os.environ if environment is None else environment)
    # As after an installation: else a process may have to compile every module that is
    # not from a package, and nothing else.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    started_s = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=_TESTS,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    appeared = _watch(process, appears, started_s) if appears is not None else None
    peak = _sampled_peak_bytes(process) if measure_memory else None
    # The output of a trial is one line: it fits into the pipes.
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started_s
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        output, complaint = process.stdout.read(), process.stderr.read()
    if process.returncode != 0:
        msg = f"{' '.join(command)}: {complaint}"
        raise TrialFailedError(msg)
    return Cost(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        appeared_wall_s=appeared[0] if appeared else None,
        appeared_cpu_s=appeared[1] if appeared else None,
        tree_peak_bytes=peak,
        output=json.loads(output) if output.strip() else {},
    )


def _watch(
    process: "subprocess.Popen[str]", appears: Path, started_s: float
) -> tuple[float, float] | None:
    while not appears.exists():
        if _is_over(process):
            return None
        time.sleep(_POLL_S)
    wall_s = time.perf_counter() - started_s
    return wall_s, _cpu_s_of_tree(process.pid)


def _is_over(process: "subprocess.Popen[str]") -> bool:
    # Without collecting it: `wait4` wants to.
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _cpu_s_of_tree(pid: int) -> float:
    seconds = 0.0
    try:
        top = psutil.Process(pid)
        # Children that ended already are in the account of the parent.
        times = top.cpu_times()
        seconds += times.children_user + times.children_system
        for one in (top, *top.children(recursive=True)):
            seconds += _run_s(one.pid)
    except psutil.NoSuchProcess:
        pass  # A worker that ended meanwhile.
    return seconds


def _run_s(pid: int) -> float:
    """Return the time on a CPU of all live threads, to the nanosecond."""
    seconds = 0.0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            seconds += int(task.read_text("ascii").split()[0]) / 1e9
        except (FileNotFoundError, ProcessLookupError):
            continue  # The thread ended.
    return seconds


def _sampled_peak_bytes(process: "subprocess.Popen[str]") -> int:
    peak = 0
    top = psutil.Process(process.pid)
    while not _is_over(process):
        total = 0
        try:
            for one in (top, *top.children(recursive=True)):
                total += one.memory_full_info().uss
        except psutil.NoSuchProcess:
            pass
        except psutil.AccessDenied:
            break
        peak = max(peak, total)
        time.sleep(_MEMORY_POLL_S)
    return peak
