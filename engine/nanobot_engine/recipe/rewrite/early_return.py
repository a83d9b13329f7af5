"""Early returns by program: the text of a function with less nesting that does the same.

    if a:                  if not a:             if a:               if a:
        b()         ─>         return                return b   ─>       return b
        c()                b()                   else:               return c
    (the end)              c()                       return c

Whole lines move, so comments and formatting stay. What comes out is not believed here: who
uses it proves that it does the same.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nanobot_engine.recipe.block_end import falls_through
from nanobot_engine.recipe.python_function import Function
from nanobot_engine.recipe.rewrite.stepwise import stepwise

_BLOCKS: Final = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try)
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
_PLAIN: Final = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
_OPPOSITES: Final[dict[type[ast.cmpop], str]] = {
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in", ast.Eq: "!=",
    ast.NotEq: "==",
}  # fmt: skip


def with_early_returns(code: str) -> str:
    """Return the text of a function with guards in place of nesting.

    Args:
        code: One function that parses, without indentation around it.

    Returns:
        `code` itself where there is nothing to do.
    """
    return stepwise(_any_step, code)


def without_needless_else(code: str) -> str:
    """Return the text of a function without the `else` of what leaves before it.

    Nothing is written that was not there, but for a condition that is turned round.

    Args:
        code: One function that parses, without indentation around it.

    Returns:
        `code` itself where there is nothing to do.
    """
    return stepwise(_step_of_else, code)


@dataclass(frozen=True, slots=True)
class _Block:
    """Statements in a row, and what leaving them early is written as."""

    statements: Sequence[ast.stmt]
    leave: str
    """`return` or `continue` at the end of a function or loop; "" in any other block."""


def _any_step(function: Function, code: str) -> str | None:
    return _one_step(function, code, with_guards=True)


def _step_of_else(function: Function, code: str) -> str | None:
    return _one_step(function, code, with_guards=False)


def _one_step(function: Function, code: str, *, with_guards: bool) -> str | None:
    gives = any(isinstance(one, ast.Return) and one.value for one in ast.walk(function))
    lines = code.split("\n")
    for block in _blocks(_Block(function.body, "return None" if gives else "return")):
        for place, statement in enumerate(block.statements):
            if isinstance(statement, ast.If) and _is_movable(statement, lines):
                following = block.statements[place + 1 :]
                if statement.orelse:
                    made = _without_else(statement, lines)
                else:
                    made = _guard(statement, following, block.leave, lines) if with_guards else None
                if made is not None:
                    return "\n".join(made)
    return None


def _blocks(block: _Block) -> Iterator[_Block]:
    yield block
    for statement in block.statements:
        if not isinstance(statement, _BLOCKS):
            continue
        leave = "continue" if isinstance(statement, _LOOPS) else ""
        is_last = statement is block.statements[-1]
        if isinstance(statement, ast.If) and is_last:
            leave = block.leave
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, [])
            if inner:
                is_loop_else = name != "body" and isinstance(statement, _LOOPS)
                yield from _blocks(_Block(inner, "" if is_loop_else else leave))
        for handler in getattr(statement, "handlers", []):
            yield from _blocks(_Block(handler.body, ""))


def _is_movable(node: ast.If, lines: list[str]) -> bool:
    """Tell whether an `if` has its header on one line, its blocks on others, no long strings."""
    header = lines[node.lineno - 1]
    strings = (one for one in ast.walk(node) if isinstance(one, ast.Constant | ast.JoinedStr))
    return (
        header.lstrip().startswith("if ")
        and node.test.end_lineno == node.lineno
        and node.body[0].lineno > node.lineno
        and "\t" not in header[: node.col_offset]
        and not any(one.lineno != one.end_lineno for one in strings)
    )


def _guard(
    node: ast.If, following: Sequence[ast.stmt], leave: str, lines: list[str]
) -> list[str] | None:
    is_deep = len(node.body) > 1 or isinstance(node.body[0], _BLOCKS)
    if not is_deep:
        return None
    if not following and leave:
        guard = [f"{_indent(node.body[0])}{leave}"]
        return _guarded(node, guard, lines, end=_end(node))
    if len(following) == 1:
        last = following[0]
        is_short = isinstance(last, ast.Return | ast.Raise) and last.lineno == last.end_lineno
        between = lines[_end(node) : last.lineno - 1]
        if is_short and not any(line.strip() for line in between):
            guard = [_indent(node.body[0]) + lines[last.lineno - 1].strip()]
            # Where the body ends by itself, what follows it is still to come.
            is_reached = falls_through(node.body)
            return _guarded(node, guard, lines, end=_end(node) if is_reached else _end(last))
    return None


def _without_else(node: ast.If, lines: list[str]) -> list[str] | None:
    first = node.orelse[0]
    is_elif = isinstance(first, ast.If) and lines[first.lineno - 1].lstrip().startswith("elif ")
    leaves = not falls_through(node.body)
    if is_elif:
        if not leaves:
            return None
        changed = list(lines)
        changed[first.lineno - 1] = changed[first.lineno - 1].replace("elif ", "if ", 1)
        return changed
    place = next(
        (i for i in range(_end(node.body[-1]), first.lineno) if lines[i].strip() == "else:"), None
    )
    if place is None:
        return None
    other = lines[place + 1 : _end(node)]
    is_short = len(node.orelse) == 1 and not isinstance(first, _BLOCKS)
    if is_short and not falls_through(node.orelse) and len(node.body) > 1:
        return _guarded(node, other, lines, end=_end(node), body_end=place)
    if not leaves:
        return None
    return [*lines[:place], *_dedented(other, node), *lines[_end(node) :]]


def _guarded(
    node: ast.If, guard: list[str], lines: list[str], *, end: int, body_end: int | None = None
) -> list[str] | None:
    """Put a guard for the opposite in place of a condition around a body."""
    header = lines[node.lineno - 1]
    assert node.test.end_col_offset is not None, "the parser sets it"
    # Columns of `ast` are bytes.
    before = header.encode()[: node.test.col_offset].decode()
    behind = header.encode()[node.test.end_col_offset :].decode()
    if not behind.lstrip().startswith(":"):
        return None
    body = lines[node.lineno : _end(node) if body_end is None else body_end]
    if end == len(lines) or not lines[end].strip():
        # Blank lines above an `else` separate nothing any more.
        while not body[-1].strip():
            body.pop()
    opposite = f"{before}{_negated(node.test, header)}{behind}"
    return [*lines[: node.lineno - 1], opposite, *guard, *_dedented(body, node), *lines[end:]]


def _negated(test: ast.expr, line: str) -> str:
    """Return the opposite of a condition on one line, as people write it."""

    def text(node: ast.expr) -> str:
        # As it stands, with its own quotes and brackets.
        return line.encode()[node.col_offset : node.end_col_offset].decode()

    match test:
        case ast.UnaryOp(
            op=ast.Not(), operand=ast.Name() | ast.Attribute() | ast.Call() as operand
        ):
            return text(operand)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPPOSITES:
            return f"{text(left)} {_OPPOSITES[type(op)]} {text(right)}"
        case _ if isinstance(test, _PLAIN):
            return f"not {text(test)}"
    return f"not ({text(test)})"


def _dedented(lines: list[str], node: ast.If) -> list[str]:
    depth = node.body[0].col_offset - node.col_offset
    blank = " " * depth
    return [line[depth:] if line.startswith(blank) else line.lstrip() for line in lines]


def _indent(node: ast.stmt) -> str:
    return " " * node.col_offset


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
