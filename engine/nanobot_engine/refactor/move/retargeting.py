"""Imports of a module that goes, where another module has everything that it had."""

from collections.abc import Collection, Iterator, Mapping

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python import PythonFile
from nanobot_engine.python.scope import Import, Role
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.imports.import_edit import ImportEdit, NewImport
from nanobot_engine.refactor.imports.module_path import import_name


class Retargeting:
    """Lets those import the other module who only name the one that goes."""

    def __init__(
        self, left: Codebase, rest: PythonFile, target: str, names: Collection[str]
    ) -> None:
        """Take what was moved.

        Args:
            left: The files with everything moved.
            rest: The module that goes.
            target: The path of the one that has everything.
            names: What it has.
        """
        self._left = left
        self._rest = rest
        self._target = target
        self._names = names

    def files(self) -> Mapping[str, bytes]:
        """Return all files with other imports; what can not be said otherwise stays."""
        builder = ChangeBuilder(self._left.project, self._left.data_by_path)
        editors: dict[PythonFile, ImportEdit] = {}
        for file, imported in imports_of(self._left, self._rest):
            instead = self._instead(file, imported)
            if instead is None:
                continue
            editor = editors.setdefault(file, ImportEdit(builder, file))
            editor.remove(imported)
            for one in instead:
                editor.add(one, like=imported)
        for editor in editors.values():
            editor.finish()
        if not editors:
            return self._left.data_by_path
        return builder.build("imports of the module").applied(self._left.data_by_path)

    def _instead(self, file: PythonFile, imported: Import) -> list[NewImport] | None:
        """Return what is imported in the place of an import; None where it must stay."""
        module = import_name(self._left.project.modules, file.path, self._target, like=imported)
        if imported.name == "*":
            return [NewImport(module, name) for name in self._starred(file)]
        if imported.name in self._names and imported.name in self._rest.names.module.sites:
            return [NewImport(module, imported.name, imported.alias.asname)]
        if imported.alias.asname is not None or _is_used(file, imported):
            return None
        return self._whole(file, imported, module)

    def _starred(self, file: PythonFile) -> list[str]:
        """Return what a star gives to a file that nothing else gives."""
        inference = self._left.references.inference
        return [
            name
            for name in self._rest.names.module.sites
            if name in self._names
            and name not in file.names.module.sites
            and inference.exports(self._rest, name)
        ]

    def _whole(self, file: PythonFile, imported: Import, module: str) -> list[NewImport]:
        """Return what is imported where a module is imported and its name not used."""
        modules = self._left.project.modules
        if imported.name is None:
            return [NewImport(modules.name_of(self._target))]
        if not modules.is_package(file.path):
            return []
        package, _, stem = module.rpartition(".")
        return [NewImport(package if package.strip(".") else f"{package}.", stem)]


def imports_of(codebase: Codebase, file: PythonFile) -> Iterator[tuple[PythonFile, Import]]:
    """Yield what others import from a module, and where they import the module itself."""
    modules = codebase.project.modules
    for other in codebase.project.files():
        for imported, _ in other.names.imports:
            if imported.name is None:
                path = modules.path_of(imported.module, importer=other.path)
            else:
                path = modules.resolve(other.path, level=imported.level, module=imported.module)
                if path is not None and path != file.path:
                    path = modules.submodule(path, imported.name)
            if path == file.path and other is not file:
                yield other, imported


def _is_used(file: PythonFile, imported: Import) -> bool:
    """Tell whether a file uses the module that an import binds."""
    if imported.name is None and "." in imported.module:
        package, _, stem = imported.module.rpartition(".")
        return any(
            one.name == stem and dotted_name(one.value) == package for one in file.names.attributes
        )
    listed = {one.name for one in file.names.listed}
    return imported.bound in listed or any(
        one.name == imported.bound and one.role is not Role.IMPORT for one in file.names.names
    )
