"""Read one listed file, or say why not.

Invariant: a returned text is the whole content of a regular file at one moment.
Every folder on the way is opened without following links, so a folder that
becomes a link between listing and reading leads nowhere.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nanobot_indexer.errors import IndexUnreadableError
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.shortage import is_shortage
from nanobot_indexer.workspace.encoding import TextEncoding, text_encoding
from nanobot_indexer.workspace.file_table import FoundFile, found_file
from nanobot_indexer.workspace.folder import (
    FILE_FLAGS,
    FOLDER_FLAGS,
    StatIdentity,
    identity_of,
    is_racy,
    kind_of,
)
from nanobot_indexer.workspace.generated import (
    binary_format,
    generated_name,
    minified_text,
    oversized_lock_file,
    wide_encoding,
)
from nanobot_indexer.workspace.skip import Skipped, SkipReason, shown_path

# A few descriptors serve nearly all files; deeper folders are opened on the way each time.
_OPEN_FOLDERS_MAX: Final = 24

# A write sets the stamp when it begins, and may be held up before its last byte is there.
_WRITE_PAUSE_NS: Final = 1_000_000_000

_LINE_FEED: Final = b"\n"
_CARRIAGE_RETURN: Final = b"\r"


@dataclass(frozen=True, slots=True)
class Source:
    """The content of one text file."""

    path: str
    text: bytes
    sha256: bytes
    encoding: TextEncoding
    identity: StatIdentity
    """What the file was like when it was read."""
    is_racy: bool
    """It was so young then that it may have changed again without a new time stamp."""


def refusal_before_reading(path: str, size_bytes: int, options: IndexOptions) -> Skipped | None:
    """Return why a file is left out whatever is in it, or None.

    Args:
        path: Workspace-relative.
        size_bytes: Of the file.
        options: Limits.
    """
    limit = options.file_size_bytes_max
    if size_bytes > limit:
        return _skipped(path, SkipReason.TOO_LARGE, f"{size_bytes} bytes, limit {limit}")
    generated = generated_name(path) or oversized_lock_file(path, size_bytes)
    return None if generated is None else _skipped(path, SkipReason.GENERATED, generated)


def encoding_or_refusal(path: str, text: bytes, options: IndexOptions) -> TextEncoding | Skipped:
    """Return how a text is decoded, or why it is left out.

    Args:
        path: Workspace-relative.
        text: The whole file.
        options: Limits.
    """
    wide = wide_encoding(text)
    if wide is not None:
        return _skipped(path, SkipReason.UNKNOWN_ENCODING, wide)
    binary = binary_format(text)
    if binary is not None:
        return _skipped(path, SkipReason.BINARY, binary)
    minified = minified_text(path, text)
    if minified is not None:
        return _skipped(path, SkipReason.GENERATED, minified)
    limit = options.line_length_bytes_max
    longest = _line_longer_than(text, limit)
    if longest is not None:
        return _skipped(path, SkipReason.LINE_TOO_LONG, f"{longest} bytes, limit {limit}")
    is_python = path.endswith((".py", ".pyi", ".pyw")) or b"python" in text[:64]
    encoding = text_encoding(text, is_python=is_python)
    return _skipped(path, SkipReason.UNKNOWN_ENCODING, "") if encoding is None else encoding


class SourceReader:
    """Reads listed files below one root. Use it in a `with` block, from one thread."""

    def __init__(self, root_fd: int, options: IndexOptions) -> None:
        self._root_fd = root_fd
        self._options = options
        # Files come in path order, so most lie in a folder that is still open.
        self._open_names: list[str] = []
        self._open_fds: list[int] = []
        self._folder = ""
        """The whole path of the last open folder."""

    def read(self, found: FoundFile) -> Source | Skipped:
        """Return the file, or why it is left out.

        Raises:
            IndexUnreadableError: The process is out of descriptors or memory.
        """
        path = found.path
        refused = refusal_before_reading(path, found.size_bytes, self._options)
        if refused is not None:
            return refused
        try:
            content = self._content(path, self._options.file_size_bytes_max)
        except OSError as error:
            return _unreadable(path, error)
        if isinstance(content, Skipped):
            return content
        text, identity, is_racy_file = content
        encoding = encoding_or_refusal(path, text, self._options)
        if isinstance(encoding, Skipped):
            return encoding
        digest = hashlib.sha256(text).digest()
        return Source(path, text, digest, encoding, identity, is_racy_file)

    def find(self, path: str) -> FoundFile | Skipped | None:
        """Return what is at a path now: a file to read, what is left out, or None for no file.

        Args:
            path: Workspace-relative, and known not to be ignored.

        Raises:
            IndexUnreadableError: The process is out of descriptors or memory.
        """
        folder, _, name = path.rpartition("/")
        try:
            with self._folder_of(folder) as folder_fd:
                status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return _unreadable(path, error)
        if stat.S_ISDIR(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode):
            return _skipped(path, SkipReason.NOT_REGULAR, kind_of(status.st_mode))
        return found_file(path, status)

    @contextmanager
    def _folder_of(self, folder: str) -> Iterator[int]:
        if folder == self._folder and self._open_fds:
            yield self._open_fds[-1]
            return
        folder_fd, is_passing = self._opened(folder)
        try:
            yield folder_fd
        finally:
            if is_passing:
                os.close(folder_fd)

    def _content(self, path: str, limit: int) -> tuple[bytes, StatIdentity, bool] | Skipped:
        folder, _, name = path.rpartition("/")
        with self._folder_of(folder) as folder_fd:
            fd = os.open(name, FILE_FLAGS, dir_fd=folder_fd)
        try:
            # Taken first: what changes from now on gets no earlier stamp.
            now_ns = time.time_ns()
            before = os.fstat(fd)
            size = before.st_size
            if not stat.S_ISREG(before.st_mode):
                return _skipped(path, SkipReason.NOT_REGULAR, kind_of(before.st_mode))
            if size > limit:
                return _skipped(path, SkipReason.TOO_LARGE, f"{size} bytes, limit {limit}")
            # One byte more than it should have, to see it grow.
            text = os.read(fd, size + 1)
            while len(text) < size:
                part = os.read(fd, size + 1 - len(text))
                if not part:
                    break
                text += part
            after = os.fstat(fd)
        finally:
            os.close(fd)
        identity = identity_of(before)
        if len(text) != size or identity_of(after) != identity:
            return _skipped(path, SkipReason.CHANGED, "ingest again")
        return text, identity, is_racy(before, now_ns) or is_racy(before, now_ns - _WRITE_PAUSE_NS)

    def _opened(self, folder: str) -> tuple[int, bool]:
        """Return a descriptor of the folder, and whether the caller has to close it.

        The folder is opened component by component, so that no part may be a link.
        """
        if not folder:
            return self._root_fd, False
        names = folder.split("/")
        if not _NO_COMPONENTS.isdisjoint(names):
            raise NotADirectoryError(f"{folder!r} leads out of the workspace")
        self._keep_open(names)
        fd = self._open_fds[-1] if self._open_fds else self._root_fd
        is_passing = False
        for name in names[len(self._open_fds) :]:
            try:
                deeper = os.open(name, FOLDER_FLAGS, dir_fd=fd)
            finally:
                if is_passing:
                    os.close(fd)
            if len(self._open_fds) < _OPEN_FOLDERS_MAX:
                self._open_names.append(name)
                self._open_fds.append(deeper)
                self._folder = "/".join(self._open_names)
            else:
                is_passing = True
            fd = deeper
        return fd, is_passing

    def _keep_open(self, names: list[str]) -> None:
        """Close the open folders that are not on the way to a folder."""
        shared = 0
        for name, open_name in zip(names, self._open_names, strict=False):
            if name != open_name:
                break
            shared += 1
        for fd in self._open_fds[shared:]:
            os.close(fd)
        del self._open_fds[shared:], self._open_names[shared:]
        self._folder = "/".join(self._open_names)

    def close(self) -> None:
        """Close the folders that were kept open."""
        self._keep_open([])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_NO_COMPONENTS: Final = frozenset({"", ".", ".."})


def _unreadable(path: str, error: OSError) -> Skipped:
    """Return why a file can not be read, unless it is not the file's fault."""
    detail = error.strerror or str(error)
    if is_shortage(error):
        raise IndexUnreadableError(Path(path), detail) from error
    return _skipped(path, SkipReason.FILE_UNREADABLE, detail)


def _skipped(path: str, reason: SkipReason, detail: str) -> Skipped:
    return Skipped(shown_path(path), reason, detail)


def _line_longer_than(text: bytes, limit: int) -> int | None:
    """Return the length of the first line over the limit, its end included, or None."""
    start = 0
    while len(text) - start > limit:
        # From the far end: so a step is nearly as long as the limit.
        end = text.rfind(_LINE_FEED, start, start + limit)
        if end < 0:
            end = text.rfind(_CARRIAGE_RETURN, start, start + limit)
        if end < 0:
            following = [at for at in (text.find(mark, start) for mark in b"\r\n") if at >= 0]
            return min(following, default=len(text) - 1) + 1 - start
        start = end + 1
    return None
