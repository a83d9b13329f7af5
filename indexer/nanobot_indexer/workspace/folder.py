"""List one folder of a workspace: its files, its folders, and what it leaves out.

No file is opened but ignore files. Names that are ignored leave no trace.
"""

import os
import stat
import time
from dataclasses import dataclass
from typing import Final, NamedTuple

from nanobot_indexer.shortage import is_shortage
from nanobot_indexer.workspace.ignore import (
    EXCLUDE_FILE,
    IGNORE_FILE_SIZE_BYTES_MAX,
    IGNORE_FILES,
    SKIPPED_NAMES,
    IgnoreKind,
    IgnoreRules,
)
from nanobot_indexer.workspace.skip import Skipped, SkipReason, shown_path

# Where a time stamp has parts of a second, the kernel advances it every few milliseconds.
RACY_NS: Final = 20_000_000
# A stamp of whole seconds may come from a file system that knows no less than two.
RACY_COARSE_NS: Final = 2_000_000_000

FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a FIFO that took the place of a file must not wait.
FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

VIRTUAL_ENVIRONMENT_MARK: Final = "pyvenv.cfg"
"""A folder below the root with this name in it is a virtual environment: not indexed."""
CARGO_MARK: Final = "Cargo.toml"
CARGO_OUTPUT: Final = "target"
"""Not indexed where it lies beside `Cargo.toml`; elsewhere it is a name like others."""


