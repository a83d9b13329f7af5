"""Imports inside of functions, where two modules would import each other at their tops.

What a function needs only when it is called can be imported then: both modules are run by
that time, or as far as they were when the name was a global of the one module.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import NameOccurrence, ScopeKind
from nanobot_engine.refactor.source.statement import own_span, whole_lines

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Way:
    """How two modules get names of each other without a circle of imports."""

    typed: Sequence[str] = ()
    """What moves needs them for type checkers only."""
    late: Mapping[FunctionNode, Sequence[str]] = field(default_factory=dict)
    """Functions that move, with what they import when they are called."""
    late_here: Mapping[FunctionNode, Sequence[str]] = field(default_factory=dict)
    """Functions that stay, with the same."""


def names_by_function(
    file: PythonFile, occurrences: Iterable[NameOccurrence]
) -> Mapping[FunctionNode, Sequence[str]] | None:
    """Return which functions need which names of their module only when they are called.

    Args:
        file: The module.
        occurrences: All places that need one of the names.

    Returns:
        The outermost functions, methods included; None when a name is needed while the module
        is imported, or where no import can stand.
    """
    found: dict[FunctionNode, set[str]] = {}
    for occurrence in occurrences:
        function = _function_around(file, occurrence)
        if function is None or _import_place(file, function) is None:
            return None
        scope = file.names.scope_by_node[function]
        if occurrence.name in scope.global_names | scope.sites.keys():
            return None
        found.setdefault(function, set()).add(occurrence.name)
    return {function: sorted(names) for function, names in found.items()}


def _function_around(file: PythonFile, occurrence: NameOccurrence) -> FunctionNode | None:
    """Return the outermost function in whose body a name stands."""
    found = None
    for scope in occurrence.scope.outwards():
        if scope.kind is ScopeKind.FUNCTION and not isinstance(scope.node, ast.Lambda):
            found = scope.node
    if not isinstance(found, FunctionNode):
        return None
    start = own_span(file, found.body[0]).start_byte
    return found if start <= occurrence.span.start_byte < file.span(found).end_byte else None


def _import_place(file: PythonFile, function: FunctionNode) -> int | None:
    """Return where the first statement behind the docstring starts, None within a line."""
    first = function.body[0]
    is_docstring = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    rest = function.body[1:] if is_docstring else function.body
    lines = whole_lines(file, rest[0]) if rest else None
    return lines.start_byte if lines is not None else None


def import_insertion(
    file: PythonFile, function: FunctionNode, module: str, names: Sequence[str]
) -> tuple[Span, str]:
    """Return where an import goes in a function, and its lines.

    Args:
        file: Of the function.
        function: A key of `names_by_function`.
        module: As it is written behind `from`.
        names: What is imported.
    """
    place = _import_place(file, function)
    assert place is not None, "it was looked for"
    first = function.body[0]
    own = own_span(file, first).start_byte
    indent = file.text(Span(file.byte_map.line_start(file.line(own)), own))
    return Span(place, place), f"{indent}from {module} import {', '.join(names)}\n\n"
