"""How search by meaning went, as JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nanobot_indexer import Index, SearchFilter
from nanobot_indexer.volume.folder import index_folder

if TYPE_CHECKING:
    # A search by words pays for none of it.
    from nanobot_indexer.semantic.semantic_search import SemanticResult

BySemantics = Callable[[Index, str, int, SearchFilter], "SemanticResult"]
"""A search by words and meaning, of an index, with a limit."""


def ranking_view(result: "SemanticResult") -> dict[str, Any]:
    """Return what the order of an answer comes from."""
    return {
        "ranking": result.ranking.value,
        "reason": result.reason,
        "embedded_chunks": result.coverage.embedded_chunks,
        "chunks": result.coverage.chunks,
    }


def coverage_view(root: Path, index: Index) -> dict[str, Any]:
    """Return how much of an index is embedded; nothing when nothing ever was."""
    if not (index_folder(root) / "chunks.vectors").exists():
        return {}
    from nanobot_indexer.semantic.semantic_search import coverage_of  # noqa: PLC0415 - see above.
    from nanobot_server.semantic_model import vector_store  # noqa: PLC0415 - see above.

    found = coverage_of(index, vector_store(root))
    return {"semantic": {"embedded_chunks": found.embedded_chunks, "chunks": found.chunks}}
