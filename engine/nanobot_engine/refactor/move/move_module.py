"""Move or rename a module or a package: the files, and everybody who imports them."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nanobot_engine.python import PythonFile, ReferenceKind, Span, Symbol
from nanobot_engine.python.module_tree import ModuleTree
from nanobot_engine.python.scope import AttributeOccurrence, Import, Role, Scope, root_name
from nanobot_engine.python.value import ModuleValue
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.imports.import_edit import ImportEdit, NewImport
from nanobot_engine.refactor.imports.module_path import import_name, relative_name
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind

_TEXT_SUFFIXES: Final = (".toml", ".cfg", ".ini", ".json", ".yaml", ".yml", ".md", ".rst", ".txt")
_TEXT_BYTES_MAX: Final = 4 * 1024 * 1024
_REASON: Final = "import of the moved module"


class MoveModule:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "move module"
    summary: Final = "Move or rename a module or a package, and update everybody who imports it"
    parameters: Final = (
        Parameter("module", ParameterKind.MODULE, "the file, or the folder of the package"),
        Parameter("target", ParameterKind.PATH, "its new path"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        module, target = arguments["module"].rstrip("/"), arguments["target"].rstrip("/")
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        moves = _moves(codebase, module, target)
        for path, new_path in moves.items():
            builder.move(path, new_path)
        moved = _Moved(codebase, builder, moves)
        for path in moved.new_packages():
            builder.create(path, "", "the new module's package")
        for file in codebase.project.files():
            moved.follow_in(file)
        moved.finish()
        moved.follow_texts()
        return builder.build(f"move {module} to {target}")


def _moves(codebase: Codebase, module: str, target: str) -> dict[str, str]:
    """Return the new path of every file that moves."""
    paths = codebase.data_by_path
    if module in paths:
        if not target.endswith((".py", ".pyi")):
            raise ArgumentError(f"{target}: give the new path of the file, with its suffix")
        moves = {module: target}
        stub, new_stub = f"{module}i", f"{target}i"
        if stub in paths:
            moves[stub] = new_stub
    else:
        moves = {
            path: target + path.removeprefix(module)
            for path in paths
            if path.startswith(f"{module}/")
        }
    if not moves:
        raise ArgumentError(f"{module}: there is no such module or package")
    for part in re.split(r"[/.]", target.removesuffix(".py"))[-1:]:
        if not part.isidentifier():
            raise ArgumentError(f"{target}: {part!r} is no name that Python can import")
    return moves


class _Moved:
    def __init__(
        self, codebase: Codebase, builder: ChangeBuilder, moves: Mapping[str, str]
    ) -> None:
        self._codebase = codebase
        self._builder = builder
        self._moves = moves
        self._old_tree = codebase.project.modules
        paths = {moves.get(path, path) for path in codebase.data_by_path}
        self._tree = ModuleTree(paths | set(_packages(paths, moves.values())))
        self._roots: set[ast.AST | None] = set()
        """Names that were replaced, with all that follows their dots."""
        self._editors: dict[PythonFile, ImportEdit] = {}
        self._words = {_stem(path).encode() for path in moves}
        names = {self._old_tree.name_of(old): self._tree.name_of(new) for old, new in moves.items()}
        # A name without a dot is a word of every text.
        self._new_names = {old: new for old, new in names.items() if "." in old and old != new}
        longest_first = sorted(self._new_names, key=len, reverse=True)
        self._dotted = (
            re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
            if longest_first
            else None
        )

    def new_packages(self) -> list[str]:
        """Return the `__init__.py` that the new place needs."""
        paths = {self._moves.get(path, path) for path in self._codebase.data_by_path}
        return _packages(paths, self._moves.values())

    def follow_in(self, file: PythonFile) -> None:
        """Update the imports of one file, and what reaches moved modules through them."""
        is_moved = file.path in self._moves
        if not is_moved and not any(word in file.source.data for word in self._words):
            return
        for imported, scope in file.names.imports:
            if imported.name is None:
                self._follow_import(file, imported)
                self._follow_root(file, imported, scope)
            else:
                self._follow_from(file, imported, scope, is_moved=is_moved)
        self._follow_attributes(file)
        self._follow_strings(file)

    def _new_path(self, file: PythonFile) -> str:
        return self._moves.get(file.path, file.path)

    def _follow_import(self, file: PythonFile, imported: Import) -> None:
        """`import a.b` and `import a.b as c`."""
        path = self._old_tree.path_of(imported.module, importer=file.path)
        if path is not None and path in self._moves and imported.module_span is not None:
            name = self._tree.name_of(self._moves[path])
            self._builder.replace(file, imported.module_span, name, _REASON)

    def _follow_root(self, file: PythonFile, imported: Import, scope: Scope) -> None:
        """`import old` binds `old`: where that moves, its uses get the new name."""
        if imported.alias.asname is not None:
            return
        path = self._old_tree.path_of(imported.bound, importer=file.path)
        bound = scope.lookup(imported.bound)
        if path is None or path not in self._moves or bound is None:
            return
        new_name = self._tree.name_of(self._moves[path])
        for occurrence in file.names.names:
            if occurrence.name != imported.bound or occurrence.bound() is not bound:
                continue
            if occurrence.role is not Role.IMPORT and new_name != imported.bound:
                self._builder.replace(file, occurrence.span, new_name, "use of the moved module")
                self._roots.add(occurrence.node)

    def _follow_from(
        self, file: PythonFile, imported: Import, scope: Scope, *, is_moved: bool
    ) -> None:
        """`from a import b`, where `a`, or `a.b`, or the file itself moves."""
        assert imported.name is not None, "the caller looked"
        source = self._old_tree.resolve(file.path, level=imported.level, module=imported.module)
        submodule = self._submodule(file, imported, source)
        if submodule is not None and submodule in self._moves:
            self._follow_submodule(file, imported, scope, submodule)
        elif source is not None and (source in self._moves or is_moved):
            new_source = self._moves.get(source, source)
            module = import_name(self._tree, self._new_path(file), new_source, like=imported)
            self._retarget(file, imported, module)
        elif is_moved and imported.level > 0:
            # A namespace package has no file: keep what the dots meant.
            absolute = self._old_tree.absolute(
                file.path, level=imported.level, module=imported.module
            )
            if absolute is not None:
                self._retarget(
                    file, imported, relative_name(self._tree, self._new_path(file), absolute)
                )

    def _submodule(self, file: PythonFile, imported: Import, source: str | None) -> str | None:
        """Return the file when an import takes a module out of a package."""
        assert imported.name is not None, "the caller looked"
        if source is None:
            package = self._old_tree.absolute(
                file.path, level=imported.level, module=imported.module
            )
            dotted = f"{package}.{imported.name}" if package else imported.name
            return self._old_tree.path_of(dotted, importer=file.path)
        found = self._codebase.project.file(source)
        if found is not None and imported.name in found.names.module.sites:
            values = self._codebase.references.inference.module_member(found, imported.name)
            if not any(isinstance(value, ModuleValue) for value in values):
                return None
        return self._old_tree.submodule(source, imported.name)

    def _follow_submodule(
        self, file: PythonFile, imported: Import, scope: Scope, path: str
    ) -> None:
        new_name = self._tree.name_of(self._moves[path])
        package, _, name = new_name.rpartition(".")
        if imported.level > 0:
            relative = relative_name(self._tree, self._new_path(file), new_name)
            package = relative[: len(relative) - len(name)]
            package = package if package.strip(".") == "" else package.rstrip(".")
        if not package:
            raise UnsafeError(
                f"{file.path}: imports {imported.name} from a package, and it would have none"
            )
        is_renamed = name != imported.name and imported.alias.asname is None
        keeps_name = is_renamed and not self._follows_name(file, scope, imported, name)
        if self._stays_in_part(file, imported, package):
            alias = imported.bound if keeps_name else imported.alias.asname
            self._split(file, imported, NewImport(package, name, alias))
        else:
            self._retarget(file, imported, package)
            if name != imported.name and imported.name_span is not None:
                text = f"{name} as {imported.bound}" if keeps_name else name
                self._builder.replace(file, imported.name_span, text, _REASON)

    def _follows_name(self, file: PythonFile, scope: Scope, imported: Import, name: str) -> bool:
        """Give the uses of an import its new name; false where that is taken."""
        bound = scope.lookup(imported.bound)
        is_taken = any(one.name == name for one in file.names.names)
        if bound is None or is_taken:
            return False
        found = self._codebase.references.find_bound(Symbol(file, bound, imported.bound))
        for reference in found.found:
            if reference.file is file and reference.kind is not ReferenceKind.ALIAS:
                self._builder.replace(file, reference.span, name, "use of the moved module")
        return True

    def _retarget(self, file: PythonFile, imported: Import, module: str) -> None:
        """Write another module in a `from` import, dots included."""
        statement = imported.statement
        assert isinstance(statement, ast.ImportFrom), "the caller looked"
        if module == "." * imported.level + imported.module:
            return
        start = file.span(statement).start_byte + len("from")
        data = file.source.data
        while data[start : start + 1].isspace() or data[start : start + 1] == b"\\":
            start += 1
        end = imported.module_span.end_byte if imported.module_span else start + imported.level
        if self._stays_in_part(file, imported, module):
            asname = imported.alias.asname
            self._split(file, imported, NewImport(module, imported.name, asname))
            return
        self._builder.replace(file, Span(start, end), module, _REASON)

    def _stays_in_part(self, file: PythonFile, imported: Import, module: str) -> bool:
        """Tell whether other names of a statement still come from where they came."""
        statement = imported.statement
        others = [one for one in statement.names if one is not imported.alias]
        is_same = module == "." * imported.level + imported.module
        return bool(others) and not is_same and self._differ(file, imported, others)

    def _split(self, file: PythonFile, imported: Import, new: NewImport) -> None:
        """Take one name out of a statement into one of its own."""
        editor = self._editors.setdefault(file, ImportEdit(self._builder, file))
        editor.remove(imported)
        editor.add(new, like=imported)

    def finish(self) -> None:
        """Write the statements that were split, once all files are followed."""
        for editor in self._editors.values():
            editor.finish()

    def _differ(self, file: PythonFile, imported: Import, others: list[ast.alias]) -> bool:
        """Tell whether other names of a statement stay where this one goes."""
        source = self._old_tree.resolve(file.path, level=imported.level, module=imported.module)
        if source in self._moves or (file.path in self._moves and source is not None):
            moved = self._submodule(file, imported, source)
            if moved is None or moved not in self._moves:
                return False
        for one, _ in file.names.imports:
            if one.alias in others:
                path = self._submodule(file, one, source)
                if path is None or path not in self._moves:
                    return True
        return False

    def _follow_attributes(self, file: PythonFile) -> None:
        """`a.b.c` in code, where `a.b` is a moved module reached through `import a.b`."""
        inference = self._codebase.references.inference
        for occurrence in file.names.attributes:
            root = root_name(occurrence.value)
            if occurrence.name.encode() not in self._words or root in self._roots:
                continue
            for value in inference.values(file, occurrence.scope, occurrence.value):
                for found in inference.attribute(value, occurrence.name):
                    if isinstance(found, ModuleValue) and found.file.path in self._moves:
                        self._write_chain(file, occurrence, found.file.path)

    def _write_chain(self, file: PythonFile, occurrence: AttributeOccurrence, path: str) -> None:
        written = ast.unparse(occurrence.value) + f".{occurrence.name}"
        old_name = self._old_tree.name_of(path)
        new_name = self._tree.name_of(self._moves[path])
        start = file.span(occurrence.value).start_byte
        span = Span(start, occurrence.span.end_byte)
        if old_name == written or written.endswith(f".{old_name}"):
            text = new_name
        elif old_name.rpartition(".")[0] == new_name.rpartition(".")[0]:
            # Through an alias of the package: only the last part changes.
            span, text = occurrence.span, new_name.rpartition(".")[2]
        else:
            line = f"{file.path}:{file.line(start)}"
            raise UnsafeError(f"{line}: reaches the module in a way that can not be followed")
        self._builder.replace(file, span, text, "use of the moved module")

    # Texts

    def _follow_strings(self, file: PythonFile) -> None:
        """Dotted paths in strings, as `mock.patch` and plugins use them."""
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                outer = file.span(node)
                text = file.text(outer)
                for start, end, new in self._paths_in(text):
                    first = outer.start_byte + len(text[:start].encode(file.source.encoding))
                    last = first + len(text[start:end].encode(file.source.encoding))
                    self._builder.replace(file, Span(first, last), new, "path of the moved module")

    def follow_texts(self) -> None:
        """Dotted paths in configuration and documents."""
        for path, data in self._codebase.data_by_path.items():
            if path.endswith(_TEXT_SUFFIXES) and len(data) <= _TEXT_BYTES_MAX:
                try:
                    text = data.decode()
                except UnicodeDecodeError:
                    continue
                for start, end, new in self._paths_in(text):
                    first = len(text[:start].encode())
                    last = first + len(text[start:end].encode())
                    self._builder.replace_text(
                        path, Span(first, last), new, "path of the moved module"
                    )

    def _paths_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield dotted names of moved modules in a text, each with its new name."""
        if self._dotted is not None:
            for match in self._dotted.finditer(text):
                yield match.start(), match.end(), self._new_names[match[0]]


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    return folder.rpartition("/")[2] if stem == "__init__" else stem


def _packages(paths: set[str], targets: Iterable[str]) -> list[str]:
    """Return the `__init__.py` files that new folders inside of packages need."""
    found: set[str] = set()
    for target in targets:
        folder = target.rpartition("/")[0]
        chain: list[str] = []
        while folder and f"{folder}/__init__.py" not in paths:
            chain.append(f"{folder}/__init__.py")
            folder = folder.rpartition("/")[0]
        if folder:
            found.update(chain)
    return sorted(found)
