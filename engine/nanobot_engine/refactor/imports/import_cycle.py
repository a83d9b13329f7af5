"""Whether a change makes modules import each other.

Python runs a module when it is first imported. In a circle one of the modules is
only half run when another takes names out of it, so a new circle may break the import
of all of them. Imports inside of functions and under `TYPE_CHECKING` do not count.
"""

import ast
from collections.abc import Iterable, Mapping

from nanobot_engine.python import PythonFile, PythonProject
from nanobot_engine.refactor.errors import UnsafeError


def refuse_new_cycles(before: PythonProject, after: PythonProject, changed: Iterable[str]) -> None:
    """Refuse a change after which modules import each other that did not before.

    Args:
        before: The files as they were.
        after: The same as they are now.
        changed: Paths of changed and new files, as they are now.

    Raises:
        UnsafeError: With the modules of the circle.
    """
    old, new = ImportGraph(before), ImportGraph(after)
    for path in sorted(changed):
        for target in sorted(new.of(path) - old.of(path)):
            circle = new.way(target, path)
            if circle and not (old.way(target, path) and old.way(path, target)):
                names = " imports ".join([path, *circle])
                raise UnsafeError(f"{path}: would be in a circle of imports: {names}")


class ImportGraph:
    """Which modules a module runs by importing them."""

    def __init__(self, project: PythonProject, *, has_packages: bool = False) -> None:
        """Start without having read anything.

        Args:
            project: The files.
            has_packages: Whether the packages count that run before a module of theirs.
        """
        self._project = project
        self._has_packages = has_packages
        self._known: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> frozenset[str]:
        """Return the modules that a module imports itself."""
        if path not in self._known:
            is_there = path in self._project.modules.paths
            file = self._project.file(path) if is_there else None
            found = _imported(self._project, file) if file is not None else set()
            if self._has_packages:
                for one in [*found]:
                    found |= _packages_between(self._project, path, one)
            self._known[path] = frozenset(found - {path})
        return self._known[path]

    def way(self, start: str, end: str) -> list[str]:
        """Return the modules through which `start` imports `end`; empty when it does not."""
        above: dict[str, str] = {start: ""}
        waiting = [start]
        for path in waiting:
            if path == end:
                return _back(above, end)
            for target in sorted(self.of(path)):
                if target not in above:
                    above[target] = path
                    waiting.append(target)
        return []


def _back(above: Mapping[str, str], end: str) -> list[str]:
    found = [end]
    while above[found[-1]]:
        found.append(above[found[-1]])
    return found[::-1]


def _imported(project: PythonProject, file: PythonFile) -> set[str]:
    """Return the modules of the workspace that a file imports when it runs."""
    running = set(_running(file.tree))
    modules, found = project.modules, set()
    for imported, _ in file.names.imports:
        if imported.statement not in running:
            continue
        if imported.name is None:
            path = modules.path_of(imported.module, importer=file.path)
        else:
            path = modules.resolve(file.path, level=imported.level, module=imported.module)
            inside = modules.submodule(path, imported.name) if path is not None else None
            source = project.file(path) if inside is not None and path is not None else None
            # A name that the package defines hides its submodule; one that it imports itself
            # (`from . import x`) is the submodule.
            sites = source.names.module.sites.get(imported.name, ()) if source is not None else ()
            if all(site.imported is not None for site in sites):
                path = inside or path
        if path is not None:
            found.add(path)
    return found


def _packages_between(project: PythonProject, importer: str, path: str) -> set[str]:
    """Return the packages that run before a module of theirs, but for those of the importer."""
    own = {f"{folder}/__init__.py" for folder in _folders(importer)}
    above = {f"{folder}/__init__.py" for folder in _folders(path)}
    return (above - own - {path}) & project.modules.paths


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _running(tree: ast.Module) -> Iterable[ast.AST]:
    """Yield the statements that run when a module is imported."""
    stack: list[ast.AST] = [*tree.body]
    while stack:
        node = stack.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                continue
            case ast.If(
                test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"),
                orelse=orelse,
            ):
                stack.extend(orelse)
                continue
        if isinstance(node, ast.stmt):
            yield node
        stack.extend(one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr))
