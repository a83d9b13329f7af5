"""Who refers to a member: a method, field or property of a class, struct or object.

Without types nobody knows what `x.run` is. What a program can see decides first: `this`
inside of the class, a declared type, a value just made, inheritance by name. Then, where
nothing else in the workspace declares a member of that name, an access is likely; the rest
are possible, and somebody judges them.
"""

import re
from collections.abc import Iterator
from typing import Final

from nanobot_engine.language.binding import (
    MEMBERS,
    OVERRIDE,
    VALUES,
    Act,
    Binding,
    CodeFile,
    Occurrence,
)
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.foreign import is_foreign_type
from nanobot_engine.language.inherited import (
    CERTAINTY_BY_INHERITS,
    NOT_BY_SCOPE,
    InheritedMembers,
    Inherits,
    is_in_type,
    name_of_scope,
    owners_around,
)
from nanobot_engine.language.keywords import COMMON_MEMBERS
from nanobot_engine.language.reference import CodeSymbol, Form, Found
from nanobot_engine.python import Certainty
from nanobot_indexer.syntax.tree import SyntaxNode

_WRAPPED: Final = frozenset(
    {"subscript_expression", "pointer_expression", "index_expression", "non_null_expression"}
)
_MADE: Final = frozenset(
    {"new_expression", "object_creation_expression", "struct_expression", "composite_literal"}
)
_DOTTED: Final = frozenset({"scoped_identifier", "scoped_type_identifier", "field_access"})
_IMPORTS: Final = ("use_declaration", "import_declaration")
_FILES_MAX: Final = 400
# A name of one plain word is a member of many things outside of any workspace.
_TELLING: Final = re.compile(r".*(?:[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9])")


