"""What the names of one file mean, for languages that tree-sitter parses.

    leaf ──rules──> role: declares, uses, member, other
    role ──scopes─> binding: all leaves of one file that are the same name

Only the names that somebody asks for are bound: a renaming asks for two. What a leaf does
is a question of the language (`Rules`); what it means follows from scopes alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, Protocol

from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

# Strings, characters, comments and numbers first, so that words inside are not taken.
_WORD: Final = re.compile(
    rb"""
    "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | //.* | /\*.*?\*/ | \d[\w.]* | ([A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)

OVERRIDE: Final = "@Override"
"""Who asks for a member where only that is known."""
VALUES: Final = ""
"""The namespace of names that have no other."""
MEMBERS: Final = "member"
"""Names behind a dot."""


class Act(Enum):
    """What a leaf does to the name that it spells."""

    DECLARES = "declares"
    USES = "uses"
    MEMBER = "member"
    """A name behind a dot or in a pattern: which one depends on a value."""
    IMPORTED = "imported"
    """The name that another file gives to what an import takes."""
    EXPORTED = "exported"
    """A name for other files only."""
    OTHER = "other"
    """A label, a part of a path: never a name that is declared in code."""


@dataclass(frozen=True, slots=True)
class Role:
    """What one leaf does."""

    act: Act
    scope: SyntaxNode | None = None
    """Of a declaration: the node whose scope has the name."""
    spaces: tuple[str, ...] = (VALUES,)
    """Namespaces: one of a declaration; of a use, in the order in which a scope is asked."""
    visible_from: int = 0
    """Of a declaration: uses before this byte of the text mean something else."""
    visible_to: int = 0
    """Of a declaration: likewise for uses behind it; 0 for no end."""
    is_new: bool = False
    """Of a declaration: it hides an earlier one of the same scope."""
    receiver: SyntaxNode | None = None
    """Of a member: what stands before the dot."""
    is_shorthand: bool = False
    """`{x}`: the leaf is a key, too, which keeps its name."""
    is_import: bool = False
    """Of a declaration: it is the local name of something of another file."""


OTHER: Final = Role(Act.OTHER)


