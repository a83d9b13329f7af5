"""Search by words and by meaning: the lexical answer, reordered by what vectors say.

    question ──> by words ─────────────────────────────┐
        └──> vector ──> scan of all known vectors ──> by meaning ──> fused

Without vectors nothing is worse: when the worker is late or dead, when nothing is embedded
yet, or when the question is a name, the answer is the one by words, and says why.
"""

import logging
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.errors import IndexLockedError, IndexWriteError
from nanobot_indexer.index import Index
from nanobot_indexer.search.chunk_table import END_LINE, KIND, START_LINE
from nanobot_indexer.search.hit import TEXT_KIND, Hit
from nanobot_indexer.search.question import Question, parsed_question
from nanobot_indexer.search.text_search import EVERYTHING, SearchFilter
from nanobot_indexer.search.verbatim import MESSAGE_CHARS_MAX, MESSAGE_WORDS_MIN
from nanobot_indexer.semantic.chunk_list import ChunkList, best_first
from nanobot_indexer.semantic.embedder import Embedder, EmbeddingError
from nanobot_indexer.semantic.fusion import fused
from nanobot_indexer.semantic.passage import passages_of
from nanobot_indexer.semantic.vector_build import block_of
from nanobot_indexer.semantic.vector_file import Block, joined
from nanobot_indexer.semantic.vector_store import VectorStore
from nanobot_indexer.semantic.vector_table import MISSING, NO_LIKENESS, VectorTable
from nanobot_indexer.volume.format import KINDS

log = logging.getLogger(__name__)

POOL_SIZE: Final = 100
"""Chunks of each order that are fused."""
CLEAR_LEAD: Final = 1.4
"""The first hit by words stays first when it is worth so many times the second. Neutral on
click, sqlparse, attrs and the issue-like sentences, and needed where a question names its
answer by words that stand nowhere else."""
CERTAIN_MAX: Final = 5
COLD_CHUNKS_MAX: Final = 20
"""Of the best by words, so many are embedded while somebody waits."""
COLD_BATCH: Final = 4
"""Chunks between two looks at the clock."""
COLD_GRACE_S: Final = 2.0
"""A batch that was begun in time may take so much longer before its worker is killed."""
QUESTION_TOKENS_MAX: Final = 256


class Ranking(StrEnum):
    """What the order of an answer comes from. Part of JSON documents: never rename a value."""

    WORDS = "words"
    """Words only."""
    RERANKED = "reranked"
    """The best by words were reordered; hardly anything else is embedded yet."""
    FUSED = "fused"
    """All that is embedded was looked at."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of an index is embedded."""

    embedded_chunks: int
    chunks: int


@dataclass(frozen=True, slots=True)
class SemanticResult:
    """An answer, and how it came about."""

    hits: tuple[Hit, ...]
    """Best first."""
    ranking: Ranking
    reason: str
    """Why words alone decided; empty when they did not."""
    coverage: Coverage


