"""Where an identifier of a syntax tree lies in the bytes of its file.

`ast` says where statements and expressions are; the name of a definition, after
`as` or before `=` is found in the bytes next to them, and each place is checked: what
stands there must be that name.
"""

import re
import unicodedata
from typing import Any, Final

from nanobot_engine.edit import SourceFile
from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.python.scope import Span

IDENTIFIER: Final = rb"[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*"
_NAME: Final = re.compile(IDENTIFIER)


class Placing:
    """Finds identifiers of one file; collects those that it can not find."""

    def __init__(self, source: SourceFile, byte_map: ByteMap) -> None:
        self.data = source.data
        self.encoding = source.encoding
        self.unplaced: list[tuple[str, int]] = []
        self._map = byte_map

    # Any: what has a position shares no class in `ast`.
    def start(self, node: Any) -> int:
        """Return the byte where a node starts."""
        offset: int = self._map.offset(node.lineno, node.col_offset)
        return offset

    def end(self, node: Any) -> int:
        """Return the byte after a node."""
        offset: int = self._map.offset(node.end_lineno, node.end_col_offset)
        return offset

    def span_at(self, start: int, name: str, line: int) -> Span | None:
        """Return the span of the identifier at `start`, None when another one is there."""
        match = _NAME.match(self.data, start)
        return self.checked(match.span() if match else None, name, line)

    def span_before(self, end: int, name: str, line: int) -> Span | None:
        """Return the span of the identifier that ends at `end`."""
        start = end - len(name.encode(self.encoding, errors="replace"))
        if self.data[start:end] != name.encode(self.encoding, errors="replace"):
            # Written in another Unicode form than the parser gives back.
            start = end
            while start > 0 and _NAME.fullmatch(self.data, start - 1, end):
                start -= 1
        return self.checked((start, end), name, line)

    def found(
        self, pattern: re.Pattern[bytes], start: int, end: int, name: str, line: int
    ) -> Span | None:
        """Return the span of the first group of `pattern` between two bytes."""
        match = pattern.search(self.data, start, end)
        return self.checked(match.span(1) if match else None, name, line)

    def checked(self, span: tuple[int, int] | None, name: str, line: int) -> Span | None:
        """Return `span` if it holds `name`, else None; that is remembered as unplaced."""
        if span is not None:
            text = self.data[span[0] : span[1]].decode(self.encoding, errors="replace")
            if text == name or unicodedata.normalize("NFKC", text) == name:
                return Span(*span)
        self.unplaced.append((name, line))
        return None
