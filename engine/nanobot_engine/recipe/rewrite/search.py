"""Which functions a sentence is about that names none: what search finds for it."""

from typing import Final

from nanobot_indexer import Index

FOUND_MAX: Final = 8
"""More would be another kind of process: one that nobody bounded."""


def searched_items(index: Index, sentence: str, *, limit: int = FOUND_MAX) -> frozenset[str]:
    """Return item keys of Python functions, as `last_resort` takes them.

    The model judges each by what it makes of it: a function that is left as it is was not
    meant.

    Args:
        index: Of the workspace.
        sentence: As typed.
        limit: How many at most.
    """
    hits = index.search(sentence, limit=4 * limit)
    keys = dict.fromkeys(
        f"{hit.path}::{hit.name}"
        for hit in hits
        if hit.path.endswith(".py") and hit.kind in {"function", "method"}
    )
    return frozenset(list(keys)[:limit])
