"""The expressions of a file, each with the scope in which its names are looked up."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nanobot_engine.python import PythonFile, Scope

_STRINGS: Final = re.compile(
    rb"\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*'", re.DOTALL
)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def expressions(file: PythonFile) -> Iterator[tuple[ast.expr, Scope]]:
    """Yield every expression that is read, outer ones first, with its scope."""
    stack: list[tuple[ast.AST, Scope]] = [(file.tree, file.names.module)]
    while stack:
        node, scope = stack.pop()
        is_read = not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
        if isinstance(node, ast.expr) and is_read:
            yield node, scope
        inner = file.names.scope_by_node.get(node, scope)
        outside = set(map(id, _evaluated_outside(node)))
        children = [
            (child, scope if id(child) in outside else inner)
            for child in _flat(ast.iter_child_nodes(node))
        ]
        stack.extend(reversed(children))


def _flat(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes, and in the place of parameters and comprehensions what is in them."""
    for node in nodes:
        if isinstance(node, ast.arguments | ast.arg | ast.comprehension):
            yield from _flat(ast.iter_child_nodes(node))
        else:
            yield node


def _evaluated_outside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a scope's node that are evaluated around it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from node.decorator_list
        yield from _flat([node.args])
        if node.returns is not None:
            yield node.returns
    elif isinstance(node, ast.Lambda):
        yield from _flat([node.args])
    elif isinstance(node, ast.ClassDef):
        yield from [*node.decorator_list, *node.bases, *node.keywords]
    elif isinstance(node, _COMPREHENSIONS):
        yield node.generators[0].iter


def has_lost_comment(file: PythonFile, node: ast.expr, kept: Iterable[ast.expr]) -> bool:
    """Tell whether a comment stands inside of an expression but in none of its kept parts."""
    span = file.span(node)
    data, position = b"", span.start_byte
    for part in sorted(map(file.span, kept), key=lambda one: one.start_byte):
        data += file.source.data[position : part.start_byte]
        position = max(position, part.end_byte)
    data += file.source.data[position : span.end_byte]
    return b"#" in _STRINGS.sub(b"", data)


def is_docstring(parents: Mapping[ast.AST, tuple[ast.AST, str]], node: ast.expr) -> bool:
    """Tell whether a string documents a module, class or function."""
    match node, parents.get(node):
        case ast.Constant(value=str()), (ast.Expr() as statement, _):
            holder, field = parents[statement]
            body = getattr(holder, field, None)
            return field == "body" and isinstance(body, list) and body[0] is statement
    return False
