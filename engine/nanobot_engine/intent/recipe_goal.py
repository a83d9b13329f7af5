"""Which sentences ask for a recipe, and so for no refactoring."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from nanobot_engine.intent.words.clause import INSTEAD, clauses
from nanobot_engine.intent.words.scope import reach
from nanobot_engine.intent.words.sentence import TokenKind, tokenized
from nanobot_engine.intent.words.shorthand import spelled_out
from nanobot_engine.recipe import Goal, GoalUnknownError, goal_from_sentence

_HEADING: Final = re.compile(
    r"(?:some |more |unit )*(?:error handling|logging|docstrings?|type hints?|type annotations?"
    r"|annotations|tests?) (?:for|to|in) ",
    re.IGNORECASE,
)
_VERBS: Final = frozenset(
    {"rename", "call", "replace", "move", "reorder", "extract", "force", "inline", "split", "merge"}
)


def recipe_goal(sentence: str) -> Goal | None:
    """Return the goal of a recipe; None when the sentence asks for something else.

    "rename `a` to `b`, also in the documentation" is about documents and no wish for some.

    Raises:
        GoalAmbiguousError: It asks for several recipes.
    """
    _, _, tokens = reach(tokenized(sentence))
    read = clauses(tokens)
    is_arrow = any(token.kind is TokenKind.ARROW for token in tokens)
    if is_arrow or any(one.verb in _VERBS or one.chunk(INSTEAD) for one in read):
        return None
    if len(tokens) < len(tokenized(sentence)):
        sentence = " ".join(token.raw for token in tokens)
    for written in _written(sentence):
        with contextlib.suppress(GoalUnknownError):
            return replace(goal_from_sentence(written), sentence=sentence)
    return None


def _written(sentence: str) -> Iterator[str]:
    """Yield a sentence as it is, spelled out, and with the verb that a heading leaves out."""
    yield sentence
    tokens = tokenized(sentence)
    spelled = spelled_out(tokens, lambda _: False)
    if spelled != tokens:
        for old, new in zip(tokens, spelled, strict=True):
            sentence = sentence.replace(old.raw, new.text) if old != new else sentence
        yield sentence
    if _HEADING.match(sentence):
        yield f"add {sentence}"
