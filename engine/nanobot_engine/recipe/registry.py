"""From a user's sentence to a recipe and its scope.

A program decides: there is one recipe, and a sentence either asks for it or is
refused with what can be asked. Understanding loose sentences with a model comes
with the second recipe.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nanobot_engine.recipe.document import EVERYTHING, DocumentRecipe, Scope
from nanobot_engine.recipe.errors import GoalUnknownError, RecipeError
from nanobot_engine.recipe.recipe import Recipe

_EXAMPLES: Final = ("add docstrings to every public function and class that has none",)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a process was asked to do. Stored in the ledger."""

    sentence: str
    recipe: str
    arguments: Mapping[str, str]


# "document" makes the recipe from the arguments in the ledger.
RECIPES: Final = MappingProxyType({"document": DocumentRecipe})

_ABOUT_DOCSTRINGS: Final = re.compile(r"\bdoc[ -]?strings?\b|\bdocument(ation)?\b", re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"\b(remove|delete|strip|drop|translate|rewrite|improve|fix|update|shorten|convert)\b",
    re.IGNORECASE,
)
_KINDS: Final = MappingProxyType(
    {
        "function": re.compile(r"\bfunctions?\b", re.IGNORECASE),
        "method": re.compile(r"\bmethods?\b", re.IGNORECASE),
        "class": re.compile(r"\bclass(es)?\b", re.IGNORECASE),
    }
)


def goal_from_sentence(sentence: str) -> Goal:
    """Find the recipe that does what `sentence` asks.

    "functions" means methods too, as people say it, unless methods are named.

    Raises:
        GoalUnknownError: None does, or the sentence asks for something else
            about docstrings, such as removing them.
    """
    cleaned = " ".join(sentence.split())
    if not _ABOUT_DOCSTRINGS.search(cleaned) or _REFUSED.search(cleaned):
        raise GoalUnknownError(cleaned, _EXAMPLES)
    kinds = {kind for kind, pattern in _KINDS.items() if pattern.search(cleaned)}
    if "function" in kinds and "method" not in kinds:
        kinds.add("method")
    scope = Scope(
        kinds=frozenset(kinds) or EVERYTHING.kinds,
        with_tests=bool(re.search(r"\btests?\b", cleaned, re.IGNORECASE)),
    )
    return Goal(cleaned, "document", scope.to_arguments())


def recipe_named(name: str, arguments: Mapping[str, str]) -> Recipe:
    """Return the recipe that the ledger names.

    Raises:
        RecipeError: This version has no such recipe.
    """
    make = RECIPES.get(name)
    if make is None:
        known = ", ".join(sorted(RECIPES))
        raise RecipeError(f"recipe {name!r}: unknown; this version has {known}")
    return make(Scope.from_arguments(arguments))
