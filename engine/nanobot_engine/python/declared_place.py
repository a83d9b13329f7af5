"""What the code gives where it says what class the thing is of.

That is an argument for a parameter with the class as its annotation, the value of a variable
with it, and what a function with that result returns.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope, Site
from nanobot_engine.python.value import (
    NOTHING,
    ClassValue,
    ContainerValue,
    InstanceValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class DeclaredPlace:
    """An expression, and what the code says that it is."""

    file: PythonFile
    scope: Scope
    given: ast.expr
    declared: Values


def declared_places(inference: "Inference", of: ClassValue) -> Iterator[DeclaredPlace]:
    """Yield the expressions that stand where a class, or a container of it, is declared.

    Args:
        inference: Of the project.
        of: The class.
    """
    for file in inference.project.files_with(of.node.name):
        for scope in list(file.names.scope_by_node.values()):
            for site in (one for sites in scope.sites.values() for one in sites):
                yield from _at_site(inference, file, scope, site, of)
            if isinstance(scope.node, _Function):
                outer = scope.parent or scope
                declared = _declared(inference, file, outer, scope.node.returns, of)
                for given in _returned(scope.node) if declared else ():
                    yield DeclaredPlace(file, scope, given, declared)
        for stores in file.names.stored.values():
            for stored in stores:
                declared = _declared(inference, file, stored.scope, stored.annotation, of)
                if stored.value is not None and declared:
                    yield DeclaredPlace(file, stored.scope, stored.value, declared)


def classes_in(values: Values) -> set[ClassValue]:
    """Return the classes of objects, also of those in containers."""
    found: set[ClassValue] = set()
    waiting: list[Value] = list(values)
    while waiting:
        match waiting.pop():
            case InstanceValue(of=of):
                found.add(of)
            case ContainerValue(elements=elements, items=items):
                waiting += elements
                waiting += [one for item in items or () for one in item]
    return found


def _at_site(
    inference: "Inference", file: PythonFile, scope: Scope, site: Site, of: ClassValue
) -> Iterator[DeclaredPlace]:
    owner, node = scope.node, site.node
    if not isinstance(node, ast.arg):
        declared = _declared(inference, file, site.scope, site.annotation, of)
        if site.value is not None and declared:
            yield DeclaredPlace(file, site.scope, site.value, declared)
    elif isinstance(owner, _Function):
        declared = _declared(inference, file, site.scope, node.annotation, of)
        if not declared:
            return
        default = inference.parameters.default_of(owner.args, node)
        if default is not None:
            yield DeclaredPlace(file, site.scope, default, declared)
        for caller, inside, given in inference.parameters.arguments(scope, owner, node):
            yield DeclaredPlace(caller, inside, given, declared)


def _returned(node: _Function) -> Iterator[ast.expr]:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Return | ast.Yield) and one.value is not None:
            yield one.value
        if not isinstance(one, _Function | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(one)


def _declared(
    inference: "Inference",
    file: PythonFile,
    scope: Scope,
    annotation: ast.expr | None,
    of: ClassValue,
) -> Values:
    """Return what an annotation says; nothing where it does not speak of the class."""
    if annotation is None:
        return NOTHING
    declared = inference.annotations.instances(file, scope, annotation)
    return declared if of in classes_in(declared) else NOTHING
