"""Add what modules are expected to have: `__all__`, postponed annotations."""

import ast
from collections.abc import Mapping, Sequence
from typing import Final

from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import Role
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.file_choice import WHERE, chosen_files, is_named
from nanobot_engine.refactor.refactoring import Parameter
from nanobot_engine.refactor.source.statement import own_span

_LINE_LENGTH_MAX: Final = 88
# Libraries that read annotations when the program runs, and need them as values.
_READERS: Final = frozenset({"pydantic", "fastapi", "typer", "attrs", "attr", "msgspec", "cattrs"})


class AddAll:
    """`__all__` with the public names that a module defines. Stateless."""

    name: Final = "add all"
    summary: Final = "List the public names of modules in `__all__`"
    parameters: Final[tuple[Parameter, ...]] = (WHERE,)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        starred = _starred(codebase)
        for file in chosen_files(codebase, arguments):
            names = _public_names(file)
            is_source = file.path.endswith(".py") and not is_test_module(file.path)
            if not names or not is_source or "__all__" in file.names.module.sites:
                continue
            reason = _needed_star(codebase, file, starred.get(file.path, []))
            if reason:
                builder.note(file.path, 0, f"left as it is: {reason}")
                continue
            _insert_after_imports(builder, file, _all_text(file, names), "its public names")
        return builder.build("add __all__")


class AddPostponedAnnotations:
    """`from __future__ import annotations`. Stateless."""

    name: Final = "add postponed annotations"
    summary: Final = "Add `from __future__ import annotations` to modules with annotations"
    parameters: Final[tuple[Parameter, ...]] = (WHERE,)

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        for file in chosen_files(codebase, arguments):
            is_wanted = _has_annotations(file) or is_named(file.path, arguments)
            if not file.path.endswith(".py") or not is_wanted:
                continue
            if any(
                one.module == "__future__" and one.name == "annotations"
                for one, _ in file.names.imports
            ):
                continue
            reader = _reader(file)
            if reader:
                builder.note(file.path, 0, f"left as it is: {reader} reads annotations as values")
                continue
            _insert_future(builder, file)
        return builder.build("add from __future__ import annotations")


def _starred(codebase: Codebase) -> dict[str, list[PythonFile]]:
    """Return who imports everything from a module, by the path of the module."""
    found: dict[str, list[PythonFile]] = {}
    for file in codebase.project.files():
        for imported, _ in file.names.imports:
            path = codebase.project.modules.resolve(
                file.path, level=imported.level, module=imported.module
            )
            if imported.name == "*" and path is not None:
                found.setdefault(path, []).append(file)
    return found


def _needed_star(codebase: Codebase, file: PythonFile, users: Sequence[PythonFile]) -> str:
    """Say who gets by a star import what `__all__` would not list; empty when nobody does.

    Args:
        codebase: Where.
        file: Gets an `__all__`.
        users: Import everything from it.
    """
    lost = {name for name in file.names.module.sites if not name.startswith("_")}
    lost -= set(_public_names(file))
    for user in users if lost else ():
        package = codebase.project.modules.is_package(user.path)
        others = [one for one in codebase.project.files() if one not in {user, file}]
        if package or any(_reaches(codebase, one, user) for one in others):
            return f"{user.path} imports everything from it, and others import from there"
        for one in user.names.names:
            if one.name in lost and one.bound() is None and one.role is not Role.IMPORT:
                line = user.line(one.span.start_byte)
                return f"{user.path}:{line}: gets {one.name} by importing everything from it"
    return ""


def _reaches(codebase: Codebase, file: PythonFile, user: PythonFile) -> bool:
    """Tell whether a file imports a module, or something from it."""
    modules = codebase.project.modules
    for imported, _ in file.names.imports:
        if imported.name is None:
            paths = [modules.path_of(imported.module, importer=file.path)]
        else:
            path = modules.resolve(file.path, level=imported.level, module=imported.module)
            inner = modules.submodule(path, imported.name) if path is not None else None
            paths = [path, inner]
        if user.path in paths:
            return True
    return False