class Rules(Protocol):
    """What binding must know of a language. Stateless."""

    @property
    def languages(self) -> frozenset[Language]:
        """Which files it is for: they may refer to each other."""

    @property
    def leaf_types(self) -> frozenset[str]:
        """The types of nodes that can be names."""

    @property
    def scope_types(self) -> frozenset[str]:
        """The types of nodes that have names of their own."""

    @property
    def type_scope_types(self) -> frozenset[str]:
        """Those of them that have the members of a class or the like."""

    @property
    def shared_scope_types(self) -> frozenset[str]:
        """Those of them whose names other files can see: the file, modules, namespaces."""

    @property
    def structural_scope_types(self) -> frozenset[str]:
        """Those of interfaces that types fulfil without naming them."""

    def role(self, leaf: SyntaxNode, tree: SyntaxTree) -> Role:
        """Return what a leaf does."""

    def scope_name(self, scope: SyntaxNode, tree: SyntaxTree) -> str:
        """Return the name of a scope as part of qualified names; empty for none."""

    def type_name(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """Return the name of the type that is declared for a variable; empty for none.

        Bare, or behind the name of its package and a dot.
        """

    def owner_types(self, scope: SyntaxNode, tree: SyntaxTree) -> tuple[str, ...]:
        """Return the bare names of the types that a class or the like builds upon."""

    def prescriber(self, declaration: SyntaxNode, tree: SyntaxTree) -> str:
        """Return who asks for a member by its name: a trait, `@Override`; empty for nobody."""

    def type_alias(self, node: SyntaxNode, tree: SyntaxTree) -> tuple[str, str] | None:
        """Return the new and the old bare name where a node gives a type another one."""

    def self_scope(self, node: SyntaxNode) -> SyntaxNode | None:
        """Return the scope of members that `this` means at a node; None when nobody knows."""

    def is_self(self, receiver: SyntaxNode, tree: SyntaxTree) -> bool:
        """Tell whether what stands before a dot is `this`, `self` or the like."""

    def name_problem(self, name: str) -> str:
        """Say why something is no name of the language; empty when it is one."""


@dataclass(slots=True, eq=False)
class Binding:
    """One name of one scope. Compared by identity."""

    name: str
    space: str
    scope: SyntaxNode
    declarations: list[SyntaxNode] = field(default_factory=list)
    leaves: list[SyntaxNode] = field(default_factory=list)
    """All of its occurrences that were found by scopes, declarations too."""
    visible_from: int = 0
    visible_to: int = 0
    """Uses behind this byte mean something else; 0 for no end."""
    is_import: bool = False

    def names_its_scope(self, name: str) -> bool:
        """Tell whether it is the name of its own scope.

        Of a function expression that only the function itself knows, or of a method that is
        defined outside of its class.
        """
        if name.rpartition(".")[2] != self.name:
            return False
        is_inside = any(
            one.parent is self.scope and one.field == "name" for one in self.declarations
        )
        return self.space == MEMBERS or is_inside

    def is_visible(self, offset: int) -> bool:
        """Tell whether a use at a byte of the scope can mean it."""
        return self.visible_from <= offset and (not self.visible_to or offset < self.visible_to)


@dataclass(frozen=True, slots=True, eq=False)
class Occurrence:
    """One leaf, bound."""

    leaf: SyntaxNode
    role: Role
    binding: Binding | None
    """None for a use of what the file does not declare, and for what is no plain name."""


class NameTable:
    """All occurrences of one name in one file, in the order of the text."""

    def __init__(self, tree: SyntaxTree, rules: Rules, name: str, leaves: list[SyntaxNode]) -> None:
        """Bind a name.

        Args:
            tree: Of the file.
            rules: Of its language.
            name: As it is written.
            leaves: All nodes that spell it, in the order of the text.
        """
        self.name = name
        self._root = tree.root
        self._by_scope: defaultdict[tuple[SyntaxNode, str], list[Binding]] = defaultdict(list)
        roles = [(leaf, rules.role(leaf, tree)) for leaf in leaves]
        declared = {
            leaf: self._declared(leaf, role) for leaf, role in roles if role.act is Act.DECLARES
        }
        self.occurrences: list[Occurrence] = []
        for leaf, role in roles:
            binding = declared.get(leaf)
            if role.act is Act.USES:
                binding = self.resolved(leaf, role.spaces)
            if binding is not None:
                binding.leaves.append(leaf)
            self.occurrences.append(Occurrence(leaf, role, binding))

    @property
    def bindings(self) -> Iterator[Binding]:
        """What the file declares under the name."""
        for found in self._by_scope.values():
            yield from found

    def resolved(self, leaf: SyntaxNode, spaces: tuple[str, ...]) -> Binding | None:
        """Return what a plain name means at a node; None for what the file does not declare."""
        scope: SyntaxNode | None = leaf
        while scope is not None:
            for space in spaces:
                found = self._by_scope.get((scope, space), ())
                visible = [one for one in found if one.is_visible(leaf.start_byte)]
                if visible:
                    return visible[-1]
            scope = scope.parent
        return None

    def set_free(self, leaf: SyntaxNode) -> None:
        """Take a use out of its binding: what other files say gives it another meaning."""
        for index, one in enumerate(self.occurrences):
            if one.leaf is leaf and one.binding is not None:
                one.binding.leaves.remove(leaf)
                self.occurrences[index] = replace(one, binding=None)

    def _declared(self, leaf: SyntaxNode, role: Role) -> Binding:
        # Where the parser lost its way, the scope may be missing.
        scope = role.scope if role.scope is not None else self._root
        (space,) = role.spaces
        known = self._by_scope[scope, space]
        if known and not role.is_new:
            binding = known[-1]
            binding.visible_from = min(binding.visible_from, role.visible_from)
        else:
            binding = Binding(
                self.name,
                space,
                scope,
                visible_from=role.visible_from,
                visible_to=role.visible_to,
            )
            known.append(binding)
        binding.declarations.append(leaf)
        binding.is_import |= role.is_import
        return binding


class CodeFile:
    """One file with its tree. Names are bound when they are asked for."""

    def __init__(self, path: str, language: Language, tree: SyntaxTree, rules: Rules) -> None:
        self.path = path
        self.language = language
        self.tree = tree
        self.rules = rules
        self._types: list[tuple[str, SyntaxNode]] | None = None
        self._nodes: dict[tuple[str, ...], list[SyntaxNode]] = {}
        self._tables: dict[str, NameTable] = {}
        self._leaves: defaultdict[bytes, list[SyntaxNode]] = defaultdict(list)
        for node in tree.nodes():
            if node.type in rules.leaf_types and not node.children:
                self._leaves[tree.text_of(node)].append(node)
            elif node.type == "preproc_arg":
                for word in _words_of(node, tree):
                    self._leaves[tree.text_of(word)].append(word)

    def names(self, name: str) -> NameTable:
        """Return the occurrences of a name."""
        table = self._tables.get(name)
        if table is None:
            leaves = self._leaves.get(name.encode(), [])
            table = self._tables[name] = NameTable(self.tree, self.rules, name, leaves)
        return table

    def type_scopes(self) -> Iterator[tuple[str, SyntaxNode]]:
        """Yield the scopes of members that have a name: classes, structs, interfaces."""
        if self._types is None:
            self._types = []
            for node in self.tree.nodes():
                if node.type in self.rules.type_scope_types:
                    name = self._scope_name(node)
                    if name:
                        self._types.append((name, node))
        yield from self._types

    def nodes_of(self, *types: str) -> list[SyntaxNode]:
        """Return the nodes of some types, in the order of the text."""
        found = self._nodes.get(types)
        if found is None:
            found = self._nodes[types] = [one for one in self.tree.nodes() if one.type in types]
        return found

    def type_aliases(self) -> Iterator[tuple[str, str]]:
        """Yield the other names of types, each with the name that it stands for."""
        for node in self.tree.nodes():
            found = self.rules.type_alias(node, self.tree)
            if found is not None and found[0] != found[1]:
                yield found

    def _scope_name(self, scope: SyntaxNode) -> str:
        around = scope.parent
        name = self.rules.scope_name(scope, self.tree)
        return name or (self.rules.scope_name(around, self.tree) if around is not None else "")

    def text(self, node: SyntaxNode) -> str:
        """Return the text of a node."""
        return self.tree.text_of(node).decode(errors="replace")

    def binding_of(self, leaf: SyntaxNode) -> Binding | None:
        """Return what a leaf means by the scopes of this file."""
        for occurrence in self.names(self.text(leaf)).occurrences:
            if occurrence.leaf is leaf:
                return occurrence.binding
        return None

    def qualified_name(self, binding: Binding) -> str:
        """Return the names of the scopes around a binding and its own, with dots."""
        parts = [binding.name]
        scope: SyntaxNode | None = binding.scope
        while scope is not None:
            if scope.type in self.rules.scope_types:
                name = self.rules.scope_name(scope, self.tree)
                if scope is binding.scope and binding.names_its_scope(name):
                    name = name.rpartition(".")[0]
                if name:
                    parts.append(name)
            scope = scope.parent
        return ".".join(reversed(parts))

    def is_top(self, binding: Binding) -> bool:
        """Tell whether other files may see a name that is no member."""
        scope: SyntaxNode | None = binding.scope
        while scope is not None:
            if scope.type in self.rules.scope_types - self.rules.shared_scope_types:
                return False
            scope = scope.parent
        return True


def _words_of(node: SyntaxNode, tree: SyntaxTree) -> Iterator[SyntaxNode]:
    """Yield the names in the text of a macro, as if they had been parsed."""
    for match in _WORD.finditer(tree.text_of(node)):
        if match[1] is not None:
            start = node.start_byte + match.start(1)
            end = node.start_byte + match.end(1)
            yield SyntaxNode(
                "identifier",
                "",
                start,
                end,
                is_named=True,
                is_error=False,
                parent=node,
                children=[],
            )
