"""The kernel's notices about folders: inotify(7).

Called directly, because what decides over the design must not be hidden by a
layer above: that the queue overflowed, and that a watch is in place before the
folder is listed. Only the folders that are indexed are watched.
"""

import ctypes
import errno
import os
import struct
from enum import IntFlag
from typing import Final, NamedTuple, Self

_EVENT: Final = struct.Struct("iIII")  # wd, mask, cookie, length of the name
_READ_BYTES: Final = 256 * 1024

assert _EVENT.size == 16


class Notice(IntFlag):
    """The bits of a mask that are used here, with the kernel's values."""

    MODIFIED = 0x2
    ATTRIBUTES = 0x4
    WRITTEN = 0x8
    MOVED_FROM = 0x40
    MOVED_TO = 0x80
    CREATED = 0x100
    DELETED = 0x200
    SELF_DELETED = 0x400
    SELF_MOVED = 0x800
    UNMOUNTED = 0x2000
    OVERFLOWED = 0x4000
    """Notices were lost. It belongs to no watch."""
    UNWATCHED = 0x8000
    """The watch is gone, because it was removed or its folder was."""
    IS_FOLDER = 0x40000000


_FOLDER_ONLY: Final = 0x01000000
_NO_LINK: Final = 0x02000000
# What was deleted while it is still open tells nobody anything.
_NOT_UNLINKED: Final = 0x04000000


class FolderNotice(NamedTuple):
    """Something happened to an entry of a watched folder, or to the folder."""

    watch: int
    """Number of the watch, -1 for an overflow."""
    mask: int
    """Bits of `Notice`."""
    name: str
    """Of the entry, as `os` decodes it; empty when it is about the folder."""


class Inotify:
    """One queue of notices. Use it from one thread, in a `with` block."""

    def __init__(self) -> None:
        """Make the queue.

        Raises:
            OSError: There are too many already, or this system has none.
        """
        self._libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._libc, "inotify_init1"):
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        self._fd = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def watch(self, path: str, notices: Notice) -> int:
        """Watch one folder and return the number of its watch.

        A folder that is watched already keeps its number, whatever its name is now.

        Raises:
            OSError: It is no folder that can be read, or there are too many watches.
        """
        mask = int(notices) | _FOLDER_ONLY | _NO_LINK | _NOT_UNLINKED
        name = os.fsencode(path)
        return self._checked(self._libc.inotify_add_watch(self._fd, name, ctypes.c_uint32(mask)))

    def unwatch(self, watch: int) -> None:
        """Forget a watch. One that is gone already is no error."""
        self._libc.inotify_rm_watch(self._fd, watch)

    def read(self) -> list[FolderNotice]:
        """Return the notices that wait, a few thousand at most; none when none do."""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return []
        notices = []
        at = 0
        while at < len(data):
            watch, mask, _, name_length = _EVENT.unpack_from(data, at)
            at += _EVENT.size
            name = data[at : at + name_length].rstrip(b"\0")
            at += name_length
            notices.append(FolderNotice(watch, mask, os.fsdecode(name)))
        return notices

    def fileno(self) -> int:
        """Return the descriptor, which is readable when notices wait."""
        return self._fd

    def close(self) -> None:
        """Forget all watches."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @staticmethod
    def _checked(result: int) -> int:
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return result
