"""Follows the files of a workspace: lays changes over the index, refreshes when it is due.

    watcher ──paths──> live index ──quiet──> refresh (publish)
            ──scan───────────────────────────────^

Runs on the event loop; reading and parsing run in threads.
"""

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from typing import Final

from nanobot_indexer import IndexOptions, LiveIndex
from nanobot_indexer.live_index import OVERLAY_FILES_MAX
from nanobot_indexer.watch.batch import WatchBatch
from nanobot_indexer.watch.watcher import WorkspaceWatcher
from nanobot_server.host.index_refresher import IndexRefresher
from nanobot_server.host.index_tasks import PASSING_ERRORS, IndexTasks
from nanobot_server.host.refresh_schedule import RefreshSchedule

log = logging.getLogger(__name__)

PARSERS_IDLE_S: Final = 300.0
"""A worker takes 20 MiB, and a tenth of a second to start."""
RESTART_S: Final = 5.0
"""After a bug ended it, following begins again with a request, but not before."""
_PARSERS_POLL_S: Final = 30.0


class IndexFollower:
    """One per host. `start` begins to follow; `parse_soon` works without.

    Args:
        workspace: Its root.
        options: Limits of the indexer.
        live: Takes the changes.
        refresher: Publishes them.
        schedule: Says when.
        tasks: To run in.
    """

    def __init__(
        self,
        workspace: Path,
        options: IndexOptions,
        live: LiveIndex,
        *,
        refresher: IndexRefresher,
        schedule: RefreshSchedule,
        tasks: IndexTasks,
    ) -> None:
        self._workspace = workspace
        self._options = options
        self._live = live
        self._refresher = refresher
        self._schedule = schedule
        self._tasks = tasks
        self._wake = asyncio.Event()
        self._parse = asyncio.Event()
        self._watcher: WorkspaceWatcher | None = None
        self._follower: asyncio.Task[None] | None = None
        self._parser: asyncio.Task[None] | None = None
        self._not_before = 0.0
        refresher.on_ended = self._refresh_ended
        self.began_at = 0.0
        """When it began to follow, on the clock of `time.monotonic`."""

    @property
    def is_following(self) -> bool:
        """What changes is heard of, by watching or by polling."""
        return self._watcher is not None

    @property
    def problem(self) -> str:
        """Why the files are polled and not watched; empty while they are watched."""
        return "" if self._watcher is None else self._watcher.problem

    def start(self) -> None:
        """Follow the files from now on. What keeps it from that is noted."""
        now = time.monotonic()
        if self._watcher is not None or now < self._not_before:
            return
        self._tasks.attach()
        try:
            watcher = WorkspaceWatcher(
                self._workspace,
                files_max=self._options.files_max,
                on_change=lambda: self._tasks.call_soon(self._wake.set),
            )
        except (OSError, RuntimeError) as error:
            # No descriptor or no thread left. The next request tries again.
            self._refresher.note_problem(error)
            return
        self._watcher = watcher
        self.began_at = now
        self._follower = self._tasks.spawn(self._followed(watcher), "index follower")
        self._follower.add_done_callback(self._follower_ended)
        log.info("workspace followed: workspace=%s", self._workspace)

    def parse_soon(self) -> None:
        """Find the definitions of changed files and buffers, in the background."""
        self._parse.set()
        if self._parser is None or self._parser.done():
            self._parser = self._tasks.spawn(self._parsed(), "index parser")

    def close(self) -> None:
        """End the watcher, after the tasks. Blocks for a moment."""
        if self._watcher is not None:
            self._watcher.close()

    async def _followed(self, watcher: WorkspaceWatcher) -> None:
        """Take over what changes, and refresh when it is due."""
        refreshing: asyncio.Task[None] | None = None
        problem = ""
        while True:
            is_busy = refreshing is not None and not refreshing.done()
            due_at = None if is_busy else self._schedule.due_at()
            wait_s = _PARSERS_POLL_S if due_at is None else due_at - time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wait_s)):
                    await self._wake.wait()
            self._wake.clear()
            if self.problem != problem:
                # Its fronts help now, with what they see.
                problem = self.problem
                self._refresher.tell_news()
            batch = watcher.take(0.0)
            if batch is not None:
                await self._take(batch)
            elif due_at is None and not is_busy:
                await self._tasks.in_thread(self._rest_parsers)
            # Also after a batch: where something changes all the time, there is always one.
            due_at = self._schedule.due_at()
            is_busy = refreshing is not None and not refreshing.done()
            if not is_busy and due_at is not None and due_at <= time.monotonic():
                work = self._refresher.refreshed_in_background()
                refreshing = self._tasks.spawn(work, "index refresh")
                # Its last steps come after the refresh itself.
                refreshing.add_done_callback(lambda _task: self._wake.set())

    def _rest_parsers(self) -> None:
        self._live.rest(idle_s=PARSERS_IDLE_S)

    async def _take(self, batch: WatchBatch) -> None:
        now = time.monotonic()
        if batch.scan is not None or len(batch.paths) > OVERLAY_FILES_MAX:
            self._schedule.changed(now, is_urgent=True)
            return
        try:
            awaiting = await self._tasks.in_thread(
                self._live.update, batch.paths, with_syntax=False
            )
        except PASSING_ERRORS as error:
            self._not_taken(error)
            return
        self._schedule.changed(now, is_urgent=self._live.is_behind)
        if awaiting:
            self._refresher.awaiting |= awaiting
            self.parse_soon()

    async def _parsed(self) -> None:
        """Find the definitions of changed files and buffers. A refresh may have the workers."""
        while True:
            await self._parse.wait()
            self._parse.clear()
            awaiting, self._refresher.awaiting = self._refresher.awaiting, set()
            try:
                if awaiting:
                    await self._tasks.in_thread(self._live.update, awaiting, with_syntax=True)
                await self._tasks.in_thread(self._live.parse_buffers)
            except PASSING_ERRORS as error:
                self._refresher.awaiting |= awaiting
                self._not_taken(error)

    def _not_taken(self, error: BaseException) -> None:
        """Something changed that searches do not know of: a refresh makes it good."""
        self._refresher.note_problem(error)
        self._schedule.changed(time.monotonic(), is_urgent=True)
        self._wake.set()

    def _refresh_ended(self) -> None:
        # One that failed is due again later.
        self._wake.set()
        # For buffers, if their parsing went wrong; there is mostly nothing to do.
        self._parse.set()

    def _follower_ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        # A bug, which the log has: changes are heard of no more, and requests look again.
        watcher, self._watcher = self._watcher, None
        self._not_before = time.monotonic() + RESTART_S
        self._refresher.note_problem(error)
        self._refresher.is_compared = False
        if watcher is not None:
            self._tasks.spawn(self._tasks.in_thread(watcher.close), "index watcher")
