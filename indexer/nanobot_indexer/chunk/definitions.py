"""Chunks of one file that follow its definitions.

The lines of a scope are a row of pieces: definitions, and what is between them.
Small pieces are packed until a chunk is large enough. A definition that is too
long for one chunk is a scope itself. Text between definitions, and the body of a
long function, end where a blank line, or else a less indented line, follows.

A comment directly above a definition belongs to it, whether or not the parser
took it for its documentation.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.chunk.windows import WindowSize, window_size

NO_DEFINITION: Final = -1

# `#[derive]`, `#define` and `[Attribute]` stand where comments do.
_COMMENT_STARTS: Final = frozenset(b"#/*-[")
_ABOVE_LINES_MAX: Final = 40
_LINE_ENDS: Final = frozenset(b"\r\n")
# So much of a line tells what it is.
_LINE_BYTES_SHOWN: Final = 256
# A line that ends or continues the block above it begins nothing.
_CLOSING: Final = (b")", b"]", b"}", b"end", b"el", b"except", b"finally", b"catch", b"fi", b"done")


def definition_chunks(
    text: bytes, line_starts: NDArray[np.int64], rows: NDArray[Any], *, growth: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut one file into chunks that follow its definitions.

    Args:
        text: The file.
        line_starts: `line_starts_of(text)`.
        rows: Shape (D,), the `rows` of its `DefinitionTable`.
        growth: Chunks are as many times larger. See `segment_chunks`.

    Returns:
        The offsets in `text` where the C chunks start, shape (C,): the first is 0, and
        each is a line start; and of each chunk the index of the definition that it is
        or lies in, -1 for none: shape (C,).
    """
    if not len(line_starts):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    bounds = [*line_starts.tolist(), len(text)]
    cutter = _Cutter(text, bounds, _scopes_of(rows, line_starts), window_size(growth))
    cutter.cut(NO_DEFINITION, 0, len(line_starts))
    chunks = cutter.joined()
    return (
        line_starts[np.array([one.start for one in chunks], dtype=np.int64)],
        np.array([one.owner for one in chunks], dtype=np.int64),
    )


class _Scopes(NamedTuple):
    """The definitions of a file, by their index, as ranges of lines."""

    firsts: list[int]
    """First line, 0-based."""
    ends: list[int]
    """After its last line."""
    children: dict[int, list[int]]
    """By start; those of the file for -1. A definition without any is not there."""


@dataclass(slots=True)
class _Chunk:
    """The lines from `start` to `end`."""

    start: int
    end: int
    owner: int


def _scopes_of(rows: NDArray[Any], line_starts: NDArray[np.int64]) -> _Scopes:
    """Return the definitions inside of a file."""
    starts = rows["start_byte"]
    documented = rows["docstring_start_byte"]
    is_above = (documented < starts) & (rows["docstring_end_byte"] > 0)
    places = np.empty((2, len(rows)), dtype=np.int64)
    places[0] = np.where(is_above, documented, starts)
    places[1] = np.maximum(rows["end_byte"], starts + 1) - 1
    after_firsts, ends = line_starts.searchsorted(places, side="right").tolist()
    firsts = [line - 1 for line in after_firsts]
    children: dict[int, list[int]] = {}
    for index, parent in enumerate(rows["parent"].tolist()):
        if parent >= 0 and firsts[index] < firsts[parent]:
            # A comment above the first member may stand above its class: inside it ends.
            firsts[index] = firsts[parent]
        siblings = children.get(parent)
        if siblings is None:
            children[parent] = [index]
        else:
            siblings.append(index)
    return _Scopes(firsts, ends, children)


