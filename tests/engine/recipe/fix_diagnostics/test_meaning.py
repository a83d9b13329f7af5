"""An answer that keeps all words and turns something around is told."""

import ast

import pytest

from nanobot_engine.recipe.fix_diagnostics.meaning import meaning_problem, order_problem
from nanobot_engine.refactor.open_finding import OpenFinding, Remark


def problem(old: str, new: str, code: str = "X1", said: str = "") -> str:
    finding = OpenFinding("ruff", (Remark(code, "bad"),), "")
    trees = ast.parse(old).body, ast.parse(new).body
    return meaning_problem(*trees, finding, frozenset(said.split()))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x = a < b", "x = a > b", "another direction"),
        ("x = a < b", "x = a <= b", "another direction"),
        ("x = a - b", "x = a + b", "computes something else"),
        ("x = -a", "x = a", "computes something else"),
        ("x = a and b", "x = a or b", "another `or`"),
        ("x = a == b", "x = a != b", "turns a condition around"),
        ("if a: f()", "if not a: f()", "turns a condition around"),
        ("x = a in b", "x = a not in b", "turns a condition around"),
        ("f(a, b)", "f(b, a)", "the arguments of f come in another order"),
        ("x.f(a, g(b))", "x.f(g(b), a)", "the arguments of x.f come in another order"),
    ],
)
def test_what_is_turned_around_is_told(old: str, new: str, words: str) -> None:
    assert words in problem(old, new)


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("if a:\n    if b:\n        f()", "if a and b:\n    f()", "SIM102", ""),
        ("x = not a == b", "x = a != b", "SIM201", ""),
        ("x = a == False", "x = not a", "E712", "False"),
        ("x = not a is None", "x = a is not None", "E714", ""),
        ("x = 3 < a", "x = a > 3", "SIM300", ""),
        ("x = a if a else b", "x = a or b", "FURB110", "or"),
        ("x = b if not a else c", "x = c if a else b", "SIM212", ""),
        ("x = a == 1 or a == 2", "x = a in (1, 2)", "PLR1714", ""),
        ("f('%s %s' % (a, b))", "f(f'{a} {b}')", "UP031", ""),
        ("f(a)", "f(str(a))", "arg-type", ""),
        ("f(a, key=b)", "f(key=b, *a)", "B026", ""),
    ],
)
def test_what_rules_ask_for_is_let_through(old: str, new: str, code: str, said: str) -> None:
    assert problem(old, new, code, said) == ""


def test_words_that_stay_come_in_their_order() -> None:
    said = frozenset({"int"})

    assert order_problem(["f", "a", "b"], ["f", "str", "a", "b"], said) == ""
    assert order_problem(["int", "f", "a"], ["f", "a", "int"], said) == ""
    assert order_problem(["f", "a", "b"], ["f", "b", "a"], said) != ""
