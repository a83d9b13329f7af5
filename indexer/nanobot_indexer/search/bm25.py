"""Scores of chunks: BM25F over groups of words, exact over all live chunks of an index.

For a chunk, a group g of a question (a word and what is related to it) has the frequency

    f(g) = sum over variants v of g and fields F of  weight(v) * weight(F) * tf(v, F) / norm(F)

with norm(BODY) = 1 - B + B * length / mean length, and 1 for names and paths, which are
short in every chunk. With the rarity r(g) = ln(1 + (N - n + 0.5) / (n + 0.5)) ** R, where n
is the number of live chunks that have the word itself in its most frequent field, a chunk is worth

    score = sum of r(g) * f(g) / (K + f(g))

N and the mean length are those of the live chunks, whatever segments they are in.

Related words are looked up in bodies and names, not in paths. One that is in the bodies
of many chunks says nothing and costs most: it is looked up in names only. Whether it is
follows from the same exact counts. The names of definitions around a chunk count as
parts of its path.

S. Robertson, H. Zaragoza, M. Taylor, "Simple BM25 extension to multiple weighted
fields", CIKM 2004.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.content import FREQUENCY_BY_CODE
from nanobot_indexer.fingerprint.hashing import Field
from nanobot_indexer.search.chunk_table import ChunkTable
from nanobot_indexer.search.question import FIELD_WEIGHTS, GROUPS_MAX, Question

# Chosen on sqlalchemy, twisted, networkx and scikit-learn. Flat around these values.
SATURATION: Final = 3.5
LENGTH_SHARE: Final = 0.75
RARITY_POWER: Final = 0.8

RELATED_SHARE_MAX: Final = 0.125
"""A related word in the bodies of a larger share of chunks is looked up elsewhere only."""
SCORED_GROUPS_MAX: Final = 24
"""The rarest groups count; the others of a very long question say little."""

_FREQUENCIES: Final = np.array(FREQUENCY_BY_CODE)
_FIELD_WEIGHTS: Final = np.array(list(FIELD_WEIGHTS.values()))  # (field,)
_BODY: Final = list(FIELD_WEIGHTS).index(Field.BODY)
_PATH: Final = list(FIELD_WEIGHTS).index(Field.PATH)
# `concatenate` wants at least one.
_NO_POSTINGS: Final = np.empty(0, np.uint16)
_NO_CHUNKS: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What the chunks of an index are worth for one question."""

    values: NDArray[np.float64]
    """0 for dead chunks and those without any word. Shape `(chunk,)`, over all segments."""
    rarities: NDArray[np.float64]
    """Of the groups of the question; 0 for what is nowhere. Shape `(group,)`."""
    ranges: "Ranges"
    """Where the postings of the question are."""


