"""Watch a workspace in a thread of its own and gather what changed.

    WATCHING ── a watch fails, the root is gone ──> POLLING
        ^                                              │
        └────────────── every minute ──────────────────┘

Watching: every listed folder has a watch before it is listed, so nothing falls in
between. The kernel does not tell what happens elsewhere: on the server of a network
file system, through another hard link, by a mount. So a scan follows every few minutes.
Polling: a scan every few seconds, less often while nothing changes.
"""

import errno
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nanobot_indexer.watch.batch import BatchBox, WatchBatch
from nanobot_indexer.watch.inotify import FolderNotice, Inotify, Notice
from nanobot_indexer.workspace.folder import (
    CARGO_MARK,
    CARGO_OUTPUT,
    FOLDER_FLAGS,
    VIRTUAL_ENVIRONMENT_MARK,
    RulesByFolder,
    is_plain_name,
)
from nanobot_indexer.workspace.ignore import EXCLUDE_FILE, IGNORE_FILES, SKIPPED_NAMES
from nanobot_indexer.workspace.memo import ScanMemo
from nanobot_indexer.workspace.scan import Scan, scan_workspace

log = logging.getLogger(__name__)

QUIET_S: Final = 0.01
"""So long nothing may happen before a batch is delivered ..."""
DEBOUNCE_S: Final = 0.05
"""... but no batch waits longer than this."""
PATHS_MAX: Final = 1000
"""More changed paths than this are a scan: it costs less than looking at each."""
POLL_S: Final = 2.0
POLL_S_MAX: Final = 30.0
RETRY_S: Final = 60.0
"""So long the watcher polls before it tries to watch again."""
RESCAN_S: Final = 300.0
"""So long after a scan another one looks for what the kernel did not tell."""

_SYNC_ROUNDS_MAX: Final = 4
# Each scan is followed by a pause so many times as long: a fifth of one core, in the worst storm.
_PAUSE_PER_SCAN: Final = 4.0

_IN_FOLDER: Final = (
    Notice.MODIFIED
    | Notice.ATTRIBUTES
    | Notice.WRITTEN
    | Notice.MOVED_FROM
    | Notice.MOVED_TO
    | Notice.CREATED
    | Notice.DELETED
)
_APPEARED: Final = Notice.MOVED_FROM | Notice.MOVED_TO | Notice.CREATED | Notice.DELETED
_ROOT_GONE: Final = Notice.SELF_DELETED | Notice.SELF_MOVED | Notice.UNMOUNTED
_EXCLUDE_FOLDER, _, _EXCLUDE_NAME = EXCLUDE_FILE.rpartition("/")
_GIT_FOLDER, _, _INFO_NAME = _EXCLUDE_FOLDER.rpartition("/")


class _ClosedError(Exception):
    """The watcher was closed in the middle of a scan."""