class StatIdentity(NamedTuple):
    """Equal values of one path promise an equal content, unless a stamp is racy."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


ABSENT: Final = StatIdentity(0, 0, 0, 0)
"""Stands for a file that is not there."""


def identity_of(status: os.stat_result) -> StatIdentity:
    """Return the identity in a status."""
    inode = signed(status.st_ino)
    return StatIdentity(status.st_size, status.st_mtime_ns, status.st_ctime_ns, inode)


def signed(number: int) -> int:
    """Return an unsigned 64-bit number as the signed one with the same bits."""
    return number - (1 << 64) if number >> 63 else number


def is_racy(status: os.stat_result, now_ns: int) -> bool:
    """Tell whether a change right after `now_ns` may leave the time stamps as they are."""
    return is_racy_stamp(status.st_ctime_ns, now_ns) or is_racy_stamp(status.st_mtime_ns, now_ns)


def is_racy_stamp(stamp_ns: int, now_ns: int) -> bool:
    """Tell the same for one stamp. One far in the future was set by hand: not racy."""
    step_ns = RACY_NS if stamp_ns % 1_000_000_000 else RACY_COARSE_NS
    if stamp_ns < now_ns - step_ns:
        return False
    # A scan may last for seconds, and what changes meanwhile is young.
    return stamp_ns <= max(now_ns, time.time_ns()) + RACY_COARSE_NS


@dataclass(frozen=True, slots=True)
class IgnoreSource:
    """One ignore file as it was when its rules were taken."""

    kind: IgnoreKind
    identity: StatIdentity
    """`ABSENT` when it was not there or not a file; its times are -1 when it was racy."""

    @property
    def is_racy(self) -> bool:
        """Its content may be another one without a sign of it."""
        return self.identity.mtime_ns == -1


@dataclass(slots=True)
class FolderListing:
    """What one look at a folder found."""

    status: os.stat_result
    """Of the folder, taken before it was listed."""
    file_names: list[str]
    file_statuses: list[os.stat_result]
    folder_names: list[str]
    skipped: list[Skipped]
    ignore_sources: list[IgnoreSource]
    rules: IgnoreRules
    """Those that judged the entries, which hold below as well."""
    is_closed: bool
    """A virtual environment: nothing in it is listed."""
    is_certain: bool
    """Another look at an unchanged folder would find the same."""


def list_folder(root_fd: int, folder: str, rules: IgnoreRules, *, now_ns: int) -> FolderListing:
    """List one folder.

    Args:
        root_fd: The open root folder.
        folder: Workspace-relative; empty for the root.
        rules: Those of the folder above.
        now_ns: No later than now; what is younger than this may change unnoticed.

    Raises:
        OSError: The folder can not be listed, or there is a shortage.
    """
    fd = os.open(folder or ".", FOLDER_FLAGS, dir_fd=root_fd)
    try:
        status = os.fstat(fd)
        with os.scandir(fd) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        names = {entry.name for entry in entries}
        listing = FolderListing(status, [], [], [], [], [], rules, False, True)  # noqa: FBT003 - fields in order.
        if folder and VIRTUAL_ENVIRONMENT_MARK in names:
            listing.is_closed = True
            return listing
        for name, kind in IGNORE_FILES.items():
            if name in names:
                text, source = read_ignore_file(fd, name, kind, now_ns=now_ns)
                listing.ignore_sources.append(source)
                listing.rules = listing.rules.extended(folder, text, kind=kind)
        skipped_names = SKIPPED_NAMES
        if CARGO_MARK in names:
            skipped_names |= {CARGO_OUTPUT}
        prefix = f"{folder}/" if folder else ""
        for entry in entries:
            if entry.name not in skipped_names:
                _add(listing, entry, prefix)
        return listing
    finally:
        os.close(fd)


def _add(listing: FolderListing, entry: os.DirEntry[str], prefix: str) -> None:
    name = entry.name
    path = prefix + name
    is_folder = entry.is_dir(follow_symlinks=False)
    if not is_plain_name(name):
        listing.skipped.append(Skipped(shown_path(path), SkipReason.NAME_NOT_TEXT, ""))
        return
    rules = listing.rules
    if not rules.are_empty and rules.ignores(path, is_folder=is_folder):
        return
    if is_folder:
        listing.folder_names.append(name)
        return
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        detail = error.strerror or str(error)
        listing.skipped.append(Skipped(shown_path(path), SkipReason.FILE_UNREADABLE, detail))
        listing.is_certain = False
        return
    if stat.S_ISREG(status.st_mode):
        listing.file_names.append(name)
        listing.file_statuses.append(status)
    else:
        detail = kind_of(status.st_mode)
        listing.skipped.append(Skipped(shown_path(path), SkipReason.NOT_REGULAR, detail))


def read_ignore_file(
    dir_fd: int, path: str, kind: IgnoreKind, *, now_ns: int
) -> tuple[bytes, IgnoreSource]:
    """Return the text of an ignore file and what it was; a missing one has no text.

    Args:
        dir_fd: An open folder.
        path: Relative to it; a symbolic link at its end is not followed.
        kind: What the file is.
        now_ns: No later than now.

    Raises:
        OSError: There is a shortage. A file that can not be read has no text.
    """
    try:
        fd = os.open(path, FILE_FLAGS, dir_fd=dir_fd)
    except OSError as error:
        if is_shortage(error):
            raise
        return b"", IgnoreSource(kind, stat_ignore_file(dir_fd, path))
    try:
        status = os.fstat(fd)
        # Before the text is read: a change in between shows at the next look.
        identity = identity_of(status)
        if is_racy(status, now_ns):
            identity = identity._replace(mtime_ns=-1, ctime_ns=-1)
        if not stat.S_ISREG(status.st_mode) or status.st_size > IGNORE_FILE_SIZE_BYTES_MAX:
            return b"", IgnoreSource(kind, identity)
        with open(fd, "rb", closefd=False) as file:
            return file.read(IGNORE_FILE_SIZE_BYTES_MAX), IgnoreSource(kind, identity)
    except OSError:
        return b"", IgnoreSource(kind, ABSENT)
    finally:
        os.close(fd)


def stat_ignore_file(dir_fd: int, path: str) -> StatIdentity:
    """Return what an ignore file is now, to compare with what it was."""
    try:
        return identity_of(os.stat(path, dir_fd=dir_fd, follow_symlinks=False))
    except OSError:
        return ABSENT


class RulesByFolder:
    """The rules that hold in each folder, read when they are first asked for."""

    def __init__(self, root_fd: int, *, now_ns: int) -> None:
        self._root_fd = root_fd
        self._now_ns = now_ns
        text, self.exclude_source = read_ignore_file(
            root_fd, EXCLUDE_FILE, IgnoreKind.EXCLUDE, now_ns=now_ns
        )
        self._above_root = IgnoreRules().extended("", text, kind=IgnoreKind.EXCLUDE)
        self._rules_by_folder: dict[str, IgnoreRules] = {}

    def above(self, folder: str) -> IgnoreRules:
        """Return the rules that judge the folder itself: those without its own files."""
        if not folder:
            return self._above_root
        return self.of(folder.rpartition("/")[0])

    def of(self, folder: str) -> IgnoreRules:
        """Return the rules for the entries of a folder."""
        # A loop and not recursion: a hostile tree may be deeper than Python's stack.
        pending = []
        while (rules := self._rules_by_folder.get(folder)) is None:
            pending.append(folder)
            if not folder:
                rules = self._above_root
                break
            folder = folder.rpartition("/")[0]
        for below in reversed(pending):
            rules = self._extended(below, rules)
            self._rules_by_folder[below] = rules
        return rules

    def set(self, folder: str, rules: IgnoreRules) -> None:
        """Take over the rules of a folder that was just listed."""
        self._rules_by_folder[folder] = rules

    def _extended(self, folder: str, rules: IgnoreRules) -> IgnoreRules:
        prefix = f"{folder}/" if folder else ""
        for name, kind in IGNORE_FILES.items():
            text, _ = read_ignore_file(self._root_fd, prefix + name, kind, now_ns=self._now_ns)
            rules = rules.extended(folder, text, kind=kind)
        return rules


def is_plain_name(name: str) -> bool:
    """Tell whether a name is UTF-8 without control characters."""
    if name.isascii() and name.isprintable():
        return True
    # `os` decodes bytes that are not UTF-8 to lone surrogates, which do not encode.
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return not any(char < " " or char == "\x7f" for char in name)


def kind_of(mode: int) -> str:
    """Return the word for what is no regular file."""
    kinds = (
        (stat.S_ISLNK, "symbolic link"),
        (stat.S_ISFIFO, "FIFO"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISCHR, "character device"),
        (stat.S_ISBLK, "block device"),
        (stat.S_ISDIR, "folder"),
    )
    return next((word for matches, word in kinds if matches(mode)), "special file")
