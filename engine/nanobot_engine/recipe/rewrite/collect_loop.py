"""Comprehensions by program: the text of a function whose loops that only collect are gone.

    found = []                     return [f(x) for x in many if x]
    for x in many:           ─>
        if x:
            found.append(f(x))
    return found

What comes out is not believed here: who uses it proves that it does the same.
"""

import ast
from collections.abc import Sequence
from typing import Final

from nanobot_engine.edit.collecting import collected, conditions_of
from nanobot_engine.recipe.python_function import Function
from nanobot_engine.recipe.rewrite.stepwise import stepwise

_STARTS: Final = (ast.Assign, ast.AnnAssign)
_WIDTH_MAX: Final = 80
"""Of a line, without the indentation of the function itself."""


def with_comprehensions(code: str) -> str:
    """Return the text of a function with comprehensions in place of loops.

    Args:
        code: One function that parses, without indentation around it.

    Returns:
        `code` itself where there is nothing to do.
    """
    return stepwise(_one_step, code)


def _one_step(function: Function, code: str) -> str | None:
    stored = {
        one.id
        for one in ast.walk(function)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    for one in ast.walk(function):
        if isinstance(one, ast.Global | ast.Nonlocal):
            stored.difference_update(one.names)
    for node in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                made = _in_block(block, function, frozenset(stored), code)
                if made is not None:
                    return made
    return None


def _in_block(
    block: Sequence[ast.stmt],
    function: Function,
    stored: frozenset[str],
    code: str,
) -> str | None:
    for place in range(len(block) - 1):
        start, loop = block[place : place + 2]
        if not isinstance(loop, ast.For) or not isinstance(start, _STARTS):
            continue
        if len(collected([start, loop], function, stored)) == 2:
            continue
        following = block[place + 2] if place + 2 < len(block) else None
        made = _replaced(start, loop, following, code)
        if made is not None:
            return made
    return None


def _replaced(
    start: ast.Assign | ast.AnnAssign, loop: ast.For, following: ast.stmt | None, code: str
) -> str | None:
    lines = code.split("\n")
    target = start.target if isinstance(start, ast.AnnAssign) else start.targets[0]
    assert isinstance(target, ast.Name), "`collected` looked"
    last_line = loop.end_lineno or loop.lineno
    parts = _parts(loop, code)
    region = lines[start.lineno - 1 : last_line]
    # A comment would have no place; what stands on several lines no text of its own.
    if (
        parts is None
        or any("#" in line for line in region)
        or not all(line.strip() for line in region)
    ):
        return None
    opening, closing = ("[", "]") if isinstance(start.value, ast.List) else ("{", "}")
    head = f"{target.id} = "
    if isinstance(start, ast.AnnAssign):
        head = (
            f"{target.id}: {_segment(start.annotation, code) or ast.unparse(start.annotation)} = "
        )
    match following:
        case ast.Return(value=ast.Name(id=name)) if name == target.id:
            head, last_line = "return ", following.end_lineno or last_line
            if any("#" in line for line in lines[loop.end_lineno or 0 : last_line]):
                return None
    indent = " " * start.col_offset
    line = f"{indent}{head}{opening}{' '.join(parts)}{closing}"
    new = [line]
    if len(line) > _WIDTH_MAX:
        inner = [f"{indent}    {part}" for part in parts]
        new = [f"{indent}{head}{opening}", *inner, f"{indent}{closing}"]
    return "\n".join([*lines[: start.lineno - 1], *new, *lines[last_line:]])


def _parts(loop: ast.For, code: str) -> list[str] | None:
    """Return the clauses of a comprehension as they stand in the loop."""
    conditions, last = conditions_of(loop.body)
    match last:
        case ast.Expr(value=ast.Call(args=[element])):
            first = [element]
        case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
            first = [key, value]
        case _:
            return None
    heads = [_segment(one, code) for one in (*first, loop.target, loop.iter)]
    tests = [_condition(one, code) for one in conditions]
    if any(one is None for one in (*heads, *tests)):
        return None
    texts = [one for one in heads if one is not None]
    *made, target, many = texts
    return [
        ": ".join(made),
        f"for {target} in {many}",
        *(f"if {test}" for test in tests if test is not None),
    ]


def _condition(node: ast.expr, code: str) -> str | None:
    if isinstance(node, ast.UnaryOp) and not hasattr(node, "lineno"):
        # Of an `if …: continue`.
        text = _segment(node.operand, code)
        is_one = isinstance(node.operand, ast.Name | ast.Attribute | ast.Call | ast.Subscript)
        return None if text is None else f"not {text}" if is_one else f"not ({text})"
    text = _segment(node, code)
    return f"({text})" if text and isinstance(node, ast.IfExp | ast.Lambda) else text


def _segment(node: ast.expr, code: str) -> str | None:
    """Return the text of an expression on one line, None for others."""
    text = ast.get_source_segment(code, node)
    if text is None or "\n" in text:
        return None
    is_bare = isinstance(node, ast.Tuple) and not text.startswith("(")
    is_target = isinstance(getattr(node, "ctx", None), ast.Store)
    return f"({text})" if is_bare and not is_target else text
