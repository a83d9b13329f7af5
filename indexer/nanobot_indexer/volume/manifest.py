"""The manifest: which segments make up the current generation.

One JSON document with its own checksum. It is small, and the only file of the
index that is ever replaced.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.errors import IndexMissingError, VolumeCorruptError, VolumeVersionError
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.volume.container import Sealed, container_size_bytes
from nanobot_indexer.volume.folder import (
    MANIFEST_NAME,
    memo_name,
    skipped_name,
    tables_name,
    volume_name,
)
from nanobot_indexer.volume.format import (
    CHUNKS_PER_SEGMENT_MAX,
    FORMAT_VERSION,
    SEGMENT_TEXT_BYTES_MAX,
    Revision,
)
from nanobot_indexer.volume.index_file import index_file

MANIFEST_SIZE_BYTES_MAX: Final = 64 * 1024 * 1024
NUMBER_LIMIT: Final = 10**12
"""Generations and segments are counted; nobody counts that far."""
SEGMENTS_MAX: Final = 100_000
TABLES_SIZE_BYTES_MIN: Final = 64 * 1024 * 1024
"""Tables may be this large, whatever the text."""
TABLES_PER_TEXT_MAX: Final = 16
"""Bytes of tables per byte of text beyond that. Lines like `a=1` need 5."""


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """What the manifest says about one segment."""

    number: int
    """Never used twice in a folder."""
    revision: int
    volume_size_bytes: int
    volume_crc32: int
    """Of the header, which holds the CRC-32 of everything else."""
    tables_size_bytes: int
    tables_crc32: int
    file_count: int
    """Dead files included, as in the other counts."""
    chunk_count: int
    definition_count: int
    text_bytes: int
    dead_text_bytes: int
    dead_definition_count: int
    dead: str
    """One bit per file, base64; empty when all are alive."""

    @property
    def volume(self) -> Sealed:
        """What the volume must be."""
        return Sealed(self.volume_size_bytes, self.volume_crc32)

    @property
    def tables(self) -> Sealed:
        """What the file of tables must be."""
        return Sealed(self.tables_size_bytes, self.tables_crc32)

    @property
    def volume_name(self) -> str:
        """The file with the text."""
        return volume_name(self.number)

    @property
    def tables_name(self) -> str:
        """The file with the tables."""
        return tables_name(self.number, self.revision)

    def dead_files(self) -> npt.NDArray[np.bool_] | None:
        """Return one flag per file; None when all are alive.

        Raises:
            ValueError: It is not one bit per file.
        """
        if not self.dead:
            return None
        packed = np.frombuffer(base64.b64decode(self.dead, validate=True), dtype=np.uint8)
        if len(packed) != -(-self.file_count // 8):
            msg = f"segment {self.number} has {len(packed)} bytes of dead files"
            raise ValueError(msg)
        return np.unpackbits(packed, count=self.file_count).astype(np.bool_)


def encoded_dead(dead: npt.NDArray[np.bool_]) -> str:
    """Return dead files as the manifest stores them."""
    return base64.b64encode(np.packbits(dead).tobytes()).decode("ascii") if dead.any() else ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation of the index."""

    generation: int
    """Counts up with every publish."""
    segments: tuple[SegmentRecord, ...]
    skipped_size_bytes: int
    skipped_crc32: int
    memo_size_bytes: int
    """Of what the last walk saw; 0 when it proves nothing."""
    memo_crc32: int
    syntax_version: int
    options: Mapping[str, float]
    """The limits it was made with."""

    @property
    def file_count(self) -> int:
        """How many files the generation holds."""
        return sum(one.file_count for one in self.segments) - sum(
            0 if (dead := one.dead_files()) is None else int(dead.sum()) for one in self.segments
        )

    @property
    def definition_count(self) -> int:
        """How many definitions the generation holds."""
        return sum(one.definition_count - one.dead_definition_count for one in self.segments)

    @property
    def text_bytes(self) -> int:
        """How much text the generation holds."""
        return sum(one.text_bytes - one.dead_text_bytes for one in self.segments)

    @property
    def has_syntax(self) -> bool:
        """Whether the definitions of every segment are known."""
        return all(one.revision >= Revision.SYNTAX for one in self.segments)

    def encoded(self) -> bytes:
        """Return the bytes of the file."""
        body = asdict(self) | {"format": FORMAT_VERSION}
        return _canonical({"body": body, "crc32": zlib.crc32(_canonical(body))}) + b"\n"


