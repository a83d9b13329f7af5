r"""Translate positions of `ast` into byte offsets of the file.

`ast` gives a line and a column in UTF-8 bytes of that line, after it decoded the
file, removed the BOM and took `\r\n` and `\r` for `\n`. The file may be in
another encoding and keeps its own newlines.
"""

from bisect import bisect_right
from itertools import accumulate
from typing import Final

from nanobot_engine.edit.errors import SourceEncodingError
from nanobot_engine.edit.source import SourceFile, split_lines

BOM: Final = "\ufeff"


class ByteMap:
    """The lines of one file and where they start. Immutable after construction."""

    def __init__(self, source: SourceFile) -> None:
        self._path = source.path
        self._encoding = source.encoding
        self._bom_size_bytes = len(BOM.encode()) if source.has_bom else 0
        self._lines = split_lines(source.data)
        self._line_starts = list(accumulate(map(len, self._lines), initial=0))

    def offset(self, line: int, column_utf8: int) -> int:
        """Return the byte offset of a position.

        Args:
            line: 1-based, as `ast.AST.lineno`.
            column_utf8: As `ast.AST.col_offset`.

        Raises:
            SourceEncodingError: The bytes of the line do not encode back to what
                they were, so the place can not be known.
        """
        start_byte = self._line_starts[line - 1]
        if line == 1:
            start_byte += self._bom_size_bytes
        if self._encoding in {"utf-8", "ascii"}:
            return start_byte + column_utf8
        raw_line = self._lines[line - 1]
        text = raw_line.decode(self._encoding)
        prefix = text.encode()[:column_utf8].decode()
        size_bytes = len(prefix.encode(self._encoding))
        if raw_line[:size_bytes].decode(self._encoding, errors="replace") != prefix:
            raise SourceEncodingError(
                self._path, f"line {line} has no fixed byte positions in {self._encoding}"
            )
        return start_byte + size_bytes

    def line_at(self, offset: int) -> int:
        """Return the 1-based line of a byte offset."""
        return min(bisect_right(self._line_starts, offset), max(len(self._lines), 1))

    def line_start(self, line: int) -> int:
        """Return the byte offset of the first byte of a 1-based line, after a BOM."""
        return self._line_starts[line - 1] + (self._bom_size_bytes if line == 1 else 0)
