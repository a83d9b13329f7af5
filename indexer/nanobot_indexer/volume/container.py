"""The one container of all index files: a header, then named sections.

    magic, version, section count, file size
    per section: kind, CRC-32, offset, size
    CRC-32 of all of the above
    sections, each starting at a multiple of 8, zeros between

All numbers are little-endian. The header is checked when a file is opened, which
costs the same for every size. A section is checked when it is first used: the
header holds its CRC-32, and whoever names the file holds the CRC-32 of the
header, so a swapped or older file is found as well.
"""

import mmap
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import (
    IndexClosedError,
    VolumeCorruptError,
    VolumeError,
    VolumeVersionError,
)
from nanobot_indexer.volume.index_file import index_file
from nanobot_indexer.volume.publish import PendingFile

ALIGNMENT_BYTES: Final = 8
SECTIONS_MAX: Final = 64

_HEADER: Final = struct.Struct("<8sIIQ")  # magic, version, section count, file size in bytes
_SECTION: Final = struct.Struct("<IIQQ")  # kind, CRC-32, offset, size in bytes
_CRC: Final = struct.Struct("<II")  # CRC-32 of all before, zero

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Sealed:
    """What has to be remembered about a written container."""

    size_bytes: int
    header_crc32: int


def write_container(
    path: Path, *, magic: bytes, version: int, sections: Iterable[tuple[int, Buffer]]
) -> Sealed:
    """Write a container and give it its name. The folder is synced by the caller.

    Args:
        path: The final name.
        magic: 8 bytes that say what kind of file this is.
        version: Of the format.
        sections: (kind, content), at most `SECTIONS_MAX`.

    Raises:
        IndexWriteError: The disk refused; nothing has the final name.
    """
    contents = list(sections)
    assert len(magic) == 8
    assert len(contents) <= SECTIONS_MAX
    offset = _header_size_bytes(len(contents))
    rows = []
    places = []
    for kind, content in contents:
        size_bytes = memoryview(content).nbytes
        rows.append(_SECTION.pack(kind, zlib.crc32(content), offset, size_bytes))
        places.append(offset)
        offset = _aligned(offset + size_bytes)
    header = _HEADER.pack(magic, version, len(contents), offset) + b"".join(rows)
    header_crc32 = zlib.crc32(header)
    with PendingFile(path) as file:
        file.reserve(offset)
        file.write(header + _CRC.pack(header_crc32, 0), offset=0)
        for place, (_, content) in zip(places, contents, strict=True):
            file.write(content, offset=place)
        file.publish(is_folder_synced=False)
    return Sealed(offset, header_crc32)


