"""Which module of Rust takes which name from which other."""

from typing import Final

from nanobot_engine.language.binding import Act, Binding, CodeFile, Occurrence
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.reference import CodeSymbol, Form, Found
from nanobot_engine.python import Certainty
from nanobot_indexer.syntax.tree import SyntaxNode

_Path = tuple[str, ...]
"""Of a module: the folder of its crate, then the names of modules."""
_ROOTS: Final = ("lib", "main", "mod")


class CrateLinks:
    """Finds who refers to an item of a module."""

    def __init__(self, files: CodeFiles) -> None:
        self._files = files
        self._crates = {
            path.rpartition("/")[0]
            for path in files.data_by_path
            if path.rpartition("/")[2] == "Cargo.toml"
        }

    def add_references(self, symbol: CodeSymbol, found: Found) -> None:
        """Add every place outside of the symbol's own scopes that means it."""
        home = self._module(symbol.file, symbol.bindings[0].scope)
        homes = {home}
        is_growing = True
        while is_growing:
            known = len(homes)
            for file in self._files.files_with(symbol.name):
                for one in file.names(symbol.name).occurrences:
                    self._add(file, one, symbol, homes, found)
            is_growing = len(homes) > known
        is_alone = self._is_alone(symbol)
        for file in self._files.files_with(symbol.name):
            for one in file.names(symbol.name).occurrences:
                if (file.path, one.leaf.start_byte) not in found.references:
                    self._add_unsure(file, one, symbol, found, is_alone=is_alone)

    def _add(
        self, file: CodeFile, one: Occurrence, symbol: CodeSymbol, homes: set[_Path], found: Found
    ) -> None:
        """Add a place that a path proves; what is passed on makes its module a home, too."""
        leaf, binding = one.leaf, one.binding
        if binding in symbol.bindings:
            return
        if binding is not None and binding.is_import:
            if leaf in binding.declarations:
                target = self._target(file, leaf)
                if target is not None and target in homes:
                    self._take(file, binding, leaf, homes, found)
            return
        if one.role.act in {Act.IMPORTED, Act.MEMBER}:
            target = self._target(file, leaf)
            if target is not None and target in homes:
                found.add(file, leaf, "use through a path")
        elif one.role.act is Act.USES and binding is None and self._has_glob(file, leaf, homes):
            found.add(file, leaf, "use of a name that `use …::*` brought")

    def _take(
        self, file: CodeFile, binding: Binding, leaf: SyntaxNode, homes: set[_Path], found: Found
    ) -> None:
        for one in binding.leaves:
            form = _form(one)
            reason = "import" if one is leaf else "use of what is imported"
            found.add(file, one, reason, form=form, binding=binding)
        statement = leaf.above("use_declaration")
        if statement is not None and statement.child_of_type("visibility_modifier") is not None:
            homes.add(self._module(file, binding.scope))

    def _add_unsure(
        self, file: CodeFile, one: Occurrence, symbol: CodeSymbol, found: Found, *, is_alone: bool
    ) -> None:
        """Add a place whose path is not understood, as far as the name speaks for it."""
        is_free = one.role.act is Act.USES and one.binding is None
        is_import = one.binding is not None and one.binding.is_import
        is_path = one.role.act in {Act.MEMBER, Act.IMPORTED} and _is_path(one)
        if is_import and one.binding is not None and one.leaf not in one.binding.declarations:
            return
        if not (is_free or is_import or is_path) or self._is_foreign(file, one):
            return
        if is_alone and not is_import:
            reason = f"nothing else in the workspace is called {symbol.name}"
            found.add(file, one.leaf, reason, certainty=Certainty.LIKELY, form=_form(one.leaf))
        elif not is_import:
            reason = "the path to it is not known"
            found.add(file, one.leaf, reason, certainty=Certainty.POSSIBLE, form=_form(one.leaf))

    def _is_foreign(self, file: CodeFile, one: Occurrence) -> bool:
        """Tell whether a path leads to another crate, or to a module that is known."""
        return one.role.act is not Act.USES and self._target(file, one.leaf) is not None

    def taken(self, symbol: CodeSymbol, new_name: str) -> str:  # noqa: ARG002 - the protocol's signature
        """Say nothing: a module is one file, and binding it again shows what it has."""
        return ""

    def _is_alone(self, symbol: CodeSymbol) -> bool:
        return all(
            binding in symbol.bindings or binding.is_import or not file.is_top(binding)
            for file in self._files.files_with(symbol.name)
            for binding in file.names(symbol.name).bindings
        )

    def _has_glob(self, file: CodeFile, leaf: SyntaxNode, homes: set[_Path]) -> bool:
        here = self._module(file, leaf)
        for node in file.nodes_of("use_wildcard"):
            if self._module(file, node) == here and node.children:
                target = self._resolved(file, node, _written(file, node.children[0], node))
                if target in homes:
                    return True
        return False

    def _target(self, file: CodeFile, leaf: SyntaxNode) -> _Path | None:
        """Return the module that the path before a name leads to; None when nobody knows."""
        return self._resolved(file, leaf, _path_before(file, leaf))

    def _resolved(self, file: CodeFile, place: SyntaxNode, parts: list[str]) -> _Path | None:
        if not parts:
            return None
        here = self._module(file, place)
        first, *rest = parts
        if first in {"crate", "$crate"}:
            return (here[0], *rest)
        if first in {"self", "super"}:
            base = list(here)
            for one in parts:
                if one == "super":
                    base = base[:-1] or base
                elif one != "self":
                    base.append(one)
            return tuple(base)
        for crate in self._crates:
            if crate.rpartition("/")[2].replace("-", "_") == first:
                return (crate, *rest)
        module = self._child_module(file, place, first)
        return (*module, *rest) if module is not None else None

    def _child_module(self, file: CodeFile, place: SyntaxNode, name: str) -> _Path | None:
        """Return what a bare name before `::` is, where it is a module."""
        for one in file.names(name).bindings:
            leaf = one.declarations[0]
            parent = leaf.parent
            if parent is not None and parent.type == "mod_item" and leaf.field == "name":
                return (*self._module(file, one.scope), name)
            if one.is_import and leaf is not place:
                before = _path_before(file, leaf)
                target = self._resolved(file, leaf, before) if before != [name] else None
                if target is not None:
                    return (*target, name)
        return None

    def _module(self, file: CodeFile, place: SyntaxNode) -> _Path:
        """Return the module that a node is in."""
        inner: list[str] = []
        node: SyntaxNode | None = place
        while node is not None:
            name = node.child("name") if node.type == "mod_item" else None
            if name is not None and node.child("body") is not None and node is not place.parent:
                inner.insert(0, file.text(name))
            node = node.parent
        folder, _, base = file.path.rpartition("/")
        crate = folder
        while crate and crate not in self._crates:
            crate = crate.rpartition("/")[0]
        inside = [one for one in folder[len(crate) :].split("/") if one]
        if inside[:1] == ["src"]:
            inside = inside[1:]
        stem = base.removesuffix(".rs")
        own = [] if stem in _ROOTS else [stem]
        return (crate, *inside, *own, *inner)


