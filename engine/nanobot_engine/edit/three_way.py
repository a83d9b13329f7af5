"""Merge two changed versions of a text, line by line, over the version they came from.

Lines that stand in all three versions are stable; what lies between two stable
runs is one region, and there

    mine         other        the merge takes
    ─────────    ─────────    ───────────────
    unchanged    unchanged    the base
    changed      unchanged    mine
    unchanged    changed      other
    changed      the same     the change, once
    changed      otherwise    nothing: a conflict

Changes that touch, with no stable line between them, are one region. Source: S.
Khanna, K. Kunal, B. Pierce, "A formal investigation of diff3", FSTTCS 2007.
"""

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from nanobot_engine.edit.errors import MergeTooLargeError

LINES_MAX: Final = 500_000
"""Of one version. No source file is longer."""

MATCH_STEPS_MAX: Final = 200_000_000
"""Of `difflib`, in the worst case, for one pair of versions: some 5 s when
this was set. Edits of real sources need a thousandth."""

# Where two versions agree: (start in the base, start in the version, lines).
_Block = tuple[int, int, int]


class RegionKind(StrEnum):
    """Who changed the lines of a region."""

    UNCHANGED = "unchanged"
    MINE = "mine"
    OTHER = "other"
    BOTH = "both"
    """To the same lines."""
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Region:
    """A run of lines with one fate; all of them in order are the three versions."""

    kind: RegionKind
    base: tuple[bytes, ...]
    mine: tuple[bytes, ...]
    other: tuple[bytes, ...]

    @property
    def merged(self) -> tuple[bytes, ...]:
        """The lines of the merge; in a conflict those of the base, which nobody wants."""
        if self.kind is RegionKind.CONFLICT:
            return self.base
        return self.other if self.kind is RegionKind.OTHER else self.mine


def merge_lines(
    base: Sequence[bytes], mine: Sequence[bytes], other: Sequence[bytes]
) -> list[bytes] | None:
    """Bring the changes of two versions together.

    Args:
        base: The lines both versions came from, with their ends.
        mine: One version.
        other: Another one; exchanging the two gives the same merge.

    Returns:
        None where both changed the same lines differently.

    Raises:
        MergeTooLargeError: Comparing them could take minutes.
    """
    merged: list[bytes] = []
    for region in merge_regions(base, mine, other):
        if region.kind is RegionKind.CONFLICT:
            return None
        merged += region.merged
    return merged


def merge_regions(
    base: Sequence[bytes], mine: Sequence[bytes], other: Sequence[bytes]
) -> list[Region]:
    """Cut three versions into regions; none is empty in all three.

    Raises:
        MergeTooLargeError: Comparing them could take minutes.
    """
    line_count = max(len(base), len(mine), len(other))
    if line_count > LINES_MAX:
        raise MergeTooLargeError(line_count, f"more than {LINES_MAX}")
    stable = list(_stable_runs(_matches(base, mine), _matches(base, other)))
    regions: list[Region] = []
    base_at = mine_at = other_at = 0
    for base_start, mine_start, other_start, size in [
        *stable,
        (len(base), len(mine), len(other), 0),
    ]:
        between = (
            tuple(base[base_at:base_start]),
            tuple(mine[mine_at:mine_start]),
            tuple(other[other_at:other_start]),
        )
        if any(between):
            regions.append(Region(_kind(*between), *between))
        base_at, mine_at, other_at = base_start + size, mine_start + size, other_start + size
        if size:
            same = tuple(base[base_start:base_at])
            regions.append(Region(RegionKind.UNCHANGED, same, same, same))
    return regions


def _kind(base: tuple[bytes, ...], mine: tuple[bytes, ...], other: tuple[bytes, ...]) -> RegionKind:
    if mine == other:
        return RegionKind.UNCHANGED if mine == base else RegionKind.BOTH
    if mine == base:
        return RegionKind.OTHER
    return RegionKind.MINE if other == base else RegionKind.CONFLICT


