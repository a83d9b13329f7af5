"""The file of vectors of one workspace: read by everybody, written by one at a time.

It is a cache. Whoever opens it reads it as a whole, so a writer may cut it, and what can
not be believed is left out and made again.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.errors import IndexWriteError
from nanobot_indexer.semantic.vector_file import (
    Block,
    decoded,
    encoded_block,
    encoded_header,
)
from nanobot_indexer.semantic.vector_table import VectorTable
from nanobot_indexer.volume.folder import index_folder, make_index_folder, state_folder
from nanobot_indexer.volume.lock import IndexLock
from nanobot_indexer.volume.publish import PendingFile

FILE_BYTES_MAX: Final = 1 << 30
"""A larger file is not read: it would not fit beside the models."""
BLOCKS_MAX: Final = 512
"""A file of more blocks is written anew, as one."""
DEAD_SHARE_MAX: Final = 0.25
"""Of the chunks of a file may be gone from the index before they are dropped."""

_READ_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_APPEND_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def vectors_path(root: Path) -> Path:
    """Return the file of vectors of a workspace. It may not exist."""
    return index_folder(root) / "chunks.vectors"


class VectorStore:
    """Reads the file again when it changed. Safe to share between threads.

    Args:
        root: The workspace.
        model: The sha256 of the model file.
    """

    def __init__(self, root: Path, model: bytes) -> None:
        self._root = root
        self._path = vectors_path(root)
        self._model = model
        # One value, so that threads see both or neither.
        self._seen: tuple[tuple[int, ...], VectorTable] | None = None

    def table(self) -> VectorTable:
        """Return what is known now. A file that is not there, or not ours, is an empty one."""
        identity = _identity(self._path)
        seen = self._seen
        if seen is not None and seen[0] == identity:
            return seen[1]
        content = _content(self._path)
        found = decoded(content, self._model)
        table = VectorTable(() if found is None else found.blocks)
        self._seen = (identity, table)
        return table

    def writer(self, *, timeout_s: float) -> "VectorWriter":
        """Return a writer, to be used in a `with` block.

        Args:
            timeout_s: How long to wait for another one.
        """
        return VectorWriter(self._root, self._model, timeout_s=timeout_s)

    def building(self, *, timeout_s: float) -> IndexLock:
        """Return the right to embed all of the index, to be used in a `with` block.

        It keeps two OS processes from doing the same work; it is no right to write.
        """
        return IndexLock(state_folder(self._root) / "vectors-build.lock", timeout_s=timeout_s)


class VectorWriter:
    """The right to change the file. Use it in a `with` block.

    Raises:
        IndexLockedError: Another one had the right all the time.
        IndexWriteError: From every method: the disk is full, read-only or broken.
    """

    def __init__(self, root: Path, model: bytes, *, timeout_s: float) -> None:
        self._root = root
        self._path = vectors_path(root)
        self._model = model
        self._lock = IndexLock(state_folder(root) / "vectors.lock", timeout_s=timeout_s)
        self._table = VectorTable(())
        self._is_appendable = False

    @property
    def table(self) -> VectorTable:
        """What the file has."""
        return self._table

    def append(self, block: Block) -> None:
        """Add chunks. They are there for readers when this returns, durable soon after."""
        blocks = (*self._table.blocks, block)
        if not self._is_appendable or len(blocks) > BLOCKS_MAX:
            self._write_anew(VectorTable(blocks), keys=None)
            return
        self._append(encoded_block(block))
        self._table = VectorTable(blocks)

    def drop_dead(self, live_keys: NDArray[np.uint64]) -> bool:
        """Write the file anew without chunks that are gone, if they are many; tell whether.

        Args:
            live_keys: Of all chunks of the index.
        """
        if not self._table.chunk_count:
            return False
        live = np.unique(self._table.places(live_keys))
        dead_count = self._table.chunk_count - int(np.count_nonzero(live >= 0))
        if dead_count <= DEAD_SHARE_MAX * self._table.chunk_count:
            return False
        self._write_anew(self._table, keys=live_keys)
        return True

    def _append(self, content: bytes) -> None:
        def write(fd: int) -> None:
            end = os.fstat(fd).st_size
            rest, place = memoryview(content), end
            try:
                while rest:
                    written = os.pwrite(fd, rest, place)
                    rest, place = rest[written:], place + written
            except OSError:
                # Half a block at the end would hide the ones that come behind it.
                os.ftruncate(fd, end)
                raise

        _with_file(self._path, _APPEND_FLAGS, write)

    def _write_anew(self, table: VectorTable, *, keys: NDArray[np.uint64] | None) -> None:
        if keys is None:
            keys = np.concatenate([one.keys for one in table.blocks])
        block = table.kept(keys)
        content = encoded_header(self._model) + (b"" if block is None else encoded_block(block))
        # What an earlier writer left when it was killed.
        self._path.with_name(f"{self._path.name}.tmp").unlink(missing_ok=True)
        with PendingFile(self._path) as file:
            file.write(content, offset=0)
            file.publish()
        self._table = VectorTable(() if block is None else (block,))
        self._is_appendable = True

    def __enter__(self) -> Self:
        make_index_folder(self._root)
        self._lock.__enter__()
        try:
            found = decoded(_content(self._path), self._model)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        self._table = VectorTable(() if found is None else found.blocks)
        self._is_appendable = found is not None and found.is_whole
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.__exit__(kind, error, trace)


def _identity(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does; empty when there is none."""
    try:
        status = path.lstat()
    except OSError:
        return ()
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _content(path: Path) -> bytes:
    """Return the bytes of the file; none when it is missing, too large, or no file."""
    try:
        fd = os.open(path, _READ_FLAGS)
    except OSError:
        return b""
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > FILE_BYTES_MAX:
            return b""
        try:
            return file.read(FILE_BYTES_MAX + 1)
        except OSError:
            return b""


def _with_file(path: Path, flags: int, act: Callable[[int], None]) -> None:
    try:
        fd = os.open(path, flags)
        try:
            act(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise IndexWriteError(path, error.strerror or str(error)) from error
