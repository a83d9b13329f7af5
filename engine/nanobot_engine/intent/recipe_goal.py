"""Which sentences ask for a recipe, and so for no refactoring."""

from typing import Final

from nanobot_engine.intent.clause import INSTEAD, clauses
from nanobot_engine.intent.scope import reach
from nanobot_engine.intent.sentence import TokenKind, tokenized
from nanobot_engine.recipe import Goal, GoalUnknownError, goal_from_sentence

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
    try:
        return goal_from_sentence(sentence)
    except GoalUnknownError:
        return None
