"""List the files of a workspace without opening them.

Runs in path order and reports what it leaves out. The listing carries a digest
of every name, size, time and inode, so that the next ingest can tell in one walk
that nothing changed.
"""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_indexer.workspace.ignore import (
    IGNORE_FILE_SIZE_BYTES_MAX,
    SKIPPED_FOLDERS,
    IgnoreRules,
)
from nanobot_indexer.workspace.skip import Skipped, SkipReason, shown_path

# A file changed this shortly before the walk may change again without a new time stamp.
RACY_NS: Final = 20_000_000

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file that is not ignored. Nothing of it was read."""

    path: str
    """Workspace-relative, `/`-separated."""
    size_bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What one walk saw."""

    files: tuple[FoundFile, ...]
    """In the order of their UTF-8 paths."""
    skipped: tuple[Skipped, ...]
    digest: str
    """Equal for two walks that saw the same names, sizes, times and inodes.
    Empty when a file is so young that its time stamp proves nothing."""


def list_workspace(root_fd: int, *, files_max: int, check: Callable[[], None]) -> Listing:
    """Walk the workspace.

    Args:
        root_fd: The open root folder.
        files_max: Files beyond this count are skipped.
        check: Called once per folder; what it raises ends the walk.

    Raises:
        OSError: The root itself can not be listed.
    """
    started_ns = time.time_ns()
    walk = _Walk(root_fd, check)
    walk.run()
    files = sorted(walk.files, key=lambda found: found.path.encode())
    skipped = walk.skipped
    skipped.extend(
        Skipped(found.path, SkipReason.TOO_MANY_FILES, f"limit {files_max}")
        for found in files[files_max:]
    )
    digest = _digest(files, skipped)
    if any(found.mtime_ns >= started_ns - RACY_NS for found in files):
        digest = ""
    return Listing(tuple(files[:files_max]), tuple(skipped), digest)


def read_small_file(path: str, *, dir_fd: int, size_bytes_max: int) -> bytes | None:
    """Return the bytes of a small regular file, or None when there is none.

    Args:
        path: Relative to `dir_fd`; a symbolic link at its end is not followed.
        dir_fd: An open folder.
        size_bytes_max: A longer file counts as none.
    """
    try:
        fd = os.open(path, _FILE_FLAGS, dir_fd=dir_fd)
    except OSError:
        return None
    with open(fd, "rb") as file:  # noqa: PTH123 - a descriptor, not a path.
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > size_bytes_max:
            return None
        try:
            return file.read(size_bytes_max)
        except OSError:
            return None


class _Walk:
    def __init__(self, root_fd: int, check: Callable[[], None]) -> None:
        self.files: list[FoundFile] = []
        self.skipped: list[Skipped] = []
        self._root_fd = root_fd
        self._check = check

    def run(self) -> None:
        rules = IgnoreRules()
        exclude = read_small_file(
            ".git/info/exclude", dir_fd=self._root_fd, size_bytes_max=IGNORE_FILE_SIZE_BYTES_MAX
        )
        if exclude is not None:
            rules = rules.extended("", exclude)
        # A stack and not recursion: a hostile tree may be deeper than Python's stack.
        pending = [("", rules)]
        while pending:
            self._check()
            folder, rules = pending.pop()
            pending.extend(self._visited(folder, rules))

    def _visited(self, folder: str, rules: IgnoreRules) -> Iterator[tuple[str, IgnoreRules]]:
        """Record the files of one folder and return the folders below it."""
        try:
            fd = os.open(folder or ".", _FOLDER_FLAGS, dir_fd=self._root_fd)
            try:
                yield from self._entries(fd, folder, rules)
            finally:
                os.close(fd)
        except OSError as error:
            if not folder:
                raise
            self._skip(folder, SkipReason.FOLDER_UNREADABLE, error.strerror or str(error))

    def _entries(
        self, fd: int, folder: str, rules: IgnoreRules
    ) -> Iterator[tuple[str, IgnoreRules]]:
        with os.scandir(fd) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        names = {entry.name for entry in entries}
        if folder and "pyvenv.cfg" in names:
            return  # A virtual environment under any name.
        if ".gitignore" in names:
            text = read_small_file(
                ".gitignore", dir_fd=fd, size_bytes_max=IGNORE_FILE_SIZE_BYTES_MAX
            )
            if text is not None:
                rules = rules.extended(folder, text)
        for entry in entries:
            if entry.name in SKIPPED_FOLDERS:
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            if self._is_new_folder(entry, path, rules):
                yield path, rules

    def _is_new_folder(self, entry: os.DirEntry[str], path: str, rules: IgnoreRules) -> bool:
        """Record one entry; tell whether it is a folder to look into."""
        is_folder = entry.is_dir(follow_symlinks=False)
        if not _is_printable_utf8(entry.name):
            self._skip(path, SkipReason.NAME_NOT_TEXT, "")
            return False
        if rules.ignores(path, is_folder=is_folder):
            return False
        if is_folder:
            return True
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._skip(path, SkipReason.FILE_UNREADABLE, error.strerror or str(error))
            return False
        if stat.S_ISREG(status.st_mode):
            found = FoundFile(path, status.st_size, status.st_mtime_ns, status.st_ino)
            self.files.append(found)
        else:
            self._skip(path, SkipReason.NOT_REGULAR, _kind_of(status.st_mode))
        return False

    def _skip(self, path: str, reason: SkipReason, detail: str) -> None:
        self.skipped.append(Skipped(shown_path(path), reason, detail))


def _is_printable_utf8(name: str) -> bool:
    # `os` decodes bytes that are not UTF-8 to lone surrogates, which do not encode.
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return not any(char < " " or char == "\x7f" for char in name)


def _kind_of(mode: int) -> str:
    kinds = (
        (stat.S_ISLNK, "symbolic link"),
        (stat.S_ISFIFO, "FIFO"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISCHR, "character device"),
        (stat.S_ISBLK, "block device"),
    )
    return next((word for matches, word in kinds if matches(mode)), "special file")


def _digest(files: list[FoundFile], skipped: list[Skipped]) -> str:
    digest = hashlib.sha256()
    for found in files:
        line = f"{found.path}\0{found.size_bytes}\0{found.mtime_ns}\0{found.inode}\n"
        digest.update(line.encode())
    for skip in skipped:
        digest.update(f"{skip.path}\0{skip.reason}\0{skip.detail}\n".encode())
    return digest.hexdigest()
