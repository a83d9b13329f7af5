"""An open volume, mapped read-only.

The workspace is not trusted and the disk may lie, so everything that is used as
an offset, a count or a code is checked once, here.
"""

import mmap
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.errors import VolumeCorruptError, VolumeError, VolumeVersionError
from nanobot_indexer.syntax.definition import Definition, ParseStatus
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.format import (
    DTYPE_BY_SECTION,
    FORMAT_VERSION,
    HEADER,
    HEADER_CRC,
    HEADER_SIZE_BYTES,
    KINDS,
    LANGUAGES,
    MAGIC,
    PARSE_STATUSES,
    SECTION,
    TEXT_SIZE_BYTES_MAX,
    Section,
    aligned,
)
from nanobot_indexer.volume.table_check import check_tables

_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TABLES: Final = tuple(section for section in Section if section >= Section.LINES)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What the index knows about one file."""

    path: str
    """Workspace-relative, `/`-separated on every platform."""
    language: Language
    size_bytes: int
    sha256: str
    """Of the raw bytes, in hexadecimal."""
    encoding: str
    """Python's name of the codec that decodes the bytes."""
    has_bom: bool
    """The bytes start with a byte order mark, which is not part of the text."""
    line_count: int
    """A final line without an end counts; an empty file has none."""
    parse_status: ParseStatus


