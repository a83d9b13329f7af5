"""The index of a host: followed while files change, asked by all fronts.

    follower ──changes──> live index <──refresh── refresher
    request ──> snapshot of the live index

Everything here runs on the host's event loop; reading, parsing and writing run in
threads. A request is answered from a snapshot. It waits a moment for a look at the
files when there was none lately, and for the index when there is none.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Hashable
from pathlib import Path
from typing import Any, Final, TypeVar

from nanobot_indexer import (
    Index,
    IndexMissingError,
    IndexOptions,
    IngestReport,
    LiveIndex,
    VolumeError,
)
from nanobot_server.host.index_follower import IndexFollower
from nanobot_server.host.index_refresher import IndexRefresher
from nanobot_server.host.index_tasks import IndexTasks
from nanobot_server.host.index_view import manifest_view, progress_view
from nanobot_server.host.refresh_schedule import RefreshSchedule

START_DELAY_S: Final = 1.0
"""A front that only asks something and leaves starts no watcher."""
BUILD_WAIT_S: Final = 15.0
"""So long a request waits in all for an index. Fronts wait somewhat longer."""
FRESH_WAIT_S: Final = 1.0
"""So long requests wait for a look at the files, from its beginning."""
UNWATCHED_S: Final = 2.0
"""Files that are not followed are looked at before an answer, but not more often."""

Answer = TypeVar("Answer")


class WorkspaceIndex:
    """One per host. Runs on the event loop.

    Args:
        workspace: Its root.
        options: Limits of the indexer.
        is_watched: Follow the files while fronts are there.
        interval_s: Least time between two publications of changed files.
        tell: Called when `status` has news, with a sentence for the user, often empty.
    """

    def __init__(
        self,
        workspace: Path,
        options: IndexOptions,
        *,
        is_watched: bool,
        interval_s: float,
        tell: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._is_watched = is_watched
        self._live = LiveIndex(workspace, options)
        self._tasks = IndexTasks()
        self._schedule = RefreshSchedule(interval_s=interval_s)
        self._refresher = IndexRefresher(workspace, self._live, self._schedule, self._tasks, tell)
        self._follower = IndexFollower(
            workspace,
            options,
            self._live,
            refresher=self._refresher,
            schedule=self._schedule,
            tasks=self._tasks,
        )
        self._buffering = asyncio.Lock()
        self._owner_by_buffer: dict[str, Hashable] = {}
        self._look: asyncio.Task[None] | None = None
        self._look_began_at = 0.0
        self._has_to_look = False
        self._start: asyncio.TimerHandle | None = None
        self._is_closed = False

    # -- asking ------------------------------------------------------------

    async def ask(self, question: Callable[[Index], Answer]) -> Answer:
        """Answer from the index as of now, after it was built if there is none.

        Args:
            question: Called in a thread, once more when damage showed.

        Raises:
            HostError: `busy`: the index is being built, and that takes longer than
                `BUILD_WAIT_S`.
            IndexerError: What `question` raises, or why there is no index.
        """
        self._tasks.attach()
        deadline = time.monotonic() + BUILD_WAIT_S
        await self._fresh()
        is_repaired = False
        while True:
            base = self._live.manifest
            try:
                try:
                    return await asyncio.to_thread(self._asked, question)
                except IndexMissingError:
                    await self._refresher.built(deadline)
            except VolumeError as error:
                if is_repaired:
                    raise
                is_repaired = True
                await self._refresher.repaired(error, base, deadline)
                await self._refresher.built(deadline)

    async def on_disk(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do something with the published index, once it is about the files as they are now.

        Args:
            work: Done once more when damage showed. Buffers are not in what is published.

        Raises:
            IndexerError: What `work` raises, or why there is no index.
        """
        is_repaired = False
        while True:
            base = self._live.manifest
            try:
                await self.refresh()
                return await work()
            except VolumeError as error:
                if is_repaired:
                    raise
                is_repaired = True
                await self._refresher.repaired(error, base, time.monotonic() + BUILD_WAIT_S)

    def _asked(self, question: Callable[[Index], Answer]) -> Answer:
        snapshot = self._live.snapshot()
        if self._live.is_outdated:
            # Somebody else published: what is in it is mostly laid over already.
            self._tasks.call_soon(self._refresher.follow_soon)
        return question(snapshot)

    async def _fresh(self) -> None:
        """Wait a moment for a look at the files, if it is the first or they are not followed."""
        self.follow()
        if self._follower.is_following and not self._follower.problem:
            wait_s = self._follower.began_at + FRESH_WAIT_S - time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wait_s)):
                    await self._refresher.looked.wait()
            return
        look = self._look_soon()
        if look is not None:
            wait_s = self._look_began_at + FRESH_WAIT_S - time.monotonic()
            await asyncio.wait({look}, timeout=max(0.0, wait_s))

    def _look_soon(self) -> "asyncio.Task[None] | None":
        """Look at the files that are not followed; return the look that is due, if one is."""
        now = time.monotonic()
        is_looking = self._look is not None and not self._look.done()
        if not is_looking:
            is_fresh = now < self._refresher.looked_at + UNWATCHED_S and not self._has_to_look
            if self._is_closed or is_fresh:
                return None
            self._has_to_look = False
            self._look_began_at = now
            work = self._refresher.refreshed_in_background()
            self._look = self._tasks.spawn(work, "index refresh")
        return self._look

    def changed(self) -> bool:
        """Files changed, as a front says; tell whether that was news.

        The next question looks at the files, unless they are watched anyway.
        """
        self._has_to_look = self._wants_changes
        return self._has_to_look

    @property
    def _wants_changes(self) -> bool:
        """Changes are not heard of: nobody watches, or the files are only polled."""
        return not self._is_watched or bool(self._follower.problem)

    async def set_buffer(self, path: str, text: bytes | None, owner: Hashable) -> bool:
        """Lay an unsaved text over a file, or take it away; tell whether it is laid over.

        A caller that is cancelled does not end it: then its owner leaves, which takes it
        away again.

        Args:
            path: Workspace-relative.
            text: None takes it away, if it is the owner's.
            owner: Whose leaving takes it away.
        """
        work = self._set_buffer(path, text, owner)
        return await asyncio.shield(self._tasks.spawn(work, "index buffer"))

    async def _set_buffer(self, path: str, text: bytes | None, owner: Hashable) -> bool:
        async with self._buffering:
            if text is None and self._owner_by_buffer.get(path) is not owner:
                return path in self._owner_by_buffer
            is_laid = await asyncio.to_thread(self._live.set_buffer, path, text)
            if is_laid:
                self._owner_by_buffer[path] = owner
            else:
                self._owner_by_buffer.pop(path, None)
        if is_laid:
            self._follower.parse_soon()
        return is_laid

    def left(self, owner: Hashable) -> None:
        """Take away what a front laid over. Its requests have ended."""
        self._tasks.spawn(self._left(owner), "index buffer")

    async def _left(self, owner: Hashable) -> None:
        # In turn: what it laid over last may only just be on its way.
        async with self._buffering:
            for path in [path for path, one in self._owner_by_buffer.items() if one is owner]:
                await asyncio.to_thread(self._live.set_buffer, path, None)
                del self._owner_by_buffer[path]

    def status(self) -> dict[str, Any]:
        """Return how the index is. `docs/host.md` documents every key."""
        running, manifest = self._refresher.running, self._live.manifest
        problem = self._refresher.problem or self._follower.problem
        is_known = self._refresher.is_compared and not self._schedule.is_urgent
        return {
            "state": "idle" if running is None else "indexing",
            "progress": None if running is None else progress_view(running.progress),
            "index": None if manifest is None else manifest_view(manifest),
            "is_watched": self._follower.is_following and not self._follower.problem,
            "wants_changes": self._wants_changes,
            "is_current": is_known and not self._live.is_behind and not problem,
            "changed_files": self._live.changed_count,
            "buffers": self._live.buffer_count,
            "problem": problem,
        }

    # -- writing -----------------------------------------------------------

    async def refresh(self) -> IngestReport:
        """Bring the index up to date, after what writes it now, and tell how far it is.

        A caller that is cancelled does not end it; `cancel` does.

        Raises:
            IndexerError: As `ingest`.
        """
        work = self._refresher.refreshed(is_asked_for=True)
        return await asyncio.shield(self._tasks.spawn(work, "index refresh"))

    def cancel(self) -> bool:
        """End the refresh that runs; tell whether one does. What is published stays."""
        return self._refresher.cancel()

    def writing(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Keep this host from writing the index meanwhile: the caller does it."""
        return self._refresher.writing()

    # -- following ---------------------------------------------------------

    def expect(self) -> None:
        """A front is there: follow the files soon, if that is wanted."""
        if self._is_watched and self._start is None and not self._is_closed:
            self._start = asyncio.get_running_loop().call_later(START_DELAY_S, self.follow)

    def follow(self) -> None:
        """Follow the files from now on, if that is wanted."""
        if self._is_watched and not self._is_closed:
            self._follower.start()

    async def close(self) -> None:
        """End everything, promptly. What is published stays."""
        self._is_closed = True
        if self._start is not None:
            self._start.cancel()
        self._refresher.close()
        await self._tasks.cancel()
        # Threads notice within a tenth of a second, or when a parse worker is killed.
        await asyncio.to_thread(self._close_in_thread)

    def _close_in_thread(self) -> None:
        self._follower.close()
        self._live.close()
        self._tasks.close()