def _form(leaf: SyntaxNode) -> Form:
    parent = leaf.parent
    is_shorthand = parent is not None and parent.type == "shorthand_field_initializer"
    return Form.KEY_KEPT if is_shorthand else Form.PLAIN


def _is_path(one: Occurrence) -> bool:
    parent = one.leaf.parent
    return parent is not None and parent.type in {"scoped_identifier", "scoped_type_identifier"}


def _path_before(file: CodeFile, leaf: SyntaxNode) -> list[str]:
    """Return the names before the last of a path, also those before the braces of a `use`."""
    parts: list[str] = []
    node = leaf
    parent = node.parent
    if parent is not None and parent.type == "token_tree":
        index = parent.children.index(leaf)
        while index > 1 and file.text(parent.children[index - 1]) == "::":
            parts.insert(0, file.text(parent.children[index - 2]))
            index -= 2
        return parts
    while parent is not None and parent.type != "use_declaration":
        path = parent.child("path")
        if path is not None and path is not node and parent.type != "use_as_clause":
            parts = [*_names(file, path), *parts]
        if parent.type not in {"scoped_identifier", "scoped_type_identifier", "use_list",
                               "scoped_use_list", "use_as_clause", "use_wildcard"}:  # fmt: skip
            break
        node, parent = parent, parent.parent
    return parts


def _written(file: CodeFile, path: SyntaxNode, wildcard: SyntaxNode) -> list[str]:
    """Return the path of `use path::*`."""
    return [*_path_before(file, wildcard), *_names(file, path)]


def _names(file: CodeFile, path: SyntaxNode) -> list[str]:
    return [part.strip() for part in file.text(path).partition("<")[0].split("::") if part.strip()]
