"""Which plain names mean a member of a class around them, although its scope does not show it.

    struct Base { void stop(); };
    struct Job : Base { void run() { stop(); } };     // no function of the file

C++ and Java ask a class and all that it inherits before they ask what stands outside of
it. What is inherited, and in C++ what a header declares for a method that is defined
elsewhere, is no part of the scopes that binding walks up.
"""

from collections.abc import Iterator
from enum import Enum
from types import MappingProxyType
from typing import Final

from nanobot_engine.language.binding import Binding, CodeFile
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.python import Certainty
from nanobot_indexer.syntax.tree import SyntaxNode

_QUALIFIED: Final = "qualified_identifier"


class Inherits(Enum):
    """Whether a class has a member of a name."""

    NO = "no"
    UNKNOWN = "unknown"
    """It builds upon a type that is not in the workspace."""
    POSSIBLY = "possibly"
    """A type of that name has it, and another may be meant; or it depends on a template."""
    YES = "yes"


CERTAINTY_BY_INHERITS: Final = MappingProxyType(
    {
        Inherits.NO: Certainty.SURE,
        Inherits.UNKNOWN: Certainty.LIKELY,
        Inherits.POSSIBLY: Certainty.POSSIBLE,
    }
)
"""How sure it is that a plain name in a class means what stands outside of it."""

NOT_BY_SCOPE: Final = frozenset({Inherits.YES, Inherits.POSSIBLY})
"""Where scopes alone say too much."""


class InheritedMembers:
    """Looks up one name in classes and what they build upon."""

    def __init__(self, files: CodeFiles, name: str, space: str) -> None:
        """Look at nothing yet.

        Args:
            files: Of the language.
            name: Of the members.
            space: The namespace that they are in.
        """
        self._files = files
        self._name = name
        self._space = space
        self._known: dict[str, Inherits] = {}
        self._scopes: dict[str, list[tuple[CodeFile, SyntaxNode]]] = {}

    def has(self, owner: str) -> Inherits:
        """Tell whether a class has the member, declared or inherited.

        Args:
            owner: Bare name of the class.
        """
        if owner not in self._known:
            self._known[owner] = self._looked_up(owner)
        return self._known[owner]

    def _looked_up(self, owner: str) -> Inherits:
        waiting, seen = [(owner, True)], {owner}
        found = Inherits.NO
        while waiting:
            name, is_certain = waiting.pop(0)
            scopes = self._scopes_of(name)
            # An owner without a class is a namespace.
            if not scopes and name != owner:
                found = Inherits.UNKNOWN
            declaring = [file for file, scope in scopes if self._declares(file, scope)]
            if declaring:
                is_certain = is_certain and len(declaring) == len(scopes)
                return Inherits.YES if is_certain else Inherits.POSSIBLY
            for file, scope in scopes:
                around = scope.parent
                head = file.text(around).partition("{")[0] if around is not None else ""
                is_plain = len(scopes) == 1 and "<" not in head.partition(":")[2]
                for base in file.rules.owner_types(scope, file.tree):
                    if base not in seen:
                        seen.add(base)
                        waiting.append((base, is_certain and is_plain))
        return found

    def _declares(self, file: CodeFile, scope: SyntaxNode) -> bool:
        found = file.names(self._name).bindings
        return any(one.space == self._space and is_in_type(one, scope) for one in found)

    def _scopes_of(self, name: str) -> list[tuple[CodeFile, SyntaxNode]]:
        if name not in self._scopes:
            self._scopes[name] = [
                (file, scope)
                for file in self._files.files_with(name)
                for found, scope in file.type_scopes()
                if found == name
            ]
        return self._scopes[name]


def owners_around(file: CodeFile, leaf: SyntaxNode) -> Iterator[str]:
    """Yield the names of the types whose members a plain name may mean, innermost first."""
    scope = file.rules.self_scope(leaf)
    while scope is not None:
        name = name_of_scope(file, scope)
        if name:
            yield name.rpartition(".")[2]
        # The class of a method that is defined elsewhere stands in the head of the method.
        inner = scope.above("function_definition") if scope.type == _QUALIFIED else scope
        outer = inner.parent if inner is not None else None
        scope = file.rules.self_scope(outer) if outer is not None else None


def is_in_type(binding: Binding, scope: SyntaxNode) -> bool:
    """Tell whether a name is declared in the scope of a type, or in the body of it."""
    return binding.scope is scope or binding.scope.parent is scope


def name_of_scope(file: CodeFile, scope: SyntaxNode) -> str:
    """Return the name of the scope of a type, or of what it stands in."""
    node: SyntaxNode | None = scope
    while node is not None:
        name = file.rules.scope_name(node, file.tree)
        if name:
            return name
        node = node.parent
    return ""
