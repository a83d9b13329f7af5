"""Files become new segments.

Texts are collected until a segment is full, then its tables are built and both
are written; at no time is more than one segment in memory.
"""

from collections.abc import Callable
from typing import Final

from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.volume.file_record import FileRecord
from nanobot_indexer.volume.format import (
    CHUNKS_PER_SEGMENT_MAX,
    SEGMENT_TEXT_BYTES,
    Revision,
)
from nanobot_indexer.volume.tables import build_tables

# The cutter makes no chunk smaller than this, but for the last one of a file.
_CHUNK_BYTES_MIN: Final = 1024

Enrich = Callable[[list[FileRecord], bytes], None]
"""Adds the syntax to files, given the text of all of them."""


class SegmentBatch:
    """Collects files for new segments.

    Args:
        working_set: Where the segments go.
        enrich: Called before tables are built, to fill in the syntax; None to leave it
            for later.
    """

    def __init__(self, working_set: WorkingSet, enrich: Enrich | None) -> None:
        self._working_set = working_set
        self._enrich = enrich
        self._texts: list[bytes] = []
        self._files: list[FileRecord] = []
        self._text_bytes = 0
        self._chunks_max = 0

    def add(self, file: FileRecord, text: bytes) -> None:
        """Add one file. Files of one segment come in the order of their UTF-8 paths.

        Raises:
            IndexWriteError: The disk refused.
        """
        chunks = len(text) // _CHUNK_BYTES_MIN + 1
        is_full = (
            self._text_bytes + len(text) > SEGMENT_TEXT_BYTES
            or self._chunks_max + chunks > CHUNKS_PER_SEGMENT_MAX
        )
        if is_full:
            self.flush()
        self._texts.append(text)
        self._files.append(file)
        self._text_bytes += len(text)
        self._chunks_max += chunks

    def flush(self) -> None:
        """Write what was collected.

        Raises:
            IndexWriteError: The disk refused.
        """
        if not self._files:
            return
        files, text = self._files, b"".join(self._texts)
        self._texts, self._files = [], []
        self._text_bytes = self._chunks_max = 0
        revision = Revision.LEXICAL
        if self._enrich is not None:
            self._enrich(files, text)
            revision = Revision.SYNTAX
        self._working_set.add(text, build_tables(files, text, revision), revision)
