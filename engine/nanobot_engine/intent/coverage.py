"""Whether a plan speaks of everything that a sentence names: what it leaves out, it got wrong.

A plan that does less than was asked is worse than a refusal, because it looks right. So
each token that is written like code must stand in the plan, or be said in its evidence.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from nanobot_engine.intent.plan import Argument
from nanobot_engine.intent.reading import Reading
from nanobot_engine.intent.sentence import Token, TokenKind
from nanobot_engine.intent.spelling import parts_of

_CHECKED: Final = frozenset(
    {TokenKind.NAME, TokenKind.DOTTED, TokenKind.PATH, TokenKind.EXPRESSION, TokenKind.DECLARATION}
)
_GENERAL: Final = frozenset({"*", "src/", "lib/", "tests/", "test/", "docs/"})


def unexplained(tokens: Sequence[Token], readings: Sequence[Reading]) -> Iterator[Token]:
    """Yield what is written like code and that no part of a plan speaks of."""
    arguments = [one for reading in readings for one in reading.arguments]
    said = " ".join(part for one in arguments for part in _texts(one))
    words = set(parts_of(said))
    for token in tokens:
        if token.kind in _CHECKED and token.text not in _GENERAL:
            text = token.text.strip("/").removesuffix(".py").removesuffix("/__init__")
            is_there = text in said or _squeezed(text) in _squeezed(said)
            if not is_there and not set(parts_of(text)) <= words:
                yield token


def _texts(argument: Argument) -> Iterator[str]:
    yield argument.value
    yield argument.label
    yield argument.evidence
    # A dotted module is written with slashes in a path.
    yield argument.value.replace("/", ".")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
