"""Which classes are used as instances of a protocol, without inheriting from it.

The places count where the code says so: an argument for a parameter of that type, a value of
a variable of that type, what a function with that result returns. A class that only has the
same members by chance is no instance.
"""

import ast
from collections.abc import Iterator
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


class ProtocolUses:
    """Answers for `Inference`. Keeps what it found out."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference
        self._implementers: dict[ClassValue, tuple[ClassValue, ...]] = {}

    def related(self, of: ClassValue, name: str) -> list[ClassValue]:
        """Return the classes that must keep a member together with a class.

        Args:
            of: A protocol, then those used as its instances; or another class, then the
                protocols that it is used as.
            name: The member.
        """
        classes = self._inference.classes
        if classes.is_protocol(of):
            return [one for one in self.implementers(of) if any(classes.owners(one, name))]
        return [
            protocol
            for protocol in self._protocols_with(name)
            if any(of in classes.line(one) for one in self.implementers(protocol))
        ]

    def implementers(self, protocol: ClassValue) -> tuple[ClassValue, ...]:
        """Return the classes that are used as instances of a protocol."""
        if protocol not in self._implementers:
            self._implementers[protocol] = ()
            found = dict.fromkeys(
                one
                for values in self._given(protocol)
                for one in _classes(values)
                if protocol not in self._inference.classes.line(one)
            )
            self._implementers[protocol] = tuple(found)
        return self._implementers[protocol]

    def _protocols_with(self, name: str) -> Iterator[ClassValue]:
        for file in self._inference.project.files_with(name):
            for node, scope in file.names.scope_by_node.items():
                if isinstance(node, ast.ClassDef) and name in scope.sites:
                    of = ClassValue(file, node)
                    if self._inference.classes.is_protocol(of):
                        yield of

    def _given(self, protocol: ClassValue) -> Iterator[Values]:
        """Yield what the code gives where it says that it is the protocol."""
        for file in self._inference.project.files_with(protocol.node.name):
            for scope in list(file.names.scope_by_node.values()):
                for site in (one for sites in scope.sites.values() for one in sites):
                    yield self._at_site(file, scope, site, protocol)
                if isinstance(scope.node, _Function):
                    yield from self._returned(file, scope, scope.node, protocol)

    def _at_site(self, file: PythonFile, scope: Scope, site: Site, protocol: ClassValue) -> Values:
        inference = self._inference
        if isinstance(site.node, ast.arg):
            annotation = site.node.annotation
            owner = scope.node
            if isinstance(owner, _Function) and self._says(file, site.scope, annotation, protocol):
                return inference.parameters.passed(scope, owner, site.node)
        elif site.value is not None and self._says(file, site.scope, site.annotation, protocol):
            return inference.values(file, site.scope, site.value)
        return NOTHING

    def _returned(
        self, file: PythonFile, scope: Scope, node: _Function, protocol: ClassValue
    ) -> Iterator[Values]:
        outer = scope.parent or scope
        if not self._says(file, outer, node.returns, protocol):
            return
        waiting: list[ast.AST] = list(node.body)
        while waiting:
            one = waiting.pop()
            if isinstance(one, ast.Return | ast.Yield) and one.value is not None:
                yield self._inference.values(file, scope, one.value)
            if not isinstance(one, _Function | ast.ClassDef | ast.Lambda):
                waiting += ast.iter_child_nodes(one)

    def _says(
        self, file: PythonFile, scope: Scope, annotation: ast.expr | None, protocol: ClassValue
    ) -> bool:
        if annotation is None:
            return False
        declared = self._inference.annotations.instances(file, scope, annotation)
        return protocol in _classes(declared)


def _classes(values: Values) -> set[ClassValue]:
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
