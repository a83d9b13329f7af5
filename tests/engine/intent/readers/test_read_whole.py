"""Refactorings of whole files, asked for in plain words; anything left over refuses."""

import asyncio

import pytest

from nanobot_engine.intent import NotUnderstoodError, Planner
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from support.refactored import encoded

FILES = encoded(
    {
        "app/__init__.py": "",
        "app/io.py": "def load(path):\n    print(path)\n    return path\n",
        "app/shapes.py": "def area(shape):\n    return shape\n",
        "app/more/__init__.py": "",
        "app/more/io_text.py": "def read():\n    return 1\n",
        "tests/test_shapes.py": "def test_area():\n    assert True\n",
    }
)


def parts_of(sentence: str) -> list[tuple[str, dict[str, str]]]:
    planner = Planner(Codebase(FILES), tuple(REFACTORINGS.values()))
    plan = asyncio.run(planner.plan(sentence))
    return [(part.refactoring, part.values()) for part in plan.parts]


@pytest.mark.parametrize(
    ("sentence", "name", "arguments"),
    [
        ("use f-strings instead of .format in shapes.py", "convert format strings",
         {"where": "app/shapes.py"}),
        ("Convert the %-formatting in `app/io.py` and `app/shapes.py` to f-strings.",
         "convert format strings", {"where": "app/io.py,app/shapes.py"}),
        ("f-strings instead of percent formatting please", "convert format strings", {}),
        ("Convert the `print` calls in `app/io.py` to logging.", "convert print to logging",
         {"where": "app/io.py"}),
        ("no prints in io, use the logger", "convert print to logging", {"where": "app/io.py"}),
        ("Replace `os.path` by `pathlib` in app/more/", "convert os.path to pathlib",
         {"where": "app/more"}),
        ("convert tests/test_shapes.py from unittest to pytest", "convert unittest to pytest",
         {"where": "tests/test_shapes.py"}),
        ("test_shapes to pytest pls", "convert unittest to pytest",
         {"where": "tests/test_shapes.py"}),
        ("replace the bare excepts by except Exception", "convert bare except", {}),
        ("add __all__ to the io and shapes modules", "add all",
         {"where": "app/io.py,app/shapes.py"}),
        ("shapes has no __all__", "add all", {"where": "app/shapes.py"}),
        ("Add `from __future__ import annotations` to every module in app/more",
         "add postponed annotations", {"where": "app/more"}),
        ("dead code out of shapes.py", "remove dead code", {"where": "app/shapes.py"}),
        ("clean up the unused imports", "remove dead code", {"kinds": "imports"}),
        ("remove unused imports and functions that nobody calls from io.py", "remove dead code",
         {"kinds": "imports,definitions", "where": "app/io.py"}),
        ("Fix the ruff diagnostics F401 and F841 in `app/io.py`.", "fix diagnostics",
         {"tool": "ruff", "codes": "F401,F841", "where": "app/io.py"}),
        ("fix the mypy errors please", "fix diagnostics", {"tool": "mypy"}),
        ("drop the unused parameters in shapes.py", "remove unused parameters",
         {"where": "app/shapes.py"}),
    ],
)  # fmt: skip
def test_a_wish_about_files_is_read(sentence: str, name: str, arguments: dict[str, str]) -> None:
    assert parts_of(sentence) == [(name, arguments)]


@pytest.mark.parametrize(
    "sentence",
    [
        "remove __all__ from shapes.py",
        "do not convert print to logging",
        "use f-strings in app/ but not in io.py",
        "use f-strings in the nonexistent module",
        "use f-strings in shapes.py and make it faster",
        "convert print to logging in load only",
        "add tests with pytest for shapes.py",
        "remove from __future__ import annotations",
        "remove the unused imports that mypy reports in shapes.py",
        "why is there dead code in shapes.py",
        "convert print to logging and os.path to pathlib in unknown.py",
    ],
)
def test_a_word_that_nothing_explains_refuses(sentence: str) -> None:
    with pytest.raises(NotUnderstoodError):
        parts_of(sentence)


def test_it_can_be_one_part_of_several() -> None:
    assert parts_of("rename area to surface and remove the unused imports in io.py") == [
        ("rename", {"symbol": "app/shapes.py::area", "new_name": "surface"}),
        ("remove dead code", {"kinds": "imports", "where": "app/io.py"}),
    ]
