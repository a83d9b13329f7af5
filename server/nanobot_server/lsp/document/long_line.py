"""One line of a document that is too long to be copied at every key.

A minified file is one line of a megabyte. Python copies the whole string for each edit
and counts the whole of it to find a column, which takes ten milliseconds where one
character is beyond the Basic Multilingual Plane. So such a line is kept in pieces: an
edit makes a few of them anew, and of the others only the lengths are read.
"""

from collections.abc import Callable, Sequence
from typing import Final, Union

LINE_CHARS_MAX: Final = 16 * 1024
"""A longer line is kept in pieces. Below that, one string is faster."""
PIECE_CHARS_MAX: Final = 4 * 1024
_PIECE_CHARS_MIN: Final = PIECE_CHARS_MAX // 4
"""A smaller piece takes in its neighbours, so that edits leave no dust."""

Count = Callable[[str], int]
"""Gives the length of a text in the code units of the client."""

Line = Union[str, "LongLine"]


class LongLine:
    """A line in pieces, with its end. Never changes: an edit gives another one.

    Invariant: no piece is empty or longer than `PIECE_CHARS_MAX`, and `units` has the
    length of each in code units. Columns are code points.
    """

    __slots__ = ("pieces", "units")

    def __init__(self, pieces: Sequence[str], units: Sequence[int]) -> None:
        self.pieces = pieces
        self.units = units

    def __str__(self) -> str:
        return "".join(self.pieces)

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def endswith(self, ends: str | tuple[str, ...]) -> bool:
        """Tell whether the line ends like this, with one or two characters."""
        # A cut may lie inside a line end.
        return "".join(self.pieces[-2:]).endswith(ends)

    def piece_of_unit(self, unit: int) -> tuple[int, int]:
        """Return (number of the piece that holds a code unit, its offset there).

        At or behind the end of the line the number is the count of pieces.
        """
        return _find(self.units, unit)

    def start_of(self, number: int) -> int:
        """Return the column where a piece begins."""
        return sum(map(len, self.pieces[:number]))

    def before(self, column: int) -> "LongLine":
        """Return what comes before a column."""
        return self._cut(column, is_head=True)

    def after(self, column: int) -> "LongLine":
        """Return what comes from a column on."""
        return self._cut(column, is_head=False)

    def _cut(self, column: int, *, is_head: bool) -> "LongLine":
        number, offset = _find([len(piece) for piece in self.pieces], column)
        if is_head:
            part = self.pieces[number][:offset] if offset else ""
            pieces, units = [*self.pieces[:number], part], [*self.units[:number], 0]
            return LongLine(pieces, units) if part else LongLine(pieces[:-1], units[:-1])
        if not offset:
            return LongLine(self.pieces[number:], self.units[number:])
        part = self.pieces[number][offset:]
        return LongLine([part, *self.pieces[number + 1 :]], [0, *self.units[number + 1 :]])


def joined(head: Line, middle: str, tail: Line, count: Count) -> Line:
    """Return one line of three parts. What lies away from the seam is shared.

    `head` and `tail` may be what `LongLine.before` and `after` gave.
    """
    if len(head) + len(middle) + len(tail) <= LINE_CHARS_MAX:
        return f"{head}{middle}{tail}"
    left, left_units = _parts(head)
    right, right_units = _parts(tail)
    # The pieces at the seam were cut: only there units are unknown.
    ends = (left[-1:], right[:1])
    left, right = left[:-1], right[1:]
    if sum(map(len, ends[0] + ends[1])) + len(middle) < _PIECE_CHARS_MIN:
        ends = (left[-1:] + ends[0], ends[1] + right[:1])
        left, right = left[:-1], right[1:]
    seam = _pieces("".join((*ends[0], middle, *ends[1])))
    units = [
        *left_units[: len(left)],
        *map(count, seam),
        *right_units[len(right_units) - len(right) :],
    ]
    return LongLine([*left, *seam, *right], units)


def _parts(line: Line) -> tuple[list[str], list[int]]:
    if isinstance(line, str):
        return ([line] if line else []), [0]
    return list(line.pieces), list(line.units)


def _pieces(text: str) -> list[str]:
    """Cut a text into the fewest pieces, of equal size: each has room to grow."""
    number = -(-len(text) // PIECE_CHARS_MAX)
    size = -(-len(text) // number) if number else 1
    return [text[at : at + size] for at in range(0, len(text), size)]


def _find(lengths: Sequence[int], offset: int) -> tuple[int, int]:
    """Return (index of the part that holds an offset, the offset in it)."""
    for number, length in enumerate(lengths):
        if offset < length:
            return number, offset
        offset -= length
    return len(lengths), 0
