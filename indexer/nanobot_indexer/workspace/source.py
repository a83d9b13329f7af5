"""Read one listed file, or say why not.

Invariant: a returned source is the whole content of a regular file at one
moment. Every folder on the way is opened without following links, so a folder
that becomes a link between listing and reading leads nowhere.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from nanobot_indexer.options import IndexOptions
from nanobot_indexer.workspace.encoding import TextEncoding, text_encoding
from nanobot_indexer.workspace.skip import Skipped, SkipReason
from nanobot_indexer.workspace.walk import FoundFile

BINARY_PROBE_BYTES: Final = 8 * 1024

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a FIFO that took the place of the file must not wait.
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Source:
    """The content of one text file."""

    path: str
    text: bytes
    sha256: bytes
    encoding: TextEncoding
    line_starts: npt.NDArray[np.uint32]
    """Byte offsets. Shape `(line_count,)`; empty for an empty file."""


class SourceReader:
    """Reads listed files below one root. Use it in a `with` block, from one thread."""

    def __init__(self, root_fd: int, options: IndexOptions) -> None:
        self._root_fd = root_fd
        self._options = options
        # Files come in path order, so one open folder serves most of them.
        self._folder = ""
        self._folder_fd: int | None = None

    def read(self, found: FoundFile) -> Source | Skipped:
        """Return the file, or why it is left out."""
        limit = self._options.file_size_bytes_max
        if found.size_bytes > limit:
            detail = f"{found.size_bytes} bytes, limit {limit}"
            return Skipped(found.path, SkipReason.TOO_LARGE, detail)
        try:
            text = self._content(found.path, limit)
        except OSError as error:
            detail = error.strerror or str(error)
            return Skipped(found.path, SkipReason.FILE_UNREADABLE, detail)
        if isinstance(text, Skipped):
            return text
        return self._checked(found.path, text)

    def _content(self, path: str, limit: int) -> bytes | Skipped:
        folder, _, name = path.rpartition("/")
        fd = os.open(name, _FILE_FLAGS, dir_fd=self._opened(folder))
        with open(fd, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor, not a path.
            before = os.fstat(fd)
            if not stat.S_ISREG(before.st_mode):
                return Skipped(path, SkipReason.NOT_REGULAR, "replaced since it was listed")
            if before.st_size > limit:
                return Skipped(path, SkipReason.TOO_LARGE, f"{before.st_size} bytes, limit {limit}")
            # One byte more than it should have, to see it grow.
            text = bytearray()
            while len(text) <= before.st_size:
                part = file.read(before.st_size + 1 - len(text))
                if not part:
                    break
                text += part
            after = os.fstat(fd)
        if len(text) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            return Skipped(path, SkipReason.CHANGED, "ingest again")
        return bytes(text)

    def _checked(self, path: str, text: bytes) -> Source | Skipped:
        if b"\0" in text[:BINARY_PROBE_BYTES]:
            return Skipped(path, SkipReason.BINARY, "")
        line_starts = line_start_offsets(text)
        longest = _longest_line_bytes(line_starts, len(text))
        limit = self._options.line_length_bytes_max
        if longest > limit:
            detail = f"{longest} bytes, limit {limit}"
            return Skipped(path, SkipReason.LINE_TOO_LONG, detail)
        is_python = path.endswith((".py", ".pyi", ".pyw")) or b"python" in text[:64]
        encoding = text_encoding(text, is_python=is_python)
        if encoding is None:
            return Skipped(path, SkipReason.UNKNOWN_ENCODING, "")
        return Source(path, text, hashlib.sha256(text).digest(), encoding, line_starts)

    def _opened(self, folder: str) -> int:
        if not folder:
            return self._root_fd
        if self._folder_fd is None or folder != self._folder:
            self.close()
            self._folder_fd = _opened_beneath(self._root_fd, folder)
            self._folder = folder
        return self._folder_fd

    def close(self) -> None:
        """Close the folder that was kept open."""
        if self._folder_fd is not None:
            os.close(self._folder_fd)
            self._folder_fd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def line_start_offsets(text: bytes) -> npt.NDArray[np.uint32]:
    r"""Return the byte offset of every line.

    Lines end at `\n`, `\r\n` and lone `\r`, and nowhere else: that is what
    editors count, and not what `str.splitlines` does.

    Returns:
        Shape `(line_count,)`, strictly increasing, first 0. Empty for empty text;
        a final line end opens no further line.
    """
    if not text:
        return np.zeros(0, dtype=np.uint32)
    content = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(content == ord("\n"))
    if b"\r" in text:
        returns = np.flatnonzero(content == ord("\r"))
        following = np.append(content, 0)[returns + 1]
        ends = np.union1d(ends, returns[following != ord("\n")])
    starts = np.concatenate(([0], ends + 1))
    if starts[-1] == len(text):
        starts = starts[:-1]
    return starts.astype(np.uint32)


def _longest_line_bytes(line_starts: npt.NDArray[np.uint32], size_bytes: int) -> int:
    if not line_starts.size:
        return 0
    return int(np.diff(line_starts, append=np.uint32(size_bytes)).max())


def _opened_beneath(root_fd: int, folder: str) -> int:
    """Open a folder component by component, so that no part may be a link."""
    fd = root_fd
    for component in folder.split("/"):
        try:
            deeper = os.open(component, _FOLDER_FLAGS, dir_fd=fd)
        finally:
            if fd != root_fd:
                os.close(fd)
        fd = deeper
    return fd
