"""Handles: how an answer names a range of a file so that it can be opened again.

`path:start-end` are lines; `path:start-end@0123456789abcdef` is a chunk with its
id, a hash of its bytes. A chunk is found again after its file was edited above
it, and after it moved to another file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.errors import FileNotIndexedError, HandleInvalidError, HandleLostError
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.hit import Handle
from nanobot_indexer.search.live_files import FilePlace, LiveFiles
from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment import Segment

_HANDLE: Final = re.compile(
    r"(?P<path>.+):(?P<start>[0-9]{1,10})-(?P<end>[0-9]{1,10})(?:@(?P<id>[0-9a-f]{16}))?",
    re.DOTALL,
)


class Found(StrEnum):
    """How a handle was found again. Part of JSON documents: never rename a value."""

    CHUNK = "chunk"
    """The same bytes, in the same file."""
    MOVED = "moved"
    """The same bytes, in another file."""
    LINES = "lines"
    """The same lines of the same file. What they say may have changed."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The text of some lines."""

    handle: str
    """Names what `text` is, as it is now."""
    path: str
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive: the last line that `text` has."""
    text: str
    """Whole lines, with their ends. What is not in the file's encoding is U+FFFD."""
    found: Found
    is_complete: bool
    reason: CutReason | None
    """Why `text` ends early."""


def parse_handle(text: str) -> Handle:
    """Return what a handle says.

    Raises:
        HandleInvalidError: It is not written like one.
    """
    match = _HANDLE.fullmatch(text)
    if match is None or not 1 <= int(match["start"]) <= int(match["end"]):
        raise HandleInvalidError(text)
    chunk_id = None if match["id"] is None else int(match["id"], 16)
    return Handle(match["path"], int(match["start"]), int(match["end"]), chunk_id)


def chunk_handle(segment: Segment, chunk: int) -> Handle:
    """Return the handle of a chunk."""
    file = int(segment.array(Section.CHUNKS)["file"][chunk])
    chunk_id = int(segment.array(Section.CHUNK_IDS)[chunk])
    return Handle(segment.path_of(file), *segment.chunk_lines(chunk), chunk_id)


def chunk_at(place: FilePlace, byte: int) -> int | None:
    """Return the chunk that has a byte of a file; None in an empty file."""
    segment, file = place.segment, place.file
    first, end = segment.chunk_file_starts[file : file + 2]
    if first == end:
        return None
    starts = segment.array(Section.CHUNKS)["start_byte"][first:end]
    return int(first) + max(0, int(np.searchsorted(starts, byte, side="right")) - 1)


def range_handle(place: FilePlace, start_line: int, end_line: int) -> Handle:
    """Return the handle of some lines: the chunk's own if they are exactly one chunk."""
    segment, file = place.segment, place.file
    first, end = segment.chunk_file_starts[file : file + 2]
    lines = segment.array(Section.CHUNKS)["start_line"][first:end]
    number = int(np.searchsorted(lines, start_line))
    if number < len(lines) and lines[number] == start_line:
        handle = chunk_handle(segment, int(first) + number)
        if handle.end_line == end_line:
            return handle
    return Handle(segment.path_of(file), start_line, end_line, None)


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """Where a handle leads now."""

    place: FilePlace
    start_line: int
    end_line: int
    found: Found


