"""The index of a host: followed while files change, asked by all fronts.

    watcher ──paths──> live index ──quiet──> refresh (publish)
            ──scan───────────────────────────────^
    request ──> snapshot of the live index

Everything here runs on the host's event loop; reading, parsing and writing run in
threads. A request is answered from a snapshot and waits for no refresh, unless there
is no index yet. Only one thing of this host writes the index at a time.
"""

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from nanobot_indexer import (
    Index,
    IndexerError,
    IndexLockedError,
    IndexMissingError,
    IndexOptions,
    IngestCancelledError,
    IngestProgress,
    IngestReport,
    IngestStage,
    LiveIndex,
    VolumeError,
)
from nanobot_indexer.live_index import OVERLAY_FILES_MAX
from nanobot_indexer.volume.manifest import Manifest
from nanobot_indexer.watch.batch import WatchBatch
from nanobot_indexer.watch.watcher import WorkspaceWatcher
from nanobot_server.host.errors import BUSY, HostError
from nanobot_server.host.index_repair import forget_index, rebuilt
from nanobot_server.host.index_view import manifest_view, progress_view
from nanobot_server.host.refresh_schedule import RefreshSchedule

log = logging.getLogger(__name__)

START_DELAY_S: Final = 1.0
"""A front that only asks something and leaves starts no watcher."""
BUILD_WAIT_S: Final = 15.0
"""So long a request waits for the first index. Fronts wait somewhat longer."""
PARSERS_IDLE_S: Final = 300.0
"""A worker takes 20 MiB, and a tenth of a second to start."""
FRESH_WAIT_S: Final = 1.0
"""So long a request waits for the first look at the files."""
UNWATCHED_S: Final = 2.0
"""Files that are not followed are looked at before an answer, but not more often."""
LOCK_TIMEOUT_S: Final = 10.0
"""So long another process may write the index before a refresh is put off."""
PROGRESS_AFTER_S: Final = 0.5
"""A refresh that is done by then is not told to fronts, unless one asked for it."""

