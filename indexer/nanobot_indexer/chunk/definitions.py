"""Chunks of one file that follow its definitions.

The lines of a scope are a row of pieces: definitions, and what is between them.
Small pieces are packed until a chunk is large enough. A definition that is too
long for one chunk is a scope itself. Text between definitions, and the body of a
long function, end where a blank line, or else a less indented line, follows.

A comment directly above a definition belongs to it, whether or not the parser
took it for its documentation.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.chunk.windows import WindowSize, window_size

NO_DEFINITION: Final = -1

# `#[derive]`, `#define` and `[Attribute]` stand where comments do.
_COMMENT_STARTS: Final = frozenset(b"#/*-[")
_ABOVE_LINES_MAX: Final = 40
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
    cutter = _Cutter(text, [*line_starts.tolist(), len(text)], window_size(growth))
    cutter.cut(_scopes_of(rows, line_starts))
    chunks = cutter.joined()
    return (
        line_starts[np.array([one.start for one in chunks], dtype=np.int64)],
        np.array([one.owner for one in chunks], dtype=np.int64),
    )


@dataclass(slots=True)
class _Scope:
    """A definition and those inside of it; the whole file for -1."""

    index: int
    start: int
    """First line, 0-based."""
    end: int
    """After its last line."""
    children: list["_Scope"]
    """By start."""


@dataclass(slots=True)
class _Chunk:
    """The lines from `start` to `end`."""

    start: int
    end: int
    owner: int


def _scopes_of(rows: NDArray[Any], line_starts: NDArray[np.int64]) -> _Scope:
    """Return the file with its definitions inside, as ranges of lines."""
    starts = rows["start_byte"]
    documented = rows["docstring_start_byte"]
    is_above = (documented < starts) & (rows["docstring_end_byte"] > 0)
    first_bytes = np.where(is_above, documented, starts)
    last_bytes = np.maximum(rows["end_byte"], starts + 1) - 1
    firsts = (np.searchsorted(line_starts, first_bytes, side="right") - 1).tolist()
    ends = np.searchsorted(line_starts, last_bytes, side="right").tolist()
    whole = _Scope(NO_DEFINITION, 0, len(line_starts), [])
    scopes: list[_Scope] = []
    for index, (parent, first, end) in enumerate(
        zip(rows["parent"].tolist(), firsts, ends, strict=True)
    ):
        outer = scopes[parent] if parent >= 0 else whole
        # A comment above the first member may stand above its class: inside it ends.
        one = _Scope(index, max(first, outer.start), end, [])
        scopes.append(one)
        outer.children.append(one)
    return whole


class _Cutter:
    """Cuts one file. `bounds` are its line starts and its size."""

    def __init__(self, text: bytes, bounds: list[int], size: WindowSize) -> None:
        self._text = text
        self._bounds = bounds
        self._size = size
        # Asked for each definition several times.
        self._lines_max = size.lines_max
        self._bytes_whole_max = size.bytes_whole_max
        self._chunks: list[_Chunk] = []
        # The chunk that is being packed.
        self._start = 0
        self._pieces: list[_Scope] = []

    def cut(self, scope: _Scope) -> None:
        """Append the chunks of a scope."""
        line = self._start = scope.start
        children = scope.children
        for number, child in enumerate(children):
            if min(child.end, scope.end) <= line:
                continue  # The one before took its lines.
            end = min(self._end_of(children, number), scope.end)
            if end <= line:
                continue
            start = self._with_comments(max(child.start, line), line)
            line = self._after_blanks(line, start) if line > scope.start else line
            if start - line >= self._size.lines_rest:
                self._add_text(line, start, scope.index)
            else:
                start = line  # A banner, a few fields: they introduce what follows.
            self._add(child, start, end, scope.index)
            line = end
        if line < scope.end:
            line = self._after_blanks(line, scope.end) if line > scope.start else line
            self._add_text(line, scope.end, scope.index)
        self._flush(scope.end, scope.index)

    def _end_of(self, children: list[_Scope], number: int) -> int:
        """Return where the piece of a child ends, when the next one begins on its last line.

        The line goes to the long one's neighbour, and what is short stays together.
        """
        child = children[number]
        end = child.end
        if number + 1 == len(children) or children[number + 1].start >= end:
            return end
        is_long = self._is_long(child.start, child.end)
        for later in range(number + 1, len(children)):
            following = children[later]
            if following.start >= end:
                break
            if is_long:
                return following.start if following.start > child.start else end
            if following.end - child.start > self._size.lines_joined_max:
                break
            end = max(end, following.end)
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

    def _add(self, child: _Scope, start: int, end: int, owner: int) -> None:
        """Pack a definition that takes the lines from `start` to `end`, or cut it."""
        if self._is_long(start, end) and self._is_long(child.start, child.end):
            self._flush(start, owner)
            self.cut(_Scope(child.index, start, end, child.children))
            self._start = end
        else:
            if not self._has_room(end):
                self._flush(start, owner)
            self._pieces.append(_Scope(child.index, start, end, []))
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
        if self._size.lines_max < lines:
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
            if len(self._pieces) == 1:
                only = self._pieces[0]
                if 2 * (only.end - only.start) >= end - self._start:
                    owner = only.index
            self._chunks.append(_Chunk(self._start, end, owner))
        self._start = end
        self._pieces = []

    def _after_blanks(self, line: int, end: int) -> int:
        """Return the first line from `line` on that is not blank, at most `end`.

        The blank lines below a definition end its chunk.
        """
        text, bounds = self._text, self._bounds
        first = line
        while line < end and text[bounds[line] : bounds[line + 1]].isspace():
            line += 1
        if self._start == first and line > first:
            self._chunks[-1].end = line
            self._start = line
        return line

    def _with_comments(self, line: int, floor: int) -> int:
        """Return the first of the comment lines directly above `line`."""
        for above in range(line - 1, max(floor, line - _ABOVE_LINES_MAX) - 1, -1):
            shown = self._beginning(above).lstrip()
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
        for line in range(first, last + 1):
            shown = self._beginning(line)
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
