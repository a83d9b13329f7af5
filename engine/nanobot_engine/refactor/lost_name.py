"""Names that a change takes away although somebody imports them.

A module loses a name when it is renamed or moves; whoever passes it on by a star loses it,
too, and stands in a file that nothing touched. So all users of the lost names are looked at,
not only the changed files.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nanobot_engine.python import Inference, PythonFile, PythonProject
from nanobot_engine.python.scope import Import
from nanobot_engine.python.value import ModuleValue


@dataclass(frozen=True, slots=True)
class _Lost:
    path: str
    """Of a module that has the name no more."""
    name: str


def lost_names(was: Inference, now: Inference, changed: Mapping[str, str | None]) -> list[str]:
    """Return who takes a name from a module that has it no more, as sentences.

    Args:
        was: Of the project before.
        now: Of the project after.
        changed: The files that change, by path before: their paths after, None for no file.
    """
    lost = _lost(was, now, changed)
    found = [text for one in lost for text in _users(now, one)]
    for path in changed:
        if path not in now.project.modules.paths:
            found += _users_of_module(was.project, now.project, path)
    return sorted(set(found))


def lost_of_packages(
    was: Inference, now: Inference, changed: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """Return the public names that packages have no more although nothing touched them.

    Returns:
        The path of each package's `__init__`, and the name.
    """
    return [
        (one.path, one.name)
        for one in _lost(was, now, changed)
        if one.path.endswith("__init__.py")
        and one.path not in changed
        and not one.name.startswith("_")
    ]


def _lost(was: Inference, now: Inference, changed: Mapping[str, str | None]) -> list[_Lost]:
    found: dict[_Lost, None] = {}
    for path, new_path in changed.items():
        old = _file(was.project, path)
        new = _file(now.project, new_path) if new_path is not None else None
        if old is None or new is None:
            # A module that is gone is another matter: see `_users_of_module`.
            continue
        for name, sites in old.names.module.sites.items():
            if sites and not has_name(now, new, name):
                found[_Lost(new.path, name)] = None
    waiting = list(found)
    for one in waiting:
        for other in was.project.files_with_stars():
            further = _Lost(changed.get(other.path, other.path) or other.path, one.name)
            if further in found or one.name in other.names.module.sites:
                continue
            sources = [file.path for file in was.star_sources(other, one.name)]
            new = _file(now.project, further.path)
            if (
                any(changed.get(path, path) == one.path for path in sources)
                and new is not None
                and not has_name(now, new, one.name)
            ):
                found[further] = None
                waiting.append(further)
    return list(found)


def _file(project: PythonProject, path: str) -> PythonFile | None:
    return project.file(path) if path in project.modules.paths else None


def has_name(inference: Inference, file: PythonFile, name: str) -> bool:
    """Tell whether `from module import name` finds something, or may do so."""
    sites = file.names.module.sites
    if sites.get(name) or "__getattr__" in sites:
        return True
    modules = inference.project.modules
    if modules.submodule(file.path, name) or inference.star_source(file, name) is not None:
        return True
    # A star of a module that is not here may bring anything.
    return any(
        one.name == "*" and modules.resolve(file.path, level=one.level, module=one.module) is None
        for one, _ in file.names.imports
    )


def _users(now: Inference, lost: _Lost) -> Iterator[str]:
    """Yield who still takes a name from a module."""
    modules = now.project.modules
    text = f"takes {lost.name!r} from {lost.path}, which has it no more"
    for file in now.project.files_with(lost.name):
        for imported, _ in file.names.imports:
            if imported.name == lost.name and not _is_tried(file, imported):
                path = modules.resolve(file.path, level=imported.level, module=imported.module)
                if path == lost.path:
                    yield f"{file.path}:{imported.statement.lineno}: {text}"
        for one in file.names.attributes:
            if one.name == lost.name and not one.is_store:
                values = now.values(file, one.scope, one.value)
                if values and all(_is_module(value, lost.path) for value in values):
                    yield f"{file.path}:{file.line(one.span.start_byte)}: {text}"


def _is_module(value: object, path: str) -> bool:
    return isinstance(value, ModuleValue) and value.file.path == path


def _users_of_module(was: PythonProject, now: PythonProject, path: str) -> Iterator[str]:
    """Yield who still imports a module that is gone."""
    name = was.modules.name_of(path)
    for file in now.files_with(name.rpartition(".")[2]):
        for imported, _ in file.names.imports:
            if _is_tried(file, imported):
                continue
            absolute = now.modules.absolute(file.path, level=imported.level, module=imported.module)
            if absolute is None or now.modules.path_of(absolute, importer=file.path) is not None:
                continue
            if absolute == name and was.modules.path_of(name, importer=file.path) == path:
                yield f"{file.path}:{imported.statement.lineno}: imports {path}, which is gone"


def _is_tried(file: PythonFile, imported: Import) -> bool:
    """Tell whether an import stands in a `try`: somebody knows what to do without it."""
    return any(
        imported.statement in node.body
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Try | ast.TryStar) and node.handlers
    )
