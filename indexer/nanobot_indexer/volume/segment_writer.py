"""Write one volume.

The text goes to disk as it comes; the tables stay in memory until `seal`, which
writes them behind the text, then the header, and publishes.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.syntax.definition import DefinitionRange, ParseStatus
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.format import (
    DEFINITION_DTYPE,
    FILE_DTYPE,
    FORMAT_VERSION,
    HEADER,
    HEADER_CRC,
    HEADER_SIZE_BYTES,
    KINDS,
    LANGUAGES,
    MAGIC,
    PARSE_STATUSES,
    SECTION,
    SPAN_DTYPE,
    TEXT_SIZE_BYTES_MAX,
    Section,
    aligned,
)
from nanobot_indexer.volume.publish import PendingFile
from nanobot_indexer.workspace.source import Source

_BLOCK_BYTES: Final = 4 * 1024 * 1024
_CODE_BY_LANGUAGE: Final = {language: code for code, language in enumerate(LANGUAGES)}
_CODE_BY_KIND: Final = {kind: code for code, kind in enumerate(KINDS)}
_CODE_BY_STATUS: Final = {status: code for code, status in enumerate(PARSE_STATUSES)}


@dataclass(slots=True)
class _PendingEntry:
    path: str
    encoding: str
    has_bom: bool
    language: Language
    size_bytes: int
    text_offset: int
    crc32: int
    sha256: bytes
    line_starts: npt.NDArray[np.uint32]
    status: ParseStatus = ParseStatus.TEXT
    definitions: Sequence[DefinitionRange] = ()


@dataclass(frozen=True, slots=True)
class SealedSegment:
    """What the manifest says about one volume."""

    name: str
    size_bytes: int
    header_crc32: int
    file_count: int
    definition_count: int
    text_bytes: int


class SegmentWriter:
    """One volume in the making. Owned by one thread; `close` or `seal` ends it.

    Invariant: files are added in the order of their UTF-8 paths.
    """

    def __init__(self, path: Path, *, generation: int) -> None:
        self._path = path
        self._generation = generation
        self._file = PendingFile(path)
        self._entries: list[_PendingEntry] = []
        self._text_size_bytes = 0
        self._text_crc32 = 0

    def has_room_for(self, size_bytes: int) -> bool:
        """Tell whether one more file of this size fits."""
        return self._text_size_bytes + size_bytes <= TEXT_SIZE_BYTES_MAX

    def add(self, source: Source, language: Language) -> int:
        """Write the text of one file and return its index for `set_definitions`.

        Raises:
            IndexWriteError: The disk refused.
        """
        text = source.text
        assert self.has_room_for(len(text))
        assert not self._entries or self._entries[-1].path.encode() < source.path.encode()
        self._file.write(text, offset=HEADER_SIZE_BYTES + self._text_size_bytes)
        self._entries.append(
            _PendingEntry(
                source.path,
                source.encoding.name,
                source.encoding.has_bom,
                language,
                len(text),
                self._text_size_bytes,
                zlib.crc32(text),
                source.sha256,
                source.line_starts,
            )
        )
        self._text_crc32 = zlib.crc32(text, self._text_crc32)
        self._text_size_bytes += len(text)
        return len(self._entries) - 1

    def set_definitions(
        self, index: int, definitions: Sequence[DefinitionRange], status: ParseStatus
    ) -> None:
        """Say what is known about the syntax of a file that was added."""
        self._entries[index].definitions = definitions
        self._entries[index].status = status

    def seal(self) -> SealedSegment:
        """Write the tables and publish the volume.

        Raises:
            IndexWriteError: The disk refused; nothing was published.
        """
        tables = _Tables(self._entries)
        offset = HEADER_SIZE_BYTES
        rows = [(offset, self._text_size_bytes, self._text_crc32)]
        offset = aligned(offset + self._text_size_bytes)
        rows.append((offset, self._text_size_bytes, self._write_folded(offset)))
        offset = aligned(offset + self._text_size_bytes)
        for section in list(Section)[Section.LINES :]:
            content = tables.content(section)
            self._file.write(content, offset=offset)
            rows.append((offset, len(content), zlib.crc32(content)))
            offset = aligned(offset + len(content))
        # Padding of the last section, so that the file is as long as its header says.
        self._file.write(
            bytes(offset - rows[-1][0] - rows[-1][1]), offset=rows[-1][0] + rows[-1][1]
        )
        header = HEADER.pack(MAGIC, FORMAT_VERSION, len(Section), self._generation, offset)
        header += b"".join(SECTION.pack(*row, 0) for row in rows)
        header_crc32 = zlib.crc32(header)
        header += HEADER_CRC.pack(header_crc32)
        self._file.write(header.ljust(HEADER_SIZE_BYTES, b"\0"), offset=0)
        self._file.publish()
        return SealedSegment(
            self._path.name,
            offset,
            header_crc32,
            len(self._entries),
            sum(len(entry.definitions) for entry in self._entries),
            self._text_size_bytes,
        )

    def close(self) -> None:
        """Give the temporary file up, unless it was published."""
        self._file.close()

    def _write_folded(self, offset: int) -> int:
        # Read back in blocks: the text of a volume is larger than memory should be.
        crc32 = 0
        for start in range(0, self._text_size_bytes, _BLOCK_BYTES):
            size_bytes = min(_BLOCK_BYTES, self._text_size_bytes - start)
            block = self._file.read(size_bytes, offset=HEADER_SIZE_BYTES + start).lower()
            self._file.write(block, offset=offset + start)
            crc32 = zlib.crc32(block, crc32)
        return crc32


class _Tables:
    """The sections behind the text, built from the entries."""

    def __init__(self, entries: Sequence[_PendingEntry]) -> None:
        self._entries = entries
        self._names = bytearray()
        self._offset_by_name: dict[bytes, int] = {}
        self._symbols = bytearray()
        self._files = [self._file_row(entry) for entry in entries]
        self._definitions = [row for entry in entries for row in self._definition_rows(entry)]

    def content(self, section: Section) -> bytes:
        """Return the bytes of one section."""
        match section:
            case Section.LINES:
                return b"".join(
                    entry.line_starts.astype("<u4").tobytes() for entry in self._entries
                )
            case Section.FILES:
                return np.array(self._files, dtype=FILE_DTYPE).tobytes()
            case Section.DEFINITIONS:
                return np.array(self._definitions, dtype=DEFINITION_DTYPE).tobytes()
            case Section.SPANS:
                return np.array(_spans(self._entries), dtype=SPAN_DTYPE).tobytes()
            case Section.SYMBOLS:
                return bytes(self._symbols)
            case Section.NAMES:
                return bytes(self._names)
        msg = f"section {section.name} is no table"
        raise AssertionError(msg)

    def _file_row(self, entry: _PendingEntry) -> tuple[object, ...]:
        return (
            *self._named(entry.path),
            *self._named(entry.encoding),
            entry.size_bytes,
            entry.crc32,
            len(entry.line_starts),
            len(entry.definitions),
            _CODE_BY_LANGUAGE[entry.language],
            _CODE_BY_STATUS[entry.status],
            entry.has_bom,
            0,
            tuple(entry.sha256),
        )

    def _definition_rows(self, entry: _PendingEntry) -> list[tuple[int, ...]]:
        starts = np.array([one.start_byte for one in entry.definitions], dtype=np.int64)
        # The last byte belongs to the last line, not the one behind it.
        lasts = np.array(
            [max(one.start_byte, one.end_byte - 1) for one in entry.definitions], dtype=np.int64
        )
        start_lines = np.searchsorted(entry.line_starts, starts, side="right")
        end_lines = np.searchsorted(entry.line_starts, lasts, side="right")
        return [
            (
                _CODE_BY_KIND[one.kind],
                -1 if one.parent is None else one.parent,
                one.start_byte,
                one.end_byte,
                one.name_start_byte,
                one.name_end_byte,
                # An empty file has no lines, but everything in it is on line 1.
                max(1, int(start_line)),
                max(1, int(end_line)),
                *self._symbol(one.name),
                *self._named(one.qualified_name),
            )
            for one, start_line, end_line in zip(
                entry.definitions, start_lines, end_lines, strict=True
            )
        ]

    def _symbol(self, name: str) -> tuple[int, int]:
        # The line feed ends a name, so it may not be part of one.
        content = name.replace("\n", " ").encode()
        offset = len(self._symbols)
        self._symbols += content + b"\n"
        return offset, len(content)

    def _named(self, name: str) -> tuple[int, int]:
        content = name.encode()
        offset = self._offset_by_name.setdefault(content, len(self._names))
        if offset == len(self._names):
            self._names += content
        return offset, len(content)


def _spans(entries: Sequence[_PendingEntry]) -> list[tuple[int, int, int]]:
    """Cut the text where the innermost definition changes.

    Returns:
        (offset in the text, file, definition in the volume or -1), by offset.
    """
    spans: list[tuple[int, int, int]] = []
    first = 0
    for file, entry in enumerate(entries):
        # Innermost at a position = the last definition that started and has not ended.
        stack: list[tuple[int, int]] = []  # (end, definition)
        cuts = [(0, -1)]
        for index, one in enumerate(entry.definitions):
            _close_until(one.start_byte, stack, cuts)
            stack.append((one.end_byte, first + index))
            cuts.append((one.start_byte, first + index))
        _close_until(entry.size_bytes, stack, cuts)
        spans.extend((entry.text_offset + start, file, definition) for start, definition in cuts)
        first += len(entry.definitions)
    return spans


def _close_until(position: int, stack: list[tuple[int, int]], cuts: list[tuple[int, int]]) -> None:
    while stack and stack[-1][0] <= position:
        end, _ = stack.pop()
        # Equal ranges are siblings, so what is below may have ended as well.
        while stack and stack[-1][0] <= end:
            stack.pop()
        cuts.append((end, stack[-1][1] if stack else -1))
