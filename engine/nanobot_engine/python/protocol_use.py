"""Which classes are used as instances of a protocol, without inheriting from it.

The places count where the code says so; a class that only has the same members by chance
is no instance.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nanobot_engine.python.declared_place import classes_in, declared_places
from nanobot_engine.python.value import ClassValue

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference


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
            # While it is asked, no other: a protocol may be declared by what it is given to.
            self._implementers[protocol] = ()
            inference = self._inference
            found = dict.fromkeys(
                one
                for place in declared_places(inference, protocol)
                for one in classes_in(inference.values(place.file, place.scope, place.given))
                if protocol not in inference.classes.line(one)
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
