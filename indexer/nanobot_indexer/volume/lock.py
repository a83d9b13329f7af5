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
        try:
            fd = os.open(self._path, _FLAGS, 0o600)
        except OSError as error:
            raise IndexWriteError(self._path, error.strerror or str(error)) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise IndexWriteError(self._path, "is not a regular file")
        try:
            self._acquire(fd)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd
        return self

    def _acquire(self, fd: int) -> None:
        deadline = time.monotonic() + self._timeout_s
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise IndexLockedError(self._path, _holder(fd)) from error
                time.sleep(_RETRY_S)
            except OSError as error:
                raise IndexWriteError(self._path, error.strerror or str(error)) from error
        try:
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError as error:
            raise IndexWriteError(self._path, error.strerror or str(error)) from error

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
