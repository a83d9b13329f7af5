"""The gate "public API": what others can import stays, but for what was asked.

Public is what a module without a leading underscore, outside of tests, defines at its top:
functions with their parameters, classes with their bases and public methods, constants; and
what an `__init__` or an `__all__` passes on. Annotations and added names are no change.

What was asked is in the arguments: the names, and the modules. A refactoring that is told no
names may change nothing here, but for the few that are about removing what nobody uses.
Believes only the files before and after.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nanobot_engine.edit import EditPlan
from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.process.asked import Asked, asked_by, words_of
from nanobot_engine.python import PythonFile
from nanobot_engine.python.scope import Import
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.lost_name import lost_of_packages
from nanobot_engine.refactor.refactoring import Refactoring

_ASIDE: Final = frozenset(
    {"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "scripts"}
)


def api_problems(
    before: Codebase,
    after: Codebase,
    plan: EditPlan,
    parts: Sequence[tuple[Refactoring, Mapping[str, str]]],
) -> Iterator[str]:
    """Yield what is gone or different and was not asked for.

    Args:
        before: All files before.
        after: All files after.
        plan: The change.
        parts: What was asked.
    """
    allowed = asked_by(parts)
    arrived = set(_arrivals(before, after, plan)) if allowed.may_move else set()
    for file in plan.files:
        if file.is_created or not _is_public(file.path):
            continue
        old = before.project.file(file.path)
        path = file.result_path
        new = after.project.file(path) if path is not None else None
        if old is None or _is_below(file.path, allowed.paths):
            continue
        was, now = _shapes(old), _shapes(new) if new is not None else {}
        for name, shape in sorted(was.items()):
            if now.get(name) == shape or (name, shape) in arrived:
                continue
            if _is_asked(name, shape, now.get(name), allowed):
                continue
            if name not in now:
                yield f"{file.path}: {name!r} is gone and was not asked about"
            else:
                yield f"{file.path}: {name!r} was {shape} and is {now[name]}"
    if allowed.may_move:
        yield from _no_more_passed_on(before, after, plan)


def _no_more_passed_on(before: Codebase, after: Codebase, plan: EditPlan) -> Iterator[str]:
    """Yield what moved away from below a package that passed it on by a star."""
    changed = {file.path: file.result_path for file in plan.files if not file.is_created}
    was, now = before.references.inference, after.references.inference
    for path, name in lost_of_packages(was, now, changed):
        if _is_public(path):
            yield f"{path}: {name!r} came by a star and is gone"


def _arrivals(before: Codebase, after: Codebase, plan: EditPlan) -> Iterator[tuple[str, str]]:
    """Yield what modules define that they did not define before."""
    for file in plan.files:
        new = after.project.file(file.result_path) if file.result_path is not None else None
        old = None if file.is_created else before.project.file(file.path)
        if new is not None:
            yield from set(_shapes(new).items()) - set(_shapes(old).items() if old else ())


def _is_asked(name: str, old: str, new: str | None, allowed: Asked) -> bool:
    if allowed.words.intersection(name.split(".")):
        return True
    if new is None:
        return allowed.may_remove
    changed = words_of(old) ^ words_of(new)
    return allowed.may_remove or (bool(changed) and changed <= allowed.words)


def _is_public(path: str) -> bool:
    parts = path.removesuffix(".py").split("/")
    is_module = path.endswith(".py") and not is_test_module(path)
    is_private = any(part.startswith("_") and part != "__init__" for part in parts)
    return is_module and not is_private and not _ASIDE.intersection(parts)


def _is_below(path: str, folders: frozenset[str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in folders)


def _shapes(file: PythonFile) -> dict[str, str]:
    """Return what is public in a module, by qualified name."""
    listed = {one.name for one in file.names.listed}
    is_init = file.path.endswith("__init__.py")
    found: dict[str, str] = {}
    for name, sites in file.names.module.sites.items():
        is_own = any(site.imported is None for site in sites)
        is_passed_on = is_init and any(_is_ours(file.path, site.imported) for site in sites)
        is_private = name.startswith("_") and name not in listed
        if not is_private and (is_own or name in listed or is_passed_on):
            found[name] = "a name"
    _definitions(file.tree.body, "", found, listed)
    return found


def _is_ours(path: str, imported: Import | None) -> bool:
    """Tell whether an import takes a name from the package that a file belongs to."""
    if imported is None or imported.name is None:
        return False
    return imported.level > 0 or imported.module.partition(".")[0] in path.split("/")


def _definitions(
    body: Sequence[ast.stmt], prefix: str, found: dict[str, str], listed: set[str]
) -> None:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if _is_open(node.name, listed):
                    found[prefix + node.name] = f"({_parameters(node.args)})"
            case ast.ClassDef():
                if _is_open(node.name, listed):
                    bases = ", ".join(map(ast.unparse, node.bases))
                    found[prefix + node.name] = f"a class of ({bases})"
                    _definitions(node.body, f"{prefix}{node.name}.", found, listed)
            case ast.If() | ast.Try():
                _definitions([*node.body, *node.orelse], prefix, found, listed)


def _is_open(name: str, listed: set[str]) -> bool:
    is_magic = name.startswith("__") and name.endswith("__")
    return not name.startswith("_") or is_magic or name in listed


def _parameters(arguments: ast.arguments) -> str:
    """Return parameters as callers see them: names, kinds, and whether there is a default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    first_default = len(positional) - len(arguments.defaults)
    shown = [
        one.arg + ("=…" if index >= first_default else "") for index, one in enumerate(positional)
    ]
    if arguments.posonlyargs:
        shown.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg:
        shown.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        shown.append("*")
    shown += [
        one.arg + ("=…" if default is not None else "")
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        shown.append(f"**{arguments.kwarg.arg}")
    return ", ".join(shown)
