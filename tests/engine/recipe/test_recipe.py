"""Rewriting, annotating and testing as whole processes, with a scripted model."""

import asyncio
import sys
from pathlib import Path

import pytest

from nanobot_engine.edit import read_source
from nanobot_engine.process import Ledger, accept, enumerate_files, review
from nanobot_engine.recipe import Goal, goal_from_sentence, recipe_named
from nanobot_engine.recipe.write_tests.recipe import with_code
from support import small_process
from support.scripted_model import ScriptedModel

CODE = """\
def first(items, wanted):
    found = []
    for item in items:
        if item == wanted:
            found.append(item)
    print(found)
    return found


def double(number):
    if number > 3:
        return number * 2
    return 0
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


def check(root: Path, goal: Goal, answers: dict[str, str]) -> dict[str, str]:
    """Return the files after a process; the only place that knows the API under test."""

    def answer(prompt: str) -> str:
        return next((text for part, text in answers.items() if part in prompt), "?")

    (root / "shop.py").write_text(CODE)
    with Ledger.open(root.parent / "ledger.db") as ledger:
        process_id = ledger.create_process(goal, small_process.OPTIONS)
        source = read_source(root, "shop.py", size_bytes_max=10**6)
        recipe = recipe_named(goal.recipe, goal.arguments)
        enumerate_files(ledger, process_id, recipe, [source], overlay={})
        asyncio.run(small_process.run(ledger, process_id, ScriptedModel(answer=answer)))
        assert review(ledger, process_id).plan.files
        report = accept(ledger, root, process_id)
        assert not report.refused
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.py")
    }


def test_a_function_is_rewritten_by_program_or_by_proved_votes(root: Path) -> None:
    goal = goal_from_sentence("simplify `first` and `double` in shop.py")
    shorter = "def double(number):\n    return number * 2 if number > 3 else 0"

    files = check(root, goal, {"def double": f"```python\n{shorter}"})

    first = "    found = [item for item in items if item == wanted]\n    print(found)\n"
    assert first in files["shop.py"]
    assert files["shop.py"].endswith(f"\n\n\n{shorter}\n")


def test_votes_that_agree_on_something_else_change_nothing(root: Path) -> None:
    goal = goal_from_sentence("simplify `first` and `double` in shop.py")
    wrong = "def double(number):\n    return number * 2"

    files = check(root, goal, {"def double": f"```python\n{wrong}"})

    assert CODE[CODE.index("def double") :] in files["shop.py"]


def test_places_are_annotated(root: Path) -> None:
    goal = goal_from_sentence("add type annotations to shop.py")

    files = check(root, goal, {"parameter `items`": "Iterable[str]", "parameter `number`": "int"})

    assert "def first(items: Iterable[str], wanted):" in files["shop.py"]
    assert "def double(number: int):" in files["shop.py"]
    assert "from collections.abc import Iterable\n" in files["shop.py"]


def test_tests_are_written_that_pass(root: Path) -> None:
    goal = with_code(
        goal_from_sentence("write tests for shop.py"), root=root, python=Path(sys.executable)
    )

    files = check(
        root,
        goal,
        {"def first": "first([1, 2, 1], 1)\nfirst([], 1)", "def double": "double(3)\ndouble(4)"},
    )

    text = files["tests/test_shop.py"]
    assert "from shop import double, first\n" in text
    assert "    assert first([1, 2, 1], 1) == [1, 1]\n" in text
    assert "    assert double(4) == 8\n" in text
    assert "    assert double(3) == 0\n" in text
    assert files["shop.py"] == CODE