# Files, definitions, a refresh: each can wait for something.
_THREADS: Final = 3
_PARSERS_POLL_S: Final = 30.0

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Refresh:
    """One that runs now."""

    began_at: float
    is_asked_for: bool
    is_cancelled: bool = False
    progress: IngestProgress | None = None


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
        self._options = options
        self._is_watched = is_watched
        self._tell = tell
        self._loop: asyncio.AbstractEventLoop | None = None
        self._live = LiveIndex(workspace, options)
        self._schedule = RefreshSchedule(interval_s=interval_s)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="index")
        self._writing = asyncio.Lock()
        self._buffering = asyncio.Lock()
        self._wake = asyncio.Event()
        self._searchable = asyncio.Event()
        self._looked = asyncio.Event()
        """The files were compared with the index since this host began."""
        self._looked_at = 0.0
        self._parse = asyncio.Event()
        self._watcher: WorkspaceWatcher | None = None
        self._follower: asyncio.Task[None] | None = None
        self._parser: asyncio.Task[None] | None = None
        self._awaiting: set[str] = set()
        """Changed files whose definitions are not known yet."""
        self._owner_by_buffer: dict[str, Hashable] = {}
        self._refresh: _Refresh | None = None
        self._build: asyncio.Task[IngestReport] | None = None
        self._start: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._problem = ""
        self._is_closed = False

    # -- asking ------------------------------------------------------------

    async def ask(self, question: Callable[[Index], Answer]) -> Answer:
        """Answer from the index as of now, after it was built if there is none.

        Args:
            question: Called in a thread, a second time when damage showed.

        Raises:
            HostError: `busy`: the first index takes longer than `BUILD_WAIT_S`.
            IndexerError: What `question` raises, or why there is no index.
        """
        await self._fresh()
        for _ in range(2):
            base = self._live.manifest
            try:
                return await asyncio.to_thread(self._asked, question)
            except IndexMissingError:
                await self._built()
            except VolumeError as error:
                await self._repaired(error, base)
        return await asyncio.to_thread(self._asked, question)

    def _asked(self, question: Callable[[Index], Answer]) -> Answer:
        self._live.follow()
        return question(self._live.snapshot())

    async def _fresh(self) -> None:
        """Wait a moment for a look at the files, if it is the first or they are not followed."""
        self.follow()
        if self._watcher is None and self._refresh is None:
            if time.monotonic() - self._looked_at < UNWATCHED_S:
                return
            self._looked.clear()
            self._spawn(self._refreshed_in_background(), "index refresh")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FRESH_WAIT_S):
                await self._looked.wait()

    async def set_buffer(self, path: str, text: bytes | None, owner: Hashable) -> bool:
        """Lay an unsaved text over a file, or take it away; tell whether it is laid over.

        Args:
            path: Workspace-relative.
            text: None takes it away, if it is the owner's.
            owner: Whose leaving takes it away.
        """
        async with self._buffering:
            if text is None and self._owner_by_buffer.get(path) is not owner:
                return path in self._owner_by_buffer
            is_laid = await asyncio.to_thread(self._live.set_buffer, path, text)
            if is_laid:
                self._owner_by_buffer[path] = owner
            else:
                self._owner_by_buffer.pop(path, None)
        self._parse_soon()
        return is_laid

    def left(self, owner: Hashable) -> None:
        """Take away what a front laid over."""
        for path in [path for path, one in self._owner_by_buffer.items() if one is owner]:
            self._spawn(self.set_buffer(path, None, owner), "index buffer")

    def status(self) -> dict[str, Any]:
        """Return how the index is. `docs/protocol.md` documents every key."""
        watcher, running, manifest = self._watcher, self._refresh, self._live.manifest
        is_followed = self._follower is not None and not self._follower.done()
        problem = self._problem or ("" if watcher is None else watcher.problem)
        return {
            "state": "idle" if running is None else "indexing",
            "progress": None if running is None else progress_view(running.progress),
            "index": None if manifest is None else manifest_view(manifest),
            "is_watched": is_followed and watcher is not None and not watcher.problem,
            "is_current": self._looked.is_set() and not self._live.is_behind and not problem,
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
        return await asyncio.shield(
            self._spawn(self._refreshed(is_asked_for=True), "index refresh")
        )

    def cancel(self) -> bool:
        """End the refresh that runs; tell whether one does. What is published stays."""
        if self._refresh is None:
            return False
        self._refresh.is_cancelled = True
        return True

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncGenerator[None]:
        """Keep this host from writing the index meanwhile: the caller does it."""
        async with self._writing:
            yield

    async def _refreshed(self, *, is_asked_for: bool) -> IngestReport:
        self._loop = asyncio.get_running_loop()
        async with self._writing:
            running = _Refresh(time.monotonic(), is_asked_for, is_cancelled=self._is_closed)
            self._refresh = running
            self._schedule.began(running.began_at)
            # A refresh parses them as well.
            awaiting, self._awaiting = self._awaiting, set()
            try:
                report = await self._in_thread(self._refresh_in_thread, running)
            except IndexerError:
                self._awaiting |= awaiting
                raise
            else:
                self._schedule.ended(time.monotonic())
                self._problem = ""
                return report
            finally:
                self._refresh = None
                self._looked_at = time.monotonic()
                self._looked.set()
                self._searchable.set()
                if self._is_told(running):
                    self._tell("")

    def _refresh_in_thread(self, running: _Refresh) -> IngestReport:
        def note(progress: IngestProgress) -> None:
            self._call_soon(self._note_progress, running, progress)

        return self._live.refresh(
            progress=note,
            cancelled=lambda: running.is_cancelled,
            lock_timeout_s=LOCK_TIMEOUT_S,
        )

    def _note_progress(self, running: _Refresh, progress: IngestProgress) -> None:
        if self._refresh is not running:
            return
        running.progress = progress
        if progress.stage is IngestStage.SYNTAX:
            # The text is published by then.
            self._searchable.set()
        if self._is_told(running):
            self._tell("")

    def _is_told(self, running: _Refresh) -> bool:
        return running.is_asked_for or time.monotonic() - running.began_at >= PROGRESS_AFTER_S

    async def _built(self) -> None:
        """Wait until there is an index to ask, but not for its definitions."""
        self._searchable.clear()
        if self._build is None or self._build.done():
            self._build = self._spawn(self._refreshed(is_asked_for=False), "index build")
        searchable = asyncio.create_task(self._searchable.wait())
        try:
            done, _ = await asyncio.wait(
                {self._build, searchable},
                timeout=BUILD_WAIT_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            searchable.cancel()
        if self._build in done:
            self._build.result()
        elif not done:
            raise HostError(BUSY, f"the index is being built{self._share()}; try again in a moment")

    def _share(self) -> str:
        progress = None if self._refresh is None else self._refresh.progress
        if progress is None or not progress.bytes_total:
            return ""
        return f" ({100 * progress.bytes_done // progress.bytes_total}%)"

    async def _repaired(self, error: VolumeError, base: Manifest | None) -> None:
        """Make a damaged index again, unless that was done since it was asked."""
        async with self._writing:
            if self._live.manifest is base:
                log.warning("index rebuilt: workspace=%s reason=%s", self._workspace, error)
                self._tell(rebuilt(error))
                await asyncio.to_thread(forget_index, self._workspace)
                self._live.forget()
        await self._built()

    # -- following ---------------------------------------------------------

    def expect(self) -> None:
        """A front is there: follow the files soon, if that is wanted."""
        if self._is_watched and self._start is None and not self._is_closed:
            self._start = asyncio.get_running_loop().call_later(START_DELAY_S, self.follow)

    def follow(self) -> None:
        """Follow the files from now on, if that is wanted."""
        if not self._is_watched or self._watcher is not None or self._is_closed:
            return
        self._loop = asyncio.get_running_loop()
        try:
            watcher = WorkspaceWatcher(
                self._workspace,
                files_max=self._options.files_max,
                on_change=lambda: self._call_soon(self._wake.set),
            )
        except (OSError, RuntimeError) as error:
            # No descriptor or no thread left. The next request tries again.
            self._note_problem(f"{self._workspace}: its files are not watched ({error})")
            return
        self._watcher = watcher
        self._follower = self._spawn(self._followed(watcher), "index follower")
        log.info("workspace followed: workspace=%s", self._workspace)

    async def _followed(self, watcher: WorkspaceWatcher) -> None:
        """Take over what changes, and refresh when it is due."""
        refreshing: asyncio.Task[None] | None = None
        while True:
            is_busy = refreshing is not None and not refreshing.done()
            due_at = None if is_busy else self._schedule.due_at()
            wait_s = _PARSERS_POLL_S if due_at is None else due_at - time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wait_s)):
                    await self._wake.wait()
            self._wake.clear()
            batch = watcher.take(0.0)
            if batch is not None:
                await self._take(batch)
            elif due_at is None and not is_busy:
                await self._in_thread(self._rest_parsers)
            elif due_at is not None and due_at <= time.monotonic():
                refreshing = self._spawn(self._refreshed_in_background(), "index refresh")
                refreshing.add_done_callback(lambda _task: self._wake.set())

    def _rest_parsers(self) -> None:
        self._live.rest(idle_s=PARSERS_IDLE_S)

    async def _take(self, batch: WatchBatch) -> None:
        now = time.monotonic()
        if batch.scan is not None or len(batch.paths) > OVERLAY_FILES_MAX:
            self._schedule.changed(now, is_urgent=True)
            return
        try:
            awaiting = await self._in_thread(self._live.update, batch.paths, with_syntax=False)
        except IndexerError as error:
            self._note_problem(str(error))
            awaiting = frozenset()
        self._schedule.changed(now, is_urgent=self._live.is_behind)
        self._awaiting |= awaiting
        self._parse_soon()

    def _parse_soon(self) -> None:
        self._parse.set()
        if self._parser is None:
            self._parser = self._spawn(self._parsed(), "index parser")

    async def _parsed(self) -> None:
        """Find the definitions of changed files and buffers. A refresh may have the workers."""
        while True:
            await self._parse.wait()
            self._parse.clear()
            awaiting, self._awaiting = self._awaiting, set()
            try:
                if awaiting:
                    await self._in_thread(self._live.update, awaiting, with_syntax=True)
                await self._in_thread(self._live.parse_buffers)
            except IndexerError as error:
                self._note_problem(str(error))

    async def _refreshed_in_background(self) -> None:
        try:
            await self._refreshed(is_asked_for=False)
        except IngestCancelledError:
            return  # Somebody wants it so. The next change begins another one.
        except IndexLockedError as error:
            log.info("refresh put off: workspace=%s reason=%s", self._workspace, error)
        except IndexerError as error:
            self._note_problem(str(error))
        else:
            return
        self._schedule.failed(time.monotonic())

    def _note_problem(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("index not refreshed: workspace=%s reason=%s", self._workspace, problem)
        self._problem = problem

    # -- ending ------------------------------------------------------------

    async def close(self) -> None:
        """End everything, promptly. What is published stays."""
        self._is_closed = True
        if self._start is not None:
            self._start.cancel()
        self.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # Threads notice within a tenth of a second, or when a parse worker is killed.
        await asyncio.to_thread(self._close_in_thread)

    def _close_in_thread(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
        self._live.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _spawn(self, work: Coroutine[Any, Any, Answer], name: str) -> "asyncio.Task[Answer]":
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, (IndexerError, HostError)):
            log.error("task failed: %s", task.get_name(), exc_info=error)

    async def _in_thread(
        self, work: Callable[..., Answer], *arguments: object, **options: object
    ) -> Answer:
        call = functools.partial(work, *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _call_soon(self, call: Callable[..., None], *arguments: object) -> None:
        """Call something on the event loop, from any thread."""
        assert self._loop is not None  # Threads come after it.
        with contextlib.suppress(RuntimeError):  # The loop may be closed by now.
            self._loop.call_soon_threadsafe(call, *arguments)
