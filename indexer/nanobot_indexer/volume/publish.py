"""The one way a file of the index appears: whole, synced, under its final name.

Temporary file in the same folder, created exclusively → write → fsync → rename →
fsync of the folder. A crash at any point leaves the old file or the new one, and
at most a temporary file that the next writer removes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nanobot_indexer.errors import IndexWriteError

TEMPORARY_SUFFIX: Final = ".tmp"

_CREATE_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class PendingFile:
    """A file that nobody sees until `publish`. Use it in a `with` block.

    Leaving the block without `publish` removes the temporary file.

    Raises:
        IndexWriteError: From every method but `close`: the disk is full, read-only or broken.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f"{path.name}{TEMPORARY_SUFFIX}")
        self._fd: int | None = None
        with _named(self._path):
            self._fd = os.open(self._temporary, _CREATE_FLAGS, 0o600)
        self._is_published = False

    def write(self, data: bytes | bytearray | memoryview, *, offset: int) -> None:
        """Write all of `data` at `offset`."""
        rest = memoryview(data)
        with _named(self._path):
            while rest:
                # One call may write less than it was given.
                written = os.pwrite(self._open_fd, rest, offset)
                rest = rest[written:]
                offset += written

    def read(self, size_bytes: int, *, offset: int) -> bytes:
        """Return what was written at `offset`."""
        with _named(self._path):
            return os.pread(self._open_fd, size_bytes, offset)

    def reserve(self, size_bytes: int) -> None:
        """Take the space on the disk now, so that a full disk shows before any work."""
        if size_bytes:
            with _named(self._path):
                os.posix_fallocate(self._open_fd, 0, size_bytes)

    def publish(self, *, is_folder_synced: bool = True) -> None:
        """Make the file durable and give it its final name.

        Args:
            is_folder_synced: Make the name durable too. Without it the caller calls
                `sync_folder` before anything relies on the name.
        """
        with _named(self._path):
            os.fsync(self._open_fd)
            self._temporary.replace(self._path)
            self._is_published = True
            if is_folder_synced:
                sync_folder(self._path.parent)

    def close(self) -> None:
        """Remove the temporary file unless it was published. Does nothing the second time.

        What can not be removed, on a disk that is read-only by now, is left to the next
        writer: it must not hide what went wrong before.
        """
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        # Whether everything was written is known from the sync, not from here.
        with suppress(OSError):
            os.close(fd)
        if not self._is_published:
            with suppress(OSError):
                self._temporary.unlink()

    @property
    def _open_fd(self) -> int:
        assert self._fd is not None
        return self._fd

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in `folder` durable.

    Raises:
        IndexWriteError: The disk refused.
    """
    with _named(folder):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IndexWriteError(path, error.strerror or str(error)) from error
