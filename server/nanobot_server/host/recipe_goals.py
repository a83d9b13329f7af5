"""From a sentence, and what was chosen for it, to the goal of a recipe."""

import contextlib
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from nanobot_engine.check import workspace_python
from nanobot_engine.edit import is_test_module
from nanobot_engine.intent import NotUnderstoodError, recipe_goal
from nanobot_engine.process import Check
from nanobot_engine.recipe import (
    RECIPES,
    Goal,
    GoalAmbiguousError,
    goal_from_sentence,
    rewrite,
    write_tests,
)
from nanobot_engine.recipe.place import Place
from nanobot_server.host.errors import NOT_FOUND, USAGE, HostError
from nanobot_server.host.params import Params
from nanobot_server.settings import Settings

WHICH_RECIPE: Final = "Which of these is to be done?"
MAY_REWRITE: Final = "No refactoring is certain to do this. Shall the model rewrite the code?"
LEAVE: Final = "leave the code as it is"


def started_goal(params: Params) -> Goal:
    """Return the goal that a front asks to start.

    Args:
        params: `goal`: the sentence as typed. `recipe`: its name, where the sentence alone does
            not say it. `only`: item keys that a rewrite is about, where it names none.
            `place`: `path` or `path::name`, where what the sentence asks for is to be done,
            and nowhere else; it says no place itself then.

    Raises:
        HostError: `usage`: there is no such recipe, or the sentence does not ask for it.
        RecipeError: No recipe does it, several do, or none reliably.
    """
    sentence, recipe = params.text("goal"), params.optional_text("recipe")
    only, place = params.texts("only"), params.optional_text("place")
    if place is not None:
        return _placed(named_goal(sentence, params.text("recipe")), place)
    if recipe is None:
        return recipe_goal(sentence) or goal_from_sentence(sentence)
    with contextlib.suppress(GoalAmbiguousError):
        goal = recipe_goal(sentence)
        if goal is not None and goal.recipe == recipe and not only:
            return goal
    return named_goal(sentence, recipe, only)


def _placed(goal: Goal, said: str) -> Goal:
    """Return a goal that is about one place and nothing else.

    Raises:
        HostError: `usage`: its recipe knows other places.
    """
    if goal.recipe == rewrite.NAME:
        raise HostError(USAGE, "place: a rewrite takes 'only' instead")
    path, _, name = said.partition("::")
    # Names of other languages are not known to be whole: `area` may be `Box::area`.
    place = Place.exactly(path, name if path.endswith((".py", ".pyi")) else "")
    if name and not place.names:
        place = replace(place, names=frozenset({name}))
    label = f"`{name}` in {path}" if name else path or "the workspace"
    arguments = {**goal.arguments, **(place.to_arguments() if path else {})}
    return Goal(f"{goal.sentence}: {label}", goal.recipe, arguments)


def named_goal(sentence: str, recipe: str, only: Collection[str] = ()) -> Goal:
    """Return the goal of one of the recipes that a sentence may ask for.

    Raises:
        HostError: `usage`: there is no such recipe, or the sentence does not ask for it.
        GoalUnreliableError: It is a rewrite that nothing could check.
    """
    module = RECIPES.get(recipe)
    if module is None:
        raise HostError(USAGE, f"{recipe}: no such recipe; there are {', '.join(sorted(RECIPES))}")
    cleaned = " ".join(sentence.split())
    goal = None if only else module.goal_of(cleaned)
    if goal is not None:
        return goal
    if recipe != rewrite.NAME:
        raise HostError(USAGE, f"{recipe}: the sentence does not ask for this recipe")
    return rewrite.last_resort(cleaned, only=frozenset(only))


def rewrite_of(error: NotUnderstoodError, found: frozenset[str]) -> tuple[Goal, str]:
    """Return the rewrite that a sentence may mean which nothing else takes, and say of what.

    Args:
        error: Why no refactoring does.
        found: Item keys that search finds for it; they count where it names nothing.

    Raises:
        GoalUnreliableError: Nothing could check it.
        NotUnderstoodError: It was understood in part, or is a question.
    """
    sentence = " ".join(error.sentence.split())
    if error.reason or sentence.endswith("?"):
        raise error
    with contextlib.suppress(rewrite.GoalUnreliableError):
        goal = rewrite.last_resort(sentence)
        place = Place.from_arguments(goal.arguments)
        return goal, f"rewrite {', '.join(sorted(place.names | place.paths))}"
    found = frozenset(key for key in found if not is_test_module(key.partition("::")[0]))
    goal = rewrite.last_resort(sentence, only=found)
    return goal, f"rewrite {', '.join(labels_of(found))}"


def labels_of(keys: Iterable[str]) -> list[str]:
    """Return item keys for people: "load in settings.py"."""
    parts = (key.partition("::") for key in sorted(keys))
    return [f"{name} in {path}" for path, _, name in parts]


def with_permission(goal: Goal, root: Path, settings: Settings, checks: Collection[Check]) -> Goal:
    """Return a goal that may run the code of the workspace, if it has to and that is allowed.

    Args:
        goal: Of any recipe.
        root: The workspace.
        settings: May allow it.
        checks: What the user allows this once.

    Raises:
        HostError: It has to and is not allowed, or there is no Python.
    """
    if goal.recipe != write_tests.NAME:
        return goal
    if not settings.process.run_code and Check.TESTS not in checks:
        raise HostError(
            USAGE,
            "write tests: has to run the functions, in a confined copy, to see what they give; "
            "allow it with --run-tests, or always with 'run_code = true' under [process] "
            "in the settings",
        )
    python = workspace_python(root, settings.process.python)
    if python is None:
        raise HostError(NOT_FOUND, "write tests: found no Python to run the functions with")
    return write_tests.with_code(goal, root=root, python=python)
