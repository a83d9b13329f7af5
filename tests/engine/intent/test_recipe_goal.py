import pytest

from nanobot_engine.intent import recipe_goal
from nanobot_engine.recipe import GoalAmbiguousError


@pytest.mark.parametrize(
    "sentence",
    [
        "add docstrings to every public function and class that has none",
        "document all methods",
        "please write docstrings for the classes in tests too",
        "docstrings for the functions in app/io.py",
        "add docstrngs to every class",
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


@pytest.mark.parametrize(
    ("sentence", "recipe"),
    [
        ("add comprehensive error handling to all functions", "handle errors"),
        ("error handling everywhere pls", "handle errors"),
        ("every function should handle errors", "handle errors"),
        ("surround file access with try/except", "handle errors"),
        ("wrap file access in `app/io.py` in StoreError", "handle errors"),
        ("add logging to the public functions of app/io", "add logging"),
        ("log every call in app/io.py", "add logging"),
        ("more logging please", "add logging"),
    ],
)
def test_errors_and_logs_have_recipes(sentence: str, recipe: str) -> None:
    goal = recipe_goal(sentence)

    assert goal is not None
    assert goal.recipe == recipe


@pytest.mark.parametrize(
    "sentence",
    [
        "extract the error handling into a function",
        "move error_handler to app/errors.py",
        "rename handle_errors to on_error",
        "add a logging parameter to run",
        "use logging instead of print",
        "remove the error handling from load",
        "convert bare excepts to except Exception",
    ],
)
def test_refactorings_that_speak_of_errors_and_logs_have_none(sentence: str) -> None:
    assert recipe_goal(sentence) is None


def test_two_wishes_in_one_sentence_are_refused_with_both_names() -> None:
    with pytest.raises(GoalAmbiguousError, match="document, handle errors"):
        recipe_goal("add error handling and docstrings to all functions")
