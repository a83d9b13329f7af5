"""Small segments become one, and segments of mostly dead files become small.

Every ingest of a few changed files adds a small segment, and every segment costs
each search a little. Only segments with known syntax take part: what is parsed
once is never parsed again.
"""

from typing import Final

from nanobot_indexer.ingestion.batch import SegmentBatch
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.volume.file_record import FileRecord
from nanobot_indexer.volume.format import (
    CHUNKS_PER_SEGMENT_MAX,
    SEGMENT_TEXT_BYTES,
    Revision,
)
from nanobot_indexer.volume.segment import Segment

SMALL_SEGMENTS_MAX: Final = 8
_SMALL_TEXT_BYTES: Final = SEGMENT_TEXT_BYTES // 4
# Thousands of tiny files fill a segment with little text.
_SMALL_CHUNKS: Final = CHUNKS_PER_SEGMENT_MAX // 4
_DEAD_SHARE_MAX: Final = 0.5


def segments_to_compact(working_set: WorkingSet) -> list[int]:
    """Return the numbers of the segments to write anew; empty when it is not worth it."""
    ready = [one for one in working_set.records if one.revision >= Revision.SYNTAX]
    dying = [one.number for one in ready if working_set.dead_share(one.number) > _DEAD_SHARE_MAX]
    small = [
        one.number
        for one in ready
        if one.text_bytes - one.dead_text_bytes <= _SMALL_TEXT_BYTES
        and max(one.file_count, one.chunk_count) <= _SMALL_CHUNKS
    ]
    if len(small) > SMALL_SEGMENTS_MAX:
        return sorted({*dying, *small})
    return dying


def compact(working_set: WorkingSet, numbers: list[int]) -> None:
    """Write the live files of some segments into new ones.

    Raises:
        IndexWriteError: The disk refused.
        VolumeCorruptError: A segment is damaged.
    """
    places = sorted(
        (segment.path_of(file).encode(), number, file)
        for number in numbers
        for segment in (working_set.segment(number),)
        for file in working_set.live_files(number)
    )
    batch = SegmentBatch(working_set, _nothing)
    for _, number, file in places:
        segment = working_set.segment(number)
        batch.add(record_of(segment, file), segment.text(file))
    batch.flush()
    for number in numbers:
        working_set.drop(number)


def _nothing(_files: list[FileRecord], _text: bytes) -> None:
    """The syntax is known already."""


def record_of(segment: Segment, file: int) -> FileRecord:
    """Return a stored file as one to be stored again."""
    entry = segment.entry(file)
    return FileRecord(
        path=entry.path,
        size_bytes=entry.size_bytes,
        sha256=bytes.fromhex(entry.sha256),
        encoding=entry.encoding,
        has_bom=entry.has_bom,
        language=entry.language,
        syntax=segment.syntax_of(file),
    )
