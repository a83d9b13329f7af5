"""Files that stand in for those of a generation, as segments in memory.

Nothing here is written; the tables are those of a segment on disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nanobot_indexer.errors import IngestCancelledError
from nanobot_indexer.ingestion.compaction import record_of
from nanobot_indexer.ingestion.syntax_pass import SyntaxReader
from nanobot_indexer.live_parsers import LiveParsers
from nanobot_indexer.volume.file_record import FileRecord
from nanobot_indexer.volume.format import Revision
from nanobot_indexer.volume.segment import Segment
from nanobot_indexer.volume.segment_source import MemorySource
from nanobot_indexer.volume.tables import build_tables


@dataclass(frozen=True, slots=True, eq=False)
class LaidFile:
    """What stands in for one path."""

    turn: int
    segment: Segment | None
    """None: there is no such file any more."""
    file: int
    """Its index in the segment."""
    size_bytes: int


class OverlayBuilder:
    """Makes segments of files in memory. Safe to share between threads.

    Args:
        root: The workspace, for messages.
        parsers: Asked for definitions; stay open.
    """

    def __init__(self, root: Path, parsers: LiveParsers) -> None:
        self._root = root
        self._parsers = parsers
        self._is_closed = False

    def built(self, records: list[FileRecord], text: bytes, *, with_syntax: bool) -> Segment | None:
        """Return a segment of some files, None for no files.

        Args:
            records: By path. Their syntax is filled in.
            text: Of all of them, one after the other.
            with_syntax: Wait for the parser.

        Raises:
            IngestCancelledError: It was closed, before or meanwhile.
        """
        if not records:
            return None
        revision = Revision.LEXICAL
        if with_syntax:
            with self._parsers.used() as pool:
                SyntaxReader(pool, (), self._check_open).enrich(records, text)
            revision = Revision.SYNTAX
        return _memory_segment(records, text, revision)

    def close(self) -> None:
        """Let nobody wait for the parser any longer."""
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise IngestCancelledError(self._root)


def segments_of(laid: Mapping[str, LaidFile]) -> list[Segment]:
    """Return the segments in use, with those of their files alive that stand in for a path."""
    files_by_segment: dict[int, tuple[Segment, list[int]]] = {}
    for one in laid.values():
        if one.segment is not None:
            files_by_segment.setdefault(id(one.segment), (one.segment, []))[1].append(one.file)
    found = []
    for segment, files in files_by_segment.values():
        if len(files) == segment.file_count:
            found.append(segment)
        else:
            dead = np.ones(segment.file_count, dtype=np.bool_)
            dead[files] = False
            found.append(segment.with_dead(dead))
    return found


def merged(laid: Mapping[str, LaidFile]) -> dict[str, LaidFile]:
    """Return the same files, which are there and have their syntax, in one segment."""
    order = sorted(laid, key=str.encode)
    records, texts = [], []
    for one in (laid[path] for path in order):
        assert one.segment is not None
        records.append(record_of(one.segment, one.file))
        texts.append(one.segment.text(one.file))
    text = b"".join(texts)
    segment = _memory_segment(records, text, Revision.SYNTAX)
    return {path: replace(laid[path], segment=segment, file=n) for n, path in enumerate(order)}


def _memory_segment(records: list[FileRecord], text: bytes, revision: Revision) -> Segment:
    return Segment(
        MemorySource(text, build_tables(records, text, revision)),
        revision=revision,
        text_bytes=len(text),
        dead=None,
    )
