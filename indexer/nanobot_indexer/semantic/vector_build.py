"""Embed all chunks of an index that have no vectors yet, a few at a time.

Whoever runs this can stop it within one batch; what was embedded is kept. Chunks that
somebody is likely to ask for come first: code before tests and examples.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nanobot_indexer.index import Index
from nanobot_indexer.semantic.chunk_list import ChunkList
from nanobot_indexer.semantic.embedder import Embedder, EmbeddingError
from nanobot_indexer.semantic.frames import TEXTS_MAX
from nanobot_indexer.semantic.passage import TOKENS_MAX, passages_of
from nanobot_indexer.semantic.vector_file import Block, joined, stored
from nanobot_indexer.semantic.vector_store import VectorStore
from nanobot_indexer.semantic.vector_table import MISSING, VectorTable

log = logging.getLogger(__name__)

BATCH_PASSAGES: Final = 16
"""Of one request: half a second. A build that is stopped ends after it."""
APPEND_PASSAGES: Final = 256
"""Embedded between two writes."""
BATCH_TIMEOUT_S: Final = 120.0
"""A batch takes longer only when the worker hangs: the cores may be busy with models."""
FAILURES_MAX: Final = 3
"""Batches in a row that may fail before the build does: then it is not their text."""
LOCK_TIMEOUT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far a build is."""

    embedded_chunks: int
    """With those that were embedded before."""
    chunks: int
    seconds_left: float | None
    """None before it can be told."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    embedded_chunks: int
    chunks: int
    new_chunks: int
    seconds: float
    failed_chunks: int
    """Their batch broke the worker. The next build tries them again."""
    is_complete: bool
    """The build was not stopped before its end."""


def build_vectors(
    index: Index,
    store: VectorStore,
    embedder: Embedder,
    *,
    progress: Callable[[BuildProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> BuildReport:
    """Embed what is missing and drop what is gone.

    Blocks for as long as it takes: run it in a thread.

    Args:
        index: Open meanwhile.
        store: Of its workspace.
        embedder: With the niceness of the background.
        progress: Called after each batch.
        cancelled: Return True to stop after the batch.
        lock_timeout_s: How long to wait for another OS process that builds.

    Raises:
        EmbeddingError: The worker does not start, or dies again and again. What was
            embedded is kept.
        IndexLockedError: Another OS process builds.
        IndexWriteError: The disk refused.
    """
    started = time.monotonic()
    chunks = ChunkList(index)
    live_keys = chunks.keys[chunks.is_live]
    with store.building(timeout_s=lock_timeout_s):
        with store.writer(timeout_s=LOCK_TIMEOUT_S) as writer:
            writer.drop_dead(live_keys)
            table = writer.table
        missing = _missing(chunks, table)
        total = len(live_keys)
        found = total - int(np.count_nonzero(table.places(live_keys) == MISSING))
        work = _Work(chunks, store, embedder)
        is_complete = True
        try:
            for batch in _batches(chunks, missing):
                if cancelled is not None and cancelled():
                    is_complete = False
                    break
                work.embed(batch)
                if progress is not None:
                    left_s = (time.monotonic() - started) / work.done * (len(missing) - work.done)
                    progress(BuildProgress(min(total, found + work.embedded), total, left_s))
        finally:
            # Also when the worker died: what it did is worth keeping.
            work.append()
        work.require_some()
        table = store.table()
    embedded = total - int(np.count_nonzero(table.places(live_keys) == MISSING))
    seconds = time.monotonic() - started
    failed = work.done - work.embedded
    return BuildReport(embedded, total, work.embedded, seconds, failed, is_complete)


class _Work:
    """What one build has done."""

    def __init__(self, chunks: ChunkList, store: VectorStore, embedder: Embedder) -> None:
        self._chunks = chunks
        self._store = store
        self._embedder = embedder
        self._pending: list[Block] = []
        self._failures = 0
        self._problem: EmbeddingError | None = None
        self.done = 0
        """Chunks that were tried."""
        self.embedded = 0
        """Those of them that have vectors now."""

    def embed(self, batch: Sequence[int]) -> None:
        """Embed some chunks; leave them out when they break the worker."""
        self.done += len(batch)
        try:
            block = block_of(self._chunks, batch, self._embedder, timeout_s=BATCH_TIMEOUT_S)
        except EmbeddingError as error:
            self._failures += 1
            self._problem = error
            if self._failures == FAILURES_MAX:
                raise
            log.warning("chunks not embedded: count=%d reason=%s", len(batch), error.reason)
            return
        self._failures = 0
        self._pending.append(block)
        self.embedded += len(batch)
        if sum(len(one.rows) for one in self._pending) >= APPEND_PASSAGES:
            self.append()

    def require_some(self) -> None:
        """Raise what went wrong when nothing went right."""
        if self._problem is not None and not self.embedded:
            raise self._problem

    def append(self) -> None:
        """Write what was not written yet."""
        if self._pending:
            with self._store.writer(timeout_s=LOCK_TIMEOUT_S) as writer:
                writer.append(joined(self._pending))
            self._pending = []


def block_of(
    chunks: ChunkList, numbers: Sequence[int], embedder: Embedder, *, timeout_s: float
) -> Block:
    """Embed some chunks.

    Args:
        chunks: Of the index.
        numbers: At least one.
        embedder: Asked once or a few times.
        timeout_s: For all of them.

    Raises:
        EmbeddingError: The worker was late, died or does not start.
    """
    deadline = time.monotonic() + timeout_s
    texts_by_chunk = [[one.text for one in passages_of(*chunks.table_of(n))] for n in numbers]
    texts = [text for own in texts_by_chunk for text in own]
    parts = [
        embedder.vectors(
            texts[first : first + TEXTS_MAX],
            tokens_max=TOKENS_MAX,
            timeout_s=deadline - time.monotonic(),
        )
        for first in range(0, len(texts), TEXTS_MAX)
    ]
    rows, scales = stored(np.concatenate(parts))
    counts = np.array([len(own) for own in texts_by_chunk], np.int64)
    return Block(chunks.keys[list(numbers)], counts, scales, rows)


def _missing(chunks: ChunkList, table: VectorTable) -> list[int]:
    """Return the living chunks without vectors, each key once, tests and examples last."""
    is_missing = chunks.is_live & (table.places(chunks.keys) == MISSING)
    numbers = np.flatnonzero(is_missing)
    _, firsts = np.unique(chunks.keys[numbers], return_index=True)
    numbers = numbers[np.sort(firsts)]
    order = np.argsort(chunks.are_secondary()[numbers], kind="stable")
    found: list[int] = numbers[order].tolist()
    return found


def _batches(chunks: ChunkList, numbers: Sequence[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    size = 0
    for number in numbers:
        batch.append(number)
        size += len(passages_of(*chunks.table_of(number)))
        if size >= BATCH_PASSAGES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
