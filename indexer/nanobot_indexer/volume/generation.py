"""One generation in the making: new segments, changed segments, then the manifest.

Nobody sees any of it before the manifest is replaced. Whatever ends the work
early leaves the old generation, and files that the next writer removes.
"""

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.errors import IndexWriteError, VolumeCorruptError
from nanobot_indexer.volume.container import write_container
from nanobot_indexer.volume.folder import (
    MANIFEST_NAME,
    MEMO_SUFFIX,
    SKIPPED_SUFFIX,
    TABLES_SUFFIX,
    VOLUME_SUFFIX,
    memo_name,
    skipped_name,
    tables_name,
    volume_name,
)
from nanobot_indexer.volume.format import (
    FORMAT_VERSION,
    TABLES_MAGIC,
    TEXT_SECTION,
    VOLUME_MAGIC,
    Revision,
    Section,
)
from nanobot_indexer.volume.manifest import (
    NUMBER_LIMIT,
    Manifest,
    SegmentRecord,
    encoded_dead,
    files_of,
    read_index_file,
)
from nanobot_indexer.volume.packing import packed
from nanobot_indexer.volume.publish import TEMPORARY_SUFFIX, PendingFile, sync_folder
from nanobot_indexer.workspace.skip import Skipped, SkipReason

SKIPPED_SIZE_BYTES_MAX: Final = 64 * 1024 * 1024
MEMO_SIZE_BYTES_MAX: Final = 512 * 1024 * 1024

_SUFFIXES: Final = (VOLUME_SUFFIX, TABLES_SUFFIX, MEMO_SUFFIX, SKIPPED_SUFFIX, TEMPORARY_SUFFIX)
# Anyone can put a file there; a number this long was not counted up by us.
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_NUMBER_BELIEVED_MAX: Final = NUMBER_LIMIT // 2

Arrays = Mapping[Section, npt.NDArray[Any]]


