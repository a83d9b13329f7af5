"""Scan a workspace: which files are there, and what each was like.

With the memo of an earlier scan a folder that did not change is not listed again:
its entries are the same as long as its own time stamps are, so its files only need
one `stat` each. Ignore files are read again when they changed, and then everything
below them is judged again. So a scan with a memo finds what a scan without would.
"""

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.shortage import is_shortage
from nanobot_indexer.workspace.file_table import FileChanges, FileTable
from nanobot_indexer.workspace.folder import (
    RACY_COARSE_NS,
    FolderListing,
    IgnoreSource,
    RulesByFolder,
    is_racy,
    is_racy_stamp,
    list_folder,
    signed,
    stat_ignore_file,
)
from nanobot_indexer.workspace.ignore import IGNORE_FILES
from nanobot_indexer.workspace.memo import (
    FLAG_CLOSED,
    FLAG_UNREADABLE,
    FOLDER_ROW,
    ScanMemo,
    columns_of,
    path_order,
    sorted_files,
)
from nanobot_indexer.workspace.skip import Skipped, SkipReason, shown_path

TOO_MANY_LISTED_MAX: Final = 1000
"""So many files and folders beyond the limit are listed one by one."""

_NOWHERE: Final = -1
_NAME_BY_KIND: Final = {kind: name for name, kind in IGNORE_FILES.items()}
_UNKNOWN_IDENTITY: Final = (-1, -1, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What one scan saw."""

    files: FileTable
    skipped: tuple[Skipped, ...]
    """In the order of their paths."""
    memo: ScanMemo | None
    """For the next scan; None when there are too many files to remember."""
    is_memo_new: bool
    """The memo says something that the given one did not: keep it."""
    folders: tuple[str, ...]
    """Those that were listed, parents before children; the root is empty."""
    closed_folders: tuple[str, ...]
    """Virtual environments: nothing in them is listed as long as they are."""

    def changes_since(self, previous: FileTable) -> FileChanges:
        """Return what an index of the earlier files has to do."""
        return self.files.changes_since(previous)


def scan_workspace(
    root_fd: int, memo: ScanMemo | None, *, files_max: int, check: Callable[[], None]
) -> Scan:
    """Find the files of a workspace.

    Args:
        root_fd: The open root folder.
        memo: Of an earlier scan of the same workspace.
        files_max: Further files are skipped. They are counted folder by folder, the
            files of a folder before those below it.
        check: Called once per folder; what it raises ends the scan.

    Raises:
        OSError: The root itself can not be listed, or there is a shortage.
    """
    # Before anything is looked at: whatever changes from now on gets a later stamp.
    now_ns = time.time_ns()
    scanner = _Scanner(root_fd, memo, files_max=files_max, check=check, now_ns=now_ns)
    scanner.run()
    return scanner.result()


class _Scanner:
    def __init__(
        self,
        root_fd: int,
        memo: ScanMemo | None,
        *,
        files_max: int,
        check: Callable[[], None],
        now_ns: int,
    ) -> None:
        self._root_fd = root_fd
        self._files_max = files_max
        self._check = check
        self._now_ns = now_ns
        self._rules = RulesByFolder(root_fd, now_ns=now_ns)
        exclude = self._rules.exclude_source
        if memo is not None and (memo.ignore_sources[-1] != exclude or exclude.is_racy):
            memo = None
        self._memo = memo
        self._known = None if memo is None else _Known(memo)
        self._is_as_remembered = memo is not None
        self._is_truncated = False
        self._passing: list[Skipped] = []
        """Skips that are looked for anew by every scan."""
        self._beyond_count = 0
        # Of the folders in the order of the walk.
        self._folder_names: list[str] = []
        self._folder_paths: list[str] = []
        self._folder_rows: list[tuple[int, int, int, int, int]] = []
        self._folder_identities: list[tuple[int, int, int, int]] = []
        self._file_names: list[str] = []
        self._file_paths: list[str] = []
        self._statuses: list[os.stat_result] = []
        self._skipped: list[Skipped] = []
        self._ignore_sources: list[IgnoreSource] = []

    def run(self) -> None:
        # A stack and not recursion: a hostile tree may be deeper than Python's stack.
        pending = [("", "", _NOWHERE, 0 if self._known else _NOWHERE)]
        while pending:
            self._check()
            folder, name, parent, known = pending.pop()
            if self._is_truncated:
                self._skip_beyond(folder, "not looked into")
                continue
            if known == _NOWHERE or not self._remembered(folder, name, parent, known):
                below = self._listed(folder, name, parent, known)
            else:
                below = self._folders_below(folder, known)
            pending.extend(reversed(below))

    def _folders_below(self, folder: str, known: int) -> list[tuple[str, str, int, int]]:
        assert self._known is not None  # There is an index into it.
        prefix = f"{folder}/" if folder else ""
        parent = len(self._folder_names) - 1
        names = self._known.names
        return [
            (prefix + names[child], names[child], parent, child)
            for child in self._known.children[known]
        ]

    def _remembered(self, folder: str, name: str, parent: int, known: int) -> bool:
        """Take over an unchanged folder; tell whether it was one."""
        memo, known_folders = self._memo, self._known
        assert memo is not None  # There is an index into it.
        assert known_folders is not None
        root_fd, lstat = self._root_fd, os.stat
        identity = known_folders.identities[known]
        ranges = known_folders.ranges
        names = memo.file_names[ranges[known][0] : ranges[known + 1][0]]
        paths = memo.file_paths[ranges[known][0] : ranges[known + 1][0]]
        sources = memo.ignore_sources[ranges[known][2] : ranges[known + 1][2]]
        if len(self._file_names) + len(names) > self._files_max:
            return False
        try:
            # The folder before its files: what is added from now on shows next time.
            status = lstat(folder or ".", dir_fd=root_fd, follow_symlinks=False)
            if _folder_identity(status) != identity:
                return False
            if sources and not self._are_current(folder, sources):
                return False
            statuses = [lstat(path, dir_fd=root_fd, follow_symlinks=False) for path in paths]
        except OSError:
            return False
        if not all(map(stat.S_ISREG, [status.st_mode for status in statuses])):
            return False
        self._file_names += names
        self._file_paths += paths
        self._statuses += statuses
        self._skipped += memo.skipped[ranges[known][1] : ranges[known + 1][1]]
        self._ignore_sources += sources
        self._finish_folder(folder, name, parent, identity, known_folders.flags[known])
        return True

    def _are_current(self, folder: str, sources: list[IgnoreSource]) -> bool:
        prefix = f"{folder}/" if folder else ""
        return all(
            stat_ignore_file(self._root_fd, prefix + _NAME_BY_KIND[source.kind]) == source.identity
            for source in sources
        )

    def _listed(
        self, folder: str, name: str, parent: int, known: int
    ) -> list[tuple[str, str, int, int]]:
        """List a folder and return those to look into, with what is known about each."""
        self._is_as_remembered = False
        try:
            listing = list_folder(
                self._root_fd, folder, self._rules.above(folder), now_ns=self._now_ns
            )
        except (FileNotFoundError, NotADirectoryError):
            if not folder:
                raise
            # Gone since its parent was listed. It may come back without a new stamp of the
            # parent: when a folder further up was elsewhere for a moment.
            above = self._folder_identities[parent]
            self._folder_identities[parent] = (-1, -1, *above[2:])
            return []
        except OSError as error:
            # In a shortage every folder would seem unreadable, and its files gone.
            if not folder or is_shortage(error):
                raise
            detail = error.strerror or str(error)
            skipped = Skipped(shown_path(folder), SkipReason.FOLDER_UNREADABLE, detail)
            self._passing.append(skipped)
            self._finish_folder(folder, name, parent, _UNKNOWN_IDENTITY, FLAG_UNREADABLE)
            return []
        self._rules.set(folder, listing.rules)
        self._take(folder, listing)
        identity = _folder_identity(listing.status)
        if is_racy(listing.status, self._now_ns) or not listing.is_certain:
            identity = (-1, -1, *identity[2:])
        flags = FLAG_CLOSED if listing.is_closed else 0
        self._finish_folder(folder, name, parent, identity, flags)
        prefix = f"{folder}/" if folder else ""
        index = len(self._folder_names) - 1
        known_by_name: dict[str, int] = {}
        if self._known is not None and known != _NOWHERE:
            known_by_name = self._known.below(known, listing.ignore_sources)
        return [
            (prefix + below, below, index, known_by_name.get(below, _NOWHERE))
            for below in listing.folder_names
        ]

    def _take(self, folder: str, listing: FolderListing) -> None:
        prefix = f"{folder}/" if folder else ""
        room = self._files_max - len(self._file_names)
        for name in listing.file_names[room:]:
            self._is_truncated = True
            self._skip_beyond(prefix + name, "")
        names = listing.file_names[:room]
        self._file_names += names
        self._file_paths += [prefix + name for name in names]
        self._statuses += listing.file_statuses[:room]
        self._skipped += listing.skipped
        self._ignore_sources += listing.ignore_sources

    def _skip_beyond(self, path: str, detail: str) -> None:
        self._beyond_count += 1
        if self._beyond_count <= TOO_MANY_LISTED_MAX:
            words = f"limit {self._files_max}" + (f", {detail}" if detail else "")
            self._passing.append(Skipped(shown_path(path), SkipReason.TOO_MANY_FILES, words))

    def _finish_folder(
        self,
        folder: str,
        name: str,
        parent: int,
        identity: tuple[int, int, int, int],
        flags: int,
    ) -> None:
        self._folder_names.append(name)
        self._folder_paths.append(folder)
        self._folder_identities.append(identity)
        ends = (len(self._file_names), len(self._skipped), len(self._ignore_sources))
        self._folder_rows.append((parent, *ends, flags))

    def result(self) -> Scan:
        """Put together what was seen."""
        memo = self._new_memo()
        skipped = self._skipped + self._passing
        if self._beyond_count > TOO_MANY_LISTED_MAX:
            words = f"limit {self._files_max}, {self._beyond_count - TOO_MANY_LISTED_MAX} more"
            skipped.append(Skipped("", SkipReason.TOO_MANY_FILES, words))
        closed = (FLAG_CLOSED, FLAG_UNREADABLE)
        flags = [row[-1] for row in self._folder_rows]
        return Scan(
            memo.files,
            tuple(sorted(skipped, key=lambda one: one.path)),
            None if self._is_truncated else memo,
            not self._is_truncated and (self._memo is None or not memo.equals(self._memo)),
            tuple(
                path
                for path, flag in zip(self._folder_paths, flags, strict=True)
                if flag not in closed
            ),
            tuple(
                path
                for path, flag in zip(self._folder_paths, flags, strict=True)
                if flag == FLAG_CLOSED
            ),
        )

    def _new_memo(self) -> ScanMemo:
        statuses = self._statuses
        identities = columns_of(
            [(one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino) for one in statuses]
        )
        racy = self._racy(identities[1]) | self._racy(identities[2])
        if self._memo is not None and self._is_as_remembered:
            # The names and their order are the known ones as long as no folder was listed.
            order, paths = self._memo.order, self._memo.files.paths
        else:
            order = path_order(self._file_paths)
            paths = tuple([self._file_paths[index] for index in order.tolist()])
        return ScanMemo(
            folder_names=self._folder_names,
            folder_paths=self._folder_paths,
            folder_rows=np.array(self._folder_rows, dtype=FOLDER_ROW),
            folder_identities=columns_of(self._folder_identities),
            file_names=self._file_names,
            file_paths=self._file_paths,
            file_identities=identities,
            are_racy=racy,
            ignore_sources=[*self._ignore_sources, self._rules.exclude_source],
            skipped=self._skipped,
            order=order,
            files=sorted_files(paths, identities, racy, order),
        )

    def _racy(self, stamps_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        # Most files are older than any step; the others are asked one by one.
        racy = np.zeros(len(stamps_ns), dtype=np.bool_)
        for index in np.flatnonzero(stamps_ns >= self._now_ns - RACY_COARSE_NS).tolist():
            racy[index] = is_racy_stamp(int(stamps_ns[index]), self._now_ns)
        return racy


class _Known:
    """A memo, taken apart for one scan."""

    def __init__(self, memo: ScanMemo) -> None:
        self._ignore_sources = memo.ignore_sources
        rows = memo.folder_rows
        self.names = memo.folder_names
        self.identities: list[tuple[int, int, int, int]] = [
            (mtime_ns, ctime_ns, inode, dev)
            for mtime_ns, ctime_ns, inode, dev in memo.folder_identities.T.tolist()
        ]
        self.flags: list[int] = rows["flags"].tolist()
        self.ranges: list[tuple[int, int, int]] = [(0, 0, 0)]
        """Where the files, skipped entries and ignore files of a folder start."""
        fields = [rows[field].tolist() for field in ("files_end", "skipped_end", "ignores_end")]
        self.ranges += zip(*fields, strict=True)
        self.children: list[list[int]] = [[] for _ in self.names]
        for child, parent in enumerate(rows["parent"].tolist()):
            if parent >= 0:
                self.children[parent].append(child)

    def below(self, folder: int, ignore_sources: list[IgnoreSource]) -> dict[str, int]:
        """Return what is known below a folder that is listed anew.

        Nothing is when its rules may be other ones.

        Args:
            folder: Its index in the memo.
            ignore_sources: Its ignore files as they are now.
        """
        start, end = self.ranges[folder][2], self.ranges[folder + 1][2]
        known = self._ignore_sources[start:end]
        if known != ignore_sources or any(source.is_racy for source in known):
            return {}
        return {self.names[child]: child for child in self.children[folder]}


def _folder_identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return (status.st_mtime_ns, status.st_ctime_ns, signed(status.st_ino), signed(status.st_dev))
