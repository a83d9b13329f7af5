"""When the parts of a statement are evaluated, and what may change values meanwhile."""

import ast
from collections.abc import Iterator
from typing import Final

from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.python import PythonFile, Span
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.source.statement import own_span

ACTING: Final = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
"""What may do something, or give something else the next time."""

# What is evaluated at once, and once, of nodes that do not evaluate all their parts.
_AT_ONCE: Final[dict[type[ast.AST], tuple[str, ...]]] = {
    ast.IfExp: ("test",),
    ast.If: ("test",),
    ast.For: ("iter",),
    ast.AsyncFor: ("iter",),
    ast.Match: ("subject",),
    ast.Assert: ("test",),
    ast.AnnAssign: ("target", "value"),
    ast.comprehension: ("iter",),
    ast.While: (),
    ast.Try: (),
    ast.FunctionDef: (),
    ast.AsyncFunctionDef: (),
    ast.ClassDef: (),
    ast.Lambda: (),
}
# Of lists of parts, how many first ones.
_FIRST: Final[dict[type[ast.AST], tuple[str, int]]] = {
    ast.BoolOp: ("values", 1),
    ast.Compare: ("comparators", 1),
    ast.With: ("items", 1),
    ast.AsyncWith: ("items", 1),
    ast.ListComp: ("generators", 1),
    ast.SetComp: ("generators", 1),
    ast.DictComp: ("generators", 1),
    ast.GeneratorExp: ("generators", 1),
}


def is_evaluated_at_once(statement: ast.stmt, node: ast.expr) -> bool:
    """Tell whether a statement evaluates an expression always, and once, when it is reached."""
    stack: list[ast.AST] = [statement]
    while stack:
        one = stack.pop()
        if one is node:
            return True
        stack.extend(_parts_at_once(one))
    return False


def _parts_at_once(node: ast.AST) -> Iterator[ast.AST]:
    only = _AT_ONCE.get(type(node))
    first, count = _FIRST.get(type(node), ("", 0))
    for name, value in ast.iter_fields(node):
        if only is not None and name not in only:
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            # The results are evaluated for each element.
            if name != first:
                continue
        elif isinstance(node, ast.With | ast.AsyncWith) and name != first:
            continue
        parts = value if isinstance(value, list) else [value]
        yield from (
            part
            for part in (parts[:count] if name == first else parts)
            if isinstance(part, ast.AST)
        )


def reads_state(node: ast.expr) -> bool:
    """Tell whether an expression reads what other code can change: attributes and items."""
    return any(isinstance(one, (*ACTING, ast.Attribute, ast.Subscript)) for one in ast.walk(node))


def may_change_between(file: PythonFile, start_byte: int, end_byte: int) -> int | None:
    """Return the first byte after which attributes and items may be others.

    Args:
        file: The file.
        start_byte: Where the first value was read.
        end_byte: Where the last one is.

    Returns:
        The end of the first call, await, yield, or assignment to an attribute or item that
        ends between; None when there is none.
    """
    ends = []
    for node in ast.walk(file.tree):
        match node:
            case ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom():
                span = file.span(node)
            case (
                ast.Attribute(ctx=ast.Store() | ast.Del())
                | ast.Subscript(ctx=ast.Store() | ast.Del())
            ):
                span = file.span(node)
            case _:
                continue
        if start_byte <= span.end_byte <= end_byte:
            ends.append(span.end_byte)
    return min(ends, default=None)


def unchanged(file: PythonFile, found: list[ast.expr]) -> list[ast.expr]:
    """Return the first of equal expressions with those that surely have its value."""
    if not reads_state(found[0]):
        return found
    start, end = file.span(found[0]).end_byte, file.span(found[-1]).start_byte
    changed_at = may_change_between(file, start + 1, end)
    if changed_at is None:
        return found
    return [one for one in found if one is found[0] or file.span(one).start_byte < changed_at]


def check_evaluated(file: PythonFile, statement: ast.stmt, found: list[ast.expr]) -> None:
    """Refuse where the value would be computed although it was not, or with other names.

    Args:
        file: The file.
        statement: Before which the first expression would be evaluated.
        found: Equal expressions, in order.

    Raises:
        UnsafeError: With the reason.
    """
    start = own_span(file, statement).start_byte
    line = f"{file.path}:{found[0].lineno}"
    before = file.source.data[file.byte_map.line_start(file.line(start)) : start]
    is_elif = file.source.data[start : start + 4] == b"elif"
    if before.strip() or is_elif or not is_evaluated_at_once(statement, found[0]):
        raise UnsafeError(f"{line}: is not evaluated each time; naming it before would do that")
    if not _mean_the_same(file, found[0], found[1:]):
        raise UnsafeError(f"{line}: its names mean something else where it stands again")
    names = {node.id for node in ast.walk(found[0]) if isinstance(node, ast.Name)}
    for node in ast.walk(statement):
        if isinstance(node, ast.NamedExpr) and node.target.id in names:
            raise UnsafeError(f"{line}: {node.target.id!r} is set by the same statement")


def _mean_the_same(file: PythonFile, node: ast.expr, others: list[ast.expr]) -> bool:
    """Tell whether the names in equal expressions are bound by the same scopes."""
    meanings = [_meanings(file, one) for one in (node, *others)]
    return all(one == meanings[0] for one in meanings)


def _meanings(file: PythonFile, node: ast.expr) -> list[object]:
    span: Span = file.span(node)
    return [
        occurrence.bound()
        for occurrence in file.names.names
        if span.start_byte <= occurrence.span.start_byte < span.end_byte
    ]


def has_postponed_annotations(tree: ast.Module) -> bool:
    """Tell whether Python keeps the annotations of a module as text."""
    return any(
        isinstance(one, ast.ImportFrom)
        and one.module == "__future__"
        and any(alias.name == "annotations" for alias in one.names)
        for one in tree.body
    )


def annotations_in(node: ast.stmt) -> Iterator[ast.expr]:
    """Yield the annotations of parameters, results and local variables in a statement.

    Those of fields in the body of a class are left out: what makes a class of them, such as
    a data class, may evaluate them.
    """
    waiting: list[tuple[ast.AST, bool]] = [(node, False)]
    while waiting:
        one, is_in_class = waiting.pop()
        match one:
            case ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case (
                ast.FunctionDef(returns=ast.expr() as annotation)
                | ast.AsyncFunctionDef(returns=ast.expr() as annotation)
            ):
                yield annotation
            case ast.AnnAssign(annotation=annotation) if not is_in_class:
                yield annotation
        is_class = isinstance(one, ast.ClassDef)
        waiting += [(child, is_class) for child in ast.iter_child_nodes(one)]


def quoted_spans(file: PythonFile) -> list[Span]:
    """Return the strings of a file: a type that is named in one is not evaluated."""
    found: list[Span] = []
    # The tree of the file has types in place of the strings that name them.
    waiting: list[ast.AST] = [python_tree(file.source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(file.span(node))
        if not isinstance(node, ast.JoinedStr):
            waiting += ast.iter_child_nodes(node)
    return found