class Collection:
    """All chunks of an index, numbered segment by segment. Safe to share between threads.

    Args:
        tables: One per segment.
        masks: Which chunks of each segment are alive, None for all of them. A table does
            not say: it is shared by generations.
    """

    def __init__(
        self, tables: Sequence[ChunkTable], masks: Sequence[NDArray[np.bool_] | None]
    ) -> None:
        self.tables: Final = tuple(tables)
        counts = [table.count for table in self.tables]
        self.starts: Final = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
        """The first chunk of each segment, and the number of chunks."""
        self.chunk_count: Final = int(self.starts[-1])
        self._masks = masks
        self.is_live: NDArray[np.bool_] | None = None
        """Shape `(chunk,)`; None when all are alive."""
        if any(mask is not None for mask in masks):
            parts = [
                np.ones(count, np.bool_) if mask is None else mask
                for mask, count in zip(masks, counts, strict=True)
            ]
            self.is_live = np.concatenate(parts)
        parts_of_lengths = [_NO_POSTINGS, *(table.lengths for table in self.tables)]
        lengths = np.concatenate(parts_of_lengths).astype(np.int64)
        live = lengths if self.is_live is None else lengths[self.is_live]
        self.live_count: Final = len(live)
        # A quotient of two exact integers, so segments do not matter.
        mean = int(live.sum()) / max(1, self.live_count)
        relative = lengths / max(mean, 1.0)
        self._inverse_norms = 1.0 / (1.0 - LENGTH_SHARE + LENGTH_SHARE * relative)

    def table_of(self, chunk: int) -> tuple[ChunkTable, int]:
        """Return the segment of a chunk, and its number there."""
        number = int(np.searchsorted(self.starts, chunk, side="right")) - 1
        return self.tables[number], chunk - int(self.starts[number])

    def scores(self, question: Question) -> Scores:
        """Score every live chunk."""
        ranges = self._ranges(question)
        rarities, kept = self._chosen(question, ranges.counts.sum(axis=0))
        frequencies = self._frequencies(question, ranges, kept, rarities)
        return Scores(self._summed(frequencies, rarities[rarities > 0]), rarities, ranges)

    def having_all(self, question: Question, ranges: "Ranges") -> list[NDArray[np.int64]]:
        """Return the chunks of each segment that have every word of a question in their text.

        Args:
            question: Words that say nothing are not among its groups.
            ranges: Of this question, from its `Scores`.
        """
        firsts = np.searchsorted(question.groups, np.arange(len(question.words)))
        begins, ends = ranges.begins[:, _BODY, firsts], ranges.ends[:, _BODY, firsts]
        found = [_NO_CHUNKS] * len(self.tables)
        for number in np.flatnonzero((ends > begins).all(axis=1)).tolist():
            own = self.tables[number].postings
            # The rarest first: after one or two there is mostly nothing left.
            order = np.argsort(ends[number] - begins[number])
            chunks = own[begins[number, order[0]] : ends[number, order[0]]] >> 3
            for place in order[1:].tolist():
                if not len(chunks):
                    break
                other = own[begins[number, place] : ends[number, place]] >> 3
                chunks = in_both(chunks, other)
            found[number] = chunks.astype(np.int64)
        return found

    def having(self, terms: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the live chunks that have one of the terms, ascending."""
        found = [_NO_CHUNKS]
        for number, table in enumerate(self.tables):
            places = table.terms.searchsorted(terms)
            for place, term in zip(places.tolist(), terms.tolist(), strict=True):
                if place < len(table.terms) and int(table.terms[place]) == term:
                    begin, end = table.posting_starts[place : place + 2].tolist()
                    own = (table.postings[begin:end] >> 3).astype(np.int64)
                    found.append(own + self.starts[number])
        chunks = distinct(*found)
        return chunks if self.is_live is None else chunks[self.is_live[chunks]]

    def _ranges(self, question: Question) -> "Ranges":
        """Return where the postings of each term are, and how many of them are alive."""
        terms = question.terms.ravel()
        is_wanted = np.ones(question.terms.shape, np.bool_)
        is_wanted[_PATH] = question.weights == 1.0
        # In order, one look-up finds the cache lines of the one before.
        order = np.flatnonzero(is_wanted)
        order = order[np.argsort(terms[order])]
        ordered = terms[order]
        shape = (len(self.tables), *question.terms.shape)
        begins, ends = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for number, table in enumerate(self.tables):
            if not len(table.terms):
                continue
            places = table.terms.searchsorted(ordered)
            np.minimum(places, len(table.terms) - 1, out=places)
            is_found = table.terms.take(places) == ordered
            found, places = order[is_found], places[is_found]
            begins[number].reshape(-1)[found] = table.posting_starts.take(places)
            ends[number].reshape(-1)[found] = table.posting_starts.take(places + 1)
        counts = ends - begins
        for number, mask in enumerate(self._masks):
            if mask is not None:
                counts[number] = self._live_counts(number, mask, begins[number], ends[number])
        return Ranges(begins, ends, counts)

    def _live_counts(
        self,
        number: int,
        mask: NDArray[np.bool_],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Return how many postings of each term are of live chunks. Shape as given."""
        counts = np.zeros(begins.shape, np.int64)
        found = np.flatnonzero(ends > begins)
        if found.size:
            slices = list(
                zip(begins.ravel()[found].tolist(), ends.ravel()[found].tolist(), strict=True)
            )
            own = self.tables[number].postings
            postings = np.concatenate([own[begin:end] for begin, end in slices])
            firsts = np.cumsum([0, *(end - begin for begin, end in slices[:-1])])
            is_live = mask.take(postings >> 3).astype(np.int64)
            counts.reshape(-1)[found] = np.add.reduceat(is_live, firsts)
        return counts

    def _chosen(
        self, question: Question, counts: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the rarity of each group, and which terms are looked up.

        Args:
            question: Of G groups and V variants.
            counts: Live chunks that have each term. Shape `(field, V)`.

        Returns:
            Shapes `(G,)` and `(field, V)`.
        """
        group_count = len(question.words)
        firsts = np.searchsorted(question.groups, np.arange(group_count))
        containing = counts[:, firsts].max(axis=0)
        rarities = rarity(self.live_count, containing)
        is_found = np.bincount(question.groups, counts.sum(axis=0), group_count) > 0
        rarities[~is_found] = 0.0
        if np.count_nonzero(is_found) > SCORED_GROUPS_MAX:
            # Of equally rare ones the first in the question.
            rarest = np.argsort(-rarities, kind="stable")[:SCORED_GROUPS_MAX]
            rarities[np.setdiff1d(np.arange(group_count), rarest)] = 0.0
        kept = (counts > 0) & (rarities[question.groups] > 0)
        is_common = counts[_BODY] > RELATED_SHARE_MAX * self.live_count
        is_common[firsts] = False
        kept[_BODY] &= ~is_common
        return rarities, kept

    def _frequencies(
        self,
        question: Question,
        ranges: "Ranges",
        kept: NDArray[np.bool_],
        rarities: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the frequency of each group that counts in each chunk.

        Returns:
            Shape `(group, chunk)`, groups with a rarity above 0 only.
        """
        rows = np.cumsum(rarities > 0) - 1
        row_count = int(np.count_nonzero(rarities))
        # Fields ascend, and the body is the first: its postings come before all others.
        fields, variants, numbers = np.nonzero(
            ((ranges.ends > ranges.begins) & kept).transpose(1, 2, 0)
        )
        begins = ranges.begins[numbers, fields, variants]
        ends = ranges.ends[numbers, fields, variants]
        sizes = ends - begins
        weights = _FIELD_WEIGHTS[fields] * question.weights[variants]
        bases = rows[question.groups[variants]] * self.chunk_count
        lists = [table.postings for table in self.tables]
        slices = zip(numbers.tolist(), begins.tolist(), ends.tolist(), strict=True)
        postings = np.concatenate(
            [_NO_POSTINGS, *(lists[number][begin:end] for number, begin, end in slices)]
        )
        chunks = np.repeat(self.starts[numbers], sizes)
        chunks += postings >> 3
        values = np.repeat(weights, sizes)
        values *= _FREQUENCIES.take(postings & 7)
        body_size = int(sizes[fields == _BODY].sum())
        values[:body_size] *= self._inverse_norms.take(chunks[:body_size])
        chunks += np.repeat(bases, sizes)
        sums = np.bincount(chunks, values, row_count * self.chunk_count)
        result: NDArray[np.float64] = sums.astype(np.float64, copy=False)
        return result.reshape(row_count, self.chunk_count)

    def _summed(
        self, frequencies: NDArray[np.float64], rarities: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        # Group after group, and no matrix product: its sums depend on the number of
        # chunks, and with them the last bits of the scores.
        scores = np.zeros(self.chunk_count)
        spare = np.empty(self.chunk_count)
        for frequency, weight in zip(frequencies, rarities.tolist(), strict=True):
            np.add(frequency, SATURATION, out=spare)
            np.divide(frequency, spare, out=spare)
            spare *= weight
            scores += spare
        if self.is_live is not None:
            scores *= self.is_live
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Where the postings of a question are. All of shape `(segment, field, variant)`."""

    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    counts: NDArray[np.int64]
    """How many of them are of live chunks."""


def distinct(*parts: NDArray[Any]) -> NDArray[Any]:
    """Return the different numbers of some arrays, ascending.

    `numpy.unique` does the same, and imports masked arrays when it is first called.
    """
    values = np.concatenate(parts)
    values.sort()
    is_first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_first[1:])
    return values[is_first]


def in_both(few: NDArray[Any], many: NDArray[Any]) -> NDArray[Any]:
    """Return what is in both of two ascending arrays; `many` has something."""
    places = np.minimum(many.searchsorted(few), len(many) - 1)
    common: NDArray[Any] = few[many.take(places) == few]
    return common


def rarity(chunk_count: int, containing: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much it says that a chunk has a word.

    Args:
        chunk_count: All live chunks.
        containing: Those that have it. Shape `(word,)`, values up to `chunk_count`.
    """
    result: NDArray[np.float64] = np.log1p((chunk_count - containing + 0.5) / (containing + 0.5))
    return result**RARITY_POWER


assert next(iter(FIELD_WEIGHTS)) == Field.BODY
assert GROUPS_MAX >= SCORED_GROUPS_MAX