class WorkspaceWatcher:
    """Watches one workspace from the moment it is made until `close`.

    The first batch always has a scan. `take` may be called from any thread.
    """

    def __init__(
        self,
        root: Path,
        *,
        files_max: int,
        memo: ScanMemo | None = None,
        on_change: Callable[[], None] | None = None,
        poll_s: float = POLL_S,
        retry_s: float = RETRY_S,
        rescan_s: float = RESCAN_S,
    ) -> None:
        """Start the thread.

        Args:
            root: The workspace.
            files_max: As in `scan_workspace`.
            memo: Of an earlier scan, to make the first one fast.
            on_change: Called on the watcher's thread when there is a batch to take and
                was none before. It must return at once and not raise.
            poll_s: Seconds between two scans where nothing can be watched.
            retry_s: How long to poll before watching is tried again.
            rescan_s: Seconds from one scan to the next while the workspace is watched.
        """
        self._root = root
        self._files_max = files_max
        self._memo = memo
        self._poll_s = poll_s
        self._retry_s = retry_s
        self._rescan_s = rescan_s
        self._box = BatchBox(on_change)
        self._closed = threading.Event()
        self._closing = threading.Lock()
        self._delivered: Scan | None = None
        self._problem = ""
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, name="workspace-watcher", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # There are too many threads.
            os.close(self._wake_read)
            os.close(self._wake_write)
            raise

    @property
    def problem(self) -> str:
        """Why the workspace is polled and not watched; empty while it is watched."""
        return self._problem

    @property
    def is_running(self) -> bool:
        """The thread lives. It ends at `close`, and otherwise only by a bug."""
        return self._thread.is_alive()

    def take(self, timeout_s: float) -> WatchBatch | None:
        """Wait for what changed and take it.

        Returns:
            None when nothing changed for `timeout_s`, or when the watcher was closed.
        """
        return self._box.take(timeout_s)

    def close(self) -> None:
        """End the thread, at most one folder of a scan later. May be called twice."""
        with self._closing:
            if self._closed.is_set():
                return
            self._closed.set()
            os.write(self._wake_write, b"x")
            self._thread.join()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while not self._closed.is_set():
                try:
                    self._watch()
                except OSError as error:
                    self._note_problem(error)
                    self._poll()
        except _ClosedError:
            pass
        finally:
            self._box.close()

    def _note_problem(self, error: OSError) -> None:
        problem = error.strerror or str(error)
        if error.errno == errno.ENOSPC:  # What inotify says when it has no watch left.
            problem = "more folders than fs.inotify.max_user_watches allows; raise it"
        if problem != self._problem:
            log.warning("workspace polled: root=%s reason=%s", self._root, problem)
        self._problem = problem

    def _check(self) -> None:
        if self._closed.is_set():
            raise _ClosedError

    def _scan(self, root_fd: int) -> Scan:
        scan = scan_workspace(root_fd, self._memo, files_max=self._files_max, check=self._check)
        self._memo = scan.memo
        return scan

    def _deliver(self, scan: Scan) -> None:
        self._delivered = scan
        self._box.add_scan(scan)

    def _deliver_changed(self, scan: Scan) -> bool:
        """Deliver a scan when it found something; tell whether it did."""
        known = self._delivered
        if known is not None and scan.changes_since(known.files).are_none:
            return False
        self._deliver(scan)
        return True

    def _poll(self) -> None:
        """Scan again and again until it is time to try to watch."""
        ends_at = time.monotonic() + self._retry_s
        pause_s = self._poll_s
        while time.monotonic() < ends_at:
            try:
                root_fd = _opened_root(self._root)
                try:
                    scan = self._scan(root_fd)
                finally:
                    os.close(root_fd)
            except OSError as error:
                self._note_problem(error)
            else:
                if self._deliver_changed(scan):
                    pause_s = self._poll_s / 2
            pause_s = min(2 * pause_s, POLL_S_MAX)
            if self._closed.wait(min(pause_s, max(0.0, ends_at - time.monotonic()))):
                return

    def _watch(self) -> None:
        root_fd = _opened_root(self._root)
        try:
            with Inotify() as inotify:
                watched = WatchedFolders(inotify, root_fd, self._scan)
                self._deliver(watched.sync())
                self._problem = ""
                self._follow(inotify, watched)
        finally:
            os.close(root_fd)

    def _follow(self, inotify: Inotify, watched: "WatchedFolders") -> None:
        """Deliver what the queue says until the watcher is closed."""
        poll = select.poll()
        poll.register(inotify.fileno(), select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        first_at = last_at = 0.0
        scan_from = 0.0
        rescan_at = time.monotonic() + self._rescan_s
        while True:
            due_at = rescan_at
            if watched.has_news:
                due_at = min(last_at + QUIET_S, first_at + DEBOUNCE_S)
                if watched.needs_scan:
                    due_at = max(due_at, scan_from)
            had_news = watched.has_news
            poll.poll(max(0.0, due_at - time.monotonic()) * 1000)
            self._check()
            now = time.monotonic()
            if watched.take(inotify.read()):
                last_at = now
                first_at = first_at if had_news else now
            if not watched.has_news:
                if now >= rescan_at:
                    self._deliver_changed(watched.sync())
                    rescan_at = time.monotonic() + self._rescan_s
            elif now < min(last_at + QUIET_S, first_at + DEBOUNCE_S):
                continue
            elif not watched.needs_scan:
                self._box.add_paths(watched.taken_paths())
            elif now >= scan_from:
                self._deliver(watched.sync())
                ended_at = time.monotonic()
                scan_from = ended_at + _PAUSE_PER_SCAN * (ended_at - now)
                rescan_at = ended_at + self._rescan_s


class WatchedFolders:
    """The folders with a watch, and what their notices add up to."""

    def __init__(self, inotify: Inotify, root_fd: int, scan: Callable[[int], Scan]) -> None:
        self._inotify = inotify
        self._root_fd = root_fd
        self._scan = scan
        self._folder_by_watch: dict[int, str] = {}
        self._closed_folders: frozenset[str] = frozenset()
        self._rules: RulesByFolder | None = None
        self._paths: set[str] = set()
        self.needs_scan = False

    @property
    def has_news(self) -> bool:
        """There is something to deliver."""
        return self.needs_scan or bool(self._paths)

    def taken_paths(self) -> set[str]:
        """Return the changed paths and forget them."""
        paths, self._paths = self._paths, set()
        return paths

    def sync(self) -> Scan:
        """Scan, and watch what the scan listed, until all that is listed was watched before."""
        self._paths.clear()
        for _ in range(_SYNC_ROUNDS_MAX):
            # Read at first use, so before the notices that come from now on.
            self._rules = RulesByFolder(self._root_fd, now_ns=time.time_ns())
            scan = self._scan(self._root_fd)
            self._closed_folders = frozenset(scan.closed_folders)
            folders = (*scan.folders, *scan.closed_folders, _GIT_FOLDER, _EXCLUDE_FOLDER)
            if not self._watch_all(folders):
                self.needs_scan = False
                break
        else:
            # Folders come faster than scans: what is there is delivered, and more follows.
            self.needs_scan = True
        return scan

    def take(self, notices: Iterable[FolderNotice]) -> bool:
        """Take notices over; tell whether one of them is news."""
        is_news = False
        for notice in notices:
            is_news |= self._take(notice)
        if len(self._paths) > PATHS_MAX:
            self.needs_scan = True
        if self.needs_scan:
            self._paths.clear()
        return is_news

    def _watch_all(self, folders: Iterable[str]) -> bool:
        """Watch exactly these folders; tell whether one of them was not before."""
        folder_by_watch: dict[int, str] = {}
        for folder in folders:
            mask = _IN_FOLDER if folder else _IN_FOLDER | _ROOT_GONE
            try:
                watch = self._watch_one(folder, mask)
            except OSError as error:
                if folder and error.errno in _NOT_TO_BE_WATCHED:
                    continue
                raise
            folder_by_watch[watch] = folder
        has_new = not folder_by_watch.keys() <= self._folder_by_watch.keys()
        for watch in self._folder_by_watch.keys() - folder_by_watch.keys():
            self._inotify.unwatch(watch)
        self._folder_by_watch = folder_by_watch
        return has_new

    def _watch_one(self, folder: str, mask: Notice) -> int:
        try:
            # Not by the path of the root: that may lead somewhere else by now.
            return self._inotify.watch(f"/proc/self/fd/{self._root_fd}/{folder}", mask)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
        fd = os.open(folder, FOLDER_FLAGS, dir_fd=self._root_fd)
        try:
            return self._inotify.watch(f"/proc/self/fd/{fd}/.", mask)
        finally:
            os.close(fd)

    def _take(self, notice: FolderNotice) -> bool:
        mask = notice.mask
        folder = self._folder_by_watch.get(notice.watch)
        if mask & Notice.OVERFLOWED:
            self.needs_scan = True
        elif folder is None:
            return False  # It came before the folder was given up.
        elif not folder and mask & _ROOT_GONE:
            raise OSError(errno.ESTALE, "workspace was moved or removed")
        elif mask & Notice.UNWATCHED:
            del self._folder_by_watch[notice.watch]
            self.needs_scan = True
        elif not notice.name or not self._is_of_interest(folder, notice.name, mask):
            return False
        elif self.needs_scan or self._changes_the_rules(folder, notice.name, mask):
            self.needs_scan = True
        else:
            return self._take_entry(folder, notice.name, is_folder=bool(mask & Notice.IS_FOLDER))
        return True

    def _take_entry(self, folder: str, name: str, *, is_folder: bool) -> bool:
        assert self._rules is not None  # `sync` comes first.
        path = f"{folder}/{name}" if folder else name
        if self._rules.of(folder).ignores(path, is_folder=is_folder):
            return False
        if name == CARGO_OUTPUT and self._has_entry(folder, CARGO_MARK):
            return False
        if is_folder:
            # What is in it has no watch, or one under another name.
            self.needs_scan = True
        else:
            self._paths.add(path)
        return True

    def _has_entry(self, folder: str, name: str) -> bool:
        try:
            os.stat(
                f"{folder}/{name}" if folder else name,
                dir_fd=self._root_fd,
                follow_symlinks=False,
            )
        except OSError:
            return False
        return True

    def _is_of_interest(self, folder: str, name: str, mask: int) -> bool:
        if folder == _GIT_FOLDER:
            return name == _INFO_NAME and bool(mask & _APPEARED)
        if folder == _EXCLUDE_FOLDER:
            return name == _EXCLUDE_NAME
        if folder in self._closed_folders:
            return name == VIRTUAL_ENVIRONMENT_MARK
        if name in SKIPPED_NAMES:
            # A new repository brings rules of its own.
            return not folder and name == _GIT_FOLDER and bool(mask & _APPEARED)
        return is_plain_name(name)

    @staticmethod
    def _changes_the_rules(folder: str, name: str, mask: int) -> bool:
        if name in IGNORE_FILES or name == _GIT_FOLDER or folder in {_GIT_FOLDER, _EXCLUDE_FOLDER}:
            return True
        return name in {CARGO_MARK, VIRTUAL_ENVIRONMENT_MARK} and bool(mask & _APPEARED)


_NOT_TO_BE_WATCHED: Final = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG}
)
"""The folder is gone or closed to us; the folder above says so, or nothing can."""


def _opened_root(root: Path) -> int:
    # The root itself may be a link: it is what the user named.
    return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
