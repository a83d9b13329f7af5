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
_NO_LENGTHS: Final = np.empty(0, np.uint16)
_NO_CHUNKS: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What the chunks of an index are worth for one question."""

    values: NDArray[np.float64]
    """0 for dead chunks and those without any word. Shape `(chunk,)`, over all segments."""
    rarities: NDArray[np.float64]
    """Of the groups of the question; 0 for what is nowhere. Shape `(group,)`."""
    frequencies: NDArray[np.float64]
    """Of the groups with a rarity above 0, in dead chunks too. Shape `(group, chunk)`."""


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
        # `concatenate` wants at least one.
        lengths = np.concatenate([_NO_LENGTHS, *(table.lengths for table in self.tables)]).astype(
            np.int64
        )
        live = lengths if self.is_live is None else lengths[self.is_live]
        self.live_count: Final = len(live)
        # A quotient of two exact integers, so segments do not matter.
        mean = int(live.sum()) / max(1, self.live_count)
        relative = lengths / max(mean, 1.0)
        self._inverse_norms = 1.0 / (1.0 - LENGTH_SHARE + LENGTH_SHARE * relative)

    def numbers_of(self, chunks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of the segment of each chunk. Shape as given."""
        return self.starts.searchsorted(chunks, side="right") - 1

    def table_of(self, chunk: int) -> tuple[ChunkTable, int]:
        """Return the segment of a chunk, and its number there."""
        number = int(np.searchsorted(self.starts, chunk, side="right")) - 1
        return self.tables[number], chunk - int(self.starts[number])

    def scores(self, question: Question) -> Scores:
        """Score every live chunk."""
        ranges = self._ranges(question)
        rarities, kept = self._chosen(question, ranges.counts.sum(axis=0))
        values, frequencies = self._summed(question, ranges, kept, rarities)
        return Scores(values, rarities, frequencies)

    def having_all(self, scores: Scores) -> NDArray[np.int64]:
        """Return the live chunks that have every word of a question, ascending.

        What is related to a word stands for it. Words that say nothing are no words of a
        question.
        """
        rarities, frequencies = scores.rarities, scores.frequencies
        if not len(rarities) or not rarities.all():
            return _NO_CHUNKS
        # The rarest first: after one or two there is mostly nothing left.
        rarest, *others = np.argsort(-rarities, kind="stable").tolist()
        chunks: NDArray[np.int64] = (frequencies[rarest] > 0).nonzero()[0]
        for group in others:
            if not len(chunks):
                break
            chunks = chunks[frequencies[group].take(chunks) > 0]
        return chunks if self.is_live is None else chunks[self.is_live[chunks]]

    def having_each(self, terms: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the live chunks that have each of the terms, ascending."""
        found = []
        for number, table in enumerate(self.tables):
            begins, ends = table.postings_of(terms)
            if len(terms) and (ends > begins).all():
                found.append(self._in_all(number, begins, ends))
        return self.live(found)

    def having(self, terms: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the live chunks that have one of the terms, ascending."""
        found = []
        for number, table in enumerate(self.tables):
            bounds = zip(*(one.tolist() for one in table.postings_of(terms)), strict=True)
            own = [table.postings[begin:end] >> 3 for begin, end in bounds if end > begin]
            found += [self._numbered(number, chunks) for chunks in own]
        return self.live(found)

    def live(self, parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
        """Return the different live ones of some chunks, ascending."""
        if not parts:
            return _NO_CHUNKS
        chunks = distinct(*parts)
        return chunks if self.is_live is None else chunks[self.is_live[chunks]]

    def _in_all(self, number: int, begins: NDArray[Any], ends: NDArray[Any]) -> NDArray[np.int64]:
        """Return the chunks of a segment that are in each of some lists of postings."""
        own = self.tables[number].postings
        # The rarest first: after one or two there is mostly nothing left.
        order = np.argsort(ends - begins)
        bounds = list(zip(begins[order].tolist(), ends[order].tolist(), strict=True))
        begin, end = bounds[0]
        chunks = own[begin:end] >> 3
        for begin, end in bounds[1:]:
            if not len(chunks):
                break
            chunks = in_both(chunks, own[begin:end] >> 3)
        return self._numbered(number, chunks)

    def _numbered(self, number: int, chunks: NDArray[Any]) -> NDArray[np.int64]:
        result: NDArray[np.int64] = chunks + self.starts[number]
        return result

    def _ranges(self, question: Question) -> "Ranges":
        """Return where the postings of each term are, and how many of them are alive."""
        terms = question.terms.ravel()
        is_wanted = np.ones(question.terms.shape, np.bool_)
        is_wanted[_PATH] = question.weights == 1.0
        # In order, one look-up finds the cache lines of the one before.
        order = np.flatnonzero(is_wanted)
        order = order[np.argsort(terms[order])]
        ordered = terms[order]
        found = np.empty((2, len(self.tables), len(order)), np.int64)
        for number, table in enumerate(self.tables):
            found[0, number], found[1, number] = table.postings_of(ordered)
        places = np.zeros((2, len(self.tables), terms.size), np.int64)
        places[:, :, order] = found
        begins, ends = places.reshape(2, len(self.tables), *question.terms.shape)
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
        firsts = question.firsts
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

    def _summed(
        self,
        question: Question,
        ranges: "Ranges",
        kept: NDArray[np.bool_],
        rarities: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the score of each chunk, and the frequency of each group that counts in it.

        Returns:
            Shape `(chunk,)`, 0 for dead ones; and shape `(group, chunk)`, groups with a
            rarity above 0 only, dead chunks included.
        """
        row_count = int(np.count_nonzero(rarities))
        # Fields ascend, and the body is the first: its postings come before all others.
        fields, variants, numbers = np.nonzero(
            ((ranges.ends > ranges.begins) & kept).transpose(1, 2, 0)
        )
        begins = ranges.begins[numbers, fields, variants]
        ends = ranges.ends[numbers, fields, variants]
        sizes = ends - begins
        slices = zip(numbers.tolist(), begins.tolist(), ends.tolist(), strict=True)
        # Bytes are joined at half the price of arrays, and there are hundreds of slices.
        lists = [table.postings.data for table in self.tables]
        joined = b"".join([lists[number][begin:end] for number, begin, end in slices])
        postings = np.frombuffer(joined, np.uint16)
        if not len(postings):
            return np.zeros(self.chunk_count), np.zeros((row_count, self.chunk_count))
        chunks = np.repeat(self.starts[numbers], sizes)
        chunks += postings >> 3
        values = np.repeat(_FIELD_WEIGHTS[fields] * question.weights[variants], sizes)
        values *= _FREQUENCIES.take(postings & 7)
        body_size = int(sizes[fields == _BODY].sum())
        values[:body_size] *= self._inverse_norms.take(chunks[:body_size])
        # One cell per group and chunk. Most chunks have few of the words, so what comes
        # after is done per posting and not per cell: f / (K + f) is the sum of the parts
        # of f, each over K + f. The parts of a chunk come in the same order whatever
        # segment it is in, so its score is the same to the last bit.
        groups = question.groups[variants]
        rows = np.cumsum(rarities > 0) - 1
        cells = np.repeat(rows[groups] * self.chunk_count, sizes)
        cells += chunks
        # mypy: without weights the counts would be whole numbers.
        frequencies: Any = np.bincount(cells, values, row_count * self.chunk_count)
        values /= frequencies.take(cells) + SATURATION
        values *= np.repeat(rarities[groups], sizes)
        scores: Any = np.bincount(chunks, values, self.chunk_count)
        if self.is_live is not None:
            scores *= self.is_live
        return scores, frequencies.reshape(row_count, self.chunk_count)


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


def are_in(some: NDArray[Any], ordered: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which of some numbers are in an ascending array. Shape of `some`."""
    if not len(ordered):
        return np.zeros(len(some), np.bool_)
    places = ordered.searchsorted(some)
    found: NDArray[np.bool_] = ordered.take(places, mode="clip") == some
    return found


def in_both(few: NDArray[Any], many: NDArray[Any]) -> NDArray[Any]:
    """Return what is in both of two ascending arrays."""
    common: NDArray[Any] = few[are_in(few, many)]
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
