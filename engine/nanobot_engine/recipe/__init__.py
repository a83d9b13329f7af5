"""Kinds of processes: one folder per recipe; `judge`, which no sentence asks for, is one module.

Suggested reading order: `recipe` (the contract), `document`, `registry` (from a
user's sentence to a recipe), `place` (where in a workspace a sentence means). What only
some recipes share is beside them: `python_item`, `named_item`, `addition`.

A recipe states its guarantee as its gates. It does not know the ledger, waves
or how votes are counted, and one recipe never imports another.
"""

from nanobot_engine.recipe.errors import (
    DeclinedError,
    GoalAmbiguousError,
    GoalUnknownError,
    RecipeError,
)
from nanobot_engine.recipe.goal import Goal
from nanobot_engine.recipe.judge import Judgement, JudgeRecipe
from nanobot_engine.recipe.place import Place, place_of
from nanobot_engine.recipe.recipe import (
    AskingRecipe,
    Briefing,
    Candidate,
    Item,
    ProgramRecipe,
    Proposal,
    Recipe,
    RedFlag,
)
from nanobot_engine.recipe.registry import RECIPES, goal_from_sentence, recipe_named

__all__ = [
    "RECIPES",
    "AskingRecipe",
    "Briefing",
    "Candidate",
    "DeclinedError",
    "Goal",
    "GoalAmbiguousError",
    "GoalUnknownError",
    "Item",
    "JudgeRecipe",
    "Judgement",
    "Place",
    "ProgramRecipe",
    "Proposal",
    "Recipe",
    "RecipeError",
    "RedFlag",
    "goal_from_sentence",
    "place_of",
    "recipe_named",
]
