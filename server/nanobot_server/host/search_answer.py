"""What a search answers, the same over the wire and on the command line."""

from collections.abc import Sequence
from typing import Any

from nanobot_indexer import Hit, Index, SearchFilter
from nanobot_server.host.semantic_view import BySemantics, ranking_view
from nanobot_server.host.view import hit_view, symbol_view


def search_answer(
    index: Index,
    query: str,
    *,
    limit: int,
    filters: SearchFilter,
    by_semantics: BySemantics | None = None,
) -> dict[str, Any]:
    """Return the hits, or names like the query when it is one word that is nowhere.

    Args:
        index: Open meanwhile.
        query: What to look for.
        limit: Upper bound on hits.
        filters: What hits may be.
        by_semantics: The search by words and meaning; None for words alone.

    Raises:
        QueryEmptyError: There is nothing to look for.
        GlobInvalidError: The path filter is no pattern.
        VolumeCorruptError: The index is damaged.
    """
    semantic: dict[str, Any] = {}
    hits: Sequence[Hit]
    if by_semantics is None:
        hits = index.search(query, limit=limit, filters=filters)
    else:
        result = by_semantics(index, query, limit, filters)
        hits, semantic = result.hits, {"semantic": ranking_view(result)}
    if hits or len(query.split()) > 1:
        return {"hits": [hit_view(hit) for hit in hits], "found_by": "text", **semantic}
    # The beginning of a name, its initials, or a typing mistake.
    symbols = index.symbols.find(
        query,
        limit=limit,
        kinds=filters.kinds,
        languages=filters.languages,
        path_glob=filters.path_glob,
    )
    found_by = "name" if symbols.hits else "text"
    named = [symbol_view(hit) for hit in symbols.hits]
    return {"hits": named, "found_by": found_by, **semantic}
