"""Turn a workspace into a searchable, file-backed index.

Suggested reading order: `options`, `workspace` (which files), `syntax` (definitions),
`chunk` (pieces), `fingerprint` (their words and signatures), `volume` (the index on
disk), `ingestion` (writing one), `index` (reading one), `search`,
`live_index` (unsaved and just changed files), `watch`, `needle` (the proof).

This package knows files, syntax and search. It does not know models, processes
or editors. In the workspace it writes below `.nanobot` and nowhere else.

Names are imported when they are first used: a front that opens an index at its
start does not pay for writing one.
"""

import os
from typing import TYPE_CHECKING, Final

from nanobot_indexer.late_import import late_import

# numpy starts a thread per core for its linear algebra as it is imported, which takes
# nearly as long as the rest of numpy. Nothing here needs them. A value of the user stays.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    from nanobot_indexer.errors import (
        FileNotIndexedError,
        GlobInvalidError,
        HandleInvalidError,
        HandleLostError,
        IndexClosedError,
        IndexerError,
        IndexLockedError,
        IndexMissingError,
        IndexUnreadableError,
        IndexWriteError,
        IngestCancelledError,
        PatternInvalidError,
        QueryEmptyError,
        QueryError,
        VolumeCorruptError,
        VolumeError,
        VolumeVersionError,
        WorkspaceUnreadableError,
    )
    from nanobot_indexer.index import Index, open_index
    from nanobot_indexer.ingestion.ingest import IngestProgress, IngestReport, IngestStage, ingest
    from nanobot_indexer.live_index import LiveIndex
    from nanobot_indexer.options import DEFAULT_INDEX_OPTIONS, IndexOptions
    from nanobot_indexer.search.grep import GrepResult, grep
    from nanobot_indexer.search.handle import Slice, open_handle
    from nanobot_indexer.search.hit import Hit
    from nanobot_indexer.search.outline import Outline, outline
    from nanobot_indexer.search.references import Reference, ReferenceResult, references
    from nanobot_indexer.search.similar import SimilarResult
    from nanobot_indexer.search.symbol_index import SymbolHit, SymbolResult
    from nanobot_indexer.search.text_search import SearchFilter
    from nanobot_indexer.syntax.definition import Definition, DefinitionKind, ParseStatus
    from nanobot_indexer.syntax.language import Language, language_of
    from nanobot_indexer.syntax.parse_pool import ParsePool
    from nanobot_indexer.volume.segment import FileEntry
    from nanobot_indexer.workspace.skip import Skipped, SkipReason

__all__ = [
    "DEFAULT_INDEX_OPTIONS",
    "Definition",
    "DefinitionKind",
    "FileEntry",
    "FileNotIndexedError",
    "GlobInvalidError",
    "GrepResult",
    "HandleInvalidError",
    "HandleLostError",
    "Hit",
    "Index",
    "IndexClosedError",
    "IndexLockedError",
    "IndexMissingError",
    "IndexOptions",
    "IndexUnreadableError",
    "IndexWriteError",
    "IndexerError",
    "IngestCancelledError",
    "IngestProgress",
    "IngestReport",
    "IngestStage",
    "Language",
    "LiveIndex",
    "Outline",
    "ParsePool",
    "ParseStatus",
    "PatternInvalidError",
    "QueryEmptyError",
    "QueryError",
    "Reference",
    "ReferenceResult",
    "SearchFilter",
    "SimilarResult",
    "SkipReason",
    "Skipped",
    "Slice",
    "SymbolHit",
    "SymbolResult",
    "VolumeCorruptError",
    "VolumeError",
    "VolumeVersionError",
    "WorkspaceUnreadableError",
    "grep",
    "ingest",
    "language_of",
    "open_handle",
    "open_index",
    "outline",
    "references",
]

_MODULE_BY_NAME: Final = {
    "DEFAULT_INDEX_OPTIONS": "options",
    "Definition": "syntax.definition",
    "DefinitionKind": "syntax.definition",
    "FileEntry": "volume.segment",
    "GrepResult": "search.grep",
    "Hit": "search.hit",
    "Index": "index",
    "IndexOptions": "options",
    "IngestProgress": "ingestion.ingest",
    "IngestReport": "ingestion.ingest",
    "IngestStage": "ingestion.ingest",
    "Language": "syntax.language",
    "LiveIndex": "live_index",
    "Outline": "search.outline",
    "ParsePool": "syntax.parse_pool",
    "ParseStatus": "syntax.definition",
    "Reference": "search.references",
    "ReferenceResult": "search.references",
    "SearchFilter": "search.text_search",
    "SimilarResult": "search.similar",
    "SkipReason": "workspace.skip",
    "Skipped": "workspace.skip",
    "Slice": "search.handle",
    "SymbolHit": "search.symbol_index",
    "SymbolResult": "search.symbol_index",
    "grep": "search.grep",
    "ingest": "ingestion.ingest",
    "language_of": "syntax.language",
    "open_handle": "search.handle",
    "open_index": "index",
    "outline": "search.outline",
    "references": "search.references",
}
"""Where a name is; the errors are where one would look."""


__getattr__ = late_import(__name__, __all__, _MODULE_BY_NAME)
