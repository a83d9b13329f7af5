"""Whether two functions are shown to do the same."""

import ast
import itertools
import random
from types import CodeType
from typing import Any

import pytest

from nanobot_engine.edit.control_flow import does_same
from nanobot_engine.edit.python_span import DefinitionNode

_HEADER = "def f(a, b, many=()):\n"


def function(body: str) -> DefinitionNode:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    node = ast.parse(_HEADER + lines).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def check_same(one: str, other: str) -> bool:
    """The only place that knows the API under test."""
    forward = does_same(function(one), function(other))
    assert forward == does_same(function(other), function(one))
    return forward


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "if a:\n    if b:\n        return g()\nreturn None",
            "if not a or not b:\n    return\nreturn g()",
        ),
        (
            "r = None\nif a:\n    r = g()\nelse:\n    r = h()\nreturn r",
            "if not a:\n    return h()\nreturn g()",
        ),
        ("if a in b:\n    return True\nreturn False", "return a in b"),
        ("if a is None:\n    x = 1\nelse:\n    x = 2\ng(x)", "x = 2 if a is not None else 1\ng(x)"),
        (
            "for x in many:\n    if x:\n        g(x)\n        h(x)",
            "for x in many:\n    if not x:\n        continue\n    g(x)\n    h(x)",
        ),
        (
            "r = []\nfor x in many:\n    if x != a:\n        r.append(x)\nreturn r",
            "return [x for x in many if not x == a]",
        ),
        ("r = {}\nfor x in many:\n    r[x] = g(x)\nreturn r", "return {x: g(x) for x in many}"),
        ("with a:\n    with b:\n        g()", "with a, b:\n    g()"),
        (
            "if a:\n    raise ValueError\nelse:\n    g()",
            "if not a:\n    g()\n    return\nraise ValueError",
        ),
        (
            "if a:\n    try:\n        return g()\n    except OSError:\n        raise\nreturn h()",
            "if not a:\n    return h()\ntry:\n    return g()\nexcept OSError:\n    raise",
        ),
        ("x = g()\nreturn x", "return g()"),
    ],
)
def test_another_shape_of_the_same_is_the_same(one: str, other: str) -> None:
    assert check_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("if a:\n    return g()\nreturn h()", "if not a:\n    return g()\nreturn h()"),
        ("if a and b:\n    return g()\nreturn h()", "if b and a:\n    return g()\nreturn h()"),
        ("g()\nif a:\n    h()", "if a:\n    h()\ng()"),
        ("if a:\n    g()\nh()", "if a:\n    g()\n    return\nh()"),
        ("if a is None:\n    return 1\nreturn 2", "if not a:\n    return 1\nreturn 2"),
        ("return a or b", "if a:\n    return True\nreturn b"),
        ("if a == b:\n    return True\nreturn False", "return a == b"),
        ("r = []\nfor x in many:\n    r.append(r)\nreturn r", "r = [r for x in many]\nreturn r"),
        (
            "x = 0\nr = []\nfor x in many:\n    r.append(x)\nreturn r, x",
            "x = 0\nr = [x for x in many]\nreturn r, x",
        ),
        (
            "try:\n    x = None\n    g()\nexcept OSError:\n    pass\nreturn x",
            "try:\n    g()\n    x = None\nexcept OSError:\n    pass\nreturn x",
        ),
        ("x = 1\ng(locals())\nreturn x", "g(locals())\nx = 1\nreturn x"),
        ("x = 1\nh = lambda: x\nx = 2\nreturn h()", "h = lambda: x\nx = 2\nreturn h()"),
        ("global x\nx = 1\ng()\n", "global x\ng()\nx = 1\n"),
        ("while a:\n    break\nelse:\n    g()", "while a:\n    break\ng()"),
        ("x = None\nimport os as x\nreturn x", "import os as x\nx = None\nreturn x"),
        (
            "if a:\n    try:\n        return g()\n    except OSError:\n        pass\nreturn h()",
            "if not a:\n    return h()\ntry:\n    return g()\nexcept OSError:\n    pass",
        ),
        (
            "if a:\n    try:\n        g()\n    except OSError:\n        raise\nreturn h()",
            "if not a:\n    return h()\ntry:\n    g()\nexcept OSError:\n    raise",
        ),
        ("return 1", "return True"),
        ("return 1", "return 1.0"),
    ],
)
def test_what_may_differ_is_not_called_the_same(one: str, other: str) -> None:
    assert not check_same(one, other)


