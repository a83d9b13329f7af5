"""Limits that a worker puts on itself, before it sees any text.

Each limit is set where the platform has it; the parent's deadline works without.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
NICENESS: Final = 10
"""Of work that somebody waits for, and that must not slow the editor down."""
_OPEN_FILES_MAX: Final = 64


def limit_this_process(*, memory_bytes_max: int, parent_pid: int, niceness: int = NICENESS) -> None:
    """Bound memory, files and priority, and tie this process to its parent.

    Args:
        memory_bytes_max: Address space. tree-sitter aborts or faults when it is used
            up, which ends this process and nothing else.
        parent_pid: Exits at once when this is no longer the parent.
        niceness: What the worker leaves to others; it can only grow.
    """
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - does not exist on Windows.

        _lower(resource.RLIMIT_AS, memory_bytes_max)
        _lower(resource.RLIMIT_NOFILE, _OPEN_FILES_MAX)
        # A core dump of a hostile parse may hold the user's source.
        _lower(resource.RLIMIT_CORE, 0)
        os.nice(niceness)
    _die_with_parent(parent_pid)


def _lower(limit: int, value: int) -> None:
    import resource  # noqa: PLC0415 - does not exist on Windows.

    _, hard = resource.getrlimit(limit)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(limit, (value, value))


def _die_with_parent(parent_pid: int) -> None:
    """Ask the kernel for SIGKILL when the parent is gone; elsewhere stdin ends then."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        # The parent died before the kernel knew.
        sys.exit(0)
