"""From a sentence to a recipe."""

import pytest

from nanobot_engine.recipe import GoalUnknownError, RecipeError, goal_from_sentence, recipe_named


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
