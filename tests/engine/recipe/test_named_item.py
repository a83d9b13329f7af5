"""Who names a definition gets an answer about it."""

import pytest

from nanobot_engine.edit import source_from_bytes
from nanobot_engine.recipe import DeclinedError, goal_from_sentence, recipe_named


def reasons(text: str, sentence: str) -> list[str]:
    """Return why nothing is done where a sentence names something."""
    goal = goal_from_sentence(sentence)
    recipe = recipe_named(goal.recipe, goal.arguments)
    source = source_from_bytes("app/io.py", text.encode())
    found = []
    for item in recipe.enumerate(source):
        winner = recipe.settled(source, item)
        assert winner is not None
        with pytest.raises(DeclinedError) as declined:
            recipe.edit(source, item, winner)
        found.append(f"{item.label}: {declined.value}")
    return found


def test_who_names_a_function_hears_why_it_gets_no_handler() -> None:
    text = "import os\n\n\ndef double(n):\n    return n + n\n\n\ndef drop(p):\n    os.remove(p)\n"

    (reason,) = reasons(text, "add error handling to `double`")
    (other,) = reasons(text, "add error handling for network access in `drop`")

    assert reason.startswith("double: no call in it is known to fail")
    assert other == "drop: what can fail in it is of another kind (file)"
    assert reasons(text.partition("def drop")[0], "add error handling to app/io.py") == []


CODE = """\
import functools
import logging

logger = logging.getLogger(__name__)


class Store:
    \"\"\"What is kept.\"\"\"

    def __init__(self, items):
        \"\"\"Take it.\"\"\"
        self.items = items


def small(n):
    return n


def told(n):
    logger.debug("told: n=%r", n)
    n += 1
    return n


@functools.cache
def kept(n):
    n += 1
    return n


def outer(n):
    def inner():
        print(n)
        print(n)

    for one in inner, inner:
        one()
"""


@pytest.mark.parametrize(
    "sentence",
    ["add docstrings to `double`", "add docstrings to _io.py", "add docstrings to app/_io.py"],
)
def test_what_is_named_in_a_private_module_is_documented(sentence: str) -> None:
    recipe = recipe_named("document", goal_from_sentence(sentence).arguments)
    source = source_from_bytes("app/_io.py", b"def double(n):\n    return n + n\n")

    assert [item.label for item in recipe.enumerate(source)] == ["double"]
    everything = recipe_named("document", goal_from_sentence("add docstrings in app/").arguments)
    assert list(everything.enumerate(source)) == []


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("add logging to `small`", "small: it has only one statement"),
        ("add logging to `told`", "told: it logs already"),
        ("add logging to `kept`", "kept: its decorator @functools.cache does not go with a log"),
        ("add logging to `inner`", "outer.<locals>.inner: it is inside of a function"),
        ("add logging to `Store.__init__`", "Store.__init__: Python calls it by itself"),
        ("add logging to the class `Store`", "Store: no method in it gets a message"),
        ("add docstrings to `Store`", "Store: it and what is in it have a docstring"),
        ("add a docstring to the class `small`", "small: it is a function"),
        ("use early returns in `small`", "small: nothing in it is nested"),
        ("use early returns in `inner`", "outer.<locals>.inner: it is inside of a function"),
        ("use early returns in `Store`", "Store: no method in it can be rewritten"),
        ("use comprehensions in `small`", "small: it has no loop"),
        ("simplify `small`", "small: it has no block that could be less"),
    ],
)
def test_every_recipe_says_why_it_does_nothing_about_what_was_named(
    sentence: str, reason: str
) -> None:
    (said,) = reasons(CODE, sentence)

    assert said.startswith(reason)
