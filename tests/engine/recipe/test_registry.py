"""From a sentence to a recipe."""

import sys
from pathlib import Path

import pytest

from nanobot_engine.recipe import (
    RECIPES,
    AskingRecipe,
    GoalUnknownError,
    ProgramRecipe,
    RecipeError,
    goal_from_sentence,
    recipe_named,
    write_tests,
)


@pytest.mark.parametrize(
    ("sentence", "kinds"),
    [
        (
            "add docstrings to every public function and class that has none",
            "class,function,method",
        ),
        ("Add docstrings to all public functions", "function,method"),
        ("document the classes please", "class"),
        ("doc-strings everywhere", "class,function,method"),
        ("write docstrings for all methods", "method"),
    ],
)
def test_a_wish_for_docstrings_is_understood(sentence: str, kinds: str) -> None:
    goal = goal_from_sentence(sentence)

    assert (goal.recipe, goal.arguments["kinds"]) == ("document", kinds)


@pytest.mark.parametrize(
    "sentence", ["", "rename foo to bar", "remove all docstrings", "translate the docstrings"]
)
def test_another_wish_is_refused_with_what_is_possible(sentence: str) -> None:
    with pytest.raises(GoalUnknownError, match='what it can do: "add docstrings'):
        goal_from_sentence(sentence)


def test_a_recipe_that_this_version_lacks_is_named() -> None:
    with pytest.raises(RecipeError, match="'levitate': unknown"):
        recipe_named("levitate", {})


@pytest.mark.parametrize("name", RECIPES)
def test_the_example_of_a_recipe_makes_a_whole_one_of_one_kind(name: str, tmp_path: Path) -> None:
    goal = goal_from_sentence(RECIPES[name].EXAMPLE)
    if name == write_tests.NAME:
        goal = write_tests.with_code(goal, root=tmp_path, python=Path(sys.executable))

    # A method of its contract that it lacks would be said here, not in the middle of a run.
    recipe = recipe_named(goal.recipe, goal.arguments)

    assert recipe.name == name
    assert isinstance(recipe, AskingRecipe) is not isinstance(recipe, ProgramRecipe)
