"""Brings the index of a host up to date: at most one thing of this host writes it at a time.

Runs on the event loop; reading, parsing and writing run in threads.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_indexer import (
    IndexLockedError,
    IngestCancelledError,
    IngestProgress,
    IngestReport,
    IngestStage,
    LiveIndex,
    VolumeError,
)
from nanobot_indexer.volume.manifest import Manifest
from nanobot_server.host.errors import BUSY, HostError
from nanobot_server.host.index_repair import forget_index, rebuilt
from nanobot_server.host.index_tasks import PASSING_ERRORS, IndexTasks
from nanobot_server.host.refresh_schedule import RefreshSchedule

log = logging.getLogger(__name__)

LOCK_TIMEOUT_S: Final = 10.0
"""So long another process may write the index before a refresh is put off."""
PROGRESS_AFTER_S: Final = 0.5
"""A refresh that is done by then is not told to fronts, unless one asked for it."""


@dataclass(slots=True)
class Refresh:
    """One that runs now."""

    began_at: float
    is_asked_for: bool
    is_cancelled: bool = False
    progress: IngestProgress | None = None

    @property
    def is_told(self) -> bool:
        """Whether fronts hear of it."""
        return self.is_asked_for or time.monotonic() - self.began_at >= PROGRESS_AFTER_S


class IndexRefresher:
    """One per host.

    Args:
        workspace: Its root.
        live: Is refreshed.
        schedule: Hears of every refresh.
        tasks: To run in.
        tell: Called when there is news, with a sentence for the user, often empty.
    """

    def __init__(
        self,
        workspace: Path,
        live: LiveIndex,
        schedule: RefreshSchedule,
        tasks: IndexTasks,
        tell: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._live = live
        self._schedule = schedule
        self._tasks = tasks
        self._tell = tell
        self._writing = asyncio.Lock()
        self._searchable = asyncio.Event()
        self._build: asyncio.Task[IngestReport] | None = None
        self._following: asyncio.Task[None] | None = None
        self._is_closed = False
        self.on_ended: Callable[[], None] = lambda: None
        """Called when a refresh has ended, well or not."""
        self.running: Refresh | None = None
        self.problem = ""
        """Why the last refresh was none; a sentence, mostly empty."""
        self.looked = asyncio.Event()
        """A refresh has ended since this host began, well or not."""
        self.looked_at = 0.0
        """When the last one ended, on the clock of `time.monotonic`."""
        self.is_compared = False
        """A refresh compared all files with the index, and none was called off since."""
        self.awaiting: set[str] = set()
        """Changed files whose definitions are not known yet. A refresh finds them."""

    async def refreshed(self, *, is_asked_for: bool) -> IngestReport:
        """Bring the index up to date, after what writes it now.

        Raises:
            IndexerError: As `LiveIndex.refresh`. It is tried again later, unless somebody
                wanted it to end.
        """
        async with self._writing:
            running = Refresh(time.monotonic(), is_asked_for, is_cancelled=self._is_closed)
            was_urgent = self._schedule.is_urgent
            awaiting, self.awaiting = self.awaiting, set()
            self.running = running
            known = self._known()
            self._schedule.began(running.began_at)
            report = None
            try:
                report = await self._tasks.in_thread(self._refresh_in_thread, running)
            except IngestCancelledError:
                # The next change begins another one.
                self.is_compared &= not was_urgent
                raise
            except PASSING_ERRORS:
                self._schedule.failed(time.monotonic())
                raise
            finally:
                self.running = None
                self.looked_at = time.monotonic()
                if report is None:
                    self.awaiting |= awaiting
                else:
                    self._schedule.ended(self.looked_at)
                    self.problem = ""
                    self.is_compared = True
                self.looked.set()
                self._searchable.set()
                if running.is_told or self._known() != known:
                    self._tell("")
                self.on_ended()
            return report

    async def refreshed_in_background(self) -> None:
        """Do the same for nobody: what goes wrong is noted, and damage repaired."""
        try:
            await self.refreshed(is_asked_for=False)
        except IngestCancelledError:
            pass
        except IndexLockedError as error:
            log.info("refresh put off: workspace=%s reason=%s", self._workspace, error)
        except VolumeError as error:
            await self._repair(error, self._live.manifest)
        except PASSING_ERRORS as error:
            self.note_problem(error)

    async def built(self, deadline: float) -> None:
        """Wait until there is an index to ask, but not for its definitions.

        Args:
            deadline: On the clock of `time.monotonic`.

        Raises:
            HostError: `busy`: it takes longer.
            IndexerError: Why there is none.
        """
        self._searchable.clear()
        build = self._build
        if build is None or build.done():
            build = self._tasks.spawn(self.refreshed(is_asked_for=False), "index build")
            self._build = build
        searchable = asyncio.create_task(self._searchable.wait())
        try:
            done, _ = await asyncio.wait(
                {build, searchable},
                timeout=max(0.0, deadline - time.monotonic()),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            searchable.cancel()
        if build in done:
            build.result()
        elif not done:
            raise self._busy()

    async def repaired(self, error: VolumeError, base: Manifest | None, deadline: float) -> None:
        """Remove a damaged index, unless that was done since it was asked.

        Args:
            error: What was damaged.
            base: The generation that was asked.
            deadline: On the clock of `time.monotonic`.

        Raises:
            HostError: `busy`: something else writes the index.
            IndexWriteError: It can not be removed.
        """
        repair = self._tasks.spawn(self._repair(error, base), "index repair")
        await asyncio.wait({repair}, timeout=max(0.0, deadline - time.monotonic()))
        if not repair.done():
            raise self._busy()
        repair.result()

    def cancel(self) -> bool:
        """End the refresh that runs; tell whether one does. What is published stays."""
        if self.running is None:
            return False
        self.running.is_cancelled = True
        return True

    def close(self) -> None:
        """End the refresh that runs, and those that come."""
        self._is_closed = True
        self.cancel()

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncGenerator[None]:
        """Keep this host from writing the index meanwhile: the caller does it."""
        async with self._writing:
            yield

    def follow_soon(self) -> None:
        """Take over what somebody else published. Requests are answered meanwhile."""
        if self._following is None or self._following.done():
            self._following = self._tasks.spawn(self._follow(), "index generation")

    def tell_news(self) -> None:
        """Tell fronts how the index is now."""
        self._tell("")

    def note_problem(self, error: BaseException) -> None:
        """Keep in mind why the index is not up to date, until it is."""
        problem = str(error) or type(error).__name__
        if problem != self.problem:
            log.warning("index not refreshed: workspace=%s reason=%s", self._workspace, problem)
            self.problem = problem
            self._tell("")

    def _known(self) -> tuple[int, str]:
        """Return what fronts are told of when it changes."""
        manifest = self._live.manifest
        return (0 if manifest is None else manifest.generation), self.problem

    async def _follow(self) -> None:
        known = self._known()
        try:
            await self._tasks.in_thread(self._live.follow)
            if self._known() != known:
                self._tell("")
        except PASSING_ERRORS as error:
            # Who asks meets it again, or what is open is used on.
            log.info("generation not opened: workspace=%s reason=%s", self._workspace, error)

    async def _repair(self, error: VolumeError, base: Manifest | None) -> None:
        async with self._writing:
            if self._live.manifest is base:
                log.warning("index rebuilt: workspace=%s reason=%s", self._workspace, error)
                self._tell(rebuilt(error))
                await self._tasks.in_thread(self._forget_in_thread)

    def _forget_in_thread(self) -> None:
        forget_index(self._workspace)
        self._live.forget()

    def _refresh_in_thread(self, running: Refresh) -> IngestReport:
        def note(progress: IngestProgress) -> None:
            self._tasks.call_soon(self._note_progress, running, progress)

        return self._live.refresh(
            progress=note,
            cancelled=lambda: running.is_cancelled,
            lock_timeout_s=LOCK_TIMEOUT_S,
        )

    def _note_progress(self, running: Refresh, progress: IngestProgress) -> None:
        if self.running is not running:
            return
        running.progress = progress
        if progress.stage is IngestStage.SYNTAX:
            # The text is published by then.
            self._searchable.set()
        if running.is_told:
            self._tell("")

    def _busy(self) -> HostError:
        progress = None if self.running is None else self.running.progress
        share = ""
        if progress is not None and progress.bytes_total:
            share = f" ({100 * progress.bytes_done // progress.bytes_total}%)"
        return HostError(BUSY, f"the index is being built{share}; try again in a moment")
