"""The items between two brackets, as they are written: arguments, parameters, elements."""

import re
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.refactor.errors import UnsafeError

_SKIPPED: Final = re.compile(
    rb"#[^\r\n]*"
    rb"|(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?''')"
    rb"|\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*'",
    re.DOTALL,
)
_OPENING: Final = b"([{"
_CLOSING: Final = b")]}"


@dataclass(frozen=True, slots=True)
class Bracket:
    """A pair of brackets and its items."""

    open_byte: int
    """Of the opening bracket."""
    close_byte: int
    """Of the closing bracket."""
    items: tuple[Span, ...]
    """Without blanks and comments around them; strings inside of f-strings need care
    before Python 3.12 only, where they can not have the quotes of the outer string."""
    has_trailing_comma: bool

    @property
    def end_byte(self) -> int:
        """The byte after the last item, or after the opening bracket."""
        return self.items[-1].end_byte if self.items else self.open_byte + 1


def bracket_at(file: PythonFile, open_byte: int) -> Bracket:
    """Read the items of the bracket that opens at a byte.

    Raises:
        UnsafeError: It does not close as expected.
    """
    data = file.source.data
    depth, position, start = 0, open_byte, open_byte + 1
    items: list[Span] = []
    while position < len(data):
        skipped = _SKIPPED.match(data, position)
        if skipped is not None:
            position = skipped.end()
            continue
        byte = data[position]
        if byte in _OPENING:
            depth += 1
        elif byte in _CLOSING:
            depth -= 1
            if depth == 0:
                last = _trimmed(data, start, position)
                return Bracket(
                    open_byte,
                    position,
                    tuple(items if last is None else [*items, last]),
                    has_trailing_comma=last is None and bool(items),
                )
        elif byte == ord(",") and depth == 1:
            item = _trimmed(data, start, position)
            if item is not None:
                items.append(item)
            start = position + 1
        position += 1
    raise UnsafeError(f"{file.path}:{file.line(open_byte)}: a bracket that does not close")


def _trimmed(data: bytes, start: int, end: int) -> Span | None:
    """Return a range without the blanks and comments around it, None when nothing is left."""
    blank = re.compile(rb"(?:[ \t\f\r\n\\]|#[^\r\n]*)*")
    first = blank.match(data, start, end)
    assert first is not None, "the pattern matches nothing, too"
    start = first.end()
    stop = start
    position = start
    while position < end:
        skipped = _SKIPPED.match(data, position, end)
        if skipped is not None:
            position = skipped.end()
            if not skipped[0].startswith(b"#"):
                stop = position
            continue
        if data[position] not in b" \t\f\r\n\\":
            stop = position + 1
        position += 1
    return Span(start, stop) if stop > start else None


def removal_of_item(bracket: Bracket, index: int) -> Span:
    """Return what to delete so that one item is gone with one comma."""
    items = bracket.items
    if index + 1 < len(items):
        return Span(items[index].start_byte, items[index + 1].start_byte)
    if index > 0:
        return Span(items[index - 1].end_byte, items[index].end_byte)
    end = bracket.close_byte if bracket.has_trailing_comma else items[index].end_byte
    return Span(items[index].start_byte, end)


def separator(file: PythonFile, bracket: Bracket) -> str:
    """Return what stands between two items: `, `, or a comma and a new line."""
    data = file.source.data
    if not bracket.items:
        return ""
    first = bracket.items[0].start_byte
    lines = {file.line(item.start_byte) for item in bracket.items}
    is_vertical = len(lines) == len(bracket.items) and (
        len(lines) > 1 or file.line(bracket.open_byte) not in lines
    )
    if not is_vertical:
        return ", "
    line = file.byte_map.line_start(file.line(first))
    return ",\n" + data[line:first].decode(file.source.encoding)
