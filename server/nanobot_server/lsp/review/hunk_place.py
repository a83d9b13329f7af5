"""Where a hunk is in the text of now, after the user typed elsewhere in its file.

The lines before the first difference and behind the last one are where they were, or
moved together: a hunk there is found by counting. One between two places where the user
typed is found by its own lines, when these are there exactly once, if need be with a few
lines around them. No other diff is made, so a lens in a large file costs one pass over its
lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_OF_LINES: Final = ((0, 0), (1, 0), (0, 1), (2, 0), (0, 2), (3, 0), (0, 3), (1, 1), (2, 2))
_OF_INSERTIONS: Final = ((1, 1), (2, 2), (3, 3))
"""Lines above and below that are looked for too, when less is there several times. An
insertion has no lines of its own: it is where its neighbours still touch."""


@dataclass(frozen=True, slots=True)
class LineRange:
    """The lines [start, end), 0-based; empty for a place before `start`."""

    start: int
    end: int


def places_of(
    wanted: Sequence[LineRange], base: Sequence[str], now: Sequence[str]
) -> list[LineRange | None]:
    """Return where lines of one text are in another; None for those that are not there.

    Args:
        wanted: Lines of `base`.
        base: The lines that hunks count in.
        now: The lines of today.
    """
    limit = min(len(base), len(now))
    head = next((at for at in range(limit) if base[at] != now[at]), limit)
    tails = range(limit - head)
    tail = next((at for at in tails if base[-1 - at] != now[-1 - at]), limit - head)
    return [_place(one, base, now, head, tail) for one in wanted]


def _place(
    wanted: LineRange, base: Sequence[str], now: Sequence[str], head: int, tail: int
) -> LineRange | None:
    if wanted.end <= head:
        return wanted
    if wanted.start >= len(base) - tail:
        shift = len(now) - len(base)
        return LineRange(wanted.start + shift, wanted.end + shift)
    contexts = _OF_INSERTIONS if wanted.start == wanted.end else _OF_LINES
    for above, below in contexts:
        first, past = max(0, wanted.start - above), min(len(base), wanted.end + below)
        lines = list(base[first:past])
        last = min(len(now) - tail + below, len(now)) - len(lines)
        found = [
            at
            for at in range(max(0, head - above), last + 1)
            if now[at] == lines[0] and list(now[at : at + len(lines)]) == lines
        ]
        if len(found) == 1:
            start = found[0] + wanted.start - first
            return LineRange(start, start + wanted.end - wanted.start)
        if not found and above == below:
            return None
    return None