class GenerationWriter:
    """Writes segments and generations. The caller holds the index lock.

    It counts on from the highest number in the folder, so it is made before anything
    there is removed: a reader tells generations apart by their numbers.

    Raises:
        IndexWriteError: The folder can not be listed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last_number = highest_number(folder)

    def add(self, text: bytes, arrays: Arrays, revision: Revision) -> SegmentRecord:
        """Write a new segment.

        Raises:
            IndexWriteError: The disk refused.
        """
        self._last_number += 1
        number = self._last_number
        volume = write_container(
            self._folder / volume_name(number),
            magic=VOLUME_MAGIC,
            version=FORMAT_VERSION,
            sections=[(TEXT_SECTION, text)],
        )
        empty = SegmentRecord(
            number=number,
            revision=0,
            volume_size_bytes=volume.size_bytes,
            volume_crc32=volume.header_crc32,
            tables_size_bytes=0,
            tables_crc32=0,
            file_count=len(arrays[Section.FILES]),
            chunk_count=0,
            definition_count=0,
            text_bytes=len(text),
            dead_text_bytes=0,
            dead_definition_count=0,
            dead="",
        )
        return self.add_tables(empty, arrays, revision)

    def add_tables(
        self, record: SegmentRecord, arrays: Arrays, revision: Revision
    ) -> SegmentRecord:
        """Write another revision of the tables of a segment; return its new record.

        Raises:
            IndexWriteError: The disk refused.
        """
        sealed = write_container(
            self._folder / tables_name(record.number, revision),
            magic=TABLES_MAGIC,
            version=FORMAT_VERSION,
            sections=[(section, packed(section, rows)) for section, rows in arrays.items()],
        )
        changed = replace(
            record,
            revision=int(revision),
            tables_size_bytes=sealed.size_bytes,
            tables_crc32=sealed.header_crc32,
            chunk_count=len(arrays[Section.CHUNKS]),
            definition_count=len(arrays[Section.DEFINITIONS]),
        )
        dead = record.dead_files()
        return changed if dead is None else with_dead(changed, dead, arrays[Section.FILES])

    def publish(
        self,
        segments: Sequence[SegmentRecord],
        skipped: Sequence[Skipped],
        *,
        memo: bytes,
        syntax_version: int,
        options: Mapping[str, float],
    ) -> Manifest:
        """Make this the current generation and remove what it does not need.

        Raises:
            IndexWriteError: The disk refused; the old generation is intact.
        """
        self._last_number += 1
        generation = self._last_number
        listed = encoded_skipped(skipped)
        _write_whole(self._folder / skipped_name(generation), listed)
        if len(memo) > MEMO_SIZE_BYTES_MAX:
            memo = b""
        if memo:
            _write_whole(self._folder / memo_name(generation), memo)
        manifest = Manifest(
            generation,
            tuple(segments),
            len(listed),
            zlib.crc32(listed),
            len(memo),
            zlib.crc32(memo),
            syntax_version,
            options,
        )
        # The names of everything before the name that makes them count.
        sync_folder(self._folder)
        _write_whole(self._folder / MANIFEST_NAME, manifest.encoded(), is_folder_synced=True)
        remove_files_except(self._folder, files_of(manifest))
        return manifest


def with_dead(
    record: SegmentRecord, dead: npt.NDArray[np.bool_], files: npt.NDArray[Any]
) -> SegmentRecord:
    """Return a record with other dead files.

    Args:
        record: Of the segment.
        dead: One flag per file.
        files: The FILES section of its tables.
    """
    return replace(
        record,
        dead=encoded_dead(dead),
        dead_text_bytes=int(files["size_bytes"][dead].sum(dtype=np.int64)),
        dead_definition_count=int(files["definition_count"][dead].sum(dtype=np.int64)),
    )


def remove_files_except(folder: Path, kept: frozenset[str]) -> None:
    """Remove what crashed writers and older generations left behind.

    Readers keep what they have mapped. A file that can not be removed, or a folder
    that can not be listed, is tried again by the next writer.
    """
    try:
        paths = list(folder.iterdir())
    except OSError:
        return
    for path in paths:
        if path.name.endswith(_SUFFIXES) and path.name not in kept:
            try:
                path.unlink()
            except OSError:
                continue


def highest_number(folder: Path) -> int:
    """Return the highest number that a file of ours in the folder is named after, or 0.

    What is not named like one of ours is never removed, so it can not be counted on from:
    beyond the limit, numbers would be used again.

    Raises:
        IndexWriteError: The folder can not be listed.
    """
    try:
        names = [path.name for path in folder.iterdir() if path.name.endswith(_SUFFIXES)]
    except OSError as error:
        raise IndexWriteError(folder, error.strerror or str(error)) from error
    stems = [name.partition(".")[0].partition("-")[0] for name in names]
    numbers = [int(stem) for stem in stems if _NUMBER.fullmatch(stem)]
    # A manifest with a number beyond the limit would be refused for ever.
    return max((number for number in numbers if number < _NUMBER_BELIEVED_MAX), default=0)


def encoded_skipped(
    skipped: Sequence[Skipped], *, size_bytes_max: int = SKIPPED_SIZE_BYTES_MAX
) -> bytes:
    """Return the list of skipped files as it is stored, for `decoded_skipped`.

    Args:
        skipped: What is too much is left out from the end: a list that no reader takes
            would cost the whole index.
        size_bytes_max: Of the result, at least 2.
    """
    rows = [(one.path, one.reason, one.detail) for one in skipped]
    listed = json.dumps(rows, separators=(",", ":"))
    while len(listed) > size_bytes_max:
        # Longer at the start than at the end, so one cut may not be enough.
        rows = rows[: len(rows) * size_bytes_max // len(listed)]
        listed = json.dumps(rows, separators=(",", ":"))
    return listed.encode("ascii")


def read_skipped(folder: Path, manifest: Manifest) -> bytes:
    """Return the checked bytes of the list of skipped files, for `decoded_skipped`.

    Raises:
        VolumeCorruptError: The list is damaged.
        FileNotFoundError: A newer generation replaced it.
    """
    path = folder / skipped_name(manifest.generation)
    size_bytes = min(manifest.skipped_size_bytes, SKIPPED_SIZE_BYTES_MAX)
    return _checked(path, size_bytes, manifest.skipped_crc32)


def read_memo(folder: Path, manifest: Manifest) -> bytes:
    """Return the checked bytes of what the last walk saw; empty when there is nothing.

    Raises:
        VolumeCorruptError: It is damaged.
        FileNotFoundError: A newer generation replaced it.
    """
    if not manifest.memo_size_bytes:
        return b""
    path = folder / memo_name(manifest.generation)
    size_bytes = min(manifest.memo_size_bytes, MEMO_SIZE_BYTES_MAX)
    return _checked(path, size_bytes, manifest.memo_crc32)


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


def _checked(path: Path, size_bytes: int, crc32: int) -> bytes:
    # Not a byte more than was written: this is read whenever an index is opened.
    content = read_index_file(path, size_bytes)
    if len(content) != size_bytes or zlib.crc32(content) != crc32:
        raise VolumeCorruptError(path, "checksum does not match")
    return content


def _write_whole(path: Path, content: bytes, *, is_folder_synced: bool = False) -> None:
    with PendingFile(path) as file:
        file.write(content, offset=0)
        file.publish(is_folder_synced=is_folder_synced)
