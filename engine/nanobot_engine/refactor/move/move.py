"""Move functions, classes and constants to another module, or to a new one.

What the moved code needs comes along as imports; private helpers that only it
uses move with it; everybody who imported the names imports them from their new place.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from textwrap import indent
from typing import Final

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python import PythonFile, Span, Symbol
from nanobot_engine.python.module_tree import ModuleTree
from nanobot_engine.python.scope import Import, Role
from nanobot_engine.python.stub import counterparts
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.imports.import_cycle import ImportGraph, refuse_new_cycles
from nanobot_engine.refactor.imports.import_edit import (
    ImportEdit,
    NewImport,
    is_for_checkers,
    written_imports,
)
from nanobot_engine.refactor.imports.import_run import broken_imports
from nanobot_engine.refactor.imports.module_path import import_name, relative_name
from nanobot_engine.refactor.move.follower import Followers
from nanobot_engine.refactor.move.late_import import (
    FunctionNode,
    import_insertion,
)
from nanobot_engine.refactor.move.passing_on import starred_needs
from nanobot_engine.refactor.move.selection import Selection
from nanobot_engine.refactor.move.top_level import Access, accesses_to, is_in, place_for
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.evaluation import (
    has_postponed_annotations,
)
from nanobot_engine.refactor.source.statement import removals


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
        change = self._change(codebase, arguments, is_early=False)
        problems = _broken(codebase, change)
        if problems:
            # Where a module imports the old one at its end, what moves must stand before that.
            change = self._change(codebase, arguments, is_early=True)
            if _broken(codebase, change):
                raise UnsafeError(problems[0])
        return change

    def _change(
        self, codebase: Codebase, arguments: Mapping[str, str], *, is_early: bool
    ) -> Change:
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        symbols = arguments["symbols"].split("\n")
        moving = MovedCode(codebase, symbols, arguments["target"], is_early=is_early)
        moving.add_to(builder)
        names = ", ".join(sorted(moving.asked))
        change = builder.build(f"move {names} to {arguments['target']}")
        after = Codebase(change.applied(codebase.data_by_path))
        refuse_new_cycles(codebase.project, after.project, _changed(change))
        return change


def _changed(change: Change) -> list[str]:
    return [file.path for file in change.plan.files if file.path.endswith((".py", ".pyi"))]


def _broken(codebase: Codebase, change: Change) -> list[str]:
    """Return what could not be imported any more."""
    after = Codebase(change.applied(codebase.data_by_path))
    now = after.references.inference
    return broken_imports(codebase.references.inference, now, _changed(change))


class MovedCode:
    """The definitions that move, and everything that follows from it."""

    def __init__(
        self, codebase: Codebase, symbols: Iterable[str], target: str, *, is_early: bool = False
    ) -> None:
        """Look the definitions up.

        Args:
            codebase: All files.
            symbols: What moves.
            target: Where to.
            is_early: Whether it goes before the imports that are not at the head of the target.

        Raises:
            ArgumentError: One is missing, or they are of several modules.
            UnsafeError: One can not be moved as it stands.
        """
        self._codebase = codebase
        self._target = target
        self._is_early = is_early
        self._exists = target in codebase.data_by_path
        self._moved = Selection(codebase, symbols, is_new=not self._exists)
        self._file = self._moved.file
        if self._file.path == target or not target.endswith(".py"):
            raise ArgumentError(f"{target}: give the path of another Python module")
        self._module = self._moved.module
        self._target_file = codebase.project.file(target) if self._exists else None
        self._accesses: list[Access] = []
        if self._target_file is not None:
            accesses = accesses_to(codebase, self._file, self._moved.spans, self._target_file)
            self._accesses = list(accesses)
        self._tree = ModuleTree({*codebase.data_by_path, target, *self._new_packages()})

    @property
    def _is_package(self) -> bool:
        return self._codebase.project.modules.is_package(self._file.path)

    @property
    def asked(self) -> set[str]:
        """The names that were asked for."""
        return self._moved.asked

    def add_to(self, builder: ChangeBuilder) -> None:
        """Add all edits.

        Raises:
            UnsafeError: The modules would import each other, or the target has a name already.
        """
        editors: dict[PythonFile, ImportEdit] = {}
        needed = self._moved.needed()
        is_used_here = self._moved.still_used()
        way = self._moved.way()
        apart = {*way.typed, *(name for names in way.late.values() for name in names)}
        apart |= self._only_accessed()
        imports = [new for name in needed for new in self._imports_for(name) if name not in apart]
        imports += self._starred_imports()
        for_types = [new for name in way.typed for new in self._imports_for(name)]
        self._write_target(builder, imports, for_types, editors, way.late)
        kept = [] if way.late_here else is_used_here
        self._clear_source(builder, editors, kept, needed)
        self._import_late_here(builder, way.late_here)
        followers = Followers(
            self._codebase,
            self._file,
            self._moved.names,
            kept=kept,
            target=self._target,
            tree=self._tree,
        )
        followers.add_to(builder, editors)
        for editor in editors.values():
            editor.finish()
        for path in self._new_packages():
            builder.create(path, "", "the new module's package")
        self._tell(builder)

    def _only_accessed(self) -> set[str]:
        """Return the names that moved code needs for nothing but the new module itself."""
        roots = [one.root for one in self._accesses]
        used = [o for o in self._moved.bound_here() if is_in(o.span, self._moved.spans)]
        others = {o.name for o in used if o.node not in roots}
        return {root.id for root in roots} - others

    def _starred_imports(self) -> list[NewImport]:
        """Return what makes names known in the new module that a star gave to the old one."""
        modules = self._codebase.project.modules
        return [
            replace(self._again(imported), name=name)
            for imported, name in starred_needs(self._codebase, self._file, self._moved.spans)
            if modules.resolve(self._file.path, level=imported.level, module=imported.module)
            != self._target
        ]

    def _import_late_here(
        self, builder: ChangeBuilder, late: Mapping[FunctionNode, Sequence[str]]
    ) -> None:
        module = import_name(self._tree, self._file.path, self._target, like=self._a_relative())
        for function, names in late.items():
            span, text = import_insertion(self._file, function, module, names)
            reason = f"imported when it is called: {self._target} imports this module"
            builder.replace(self._file, span, text, reason, is_likely=True)

    def _tell(self, builder: ChangeBuilder) -> None:
        for name in self._moved.no_more_offered:
            text = f"{name} is taken from {self._target} only: the modules would import each other"
            builder.note(self._file.path, 0, text)
        for name in self._moved.names:
            line = self._file.line(self._module.sites[name][0].span.start_byte)
            if name not in self._moved.asked and not name.startswith("_"):
                is_shared = name in self._moved.still_used()
                text = "what moves needs it at once" if is_shared else "only what moves uses it"
                text = f"{name} moves, too: {text}"
                builder.note(self._file.path, line, text)
            for stub, scope in counterparts(self._codebase.project, self._file, self._module):
                for site in scope.sites.get(name, ())[:1]:
                    text = f"the stub still has {name}; move it to the stub of {self._target}"
                    builder.note(stub.path, stub.line(site.span.start_byte), text)

    def _imports_for(self, name: str) -> list[NewImport]:
        """Return what makes a name of the old module known in the new one."""
        imports = self._moved.imports_of(name)
        if not imports:
            module = import_name(self._tree, self._target, self._file.path, like=self._a_relative())
            return [NewImport(module, name)]
        wanted = [one for one in imports if self._is_reached(one)] or imports[:1]
        return [self._again(one) for one in wanted if not self._is_of_target(one)]

    def _is_reached(self, imported: Import) -> bool:
        """Tell whether moved code names a submodule; other imports bind what it names."""
        if imported.name is not None or imported.alias.asname is not None:
            return True
        reached = {
            f"{written}.{one.name}"
            for one in self._file.names.attributes
            if is_in(one.span, self._moved.spans) and (written := dotted_name(one.value))
        }
        return imported.module in reached

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
        module = self._without_circle(imported)
        if module is None and imported.level == 0:
            module = imported.module
        elif module is None:
            absolute = self._codebase.project.modules.absolute(
                self._file.path, level=imported.level, module=imported.module
            )
            module = relative_name(self._tree, self._target, absolute or imported.module)
        return NewImport(module, imported.name, imported.alias.asname)

    def _without_circle(self, imported: Import) -> str | None:
        """Return where a name is defined, if who passes it on would import the new module."""
        modules = self._codebase.project.modules
        path = modules.resolve(self._file.path, level=imported.level, module=imported.module)
        if path is None or imported.name != imported.bound:
            return None
        symbol = Symbol(self._file, self._module, imported.bound)
        home = self._codebase.references.origin(symbol).file.path
        graph = ImportGraph(self._codebase.project)
        if home in {self._file.path, path} or not self._reaches_moved(graph, path):
            return None
        if self._reaches_moved(graph, home):
            return None
        return import_name(self._tree, self._target, home, like=imported)

    def _reaches_moved(self, graph: ImportGraph, path: str) -> bool:
        return any(graph.way(path, one) for one in (self._file.path, self._target))

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
        late: Mapping[FunctionNode, Sequence[str]],
    ) -> None:
        code = self._moved_text(builder, late)
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
        for name in self._moved.names:
            sites = target.names.module.sites.get(name, [])
            if any(site.imported is None for site in sites):
                raise UnsafeError(f"{self._target}: has a {name!r} already")
        editor = editors.setdefault(target, ImportEdit(builder, target))
        for imported, scope in target.names.imports:
            # It imported what comes to it.
            path = self._codebase.project.modules.resolve(
                target.path, level=imported.level, module=imported.module
            )
            if (
                path == self._file.path
                and imported.name in self._moved.names
                and scope.parent is None
            ):
                editor.remove(imported)
        self._import_in(target, editor, imports)
        place, before, after = place_for(target, self._moved.names, is_early=self._is_early)
        if before == "" and any(self._is_of_target(o) for o in self._own_imports()):
            raise UnsafeError(f"{self._target}: uses what moves before it defines what that needs")
        builder.replace(target, place, f"{before}{code}{after}", "the moved definitions")

    def _moved_text(
        self, builder: ChangeBuilder, late: Mapping[FunctionNode, Sequence[str]]
    ) -> str:
        """Return the definitions, with imports in the functions that need them only when called."""
        module = import_name(self._tree, self._target, self._file.path, like=self._a_relative())
        changed = [(one.span, one.name) for one in self._accesses]
        for function, names in late.items():
            changed.append(import_insertion(self._file, function, module, names))
            builder.note(
                self._file.path,
                function.lineno,
                f"{function.name} imports {', '.join(names)} when it is called, since "
                f"{self._file.path} imports {self._target}",
            )
        texts = []
        for span in self._moved.spans:
            text, start = "", span.start_byte
            for place, new in sorted(changed, key=lambda one: one[0].start_byte):
                if is_in(place, [span]):
                    text += self._file.text(Span(start, place.start_byte)) + new
                    start = place.end_byte
            texts.append((text + self._file.text(Span(start, span.end_byte))).strip("\r\n"))
        joined = texts[0] + "".join(
            gap + text for gap, text in zip(self._gaps(), texts[1:], strict=True)
        )
        return joined.replace("\r\n", "\n").replace("\r", "\n")

    def _gaps(self) -> Iterator[str]:
        """Yield the line breaks between the definitions: constants stay as near as they are."""
        data, constant = self._file.source.data, ast.Assign | ast.AnnAssign
        both = zip(self._moved.nodes, self._moved.spans, strict=True)
        for (node, span), (below, below_span) in pairwise(both):
            between = data[span.end_byte : below_span.start_byte]
            is_near = isinstance(node, constant) and isinstance(below, constant)
            if not is_near or between.strip():
                yield "\n\n\n"
            else:
                yield "\n" * (1 + len(between.splitlines()))

    def _own_imports(self) -> list[Import]:
        return [one for name in self._moved.needed() for one in self._moved.imports_of(name)]

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
            for name in self._moved.needed()
            for one in self._moved.imports_of(name)
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
        for span in removals(self._file, self._moved.nodes):
            builder.replace(self._file, span, "", f"moved to {self._target}")
        editor = editors.setdefault(self._file, ImportEdit(builder, self._file))
        module = import_name(self._tree, self._file.path, self._target, like=self._a_relative())
        for name in still_used:
            editor.add(NewImport(module, name))
        used_elsewhere = {
            o.name
            for o in self._moved.bound_here()
            if o.role is not Role.IMPORT and not is_in(o.span, self._moved.spans)
        } | {one.name for one in self._file.names.listed}
        for name in needed:
            if name in used_elsewhere or self._is_imported_by_others(name):
                continue
            for imported in self._moved.imports_of(name):
                editor.remove(imported)

    def _is_imported_by_others(self, name: str) -> bool:
        symbol = Symbol(self._file, self._module, name)
        if self._is_package:
            return True
        return any(
            reference.file is not self._file
            for reference in self._codebase.references.find_bound(symbol).found
        )

    def _a_relative(self) -> Import | None:
        return next((one for one, _ in self._file.names.imports if one.level > 0), None)
