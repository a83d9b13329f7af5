"""One writer per index, by `flock`.

The kernel drops the lock when its holder dies, so there are no stale locks. The
process id in the file is only for display.
"""

import fcntl
import os
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nanobot_indexer.errors import IndexLockedError, IndexWriteError

_RETRY_S: Final = 0.05
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PID_SIZE_BYTES_MAX: Final = 20


class IndexLock:
    """The right to write one index. Use it in a `with` block.

    Args:
        path: The lock file. It is created, and stays.
        timeout_s: How long to wait for another writer.

    Raises:
        IndexLockedError: Another writer had it all the time.
        IndexWriteError: The file can not be created.
    """

    def __init__(self, path: Path, *, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._fd: int | None = None

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self._timeout_s
        while (fd := self._acquired(deadline)) is None:
            pass
        self._fd = fd
        return self

    def _acquired(self, deadline: float) -> int | None:
        """Return the locked file; None when it lost its name while this one waited for it."""
        fd = None
        is_ours = False
        try:
            fd = os.open(self._path, _FLAGS, 0o600)
            self._require_regular(fd)
            self._wait(fd, deadline)
            if self._is_named(fd):
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
                is_ours = True
        except OSError as error:
            raise IndexWriteError(self._path, error.strerror or str(error)) from error
        finally:
            if fd is not None and not is_ours:
                os.close(fd)
        return fd if is_ours else None

    def _require_regular(self, fd: int) -> None:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise IndexWriteError(self._path, "is not a regular file")

    def _wait(self, fd: int, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise IndexLockedError(self._path, _holder(fd)) from error
                time.sleep(_RETRY_S)
            else:
                return

    def _is_named(self, fd: int) -> bool:
        """Tell whether the next writer would open this file too.

        Whoever deletes the state folder takes the name away while others wait for the
        file; a lock without a name keeps nobody out.
        """
        try:
            return os.path.samestat(os.fstat(fd), os.lstat(self._path))
        except FileNotFoundError:
            return False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._fd is not None
        os.close(self._fd)
        self._fd = None


def _holder(fd: int) -> int | None:
    digits = os.pread(fd, _PID_SIZE_BYTES_MAX, 0).strip()
    return int(digits) if digits.isdigit() else None
