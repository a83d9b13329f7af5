"""Run a function in a forked child and kill -9 it, or let a call fail, at its n-th system call.

`ptrace` stops the child at every entry into and exit from the kernel, so a kill can
fall before and after each write, sync and rename, and each can be answered by an error.
Linux on x86-64 and AArch64.
"""

import ctypes
import os
import platform
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_TRACE_ME: Final = 0
_KILL_WITH_TRACER: Final = 0x00100000
_SYSCALL: Final = 24
_SET_OPTIONS: Final = 0x4200
_SYSCALL_STOPS_MARKED: Final = 1
_GET_REGISTERS: Final = 0x4204
_SET_REGISTERS: Final = 0x4205
_GENERAL_REGISTERS: Final = 1
_REGISTERS_MAX: Final = 64
_WORD_MAX: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class _Machine:
    """Where a kind of machine has the number of a call, and its numbers."""

    call: int
    """Which of the general registers holds the number of the call."""
    result: int
    """Which of them holds the result."""
    argument: int
    """Which of them holds the first argument."""
    sync: int
    """fsync."""
    renaming: frozenset[int]
    """rename where there is one, renameat, renameat2."""
    writing: frozenset[int]
    """pwrite64, fallocate, ftruncate."""


_MACHINES: Final = {
    "x86_64": _Machine(15, 10, 14, 74, frozenset({82, 264, 316}), frozenset({18, 285, 77})),
    "aarch64": _Machine(8, 0, 0, 82, frozenset({38, 276}), frozenset({68, 47, 46})),
}
_MACHINE: Final = _MACHINES[platform.machine()]
_CHANGING: Final = _MACHINE.writing | _MACHINE.renaming | {_MACHINE.sync}


class _Vector(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("start", ctypes.c_void_p), ("size_bytes", ctypes.c_size_t))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, pid: int, data: int = 0, address: int = 0) -> None:
    if _libc.ptrace(request, pid, address, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace request {request:#x}: {os.strerror(number)}")


def killed_at(stop: int, work: Callable[[], None]) -> bool:
    """Run `work` in a child and kill it at its `stop`-th entry to or exit from the kernel.

    Only the thread that runs `work` is counted; its end ends all others.

    Returns:
        False when `work` came to its end before that.
    """
    seen = 0
    with _Traced(work) as child:
        while child.runs_to_next_stop():
            seen += 1
            if seen == stop:
                return True
    assert child.status == 0, "the work failed by itself"
    return False


def status_with_failure(count: int, error: int, work: Callable[[], int]) -> int | None:
    """Run `work` in a child, and let its `count`-th call that changes the disk fail.

    The call was made, as one on a disk that breaks may be; its answer is the error.

    Returns:
        What `work` returned; None when it made fewer such calls.
    """
    seen = 0
    is_entry = False
    with _Traced(work) as child:
        while child.runs_to_next_stop():
            # Every call stops twice, on its way in and on its way out.
            is_entry = not is_entry
            if is_entry or child.call() not in _CHANGING:
                continue
            seen += 1
            if seen == count:
                child.answer(-error)
    return child.status if seen >= count else None


def syncs_and_renames(work: Callable[[], None]) -> str:
    """Run `work` in a child and return a letter per sync of a file, of a folder, and rename.

    Returns:
        `f`, `d` and `r`, in order.
    """
    letters = ""
    is_entry = False
    with _Traced(work) as child:
        while child.runs_to_next_stop():
            is_entry = not is_entry
            if not is_entry:
                continue
            if child.call() == _MACHINE.sync:
                letters += "d" if child.is_first_argument_a_folder() else "f"
            elif child.call() in _MACHINE.renaming:
                letters += "r"
    assert child.status == 0, "the work failed by itself"
    return letters


class _Traced:
    """A child that stops at its system calls. It is killed at the end of the block."""

    def __init__(self, work: Callable[[], int | None]) -> None:
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                _ptrace(_TRACE_ME, 0)
                os.kill(os.getpid(), signal.SIGSTOP)
                status = work() or 0
            finally:
                os._exit(status)
        os.waitpid(self._pid, 0)
        _ptrace(_SET_OPTIONS, self._pid, _KILL_WITH_TRACER | _SYSCALL_STOPS_MARKED)
        self._passed_on = 0
        self.status: int | None = None
        """How the child ended; None while it runs."""

    def runs_to_next_stop(self) -> bool:
        """Let the child run to where it enters or leaves the kernel; False when it ended."""
        while True:
            _ptrace(_SYSCALL, self._pid, self._passed_on)
            self._passed_on = 0
            _, status = os.waitpid(self._pid, 0)
            if os.WIFEXITED(status):
                self.status = os.WEXITSTATUS(status)
                return False
            if os.WIFSIGNALED(status):
                self.status = -os.WTERMSIG(status)
                raise AssertionError(f"signal {os.WTERMSIG(status)} ended the work")
            number = os.WSTOPSIG(status)
            if number == signal.SIGTRAP | 0x80:
                return True
            self._passed_on = 0 if number == signal.SIGTRAP else number

    def call(self) -> int:
        """Return the number of the call that the child is in."""
        return self._registers(_GET_REGISTERS)[_MACHINE.call]

    def is_first_argument_a_folder(self) -> bool:
        """Tell whether the call that the child is making is about a folder, by descriptor."""
        fd = self._registers(_GET_REGISTERS)[_MACHINE.argument]
        return Path(f"/proc/{self._pid}/fd/{fd}").is_dir()

    def answer(self, value: int) -> None:
        """Let the call that the child is leaving return something else."""
        words = self._registers(_GET_REGISTERS)
        words[_MACHINE.result] = value & _WORD_MAX
        self._registers(_SET_REGISTERS, words)

    def _registers(self, request: int, words: list[int] | None = None) -> list[int]:
        buffer = (ctypes.c_uint64 * _REGISTERS_MAX)(*(words or ()))
        vector = _Vector(ctypes.addressof(buffer), 8 * len(words or buffer))
        _ptrace(request, self._pid, ctypes.addressof(vector), _GENERAL_REGISTERS)
        return list(buffer)[: vector.size_bytes // 8]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.status is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