class Container:
    """An open container, mapped read-only. Close it.

    Raises:
        FileNotFoundError: There is no such file.
        IndexUnreadableError: The process is out of descriptors or memory.
        VolumeCorruptError: It is not the container it should be.
        VolumeVersionError: Another version of the format wrote it.
    """

    def __init__(self, path: Path, *, magic: bytes, version: int, sealed: Sealed) -> None:
        self.path = path
        self._map = _mapped(path, sealed.size_bytes)
        try:
            self._place_by_kind = self._checked(magic, version, sealed)
        except VolumeError:
            self._map.close()
            raise
        self._checked_kinds: set[int] = set()

    def size_bytes(self, kind: int) -> int:
        """Return the size of a section; 0 when there is none."""
        return self._place_by_kind.get(kind, (0, 0, 0))[1]

    def section(self, kind: int) -> memoryview:
        """Return a section, checked once: a view of the map, to be dropped before `close`.

        Raises:
            VolumeCorruptError: It is missing, or its bytes are not those that were written.
            IndexClosedError: The map was given back.
        """
        place = self._place_by_kind.get(kind)
        if place is None:
            raise VolumeCorruptError(self.path, f"section {kind} is missing")
        if self._map.closed:
            raise IndexClosedError(self.path)
        offset, size_bytes, crc32 = place
        view = memoryview(self._map)[offset : offset + size_bytes]
        if kind not in self._checked_kinds:
            if zlib.crc32(view) != crc32:
                raise VolumeCorruptError(self.path, f"section {kind} is damaged")
            self._checked_kinds.add(kind)
        return view

    @property
    def kinds(self) -> Iterable[int]:
        """The sections that are there."""
        return self._place_by_kind.keys()

    def map_of(self, kind: int) -> tuple[mmap.mmap, int, int]:
        """Return the map, and where a checked section starts and ends in it."""
        self.section(kind).release()
        offset, size_bytes, _ = self._place_by_kind[kind]
        return self._map, offset, offset + size_bytes

    def close(self) -> None:
        """Give the map back."""
        try:
            self._map.close()
        except BufferError:
            # A search in another thread still holds a view; the map goes with it.
            return

    def _checked(
        self, magic: bytes, version: int, sealed: Sealed
    ) -> Mapping[int, tuple[int, int, int]]:
        mapped, path = self._map, self.path
        found_magic, found_version, count, size_bytes = _HEADER.unpack_from(mapped)
        if found_magic != magic:
            raise VolumeCorruptError(path, f"starts with {found_magic!r}, should with {magic!r}")
        if found_version != version:
            raise VolumeVersionError(path, f"format {found_version}, this build reads {version}")
        if count > SECTIONS_MAX or _header_size_bytes(count) > len(mapped):
            raise VolumeCorruptError(path, "header is damaged")
        end = _HEADER.size + count * _SECTION.size
        crc32, zero = _CRC.unpack_from(mapped, end)
        if zlib.crc32(mapped[:end]) != crc32 or zero:
            raise VolumeCorruptError(path, "header is damaged")
        if crc32 != sealed.header_crc32:
            raise VolumeCorruptError(path, "belongs to another generation")
        if size_bytes != len(mapped):
            raise VolumeCorruptError(path, f"{len(mapped)} bytes, was written with {size_bytes}")
        return self._places(count)

    def _places(self, count: int) -> Mapping[int, tuple[int, int, int]]:
        places: dict[int, tuple[int, int, int]] = {}
        end = _header_size_bytes(count)
        for number in range(count):
            row = _SECTION.unpack_from(self._map, _HEADER.size + number * _SECTION.size)
            kind, crc32, offset, size_bytes = row
            # Each starts where the one before ends, so none can reach into another.
            if offset != end or size_bytes > len(self._map) - offset or kind in places:
                raise VolumeCorruptError(self.path, f"section {kind} is out of place")
            end = _aligned(offset + size_bytes)
            places[kind] = (offset, size_bytes, crc32)
        if end != len(self._map):
            raise VolumeCorruptError(self.path, "sections do not fill the file")
        return places


def container_size_bytes(section_sizes: Sequence[int]) -> int:
    """Return the size of a container with sections of these sizes in bytes."""
    return _header_size_bytes(len(section_sizes)) + sum(map(_aligned, section_sizes))


def _header_size_bytes(section_count: int) -> int:
    return _HEADER.size + section_count * _SECTION.size + _CRC.size


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def _mapped(path: Path, size_bytes: int) -> mmap.mmap:
    with index_file(path) as (fd, status):
        if status.st_size != size_bytes or size_bytes < _header_size_bytes(0):
            raise VolumeCorruptError(path, f"{status.st_size} bytes, should have {size_bytes}")
        try:
            return mmap.mmap(fd, size_bytes, access=mmap.ACCESS_READ)
        except ValueError as error:
            # Somebody made it shorter since.
            raise VolumeCorruptError(path, str(error)) from error


# Sections are mapped as arrays of up to 8 bytes an item, so they must start aligned.
assert _HEADER.size % ALIGNMENT_BYTES == 0
assert _SECTION.size % ALIGNMENT_BYTES == 0
assert _CRC.size % ALIGNMENT_BYTES == 0
