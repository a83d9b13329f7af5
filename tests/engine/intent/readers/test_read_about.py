"""Moves that say what they are about."""

import pytest

from nanobot_engine.intent.names.about import definitions_about
from nanobot_engine.intent.names.symbol_table import SymbolTable
from nanobot_engine.intent.readers.read_about import read_about
from nanobot_engine.intent.readers.reading import Context, Reading
from nanobot_engine.refactor.codebase import Codebase

FILES = {
    "app/__init__.py": b"",
    "app/utils.py": b'''
import re

RED = "red"
COLOR_NAMES = [RED]


def colorize(text):
    return text


class ColorMap:
    """Maps names."""


def paint(text):
    """Paint a text in a colour."""


def read_url(url):
    """Read."""


class URLPattern:
    pass


def is_url_pattern(text):
    return re.match("", text)


def coloring():
    """Nothing."""
''',
    "app/places.py": b"def url_of(pattern):\n    return pattern\n",
    "tests/test_utils.py": b"def test_colors(): ...\n",
}


def read(sentence: str, **answers: str) -> Reading | None:
    table = SymbolTable(Codebase(FILES))
    given = {text.replace("_", " "): option for text, option in answers.items()}
    context = Context(table, sentence, given)
    reading = read_about(context)
    if reading is not None:
        reading.questions = context.questions
    return reading


COLORS = ["COLOR_NAMES", "colorize", "ColorMap", "coloring"]
PATTERNS = ["URLPattern", "is_url_pattern"]


@pytest.mark.parametrize(
    ("sentence", "names", "target"),
    [
        ("move everything about colours from app/utils.py to app/colors.py", COLORS, "colors"),
        ("split app/utils.py: everything about colors goes to app/colors.py", COLORS, "colors"),
        ("Split utils.py, all the color stuff should go into colors.py", COLORS, "colors"),
        ("put all colour-related code of utils into a new module colors", COLORS, "colors"),
        ("extract the functions that deal with colors to colors.py", COLORS, "colors"),
        ("everything about colors in utils -> colors.py pls", COLORS, "colors"),
        ("everything related to url patterns in utils.py to places.py", PATTERNS, "places"),
        ("take the url pattern helpers out of utils and move them to patterns.py", PATTERNS,
         "patterns"),
    ],
)  # fmt: skip
def test_what_is_about_something_moves(sentence: str, names: list[str], target: str) -> None:
    reading = read(sentence)

    assert reading is not None
    assert not reading.missing
    values = {one.name: one.value for one in reading.arguments}
    assert values == {
        "symbols": "\n".join(f"app/utils.py::{name}" for name in names),
        "target": f"app/{target}.py",
    }
    assert reading.refactoring == ("move" if target == "places" else "split module")


def test_what_a_docstring_speaks_of_is_asked() -> None:
    reading = read("move everything about colours from utils.py to colors.py")

    assert reading is not None
    assert [one.text for one in reading.questions] == [
        "Does paint belong to what is about 'colours'?"
    ]


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("move everything about colours from app/utils.py", "where"),
        ("move everything about trees from app/utils.py to trees.py", "which module has"),
        ("move everything about colours from gone.py to colors.py", "which module has"),
        ("move everything about colours from utils.py to utils.py", "another module"),
    ],
)
def test_what_is_not_clear_is_said(sentence: str, missing: str) -> None:
    reading = read(sentence)

    assert reading is not None
    assert missing in reading.missing


@pytest.mark.parametrize(
    "sentence",
    [
        "rename colorize to paint everywhere",
        "move colorize from utils.py to colors.py",
        "add docstrings to all functions in utils.py",
        "tell me everything about colours",
        "move all functions to utils.py",
        "rename all the things",
    ],
)
def test_other_sentences_are_not_read(sentence: str) -> None:
    assert read(sentence) is None


@pytest.mark.parametrize(
    ("words", "certain"),
    [
        ("url", ("read_url", "URLPattern", "is_url_pattern")),
        ("the urls", ("read_url", "URLPattern", "is_url_pattern")),
        ("patterns of urls", ("URLPattern", "is_url_pattern")),
        ("stuff", ()),
        ("", ()),
        ("path", ()),
    ],
)
def test_names_say_what_they_are_about(words: str, certain: tuple[str, ...]) -> None:
    file = Codebase(FILES).project.file("app/utils.py")
    assert file is not None

    assert definitions_about(file, words).certain == certain
