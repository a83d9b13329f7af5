"""Kinds of processes: one module per recipe.

Suggested reading order: `recipe` (the contract), `document`, `registry` (from a
user's sentence to a recipe).

A recipe states its guarantee as its gates. It does not know the ledger, waves
or how votes are counted, and one recipe never imports another.
"""

from nanobot_engine.recipe.errors import DeclinedError, GoalUnknownError, RecipeError
from nanobot_engine.recipe.judge import Judgement, JudgeRecipe
from nanobot_engine.recipe.recipe import Briefing, Candidate, Item, Recipe, RedFlag
from nanobot_engine.recipe.registry import RECIPES, Goal, goal_from_sentence, recipe_named

__all__ = [
    "RECIPES",
    "Briefing",
    "Candidate",
    "DeclinedError",
    "Goal",
    "GoalUnknownError",
    "Item",
    "JudgeRecipe",
    "Judgement",
    "Recipe",
    "RecipeError",
    "RedFlag",
    "goal_from_sentence",
    "recipe_named",
]
