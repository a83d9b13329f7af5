"""Do something in a thread that the kernel lets write beneath one folder only.

The second wall behind `beneath`: where a mistake here or in a library would still
lead out of the workspace, Landlock (Linux 5.13 and later) refuses it. Where the kernel
has no Landlock, the thread runs without.

The restriction is of the calling thread and can not be taken back, so each call gets
a thread of its own. Owners, permission bits and extended attributes are not covered:
Landlock does not know them; descriptors that are open already are not, either.
"""

import ctypes
import os
import struct
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

_PR_SET_NO_NEW_PRIVS: Final = 38
# The same numbers on every Linux architecture but alpha.
_SYS_CREATE_RULESET: Final = 444
_SYS_ADD_RULE: Final = 445
_SYS_RESTRICT_SELF: Final = 446
_VERSION_FLAG: Final = 1
_RULE_PATH_BENEATH: Final = 1

# `linux/landlock.h`: writing to files, and making and removing everything.
_CHANGES: Final = (1 << 1) | sum(1 << bit for bit in range(4, 13))
_CHANGES_SINCE: Final = ((2, 1 << 13), (3, 1 << 14))
"""By version of the interface: moving between folders, truncating."""


def landlock_version() -> int:
    """Return which Landlock the kernel offers; 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(_SYS_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def beneath_only(root: Path, work: Callable[[], None]) -> None:
    """Call something that may change files beneath `root` and nowhere else.

    Args:
        root: An existing folder.
        work: Called in another thread, once; what it raises is raised here.
    """
    if landlock_version() == 0:
        work()
        return
    errors: list[BaseException] = []

    def run() -> None:
        try:
            _restrict_thread(root)
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="nanobot-writer")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def _restrict_thread(root: Path) -> None:
    """Give up every right to change what is not beneath `root`."""
    libc, version = _libc(), landlock_version()
    handled = _CHANGES
    for since, rights in _CHANGES_SINCE:
        handled |= rights if version >= since else 0
    try:
        root_fd = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        # Nothing can be written beneath it, and the work says so better.
        return
    try:
        attributes = struct.pack("<Q", handled)
        ruleset_fd = libc.syscall(_SYS_CREATE_RULESET, attributes, len(attributes), 0)
        if ruleset_fd < 0:
            return
        try:
            rule = struct.pack("<Qi", handled, root_fd)
            # A rule that was not added would forbid everything: then rather no wall.
            if libc.syscall(_SYS_ADD_RULE, ruleset_fd, _RULE_PATH_BENEATH, rule, 0) == 0:
                libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
                libc.syscall(_SYS_RESTRICT_SELF, ruleset_fd, 0)
        finally:
            os.close(ruleset_fd)
    finally:
        os.close(root_fd)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