class MemberLinks:
    """Finds who refers to a member."""

    def __init__(
        self, files: CodeFiles, symbol: CodeSymbol, owners: frozenset[str] = frozenset()
    ) -> None:
        """Work out which types have the member.

        Args:
            files: Of its language.
            symbol: The member.
            owners: Types that have it although they do not declare it: what embeds a type
                has a field of the type's name.
        """
        self._files = files
        self._symbol = symbol
        self._space = MEMBERS if owners else symbol.bindings[0].space
        self._declaring = list(files.files_with(symbol.name))
        self._family = {owner_name(symbol.file, one) for one in symbol.bindings} - {""}
        self._owners = {one.scope for one in symbol.bindings}
        if owners:
            self._family, self._owners = set(owners), set()
        self._foreign: list[tuple[CodeFile, SyntaxNode, str]] = []
        self._aliases: dict[str, str] = {}
        self._classes = dict(self._all_classes())
        self._inherited = InheritedMembers(files, symbol.name, self._space)
        self._grow()

    def add_references(self, found: Found) -> None:
        """Add every place that may mean the member."""
        name = self._symbol.name
        others = [
            (file, binding)
            for file in self._declaring
            for binding in file.names(name).bindings
            if binding.space == self._space and not self._is_ours(file, binding)
        ]
        is_alone = not others and bool(_TELLING.match(name)) and name not in COMMON_MEMBERS
        for file in self._declaring:
            for occurrence in file.names(name).occurrences:
                self._add(file, occurrence, found, is_alone=is_alone)
        declared = self._symbol.bindings[0].declarations[0].parent
        is_field = declared is not None and declared.type == "field_declaration"
        for file, leaf, base in () if is_field or self._space != MEMBERS else self._foreign:
            text = f"{base} is outside of the workspace and may define {name!r}, too"
            found.note(file, leaf, text)

    def taken(self, new_name: str) -> str:
        """Say which relative has a member of a name already; empty for none."""
        for file in self._files.files_with(new_name):
            for binding in file.names(new_name).bindings:
                if binding.space == self._space and self._is_ours(file, binding):
                    return f"{owner_name(file, binding)} has a member of that name already"
        return self._looked_at() or self._prescribed()

    def _prescribed(self) -> str:
        """Say who outside of the workspace asks for the member by its name."""
        asked: set[str] = set()
        for file in self._declaring:
            for binding in file.names(self._symbol.name).bindings:
                if binding.space == self._space and self._is_ours(file, binding):
                    leaf = binding.declarations[0]
                    asked.add(file.rules.prescriber(leaf, file.tree))
        for name in sorted(asked - {"", *self._classes}):
            if name != OVERRIDE or "" not in asked:
                return f"{name} asks for {self._symbol.name!r}, and is not in the workspace"
        return ""

    def _looked_at(self) -> str:
        """Say which interface asks for the member without being named by its types."""
        for file in self._declaring:
            for binding in file.names(self._symbol.name).bindings:
                is_structural = binding.scope.type in file.rules.structural_scope_types
                if is_structural and binding.scope not in self._owners:
                    owner = owner_name(file, binding)
                    return f"the interface {owner} asks for {self._symbol.name!r}, too"
        if any(one.scope.type in self._symbol.file.rules.structural_scope_types
               for one in self._symbol.bindings):  # fmt: skip
            return "types have the methods of an interface without naming it"
        return ""

    def _add(self, file: CodeFile, occurrence: Occurrence, found: Found, *, is_alone: bool) -> None:
        leaf, role, binding = occurrence.leaf, occurrence.role, occurrence.binding
        if role.is_shorthand and leaf.type != "shorthand_property_identifier":
            self._add_access(file, occurrence, found, is_alone=is_alone)
            return
        if self._is_brought(file, occurrence):
            found.add(file, leaf, "use of a member that an import brought")
            return
        # What a class inherits hides names of the file, but no variable of a function.
        is_free = binding is None or (binding.space != self._space and file.is_top(binding))
        if not is_free and binding is not None:
            if binding.space == self._space and self._is_ours(file, binding):
                if leaf in binding.declarations:
                    found.add(file, leaf, "definition")
                else:
                    self._add_inside(file, leaf, found)
        elif role.act is Act.USES and self._space in role.spaces:
            if any(name in self._family for name in owners_around(file, leaf)):
                found.add(file, leaf, "use inside of its type")
        elif role.act is Act.MEMBER and (role.spaces == (VALUES,) or self._space in role.spaces):
            self._add_access(file, occurrence, found, is_alone=is_alone)

    def _add_inside(self, file: CodeFile, leaf: SyntaxNode, found: Found) -> None:
        """Add a plain use, unless a class further inside inherits another member of the name."""
        for name in owners_around(file, leaf):
            if name in self._family:
                break
            inherits = self._inherited.has(name)
            if inherits in NOT_BY_SCOPE:
                file.names(self._symbol.name).set_free(leaf)
            if inherits is Inherits.YES:
                return
            if inherits is not Inherits.NO:
                reason = f"{name} may inherit another member of this name"
                found.add(file, leaf, reason, certainty=CERTAINTY_BY_INHERITS[inherits])
                return
        found.add(file, leaf, "use inside of its type")

    def _is_brought(self, file: CodeFile, occurrence: Occurrence) -> bool:
        """Tell whether an import makes a plain name mean the member."""
        binding = occurrence.binding
        if occurrence.role.act not in {Act.USES, Act.DECLARES}:
            return False
        if binding is not None and not binding.is_import:
            return False
        if binding is not None:
            statements = [one.above(*_IMPORTS) for one in binding.declarations]
        else:
            statements = list(file.nodes_of(*_IMPORTS))
        return any(
            statement is not None
            and self._names_member(file.text(statement), is_free=binding is None)
            for statement in statements
        )

    def _names_member(self, statement: str, *, is_free: bool) -> bool:
        """Tell whether an import takes the member out of its type."""
        parts = re.findall(r"\w+|\*", statement)
        wanted = {"*", self._symbol.name} if is_free else {self._symbol.name}
        if is_free and "static" not in parts and "use" not in parts:
            return False
        return any(
            owner in self._family and (wanted & set(parts[index + 1 :]))
            for index, owner in enumerate(parts)
        )

    def _add_access(
        self, file: CodeFile, occurrence: Occurrence, found: Found, *, is_alone: bool
    ) -> None:
        leaf, receiver = occurrence.leaf, occurrence.role.receiver
        form = Form.VALUE_KEPT if occurrence.role.is_shorthand else Form.PLAIN
        verdict = self._verdict(file, receiver) if receiver is not None else None
        if verdict is True:
            found.add(file, leaf, "use of the member", form=form)
        elif verdict is None and is_alone:
            reason = "nothing else in the workspace has a member of this name"
            found.add(file, leaf, reason, certainty=Certainty.LIKELY, form=form)
        elif verdict is None:
            reason = "the type is not known" if receiver is not None else "taken out of a value"
            found.add(file, leaf, reason, certainty=Certainty.POSSIBLE, form=form)

    def _verdict(self, file: CodeFile, receiver: SyntaxNode) -> bool | None:
        """Tell whether a value has the member; None when nobody knows."""
        if file.rules.is_self(receiver, file.tree):
            scope = file.rules.self_scope(receiver)
            owner = name_of_scope(file, scope) if scope is not None else ""
            return scope in self._owners or owner in self._family if owner else None
        text = file.text(receiver)
        if receiver.type in _DOTTED:
            last = text.replace("::", ".").rpartition(".")[2].strip()
            text = last if last[:1].isupper() else text
        if text in self._family or (text in self._classes and text[:1].isupper()):
            return text in self._family
        receiver = _element_of(receiver)
        if receiver.children or not receiver.is_named:
            return self._verdict_of_made(file, receiver)
        binding = file.binding_of(receiver)
        types = set()
        if binding is not None:
            types = {file.rules.type_name(one, file.tree) for one in binding.declarations}
        declared = types.pop() if len(types) == 1 else ""
        if declared and is_foreign_type(self._files, file, declared):
            return False
        declared = declared.rpartition(".")[2]
        if declared not in self._family:
            declared = self._aliases.get(declared, declared)
        if declared in self._family:
            return True
        # Of a type that is not here, or that looks like any other, nothing is known.
        return False if declared in self._classes else None

    def _verdict_of_made(self, file: CodeFile, receiver: SyntaxNode) -> bool | None:
        node: SyntaxNode | None = receiver
        while node is not None and node.type == "parenthesized_expression":
            node = next((one for one in node.children if one.is_named), None)
        if node is not None and node.type in _MADE:
            made = node.child("constructor") or node.child("type") or node.child("name")
            if made is not None and file.text(made) in self._family:
                return True
        return None

    def _is_ours(self, file: CodeFile, binding: Binding) -> bool:
        return binding.scope in self._owners or owner_name(file, binding) in self._family

    def _all_classes(self) -> Iterator[tuple[str, list[tuple[CodeFile, SyntaxNode]]]]:
        """Yield the types whose relatives matter, by bare name, with where they stand."""
        found: dict[str, list[tuple[CodeFile, SyntaxNode]]] = {}
        files = {file.path: file for file in self._declaring}
        waiting = list(self._family)
        seen = set(waiting)
        while waiting and len(files) < _FILES_MAX:
            for file in self._files.files_with(waiting.pop()):
                files[file.path] = file
                for alias, target in file.type_aliases():
                    self._aliases[alias] = target
                    if target in seen and alias not in seen:
                        seen.add(alias)
                        waiting.append(alias)
                for name, scope in file.type_scopes():
                    bases = file.rules.owner_types(scope, file.tree)
                    if seen & {name, *bases}:
                        new = {name, *bases} - seen
                        seen |= new
                        waiting += new
        for file in files.values():
            for name, scope in file.type_scopes():
                found.setdefault(name, []).append((file, scope))
        yield from found.items()

    def _bases(self, name: str) -> Iterator[tuple[CodeFile, SyntaxNode, str]]:
        for file, scope in self._classes.get(name, ()):
            for base in file.rules.owner_types(scope, file.tree):
                yield file, scope, base

    def _declares(self, name: str) -> bool:
        return any(
            is_in_type(binding, scope)
            for file, scope in self._classes.get(name, ())
            for binding in file.names(self._symbol.name).bindings
        )

    def _grow(self) -> None:
        """Add the types that share the member by inheritance."""
        waiting, seen = list(self._family), set(self._family)
        while waiting:
            name = waiting.pop()
            for file, scope, base in self._bases(name):
                if base in seen:
                    continue
                seen.add(base)
                waiting.append(base)
                if base not in self._classes:
                    self._foreign.append((file, scope, base))
                elif self._declares(base):
                    self._family.add(base)
        is_growing = bool(self._family)
        while is_growing:
            heirs = {
                name
                for name in self._classes
                if any(base in self._family for _, _, base in self._bases(name))
            }
            heirs |= {new for new, old in self._aliases.items() if old in self._family}
            is_growing = not heirs <= self._family
            self._family |= heirs


def owner_name(file: CodeFile, binding: Binding) -> str:
    """Return the bare name of what has a member; empty when it has none."""
    outer = file.qualified_name(binding).rpartition(".")[0]
    return outer.rpartition(".")[2]


def _element_of(receiver: SyntaxNode) -> SyntaxNode:
    """Return the variable of `items[0]`, `(*item)` and the like: its type says enough."""
    node = receiver
    while node.type in _WRAPPED:
        inner = node.child("argument") or node.child("operand") or node.child("value")
        if inner is None:
            inner = next((one for one in node.children if one.is_named), None)
        if inner is None:
            break
        node = inner
    return node
