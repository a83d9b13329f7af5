"""Plain words in sentences for recipes: names of the code are taken for names, others are not."""

import pytest

from nanobot_engine.intent import may_name_more, recipe_goal
from nanobot_engine.intent.names.symbol_table import SymbolTable
from nanobot_engine.intent.recipe_names import goal_with_names
from nanobot_engine.refactor.codebase import Codebase
from support.refactored import encoded

TABLE = SymbolTable(
    Codebase(
        encoded(
            {
                "loader.py": "def esc(text): ...\n\n\ndef unesc(text): ...\n",
                "table.py": "class Table:\n    def draw(self): ...\n\n\ndef log(x): ...\n",
                "tests/test_loader.py": "def everything():\n    pass\n",
            }
        )
    )
)


@pytest.mark.parametrize(
    ("sentence", "recipe", "names"),
    [
        ("docstring for esc", "document", "esc"),
        ("type hints 4 esc + unesc", "annotate", "esc\nunesc"),
        ("logging in esc pls", "add logging", "esc"),
        ("tests for esc and unesc", "write tests", "esc\nunesc"),
        ("add docstrings to draw of Table", "document", "Table.draw"),
        ("Table.draw docstring missing", "document", "Table.draw"),
        ("add docstrings to esc in loader.py", "document", "esc"),
        ("add docstrings to what people draw", "document", ""),
        ("add docstrings to all undocumented functions", "document", ""),
        ("add docstrings to everything", "document", ""),
        ("add docstrings to all esc functions", "document", ""),
        ("add logging to the public functions", "add logging", ""),
    ],
)
def test_names_are_read_where_the_code_has_them(sentence: str, recipe: str, names: str) -> None:
    goal = goal_with_names(sentence, TABLE)

    assert goal is not None
    assert (goal.recipe, goal.arguments["names"]) == (recipe, names)


def test_the_name_of_a_module_is_its_file() -> None:
    for sentence in ("write more tests for loader", "loader docstrings are missing"):
        goal = goal_with_names(sentence, TABLE)
        assert goal is not None
        assert (goal.arguments["paths"], goal.arguments["names"]) == ("loader.py", "")


def test_only_words_that_nothing_explains_need_the_code() -> None:
    for sentence in ("docstring for esc", "add docstrings to everything undocumented, esc too"):
        goal = recipe_goal(sentence)
        assert goal is not None
        assert may_name_more(sentence, goal)
    for sentence in ("add docstrings to the public functions", "add docstrings to `esc`"):
        goal = recipe_goal(sentence)
        assert goal is not None
        assert not may_name_more(sentence, goal)


@pytest.mark.parametrize(
    "sentence", ["rename esc to escape", "add docstrings and type annotations to esc"]
)
def test_no_recipe_or_several_are_no_goal(sentence: str) -> None:
    assert goal_with_names(sentence, TABLE) is None
