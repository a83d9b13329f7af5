"""Chunks of texts without known syntax: windows of lines.

Where a window could end, it prefers to end before a line that starts something at
the top level: not indented, no closing bracket, after a blank line.

For every line the window that would start there is computed at once, in arrays;
then each file is followed from its first line, window by window.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.chunk.windows import WindowSize, window_size

_SPACES: Final = b" \t\r\n\v\f"
_CLOSING: Final = b")]}"


def _flags(codes: bytes) -> NDArray[np.bool_]:
    flags = np.zeros(256, dtype=np.bool_)
    flags[np.frombuffer(codes, dtype=np.uint8)] = True
    return flags


_IS_SPACE: Final = _flags(_SPACES)
_IS_LINE_END: Final = _flags(b"\r\n")
_IS_NO_BEGINNING: Final = _flags(_SPACES + _CLOSING)


def line_chunks(
    text: bytes,
    file_starts: NDArray[np.int64],
    line_starts: NDArray[np.int64],
    *,
    growth: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut the files of a text into windows of 40 to 60 lines.

    Args:
        text: The files, one after the other.
        file_starts: Shape (F+1,), ascending; the last is the size of `text`.
        line_starts: `line_starts_of(text, file_starts)`.
        growth: Windows are as many times larger. See `segment_chunks`.

    Returns:
        The offsets in `text` where the C chunks start, and the size of `text`: shape
        (C+1,); and the file of each chunk: shape (C,). An empty file has no chunk.
    """
    size = window_size(growth)
    bounds = np.append(line_starts, len(text))
    first_lines = np.searchsorted(line_starts, file_starts)
    # Few lines are asked for: a list of all of them would take as long as finding them.
    nexts = _next_lines(text, bounds, first_lines, size).data
    starts: list[int] = []
    counts: list[int] = []
    for first, end in zip(first_lines[:-1].tolist(), first_lines[1:].tolist(), strict=True):
        line = first
        known = len(starts)
        while line < end:
            starts.append(line)
            line = nexts[line]
        counts.append(len(starts) - known)
    chunk_starts = bounds[np.array([*starts, len(line_starts)], dtype=np.int64)]
    chunk_files = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return chunk_starts, chunk_files


def _next_lines(
    text: bytes, bounds: NDArray[np.int64], first_lines: NDArray[np.int64], size: WindowSize
) -> NDArray[np.int64]:
    """Return for every line where the window ends that starts with it.

    Args:
        text: The files.
        bounds: The start of every line, and the size of the text.
        first_lines: Shape (F+1,): the first line of each file, and the line count.
        size: What a window measures.
    """
    count = len(bounds) - 1
    lines = np.arange(count, dtype=np.int64)
    ends = np.repeat(first_lines[1:], np.diff(first_lines))  # (lines,) of the own file
    latest = np.minimum(lines + size.lines_max, ends)
    # Short lines: as many as reach `bytes_min` even in the shortest window, two thirds of it.
    short = np.flatnonzero(bounds[latest] - bounds[:-1] < size.bytes_min * 3 // 2)
    reached = np.searchsorted(bounds, bounds[short] + size.bytes_min * 3 // 2)
    latest[short] = np.minimum(reached, ends[short])
    # Long lines: as many as fit `bytes_max`, but one at least.
    long = np.flatnonzero(bounds[latest] - bounds[:-1] > size.bytes_max)
    fitting = np.searchsorted(bounds, bounds[long] + size.bytes_max, side="right") - 1
    latest[long] = np.maximum(fitting, long + 1)
    earliest = lines + (latest - lines) * 2 // 3
    nexts = latest.copy()
    is_blank = _blank_lines(text, bounds)
    is_after_blank = np.zeros(count + 1, dtype=np.bool_)
    is_after_blank[1:] = is_blank
    is_after_blank[:-1] &= ~is_blank
    is_top = np.zeros(count + 1, dtype=np.bool_)
    codes = np.frombuffer(text, dtype=np.uint8)
    is_top[:-1] = is_after_blank[:-1] & ~_IS_NO_BEGINNING[codes[bounds[:-1]]]
    for is_good in (is_after_blank, is_top):  # The better one last: it wins.
        before = np.maximum.accumulate(np.where(is_good, np.arange(count + 1), -1))[latest]
        np.copyto(nexts, before, where=before > earliest)
    # A rest that is no chunk of its own.
    rest = ends - nexts
    has_little = (rest < size.lines_rest) & (bounds[ends] - bounds[:-1] <= size.bytes_joined_max)
    np.copyto(nexts, ends, where=has_little | (latest == ends))
    return nexts


def _blank_lines(text: bytes, bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    codes = np.frombuffer(text, dtype=np.uint8)
    first = codes[bounds[:-1]]
    is_blank = _IS_LINE_END[first]
    # Lines of nothing but spaces: those that start and end with one.
    second_last = codes[np.maximum(bounds[1:] - 2, bounds[:-1])]
    doubtful = np.flatnonzero(_IS_SPACE[first] & ~is_blank & _IS_SPACE[second_last])
    for line, start, end in zip(
        doubtful.tolist(), bounds[doubtful].tolist(), bounds[doubtful + 1].tolist(), strict=True
    ):
        is_blank[line] = text[start:end].isspace()
    return is_blank