def find_handle(files: LiveFiles, handle: Handle) -> FoundPlace:
    """Find what a handle names: its chunk in its file, anywhere, or just its lines.

    Raises:
        FileNotIndexedError: Neither the chunk nor the file is there.
        HandleLostError: The file is there, but now ends before the range.
    """
    try:
        own = files.place_of(handle.path)
    except FileNotIndexedError:
        own = None
    if handle.chunk_id is not None:
        chunks = list(_chunks_with_id(files, handle.chunk_id))
        # In its own file the copy next to where it was; elsewhere the first one.
        chunks.sort(
            key=lambda found: (
                found[0] != handle.path,
                abs(found[1] - handle.start_line) if found[0] == handle.path else 0,
                found[:2],
            )
        )
        if chunks:
            path, start_line, segment, chunk = chunks[0]
            file = int(segment.array(Section.CHUNKS)["file"][chunk])
            found = Found.CHUNK if path == handle.path else Found.MOVED
            end_line = segment.chunk_lines(chunk)[1]
            return FoundPlace(FilePlace(segment, file), start_line, end_line, found)
    if own is None:
        raise FileNotIndexedError(handle.path)
    last_line = _last_line(own)
    if handle.start_line > last_line:
        raise HandleLostError(str(handle))
    return FoundPlace(own, handle.start_line, min(handle.end_line, last_line), Found.LINES)


def _last_line(place: FilePlace) -> int:
    """Return the last line that can be named: an empty file has an empty line 1."""
    return max(1, int(place.segment.array(Section.FILES)["line_count"][place.file]))


def _chunks_with_id(files: LiveFiles, chunk_id: int) -> Iterator[tuple[str, int, Segment, int]]:
    for segment in files.segments:
        equal = segment.array(Section.CHUNK_IDS) == np.uint64(chunk_id)
        live = segment.live_chunks
        for chunk in np.flatnonzero(equal if live is None else equal & live).tolist():
            row = segment.array(Section.CHUNKS)[chunk]
            yield segment.path_of(int(row["file"])), int(row["start_line"]), segment, chunk


def open_handle(
    files: LiveFiles,
    handle: str,
    *,
    chars_max: int,
    lines: tuple[int, int] | None = None,
) -> Slice:
    """Return the text that a handle names.

    Args:
        files: Where to look.
        handle: As an answer had it.
        chars_max: Upper bound on the text. Whole lines only, but always the first one,
            cut if need be.
        lines: Other lines of the same file instead, first and last, 1-based. Of a chunk
            that has moved, they move with it.

    Raises:
        HandleInvalidError: `handle` is not one, or `lines` are none.
        FileNotIndexedError: The file is not there, and the chunk nowhere else.
        HandleLostError: The file has no such lines any more.
    """
    wanted = parse_handle(handle)
    found = find_handle(files, wanted)
    start_line, end_line = found.start_line, found.end_line
    place = found.place
    if lines is not None:
        shift = found.start_line - wanted.start_line
        start_line, end_line = max(1, lines[0] + shift), lines[1] + shift
        last_line = _last_line(place)
        if lines[0] < 1 or lines[1] < lines[0]:
            raise HandleInvalidError(f"{wanted.path}:{lines[0]}-{lines[1]}")
        if not 1 <= start_line <= min(end_line, last_line):
            raise HandleLostError(f"{wanted.path}:{lines[0]}-{lines[1]}")
        end_line = min(end_line, last_line)
    return _slice(found, start_line, end_line, chars_max)


def _slice(found: FoundPlace, start_line: int, end_line: int, chars_max: int) -> Slice:
    segment, file = found.place.segment, found.place.file
    content = segment.text(file)
    starts = line_starts_of(content).tolist() or [0]
    starts.append(len(content))
    encoding = segment.entry(file).encoding
    texts: list[str] = []
    left = max(1, chars_max)
    is_complete = True
    last = end_line
    for line in range(start_line, end_line + 1):
        text = content[starts[line - 1] : starts[line]].decode(encoding, "replace")
        if len(text) > left:
            is_complete = False
            last = max(start_line, line - 1)
            if not texts:
                texts.append(text[:left])
            break
        texts.append(text)
        left -= len(text)
    return Slice(
        handle=str(range_handle(found.place, start_line, last)),
        path=segment.path_of(file),
        start_line=start_line,
        end_line=last,
        text="".join(texts),
        found=found.found,
        is_complete=is_complete,
        reason=None if is_complete else CutReason.LIMIT,
    )
