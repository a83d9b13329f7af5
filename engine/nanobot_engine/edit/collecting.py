"""Loops that only collect, as the expressions that collect the same.

    found = []                      found = [f(x) for x in many if x]
    for x in many:
        if x:
            found.append(f(x))

Only for comparing: nothing here changes a program.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from nanobot_engine.edit.python_span import DefinitionNode

# What means something else in a comprehension, which is a scope of its own.
_UNMOVABLE: Final = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)


def collected(
    statements: Sequence[ast.stmt], function: DefinitionNode, own_names: frozenset[str]
) -> list[ast.stmt]:
    """Return statements with the loops that only collect replaced.

    Args:
        statements: A block of `function`.
        function: Where the names of a loop must not be read again.
        own_names: Names that only the statements of `function` can see.
    """
    found: list[ast.stmt] = []
    for statement in statements:
        replaced = None
        if isinstance(statement, ast.For) and found:
            replaced = _comprehension(found[-1], statement, function, own_names)
        if replaced is not None:
            found[-1] = replaced
        else:
            found.append(_with_plain_conditions(statement))
    return found


def _comprehension(
    start: ast.stmt, loop: ast.For, function: DefinitionNode, own_names: frozenset[str]
) -> ast.stmt | None:
    """Return the assignment that stands for an empty container and the loop that fills it."""
    annotated = start if isinstance(start, ast.AnnAssign) else None
    name, method = _started(start)
    if not name or loop.orelse or name not in own_names:
        return None
    conditions, last = conditions_of(loop.body)
    made = _made(last, name, method)
    if made is None or any(isinstance(node, _UNMOVABLE) for node in ast.walk(loop)):
        return None
    parts: list[ast.AST] = [loop.target, loop.iter, *conditions]
    parts += [made.key, made.value] if isinstance(made, ast.DictComp) else [made.elt]
    bound = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    if name in {node.id for part in parts for node in _names(part)} or not bound <= own_names:
        return None
    if any(node.id in bound for node in _names(function) if node not in set(_names(loop))):
        return None
    made.generators = [ast.comprehension(loop.target, loop.iter, conditions, 0)]
    _join_conditions(made)
    if annotated is not None:
        return ast.AnnAssign(annotated.target, annotated.annotation, made, annotated.simple)
    return ast.Assign(targets=[ast.Name(name, ast.Store())], value=made, lineno=0)


def _started(start: ast.stmt) -> tuple[str, str]:
    """Return the name of a container that starts empty, and the method that fills it.

    The method is empty for a dictionary; the name, where the statement is another one.
    """
    match start:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            pass
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            pass
        case _:
            return "", ""
    match value:
        case ast.List(elts=[]):
            return name, "append"
        case ast.Call(func=ast.Name(id="set"), args=[]):
            return name, "add"
        case ast.Dict(keys=[]):
            return name, ""
    return "", ""


def conditions_of(body: Sequence[ast.stmt]) -> tuple[list[ast.expr], ast.stmt | None]:
    """Return what must hold for the only statement of a loop, and that statement."""
    conditions: list[ast.expr] = []
    while True:
        match list(body):
            case [ast.If(test=test, body=inner, orelse=[])]:
                conditions.append(test)
                body = inner
            case [ast.If(test=test, body=[ast.Continue()], orelse=[]), *rest] if rest:
                conditions.append(ast.UnaryOp(ast.Not(), test))
                body = rest
            case [only]:
                return conditions, only
            case _:
                return conditions, None


def _made(
    last: ast.stmt | None, name: str, method: str
) -> ast.ListComp | ast.SetComp | ast.DictComp | None:
    match last:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=filled), attr=called),
                args=[element],
                keywords=[],
            )
        ) if filled == name and called == method and not isinstance(element, ast.Starred):
            kind = ast.ListComp if method == "append" else ast.SetComp
            return kind(element, [])
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=filled), slice=key)], value=value
        ) if filled == name and not method:
            return ast.DictComp(key, value, [])
    return None


def _with_plain_conditions(statement: ast.stmt) -> ast.stmt:
    """Bring the conditions of a comprehension that is assigned or returned into one form."""
    match statement:
        case (
            ast.Assign(value=ast.ListComp() | ast.SetComp() | ast.DictComp() as value)
            | ast.AnnAssign(value=ast.ListComp() | ast.SetComp() | ast.DictComp() as value)
            | ast.Return(value=ast.ListComp() | ast.SetComp() | ast.DictComp() as value)
        ):
            made = type(value)(**{name: getattr(value, name) for name in value._fields})
            _join_conditions(made)
            if isinstance(statement, ast.Return):
                return ast.Return(made)
            if isinstance(statement, ast.AnnAssign):
                target, annotation = statement.target, statement.annotation
                return ast.AnnAssign(target, annotation, made, statement.simple)
            return ast.Assign(targets=statement.targets, value=made, lineno=0)
    return statement


def _join_conditions(made: ast.ListComp | ast.SetComp | ast.DictComp) -> None:
    made.generators = [
        ast.comprehension(
            one.target,
            one.iter,
            [part for condition in one.ifs for part in _parts(condition)],
            one.is_async,
        )
        for one in made.generators
    ]


def _parts(condition: ast.expr) -> Iterator[ast.expr]:
    match condition:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _parts(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _negated(operand)
        case _:
            yield condition


def _negated(condition: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of `not condition` in the form that people write."""
    match condition:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPPOSITES:
            yield ast.Compare(left, [_OPPOSITES[type(op)]()], [right])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _parts(operand)
        case ast.BoolOp(op=ast.Or(), values=values):
            for value in values:
                yield from _negated(value)
        case _:
            yield ast.UnaryOp(ast.Not(), condition)


_OPPOSITES: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))
