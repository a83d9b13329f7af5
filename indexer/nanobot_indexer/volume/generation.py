"""One generation in the making: its volumes, its skipped files, then the manifest.

Nobody sees any of it before the manifest is replaced. Whatever ends the work
early removes what was written and leaves the old generation.
"""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nanobot_indexer.errors import VolumeCorruptError
from nanobot_indexer.syntax.definition import DefinitionRange, ParseStatus
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.folder import (
    MANIFEST_NAME,
    SKIPPED_SUFFIX,
    VOLUME_SUFFIX,
    skipped_name,
    volume_name,
)
from nanobot_indexer.volume.manifest import Manifest, files_of, read_index_file
from nanobot_indexer.volume.publish import TEMPORARY_SUFFIX, PendingFile
from nanobot_indexer.volume.segment_writer import SealedSegment, SegmentWriter
from nanobot_indexer.workspace.skip import Skipped, SkipReason
from nanobot_indexer.workspace.source import Source

SKIPPED_SIZE_BYTES_MAX: Final = 512 * 1024 * 1024

# Anyone can put a file there; a number this long was not counted up by us.
_GENERATION: Final = re.compile(r"[0-9]{1,12}")


class GenerationWriter:
    """Writes one generation. Use it in a `with` block, holding the index lock."""

    def __init__(self, folder: Path, *, generation: int) -> None:
        self._folder = folder
        self._generation = generation
        self._sealed: list[SealedSegment] = []
        self._segment: SegmentWriter | None = None
        self._written: list[Path] = []
        self._is_published = False

    def has_room_for(self, size_bytes: int) -> bool:
        """Tell whether a file fits into the volume being written."""
        return self._segment is None or self._segment.has_room_for(size_bytes)

    def add(self, source: Source, language: Language) -> int:
        """Write one file; return its index in the volume being written.

        Raises:
            IndexWriteError: The disk refused.
        """
        if self._segment is None:
            path = self._folder / volume_name(self._generation, len(self._sealed))
            self._written.append(path)
            self._segment = SegmentWriter(path, generation=self._generation)
        return self._segment.add(source, language)

    def set_definitions(
        self, index: int, definitions: Sequence[DefinitionRange], status: ParseStatus
    ) -> None:
        """Say what is known about the syntax of a file of the volume being written."""
        assert self._segment is not None
        self._segment.set_definitions(index, definitions, status)

    def seal_segment(self) -> None:
        """End the volume being written. All its definitions must have been set.

        Raises:
            IndexWriteError: The disk refused.
        """
        if self._segment is None:
            return
        self._sealed.append(self._segment.seal())
        self._segment.close()
        self._segment = None

    def publish(
        self,
        skipped: Sequence[Skipped],
        *,
        workspace_digest: str,
        syntax_version: int,
        options: Mapping[str, float],
    ) -> Manifest:
        """Make this the current generation and remove older ones.

        Raises:
            IndexWriteError: The disk refused.
        """
        self.seal_segment()
        rows = [(one.path, one.reason, one.detail) for one in skipped]
        content = json.dumps(rows, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        path = self._folder / skipped_name(self._generation)
        self._written.append(path)
        _write_whole(path, content)
        manifest = Manifest(
            self._generation,
            tuple(self._sealed),
            len(content),
            zlib.crc32(content),
            workspace_digest,
            syntax_version,
            options,
        )
        with PendingFile(self._folder / MANIFEST_NAME) as file:
            file.write(manifest.encoded(), offset=0)
            try:
                file.publish()
            finally:
                # From the rename on, the manifest needs what was written.
                self._is_published = file.is_published
        remove_files_except(self._folder, files_of(manifest))
        return manifest

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._segment is not None:
            self._segment.close()
        if not self._is_published:
            for path in self._written:
                path.unlink(missing_ok=True)


def remove_files_except(folder: Path, kept: frozenset[str]) -> None:
    """Remove what crashed writers and older generations left behind.

    Readers keep what they have mapped. A file that can not be removed is tried
    again by the next writer.
    """
    suffixes = (VOLUME_SUFFIX, SKIPPED_SUFFIX, TEMPORARY_SUFFIX)
    for path in folder.iterdir():
        if path.name.endswith(suffixes) and path.name not in kept:
            try:
                path.unlink()
            except OSError:
                continue


def highest_generation(folder: Path) -> int:
    """Return the highest generation that any file in the folder is named after, or 0."""
    numbers = [path.name.partition("-")[0] for path in folder.iterdir()]
    return max((int(number) for number in numbers if _GENERATION.fullmatch(number)), default=0)


def read_skipped(folder: Path, manifest: Manifest) -> bytes:
    """Return the checked bytes of the list of skipped files, for `decoded_skipped`.

    Raises:
        VolumeCorruptError: The list is damaged.
        FileNotFoundError: A newer generation replaced it.
    """
    path = folder / skipped_name(manifest.generation)
    content = read_index_file(path, SKIPPED_SIZE_BYTES_MAX)
    if len(content) != manifest.skipped_size_bytes or zlib.crc32(content) != manifest.skipped_crc32:
        raise VolumeCorruptError(path, "checksum does not match")
    return content


def decoded_skipped(content: bytes, path: Path) -> tuple[Skipped, ...]:
    """Return the skipped files of a generation.

    Args:
        content: From `read_skipped`.
        path: For the message of the error.

    Raises:
        VolumeCorruptError: It is not such a list.
    """
    try:
        return tuple(
            Skipped(str(skipped_path), SkipReason(reason), str(detail))
            for skipped_path, reason, detail in json.loads(content)
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise VolumeCorruptError(path, f"not a list of skipped files: {error}") from error


def _write_whole(path: Path, content: bytes) -> None:
    with PendingFile(path) as file:
        file.write(content, offset=0)
        file.publish()
