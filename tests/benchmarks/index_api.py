"""The only place of the benchmarks that knows the API of the index.

Everything here is called in a fresh process.
"""

from collections.abc import Sequence
from pathlib import Path

import nanobot_indexer
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Hit, Index
from nanobot_indexer.search.similar import SimilarChunk

INDEX_FOLDER_PARTS = (".nanobot", "index")
MANIFEST_NAME = "manifest.json"
"""Appears when the first generation is published: from then on the text is searchable."""


def rescan(root: Path) -> None:
    """Look for changes in the whole workspace when there are none."""
    nanobot_indexer.ingest(root, options=DEFAULT_INDEX_OPTIONS)


def opened(root: Path) -> Index:
    """Open the index of a workspace."""
    return nanobot_indexer.open_index(root)


def search(index: Index, query: str) -> Sequence[Hit]:
    """Ask for ten hits."""
    return index.search(query, limit=10)


def similar_search(index: Index, hit: Hit) -> Sequence[SimilarChunk]:
    """Ask for ten chunks like that of a hit."""
    return index.similarity.similar(hit.handle, limit=10).chunks


def index_size_bytes(root: Path) -> int:
    """Return the size of all files of the index."""
    folder = root.joinpath(*INDEX_FOLDER_PARTS)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
