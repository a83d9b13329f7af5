"""Early returns that a program makes."""

import ast
from collections.abc import Callable

import pytest

from nanobot_engine.edit.control_flow import does_same
from nanobot_engine.recipe.rewrite.early_return import with_early_returns, without_needless_else


def check(body: str, expected: str, rewrite: Callable[[str], str] = with_early_returns) -> None:
    """The only place that knows the API under test."""
    code, wanted = (
        "def f(a, b):\n" + "\n".join(f"    {line}" if line else "" for line in text.split("\n"))
        for text in (body, expected)
    )
    found = rewrite(code)
    assert found == wanted
    nodes = [ast.parse(text).body[0] for text in (code, found)]
    assert isinstance(nodes[0], ast.FunctionDef)
    assert isinstance(nodes[1], ast.FunctionDef)
    assert does_same(nodes[0], nodes[1])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "if a:\n    g(a)\n    h(b)",
            "if not a:\n    return\ng(a)\nh(b)",
        ),
        (
            "if a:\n    return b\nelse:\n    # Why.\n    return g(b)  # so",
            "if a:\n    return b\n# Why.\nreturn g(b)  # so",
        ),
        (
            "if a == 'x':\n    x = g(a)\n    return x\nelse:\n    raise ValueError(a)",
            "if a != 'x':\n    raise ValueError(a)\nx = g(a)\nreturn x",
        ),
        (
            "if a:\n    if b:\n        g()\n        return h()\nreturn None",
            "if not a:\n    return None\nif not b:\n    return None\ng()\nreturn h()",
        ),
        (
            "for x in a:\n    if x in b:\n        g(x)\n        h(x)",
            "for x in a:\n    if x not in b:\n        continue\n    g(x)\n    h(x)",
        ),
        (
            "if a:\n    return 1\nelif b:\n    return 2\nelse:\n    return 3",
            "if a:\n    return 1\nif b:\n    return 2\nreturn 3",
        ),
        (
            "if a:\n    g()\n\n    return h()\n\nelse:\n    raise ValueError",
            "if not a:\n    raise ValueError\ng()\n\nreturn h()",
        ),
        (
            "if a and b:\n    g()\n\n    h()",
            "if not (a and b):\n    return\ng()\n\nh()",
        ),
        (
            "if not a:\n    g()\n    h()",
            "if a:\n    return\ng()\nh()",
        ),
        (
            'if "ä" and g(a):  # ö\n    g()\n    h()',
            'if not ("ä" and g(a)):  # ö\n    return\ng()\nh()',
        ),
    ],
)
def test_nesting_becomes_guards(body: str, expected: str) -> None:
    check(body, expected)


@pytest.mark.parametrize(
    "body",
    [
        "if a:\n    g()",
        "if a:\n    g()\n    h()\ng()",
        "if a:\n    g()\nreturn b",
        "if a:\n    g()\nelse:\n    h()",
        "if a:\n    g()\nelif b:\n    h()",
        "if a: return 1\nelse: return 2",
        "if a:\n    x = '''\n  y'''\n    g(x)",
        "if (a and\n        b):\n    g()\n    h()",
        "try:\n    if a:\n        g()\n        h()\nexcept OSError:\n    pass\nb()",
        "with a:\n    if b:\n        g()\n        h()\nreturn a",
        "for x in a:\n    g()\nelse:\n    if b:\n        g()\n        h()\nh()",
    ],
)
def test_what_can_not_be_left_earlier_stays(body: str) -> None:
    check(body, body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if a:\n    return b\nelse:\n    return g(b)", "if a:\n    return b\nreturn g(b)"),
        ("if a:\n    g(a)\n    h(b)", "if a:\n    g(a)\n    h(b)"),
        (
            "for x in a:\n    if x:\n        g(x)\n        h(x)\nreturn b",
            "for x in a:\n    if x:\n        g(x)\n        h(x)\nreturn b",
        ),
    ],
)
def test_an_else_goes_without_a_guard_that_was_not_there(body: str, expected: str) -> None:
    check(body, expected, without_needless_else)
