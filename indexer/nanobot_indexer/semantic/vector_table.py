"""All vectors that are known, by the keys of their chunks, and how near each is to a question.

The scan is exact: every vector is looked at. Vectors lie as bytes and are widened piece by
piece, so that 50,000 chunks take their 60 MB and no more.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.semantic.encoder import WIDTH
from nanobot_indexer.semantic.vector_file import Block

MISSING: Final = -1
NO_LIKENESS: Final = -2.0
"""Of a chunk without vectors: below every cosine."""

# Widened to float32 they stay in the cache of a core.
_ROWS_AT_ONCE: Final = 2_048


class VectorTable:
    """Immutable. Safe to share between threads.

    Args:
        blocks: Where a key is in several, the last one counts.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks: Final = tuple(blocks)
        keys = np.concatenate([np.empty(0, np.uint64), *(one.keys for one in self.blocks)])
        counts = np.concatenate([np.empty(0, np.int64), *(one.counts for one in self.blocks)])
        self._order = np.argsort(keys, kind="stable")
        self._sorted_keys = keys[self._order]
        self._row_starts = np.cumsum(counts) - counts
        self.row_count: Final = int(counts.sum())

    @property
    def chunk_count(self) -> int:
        """How many chunks it has, with those that are not in the index any more."""
        return len(self._sorted_keys)

    @cached_property
    def _row_bounds(self) -> NDArray[np.int64]:
        return np.append(self._row_starts, self.row_count)

    def places(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return where the chunks with these keys are, `MISSING` for those that are not."""
        if not len(self._sorted_keys):
            return np.full(len(keys), MISSING, np.int64)
        found = np.searchsorted(self._sorted_keys, keys, side="right") - 1
        is_there = self._sorted_keys[found] == keys
        places: NDArray[np.int64] = np.where(is_there, self._order[found], MISSING)
        return places

    def likeness(self, question: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of a question and each passage. Shape `(passage,)`."""
        parts = [np.empty(0, np.float32)]
        for block in self.blocks:
            for start in range(0, len(block.rows), _ROWS_AT_ONCE):
                rows = block.rows[start : start + _ROWS_AT_ONCE].astype(np.float32)
                # Not a product of matrices: that wakes a thread per core for a millisecond.
                products = np.einsum("ij,j->i", rows, question)
                parts.append(products * block.scales[start : start + _ROWS_AT_ONCE])
        return np.concatenate(parts)

    def best(self, likeness: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of the best passage of each chunk, `NO_LIKENESS` for `MISSING`.

        Args:
            likeness: Of all passages.
            places: From `places`. Shape `(chunk,)`.
        """
        result = np.full(len(places), NO_LIKENESS, np.float32)
        if self.row_count:
            by_chunk = np.maximum.reduceat(likeness, self._row_starts)
            is_there = places != MISSING
            result[is_there] = by_chunk[places[is_there]]
        return result

    def best_passage(self, likeness: NDArray[np.float32], place: int) -> int:
        """Return which passage of a chunk is the best, counted from 0."""
        start, end = self._row_bounds[place : place + 2].tolist()
        return int(np.argmax(likeness[start:end]))

    def kept(self, keys: NDArray[np.uint64]) -> Block | None:
        """Return all vectors of these chunks as one block; None when there are none."""
        places = self.places(keys)
        # Each once, in the order of the file.
        chosen = np.unique(places[places != MISSING])
        if not len(chosen):
            return None
        bounds = self._row_bounds
        counts = bounds[chosen + 1] - bounds[chosen]
        firsts = np.cumsum(counts) - counts
        rows = np.arange(int(counts.sum())) + np.repeat(bounds[chosen] - firsts, counts)
        all_keys = np.concatenate([one.keys for one in self.blocks])
        scales = np.concatenate([one.scales for one in self.blocks])
        vectors = np.empty((len(rows), WIDTH), np.int8)
        first = 0
        for block in self.blocks:
            own = (rows >= first) & (rows < first + len(block.rows))
            vectors[own] = block.rows[rows[own] - first]
            first += len(block.rows)
        return Block(all_keys[chosen], counts, scales[rows], vectors)
