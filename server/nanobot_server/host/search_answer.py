"""What a search answers, the same over the wire and on the command line."""

from typing import Any

from nanobot_indexer import Index, SearchFilter
from nanobot_server.host.view import hit_view, symbol_view


def search_answer(index: Index, query: str, *, limit: int, filters: SearchFilter) -> dict[str, Any]:
    """Return the hits, or names like the query when it is one word that is nowhere.

    Raises:
        QueryEmptyError: There is nothing to look for.
        GlobInvalidError: The path filter is no pattern.
        VolumeCorruptError: The index is damaged.
    """
    hits = index.search(query, limit=limit, filters=filters)
    if hits or len(query.split()) > 1:
        return {"hits": [hit_view(hit) for hit in hits], "found_by": "text"}
    # The beginning of a name, its initials, or a typing mistake.
    symbols = index.symbols.find(
        query,
        limit=limit,
        kinds=filters.kinds,
        languages=filters.languages,
        path_glob=filters.path_glob,
    )
    found_by = "name" if symbols.hits else "text"
    return {"hits": [symbol_view(hit) for hit in symbols.hits], "found_by": found_by}
