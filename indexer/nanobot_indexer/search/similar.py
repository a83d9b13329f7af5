"""Chunks that look like another one: copies, edited copies, near duplicates.

Signatures find candidates among all live chunks in one pass over an array; their
texts are compared before they are believed. A signature of few tokens says little
(two short chunks are near each other by chance), so short chunks are only compared
with short ones and have to be nearly equal.

This is for "is there more code like this", not for questions: those share too few
words with their answer for a signature to notice.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.errors import HandleLostError
from nanobot_indexer.fingerprint.simhash import (
    EXACT_DISTANCE_MAX,
    near_duplicate_groups,
    nearest,
)
from nanobot_indexer.fingerprint.tokens import tokens_of
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.handle import chunk_at, chunk_handle, find_handle, parse_handle
from nanobot_indexer.search.live_files import LiveFiles
from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment import Segment

TOKENS_MIN: Final = 40
"""A chunk with fewer is short: its signature alone proves nothing."""
SHORT_SIMILARITY_MIN: Final = 80
"""In percent: what two short chunks have to share at least."""
SIMILARITY_MIN: Final = 30
"""In percent. Chunks that share less are near each other by chance."""
DUPLICATE_SIMILARITY_MIN: Final = 70
"""In percent, to the member of a group that all are compared with."""

# How many candidates are compared by their text. On 10,000 chunks of Python, 200 had
# 97 % of what shares 40 % or more with the target; 40 had 70 %.
_CANDIDATES_PER_HIT: Final = 4
_CANDIDATES_MIN: Final = 200
_CANDIDATES_MAX: Final = 400
# Chunks with one signature are compared with the first, the rest with the first of
# the rest, and so on.
_MEMBERS_COMPARED_MAX: Final = 128
_GROUPS_PER_SIGNATURE_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class SimilarChunk:
    """A chunk that looks like the one asked for."""

    path: str
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive."""
    similarity: int
    """Tokens that both have, over tokens that one of them has, in percent: 100 means the
    same tokens as often, in any order and any layout."""
    distance: int
    """Bits in which the signatures differ, 0 to 64."""
    handle: str


@dataclass(frozen=True, slots=True)
class SimilarResult:
    """What was found."""

    target: str
    """Handle of the chunk that the others are like."""
    chunks: tuple[SimilarChunk, ...]
    """Most similar first, without the target."""
    is_complete: bool
    reason: CutReason | None
    """Why there may be more; None when it is complete."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Chunks that are nearly the same."""

    chunks: tuple[SimilarChunk, ...]
    """By path and line. Similarity and distance are those to the first one."""
    similarity: int
    """Of the one that is least like the first, in percent."""
    lines: int
    """What all but one have together: what could go."""
    is_complete: bool
    """Whether every candidate was compared, and not the first ones of very many."""


@dataclass(frozen=True, slots=True)
class DuplicateResult:
    """What was found."""

    groups: tuple[DuplicateGroup, ...]
    """Those with the most lines to lose first."""
    is_complete: bool
    reason: CutReason | None
    """Why there may be more; None when it is complete."""


