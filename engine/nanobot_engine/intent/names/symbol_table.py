"""What a sentence can speak of: the names of a codebase, and how earlier parts left them.

Names are read off the bytes of all files first; only files that hold a name that was
asked for are parsed. A later part of a sentence speaks of names as the earlier parts left them,
so renames and moves lie over the table as a list, without being carried out.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from nanobot_engine.language import DeclaredNames
from nanobot_engine.python import PythonFile, Scope, ScopeKind
from nanobot_engine.python.scope import all_arguments
from nanobot_engine.refactor.codebase import Codebase

FUNCTION: Final = "function"
METHOD: Final = "method"
CLASS: Final = "class"
ATTRIBUTE: Final = "attribute"
CONSTANT: Final = "constant"
VARIABLE: Final = "variable"
PARAMETER: Final = "parameter"
LOCAL: Final = "local variable"

_IDENTIFIER: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Entry:
    """One symbol of the codebase."""

    path: str
    """As the earlier parts leave it."""
    qualified_name: str
    kind: str
    line: int
    """1-based, in the file as it is."""
    origin_path: str
    """As it is now."""
    origin_name: str

    @property
    def name(self) -> str:
        """The last part."""
        return self.qualified_name.rpartition(".")[2]

    @property
    def owners(self) -> tuple[str, ...]:
        """The names around it, outermost first, without the module."""
        return tuple(self.qualified_name.replace(".<locals>", "").split(".")[:-1])

    @property
    def key(self) -> str:
        """As refactorings take it: `path::qualified.name`."""
        return f"{self.path}::{self.qualified_name}"

    @property
    def is_test(self) -> bool:
        """Tell whether it is of a test, a document or an example."""
        parts = self.path.lower().split("/")
        folders = {"test", "tests", "testing", "docs", "doc", "examples", "bench", "benchmarks"}
        return bool(folders & set(parts[:-1])) or parts[-1].startswith(("test_", "conftest"))


@dataclass(frozen=True, slots=True)
class _Renamed:
    path: str
    old: str
    new_path: str
    new: str


class SymbolTable:
    """Knows all symbols and modules. Not safe to share between threads."""

    def __init__(self, codebase: Codebase) -> None:
        self.codebase = codebase
        self._changes: tuple[_Renamed, ...] = ()
        self._moved: tuple[tuple[str, str], ...] = ()
        self._by_name: dict[str, list[Entry]] = {}
        self._by_file: dict[str, dict[str, list[Entry]]] = {}

    # Names

    @cached_property
    def _counted(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for path in self.codebase.project.modules.paths:
            data = self.codebase.data_by_path[path]
            counts.update(word.decode() for word in _IDENTIFIER.findall(data))
        return counts + self._other.counts()

    @cached_property
    def _other(self) -> DeclaredNames:
        """What files of other languages declare."""
        return DeclaredNames(self.codebase.data_by_path)

    def names(self) -> Iterator[str]:
        """Yield every identifier that stands anywhere, also those that parts make."""
        yield from self._counted
        yield from (one.new.rpartition(".")[2] for one in self._changes)

    def uses(self, name: str) -> int:
        """Count where an identifier stands in Python files, whatever it means there."""
        return self._counted[name]

    def named(self, name: str) -> list[Entry]:
        """Return the symbols with a name, by path and line."""
        found = [self._changed(entry) for entry in self._originals(name)]
        for change in self._changes:
            if change.new.rpartition(".")[2] == name:
                old = change.old.rpartition(".")[2]
                found += [self._changed(entry) for entry in self._originals(old)]
        unique = {entry.key: entry for entry in found if entry.name == name}
        return list(unique.values())

    def _changed(self, entry: Entry) -> Entry:
        path, name = entry.path, entry.qualified_name
        for change in self._changes:
            if path == change.path and (name == change.old or name.startswith(f"{change.old}.")):
                path, name = change.new_path, change.new + name[len(change.old) :]
        return replace(entry, path=self.path_now(path), qualified_name=name)

    def _originals(self, name: str) -> list[Entry]:
        if name not in self._by_name:
            found: list[Entry] = []
            for file in self.codebase.project.files_with(name):
                found += self._entries(file).get(name, [])
            found += [
                Entry(
                    one.path, one.qualified_name, one.kind, one.line, one.path, one.qualified_name
                )
                for one in self._other.named(name)
            ]
            self._by_name[name] = found
        return self._by_name[name]

    def _entries(self, file: PythonFile) -> dict[str, list[Entry]]:
        by_name = self._by_file.get(file.path)
        if by_name is None:
            by_name = self._by_file[file.path] = {}
            for entry in _entries_of(file):
                by_name.setdefault(entry.name, []).append(entry)
        return by_name

    def members(self, owner: Entry) -> list[Entry]:
        """Return what is defined directly inside of a class or function."""
        file = self.codebase.project.file(owner.origin_path)
        if file is None:
            return []
        outer = owner.origin_name
        found = [
            entry
            for entries in self._entries(file).values()
            for entry in entries
            if entry.qualified_name.rpartition(".")[0].removesuffix(".<locals>") == outer
        ]
        return [self._changed(entry) for entry in sorted(found, key=lambda one: one.line)]

    def function_node(self, entry: Entry) -> _FunctionNode | None:
        """Return the definition of a function or method; of a class its `__init__`."""
        references = self.codebase.references
        symbol = references.symbol(entry.origin_path, entry.origin_name)
        for site in symbol.scope.sites.get(symbol.name, ()) if symbol is not None else ():
            if isinstance(site.node, _FunctionNode):
                return site.node
            if isinstance(site.node, ast.ClassDef):
                for one in site.node.body:
                    if isinstance(one, _FunctionNode) and one.name == "__init__":
                        return one
        return None

    def parameters(self, entry: Entry, *, positional: bool = False) -> list[str]:
        """Return the parameters of a function without the one that the object gives."""
        node = self.function_node(entry)
        if node is None:
            return []
        arguments = node.args
        names = [one.arg for one in all_arguments(arguments)]
        if positional:
            names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        is_static = any(
            isinstance(one, ast.Name) and one.id == "staticmethod" for one in node.decorator_list
        )
        is_method = entry.kind in {METHOD, CLASS} and not is_static
        return names[1:] if is_method else names

    # Modules

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self.codebase.project.modules.paths)

    def modules(self) -> list[str]:
        """Return the paths of all modules, as earlier parts leave them."""
        return [self.path_now(path) for path in self._paths]

    def folders(self) -> list[str]:
        """Return the folders that hold Python files, at any depth."""
        found: set[str] = set()
        for path in self.modules():
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return sorted(found)

    def path_now(self, path: str) -> str:
        """Return where a file is after the earlier parts."""
        for old, new in self._moved:
            if path == old:
                path = new
            elif path.startswith(f"{old}/"):
                path = new + path[len(old) :]
        return path

    def origin_path(self, path: str) -> str:
        """Return where a file is now that will be at a path."""
        return next((old for old in self._paths if self.path_now(old) == path), path)

    # Earlier parts

    def with_symbol(self, key: str, new_path: str, new_name: str) -> "SymbolTable":
        """Return the table after a symbol got another qualified name or module."""
        path, _, old = key.partition("::")
        after = self._copy()
        after._changes = (*self._changes, _Renamed(path, old, new_path, new_name))  # noqa: SLF001 - a table of ours
        return after

    def with_module(self, path: str, new_path: str) -> "SymbolTable":
        """Return the table after a module or package has moved."""
        after = self._copy()
        after._moved = (*self._moved, (path, new_path))  # noqa: SLF001 - a table of ours
        return after

    def _copy(self) -> "SymbolTable":
        after = SymbolTable(self.codebase)
        after.__dict__.update(self.__dict__)
        return after


def _entries_of(file: PythonFile) -> Iterator[Entry]:
    """Yield every symbol that a file defines itself, each once."""
    seen: set[str] = set()
    stack = [file.names.module]
    while stack:
        scope = stack.pop()
        stack += reversed(scope.children)
        if scope.kind is ScopeKind.COMPREHENSION:
            continue
        outer = scope.qualified_name
        if scope.kind is ScopeKind.FUNCTION and outer:
            outer += ".<locals>"
        for name, sites in scope.sites.items():
            own = [site for site in sites if site.imported is None]
            qualified = f"{outer}.{name}" if outer else name
            if own and qualified not in seen:
                seen.add(qualified)
                line = file.line(own[0].span.start_byte)
                kind = _kind(scope, name, own[0].node)
                yield Entry(file.path, qualified, kind, line, file.path, qualified)
    yield from _stored(file, seen)


def _kind(scope: Scope, name: str, node: ast.AST) -> str:
    is_in_class = scope.kind is ScopeKind.CLASS
    if isinstance(node, ast.ClassDef):
        return CLASS
    if isinstance(node, _FunctionNode):
        return METHOD if is_in_class else FUNCTION
    if isinstance(node, ast.arg):
        return PARAMETER
    if is_in_class:
        return ATTRIBUTE
    if scope.kind is ScopeKind.MODULE:
        return CONSTANT if name.isupper() else VARIABLE
    return LOCAL


def _stored(file: PythonFile, seen: set[str]) -> Iterator[Entry]:
    """Yield the attributes that methods give to their object."""
    for name, all_stored in file.names.stored.items():
        for stored in all_stored:
            receiver = stored.node.value
            function = stored.scope.lookup(receiver.id) if isinstance(receiver, ast.Name) else None
            if function is None or not isinstance(function.node, _FunctionNode):
                continue
            arguments = all_arguments(function.node.args)
            owner = function.parent
            if not arguments or owner is None or owner.kind is not ScopeKind.CLASS:
                continue
            qualified = f"{owner.qualified_name}.{name}"
            is_own = isinstance(receiver, ast.Name) and arguments[0].arg == receiver.id
            if is_own and qualified not in seen:
                seen.add(qualified)
                line = stored.node.lineno
                yield Entry(file.path, qualified, ATTRIBUTE, line, file.path, qualified)
