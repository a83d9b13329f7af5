"""Inputs that a program finds in the code of a function."""

import ast

from nanobot_engine.recipe.write_tests.call_input import checked_calls, varied_calls


def varied(code: str, *calls: str) -> list[str]:
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.FunctionDef)
    made = varied_calls(calls, node)
    # They are run, so they have to be what an answer has to be.
    assert checked_calls("\n".join(made), node.name) == made
    return made


def test_each_argument_gets_what_the_code_speaks_of_and_keeps_its_kind() -> None:
    code = "def f(a, n, *, k=1):\n    return a.split(',') if n > 3 else a == 'word'\n"

    made = varied(code, "f('x', 1, k=2)")

    assert "f(',a,', 1, k=2)" in made
    assert "f('a,b', 1, k=2)" in made
    assert "f('word', 1, k=2)" in made
    assert {"f('x', 3, k=2)", "f('x', 4, k=2)", "f('x', 2, k=2)"} <= set(made)
    assert not any("f(3" in one or "'x', ','" in one for one in made)


def test_none_is_tried_where_the_code_asks_for_it() -> None:
    assert varied("def f(a):\n    return 0 if a is None else 1\n", "f(5)") == ["f(None)"]
    assert varied("def f(a):\n    return a\n", "f(5)", "f()") == []


def test_a_docstring_says_nothing_about_inputs() -> None:
    assert varied("def f(a):\n    'x'\n    return a\n", "f('b')") == []