class Segment:
    """One open volume.

    Invariant: every offset and code was checked by the constructor, so the other
    methods index the map without further checks. The text itself is checked when
    it is first used.

    Safe to share between threads: nothing changes after the constructor but the
    memory of what was checked.

    Raises:
        VolumeCorruptError: Bytes on disk break an invariant.
        VolumeVersionError: Another version of the format wrote it.
        FileNotFoundError: There is no such file.
    """

    def __init__(self, path: Path, *, generation: int, header_crc32: int) -> None:
        self.path = path
        self._map = _mapped(path)
        try:
            rows = _checked_header(path, self._map, generation, header_crc32)
            self._start_by_section = {section: rows[section][0] for section in Section}
            self._crc32_by_section = {section: rows[section][2] for section in Section}
            arrays = {section: _array(self._map, section, rows[section]) for section in Section}
            self._arrays: dict[Section, npt.NDArray[Any]] = arrays
            for section in _TABLES:
                self._check_crc32(section)
            reason = check_tables(arrays)
            if reason is not None:
                raise VolumeCorruptError(path, reason)
        except VolumeError:
            self.close()
            raise
        files = arrays[Section.FILES]
        self._text_starts = _starts(files["size_bytes"])
        self._line_starts = _starts(files["line_count"])
        self._definition_starts = _starts(files["definition_count"])
        self._is_text_checked = False

    @property
    def file_count(self) -> int:
        """How many files the volume holds."""
        return len(self._arrays[Section.FILES])

    @property
    def definition_count(self) -> int:
        """How many definitions the volume holds."""
        return len(self._arrays[Section.DEFINITIONS])

    def array(self, section: Section) -> npt.NDArray[Any]:
        """Return one section. A view of the map, not a copy; drop it before `close`."""
        return self._arrays[section]

    def text_starts(self) -> npt.NDArray[np.int64]:
        """Return where each file starts in the text. Shape `(file_count + 1,)`."""
        return self._text_starts

    def definition_starts(self) -> npt.NDArray[np.int64]:
        """Return the first definition of each file. Shape `(file_count + 1,)`."""
        return self._definition_starts

    def path_of(self, index: int) -> str:
        """Return the path of a file."""
        row = self._arrays[Section.FILES][index]
        path = self._name(int(row["path_offset"]), int(row["path_size"]))
        if not path or path.startswith("/") or {"", ".", ".."} & set(path.split("/")):
            raise VolumeCorruptError(self.path, f"file {index} has the path {path!r}")
        return path

    def entry(self, index: int) -> FileEntry:
        """Return what is known about a file."""
        row = self._arrays[Section.FILES][index]
        return FileEntry(
            path=self.path_of(index),
            language=LANGUAGES[int(row["language"])],
            size_bytes=int(row["size_bytes"]),
            sha256=row["sha256"].tobytes().hex(),
            encoding=self._name(int(row["encoding_offset"]), int(row["encoding_size"])),
            has_bom=bool(row["has_bom"]),
            line_count=int(row["line_count"]),
            parse_status=PARSE_STATUSES[int(row["parse_status"])],
        )

    def text(self, index: int) -> bytes:
        """Return the raw bytes of a file.

        Raises:
            VolumeCorruptError: The bytes are not those that were indexed.
        """
        begin = self._start_by_section[Section.TEXT]
        start, end = int(self._text_starts[index]), int(self._text_starts[index + 1])
        text = self._map[begin + start : begin + end]
        if zlib.crc32(text) != int(self._arrays[Section.FILES]["crc32"][index]):
            raise VolumeCorruptError(self.path, f"text of file {index} is damaged")
        return text

    def line_starts(self, index: int) -> npt.NDArray[np.uint32]:
        """Return the byte offset of each line of a file. Shape `(line_count,)`, a view."""
        lines = self._arrays[Section.LINES]
        return lines[int(self._line_starts[index]) : int(self._line_starts[index + 1])]

    def definitions(self, index: int) -> list[Definition]:
        """Return the definitions of a file, by start, outer before inner."""
        path = self.path_of(index)
        first, end = int(self._definition_starts[index]), int(self._definition_starts[index + 1])
        rows = self._arrays[Section.DEFINITIONS][first:end].tolist()
        return [self._definition(path, row) for row in rows]

    def definition(self, index: int) -> tuple[int, Definition]:
        """Return the file of a definition and the definition, by its index in the volume."""
        file = int(np.searchsorted(self._definition_starts, index, side="right")) - 1
        row = self._arrays[Section.DEFINITIONS][index].tolist()
        return file, self._definition(self.path_of(file), row)

    def check_text(self) -> None:
        """Check the text as a whole, once, before a search believes it.

        Raises:
            VolumeCorruptError: The text is damaged.
        """
        if not self._is_text_checked:
            self._check_crc32(Section.TEXT)
            self._check_crc32(Section.FOLDED)
            self._is_text_checked = True

    def text_block(self, start: int, size_bytes: int, *, is_folded: bool) -> bytes:
        """Return a copy of a part of the text of the volume, shorter at its end."""
        section = Section.FOLDED if is_folded else Section.TEXT
        begin = self._start_by_section[section]
        end = min(start + size_bytes, int(self._text_starts[-1]))
        return self._map[begin + start : begin + end]

    def close(self) -> None:
        """Give the map back."""
        self._arrays = {}
        try:
            self._map.close()
        except BufferError:
            # A search in another thread still holds a view; the map goes with it.
            return

    def _check_crc32(self, section: Section) -> None:
        start = self._start_by_section[section]
        end = start + self._arrays[section].nbytes
        with memoryview(self._map) as view, view[start:end] as part:
            crc32 = zlib.crc32(part)
        if crc32 != self._crc32_by_section[section]:
            raise VolumeCorruptError(self.path, f"section {section.name.lower()} is damaged")

    def _name(self, offset: int, size: int) -> str:
        return self._decoded(self._start_by_section[Section.NAMES] + offset, size)

    def _decoded(self, start: int, size: int) -> str:
        try:
            return self._map[start : start + size].decode("utf-8")
        except UnicodeDecodeError as error:
            raise VolumeCorruptError(self.path, f"a name at {start} is not UTF-8") from error

    def _definition(self, path: str, row: tuple[int, ...]) -> Definition:
        (
            kind,
            parent,
            start_byte,
            end_byte,
            name_start_byte,
            name_end_byte,
            start_line,
            end_line,
            symbol_offset,
            symbol_size,
            qualified_offset,
            qualified_size,
        ) = row
        return Definition(
            path=path,
            kind=KINDS[kind],
            name=self._decoded(
                self._start_by_section[Section.SYMBOLS] + symbol_offset, symbol_size
            ),
            qualified_name=self._name(qualified_offset, qualified_size),
            start_byte=start_byte,
            end_byte=end_byte,
            start_line=start_line,
            end_line=end_line,
            name_start_byte=name_start_byte,
            name_end_byte=name_end_byte,
            parent=None if parent < 0 else parent,
        )


