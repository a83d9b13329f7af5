"""Merge one module into another, and split one into several: moves in a row."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nanobot_engine.python import PythonFile
from nanobot_engine.refactor.change import Change, Note
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.move.move import Move
from nanobot_engine.refactor.move.retargeting import Retargeting, imports_of
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.sequence import plan_between, planned_in_turn

_IDLE: Final = (ast.Import, ast.ImportFrom, ast.Pass)


class MergeModules:
    """Everything of one module goes to another, and the file goes. Stateless."""

    name: Final = "merge modules"
    summary: Final = "Move everything of a module into another one, and remove the empty file"
    parameters: Final = (
        Parameter("module", ParameterKind.MODULE, "the file that goes"),
        Parameter("target", ParameterKind.MODULE, "the file that takes everything"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        module, target = arguments["module"], arguments["target"]
        file = _file(codebase, module)
        same = _same_names(file, _file(codebase, target))
        names = [name for name in own_names(file) if name not in same]
        if not names:
            raise ArgumentError(f"{module}: defines nothing that could move")
        symbols = "\n".join(f"{module}::{name}" for name in names)
        change = Move().plan(codebase, {"symbols": symbols, "target": target})
        left = Codebase(change.applied(codebase.data_by_path))
        _check_empty(_file(left, module), same)
        after = Retargeting(left, _file(left, module), target, [*names, *same]).files()
        left = Codebase(after)
        rest = _file(left, module)
        users = _users(left, rest)
        if users:
            raise UnsafeError(f"{module}: {users[0]} uses the module itself; change that first")
        data = {path: text for path, text in after.items() if path != module}
        title = f"merge {module} into {target}"
        plan = plan_between(codebase.data_by_path, data, {}, title)
        return Change(
            title, plan, change.doubts, (*change.notes, *_unlisted(codebase, file, target))
        )


class SplitModule:
    """Some names of a module go to a new one. Stateless."""

    name: Final = "split module"
    summary: Final = "Move some functions, classes and constants of a module to a new module"
    parameters: Final = (
        Parameter("symbols", ParameterKind.SYMBOLS, "what leaves, all of one module"),
        Parameter("target", ParameterKind.PATH, "the new module"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        if arguments["target"] in codebase.data_by_path:
            raise ArgumentError(f"{arguments['target']}: is there already; move to it instead")
        return planned_in_turn(codebase, [(Move(), arguments)])


def own_names(file: PythonFile) -> list[str]:
    """Return what a module defines at its top, dunders left out, in order of the file."""
    scope = file.names.module
    names = [
        name
        for name, sites in scope.sites.items()
        if sites
        and all(site.imported is None for site in sites)
        and not (name.startswith("__") and name.endswith("__"))
    ]
    return sorted(names, key=lambda name: scope.sites[name][0].span.start_byte)


def _file(codebase: Codebase, path: str) -> PythonFile:
    file = codebase.project.file(path) if path in codebase.project.modules.paths else None
    if file is None:
        raise ArgumentError(f"{path}: is no Python file that can be read")
    return file


def _unlisted(codebase: Codebase, file: PythonFile, target: str) -> list[Note]:
    """Return a note when names that `__all__` listed come to a module with another list."""
    there = [one.name for one in _file(codebase, target).names.listed]
    names = [one.name for one in file.names.listed if one.name not in there]
    if not there or not names:
        return []
    return [Note(target, 0, f"{', '.join(names)}: in __all__ of {file.path}, and not of this one")]


def _same_names(file: PythonFile, target: PythonFile) -> list[str]:
    """Return the names that both modules set to the same literal, once, at their top."""
    there = dict(_literals(target))
    return [name for name, value in _literals(file) if there.get(name) == value]


def _literals(file: PythonFile) -> Iterator[tuple[str, str]]:
    """Yield the names that a module sets to a literal, once, with the statement's tree."""
    for statement in file.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant()):
                if len(file.names.module.sites[name]) == 1:
                    yield name, ast.dump(statement)


def _check_empty(file: PythonFile, same: Sequence[str]) -> None:
    """Refuse to remove a file that still does something.

    Args:
        file: What is left of it.
        same: The names that the target sets to the same literal.
    """
    for index, statement in enumerate(file.tree.body):
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                continue
            case ast.Expr(value=ast.Constant(value=str())) if index == 0:
                continue
            case ast.Assign(targets=[ast.Name(id=name)]) if name == "__all__" or name in same:
                continue
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                if all(isinstance(one, _IDLE) for one in [*statement.body, *statement.orelse]):
                    continue
        line = f"{file.path}:{statement.lineno}"
        raise UnsafeError(f"{line}: does something when it is imported; move that by hand first")


def _users(codebase: Codebase, file: PythonFile) -> list[str]:
    """Return who still imports a module, as `path:line`."""
    return [
        f"{other.path}:{imported.statement.lineno}"
        for other, imported in imports_of(codebase, file)
    ]
