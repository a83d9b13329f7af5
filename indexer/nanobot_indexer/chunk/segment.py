"""The chunks of many files that share one segment of an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.chunk.definitions import NO_DEFINITION, definition_chunks
from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.chunk.lines import line_chunks


@dataclass(frozen=True, slots=True)
class SegmentChunks:
    """The chunks of a segment, file by file, by start."""

    starts: NDArray[np.int64]
    """Shape (C+1,): offsets in the text of the segment; the last is its size."""
    files: NDArray[np.int64]
    """Shape (C,). An empty file has no chunk."""
    definitions: NDArray[np.int64]
    """Shape (C,): the definition that a chunk is or lies in, counted over all files of
    the segment; -1 for none."""


def segment_chunks(
    text: bytes,
    file_starts: NDArray[np.int64],
    rows_by_file: Sequence[NDArray[Any] | None] | None = None,
    *,
    chunks_max: int,
) -> SegmentChunks:
    """Cut every file: by its definitions where they are known, else by lines.

    When there would be too many chunks, all of them are cut twice as large, and again,
    until they fit. A chunk has 1 KiB at least (the last one of a file excepted), so this
    happens to segments of more than 8 MiB or of thousands of tiny files only.

    Args:
        text: The files, one after the other.
        file_starts: Shape (F+1,), ascending; the last is the size of `text`.
        rows_by_file: Per file the `rows` of its `DefinitionTable`, or None where the
            syntax is not known (it may yet have no definitions: that is an empty array).
        chunks_max: At least the number of files.

    Raises:
        ValueError: There are more files than chunks allowed.
    """
    file_count = len(file_starts) - 1
    if file_count > chunks_max:
        msg = f"chunks_max: {chunks_max} is less than {file_count} files"
        raise ValueError(msg)
    growth = 1
    while True:
        chunks = _cut(text, file_starts, rows_by_file, growth)
        if len(chunks.files) <= chunks_max:
            return chunks
        growth *= 2


def _cut(
    text: bytes,
    file_starts: NDArray[np.int64],
    rows_by_file: Sequence[NDArray[Any] | None] | None,
    growth: int,
) -> SegmentChunks:
    starts, files = line_chunks(text, file_starts, growth=growth)
    if rows_by_file is None:
        return SegmentChunks(starts, files, np.full(len(files), NO_DEFINITION, dtype=np.int64))
    by_lines = np.searchsorted(files, np.arange(len(rows_by_file) + 1))
    starts_by_file: list[NDArray[np.int64]] = []
    owners_by_file: list[NDArray[np.int64]] = []
    definition_count = 0
    for file, rows in enumerate(rows_by_file):
        first, end = int(file_starts[file]), int(file_starts[file + 1])
        if rows is None:
            cut = starts[by_lines[file] : by_lines[file + 1]]
            starts_by_file.append(cut)
            owners_by_file.append(np.full(len(cut), NO_DEFINITION, dtype=np.int64))
            continue
        own = text[first:end]
        cut, owners = definition_chunks(own, line_starts_of(own), rows, growth=growth)
        starts_by_file.append(cut + first)
        owners_by_file.append(np.where(owners >= 0, owners + definition_count, owners))
        definition_count += len(rows)
    counts = [len(one) for one in starts_by_file]
    return SegmentChunks(
        np.concatenate([*starts_by_file, [len(text)]]).astype(np.int64),
        np.repeat(np.arange(len(counts), dtype=np.int64), counts),
        np.concatenate([*owners_by_file, []]).astype(np.int64),
    )
