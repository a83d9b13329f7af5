"""Turn a workspace into a searchable, file-backed index.

Suggested reading order: `options`, `workspace` (files), `syntax` (definitions),
`volume` (the index on disk), `search`, then `ingest`, which writes an index, and
`index`, which reads one.

This package knows files, syntax and search. It does not know models, processes
or editors. In the workspace it writes below `.nanobot` and nowhere else.
"""

from nanobot_indexer.errors import (
    FileNotIndexedError,
    GlobInvalidError,
    IndexClosedError,
    IndexerError,
    IndexLockedError,
    IndexMissingError,
    IndexWriteError,
    IngestCancelledError,
    QueryEmptyError,
    QueryError,
    VolumeCorruptError,
    VolumeError,
    VolumeVersionError,
    WorkspaceUnreadableError,
)
from nanobot_indexer.index import Index, open_index
from nanobot_indexer.ingest import IngestProgress, IngestReport, ingest
from nanobot_indexer.options import DEFAULT_INDEX_OPTIONS, IndexOptions
from nanobot_indexer.search.ranking import Hit
from nanobot_indexer.syntax.definition import Definition, DefinitionKind, ParseStatus
from nanobot_indexer.syntax.language import Language, language_of
from nanobot_indexer.volume.segment_reader import FileEntry
from nanobot_indexer.workspace.skip import Skipped, SkipReason

__all__ = [
    "DEFAULT_INDEX_OPTIONS",
    "Definition",
    "DefinitionKind",
    "FileEntry",
    "FileNotIndexedError",
    "GlobInvalidError",
    "Hit",
    "Index",
    "IndexClosedError",
    "IndexLockedError",
    "IndexMissingError",
    "IndexOptions",
    "IndexWriteError",
    "IndexerError",
    "IngestCancelledError",
    "IngestProgress",
    "IngestReport",
    "Language",
    "ParseStatus",
    "QueryEmptyError",
    "QueryError",
    "SkipReason",
    "Skipped",
    "VolumeCorruptError",
    "VolumeError",
    "VolumeVersionError",
    "WorkspaceUnreadableError",
    "ingest",
    "language_of",
    "open_index",
]
