"""The chunks of many files that share one segment of an index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
    line_starts: NDArray[np.int64] | None = None,
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
        line_starts: `line_starts_of(text, file_starts)`, if it is known.

    Raises:
        ValueError: There are more files than chunks allowed.
    """
    file_count = len(file_starts) - 1
    if file_count > chunks_max:
        msg = f"chunks_max: {chunks_max} is less than {file_count} files"
        raise ValueError(msg)
    if line_starts is None:
        line_starts = line_starts_of(text, file_starts)
    growth = 1
    while True:
        chunks = _cut(text, file_starts, line_starts, rows_by_file, growth)
        if len(chunks.files) <= chunks_max:
            return chunks
        growth *= 2


def _cut(
    text: bytes,
    file_starts: NDArray[np.int64],
    line_starts: NDArray[np.int64],
    rows_by_file: Sequence[NDArray[Any] | None] | None,
    growth: int,
) -> SegmentChunks:
    if rows_by_file is None:
        starts, files = line_chunks(text, file_starts, line_starts, growth=growth)
        return SegmentChunks(starts, files, np.full(len(files), NO_DEFINITION, dtype=np.int64))
    cut_by_lines = _cut_by_lines(text, file_starts, rows_by_file, growth)
    first_lines = np.searchsorted(line_starts, file_starts).tolist()
    starts_by_file: list[NDArray[np.int64]] = []
    owners_by_file: list[NDArray[np.int64]] = []
    definition_count = 0
    for file, rows in enumerate(rows_by_file):
        first, end = int(file_starts[file]), int(file_starts[file + 1])
        if rows is None:
            cut = next(cut_by_lines)
            starts_by_file.append(cut + first)
            owners_by_file.append(np.full(len(cut), NO_DEFINITION, dtype=np.int64))
            continue
        own_lines = line_starts[first_lines[file] : first_lines[file + 1]] - first
        cut, owners = definition_chunks(text[first:end], own_lines, rows, growth=growth)
        starts_by_file.append(cut + first)
        owners_by_file.append(np.where(owners >= 0, owners + definition_count, owners))
        definition_count += len(rows)
    counts = [len(one) for one in starts_by_file]
    return SegmentChunks(
        np.concatenate([*starts_by_file, [len(text)]]).astype(np.int64),
        np.repeat(np.arange(len(counts), dtype=np.int64), counts),
        np.concatenate([*owners_by_file, []]).astype(np.int64),
    )


def _cut_by_lines(
    text: bytes,
    file_starts: NDArray[np.int64],
    rows_by_file: Sequence[NDArray[Any] | None],
    growth: int,
) -> Iterator[NDArray[np.int64]]:
    """Yield where the chunks of each file without known syntax start in it."""
    bounds = file_starts.tolist()
    texts = [
        text[bounds[file] : bounds[file + 1]]
        for file, rows in enumerate(rows_by_file)
        if rows is None
    ]
    # All of them at once: a few array operations take as long for one small file.
    joined = b"".join(texts)
    starts = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    chunk_starts, files = line_chunks(joined, starts, line_starts_of(joined, starts), growth=growth)
    chunk_bounds = np.searchsorted(files, np.arange(len(texts) + 1)).tolist()
    for file, (first, end) in enumerate(pairwise(chunk_bounds)):
        yield chunk_starts[first:end] - starts[file]
