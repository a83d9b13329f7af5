"""The manifest: which files make up the current generation.

One JSON document with its own checksum. It is small, and the only file of the
index that is ever replaced.
"""

import json
import os
import stat
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_indexer.errors import IndexMissingError, VolumeCorruptError, VolumeVersionError
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.volume.folder import MANIFEST_NAME, skipped_name, volume_name
from nanobot_indexer.volume.format import FORMAT_VERSION
from nanobot_indexer.volume.segment_writer import SealedSegment

MANIFEST_SIZE_BYTES_MAX: Final = 1024 * 1024
GENERATION_LIMIT: Final = 10**12

_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation of the index."""

    generation: int
    """Counts up with every ingest that changed something."""
    segments: tuple[SealedSegment, ...]
    skipped_size_bytes: int
    skipped_crc32: int
    workspace_digest: str
    """Of the listing it was made from; empty when it proves nothing."""
    syntax_version: int
    options: Mapping[str, float]
    """The limits it was made with."""

    @property
    def file_count(self) -> int:
        """How many files the generation holds."""
        return sum(segment.file_count for segment in self.segments)

    @property
    def definition_count(self) -> int:
        """How many definitions the generation holds."""
        return sum(segment.definition_count for segment in self.segments)

    @property
    def text_bytes(self) -> int:
        """How much text the generation holds."""
        return sum(segment.text_bytes for segment in self.segments)

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
        segments = tuple(SealedSegment(**row) for row in body.pop("segments"))
        manifest = Manifest(**body, segments=segments)
        _check(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VolumeCorruptError(path, f"not a manifest: {error}") from error
    return manifest


def read_index_file(path: Path, size_bytes_max: int) -> bytes:
    """Return the content of a file of the index that is read as a whole.

    Raises:
        FileNotFoundError: There is no such file.
        VolumeCorruptError: It is not a regular file of at most that size.
    """
    try:
        fd = os.open(path, _OPEN_FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise VolumeCorruptError(path, error.strerror or str(error)) from error
    with open(fd, "rb") as file:  # noqa: PTH123 - a descriptor, not a path.
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > size_bytes_max:
            raise VolumeCorruptError(path, f"not a file of at most {size_bytes_max} bytes")
        try:
            return file.read(size_bytes_max)
        except OSError as error:
            raise VolumeCorruptError(path, error.strerror or str(error)) from error


def _check(manifest: Manifest) -> None:
    """Check the fields that others rely on.

    Raises:
        ValueError: One of them is not what it must be.
    """
    numbers = [manifest.generation, manifest.skipped_size_bytes, manifest.skipped_crc32]
    for number, segment in enumerate(manifest.segments):
        # The name is a path that gets opened, so it is computed and not believed.
        if segment.name != volume_name(manifest.generation, number):
            msg = f"volume {number} has the name {segment.name!r}"
            raise ValueError(msg)
        numbers += [segment.size_bytes, segment.header_crc32, segment.file_count]
        numbers += [segment.definition_count, segment.text_bytes]
    if not all(type(number) is int and number >= 0 for number in numbers):
        msg = "a count is not a number"
        raise ValueError(msg)
    if manifest.generation >= GENERATION_LIMIT:
        msg = f"generation {manifest.generation} is out of range"
        raise ValueError(msg)
    has_digest = isinstance(manifest.workspace_digest, str)
    if not has_digest or not isinstance(manifest.options, dict):
        msg = "digest or options are missing"
        raise ValueError(msg)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def files_of(manifest: Manifest) -> frozenset[str]:
    """Return the names of all files of a generation, without the manifest itself."""
    names = {segment.name for segment in manifest.segments}
    return frozenset(names | {skipped_name(manifest.generation)})