class _Cutter:
    """Cuts one file. `bounds` are its line starts and its size."""

    def __init__(self, text: bytes, bounds: list[int], scopes: _Scopes, size: WindowSize) -> None:
        self._text = text
        self._bounds = bounds
        self._firsts, self._ends, self._children = scopes
        self._size = size
        # Asked for each definition several times.
        self._lines_max = size.lines_max
        self._lines_min = size.lines_min
        self._lines_rest = size.lines_rest
        self._bytes_whole_max = size.bytes_whole_max
        self._chunks: list[_Chunk] = []
        # The chunk that is being packed: its first line, how many definitions it has, and
        # the first of them with its number of lines.
        self._start = 0
        self._piece_count = 0
        self._piece = NO_DEFINITION
        self._piece_lines = 0

    def cut(self, owner: int, first: int, end: int) -> None:
        """Append the chunks of a scope.

        Args:
            owner: The definition that is cut, -1 for the file.
            first: The first line of what is left of it.
            end: After the last line.
        """
        line = self._start = first
        children = self._children.get(owner, ())
        firsts, ends = self._firsts, self._ends
        last = len(children) - 1
        for number, child in enumerate(children):
            piece_end = ends[child]
            if piece_end <= line or end <= line:
                continue  # The one before took its lines.
            if number < last and firsts[children[number + 1]] < piece_end:
                piece_end = self._end_of(children, number)
            piece_end = min(piece_end, end)
            if piece_end <= line:
                continue
            start = firsts[child]
            if start > line:
                start = self._with_comments(start, line)
                if first < line < start:
                    line = self._after_blanks(line, start)
                if start - line >= self._lines_rest:
                    self._add_text(line, start, owner)
                else:
                    start = line  # A banner, a few fields: they introduce what follows.
            else:
                start = line
            self._add(child, start, piece_end, owner)
            line = piece_end
        if line < end:
            line = self._after_blanks(line, end) if line > first else line
            self._add_text(line, end, owner)
        self._flush(end, owner)

    def _end_of(self, children: Sequence[int], number: int) -> int:
        """Return where the piece of a child ends, when the next one begins on its last line.

        The line goes to the long one's neighbour, and what is short stays together.
        """
        start, end = self._firsts[children[number]], self._ends[children[number]]
        is_long = self._is_long(start, end)
        for later in range(number + 1, len(children)):
            following = self._firsts[children[later]]
            if following >= end:
                break
            if is_long:
                return following if following > start else end
            following_end = self._ends[children[later]]
            if following_end - start > self._size.lines_joined_max:
                break
            end = max(end, following_end)
        return end

    def joined(self) -> list[_Chunk]:
        """Return the chunks, those that are too small with a neighbour."""
        kept: list[_Chunk] = []
        for one in self._chunks:
            if kept and self._are_joined(kept[-1], one):
                last = kept[-1]
                if one.end - one.start > last.end - last.start:
                    last.owner = one.owner
                last.end = one.end
            else:
                kept.append(one)
        return kept

    def _are_joined(self, one: _Chunk, two: _Chunk) -> bool:
        size = self._size
        return (
            min(one.end - one.start, two.end - two.start) < size.lines_rest
            and two.end - one.start <= size.lines_joined_max
            and self._bounds[two.end] - self._bounds[one.start] <= size.bytes_joined_max
        )

    def _add(self, child: int, start: int, end: int, owner: int) -> None:
        """Pack a definition that takes the lines from `start` to `end`, or cut it."""
        if self._is_long(start, end) and self._is_long(self._firsts[child], self._ends[child]):
            self._flush(start, owner)
            self.cut(child, start, end)
            self._start = end
            return
        if not self._has_room(end):
            self._flush(start, owner)
        if self._piece_count == 0:
            self._piece, self._piece_lines = child, end - start
        self._piece_count += 1
        if end - self._start >= self._lines_min:
            self._flush_when_large(end, owner)

    def _add_text(self, start: int, end: int, owner: int) -> None:
        """Pack lines between definitions, or cut them."""
        while start < end:
            if self._has_room(end):
                self._flush_when_large(end, owner)
                return
            if self._start < start and end - start <= self._size.lines_max:
                self._flush(start, owner)
                continue
            # Together with the small pieces that wait, unless they would be torn apart.
            cut = self._window_end(self._start, end)
            if cut <= start:
                self._flush(start, owner)
                continue
            self._flush(cut, owner)
            start = cut

    def _is_long(self, start: int, end: int) -> bool:
        """Return whether a definition with these lines is cut."""
        if end - start > self._lines_max:
            return True
        return self._bounds[end] - self._bounds[start] > self._bytes_whole_max

    def _has_room(self, end: int) -> bool:
        """Return whether the lines up to `end` may join what is being packed."""
        lines = end - self._start
        size_bytes = self._bounds[end] - self._bounds[self._start]
        if self._lines_max < lines:
            return size_bytes <= self._size.bytes_min * 3 // 2
        return size_bytes <= self._size.bytes_max

    def _flush_when_large(self, end: int, owner: int) -> None:
        size = self._size
        if end - self._start < size.lines_min:
            return
        if self._bounds[end] - self._bounds[self._start] >= size.bytes_min:
            self._flush(end, owner)

    def _flush(self, end: int, owner: int) -> None:
        """End the chunk that is being packed before line `end`."""
        if end > self._start:
            if self._piece_count == 1 and 2 * self._piece_lines >= end - self._start:
                owner = self._piece
            self._chunks.append(_Chunk(self._start, end, owner))
        self._start = end
        self._piece_count = 0

    def _after_blanks(self, line: int, end: int) -> int:
        """Return the first line from `line` on that is not blank, at most `end`.

        The blank lines below a definition end its chunk.
        """
        text, bounds = self._text, self._bounds
        first = line
        while line < end:
            start = bounds[line]
            if text[start] not in _LINE_ENDS and not text[start : bounds[line + 1]].isspace():
                break
            line += 1
        if self._start == first and line > first:
            self._chunks[-1].end = line
            self._start = line
        return line

    def _with_comments(self, line: int, floor: int) -> int:
        """Return the first of the comment lines directly above `line`."""
        text, bounds = self._text, self._bounds
        for above in range(line - 1, max(floor, line - _ABOVE_LINES_MAX) - 1, -1):
            start = bounds[above]
            if text[start] in _LINE_ENDS:
                break
            shown = text[start : min(start + _LINE_BYTES_SHOWN, bounds[line])].lstrip()
            if not shown or shown[0] not in _COMMENT_STARTS:
                break
            line = above
        return line

    def _window_end(self, start: int, end: int) -> int:
        """Return where a window that starts at line `start` ends best, at most `end`.

        What is left up to `end` is shared evenly, so that no small rest remains.
        """
        size, bounds = self._size, self._bounds
        left_bytes = bounds[end] - bounds[start]
        count = max(
            min(-(-(end - start) // size.lines_max), -(-left_bytes // size.bytes_min)),
            -(-left_bytes // size.bytes_max),
        )
        if count <= 1:
            return end
        # The line at the fair share of bytes, unless that is too many lines.
        even = bisect_left(bounds, bounds[start] + left_bytes // count, start + 1, end)
        enough = bisect_left(bounds, bounds[start] + size.bytes_min, start + 1, end)
        middle = min(even, max(enough, start + size.lines_max))
        slack = max(1, (middle - start) // 4)
        best = middle
        best_score = (2, 0, 0)
        first, last = max(start + 1, middle - slack), min(end - 1, middle + slack)
        is_text_above = bool(self._beginning(first - 1).strip())
        text = self._text
        for line in range(first, last + 1):
            line_start = bounds[line]
            shown = text[line_start : min(line_start + _LINE_BYTES_SHOWN, bounds[line + 1])]
            bare = shown.lstrip()
            is_bad = is_text_above or not bare
            is_text_above = bool(bare)
            if is_bad > best_score[0]:
                continue
            indent = len(shown) - len(bare)
            if not bare or bare.startswith(_CLOSING):
                indent = _LINE_BYTES_SHOWN
            # How bad it is to end the window before this line.
            score = (is_bad, indent, abs(line - middle))
            if score < best_score:
                best, best_score = line, score
        return best

    def _beginning(self, line: int) -> bytes:
        """Return the first bytes of a line."""
        start = self._bounds[line]
        return self._text[start : min(start + _LINE_BYTES_SHOWN, self._bounds[line + 1])]
