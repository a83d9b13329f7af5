"""Comprehensions that a program makes."""

import ast

import pytest

from nanobot_engine.edit.control_flow import does_same
from nanobot_engine.recipe.rewrite.collect_loop import with_comprehensions


def check(body: str, expected: str) -> None:
    """The only place that knows the API under test."""
    code, wanted = (
        "def f(a, b):\n" + "\n".join(f"    {line}" for line in text.split("\n"))
        for text in (body, expected)
    )
    found = with_comprehensions(code)
    assert found == wanted
    nodes = [ast.parse(text).body[0] for text in (code, found)]
    assert isinstance(nodes[0], ast.FunctionDef)
    assert isinstance(nodes[1], ast.FunctionDef)
    assert does_same(nodes[0], nodes[1])


LONG = "something_with_a_long_name(x, 'and', 'several', 'arguments')"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "r = []\nfor x in a:\n    r.append(g(x))\nreturn r",
            "return [g(x) for x in a]",
        ),
        (
            "r = []\nfor x, y in a:\n    if x:\n        if y:\n            r.append((x, y))\ng(r)",
            "r = [(x, y) for x, y in a if x if y]\ng(r)",
        ),
        (
            "r: T = set()\nfor x in a:\n    if x or b:\n        continue\n    r.add(x)\ng(r)",
            "r: T = {x for x in a if not (x or b)}\ng(r)",
        ),
        (
            "r = set()\nfor x in a:\n    r.add(x)\nreturn r",
            "return {x for x in a}",
        ),
        (
            "r = {}\nfor x in a:\n    r[x] = g(x)\nreturn r",
            "return {x: g(x) for x in a}",
        ),
        (
            f"r = []\nfor x in a:\n    if x in b:\n        r.append({LONG})\nreturn r",
            f"return [\n    {LONG}\n    for x in a\n    if x in b\n]",
        ),
        (
            "if b:\n    r = []\n    for x in a:\n        r.append(x)\n    g(r)",
            "if b:\n    r = [x for x in a]\n    g(r)",
        ),
    ],
)
def test_a_loop_that_only_collects_becomes_a_comprehension(body: str, expected: str) -> None:
    check(body, expected)


@pytest.mark.parametrize(
    "body",
    [
        "r = []\nfor x in a:\n    # Why.\n    r.append(x)\nreturn r",
        "r = []\nfor x in a:\n    r.append(r)\nreturn r",
        "r = []\nfor x in a:\n    r.append(x)\nreturn r, x",
        "r = []\nfor x in a:\n    r.append(x)\n    g(x)\nreturn r",
        "r = []\nfor x in a:\n    r.append(x)\nelse:\n    g()\nreturn r",
        "r = [1]\nfor x in a:\n    r.append(x)\nreturn r",
        "r = []\nfor x in a:\n    r.append((yield x))\nreturn r",
        "r = []\nfor x in a:\n    r.append(lambda: x)\nreturn r",
        "r = []\nfor x in a:\n    r.append([\n        x])\nreturn r",
        "r = []\nfor b.x in a:\n    r.append(1)\nreturn r",
        "global r\nr = []\nfor x in a:\n    r.append(x)",
    ],
)
def test_any_other_loop_stays(body: str) -> None:
    check(body, body)