def _public_names(file: PythonFile) -> list[str]:
    """Return what a module defines itself and does not mark as private."""
    module = file.names.module
    return sorted(
        name
        for name, sites in module.sites.items()
        if not name.startswith("_")
        and all(site.imported is None for site in sites)
        and any(_is_definition(site.node, file) for site in sites)
    )


def _is_definition(node: ast.AST, file: PythonFile) -> bool:
    """Tell whether a name is bound by a definition or assignment at the top, not by a loop."""
    for statement in file.tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if statement is node:
                    return True
            case ast.Assign() | ast.AnnAssign():
                if any(one is node for one in ast.walk(statement)):
                    return True
    return False


def _all_text(file: PythonFile, names: list[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    line = f"__all__ = [{', '.join(quoted)}]\n"
    if len(line) <= _LINE_LENGTH_MAX:
        return line
    unit = file.source.indent_unit
    return "__all__ = [\n" + "".join(f"{unit}{one},\n" for one in quoted) + "]\n"


def _head(file: PythonFile) -> list[ast.stmt]:
    """Return the docstring and the imports at the top of a file."""
    found: list[ast.stmt] = []
    for index, statement in enumerate(file.tree.body):
        match statement:
            case ast.Expr(value=ast.Constant(value=str())) if index == 0:
                found.append(statement)
            case ast.Import() | ast.ImportFrom():
                found.append(statement)
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                found.append(statement)
            case _:
                break
    return found


def _insert_after_imports(builder: ChangeBuilder, file: PythonFile, text: str, reason: str) -> None:
    head = _head(file)
    rest = file.tree.body[len(head) :]
    if head:
        end = own_span(file, head[-1]).end_byte
        newline = file.source.data.find(b"\n", end)
        place = len(file.source.data) if newline < 0 else newline + 1
        if newline < 0 or file.source.data[end:newline].strip()[:1] not in {b"", b"#"}:
            raise UnsafeError(f"{file.path}: put every import on a line of its own first")
        builder.replace(file, Span(place, place), f"\n{text}", reason)
        return
    if not rest:
        raise UnsafeError(f"{file.path}: is empty")
    start = file.byte_map.line_start(file.line(own_span(file, rest[0]).start_byte))
    builder.replace(file, Span(start, start), f"{text}\n\n", reason)


def _has_annotations(file: PythonFile) -> bool:
    for node in ast.walk(file.tree):
        match node:
            case ast.AnnAssign() | ast.arg(annotation=ast.expr()):
                return True
            case ast.FunctionDef(returns=ast.expr()) | ast.AsyncFunctionDef(returns=ast.expr()):
                return True
    return False


def _reader(file: PythonFile) -> str:
    """Return a library of a file that reads annotations at run time; "" without one."""
    for imported, _ in file.names.imports:
        package = imported.module.partition(".")[0]
        if imported.level == 0 and package in _READERS:
            return package
    if b"get_type_hints" in file.source.data or b"__annotations__" in file.source.data:
        return "the module"
    return ""


def _insert_future(builder: ChangeBuilder, file: PythonFile) -> None:
    text, reason = "from __future__ import annotations", "annotations are not run"
    body = file.tree.body
    is_documented = bool(body) and body[0] in _head(file) and isinstance(body[0], ast.Expr)
    if is_documented:
        end = own_span(file, body[0]).end_byte
        builder.replace(file, Span(end, end), f"\n\n{text}", reason)
        return
    if not body:
        size = len(file.source.data)
        gap = "" if file.source.data[-1:] in {b"", b"\n", b"\r"} else "\n"
        builder.replace(file, Span(size, size), f"{gap}{text}\n", reason)
        return
    first = own_span(file, body[0]).start_byte
    start = file.byte_map.line_start(file.line(first))
    gap = "\n" if isinstance(body[0], ast.ImportFrom) and body[0].module == "__future__" else "\n\n"
    builder.replace(file, Span(start, start), f"{text}{gap}", reason)
