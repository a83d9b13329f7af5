"""Functions that are handed on as values: how many arguments they get by position there.

Whoever gets a function calls it later, where no program follows. Of some it is known what they
pass (`map`, `key=` of `sorted`, a decorator); some never call it (a comparison, `__name__`).
"""

import ast
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python import Reference
from nanobot_engine.python.scope import Scope
from nanobot_engine.python.value import ForeignValue
from nanobot_engine.refactor.call.call_site import CallSite, Uses
from nanobot_engine.refactor.codebase import Codebase

_PARTIAL: Final = frozenset({"functools.partial", "functools.partialmethod"})
_ONLY_LOOKING: Final = frozenset(
    f"builtins.{name}" for name in ("callable", "hasattr", "hash", "id", "repr", "str", "type")
)
# What they pass to their first argument.
_FIRST: Final = {"builtins.filter": 1, "functools.reduce": 2, "functools.cmp_to_key": 2}
# What is called with one argument.
_KEYED: Final = frozenset({"builtins.sorted", "builtins.min", "builtins.max"})


@dataclass(frozen=True, slots=True)
class HandedOn:
    """What happens to a function where it is handed on."""

    reference: Reference
    count: int | None
    """How many arguments come by position at most; None where nobody knows."""
    partial: CallSite | None = None
    """The call of `functools.partial`, whose first argument the function is."""


def handed_on(codebase: Codebase, uses: Uses) -> list[HandedOn]:
    """Return what happens where the function is handed on."""
    return [_judged(codebase, one) for one in uses.values]


def _judged(codebase: Codebase, reference: Reference) -> HandedOn:
    file = reference.file
    node, parent = _node_and_parent(reference)
    if node is None or parent is None:
        return HandedOn(reference, None)
    match parent:
        case (
            ast.Compare()
            | ast.Attribute(attr="__name__" | "__qualname__" | "__doc__" | "__module__")
        ):
            return HandedOn(reference, 0)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return HandedOn(reference, 1 if node in parent.decorator_list else None)
        case ast.Call():
            scope = next(scope for call, scope in file.names.calls if call is parent)
            return _of_call(codebase, reference, node, parent, scope)
        case ast.keyword(arg="key"):
            for call, scope in file.names.calls:
                if parent in call.keywords:
                    is_sort = isinstance(call.func, ast.Attribute) and call.func.attr == "sort"
                    if is_sort or _callee(codebase, reference, call, scope) in _KEYED:
                        return HandedOn(reference, 1)
    return HandedOn(reference, None)


def _of_call(
    codebase: Codebase, reference: Reference, node: ast.AST, call: ast.Call, scope: Scope
) -> HandedOn:
    callee = _callee(codebase, reference, call, scope)
    if callee in _ONLY_LOOKING:
        return HandedOn(reference, 0)
    if not call.args or call.args[0] is not node:
        return HandedOn(reference, None)
    if callee == "builtins.map":
        is_open = any(isinstance(one, ast.Starred) for one in call.args)
        return HandedOn(reference, None if is_open else len(call.args) - 1)
    if callee in _PARTIAL:
        return HandedOn(reference, None, CallSite(reference.file, call, scope, reference, 0))
    return HandedOn(reference, _FIRST.get(callee))


def _callee(codebase: Codebase, reference: Reference, call: ast.Call, scope: Scope) -> str:
    values = codebase.references.inference.values(reference.file, scope, call.func)
    names = {one.name for one in values if isinstance(one, ForeignValue) and not one.is_instance}
    return names.pop() if len(names) == len(values) == 1 else ""


def _node_and_parent(reference: Reference) -> tuple[ast.expr | None, ast.AST | None]:
    """Return the expression that a reference ends, and what it is part of."""
    file, end = reference.file, reference.span.end_byte
    for parent in ast.walk(file.tree):
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, ast.Name | ast.Attribute) and file.span(child).end_byte == end:
                return child, parent
    return None, None
