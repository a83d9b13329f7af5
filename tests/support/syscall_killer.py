"""Run a function in a forked child and kill -9 it at its n-th system call.

`ptrace` stops the child at every entry into and exit from the kernel, so a kill can
fall before and after each write, sync and rename. Linux on x86-64 and AArch64.
"""

import ctypes
import os
import signal
from collections.abc import Callable
from typing import Final

_TRACE_ME: Final = 0
_KILL_WITH_TRACER: Final = 0x00100000
_SYSCALL: Final = 24
_SET_OPTIONS: Final = 0x4200
_SYSCALL_STOPS_MARKED: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    if _libc.ptrace(request, pid, None, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace request {request:#x}: {os.strerror(number)}")


def killed_at(stop: int, work: Callable[[], None]) -> bool:
    """Run `work` in a child and kill it at its `stop`-th entry to or exit from the kernel.

    Only the thread that runs `work` is counted; its end ends all others.

    Returns:
        False when `work` came to its end before that.
    """
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _ptrace(_TRACE_ME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            work()
            status = 0
        finally:
            os._exit(status)
    os.waitpid(pid, 0)
    _ptrace(_SET_OPTIONS, pid, _KILL_WITH_TRACER | _SYSCALL_STOPS_MARKED)
    seen = 0
    passed_on = 0
    while True:
        _ptrace(_SYSCALL, pid, passed_on)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
            return False
        if os.WIFSIGNALED(status):
            raise AssertionError(f"signal {os.WTERMSIG(status)} ended the work")
        number = os.WSTOPSIG(status)
        if number != signal.SIGTRAP | 0x80:
            passed_on = 0 if number == signal.SIGTRAP else number
            continue
        passed_on = 0
        seen += 1
        if seen == stop:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return True
