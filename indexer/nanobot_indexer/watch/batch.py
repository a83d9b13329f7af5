"""What a watcher tells its caller, and where it waits until the caller has time."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nanobot_indexer.workspace.scan import Scan


@dataclass(frozen=True, slots=True)
class WatchBatch:
    """Everything that changed since the batch before.

    First take over `scan`, when there is one: its differences from what the caller
    knows are all that changed before it. Then look at `paths`.
    """

    scan: Scan | None
    """The whole workspace anew."""
    paths: frozenset[str]
    """Workspace-relative paths of files that were made, changed or removed, none of
    them ignored. What is there now may be no regular file."""


class BatchBox:
    """At most one batch that grows until it is taken. Safe to share between threads."""

    def __init__(self, on_change: Callable[[], None] | None) -> None:
        self._on_change = on_change
        self._condition = threading.Condition()
        self._scan: Scan | None = None
        self._paths: set[str] = set()
        self._is_closed = False

    def add_scan(self, scan: Scan) -> None:
        """Put in a scan; what was there before it is part of it."""
        with self._condition:
            was_empty = self._is_empty()
            self._scan = scan
            self._paths.clear()
            self._condition.notify_all()
        self._tell(was_empty=was_empty)

    def add_paths(self, paths: Iterable[str]) -> None:
        """Put in paths that changed."""
        with self._condition:
            was_empty = self._is_empty()
            self._paths.update(paths)
            self._condition.notify_all()
        self._tell(was_empty=was_empty)

    def take(self, timeout_s: float) -> WatchBatch | None:
        """Wait for a batch and take it; None when none came or the box was closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._is_closed or not self._is_empty(), timeout_s)
            if self._is_empty():
                return None
            batch = WatchBatch(self._scan, frozenset(self._paths))
            self._scan = None
            self._paths = set()
            return batch

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()

    def _is_empty(self) -> bool:
        return self._scan is None and not self._paths

    def _tell(self, *, was_empty: bool) -> None:
        if was_empty and self._on_change is not None:
            self._on_change()
