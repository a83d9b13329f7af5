"""A match in the text of a file, as a person reads it: line, column, text around it."""

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.search.handle import chunk_at, chunk_handle
from nanobot_indexer.search.live_files import FilePlace, LiveFiles

LINE_CHARS_MAX: Final = 500
"""Of a longer line, the part around the match is shown."""
CONTEXT_LINES_MAX: Final = 20

_SHOWN_BEFORE_MATCH_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class Span:
    """A match as bytes of a file."""

    position: int
    """Place of the file in the order of `LiveFiles`."""
    start_byte: int
    end_byte: int


@dataclass(frozen=True, slots=True)
class TextMatch:
    """One match."""

    path: str
    """Workspace-relative, `/`-separated."""
    line: int
    """1-based, where the match begins."""
    column: int
    """1-based, in characters."""
    end_line: int
    """1-based. Another one than `line` only for text with line ends in it."""
    end_column: int
    """1-based, in characters of `end_line`, exclusive."""
    text: str
    """The line without its end; at most `LINE_CHARS_MAX` of it."""
    text_column: int
    """1-based column of the first character of `text`: not 1 in a very long line."""
    start_byte: int
    """In the file."""
    end_byte: int
    """Exclusive."""
    before: tuple[str, ...]
    """The lines before, in order."""
    after: tuple[str, ...]
    handle: str
    """Of the chunk that the match begins in."""


def shown_matches(
    files: LiveFiles, spans: Sequence[Span], *, context_lines: int
) -> Iterator[TextMatch]:
    """Yield matches with their text, in the order given.

    Args:
        files: What the spans refer to.
        spans: Those of one file should follow each other: each file is read once.
        context_lines: Lines to show before and after, at most `CONTEXT_LINES_MAX`.
    """
    shown: ShownFile | None = None
    for span in spans:
        if shown is None or shown.position != span.position:
            shown = ShownFile(files.place_at(span.position), span.position)
        yield shown.match(span, context_lines)


class ShownFile:
    """One file with matches, decoded line by line.

    Args:
        place: Which file.
        position: Its place in the order of files.
    """

    def __init__(self, place: FilePlace, position: int) -> None:
        segment, file = place.segment, place.file
        self.position = position
        self.place = place
        self._path = segment.path_of(file)
        self._encoding = segment.entry(file).encoding
        self.content = segment.text(file)
        # A list: `bisect` in it is faster than `searchsorted` for one place.
        self._starts: list[int] = line_starts_of(self.content).tolist()
        self._handle_by_chunk: dict[int, str] = {}

    def match(self, span: Span, context_lines: int) -> TextMatch:
        """Return a match the way a person reads it.

        Args:
            span: The match.
            context_lines: Lines to show before and after, at most `CONTEXT_LINES_MAX`.
        """
        context_lines = min(max(0, context_lines), CONTEXT_LINES_MAX)
        number = self._line_number(span.start_byte)
        end_number = number
        if span.end_byte > span.start_byte:
            end_number = self._line_number(span.end_byte - 1)
        line = self._line(number)
        column = self._column(number, span.start_byte)
        first = 0
        if len(line) > LINE_CHARS_MAX:
            first = min(max(0, column - 1 - _SHOWN_BEFORE_MATCH_CHARS), len(line) - LINE_CHARS_MAX)
        last_after = min(len(self._starts), end_number + 1 + context_lines)
        return TextMatch(
            path=self._path,
            line=number + 1,
            column=column,
            end_line=end_number + 1,
            end_column=self._column(end_number, span.end_byte),
            text=line[first : first + LINE_CHARS_MAX],
            text_column=first + 1,
            start_byte=span.start_byte,
            end_byte=span.end_byte,
            before=tuple(
                self._line(near)[:LINE_CHARS_MAX]
                for near in range(max(0, number - context_lines), number)
            ),
            after=tuple(
                self._line(near)[:LINE_CHARS_MAX] for near in range(end_number + 1, last_after)
            ),
            handle=self._handle_at(span.start_byte),
        )

    def _handle_at(self, byte: int) -> str:
        chunk = chunk_at(self.place, byte)
        if chunk is None:
            return ""
        handle = self._handle_by_chunk.get(chunk)
        if handle is None:
            handle = str(chunk_handle(self.place.segment, chunk))
            self._handle_by_chunk[chunk] = handle
        return handle

    def _line_number(self, byte: int) -> int:
        """Return the 0-based line of a byte."""
        return max(0, bisect.bisect_right(self._starts, byte) - 1)

    def _line(self, number: int) -> str:
        start = self._starts[number]
        is_last = number + 1 == len(self._starts)
        end = len(self.content) if is_last else self._starts[number + 1]
        return self.content[start:end].rstrip(b"\r\n").decode(self._encoding, "replace")

    def _column(self, number: int, byte: int) -> int:
        start = self._starts[number]
        return len(self.content[start:byte].decode(self._encoding, "replace")) + 1
