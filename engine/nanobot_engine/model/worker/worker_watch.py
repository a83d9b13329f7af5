"""Notice from outside that a worker is no use any more, without asking it.

A stopped or looping process looks alive to `waitpid`, keeps its sockets open and even
takes connections. What is looked at instead, twice a second:

    stopped        the kernel says so
    no heartbeat   a thread of the worker counts up in a file that both hold
    deadlock       at a request, no processor time used, no thread that wants some
    endless loop   at a request, much processor time used and no step of the answer
    memory         more of its own than its limit

Time is counted in looks of ours that were not late and in processor time of the worker,
never by the clock: on a busy machine, or after it slept, a well worker is slow as well.
A worker that still loads has no heartbeat: a binding may hold Python's lock meanwhile.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from nanobot_engine.model.worker.progress import Progress

LOOK_S: Final = 0.5
_LATE_S: Final = 1.0
"""A look that comes later than this counts for nothing: we did not run either."""
_STOPPED_LOOKS: Final = 2
_SILENT_LOOKS: Final = 5
_IDLE_LOOKS: Final = 5
_IDLE_CPU_S: Final = 0.02
"""In one look; the heartbeat and the pings of a stream take less."""
_STEP_CPU_S_MIN: Final = 2.0
_STEP_FACTOR: Final = 4
"""So much longer than the longest one so far may a step take."""
_READ_CPU_S: Final = 0.25
"""For one token of a prompt, as long as none was measured: a large model on a slow processor."""
_MEASURED_CPU_S_MIN: Final = 1.0
"""Less says little about a token: looks are half a second apart."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the system says about a worker at one moment."""

    is_stopped: bool
    is_waiting: bool
    """No thread runs, wants to, or reads from a disk. Always false where nobody can tell."""
    cpu_seconds: float
    """Of all its threads, since it started."""
    own_bytes: int
    """Resident memory without mapped files, where the system tells them apart."""


def vitals(process: psutil.Process) -> Vitals | None:
    """Look at a process; None when it is gone."""
    try:
        with process.oneshot():
            status = process.status()
            times = process.cpu_times()
            memory = process.memory_info()
        if status in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        return Vitals(
            is_stopped=status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP),
            is_waiting=_is_waiting(process.pid),
            cpu_seconds=times.user + times.system,
            own_bytes=memory.rss - getattr(memory, "shared", 0),
        )
    except psutil.Error:
        return None


def _is_waiting(pid: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        # A list: an iterator that is left early keeps its folder open.
        for thread in list(Path(f"/proc/{pid}/task").iterdir()):
            # The name in brackets may contain anything, brackets too.
            state = (thread / "stat").read_bytes().rpartition(b") ")[2][:1]
            if state != b"S":
                return False
    except OSError:  # A thread that ended meanwhile was doing something.
        return False
    return True


class WorkerWatch:
    """Judges one worker by one look after the other. Knows no process, so that it can be tested.

    Args:
        own_bytes_max: The memory it may have.
    """

    def __init__(self, own_bytes_max: int) -> None:
        self._own_bytes_max = own_bytes_max
        self._beat = 0
        self._stopped = self._silent = self._idle = 0
        self._steps = 0
        self._cpu_s = 0.0
        self._step_cpu_s = 0.0  # When the last step was seen.
        self._was_asked = False
        self._longest_step_cpu_s = 0.0
        self._read_cpu_s = 0.0  # For a token, when measured.
        self._unread_tokens = 0
        self._is_exact = False

    def verdict(
        self,
        seen: Vitals,
        *,
        beat: int,
        progress: Progress,
        since_s: float,
        is_loading: bool = False,
    ) -> str | None:
        """Take a look into account.

        Args:
            seen: What the system says.
            beat: The count of the heart; 0 before its first beat.
            progress: With its requests.
            since_s: The time since the look before.
            is_loading: It has not said yet that it is ready.

        Returns:
            What is wrong in words; None while nothing is for certain.
        """
        if seen.own_bytes > self._own_bytes_max:
            return needs_more_than(self._own_bytes_max)
        is_late = since_s > _LATE_S
        self._stopped = self._stopped + 1 if seen.is_stopped else 0
        if self._stopped >= _STOPPED_LOOKS:
            return "stopped by a signal"
        if beat != self._beat or is_loading:
            self._silent = 0
        elif not is_late:
            self._silent += 1
        self._beat = beat
        if self._silent >= _SILENT_LOOKS:
            return f"no heartbeat for {_SILENT_LOOKS * LOOK_S:g} s"
        return self._verdict_of_request(seen, progress, is_late=is_late)

    def _verdict_of_request(self, seen: Vitals, progress: Progress, *, is_late: bool) -> str | None:
        used_s, self._cpu_s = seen.cpu_seconds - self._cpu_s, seen.cpu_seconds
        is_asked = progress.in_flight > 0
        has_moved = progress.steps != self._steps or not is_asked or not self._was_asked
        if has_moved:
            if self._was_asked and progress.steps != self._steps:
                self._learn(seen.cpu_seconds - self._step_cpu_s)
            self._step_cpu_s, self._idle = seen.cpu_seconds, 0
            self._unread_tokens = progress.unread_tokens
            self._is_exact = progress.is_exact
        elif used_s > _IDLE_CPU_S or not seen.is_waiting:
            self._idle = 0
        elif not is_late:
            self._idle += 1
        self._steps, self._was_asked = progress.steps, is_asked
        if self._idle >= _IDLE_LOOKS:
            return f"does nothing with its request for {_IDLE_LOOKS * LOOK_S:g} s"
        spent_s = seen.cpu_seconds - self._step_cpu_s
        if spent_s > self._step_cpu_s_max():
            return f"no step of an answer in {spent_s:.1f} s of processor time"
        return None

    def _learn(self, cpu_s: float) -> None:
        self._longest_step_cpu_s = max(self._longest_step_cpu_s, cpu_s)
        if self._unread_tokens and self._is_exact and cpu_s >= _MEASURED_CPU_S_MIN:
            self._read_cpu_s = max(self._read_cpu_s, cpu_s / self._unread_tokens)

    def _step_cpu_s_max(self) -> float:
        a_token_s = _STEP_FACTOR * self._read_cpu_s if self._read_cpu_s else _READ_CPU_S
        return max(
            _STEP_CPU_S_MIN,
            _STEP_FACTOR * self._longest_step_cpu_s,
            a_token_s * self._unread_tokens,
        )


def needs_more_than(limit_bytes: int) -> str:
    """Say that a worker died of its limit."""
    return f"it needs more than {limit_bytes / 2**20:.0f} MiB of memory"
