"""The fields of a `TypedDict`: keys in subscripts, `get` and the like, and in displays."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nanobot_engine.python.declared_place import declared_places
from nanobot_engine.python.named_access import string_span
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.reference import Certainty, Reference, ReferenceKind
from nanobot_engine.python.scope import Scope
from nanobot_engine.python.value import (
    ClassValue,
    ContainerValue,
    ForeignValue,
    InstanceValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_METHODS: Final = frozenset({"get", "pop", "setdefault"})


def is_typed_dictionary(inference: "Inference", of: ClassValue) -> bool:
    """Tell whether a class is a `TypedDict`."""
    return any(
        isinstance(value, ForeignValue) and value.name.endswith(".TypedDict")
        for one in inference.classes.line(of)
        for base in one.node.bases
        for value in inference.classes.base_values(one, base)
    )


def record_keys(inference: "Inference", family: list[ClassValue], name: str) -> Iterator[Reference]:
    """Yield the strings that are a key of some typed dictionaries.

    Args:
        inference: Of the project.
        family: The classes that share the key, `TypedDict`s all.
        name: The key.
    """
    objects = frozenset(InstanceValue(of) for of in family)
    for file in inference.project.files_with(name):
        for scope, value, key in _accesses(file, name):
            span = string_span(file, key, name)
            values = inference.values(file, scope, value)
            if span is None or not values & objects:
                continue
            certainty, reason = Certainty.SURE, ""
            if values - objects:
                certainty, reason = Certainty.LIKELY, "it can be something else, too"
            yield Reference(file, span, ReferenceKind.STRING, certainty, reason)
    for of in family:
        for place in declared_places(inference, of):
            for display in _displays(place.given, place.declared, objects):
                for written in filter(None, display.keys):
                    span = string_span(place.file, written, name)
                    if span is not None:
                        kind = ReferenceKind.STRING
                        yield Reference(place.file, span, kind, Certainty.SURE)


def _accesses(file: PythonFile, name: str) -> Iterator[tuple[Scope, ast.expr, ast.expr]]:
    """Yield where an object is asked for a key: scope, object, key."""
    scope_by_node: dict[ast.AST, Scope] = {
        **{one.node: one.scope for one in file.names.names},
        **dict(file.names.calls),
    }
    for attribute in file.names.attributes:
        scope_by_node.setdefault(attribute.value, attribute.scope)
    for node in ast.walk(file.tree):
        match node:
            case ast.Subscript(value=value, slice=ast.Constant(value=str() as written) as key):
                pass
            case ast.Call(
                func=ast.Attribute(value=value, attr=method),
                args=[ast.Constant(value=str() as written) as key, *_],
            ) if method in _METHODS:
                pass
            case ast.Compare(
                left=ast.Constant(value=str() as written) as key,
                ops=[ast.In() | ast.NotIn()],
                comparators=[value],
            ):
                pass
            case _:
                continue
        if written != name:
            continue
        root: ast.AST = value
        while root not in scope_by_node and isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if root in scope_by_node:
            yield scope_by_node[root], value, key


def _displays(
    given: ast.expr, declared: Values, objects: frozenset[InstanceValue]
) -> Iterator[ast.Dict]:
    """Yield the dictionary displays in an expression that are one of some classes."""
    match given:
        case ast.Dict():
            if declared & objects:
                yield given
            elements = _elements(declared, is_mapping=True)
            inner = [(value, elements) for value in given.values]
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            elements = _elements(declared, is_mapping=False)
            inner = [(item, elements) for item in items]
        case ast.IfExp(body=body, orelse=orelse):
            inner = [(body, declared), (orelse, declared)]
        case ast.BoolOp(values=values):
            inner = [(value, declared) for value in values]
        case _:
            return
    for value, known in inner:
        yield from _displays(value, known, objects)


def _elements(declared: Values, *, is_mapping: bool) -> Values:
    """Return what containers of a kind hold."""
    found: set[Value] = set()
    for value in declared:
        if isinstance(value, ContainerValue) and (value.keys is not None) is is_mapping:
            found |= value.elements
    return frozenset(found)