def _mapped(path: Path) -> mmap.mmap:
    try:
        fd = os.open(path, _OPEN_FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise VolumeCorruptError(path, error.strerror or str(error)) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise VolumeCorruptError(path, "not a regular file")
        if status.st_size < HEADER_SIZE_BYTES:
            raise VolumeCorruptError(path, f"{status.st_size} bytes are too short for a header")
        return mmap.mmap(fd, status.st_size, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise VolumeCorruptError(path, f"can not be mapped: {error}") from error
    finally:
        os.close(fd)


def _checked_header(
    path: Path, mapped: mmap.mmap, generation: int, header_crc32: int
) -> list[tuple[int, int, int]]:
    """Return (offset, size in bytes, CRC32) of every section."""
    magic, version, section_count, stored_generation, size_bytes = HEADER.unpack_from(mapped)
    if magic != MAGIC:
        raise VolumeCorruptError(path, "not a volume")
    if version != FORMAT_VERSION:
        raise VolumeVersionError(path, f"format {version}, this build reads {FORMAT_VERSION}")
    checked_bytes = HEADER.size + SECTION.size * len(Section)
    (crc32,) = HEADER_CRC.unpack_from(mapped, checked_bytes)
    is_intact = zlib.crc32(mapped[:checked_bytes]) == crc32
    padding = mapped[checked_bytes + HEADER_CRC.size : HEADER_SIZE_BYTES]
    if not is_intact or any(padding) or section_count != len(Section):
        raise VolumeCorruptError(path, "header is damaged")
    if crc32 != header_crc32 or stored_generation != generation:
        raise VolumeCorruptError(path, f"belongs to another index, generation {stored_generation}")
    if size_bytes != len(mapped):
        raise VolumeCorruptError(path, f"{len(mapped)} bytes, but was written with {size_bytes}")
    return _checked_sections(path, mapped)


def _checked_sections(path: Path, mapped: mmap.mmap) -> list[tuple[int, int, int]]:
    rows = []
    end = HEADER_SIZE_BYTES
    for section in Section:
        place = HEADER.size + section * SECTION.size
        offset, size, crc32, zero = SECTION.unpack_from(mapped, place)
        # Each starts where the one before ends, so none can reach into another.
        if offset != end or size > len(mapped) - offset or zero:
            raise VolumeCorruptError(path, f"section {section.name.lower()} is out of place")
        if size % DTYPE_BY_SECTION[section].itemsize:
            raise VolumeCorruptError(path, f"section {section.name.lower()} ends inside a row")
        end = aligned(offset + size)
        if any(mapped[offset + size : end]):
            raise VolumeCorruptError(path, f"padding behind {section.name.lower()} is not zero")
        rows.append((offset, size, crc32))
    text_size, folded_size = rows[Section.TEXT][1], rows[Section.FOLDED][1]
    if end != len(mapped) or text_size != folded_size or text_size > TEXT_SIZE_BYTES_MAX:
        raise VolumeCorruptError(path, "sections do not fill the file")
    return rows


def _array(mapped: mmap.mmap, section: Section, row: tuple[int, int, int]) -> npt.NDArray[Any]:
    offset, size, _ = row
    dtype = DTYPE_BY_SECTION[section]
    return np.frombuffer(mapped, dtype=dtype, count=size // dtype.itemsize, offset=offset)


def _starts(counts: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