class SimilarIndex:
    """The signatures of one generation. Safe to share between threads.

    Args:
        files: The live files. Their signatures are collected when first asked for.
    """

    def __init__(self, files: LiveFiles) -> None:
        self._files = files

    def similar(
        self,
        target: str | tuple[str, int],
        *,
        limit: int,
        distance_max: int = 24,
    ) -> SimilarResult:
        """Return the chunks that look like another one.

        Args:
            target: A handle, or a path and a 1-based line.
            limit: Upper bound on chunks.
            distance_max: Bits in which signatures may differ. Those of unrelated texts
                differ in 30, give or take 4.

        Raises:
            HandleInvalidError: `target` is no handle.
            HandleLostError: What it names is not there.
            FileNotIndexedError: There is no such path.
        """
        number, chunk = self._target(target)
        segment = self._files.segments[number]
        is_short = bool(segment.array(Section.CHUNK_LENGTHS)[chunk] < TOKENS_MIN)
        rows = self._rows[1 if is_short else 0]
        count = min(max(_CANDIDATES_PER_HIT * limit, _CANDIDATES_MIN), _CANDIDATES_MAX)
        # One more than needed is the target itself, another one tells that there are more.
        found, distances = nearest(
            self._signatures[rows],
            segment.array(Section.SIMHASHES)[chunk],
            limit=count + 2,
            distance_max=distance_max,
        )
        distance_by_row = dict(zip(rows[found].tolist(), distances.tolist(), strict=True))
        # Where one word is most of the text, thousands have the same signature.
        copies = np.flatnonzero(self._ids == segment.array(Section.CHUNK_IDS)[chunk])
        ordered = dict.fromkeys(copies[:count].tolist(), 0) | distance_by_row
        candidates = [
            (row, distance)
            for row, distance in ordered.items()
            if self._places[row].tolist() != [number, chunk]
        ]
        is_cut = len(candidates) > count
        candidates = candidates[:count]
        texts = [_text_of(segment, chunk), *(self._text(row) for row, _ in candidates)]
        similarity_min = SHORT_SIMILARITY_MIN if is_short else SIMILARITY_MIN
        # Rows are by path and place, so equal ones stay in that order.
        alike = sorted(
            (-similarity, distance, row)
            for (row, distance), similarity in zip(candidates, _similarities(texts), strict=True)
            if similarity >= similarity_min
        )
        is_cut |= len(alike) > limit
        return SimilarResult(
            target=str(chunk_handle(segment, chunk)),
            chunks=tuple(
                self._shown(row, -negative, distance) for negative, distance, row in alike[:limit]
            ),
            is_complete=not is_cut,
            reason=CutReason.LIMIT if is_cut else None,
        )

    def near_duplicates(
        self,
        *,
        limit: int,
        distance_max: int = EXACT_DISTANCE_MAX,
        timeout_s: float | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> DuplicateResult:
        """Return groups of chunks that are nearly the same, over all files.

        Short chunks are left out: they are alike by chance.

        Args:
            limit: Upper bound on groups.
            distance_max: Bits in which two signatures may differ. Up to the default, no
                pair is missed.
            timeout_s: Stop comparing texts after this many seconds.
            cancelled: Asked between groups; true stops the search.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        rows = self._rows[0]
        found = near_duplicate_groups(self._signatures[rows], distance_max=distance_max)
        reason = None if found.is_complete else CutReason.LIMIT
        lines = self._line_counts
        candidates = [np.sort(rows[members]) for members in found.groups]
        candidates.sort(
            key=lambda members: (lines[members].max() - lines[members].sum(), members[0])
        )
        groups: list[DuplicateGroup] = []
        for members in candidates:
            if cancelled is not None and cancelled():
                reason = CutReason.CANCELLED
                break
            if deadline is not None and time.monotonic() >= deadline:
                reason = CutReason.TIME
                break
            if len(groups) >= limit:
                reason = CutReason.LIMIT
                break
            groups += self._groups(members.tolist())
        groups.sort(key=lambda group: -group.lines)
        if len(groups) > limit:
            reason = CutReason.LIMIT
        return DuplicateResult(tuple(groups[:limit]), reason is None, reason)

    def _groups(self, members: list[int]) -> list[DuplicateGroup]:
        """Split chunks with near signatures into groups that are alike by their text."""
        left = members[:_MEMBERS_COMPARED_MAX]
        groups = []
        for _ in range(_GROUPS_PER_SIGNATURE_MAX):
            if len(left) < 2:
                break
            first, *others = left
            similarities = _similarities([self._text(row) for row in left])
            chunks = [self._shown(first, 100, 0)]
            left = []
            for row, similarity in zip(others, similarities, strict=True):
                if similarity >= DUPLICATE_SIMILARITY_MIN:
                    distance = int(
                        np.bitwise_count(self._signatures[row] ^ self._signatures[first])
                    )
                    chunks.append(self._shown(row, similarity, distance))
                else:
                    left.append(row)
            if len(chunks) > 1:
                groups.append(_group(chunks, is_complete=len(members) <= _MEMBERS_COMPARED_MAX))
        return groups

    @cached_property
    def _ids(self) -> npt.NDArray[np.uint64]:
        """Shape `(chunk,)`, in the order of `_places`."""
        return self._collected(Section.CHUNK_IDS, np.uint64)

    @cached_property
    def _places(self) -> npt.NDArray[np.int64]:
        """Segment and chunk of every live chunk, by path and place. Shape `(chunk, 2)`."""
        columns = []
        for number, segment in enumerate(self._files.segments):
            table = segment.array(Section.CHUNKS)
            positions = self._files.positions[number][table["file"]]
            chunks = np.flatnonzero(positions >= 0)
            numbers = np.full(len(chunks), number)
            columns.append(np.stack([positions[chunks], numbers, chunks]))
        if not columns:
            return np.zeros((0, 2), np.int64)
        rows = np.concatenate(columns, axis=1)  # (key, chunk)
        # Within a file, which is in one segment, chunks are in order already.
        places: npt.NDArray[np.int64] = rows[1:, np.argsort(rows[0], kind="stable")].T.copy()
        return places

    @cached_property
    def _signatures(self) -> npt.NDArray[np.uint64]:
        """Shape `(chunk,)`, in the order of `_places`."""
        return self._collected(Section.SIMHASHES, np.uint64)

    @cached_property
    def _rows(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The long chunks and the short ones, as rows of `_places`, ascending."""
        is_short = self._collected(Section.CHUNK_LENGTHS, np.int64) < TOKENS_MIN
        return np.flatnonzero(~is_short), np.flatnonzero(is_short)

    @cached_property
    def _line_counts(self) -> npt.NDArray[np.int64]:
        """How many lines each chunk has. Shape `(chunk,)`, in the order of `_places`."""
        counts = np.zeros(len(self._places), np.int64)
        for number, segment in enumerate(self._files.segments):
            table = segment.array(Section.CHUNKS)
            starts = table["start_line"].astype(np.int64)
            line_counts = segment.array(Section.FILES)["line_count"][table["file"]]
            ends = line_counts.astype(np.int64) + 1
            is_followed = table["file"][1:] == table["file"][:-1]
            ends[:-1][is_followed] = starts[1:][is_followed]
            own = self._places[:, 0] == number
            counts[own] = (ends - starts)[self._places[own, 1]]
        return counts

    def _collected(self, section: Section, dtype: type[np.generic]) -> npt.NDArray[Any]:
        values = np.zeros(len(self._places), dtype)
        for number, segment in enumerate(self._files.segments):
            own = self._places[:, 0] == number
            values[own] = segment.array(section)[self._places[own, 1]]
        return values

    def _target(self, target: str | tuple[str, int]) -> tuple[int, int]:
        if isinstance(target, str):
            found = find_handle(self._files, parse_handle(target))
            place, line = found.place, found.start_line
        else:
            path, line = target
            place = self._files.place_of(path)
        starts = line_starts_of(place.segment.text(place.file))
        if not 1 <= line <= len(starts):
            raise HandleLostError(f"{place.segment.path_of(place.file)}:{line}-{line}")
        chunk = chunk_at(place, int(starts[line - 1]))
        assert chunk is not None  # A file with lines has a chunk.
        return self._files.segments.index(place.segment), chunk

    def _text(self, row: int) -> bytes:
        number, chunk = self._places[row].tolist()
        return _text_of(self._files.segments[number], chunk)

    def _shown(self, row: int, similarity: int, distance: int) -> SimilarChunk:
        number, chunk = self._places[row].tolist()
        handle = chunk_handle(self._files.segments[number], chunk)
        return SimilarChunk(
            handle.path, handle.start_line, handle.end_line, similarity, distance, str(handle)
        )


def _group(chunks: list[SimilarChunk], *, is_complete: bool) -> DuplicateGroup:
    sizes = [one.end_line - one.start_line + 1 for one in chunks]
    return DuplicateGroup(
        chunks=tuple(chunks),
        similarity=min(one.similarity for one in chunks),
        lines=sum(sizes) - max(sizes),
        is_complete=is_complete,
    )


def _text_of(segment: Segment, chunk: int) -> bytes:
    file, start, end = segment.chunk_range(chunk)
    begin = int(segment.file_starts[file])
    return segment.text_range(begin + start, begin + end)


def _similarities(texts: list[bytes]) -> list[int]:
    """Return how similar the first text is to each of the others, in percent, rounded down.

    The Jaccard similarity of bags of words: min over max of the counts.
    """
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    # One call for all of them: it costs more than the few words of one chunk.
    tokens = tokens_of(b"".join(texts), ends[:-1])
    owners = np.searchsorted(ends, tokens.starts, side="right")
    words, counts = np.unique(tokens.hashes[owners == 0], return_counts=True)
    sizes = np.bincount(owners, minlength=len(texts))
    if not len(words):
        return [0] * (len(texts) - 1)
    columns = np.minimum(np.searchsorted(words, tokens.hashes), len(words) - 1)
    is_shared = words[columns] == tokens.hashes
    cells = owners[is_shared] * len(words) + columns[is_shared]
    table = np.bincount(cells, minlength=len(texts) * len(words))
    shared = np.minimum(table.reshape(len(texts), len(words)), counts).sum(axis=1)
    percents: list[int] = (100 * shared // (sizes + sizes[0] - shared)).tolist()
    return percents[1:]
