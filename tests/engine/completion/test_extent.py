"""Where a suggestion ends: the line, or the block that the cursor opened."""

import pytest

from nanobot_engine.completion.extent import Ending, extent_of
from nanobot_engine.completion.request import CompletionRequest


def check(marked: str, generated: str, *, path: str = "a.py", is_explicit: bool = False) -> str:
    """Return what is kept of a text written at `|`, as it is written a character at a time."""
    before, after = marked.split("|")
    request = CompletionRequest(path, before, after, is_explicit=is_explicit)
    ending = Ending(request, extent_of(request, lines_max=6))
    for end in range(1, len(generated) + 1):
        if not ending.wants_more(generated[:end]):
            kept = ending.cut(generated[:end])
            assert kept is not None
            return kept
    kept = ending.cut(generated)
    return generated if kept is None else kept


def test_within_a_line_it_is_the_line() -> None:
    assert check("x = |\n", "1\ny = 2\n") == "1"
    assert check("f(|)\n", "a, b)\nc\n") == "a, b)"
    assert check("x = | + 1\n", "2 + 3\n") == "2 + 3"


def test_behind_a_header_it_is_the_block() -> None:
    assert check("def f(a):|\n", "\n    b = a\n    return b\n\ndef g():\n") == (
        "\n    b = a\n    return b"
    )
    assert check("    if a:|\n", "\n        b()\n    c()\n") == "\n        b()"


def test_a_block_ends_with_the_first_character_that_is_not_in_it() -> None:
    assert check("if a:|\n", "\n    b()\nc") == "\n    b()"


def test_an_empty_line_calls_for_a_statement_of_its_block() -> None:
    assert check("def f():\n    a = 1\n    |\n", "b = 2\n    return a\nx = 1\n") == (
        "b = 2\n    return a"
    )


def test_a_paragraph_ends_it_unless_the_user_asked() -> None:
    text = "\n    a()\n\n    b()\n"
    assert check("def f():|\n", text) == "\n    a()"
    assert check("def f():|\n", text + "x", is_explicit=True) == "\n    a()\n\n    b()"


def test_it_has_few_lines() -> None:
    lines = "".join(f"\n    a{number} = {number}" for number in range(20))
    assert check("def f():|\n", lines + "\n").count("\n") == 6


def test_a_line_that_follows_ends_it() -> None:
    assert check("def f():|\n    return total\n", "\n    total = 1\n    return total\n") == (
        "\n    total = 1"
    )


def test_the_closing_bracket_belongs_to_it() -> None:
    text = "\n  a();\n}\nb();\n"
    assert check("function f() {|\n", text, path="a.js") == "\n  a();\n}"
    assert check("x = [|\n", "\n    1,\n    2,\n]\ny = 1\n") == "\n    1,\n    2,\n]"


def test_going_round_in_circles_ends_it() -> None:
    assert check("def f():|\n", "\n    a()" * 9 + "\n") == "\n    a()"


@pytest.mark.parametrize(
    ("path", "line", "is_block"),
    [
        ("a.py", "for a in b:", True),
        ("a.py", "class A:  # one", True),
        ("a.py", "x: int = d[a:", False),
        ("a.py", "lambda a:", False),
        ("a.py", "x = 1", False),
        ("a.go", "if err != nil {", True),
        ("a.ts", "const f = () =>", True),
        ("a.rs", "let x = 1;", False),
        ("a.sh", "for a in b; do", True),
        ("a.lua", "if a then", True),
        ("a.rb", "list.each do |a|", True),
        ("a.yaml", "jobs:", True),
        ("notes.txt", "Dear all,", False),
    ],
)
def test_what_opens_a_block(path: str, line: str, *, is_block: bool) -> None:
    request = CompletionRequest(path, line, "\n")

    assert extent_of(request, lines_max=6).is_multi_line is is_block


def test_one_line_is_never_more() -> None:
    assert not extent_of(CompletionRequest("a.py", "def f():", "\n"), lines_max=1).is_multi_line