class SemanticSearch:
    """Safe to share between threads. Close the embedder, which the caller owns.

    Args:
        store: Of the workspace.
        embedder: With a niceness for what somebody waits for.
    """

    def __init__(self, store: VectorStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def search(
        self,
        index: Index,
        query: str,
        *,
        limit: int,
        timeout_s: float,
        filters: SearchFilter = EVERYTHING,
    ) -> SemanticResult:
        """Return the best chunks by words and meaning, best first.

        Args:
            index: Open meanwhile.
            query: What to look for.
            limit: Upper bound on hits.
            timeout_s: For the vectors. The answer by words comes in any case.
            filters: What hits may be.

        Raises:
            QueryEmptyError: There is nothing in the query to look for.
            GlobInvalidError: The path filter is no pattern.
            VolumeCorruptError: The index is damaged.
        """
        deadline = time.monotonic() + timeout_s
        lexical = index.search(query, limit=max(limit, POOL_SIZE), filters=filters)
        chunks = ChunkList(index)
        table = self._store.table()
        found = _Found(index, chunks, table, filters)
        question = parsed_question(query)
        if is_name(question):
            return found.by_words(lexical[:limit], "the question is a name")
        try:
            vector = self._embedder.vectors(
                [query], tokens_max=QUESTION_TOKENS_MAX, timeout_s=timeout_s
            )[0]
        except EmbeddingError as error:
            log.info("search without vectors: reason=%s", error.reason)
            return found.by_words(lexical[:limit], str(error))
        numbers = [chunks.chunk_of(hit.handle) for hit in lexical]
        blocks = self._embed_cold(chunks, table, numbers[:COLD_CHUNKS_MAX], deadline)
        if blocks:
            found = _Found(index, chunks, VectorTable((*table.blocks, *blocks)), filters)
        if not found.coverage.embedded_chunks:
            return found.by_words(lexical[:limit], "nothing is embedded yet")
        return found.fused(lexical, numbers, vector, question, limit)

    def _embed_cold(
        self,
        chunks: ChunkList,
        table: VectorTable,
        candidates: list[int | None],
        deadline: float,
    ) -> list[Block]:
        """Embed the best by words that have no vectors yet, as many as there is time for."""
        known = [one for one in candidates if one is not None]
        missing = [
            chunk
            for chunk, place in zip(known, table.places(chunks.keys[known]), strict=True)
            if place == MISSING
        ]
        blocks: list[Block] = []
        batch_s = 0.0
        for first in range(0, len(missing), COLD_BATCH):
            started = time.monotonic()
            # A batch that does not fit any more is not begun: to break it off costs a worker.
            if deadline - started <= batch_s:
                break
            batch = missing[first : first + COLD_BATCH]
            timeout_s = deadline - started + COLD_GRACE_S
            try:
                blocks.append(block_of(chunks, batch, self._embedder, timeout_s=timeout_s))
                batch_s = time.monotonic() - started
            except EmbeddingError as error:
                log.info("candidates not embedded: reason=%s", error.reason)
                break
        if blocks:
            self._keep(joined(blocks))
        return blocks

    def _keep(self, block: Block) -> None:
        """Store vectors for the next question, if nobody else is writing."""
        try:
            with self._store.writer(timeout_s=0.0) as writer:
                writer.append(block)
        except (IndexLockedError, IndexWriteError) as error:
            log.info("vectors not stored: reason=%s", error)


def is_name(question: Question) -> bool:
    """Tell whether a question is a name, which words find and vectors blur."""
    return bool(len(question.literal)) or any(
        symbol.certainty >= 1.0 for symbol in question.symbols
    )


class _Found:
    """One question and what is known."""

    def __init__(
        self, index: Index, chunks: ChunkList, table: VectorTable, filters: SearchFilter
    ) -> None:
        self._index = index
        self._chunks = chunks
        self._table = table
        self._filters = filters
        self._places = table.places(chunks.keys)
        self.coverage = _counted(chunks, self._places)

    def by_words(self, hits: list[Hit], reason: str) -> SemanticResult:
        return SemanticResult(tuple(hits), Ranking.WORDS, reason, self.coverage)

    def fused(
        self,
        lexical: list[Hit],
        numbers: list[int | None],
        vector: NDArray[np.float32],
        question: Question,
        limit: int,
    ) -> SemanticResult:
        likeness = self._table.likeness(vector)
        best = self._table.best(likeness, self._places)
        is_candidate = self._chunks.passing(self._filters) & (best > NO_LIKENESS)
        if not question.is_about_tests:
            is_candidate &= ~self._chunks.are_secondary()
        by_meaning = best_first(self._chunks, best, np.flatnonzero(is_candidate), POOL_SIZE)
        hit_by_key: dict[int, Hit] = {}
        by_words = []
        for rank, (own_hit, number) in enumerate(zip(lexical, numbers, strict=True)):
            # A hit in a file that is not known well yet has a key of its own.
            key = -1 - rank if number is None else number
            if key not in hit_by_key:
                hit_by_key[key] = own_hit
                by_words.append(key)
        certain = by_words[: self._certain_count(question.text, lexical, by_words)]
        hits: list[Hit] = []
        for key, worth in fused(by_words, by_meaning, certain=certain):
            hit = hit_by_key.get(key) or self._hit(key, likeness)
            if hit is not None:
                hits.append(replace(hit, score=round(worth, 6)))
            if len(hits) == limit:
                break
        share = self.coverage.embedded_chunks / max(1, self.coverage.chunks)
        ranking = Ranking.FUSED if share >= 0.5 else Ranking.RERANKED
        return SemanticResult(tuple(hits), ranking, "", self.coverage)

    def _certain_count(self, text: str, lexical: list[Hit], keys: list[int]) -> int:
        """Return how many of the first by words stay first, whatever they mean."""
        count = 0
        if len(text.split()) >= MESSAGE_WORDS_MIN and len(text) <= MESSAGE_CHARS_MAX:
            # A message that stands somewhere as it was typed is what was looked for.
            needle, is_small = text.encode("utf-8", "replace"), text.islower()
            for key in keys[:CERTAIN_MAX]:
                if key < 0:
                    break
                table, own = self._chunks.table_of(key)
                content = table.text_of(own)
                if needle not in (content.lower() if is_small else content):
                    break
                count += 1
        has_lead = len(lexical) > 1 and lexical[0].score >= CLEAR_LEAD * lexical[1].score
        return max(count, 1) if has_lead else count

    def _hit(self, chunk: int, likeness: NDArray[np.float32]) -> Hit | None:
        """Return the hit for a chunk that only its meaning found; None when its kind is wrong."""
        table, own = self._chunks.table_of(chunk)
        handle = table.handle_of(own)
        passages = passages_of(table, own)
        number = self._table.best_passage(likeness, int(self._places[chunk]))
        # Never further than what the rules of today cut.
        definition = passages[min(number, len(passages) - 1)].definition
        start_line, end_line = handle.start_line, handle.end_line
        kind, name = TEXT_KIND, ""
        if definition is not None:
            row = table.row_of(definition)
            kind, name = KINDS[row[KIND]].value, table.qualified_name_of(definition)
        if self._filters.kinds is not None:
            if definition is None or kind not in {one.value for one in self._filters.kinds}:
                return None
            start_line, end_line = row[START_LINE], row[END_LINE]
        return Hit(handle.path, start_line, end_line, 0.0, kind, name, str(handle))


def coverage_of(index: Index, store: VectorStore) -> Coverage:
    """Return how much of an index is embedded.

    Raises:
        VolumeCorruptError: The index is damaged.
    """
    chunks = ChunkList(index)
    return _counted(chunks, store.table().places(chunks.keys))


def _counted(chunks: ChunkList, places: NDArray[np.int64]) -> Coverage:
    is_embedded = chunks.is_live & (places != MISSING)
    return Coverage(int(np.count_nonzero(is_embedded)), int(np.count_nonzero(chunks.is_live)))
