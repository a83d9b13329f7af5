"""A query, split the way code is written.

`parseHTTPHeader` looks for the whole identifier and for `parse`, `http`, `header`.
"""

import re
from dataclasses import dataclass
from typing import Final

from nanobot_indexer.errors import QueryEmptyError

TOKENS_MAX: Final = 24

_WORD: Final = re.compile(r"[^\W_$][\w$]*|[_$]+[\w$]+")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\dA-Za-z_]+")
_QUALIFIED: Final = re.compile(r"[\w$~]+(?:(?:\.|::|#|->)[\w$~]+)+")
_SEPARATOR: Final = re.compile(r"\.|::|#|->")

# They are in every function, and in no question worth asking.
_STOP_WORDS: Final = frozenset(
    b"a an and are as at be by can do does for from has have how i in into is it its of on or "
    b"that the this to was what when where which who why will with".split()
)


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for."""

    text: str
    """As typed, without space around it."""
    literal: bytes
    """The text to find as it stands; folded when `is_folded`."""
    is_folded: bool
    """No capitals were typed, so case does not matter."""
    words: tuple[str, ...]
    """Identifiers and words as typed."""
    tokens: tuple[bytes, ...]
    """Folded words and their parts, each once."""
    qualified: tuple[str, ...]
    """The components of `Runner.run` or `a::b::c`; empty for anything else."""


def parsed_query(text: str) -> Query:
    """Return the query that a person typed.

    Raises:
        QueryEmptyError: There is nothing to look for.
    """
    stripped = text.strip()
    if not stripped:
        raise QueryEmptyError(text)
    # Lone surrogates are in no file that was indexed.
    content = stripped.encode("utf-8", "replace")
    is_folded = content == content.lower()
    words = tuple(dict.fromkeys(_WORD.findall(stripped)))
    tokens: dict[bytes, None] = {}
    for word in words:
        parts = [part.encode("utf-8", "replace").lower() for part in identifier_parts(word)]
        tokens |= dict.fromkeys([word.encode("utf-8", "replace").lower(), *parts])
    telling = [token for token in tokens if token not in _STOP_WORDS and len(token) > 1]
    qualified = _SEPARATOR.split(stripped) if _QUALIFIED.fullmatch(stripped) else ()
    return Query(
        stripped,
        content,
        is_folded,
        words,
        tuple(telling or tokens)[:TOKENS_MAX],
        tuple(qualified),
    )


def identifier_parts(word: str) -> list[str]:
    """Return the parts of a camelCase or snake_case identifier, in order."""
    return _PART.findall(word)
