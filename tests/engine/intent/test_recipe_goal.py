import pytest

from nanobot_engine.intent import recipe_goal


@pytest.mark.parametrize(
    "sentence",
    [
        "add docstrings to every public function and class that has none",
        "document all methods",
        "please write docstrings for the classes in tests too",
    ],
)
def test_a_wish_for_docstrings_is_of_the_recipe(sentence: str) -> None:
    goal = recipe_goal(sentence)

    assert goal is not None
    assert (goal.recipe, goal.sentence) == ("document", sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "rename load_cfg to read_settings, also in the documentation",
        "rename the function document to describe",
        "document -> describe",
        "describe instead of document",
        "load_cfg should be called read_settings, in the documentation too",
        "make everything faster",
    ],
)
def test_what_only_speaks_of_documents_is_not(sentence: str) -> None:
    assert recipe_goal(sentence) is None
