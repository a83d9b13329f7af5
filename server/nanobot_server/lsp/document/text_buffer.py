r"""The server's copy of one open document.

Lines end at `\n`, `\r\n` and `\r` only. `str.splitlines` also cuts at form feeds
and eight other characters, and one such cut moves every later edit to the wrong
line. A position is (line, character), where a character is a UTF-8, UTF-16 or
UTF-32 code unit, whatever was negotiated.
"""

import bisect
import hashlib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final, cast

from nanobot_server.lsp.document.long_line import LINE_CHARS_MAX, Line, LongLine, joined
from nanobot_server.lsp.errors import TextSyncError

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Encoding(StrEnum):
    """The unit of `Position.character`; values are those of the protocol."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in client units. Both numbers are 0-based."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Change:
    """New text for a range, or for the whole document if there is none."""

    start: Place | None
    end: Place | None
    text: str


def split_lines(text: str) -> list[str]:
    """Return the lines with their ends. The last one has no end and may be empty."""
    lines = _LINE.findall(text)
    if not lines or lines[-1].endswith(("\r", "\n")):
        lines.append("")
    return lines


def content_length(line: Line) -> int:
    """Return how many code points of a line come before its end."""
    return len(line) - (2 if line.endswith("\r\n") else line.endswith(("\r", "\n")))


def units(text: str, encoding: Encoding) -> int:
    """Return the length of `text` in code units."""
    if encoding is Encoding.UTF_32 or text.isascii():
        return len(text)
    if encoding is Encoding.UTF_8:
        return len(text.encode())
    return len(text.encode("utf-16-le")) // 2


def column(line: Line, character: int, encoding: Encoding) -> int | None:
    """Return how many code points lie before `character`, or None inside one.

    Behind the content of the line the result is its length, as the protocol says.
    """
    length = content_length(line)
    if isinstance(line, LongLine):
        number, unit = line.piece_of_unit(character)
        if number == len(line.pieces):
            return length
        found = column_in(line.pieces[number], unit, encoding)
        return None if found is None else min(line.start_of(number) + found, length)
    found = column_in(line, character, encoding)
    return None if found is None else min(found, length)


def column_in(text: str, character: int, encoding: Encoding) -> int | None:
    """Do the same for text that is no line; behind its end the result is its length."""
    if encoding is Encoding.UTF_32 or text.isascii():
        return min(character, len(text))
    codec, unit_bytes = ("utf-8", 1) if encoding is Encoding.UTF_8 else ("utf-16-le", 2)
    # A code point has at least one unit, so what lies behind can not count.
    encoded = text[:character].encode(codec)
    try:
        return len(encoded[: character * unit_bytes].decode(codec))
    except UnicodeDecodeError:
        return None


class TextBuffer:
    """Text that follows an editor's edits.

    The lines are the index: an edit makes anew those it touches, and a long one only
    in part. Invariant: the joined lines are the text; only the last line has no end.
    Runs on the event loop.
    """

    def __init__(self, name: str, text: str, encoding: Encoding) -> None:
        self._name = name
        self._encoding = encoding
        self._lines: list[Line] = []
        self._long_count = 0
        self._replace(0, 0, self._kept(split_lines(self._checked(text))))

    @property
    def lines(self) -> Sequence[str]:
        """The lines with their ends. Do not keep them across a change."""
        if self._long_count:
            return [str(line) for line in self._lines]
        return cast("list[str]", self._lines)

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    def apply(self, change: Change) -> None:
        """Apply one change.

        Raises:
            TextSyncError: The range is reversed, outside the text or inside a
                character, or the text is not Unicode. The buffer is unchanged.
        """
        middle = self._checked(change.text)
        if change.start is None or change.end is None:
            self._replace(0, len(self._lines), self._kept(split_lines(middle)))
            return
        if change.start > change.end:
            raise TextSyncError(self._name, f"the range {change.start}-{change.end} is reversed")
        start_line, start_column = self._located(change.start)
        end_line, end_column = self._located(change.end)
        head, tail = self._lines[start_line], self._lines[end_line]
        head = head[:start_column] if isinstance(head, str) else head.before(start_column)
        tail = tail[end_column:] if isinstance(tail, str) else tail.after(end_column)
        if not head and start_line and self._lines[start_line - 1].endswith("\r"):
            # A new "\n" would join the "\r" before it to one line end.
            start_line -= 1
            head = self._lines[start_line]
            head = head[:-1] if isinstance(head, str) else head.before(len(head) - 1)
            middle = f"\r{middle}"
        if middle.endswith("\r") and len(tail) == 1 and str(tail) == "\n":
            middle, tail = f"{middle}\n", ""
        self._replace(start_line, end_line + 1, self._between(head, middle, tail, end_line))

    def _between(self, head: Line, middle: str, tail: Line, end_line: int) -> list[Line]:
        """Return the lines of three parts, where line ends lie within one part."""
        texts = split_lines(middle)
        if len(texts) == 1:
            lines = [self._joined(head, middle, tail)]
        else:
            lines = [self._joined(head, texts[0], ""), *self._kept(texts[1:-1])]
            lines.append(self._joined("", texts[-1], tail))
        if end_line < len(self._lines) - 1 and not lines[-1]:
            # The end of the last line came from `middle`: what follows is the next line.
            lines.pop()
        return lines

    def _replace(self, first: int, after: int, lines: list[Line]) -> None:
        replaced = self._lines[first:after]
        self._long_count -= sum(isinstance(line, LongLine) for line in replaced)
        self._long_count += sum(isinstance(line, LongLine) for line in lines)
        self._lines[first:after] = lines

    def _kept(self, texts: Sequence[str]) -> list[Line]:
        """Return lines as they are kept: a long one in pieces."""
        return [
            text if len(text) <= LINE_CHARS_MAX else self._joined("", text, "") for text in texts
        ]

    def _joined(self, head: Line, middle: str, tail: Line) -> Line:
        return joined(head, middle, tail, partial(units, encoding=self._encoding))

    def _located(self, place: Place) -> tuple[int, int]:
        """Return (line index, column in code points)."""
        if place.line == len(self._lines) and place.character == 0:
            # Clients that think in lines write the end of the text like this.
            return len(self._lines) - 1, len(self._lines[-1])
        if not 0 <= place.line < len(self._lines) or place.character < 0:
            raise TextSyncError(
                self._name, f"{place} is outside a text of {len(self._lines)} lines"
            )
        found = column(self._lines[place.line], place.character, self._encoding)
        if found is None:
            raise TextSyncError(self._name, f"{place} is inside a character")
        return place.line, found

    def _checked(self, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise TextSyncError(self._name, "the text has half a surrogate pair") from error
        return text


class ByteIndex:
    """Positions for offsets into the UTF-8 bytes of one text. Never changes."""

    def __init__(self, lines: Sequence[str], encoding: Encoding) -> None:
        self._lines = lines
        self._encoding = encoding
        sizes = (len(line) if line.isascii() else len(line.encode()) for line in lines)
        self._start_bytes = list(itertools.accumulate(sizes, initial=0))  # (line + 1,)

    def place(self, offset: int) -> Place:
        """Return the position of a byte offset.

        Raises:
            ValueError: The offset is outside the text, inside a character, or
                between the two characters of a line end.
        """
        if not 0 <= offset <= self._start_bytes[-1]:
            msg = f"byte {offset} is outside a text of {self._start_bytes[-1]} bytes"
            raise ValueError(msg)
        line = min(bisect.bisect_right(self._start_bytes, offset) - 1, len(self._lines) - 1)
        encoded = self._lines[line].encode()
        before = encoded[: offset - self._start_bytes[line]]
        try:
            prefix = before.decode()
        except UnicodeDecodeError as error:
            msg = f"byte {offset} is inside a character"
            raise ValueError(msg) from error
        if len(prefix) > content_length(self._lines[line]):
            msg = f"byte {offset} is inside a line end"
            raise ValueError(msg)
        return Place(line, units(prefix, self._encoding))


def text_sha256(text: str) -> str:
    """Return the hex digest of the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()
