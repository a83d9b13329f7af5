"""Which file of C and C++ sees which name of which other: linkage and includes."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from nanobot_engine.language.binding import MEMBERS, Act, Binding, CodeFile, Occurrence
from nanobot_engine.language.code_files import CodeFiles
from nanobot_engine.language.inherited import (
    CERTAINTY_BY_INHERITS,
    NOT_BY_SCOPE,
    InheritedMembers,
    Inherits,
    owners_around,
)
from nanobot_engine.language.reference import CodeSymbol, Found
from nanobot_engine.python import Certainty
from nanobot_indexer import Language
from nanobot_indexer.syntax.tree import SyntaxNode

_INCLUDE: Final = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[\"<]([^\">\n]+)[\">]", re.MULTILINE)
_AROUND_DECLARATIONS: Final = frozenset(
    {"translation_unit", "declaration_list", "preproc_ifdef", "preproc_if", "preproc_else"}
    | {"linkage_specification", "preproc_elif"}
)
_HEADERS: Final = (".h", ".hh", ".hpp", ".hxx", ".h++", ".inl", ".ipp", ".tpp", ".inc")


class LinkageLinks:
    """Finds who refers to a name of a file or of a namespace."""

    def __init__(self, files: CodeFiles) -> None:
        self._files = files
        self._by_name: dict[str, list[str]] = {}
        for path in files.data_by_path:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        self._included: dict[str, frozenset[str]] = {}

    def add_references(self, symbol: CodeSymbol, found: Found) -> None:
        """Add every place in all files that means the symbol."""
        declaring = {symbol.file.path}
        is_internal = all(_is_internal(symbol.file, one) for one in symbol.bindings)
        if not is_internal:
            declaring |= {
                file.path
                for file in self._files.files_with(symbol.name)
                if any(self._is_same(file, one, symbol) for one in file.names(symbol.name).bindings)
            }
        is_alone = self._is_alone(symbol)
        self._inherited = InheritedMembers(self._files, symbol.name, MEMBERS)
        for file in self._files.files_with(symbol.name):
            sees = file.path in declaring or bool(declaring & self._reached(file.path))
            if not sees and not is_alone:
                continue
            for one in file.names(symbol.name).occurrences:
                reason = self._reason(file, one, symbol)
                if reason and (file.path in declaring or one.role.act is not Act.DECLARES):
                    self._add(file, one, found, reason, sees=sees)

    def taken(self, symbol: CodeSymbol, new_name: str) -> str:
        """Say who has a name already where the symbol is seen; empty for nobody."""
        found = Found()
        self.add_references(symbol, found)
        users = {one.file.path for one in found.references.values()}
        for file in self._files.files_with(new_name):
            for one in file.names(new_name).bindings:
                is_shared = file.is_top(one) and not _is_internal(file, one)
                is_near = file.path in users or any(
                    file.path in self._reached(user) for user in users
                )
                if file.is_top(one) and (is_shared or is_near):
                    return f"{file.path} declares it already"
        others = self._other_definitions(symbol)
        if others:
            return f"{symbol.name} is defined in {others[0]}, too, and they are not one"
        return ""

    def _add(
        self, file: CodeFile, one: Occurrence, found: Found, reason: str, *, sees: bool
    ) -> None:
        """Add a place, unless a member of the class around it hides what it would mean."""
        certainty = Certainty.SURE if sees else Certainty.LIKELY
        if one.role.act is Act.USES and file.language is Language.CPP:
            for name in owners_around(file, one.leaf):
                inherits = self._inherited.has(name)
                if inherits in NOT_BY_SCOPE:
                    file.names(file.text(one.leaf)).set_free(one.leaf)
                if inherits is Inherits.YES:
                    return
                if inherits is not Inherits.NO:
                    reason = f"{name} may inherit a member of this name"
                    certainty = CERTAINTY_BY_INHERITS[inherits]
                    break
        found.add(file, one.leaf, reason, certainty=certainty)

    def _reason(self, file: CodeFile, one: Occurrence, symbol: CodeSymbol) -> str:
        """Say what an occurrence is of the symbol; empty when it means something else."""
        if one.binding is not None:
            if not self._is_same(file, one.binding, symbol):
                return ""
            return "declaration" if one.leaf in one.binding.declarations else "use"
        if one.role.act is Act.USES:
            is_space = any(space in one.role.spaces for space in _spaces(symbol))
            return "use of another file's name" if is_space else ""
        namespace = _namespace(symbol)
        receiver = one.role.receiver
        around = one.leaf.parent
        if receiver is None and around is not None and around.type == "qualified_identifier":
            # `::stop` is what no namespace has.
            return "use from the top" if one.role.act is Act.MEMBER and not namespace else ""
        if one.role.act is Act.MEMBER and receiver is not None and namespace:
            named = file.text(receiver).replace("::", ".").rpartition(".")[2]
            return "use through its namespace" if named == namespace.rpartition(".")[2] else ""
        return ""

    def _is_same(self, file: CodeFile, binding: Binding, symbol: CodeSymbol) -> bool:
        """Tell whether two declarations of one name are the same thing to a linker."""
        if file is symbol.file and binding in symbol.bindings:
            return True
        if binding.scope.type == "function_definition" and binding.space == MEMBERS:
            return file.qualified_name(binding) == symbol.qualified_name
        is_space = binding.space in _spaces(symbol)
        if not is_space or binding.space == MEMBERS or not file.is_top(binding):
            return False
        if _is_internal(file, binding) or all(
            _is_internal(symbol.file, one) for one in symbol.bindings
        ):
            return False
        return file.qualified_name(binding) == symbol.qualified_name

    def _is_alone(self, symbol: CodeSymbol) -> bool:
        """Tell whether nothing else of all files has the name at its top."""
        if all(_is_internal(symbol.file, one) for one in symbol.bindings):
            return False
        return all(
            self._is_same(file, one, symbol)
            for file in self._files.files_with(symbol.name)
            for one in file.names(symbol.name).bindings
            if file.is_top(one)
        )

    def _other_definitions(self, symbol: CodeSymbol) -> list[str]:
        """Return the files besides that of the symbol that define a function of its name."""
        own = any(map(_is_body, _declarations(symbol.bindings)))
        found = [
            file.path
            for file in self._files.files_with(symbol.name)
            if file is not symbol.file
            and any(
                _is_body(leaf)
                for one in file.names(symbol.name).bindings
                if self._is_same(file, one, symbol)
                for leaf in one.declarations
            )
        ]
        return found if len(found) + own > 1 else []

    def _reached(self, path: str) -> frozenset[str]:
        """Return the files that one includes, also through others."""
        if path not in self._included:
            found, waiting = {path}, [path]
            while waiting:
                current = waiting.pop()
                for included in self._includes(current):
                    if included not in found:
                        found.add(included)
                        waiting.append(included)
            self._included[path] = frozenset(found)
        return self._included[path]

    def _includes(self, path: str) -> Iterator[str]:
        folder = path.rpartition("/")[0]
        for name in _INCLUDE.findall(self._files.data_by_path[path]):
            wanted = posixpath.normpath(name.decode(errors="replace"))
            near = posixpath.normpath(posixpath.join(folder, wanted))
            if near in self._files.data_by_path:
                yield near
                continue
            for one in self._by_name.get(wanted.rpartition("/")[2], ()):
                if f"/{one}".endswith(f"/{wanted}"):
                    yield one


def _declarations(bindings: tuple[Binding, ...]) -> Iterator[SyntaxNode]:
    for one in bindings:
        yield from one.declarations


def _is_body(leaf: SyntaxNode) -> bool:
    """Tell whether a name is that of a function with its body."""
    node: SyntaxNode | None = leaf
    while node is not None and node.field in {"declarator", "name"}:
        node = node.parent
    return node is not None and node.type == "function_definition"


def _is_internal(file: CodeFile, binding: Binding) -> bool:
    """Tell whether no other file can mean a name: `static`, or of a source file alone."""
    if file.path.lower().endswith(_HEADERS):
        return False
    for leaf in binding.declarations:
        node = leaf
        while node.parent is not None and node.parent.type not in _AROUND_DECLARATIONS:
            if node.parent.parent is None:
                break
            node = node.parent
        classes = [one for one in node.children if one.type == "storage_class_specifier"]
        is_static = any(file.text(one) == "static" for one in classes)
        is_linked = node.type in {"declaration", "function_definition"}
        if is_static or not is_linked or leaf.type == "type_identifier":
            return True
    return False


def _spaces(symbol: CodeSymbol) -> frozenset[str]:
    return frozenset(one.space for one in symbol.bindings)


def _namespace(symbol: CodeSymbol) -> str:
    return symbol.qualified_name.rpartition(".")[0]
