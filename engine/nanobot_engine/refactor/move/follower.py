"""Everybody who uses what moves takes it from its new place.

Imports from the old module become imports from the new one; an attribute of the old module
becomes one of the new module; paths in strings, documents and configuration follow.
"""

import ast
from collections.abc import Collection, Sequence

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python import PythonFile, ReferenceKind, Span, Symbol
from nanobot_engine.python.module_tree import ModuleTree
from nanobot_engine.python.scope import AttributeOccurrence, Import, Role, root_name
from nanobot_engine.python.value import ModuleValue
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.imports.import_edit import ImportEdit, NewImport
from nanobot_engine.refactor.imports.module_path import import_name
from nanobot_engine.refactor.mention import mentions
from nanobot_engine.refactor.move.passing_on import PassedOn
from nanobot_engine.refactor.move.top_level import import_of, root_import


class Followers:
    """The files that name what moves, but for the old module and the new one."""

    def __init__(
        self,
        codebase: Codebase,
        file: PythonFile,
        names: Sequence[str],
        *,
        kept: Collection[str],
        target: str,
        tree: ModuleTree,
    ) -> None:
        """Take what moves.

        Args:
            codebase: All files.
            file: The old module.
            names: What moves.
            kept: Those of them that the old module imports back.
            target: The path of the new module.
            tree: The modules as they are afterwards.
        """
        self._codebase = codebase
        self._file = file
        self._names = names
        self._kept = kept
        self._target = target
        self._tree = tree

    def add_to(self, builder: ChangeBuilder, editors: dict[PythonFile, ImportEdit]) -> None:
        """Add the edits of all of them; those of imports to the editor of each file."""
        for name in self._names:
            symbol = Symbol(self._file, self._file.names.module, name)
            for reference in self._codebase.references.find(symbol).found:
                file = reference.file
                if file is self._file:
                    continue
                editor = editors.setdefault(file, ImportEdit(builder, file))
                if file.path == self._target:
                    if reference.kind is ReferenceKind.ATTRIBUTE:
                        self._follow_in_target(builder, editor, file, reference.span)
                elif reference.kind is ReferenceKind.IMPORT:
                    self._follow_import(editor, file, reference.span)
                elif reference.kind is ReferenceKind.ATTRIBUTE:
                    self._follow_attribute(builder, editor, file, reference.span)
            self._follow_mentions(builder, symbol)
        gone = [name for name in self._names if name not in self._kept]
        passed_on = PassedOn(self._codebase, target=self._target, tree=self._tree)
        passed_on.add_to(builder, editors, self._file, gone)

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
            self._follow_through_package(builder, editor, file, occurrence)
            return
        new, text = self._module_import(file, imported)
        editor.add(new, like=imported)
        builder.replace(file, file.span(occurrence.value), text, "its new module")
        if self._is_last_use(file, imported):
            editor.remove(imported)

    def _follow_in_target(
        self, builder: ChangeBuilder, editor: ImportEdit, file: PythonFile, span: Span
    ) -> None:
        """Turn `old.name` into `name` in the module where it is now."""
        occurrence = next(one for one in file.names.attributes if one.span == span)
        values = self._codebase.references.inference.values(
            file, occurrence.scope, occurrence.value
        )
        if not any(isinstance(v, ModuleValue) and v.file is self._file for v in values):
            return
        if occurrence.scope.lookup(occurrence.name) is not None:
            line = f"{file.path}:{file.line(span.start_byte)}"
            raise UnsafeError(f"{line}: {occurrence.name!r} means something else there already")
        whole = Span(file.span(occurrence.value).start_byte, span.end_byte)
        builder.replace(file, whole, occurrence.name, "it is in this module now")
        imported = import_of(occurrence)
        if imported is not None and self._is_last_use(file, imported):
            editor.remove(imported)

    def _follow_through_package(
        self,
        builder: ChangeBuilder,
        editor: ImportEdit,
        file: PythonFile,
        occurrence: AttributeOccurrence,
    ) -> None:
        """Turn `pkg.old.name` into `pkg.new.name` where only `pkg` is imported."""
        imported = root_import(occurrence)
        if imported is None or not isinstance(occurrence.value, ast.Attribute):
            line = f"{file.path}:{file.line(occurrence.span.start_byte)}"
            raise UnsafeError(f"{line}: reaches the module in a way that can not be followed")
        package = occurrence.value.value
        stem = self._tree.name_of(self._target).rpartition(".")[2]
        values = self._codebase.references.inference.values(file, occurrence.scope, package)
        if values and all(
            isinstance(one, ModuleValue)
            and self._tree.submodule(one.file.path, stem) == self._target
            and self._runs_target(one.file)
            for one in values
        ):
            text = f"{file.text(file.span(package))}.{stem}"
        else:
            new, text = self._module_import(file, imported)
            editor.add(new, like=imported)
        builder.replace(file, file.span(occurrence.value), text, "its new module")

    def _runs_target(self, package: PythonFile) -> bool:
        """Tell whether a package imports the new module, once its imports follow."""
        modules = self._codebase.project.modules
        for imported, scope in package.names.imports:
            if scope.parent is not None or imported.statement not in package.tree.body:
                continue
            path = modules.resolve(package.path, level=imported.level, module=imported.module)
            if path == self._file.path and imported.name in {*self._names, "*"}:
                return True
            inside = modules.submodule(path, imported.name) if path and imported.name else None
            if self._target in {path, inside}:
                return True
        return False

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
        if self._codebase.project.modules.is_package(file.path):
            # Others may take the module from the package.
            return False
        inference = self._codebase.references.inference
        top = self._tree.name_of(self._target).partition(".")[0]
        if imported.name is None and "." in imported.module and imported.bound == top:
            # Its first part is bound by the import that comes, too.
            return self._is_only_for_moved(file, imported.module)
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

    def _is_only_for_moved(self, file: PythonFile, module: str) -> bool:
        """Tell whether a dotted module stands only before the dot of what moves."""
        reached = [one for one in file.names.attributes if dotted_name(one.value) == module]
        package, _, stem = module.rpartition(".")
        written = [
            one
            for one in file.names.attributes
            if one.name == stem and dotted_name(one.value) == package
        ]
        return len(written) == len(reached) and all(one.name in self._names for one in reached)
