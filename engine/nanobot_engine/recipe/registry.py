"""From a user's sentence to a recipe and its arguments.

A program decides: every recipe says strictly whether a sentence asks for it. One that
none reads is refused with what can be asked, one that two read with their names.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nanobot_engine.recipe import (
    annotate,
    document,
    handling,
    log_calls,
    rewrite,
    write_tests,
)
from nanobot_engine.recipe.errors import GoalAmbiguousError, GoalUnknownError, RecipeError
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.recipe import Recipe, RecipeModule

_MODULES: Final[tuple[RecipeModule, ...]] = (
    document,
    handling,
    log_calls,
    annotate,
    write_tests,
    rewrite,
)

RECIPES: Final = MappingProxyType({module.NAME: module for module in _MODULES})


def goal_from_sentence(sentence: str) -> Goal:
    """Find the recipe that does what `sentence` asks.

    Raises:
        GoalUnknownError: None does.
        GoalAmbiguousError: It asks for several.
    """
    cleaned = " ".join(sentence.split())
    goals = [goal for module in RECIPES.values() if (goal := module.goal_of(cleaned))]
    if not goals:
        raise GoalUnknownError(cleaned, [module.EXAMPLE for module in RECIPES.values()])
    if len(goals) > 1:
        raise GoalAmbiguousError(cleaned, [goal.recipe for goal in goals])
    return goals[0]


def recipe_named(name: str, arguments: Mapping[str, str]) -> Recipe:
    """Return the recipe that the ledger names.

    Raises:
        RecipeError: This version has no such recipe.
    """
    module = RECIPES.get(name)
    if module is None:
        known = ", ".join(sorted(RECIPES))
        raise RecipeError(f"recipe {name!r}: unknown; this version has {known}")
    return module.from_arguments(arguments)