def options_of_manifest(options: IndexOptions) -> dict[str, float]:
    """Return the limits as the manifest stores them. The number of workers is no limit."""
    return {name: value for name, value in asdict(options).items() if name != "parse_workers"}


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the current generation.

    Args:
        folder: The folder of the index.

    Raises:
        IndexMissingError: There is none.
        IndexUnreadableError: The process is out of descriptors or memory.
        VolumeCorruptError: It is damaged.
        VolumeVersionError: Another version of the format wrote it.
    """
    path = folder / MANIFEST_NAME
    try:
        content = read_index_file(path, MANIFEST_SIZE_BYTES_MAX)
    except FileNotFoundError as error:
        raise IndexMissingError(folder.parent.parent) from error
    try:
        document = json.loads(content)
        body = document["body"]
        if zlib.crc32(_canonical(body)) != document["crc32"]:
            raise VolumeCorruptError(path, "checksum does not match")
        version = body.pop("format")
        if version != FORMAT_VERSION:
            raise VolumeVersionError(path, f"format {version}, this build reads {FORMAT_VERSION}")
        segments = tuple(SegmentRecord(**row) for row in body.pop("segments"))
        manifest = Manifest(**body, segments=segments)
        _check(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VolumeCorruptError(path, f"not a manifest: {error}") from error
    return manifest


def read_index_file(path: Path, size_bytes_max: int) -> bytes:
    """Return the content of a file of the index that is read as a whole.

    Raises:
        FileNotFoundError: There is no such file.
        IndexUnreadableError: The process is out of descriptors or memory.
        VolumeCorruptError: It is not a regular file of at most that size.
    """
    with index_file(path) as (fd, status):
        if status.st_size > size_bytes_max:
            raise VolumeCorruptError(path, f"not a file of at most {size_bytes_max} bytes")
        with open(fd, "rb", closefd=False) as file:
            # Never more than the file has: `read` takes that much memory first.
            return file.read(status.st_size)


def files_of(manifest: Manifest) -> frozenset[str]:
    """Return the names of all files of a generation, without the manifest itself."""
    names = {skipped_name(manifest.generation)}
    if manifest.memo_size_bytes:
        names.add(memo_name(manifest.generation))
    for segment in manifest.segments:
        names |= {segment.volume_name, segment.tables_name}
    return frozenset(names)


def tables_size_bytes_max(text_bytes: int) -> int:
    """Return how large the tables of a text may be."""
    return TABLES_SIZE_BYTES_MIN + TABLES_PER_TEXT_MAX * text_bytes


def _check(manifest: Manifest) -> None:
    """Check the fields that others rely on.

    Raises:
        ValueError: One of them is not what it must be.
    """
    numbers = [
        manifest.generation,
        manifest.skipped_size_bytes,
        manifest.skipped_crc32,
        manifest.memo_size_bytes,
        manifest.memo_crc32,
        manifest.syntax_version,
    ]
    if not isinstance(manifest.options, dict) or len(manifest.segments) > SEGMENTS_MAX:
        msg = "options are missing, or there are too many segments"
        raise ValueError(msg)
    for segment in manifest.segments:
        row = asdict(segment)
        if not isinstance(row.pop("dead"), str) or segment.revision not in tuple(Revision):
            msg = f"segment {segment.number} is incomplete"
            raise ValueError(msg)
        numbers += row.values()
    if not all(type(number) is int and 0 <= number < NUMBER_LIMIT for number in numbers):
        msg = "a count is not a number, or out of range"
        raise ValueError(msg)
    if len({segment.number for segment in manifest.segments}) != len(manifest.segments):
        msg = "a segment is named twice"
        raise ValueError(msg)
    for segment in manifest.segments:
        is_small = (
            segment.text_bytes <= SEGMENT_TEXT_BYTES_MAX
            and segment.chunk_count <= CHUNKS_PER_SEGMENT_MAX
            and segment.dead_text_bytes <= segment.text_bytes
            and segment.dead_definition_count <= segment.definition_count
            # Sizes that a disk need not have: a file may be all hole.
            and segment.volume_size_bytes == container_size_bytes([segment.text_bytes])
            and segment.tables_size_bytes <= tables_size_bytes_max(segment.text_bytes)
        )
        if not is_small:
            msg = f"segment {segment.number} has impossible counts"
            raise ValueError(msg)
        segment.dead_files()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
