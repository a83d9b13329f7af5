"""References to a parameter: in its function, and as a keyword of calls."""

import ast
from collections.abc import Iterator

from nanobot_engine.python.fixture_references import parametrized
from nanobot_engine.python.inference import Inference
from nanobot_engine.python.member_references import MemberReferences
from nanobot_engine.python.name_references import NameReferences
from nanobot_engine.python.named_access import string_span
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.reference import Certainty, Reference, ReferenceKind, Symbol
from nanobot_engine.python.scope import Scope, ScopeKind
from nanobot_engine.python.stub import counterparts
from nanobot_engine.python.value import (
    ClassValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    Unknown,
    Value,
)


class ParameterReferences:
    """Finds what refers to one parameter, in a method with those that override it."""

    def __init__(self, inference: Inference, symbol: Symbol) -> None:
        self._inference = inference
        self._symbol = symbol
        self._name = symbol.name
        self._functions = self._overrides()
        self._functions += list(self._in_stubs(self._functions))

    def find(self) -> list[Reference]:
        """Return all references, in no particular order."""
        found: list[Reference] = []
        for file, scope in self._functions:
            found += NameReferences(self._inference, Symbol(file, scope, self._name)).find()
            found += parametrized(file, scope, self._name)
        for file in self._inference.project.files_with(self._name):
            found += self._keywords(file)
            found += self._unpacked(file)
        return found

    def _unpacked(self, file: PythonFile) -> Iterator[Reference]:
        """Yield keys of dictionaries that calls of the function unpack: `f(**options)`."""
        for call, scope in file.names.calls:
            for keyword in call.keywords:
                if keyword.arg is not None or not isinstance(keyword.value, ast.Name):
                    continue
                called = self._inference.values(file, scope, call.func)
                if any(self._takes(value, call, scope, file) for value in called):
                    yield from self._keys(file, scope, keyword.value.id)

    def _keys(self, file: PythonFile, scope: Scope, dictionary: str) -> Iterator[Reference]:
        """Yield the parameter as a key of a local dictionary."""
        bound = scope.lookup(dictionary)
        root = bound.node if bound is not None else file.tree
        reason = f"a key of {dictionary!r}, which a call unpacks"
        for node in ast.walk(root):
            for key in _keys_in(node, dictionary):
                span = string_span(file, key, self._name)
                if span is not None:
                    yield Reference(file, span, ReferenceKind.STRING, Certainty.LIKELY, reason)

    def _overrides(self) -> list[tuple[PythonFile, Scope]]:
        symbol = self._symbol
        owner = symbol.scope.parent
        node = symbol.scope.node
        functions = self._of_same_name(symbol.file, owner, symbol.scope)
        is_method = owner is not None and owner.kind is ScopeKind.CLASS
        if not is_method or isinstance(node, ast.Lambda) or symbol.scope.name == "__init__":
            return functions
        assert owner is not None, "a method has a class"
        members = MemberReferences(self._inference, Symbol(symbol.file, owner, symbol.scope.name))
        for of in members.family:
            if of.scope is not owner:
                functions += self._of_same_name(of.file, of.scope, None)
        return functions

    def _in_stubs(
        self, functions: list[tuple[PythonFile, Scope]]
    ) -> Iterator[tuple[PythonFile, Scope]]:
        for file, scope in functions:
            for place in counterparts(self._inference.project, file, scope):
                if self._name in place[1].sites and place not in functions:
                    yield place

    def _of_same_name(
        self, file: PythonFile, owner: Scope | None, own: Scope | None
    ) -> list[tuple[PythonFile, Scope]]:
        """Return the functions of one scope with the name and the parameter: overloads, say."""
        found = [(file, own)] if own is not None else []
        for site in owner.sites.get(self._symbol.scope.name, ()) if owner is not None else ():
            scope = file.names.scope_by_node.get(site.node)
            if scope is not None and scope is not own and self._name in scope.sites:
                found.append((file, scope))
        return found

    def _keywords(self, file: PythonFile) -> Iterator[Reference]:
        for occurrence in file.names.keywords:
            if occurrence.name != self._name:
                continue
            verdicts = {
                self._takes(value, occurrence.call, occurrence.scope, file)
                for value in self._inference.values(file, occurrence.scope, occurrence.call.func)
            }
            if verdicts == {True}:
                certainty, reason = Certainty.SURE, ""
            elif True in verdicts:
                certainty, reason = Certainty.LIKELY, "what is called is one of several"
            elif None in verdicts and self._is_named_alike(occurrence.call.func):
                certainty, reason = Certainty.POSSIBLE, "what is called is not known"
            else:
                continue
            yield Reference(file, occurrence.span, ReferenceKind.KEYWORD, certainty, reason)

    def _takes(self, value: Value, call: ast.Call, scope: Scope, file: PythonFile) -> bool | None:
        """Tell whether a called value is the function; None when nobody knows."""
        nodes = {scope.node for _, scope in self._functions}
        match value:
            case FunctionValue(node=node):
                return node in nodes
            case ClassValue():
                return self._constructs(value, nodes)
            case InstanceValue():
                return any(
                    isinstance(method, FunctionValue) and method.node in nodes
                    for method in self._inference.classes.attribute(value, "__call__")
                )
            case ForeignValue(name="functools.partial") if call.args:
                inner = self._inference.values(file, scope, call.args[0])
                return any(self._takes(one, call, scope, file) for one in inner)
            case Unknown():
                return None
        return False

    def _constructs(self, of: ClassValue, nodes: set[ast.AST]) -> bool:
        for name in ("__init__", "__new__"):
            for method in self._inference.classes.attribute(InstanceValue(of), name):
                if isinstance(method, FunctionValue) and method.node in nodes:
                    return True
        return False

    def _is_named_alike(self, function: ast.expr) -> bool:
        names = {scope.name for _, scope in self._functions}
        match function:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name in names
        return False


def _keys_in(node: ast.AST, dictionary: str) -> list[ast.expr]:
    """Return the keys of a local dictionary that a node writes or reads."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=key) if name == dictionary:
            return [key]
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys))
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(keys=keys))
        ) if name == dictionary:
            return [key for key in keys if key is not None]
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="get" | "pop" | "setdefault"),
            args=[first, *_],
        ) if name == dictionary:
            return [first]
    return []