def test_a_function_with_too_many_ways_through_it_is_left_unproved() -> None:
    body = "\n".join(f"if g({i}):\n    h({i})" for i in range(40))

    assert not check_same(body, body)


class Writer:
    """Writes random bodies over conditions c(i), effects e(i), and one name that carries."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def body(self, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self._random.randint(1, 2)):
            lines += self._statement(depth)
        return lines

    def _condition(self) -> str:
        one, other = (f"c({self._random.randrange(2)})" for _ in range(2))
        forms = (one, f"not {one}", f"{one} and {other}", f"not ({one} or {other})")
        return self._random.choice(forms)

    def _statement(self, depth: int) -> list[str]:
        pick = self._random.choice
        flat = (
            [f"e({self._random.randrange(2)})"],
            [pick(("return r", "return 1", "return", "return c(0)"))],
            [f"r = {pick(('1', 'None', 'c(1)'))}"],
            [f"return 1 if {self._condition()} else None"],
            ["pass"],
        )
        kind = self._random.randrange(8 if depth else 5)
        return flat[kind] if kind < 5 else self._block(kind, depth - 1)

    def _block(self, kind: int, depth: int) -> list[str]:
        inner = [f"    {line}" for line in self.body(depth)]
        if kind == 5:
            return ["for _ in (0, 1):", *inner]
        if kind == 6:
            return ["try:", *inner, "except KeyError:", "    e(9)"]
        lines = [f"if {self._condition()}:", *inner]
        if self._random.random() < 0.5:
            lines += ["else:", *(f"    {line}" for line in self.body(depth))]
        return lines


def traces(node: DefinitionNode) -> list[object]:
    """Run a function for all answers of its conditions, and record what it does."""
    code = compile(ast.Module([node], []), "<f>", "exec")
    return [trace(code, answers) for answers in itertools.product((True, False), repeat=5)]


def trace(code: CodeType, answers: tuple[bool, ...]) -> object:
    seen: list[str] = []
    left = iter(answers * 4)

    def condition(number: int) -> bool:
        seen.append(f"c{number}")
        return next(left)

    def effect(number: int) -> None:
        seen.append(f"e{number}")
        if number == 1 and len(seen) % 3 == 0:
            raise KeyError(number)

    names: dict[str, Any] = {"c": condition, "e": effect}
    exec(code, names)
    try:
        return seen, names["f"](0, 0)
    except (KeyError, UnboundLocalError, StopIteration) as error:
        return seen, type(error)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_called_the_same_behaves_the_same(seed: int) -> None:
    by_traces: dict[str, list[DefinitionNode]] = {}
    nodes = []
    for number in range(70):
        writer = Writer(seed * 1000 + number)
        node = function("\n".join(["r = 0", *writer.body(2)]))
        nodes.append((node, traces(node)))
        by_traces.setdefault(repr(nodes[-1][1]), []).append(node)

    same = [
        (one, other)
        for (one, _), (other, _) in itertools.combinations(nodes, 2)
        if does_same(one, other)
    ]

    assert len(same) > 3, seed
    trace_by_node = {id(node): found for node, found in nodes}
    for one, other in same:
        assert trace_by_node[id(one)] == trace_by_node[id(other)], (
            seed,
            ast.unparse(one),
            ast.unparse(other),
        )
