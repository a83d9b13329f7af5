"""How one file names what another defines: by an import it has, or by a new one."""

from collections.abc import Iterator

from nanobot_engine.python import PythonFile, Scope
from nanobot_engine.python.scope import Import
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_edit import NewImport, is_for_checkers
from nanobot_engine.refactor.imports.module_path import import_name


def local_name(
    codebase: Codebase,
    imports: Imports,
    user: tuple[PythonFile, Scope],
    home: PythonFile,
    name: str,
) -> str:
    """Return the name under which code sees a name of a module, importing it if it must.

    Args:
        codebase: The files.
        imports: Gets the new import.
        user: The file that needs the name, and the scope in it.
        home: The module that has the name at its top, or will have it.
        name: The name.

    Raises:
        UnsafeError: The name is taken there, or the modules would import each other.
    """
    file, scope = user
    bound = scope.lookup(name)
    if file is home:
        if bound is not None and bound is not file.names.module:
            raise UnsafeError(f"{file.path}: {name!r} means something else in {scope.name!r}")
        return name
    known = list(_imports_of(codebase, file, home))
    for imported in known:
        if imported.name == name and scope.lookup(imported.bound) is file.names.module:
            return imported.bound
    if bound is not None:
        raise UnsafeError(f"{file.path}: {name!r} means something else there already")
    if not known and _reaches(codebase, home, file):
        raise UnsafeError(
            f"{file.path}: would have to import {name} from {home.path}, which imports it: move "
            "one of them first"
        )
    like = next((one for one in known if one.name is not None), None)
    module = import_name(codebase.project.modules, file.path, home.path, like=like)
    imports.of(file).add(NewImport(module, name))
    return name


def _imports_of(codebase: Codebase, file: PythonFile, home: PythonFile) -> Iterator[Import]:
    """Yield the imports at the top of a file that run a module."""
    for imported, _ in file.names.imports:
        if imported.statement in file.tree.body and _target(codebase, file, imported) == home.path:
            yield imported


def _target(codebase: Codebase, file: PythonFile, imported: Import) -> str | None:
    modules = codebase.project.modules
    return modules.resolve(file.path, level=imported.level, module=imported.module)


def _reaches(codebase: Codebase, start: PythonFile, goal: PythonFile) -> bool:
    """Tell whether importing a module imports another one."""
    waiting, seen = [start], {start.path}
    while waiting:
        file = waiting.pop()
        for imported, scope in file.names.imports:
            if scope.parent is not None or is_for_checkers(file, imported):
                continue
            path = _target(codebase, file, imported)
            paths = [path]
            if path is not None and imported.name is not None:
                paths.append(codebase.project.modules.submodule(path, imported.name))
            for one in paths:
                if one == goal.path:
                    return True
                found = codebase.project.file(one) if one is not None else None
                if found is not None and found.path not in seen:
                    seen.add(found.path)
                    waiting.append(found)
    return False