def _stable_runs(
    in_mine: Sequence[_Block], in_other: Sequence[_Block]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start in base, mine, other, lines) of what stands in all three."""
    i = j = 0
    while i < len(in_mine) and j < len(in_other):
        base_mine, mine_start, mine_size = in_mine[i]
        base_other, other_start, other_size = in_other[j]
        start = max(base_mine, base_other)
        end = min(base_mine + mine_size, base_other + other_size)
        if start < end:
            yield (
                start,
                mine_start + start - base_mine,
                other_start + start - base_other,
                end - start,
            )
        if base_mine + mine_size <= end:
            i += 1
        else:
            j += 1


def _matches(base: Sequence[bytes], version: Sequence[bytes]) -> list[_Block]:
    """Return where two versions agree, in order and never crossing.

    `difflib` alone is quadratic and worse where lines repeat, as blank ones do. It
    gets only what lies between lines that stand once in each version.
    """
    blocks: list[_Block] = []
    steps = 0
    # One line past both ends closes the last gap.
    anchors = [(-1, -1), *_anchors(base, version), (len(base), len(version))]
    for (base_before, version_before), (base_after, version_after) in pairwise(anchors):
        if base_before >= 0:
            blocks.append((base_before, version_before, 1))
        gap = _Gap(base[base_before + 1 : base_after], version[version_before + 1 : version_after])
        steps += gap.steps_max()
        if steps > MATCH_STEPS_MAX:
            raise MergeTooLargeError(max(len(base), len(version)), "repeating each other too often")
        blocks += [
            (base_before + 1 + base_start, version_before + 1 + version_start, size)
            for base_start, version_start, size in gap.matches()
        ]
    return blocks


def _anchors(base: Sequence[bytes], version: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return the places of lines that stand once in each version and in the same order."""
    base_counts, version_counts = Counter(base), Counter(version)
    place = {line: at for at, line in enumerate(version) if version_counts[line] == 1}
    pairs = [
        (at, place[line])
        for at, line in enumerate(base)
        if base_counts[line] == 1 and line in place
    ]
    # The longest increasing run of second places, by patience sorting.
    tops: list[int] = []
    top_pairs: list[int] = []
    previous: list[int] = []
    for index, (_, at) in enumerate(pairs):
        pile = bisect_left(tops, at)
        previous.append(top_pairs[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [at]
        top_pairs[pile : pile + 1] = [index]
    chain: list[tuple[int, int]] = []
    index = top_pairs[-1] if top_pairs else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    return chain[::-1]


class _Gap:
    """What stands between two anchors, without its common first and last lines."""

    def __init__(self, base: Sequence[bytes], version: Sequence[bytes]) -> None:
        shorter = min(len(base), len(version))
        self._head = next((at for at in range(shorter) if base[at] != version[at]), shorter)
        rest = shorter - self._head
        self._tail = next((at for at in range(rest) if base[-1 - at] != version[-1 - at]), rest)
        self._base_end = len(base) - self._tail
        self._version_end = len(version) - self._tail
        self._base = base[self._head : self._base_end]
        self._version = version[self._head : self._version_end]

    def steps_max(self) -> int:
        """Return how many steps `difflib` may take at most.

        It searches once per block it finds and once more on each side of it, and a
        search looks at each pair of equal lines.
        """
        if not self._base or not self._version:
            return 0
        base_counts, version_counts = Counter(self._base), Counter(self._version)
        common = base_counts.keys() & version_counts.keys()
        pair_count = sum(base_counts[line] * version_counts[line] for line in common)
        block_count_max = sum(min(base_counts[line], version_counts[line]) for line in common)
        return (2 * block_count_max + 1) * (len(self._base) + pair_count)

    def matches(self) -> Iterator[_Block]:
        """Yield the blocks, counted from the start of the gap."""
        if self._head:
            yield 0, 0, self._head
        if self._base and self._version:
            matcher = difflib.SequenceMatcher(None, self._base, self._version, autojunk=False)
            for base_start, version_start, size in matcher.get_matching_blocks():
                if size:
                    yield self._head + base_start, self._head + version_start, size
        if self._tail:
            yield self._base_end, self._version_end, self._tail
