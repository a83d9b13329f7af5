"""Move functions, classes and constants to another module, or to a new one.

What the moved code needs comes along as imports; private helpers that only it
uses move with it; everybody who imported the names imports them from their new place.
"""

import ast
from collections.abc import Iterable, Mapping
from textwrap import indent
from typing import Final

from nanobot_engine.python import PythonFile, ReferenceKind, Span, Symbol
from nanobot_engine.python.module_tree import ModuleTree
from nanobot_engine.python.scope import Import, NameOccurrence, Role, root_name
from nanobot_engine.python.stub import counterparts
from nanobot_engine.python.value import ModuleValue
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.imports.import_cycle import refuse_new_cycles
from nanobot_engine.refactor.imports.import_edit import (
    ImportEdit,
    NewImport,
    is_for_checkers,
    written_imports,
)
from nanobot_engine.refactor.imports.module_path import import_name, relative_name
from nanobot_engine.refactor.mention import mentions
from nanobot_engine.refactor.move.top_level import defines, import_of, is_in, one_module, place_for
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.evaluation import annotations_in, has_postponed_annotations
from nanobot_engine.refactor.source.statement import removals, whole_lines


class Move:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "move"
    summary: Final = "Move functions, classes or constants to another module"
    parameters: Final = (
        Parameter("symbols", ParameterKind.SYMBOLS, "what moves, all of one module"),
        Parameter("target", ParameterKind.PATH, "the module it moves to; it may be new"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        moving = MovedCode(codebase, arguments["symbols"].split("\n"), arguments["target"])
        moving.add_to(builder)
        names = ", ".join(sorted(moving.asked))
        change = builder.build(f"move {names} to {arguments['target']}")
        after = Codebase(change.applied(codebase.data_by_path))
        changed = [file.path for file in change.plan.files if file.path.endswith((".py", ".pyi"))]
        refuse_new_cycles(codebase.project, after.project, changed)
        return change


class MovedCode:
    """The definitions that move, and everything that follows from it."""

    def __init__(self, codebase: Codebase, symbols: Iterable[str], target: str) -> None:
        """Look the definitions up.

        Raises:
            ArgumentError: One is missing, or they are of several modules.
            UnsafeError: One can not be moved as it stands.
        """
        self._codebase = codebase
        self._target = target
        self._file, self.asked = one_module(codebase, symbols)
        if self._file.path == target or not target.endswith(".py"):
            raise ArgumentError(f"{target}: give the path of another Python module")
        self._module = self._file.names.module
        self._target_file = codebase.project.file(target) if self._exists else None
        self._names = self._with_helpers(self.asked)
        self._take_along()
        self._nodes = [node for name in self._names for node in self._definitions(name)]
        self._nodes.sort(key=lambda node: node.lineno)
        self._spans = [self._lines(node) for node in self._nodes]
        self._tree = ModuleTree({*codebase.data_by_path, target, *self._new_packages()})

    @property
    def _exists(self) -> bool:
        return self._target in self._codebase.data_by_path

    # What moves

    def _definitions(self, name: str) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for site in self._module.sites[name]:
            statement = next((one for one in self._file.tree.body if defines(one, site.node)), None)
            if statement is None:
                msg = f"{self._file.path}: {name!r} is bound in more than plain definitions"
                raise UnsafeError(f"{msg}; it can not be moved by program")
            if statement not in found:
                found.append(statement)
        return found

    def _lines(self, node: ast.stmt) -> Span:
        span = whole_lines(self._file, node)
        if span is None:
            line = f"{self._file.path}:{node.lineno}"
            raise UnsafeError(f"{line}: shares its line with another statement; split it first")
        return span

    def _with_helpers(self, names: set[str]) -> list[str]:
        """Return the names and the private ones that nothing but them uses."""
        found = sorted(names, key=lambda name: self._module.sites[name][0].span.start_byte)
        for name in found:
            for helper in self._used_by(self._definitions(name)):
                if helper not in found and self._is_helper_of(helper, found):
                    found.append(helper)
        return found

    def _take_along(self) -> None:
        """Let public names move as well that only the moved code uses, where they must."""
        # Without them the modules would import each other.
        while True:
            self._nodes = [node for name in self._names for node in self._definitions(name)]
            self._spans = [self._lines(node) for node in self._nodes]
            needs = [name for name in self._needed() if not self._imports_of(name)]
            along = [n for n in needs if self._is_helper_of(n, [*self._names], may_be_public=True)]
            if not along or not self._is_still_used():
                return
            if len(self._only_typed(needs)) == len(needs):
                return
            self._names += along

    def _used_by(self, nodes: list[ast.stmt]) -> list[str]:
        spans = [self._lines(node) for node in nodes]
        return sorted({o.name for o in self._bound_here() if is_in(o.span, spans)})

    def _bound_here(self) -> list[NameOccurrence]:
        """Return the occurrences of names of the module."""
        return [o for o in self._file.names.names if o.bound() is self._module]

    def _is_helper_of(self, name: str, moved: list[str], *, may_be_public: bool = False) -> bool:
        sites = self._module.sites[name]
        is_own = all(
            isinstance(one.node, ast.FunctionDef | ast.ClassDef | ast.Name) for one in sites
        )
        if not (name.startswith("_") or may_be_public) or not is_own:
            return False
        symbol = Symbol(self._file, self._module, name)
        spans = [self._lines(node) for one in [*moved, name] for node in self._definitions(one)]
        return all(
            reference.file is self._file and is_in(reference.span, spans)
            for reference in self._codebase.references.find(symbol).found
        )

    # What follows

    def add_to(self, builder: ChangeBuilder) -> None:
        """Add all edits.

        Raises:
            UnsafeError: The modules would import each other, or the target has a name already.
        """
        editors: dict[PythonFile, ImportEdit] = {}
        needed = self._needed()
        own_needs = sorted(
            name for name in needed if name not in self._names and not self._imports_of(name)
        )
        is_used_here = self._is_still_used()
        typed = self._only_typed(own_needs) if is_used_here else []
        if is_used_here and len(typed) < len(own_needs):
            raise UnsafeError(
                f"{self._file.path}: what moves needs {', '.join(own_needs)}, and what stays needs "
                f"{', '.join(is_used_here)}: the modules would import each other; move "
                f"{', '.join(own_needs)} too"
            )
        imports = [new for name in needed for new in self._imports_for(name) if name not in typed]
        for_types = [new for name in typed for new in self._imports_for(name)]
        self._write_target(builder, imports, for_types, editors)
        self._clear_source(builder, editors, is_used_here, needed)
        self._follow(builder, editors)
        for editor in editors.values():
            editor.finish()
        for path in self._new_packages():
            builder.create(path, "", "the new module's package")
        self._tell(builder)

    def _tell(self, builder: ChangeBuilder) -> None:
        for name in self._names:
            line = self._file.line(self._module.sites[name][0].span.start_byte)
            if name not in self.asked and not name.startswith("_"):
                text = f"{name} moves, too: only what moves uses it"
                builder.note(self._file.path, line, text)
            for stub, scope in counterparts(self._codebase.project, self._file, self._module):
                for site in scope.sites.get(name, ())[:1]:
                    text = f"the stub still has {name}; move it to the stub of {self._target}"
                    builder.note(stub.path, stub.line(site.span.start_byte), text)

    def _only_typed(self, names: list[str]) -> list[str]:
        """Return the names that nothing evaluates: those that stand in annotations only."""
        is_new = self._target_file is None and not self._exists
        if not is_new or not has_postponed_annotations(self._file.tree):
            return []
        typed = [self._file.span(one) for node in self._nodes for one in annotations_in(node)]
        evaluated = {
            o.name
            for o in self._bound_here()
            if is_in(o.span, self._spans) and not is_in(o.span, typed)
        }
        return [name for name in names if name not in evaluated]

    def _needed(self) -> list[str]:
        """Return the names of the old module that the moved code uses."""
        found = set()
        for occurrence in self._bound_here():
            if not is_in(occurrence.span, self._spans):
                continue
            if occurrence.role is Role.DECLARED and occurrence.name not in self._names:
                line = self._file.line(occurrence.span.start_byte)
                raise UnsafeError(
                    f"{self._file.path}:{line}: assigns the global {occurrence.name!r} of its "
                    "module; move that too"
                )
            if occurrence.name not in self._names:
                found.add(occurrence.name)
        return sorted(found)

    def _imports_of(self, name: str) -> list[Import]:
        sites = self._module.sites.get(name, [])
        return [site.imported for site in sites if site.imported is not None]

    def _imports_for(self, name: str) -> list[NewImport]:
        """Return what makes a name of the old module known in the new one."""
        imports = self._imports_of(name)
        if not imports:
            module = import_name(self._tree, self._target, self._file.path, like=self._a_relative())
            return [NewImport(module, name)]
        return [self._again(one) for one in imports if not self._is_of_target(one)]

    def _is_of_target(self, imported: Import) -> bool:
        """Tell whether the old module imported a name from where the code moves to."""
        modules = self._codebase.project.modules
        path = modules.resolve(self._file.path, level=imported.level, module=imported.module)
        if imported.name is None or path != self._target:
            return False
        if imported.bound != imported.name:
            line = f"{self._file.path}:{imported.statement.lineno}"
            raise UnsafeError(
                f"{line}: imports {imported.name} under another name; rename it first"
            )
        return True

    def _again(self, imported: Import) -> NewImport:
        """Return an import of the old module as it is written in the new one."""
        if imported.name is None:
            return NewImport(imported.module, None, imported.alias.asname)
        module = imported.module
        if imported.level > 0:
            absolute = self._codebase.project.modules.absolute(
                self._file.path, level=imported.level, module=imported.module
            )
            module = relative_name(self._tree, self._target, absolute or imported.module)
        return NewImport(module, imported.name, imported.alias.asname)

    def _is_still_used(self) -> list[str]:
        listed = {one.name for one in self._file.names.listed}
        used = {
            o.name
            for o in self._bound_here()
            if o.name in self._names and not is_in(o.span, self._spans)
        }
        return sorted(used | (listed & set(self._names)))

    def _new_packages(self) -> list[str]:
        """Return the `__init__.py` that a new folder inside of a package needs."""
        modules = self._codebase.project.modules
        folder = self._target.rpartition("/")[0]
        found = []
        while folder and f"{folder}/__init__.py" not in self._codebase.data_by_path:
            if any(path.startswith(f"{folder}/") for path in modules.paths):
                return []
            found.append(f"{folder}/__init__.py")
            folder = folder.rpartition("/")[0]
        return found if folder else []

    # The new place

    def _write_target(
        self,
        builder: ChangeBuilder,
        imports: list[NewImport],
        for_types: list[NewImport],
        editors: dict[PythonFile, ImportEdit],
    ) -> None:
        code = "\n\n\n".join(self._file.text(span).strip("\r\n") for span in self._spans)
        code = code.replace("\r\n", "\n").replace("\r", "\n")
        if self._target_file is None:
            if self._exists:
                raise ArgumentError(f"{self._target}: can not be read as Python")
            if for_types:
                imports = [*imports, NewImport("typing", "TYPE_CHECKING")]
            head = written_imports(imports)
            if for_types:
                unit = self._file.source.indent_unit
                head += f"\nif TYPE_CHECKING:\n{indent(written_imports(for_types), unit)}"
            future = self._future_imports()
            text = f"{future}{head}" + ("\n\n" if future or head else "") + code + "\n"
            builder.create(self._target, text, "the moved definitions")
            return
        target = self._target_file
        for name in self._names:
            sites = target.names.module.sites.get(name, [])
            if any(site.imported is None for site in sites):
                raise UnsafeError(f"{self._target}: has a {name!r} already")
        editor = editors.setdefault(target, ImportEdit(builder, target))
        for imported, scope in target.names.imports:
            # It imported what comes to it.
            path = self._codebase.project.modules.resolve(
                target.path, level=imported.level, module=imported.module
            )
            if path == self._file.path and imported.name in self._names and scope.parent is None:
                editor.remove(imported)
        self._import_in(target, editor, imports)
        place, before, after = place_for(target, self._names)
        if before == "" and any(self._is_of_target(o) for o in self._own_imports()):
            raise UnsafeError(f"{self._target}: uses what moves before it defines what that needs")
        builder.replace(target, place, f"{before}{code}{after}", "the moved definitions")

    def _own_imports(self) -> list[Import]:
        return [one for name in self._needed() for one in self._imports_of(name)]

    def _import_in(
        self, target: PythonFile, editor: ImportEdit, imports: Iterable[NewImport]
    ) -> None:
        """Import what the moved code needs, for type checkers only what was so before."""
        guard = self._guard(target)
        guarded = self._guarded() if guard is not None else []
        for new in imports:
            if new not in guarded:
                editor.add(new)
            elif not editor.has(new, is_any=True):
                editor.add(new, like=guard)

    def _guarded(self) -> list[NewImport]:
        """Return what the moved code needs for type checkers only."""
        return [
            self._again(one)
            for name in self._needed()
            for one in self._imports_of(name)
            if is_for_checkers(self._file, one) and not self._is_of_target(one)
        ]

    def _guard(self, target: PythonFile) -> Import | None:
        """Return an import of a file that is for type checkers only, if annotations may use it."""
        if not has_postponed_annotations(target.tree):
            return None
        guarded = (one for one, _ in target.names.imports if is_for_checkers(target, one))
        return next(guarded, None)

    def _future_imports(self) -> str:
        lines = [
            self._file.text(self._file.span(one))
            for one in self._file.tree.body
            if isinstance(one, ast.ImportFrom) and one.module == "__future__"
        ]
        return "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")

    # The old place

    def _clear_source(
        self,
        builder: ChangeBuilder,
        editors: dict[PythonFile, ImportEdit],
        still_used: list[str],
        needed: list[str],
    ) -> None:
        for span in removals(self._file, self._nodes):
            builder.replace(self._file, span, "", f"moved to {self._target}")
        editor = editors.setdefault(self._file, ImportEdit(builder, self._file))
        module = import_name(self._tree, self._file.path, self._target, like=self._a_relative())
        for name in still_used:
            editor.add(NewImport(module, name))
        used_elsewhere = {
            o.name
            for o in self._bound_here()
            if o.role is not Role.IMPORT and not is_in(o.span, self._spans)
        } | {one.name for one in self._file.names.listed}
        for name in needed:
            if name in used_elsewhere or self._is_imported_by_others(name):
                continue
            for imported in self._imports_of(name):
                editor.remove(imported)

    def _is_imported_by_others(self, name: str) -> bool:
        symbol = Symbol(self._file, self._module, name)
        if self._codebase.project.modules.is_package(self._file.path):
            return True
        return any(
            reference.file is not self._file
            for reference in self._codebase.references.find_bound(symbol).found
        )

    def _a_relative(self) -> Import | None:
        return next((one for one, _ in self._file.names.imports if one.level > 0), None)

    # Everybody else

    def _follow(self, builder: ChangeBuilder, editors: dict[PythonFile, ImportEdit]) -> None:
        for name in self._names:
            symbol = Symbol(self._file, self._module, name)
            for reference in self._codebase.references.find(symbol).found:
                file = reference.file
                if file in {self._file, self._target_file}:
                    continue
                editor = editors.setdefault(file, ImportEdit(builder, file))
                if reference.kind is ReferenceKind.IMPORT:
                    self._follow_import(editor, file, reference.span)
                elif reference.kind is ReferenceKind.ATTRIBUTE:
                    self._follow_attribute(builder, editor, file, reference.span)
            self._follow_mentions(builder, symbol)

    def _follow_mentions(self, builder: ChangeBuilder, symbol: Symbol) -> None:
        module, reason = self._tree.name_of(self._target), "path of what moved"
        for mention in mentions(self._codebase, symbol, frozenset()):
            data = self._codebase.data_by_path[mention.path]
            written = data[mention.whole.start_byte : mention.whole.end_byte]
            text = f"{module}{':' if b':' in written else '.'}{symbol.name}"
            file = self._codebase.project.file(mention.path) if mention.is_python else None
            if file is not None:
                builder.replace(file, mention.whole, text, reason)
            else:
                builder.replace_text(mention.path, mention.whole, text, reason)

    def _follow_import(self, editor: ImportEdit, file: PythonFile, span: Span) -> None:
        imported = next((one for one, _ in file.names.imports if one.name_span == span), None)
        if imported is None:
            return
        path = self._codebase.project.modules.resolve(
            file.path, level=imported.level, module=imported.module
        )
        if path != self._file.path:
            return
        module = import_name(self._tree, file.path, self._target, like=imported)
        editor.remove(imported)
        editor.add(NewImport(module, imported.name, imported.alias.asname), like=imported)

    def _follow_attribute(
        self, builder: ChangeBuilder, editor: ImportEdit, file: PythonFile, span: Span
    ) -> None:
        """Turn `old.name` into `new.name`, with an import of the new module in the same style."""
        occurrence = next(one for one in file.names.attributes if one.span == span)
        inference = self._codebase.references.inference
        values = inference.values(file, occurrence.scope, occurrence.value)
        if not any(isinstance(v, ModuleValue) and v.file is self._file for v in values):
            return
        imported = import_of(occurrence)
        if imported is None:
            line = f"{file.path}:{file.line(span.start_byte)}"
            raise UnsafeError(f"{line}: reaches the module in a way that can not be followed")
        new, text = self._module_import(file, imported)
        editor.add(new, like=imported)
        builder.replace(file, file.span(occurrence.value), text, "its new module")
        if self._is_last_use(file, imported):
            editor.remove(imported)

    def _module_import(self, file: PythonFile, imported: Import) -> tuple[NewImport, str]:
        """Return an import of the new module and how it is written then."""
        absolute = self._tree.name_of(self._target)
        package, _, name = absolute.rpartition(".")
        if not package or (imported.name is None and imported.alias.asname is None):
            return NewImport(absolute), absolute
        alias = None
        if name in file.names.module.sites:
            alias = f"{name}_module"
        if imported.name is None:
            return NewImport(absolute, None, alias or name), alias or name
        relative = import_name(self._tree, file.path, self._target, like=imported)
        outer = relative.removesuffix(name) if relative.startswith(".") else package
        module = outer if outer.strip(".") == "" else outer.removesuffix(".")
        return NewImport(module, name, alias), alias or name

    def _is_last_use(self, file: PythonFile, imported: Import) -> bool:
        """Tell whether a module import is used for nothing but what moves."""
        inference = self._codebase.references.inference
        for occurrence in file.names.names:
            if occurrence.name != imported.bound or occurrence.role is Role.IMPORT:
                continue
            reached = [
                one
                for one in file.names.attributes
                if root_name(one.value) is occurrence.node
                and one.name in self._names
                and any(
                    isinstance(v, ModuleValue) and v.file is self._file
                    for v in inference.values(file, one.scope, one.value)
                )
            ]
            if not reached:
                return False
        return imported.bound not in {one.name for one in file.names.listed}
