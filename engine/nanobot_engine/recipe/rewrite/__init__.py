"""The recipe "rewrite": functions written anew, as a sentence asks.

Start with `recipe` and `goal` (what a sentence asks, and whether that can be checked).
`early_return` and `collect_loop` do by program what they can, one step after the other
(`stepwise`). `question` and `answer` are the exchange with the model, `measure` tells
whether the wish came true, `imports` adds what was named, and `search` finds the functions
that a sentence speaks of without a name. `other_languages` does the same for files that
are not Python, and `by_language` asks whichever is right for a file.
"""

from nanobot_engine.recipe.rewrite.by_language import RewriteByLanguage, from_arguments
from nanobot_engine.recipe.rewrite.goal import GoalUnreliableError, RewriteScope, last_resort
from nanobot_engine.recipe.rewrite.recipe import (
    EXAMPLE,
    NAME,
    RewriteRecipe,
    goal_of,
)
from nanobot_engine.recipe.rewrite.search import searched_items

__all__ = [
    "EXAMPLE",
    "NAME",
    "GoalUnreliableError",
    "RewriteByLanguage",
    "RewriteRecipe",
    "RewriteScope",
    "from_arguments",
    "goal_of",
    "last_resort",
    "searched_items",
]
