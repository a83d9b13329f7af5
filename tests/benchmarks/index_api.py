"""The only place of the benchmarks that knows the API of the index.

Everything here is called in a fresh process. What an older build does not have yet
raises `NotInThisBuildError`, and the figure is reported as not measured.
"""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nanobot_indexer
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Hit, Index

INDEX_FOLDER_PARTS = (".nanobot", "index")
MANIFEST_NAME = "manifest.json"
"""Appears when the first generation is published: from then on the text is searchable."""


class NotInThisBuildError(Exception):
    """The index has no such function."""


def index_everything(root: Path) -> None:
    """Index a workspace until symbols are complete."""
    nanobot_indexer.ingestion.ingest(root, options=DEFAULT_INDEX_OPTIONS)


def index_changed(root: Path, paths: Sequence[str]) -> None:
    """Index again after a few known files changed, as a watcher would."""
    parameters = inspect.signature(nanobot_indexer.ingestion.ingest).parameters
    if "changed" not in parameters:
        what = "ingest(…, changed=…)"
        raise NotInThisBuildError(what)
    options: dict[str, Any] = {"options": DEFAULT_INDEX_OPTIONS, "changed": list(paths)}
    nanobot_indexer.ingestion.ingest(root, **options)


def rescan(root: Path) -> None:
    """Look for changes in the whole workspace when there are none."""
    nanobot_indexer.ingestion.ingest(root, options=DEFAULT_INDEX_OPTIONS)


def opened(root: Path) -> Index:
    """Open the index of a workspace."""
    return nanobot_indexer.open_index(root)


def search(index: Index, query: str) -> Sequence[Hit]:
    """Ask for ten hits."""
    return index.search(query, limit=10)


def similar_search(index: Index, hit: Hit) -> Sequence[Any]:
    """Ask for ten chunks like that of a hit."""
    similar = getattr(index, "similar", None)
    if similar is None:
        what = "Index.similar"
        raise NotInThisBuildError(what)
    found: Sequence[Any] = similar(getattr(hit, "handle"), limit=10)  # noqa: B009  # Not in every build.
    return found


def index_size_bytes(root: Path) -> int:
    """Return the size of all files of the index."""
    folder = root.joinpath(*INDEX_FOLDER_PARTS)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def has_definition(index: Index, path: str, name: str) -> bool:
    """Tell whether syntax found a definition in a file."""
    return any(definition.name == name for definition in index.definitions(path))
