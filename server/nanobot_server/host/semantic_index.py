"""Search by meaning in a host: vectors are made in the background when nothing else runs.

    published index ──quiet──> build, a batch at a time ──busy──> stop, try again later

Off unless the setting says so and the model is there. Runs on the event loop; embedding
runs in a thread that waits for a worker of the lowest priority. A search has a worker of
its own, so it never waits for a batch.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nanobot_indexer import IndexerError, open_index
from nanobot_indexer.semantic.embedder import EmbeddingError
from nanobot_indexer.semantic.vector_build import BuildProgress, BuildReport, build_vectors
from nanobot_server.host.semantic_view import BySemantics
from nanobot_server.semantic_model import (
    by_semantics,
    embedder,
    is_embedder_there,
    vector_store,
)
from nanobot_server.settings import Settings

log = logging.getLogger(__name__)

QUIET_S: Final = 3.0
"""Between two looks at whether there is something to embed and nothing else to do."""
FAILED_WAIT_S: Final = 60.0
"""After an error, until the next try."""


class SemanticIndex:
    """One per host. Runs on the event loop.

    Args:
        workspace: Its root.
        settings: Of the user.
        is_busy: Whether something runs that embedding must leave the cores to.
    """

    def __init__(self, workspace: Path, settings: Settings, is_busy: Callable[[], bool]) -> None:
        self._workspace = workspace
        self._settings = settings
        self._is_busy = is_busy
        self._asking = embedder(settings, is_background=False)
        self._building = embedder(settings, is_background=True)
        self._task: asyncio.Task[None] | None = None
        self._progress: BuildProgress | None = None
        self._problem = ""
        self._generation_done = -1
        self._is_closed = False

    @property
    def is_on(self) -> bool:
        """Whether it is wanted and can work."""
        return self._settings.search.semantic and is_embedder_there(self._settings)

    @property
    def search(self) -> BySemantics:
        """The search by words and meaning, for a thread."""
        return by_semantics(self._workspace, self._asking)

    def start(self) -> None:
        """Begin to make vectors in the background, if they are wanted. Once is enough."""
        if self._task is None and self.is_on:
            self._task = asyncio.create_task(self._follow(), name="semantic index")

    def status(self) -> dict[str, Any]:
        """Return how far the vectors are. `docs/host.md` documents every key."""
        progress = self._progress
        return {
            "is_on": self.is_on,
            "embedded_chunks": None if progress is None else progress.embedded_chunks,
            "chunks": None if progress is None else progress.chunks,
            "problem": self._problem,
        }

    async def close(self) -> None:
        """End both workers. What was embedded stays."""
        self._is_closed = True
        await asyncio.to_thread(self._close_workers)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _close_workers(self) -> None:
        self._building.close()
        self._asking.close()

    async def _follow(self) -> None:
        while not self._is_closed:
            wait_s = QUIET_S
            if not self._is_busy():
                try:
                    await asyncio.to_thread(self._build)
                    self._problem = ""
                except (EmbeddingError, IndexerError) as error:
                    if str(error) != self._problem and not self._is_closed:
                        log.warning("not embedded: workspace=%s %s", self._workspace, error)
                    self._problem = str(error)
                    wait_s = FAILED_WAIT_S
            await asyncio.sleep(wait_s)

    def _build(self) -> None:
        with open_index(self._workspace) as index:
            generation = index.generation
            if generation == self._generation_done:
                return
            report = build_vectors(
                index,
                vector_store(self._workspace),
                self._building,
                progress=self._note,
                cancelled=self._must_stop,
            )
        self._note(BuildProgress(report.embedded_chunks, report.chunks, 0.0))
        if report.is_complete:
            self._generation_done = generation
            # A worker takes 120 MB, and a third of a second to start.
            self._building.rest()
            self._tell(report)

    def _tell(self, report: BuildReport) -> None:
        if report.new_chunks:
            log.info(
                "embedded: workspace=%s new_chunks=%d chunks=%d seconds=%.1f",
                self._workspace,
                report.new_chunks,
                report.chunks,
                report.seconds,
            )

    def _note(self, progress: BuildProgress) -> None:
        self._progress = progress

    def _must_stop(self) -> bool:
        return self._is_closed or self._is_busy()
