"""Small mistakes made in a Python function on purpose: a test that fails on none tests nothing.

Source: R. DeMillo, R. Lipton, F. Sayward, "Hints on Test Data Selection", Computer, 1978.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import SourceFile
from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import docstring_of

MUTANTS_MAX: Final = 24

_COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_OPERATORS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*",
    ast.BitAnd: "|", ast.BitOr: "&", ast.LShift: ">>", ast.RShift: "<<",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one mistake."""

    what: str
    """For people."""
    data: bytes


def mutants(source: SourceFile, node: DefinitionNode) -> list[Mutant]:
    """Make mistakes in a function: in constants, comparisons, operators, conditions, returns.

    Args:
        source: The file.
        node: A function of its tree.

    Returns:
        At most `MUTANTS_MAX`, spread over the function.
    """
    byte_map = ByteMap(source)
    found: list[Mutant] = []
    for part, text in _changes(node):
        if part.end_lineno is None or part.end_col_offset is None:
            continue
        start = byte_map.offset(part.lineno, part.col_offset)
        end = byte_map.offset(part.end_lineno, part.end_col_offset)
        data = source.data[:start] + text.encode(source.encoding) + source.data[end:]
        found.append(Mutant(f"line {part.lineno}: {text}", data))
    step = max(1, -(-len(found) // MUTANTS_MAX))
    return found[::step]


def _changes(node: DefinitionNode) -> Iterator[tuple[ast.expr, str]]:
    """Yield expressions, and the text that takes their place."""
    body = node.body[1:] if docstring_of(node) is not None else node.body
    inside_fstring = {
        part
        for statement in body
        for one in ast.walk(statement)
        if isinstance(one, ast.JoinedStr)
        for part in ast.walk(one)
        if part is not one
    }
    for one in (one for statement in body for one in ast.walk(statement)):
        # Where a piece of an f-string stands is not known in every version of Python.
        if one not in inside_fstring:
            yield from _changes_of(one)


def _changes_of(one: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    match one:
        case ast.Constant(value=bool(value)):
            yield one, str(not value)
        case ast.Constant(value=int(value)):
            yield one, str(value + 1)
        case ast.Constant(value=str(value)):
            yield one, repr(value + "X")
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            yield one, f"({_text(left)} {_COMPARISONS[type(op)]} {_text(right)})"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            yield one, f"({_text(left)} {_OPERATORS[type(op)]} {_text(right)})"
        case ast.BoolOp(op=op, values=values):
            word = " or " if isinstance(op, ast.And) else " and "
            yield one, f"({word.join(_text(value) for value in values)})"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, f"(not ({_text(test)}))"
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield value, "None"


def _text(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
