"""What is not shown: junk, and what is there already."""

import pytest

from nanobot_engine.completion.request import CompletionRequest
from nanobot_engine.completion.trim import trimmed


def check(marked: str, text: str, *, path: str = "a.py") -> str:
    before, after = marked.split("|")
    return trimmed(text, CompletionRequest(path, before, after))


@pytest.mark.parametrize(
    ("marked", "text", "shown"),
    [
        ("f(|)\n", "a, b)", "a, b"),
        ("f(|)\n", "g()", "g()"),
        ("f(|)\n", "g())", "g()"),
        ("f(|):\n", "a):", "a"),
        ("x = [|]\n", "1, 2]", "1, 2"),
        ('d["|"]\n', 'key"]', "key"),
        ("x = '|'\n", "a'", "a"),
        ("return | + total\n", "sum + total", "sum"),
        ("f(a, |, c)\n", "b, c)", "b"),
        ("x = f(|) + 1\n", "')')", "')'"),
    ],
)
def test_what_the_line_goes_on_with_is_cut(marked: str, text: str, shown: str) -> None:
    assert check(marked, text) == shown


def test_special_tokens_and_fences_end_it() -> None:
    assert check("x = |\n", "1<|fim_pad|>2") == "1"
    assert check("x = |\n", "1\n```\nThis code sets x") == "1"


def test_white_space_is_no_suggestion() -> None:
    assert check("x = 1|\n", "\n\n   ") == ""
    assert check("x =|\n", "   ") == ""


def test_space_at_the_end_of_lines_is_not_shown() -> None:
    assert check("if a:|\n", "\n    b()  \n    c() \n") == "\n    b()\n    c()"


def test_lines_that_stand_below_are_cut() -> None:
    assert check("a()\n|\nccc()\nddd()\n", "bbb()\nccc()\nddd()") == "bbb()"
    assert check("x = [|\n]\n", "\n    1,\n]") == "\n    1,"


def test_what_is_there_already_is_no_suggestion() -> None:
    assert check("|\nimport os\n", "import os") == ""
    assert check("x = |1\n", "1") == ""
    assert check("names = [\n    first,|\n    second,\n    third,\n]\n", "\n    third,") == ""


def test_the_same_words_in_another_block_are_something_else() -> None:
    below = "def f(a):\n    |\n    return None\n"
    text = "if a:\n        return None"
    assert check(below, text) == text
    assert check("if a:\n    |\nb()\nif c:\n    return None\n", "return None") == "return None"


def test_fences_stay_where_there_are_some() -> None:
    marked = "Run it:\n\n```bash\n|\n"
    assert check(marked, "pip install x\n```", path="a.md") == "pip install x\n```"


def test_what_leaves_the_work_to_the_user_is_cut() -> None:
    text = "\n    print(a)\n    # Add your processing logic here\n    # For example"
    assert check("for a in b:|\n", text) == "\n    print(a)"
    assert check("if (a) {|\n}\n", "\n  // Your code here", path="a.js") == ""
    own = "\n    # The logic of the shop is elsewhere\n    return a"
    assert check("def f(a):|\n", own) == own


def test_no_comma_stands_before_the_bracket_that_closes_json() -> None:
    assert check('{\n  "a": 1,\n  |\n}\n', '"b": 2,', path="a.json") == '"b": 2'
    assert check('{\n  |\n  "a": 1\n}\n', '"b": 2,', path="a.json") == '"b": 2,'
    assert check("x = [\n    1,\n    |\n]\n", "2345,") == "2345,"
