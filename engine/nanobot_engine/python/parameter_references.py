"""References to a parameter: in its function, and as a keyword of calls."""

import ast
from collections.abc import Iterator

from nanobot_engine.python.inference import Inference
from nanobot_engine.python.member_references import MemberReferences
from nanobot_engine.python.name_references import NameReferences
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.reference import Certainty, Reference, ReferenceKind, Symbol
from nanobot_engine.python.scope import KeywordOccurrence, Scope, ScopeKind
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

    def find(self) -> list[Reference]:
        """Return all references, in no particular order."""
        found: list[Reference] = []
        for file, scope in self._functions:
            found += NameReferences(self._inference, Symbol(file, scope, self._name)).find()
        for file in self._inference.project.files_with(self._name):
            found += self._keywords(file)
        return found

    def _overrides(self) -> list[tuple[PythonFile, Scope]]:
        symbol = self._symbol
        owner = symbol.scope.parent
        node = symbol.scope.node
        functions = [(symbol.file, symbol.scope)]
        is_method = owner is not None and owner.kind is ScopeKind.CLASS
        if not is_method or isinstance(node, ast.Lambda) or symbol.scope.name == "__init__":
            return functions
        assert owner is not None, "a method has a class"
        members = MemberReferences(self._inference, Symbol(symbol.file, owner, symbol.scope.name))
        for of in members.family:
            for site in of.scope.sites.get(symbol.scope.name, ()):
                scope = of.file.names.scope_by_node.get(site.node)
                if scope is not None and scope is not symbol.scope and self._name in scope.sites:
                    functions.append((of.file, scope))
        return functions

    def _keywords(self, file: PythonFile) -> Iterator[Reference]:
        for occurrence in file.names.keywords:
            if occurrence.name != self._name:
                continue
            verdicts = {
                self._is_ours(value, occurrence, file)
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

    def _is_ours(
        self, value: Value, occurrence: KeywordOccurrence, file: PythonFile
    ) -> bool | None:
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
            case ForeignValue(name="functools.partial") if occurrence.call.args:
                first = occurrence.call.args[0]
                inner = self._inference.values(file, occurrence.scope, first)
                return any(isinstance(v, FunctionValue) and v.node in nodes for v in inner)
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
