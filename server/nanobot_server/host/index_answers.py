"""What questions to an index answer as JSON: the same over the wire and on the command line.

`docs/cli.md` documents every key. A search is in `search_answer`. Limits are the caller's.
"""

from typing import Any, Final

from nanobot_indexer import GrepResult, Index, ReferenceResult, open_handle, outline
from nanobot_server.host.view import (
    cut_view,
    definition_view,
    match_view,
    outline_view,
    scan_view,
    similar_view,
    slice_view,
)

_NAMES_LIKE_IT: Final = 5

Document = dict[str, Any]


def definition_answer(index: Index, name: str, *, limit: int) -> Document:
    """Return where a name is defined, or names like it when it is nowhere.

    Raises:
        QueryEmptyError: There is no name in `name`.
    """
    result = index.symbols.definition(name, limit=limit)
    near = () if result.hits else index.symbols.find(name, limit=_NAMES_LIKE_IT).hits
    return {
        "definitions": [definition_view(index, hit) for hit in result.hits],
        "near": [definition_view(index, hit) for hit in near],
        **cut_view(result),
    }


def grep_answer(result: GrepResult) -> Document:
    """Return the places with some text."""
    return {"matches": [match_view(match) for match in result.matches], **scan_view(result)}


def references_answer(result: ReferenceResult) -> Document:
    """Return the places where a name is used."""
    places = [{"role": one.role.value, **match_view(one.match)} for one in result.references]
    return {"references": places, **scan_view(result)}


def outline_answer(index: Index, path: str, *, chars_max: int) -> Document:
    """Return what a file defines.

    Args:
        index: Has the file.
        path: As the index writes it.
        chars_max: For the text.

    Raises:
        FileNotIndexedError: It is not in the index.
    """
    structure = outline(index.live, path)
    return outline_view(structure, structure.rendered(chars_max=chars_max))


def slice_answer(
    index: Index, handle: str, *, chars_max: int, lines: tuple[int, int] | None
) -> Document:
    """Return the text that a handle names.

    Args:
        index: Has the file.
        handle: As an answer had it.
        chars_max: Upper bound on the text.
        lines: Others of the same file, 1-based and inclusive; they move with the text.

    Raises:
        QueryError: It is no handle, or what it names is gone.
    """
    return slice_view(open_handle(index.live, handle, chars_max=chars_max, lines=lines))


def similar_answer(index: Index, target: str | tuple[str, int], *, limit: int) -> Document:
    """Return the chunks that look like another one.

    Args:
        index: To look in.
        target: A handle, or a path and a 1-based line.
        limit: Upper bound on chunks.

    Raises:
        QueryError: It is no handle, or what it names is gone.
        FileNotIndexedError: There is no such path.
    """
    result = index.similarity.similar(target, limit=limit)
    chunks = [similar_view(one) for one in result.chunks]
    return {"target": result.target, "chunks": chunks, **cut_view(result)}


def duplicates_answer(index: Index, *, limit: int) -> Document:
    """Return groups of chunks that are nearly the same.

    Args:
        index: To look in.
        limit: Upper bound on groups.
    """
    result = index.similarity.near_duplicates(limit=limit)
    groups = [
        {
            "similarity": group.similarity,
            "lines": group.lines,
            "chunks": [similar_view(one) for one in group.chunks],
            "is_complete": group.is_complete,
        }
        for group in result.groups
    ]
    return {"groups": groups, **cut_view(result)}
