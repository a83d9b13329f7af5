"""The index of a workspace that is being worked on: saved, unsaved and just changed.

A snapshot is a whole generation with a few files laid over it: buffers of an
editor, and files that changed since the generation was published. Laying one
over costs milliseconds; publishing happens later, all at once.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from nanobot_indexer.index import Index, open_index
from nanobot_indexer.ingestion.ingest import IngestProgress, IngestReport, ingest, opened_root
from nanobot_indexer.ingestion.syntax_pass import SyntaxReader
from nanobot_indexer.options import IndexOptions
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.volume.file_record import FileRecord, file_record
from nanobot_indexer.volume.format import Revision
from nanobot_indexer.volume.segment import MemorySource, Segment
from nanobot_indexer.volume.tables import build_tables
from nanobot_indexer.workspace.encoding import text_encoding
from nanobot_indexer.workspace.source import Source, SourceReader

OVERLAY_FILES_MAX: Final = 64
"""More changed files than this are better read by an ingest."""


class LiveIndex:
    """Safe to share between threads. Close it.

    Args:
        root: The workspace.
        options: Limits.
        pool: Of parse workers; kept, so that a changed file is parsed at once.
    """

    def __init__(self, root: Path, options: IndexOptions, pool: ParsePool) -> None:
        self._root = root
        self._options = options
        self._pool = pool
        self._lock = threading.Lock()
        self._base: Index | None = None
        self._changed: dict[str, Segment | None] = {}
        """Files that changed on the disk; None for those that are gone."""
        self._buffers: dict[str, Segment] = {}
        self._snapshot: Index | None = None

    def refresh(
        self,
        *,
        progress: Callable[[IngestProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> IngestReport:
        """Ingest what changed and lay nothing over it but buffers.

        Raises:
            IndexerError: As `ingest`. The snapshot stays what it was.
        """
        with self._lock:
            known = set(self._changed)
        report = ingest(
            self._root,
            options=self._options,
            progress=progress,
            cancelled=cancelled,
            pool=self._pool,
        )
        base = open_index(self._root)
        with self._lock:
            self._base = base
            # What changed while the ingest ran may not be in it.
            self._changed = {p: one for p, one in self._changed.items() if p not in known}
            self._snapshot = None
        return report

    def update(self, paths: Iterable[str], *, with_syntax: bool) -> None:
        """Take over files that changed, appeared or went.

        Args:
            paths: Workspace-relative, at most `OVERLAY_FILES_MAX`; the caller has left
                out what is ignored.
            with_syntax: Wait for the parser; without, definitions come with `refresh`.
        """
        segments: dict[str, Segment | None] = {}
        with opened_root(self._root) as root_fd, SourceReader(root_fd, self._options) as reader:
            for path in paths:
                source = reader.read_path(path)
                segments[path] = None
                if isinstance(source, Source):
                    record = file_record(path, source.text, source.sha256, source.encoding)
                    segments[path] = self._segment_of(record, source.text, with_syntax=with_syntax)
        with self._lock:
            self._changed.update(segments)
            self._snapshot = None

    def set_buffer(self, path: str, text: bytes | None, *, with_syntax: bool) -> None:
        """Lay the text of an editor over a file; None takes it away.

        Args:
            path: Workspace-relative.
            text: Of the buffer. One in no known encoding is not laid over.
            with_syntax: Wait for the parser.
        """
        segment = None
        encoding = None if text is None else text_encoding(text, is_python=path.endswith(".py"))
        if text is not None and encoding is not None:
            record = file_record(path, text, hashlib.sha256(text).digest(), encoding)
            segment = self._segment_of(record, text, with_syntax=with_syntax)
        with self._lock:
            if segment is None:
                self._buffers.pop(path, None)
            else:
                self._buffers[path] = segment
            self._snapshot = None

    def snapshot(self) -> Index:
        """Return the index as of now. It does not change, and the caller does not close it.

        Raises:
            IndexMissingError: Nothing was ingested yet.
            VolumeError: The index is damaged: `refresh`.
        """
        with self._lock:
            if self._snapshot is None:
                if self._base is None:
                    self._base = open_index(self._root)
                laid = {**self._changed, **self._buffers}
                overlays = [segment for segment in laid.values() if segment is not None]
                hidden = [path for path, segment in laid.items() if segment is None]
                is_bare = not overlays and not hidden
                self._snapshot = self._base if is_bare else self._base.overlaid(overlays, hidden)
            return self._snapshot

    def close(self) -> None:
        """Forget everything. Snapshots that somebody holds stay valid."""
        with self._lock:
            # Not closed: the maps go with the last snapshot that uses them.
            self._base = self._snapshot = None
            self._changed = {}
            self._buffers = {}

    def _segment_of(self, record: FileRecord, text: bytes, *, with_syntax: bool) -> Segment:
        revision = Revision.LEXICAL
        if with_syntax:
            reader = SyntaxReader(self._pool, (), _never)
            reader.enrich([record], text)
            revision = Revision.SYNTAX
        arrays = build_tables([record], text, revision)
        return Segment(
            MemorySource(text, arrays),
            revision=revision,
            text_bytes=len(text),
            dead=None,
        )


def _never() -> None:
    """A single file is limited by the parser's own deadline."""
