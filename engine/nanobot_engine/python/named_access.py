"""Names that programs hold in strings: `getattr(x, "name")`, `"{name}".format(**locals())`."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import AttributeOccurrence, Scope, Span

_FUNCTIONS: Final = frozenset(
    {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}
)
_PATCHING: Final = frozenset({"setattr", "delattr"})
"""Methods of pytest's `monkeypatch`."""
_SLOTS: Final = frozenset({"__setattr__", "__getattribute__", "__delattr__", "__getattr__"})
_DICTIONARY_METHODS: Final = frozenset({"get", "pop", "setdefault"})


@dataclass(frozen=True, slots=True)
class NamedAccess:
    """An attribute whose name is a string."""

    span: Span
    """Inside of the quotes."""
    scope: Scope
    value: ast.expr
    """What has the attribute."""


def string_span(file: PythonFile, node: ast.AST, text: str) -> Span | None:
    """Return the bytes inside of the quotes of a string that is exactly `text`."""
    if not isinstance(node, ast.Constant) or node.value != text:
        return None
    outer = file.span(node)
    raw = file.source.data[outer.start_byte : outer.end_byte]
    encoded = text.encode(file.source.encoding)
    offset = raw.find(encoded)
    if offset < 0:
        return None
    start = outer.start_byte + offset
    return Span(start, start + len(encoded))


def word_spans(file: PythonFile, node: ast.expr, word: str, pattern: str) -> Iterator[Span]:
    """Yield where a word stands in a string literal.

    Args:
        file: Of the literal.
        node: The literal.
        word: What is looked for.
        pattern: A regular expression with `{}` for the word.
    """
    outer = file.span(node)
    raw = file.source.data[outer.start_byte : outer.end_byte]
    encoded = word.encode(file.source.encoding)
    for match in re.finditer(pattern.encode().replace(b"{}", re.escape(encoded)), raw):
        start = outer.start_byte + match.start()
        yield Span(start, start + len(encoded))


def named_accesses(file: PythonFile, name: str) -> Iterator[NamedAccess]:
    """Yield where an attribute is reached by its name in a string."""
    for call, scope in file.names.calls:
        for value, key in _pairs(call):
            span = string_span(file, key, name)
            if span is not None:
                yield NamedAccess(span, scope, value)
    by_value = {one.value: one for one in file.names.attributes if one.name == "__dict__"}
    if by_value:
        yield from _in_dictionaries(file, name, by_value)


def computed_access(file: PythonFile, inside: Scope) -> ast.Call | None:
    """Return the call by which a class reaches its own members under computed names.

    That is `getattr(self, "visit_" + kind)`, `inspect.getmembers(self)` or `dir(self)`.
    """
    for call, scope in file.names.calls:
        if scope.enclosing_class() is not inside:
            continue
        match call.func, call.args:
            case ast.Name(id="getattr"), [ast.Name(id="self" | "cls"), key, *_]:
                if not isinstance(key, ast.Constant):
                    return call
            case (
                ast.Name(id="dir" | "getmembers") | ast.Attribute(attr="getmembers"),
                [ast.Name(id="self" | "cls"), *_],
            ):
                return call
    return None


def _pairs(call: ast.Call) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what has an attribute, and the expression that names it."""
    match call.func, call.args:
        case ast.Name(id=function), [value, key, *_] if function in _FUNCTIONS:
            yield value, key
        case ast.Attribute(attr="attrgetter" | "methodcaller"), [value, key, *_]:
            yield value, key
        case ast.Attribute(attr=method), [value, key, *_] if method in _PATCHING:
            yield value, key
        case ast.Attribute(attr="object", value=patch), [value, key, *_] if _is_patch(patch):
            yield value, key
        case ast.Attribute(value=ast.Name(id="object"), attr=slot), [value, key, *_]:
            if slot in _SLOTS:
                yield value, key
        case ast.Attribute(value=value, attr=slot), [key, *_] if slot in _SLOTS:
            yield value, key


def _is_patch(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="patch") | ast.Attribute(attr="patch"):
            return True
    return False


def _in_dictionaries(
    file: PythonFile, name: str, by_value: dict[ast.expr, AttributeOccurrence]
) -> Iterator[NamedAccess]:
    for node in ast.walk(file.tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="__dict__", value=value), slice=key):
                pass
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="__dict__", value=value), attr=method),
                args=[key, *_],
            ) if method in _DICTIONARY_METHODS:
                pass
            case _:
                continue
        span = string_span(file, key, name)
        if span is not None and value in by_value:
            yield NamedAccess(span, by_value[value].scope, value)


def names_in_namespaces(file: PythonFile, scope: Scope, name: str) -> Iterator[Span]:
    """Yield where a name of a scope is a key of `locals()`, `vars()` or `globals()`.

    It is in a subscript, in `"{name}".format(**locals())`, or in `"%(name)s" % locals()`.
    """
    functions = {"globals"} if scope.parent is None else {"locals", "vars"}
    for node in ast.walk(file.tree if scope.parent is None else scope.node):
        match node:
            case ast.Subscript(value=namespace, slice=key) if _gives(namespace, functions):
                span = string_span(file, key, name)
                if span is not None:
                    yield span
            case ast.Call(func=ast.Attribute(value=namespace, attr=method), args=[key, *_]) if (
                method in _DICTIONARY_METHODS and _gives(namespace, functions)
            ):
                span = string_span(file, key, name)
                if span is not None:
                    yield span
            case ast.BinOp(left=ast.Constant(value=str()) as text, op=ast.Mod(), right=right) if (
                _gives(right, functions)
            ):
                yield from word_spans(file, text, name, r"(?<=%\(){}(?=\))")
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Constant(value=str()) as text, attr="format" | "format_map"
                )
            ):
                given = [*node.args, *(one.value for one in node.keywords if one.arg is None)]
                if any(_gives(one, functions) for one in given):
                    yield from word_spans(file, text, name, r"(?<=\{){}(?=[}!:.\[])")


def _gives(node: ast.expr, functions: set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[]):
            return name in functions
    return False
