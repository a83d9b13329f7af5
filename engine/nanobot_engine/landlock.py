"""Give up rights of the calling thread for good, where the kernel has Landlock.

Landlock (Linux 5.13 and later) restricts a thread and the threads and processes it
starts afterwards. It knows files; since version 4 TCP, since version 6 signals to others.
It does not know owners, permission bits, extended attributes, UDP or Unix sockets with a
path, and descriptors that are open already stay what they are.

Source: `include/uapi/linux/landlock.h` and `Documentation/userspace-api/landlock.rst`.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

READ_FILE: Final = 1 << 2
READ_FOLDER: Final = 1 << 3
READ: Final = READ_FILE | READ_FOLDER
WRITE_FILE: Final = 1 << 1
CHANGES: Final = WRITE_FILE | sum(1 << bit for bit in range(4, 13))
"""Writing to files, and making and removing everything."""
RUN: Final = 1 << 0
_CHANGES_SINCE: Final = ((2, 1 << 13), (3, 1 << 14))
"""By version of the interface: moving between folders, truncating."""
_OF_FILES: Final = RUN | WRITE_FILE | READ_FILE | 1 << 14
TCP_VERSION: Final = 4
SIGNALS_VERSION: Final = 6

_PR_SET_NO_NEW_PRIVS: Final = 38
# The same numbers on every Linux architecture but alpha.
_SYS_CREATE_RULESET: Final = 444
_SYS_ADD_RULE: Final = 445
_SYS_RESTRICT_SELF: Final = 446
_VERSION_FLAG: Final = 1
_RULE_PATH_BENEATH: Final = 1
_TCP: Final = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11


@cache
def landlock_version() -> int:
    """Return which Landlock the kernel offers; 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(_SYS_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def changes() -> int:
    """Return every right to change something that this kernel knows."""
    rights = CHANGES
    for since, more in _CHANGES_SINCE:
        rights |= more if landlock_version() >= since else 0
    return rights


def restrict_thread(
    given_up: int, kept: Sequence[tuple[Path | int, int]], *, is_alone: bool = False
) -> bool:
    """Give up rights of this thread, but beneath some paths.

    Args:
        given_up: Rights to files.
        kept: Files and folders, or descriptors of them, each with the rights that stay.
            One that does not exist is left out.
        is_alone: Give up TCP, abstract Unix sockets and signals to other processes too,
            as far as the kernel knows how.

    Returns:
        False when nothing was restricted: no Landlock, or a rule it did not take, for
        then too much would be forbidden.
    """
    version = landlock_version()
    if version == 0:
        return False
    attributes = struct.pack("<Q", given_up)
    if is_alone and version >= TCP_VERSION:
        attributes += struct.pack("<Q", _TCP)
    if is_alone and version >= SIGNALS_VERSION:
        attributes += struct.pack("<Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    libc = _libc()
    ruleset_fd = libc.syscall(_SYS_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset_fd < 0:
        return False
    try:
        for place, rights in kept:
            if not _keep(ruleset_fd, place, rights & given_up):
                return False
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(libc.syscall(_SYS_RESTRICT_SELF, ruleset_fd, 0) == 0)
    finally:
        os.close(ruleset_fd)


def _keep(ruleset_fd: int, place: Path | int, rights: int) -> bool:
    if isinstance(place, int):
        return _add_rule(ruleset_fd, place, rights)
    try:
        fd = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return True  # What is not there needs no right.
    try:
        return _add_rule(ruleset_fd, fd, rights)
    finally:
        os.close(fd)


def _add_rule(ruleset_fd: int, fd: int, rights: int) -> bool:
    if not os.path.isdir(f"/proc/self/fd/{fd}"):  # noqa: PTH112 - of a descriptor
        rights &= _OF_FILES
    rule = struct.pack("<Qi", rights, fd)
    return bool(_libc().syscall(_SYS_ADD_RULE, ruleset_fd, _RULE_PATH_BENEATH, rule, 0) == 0)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
