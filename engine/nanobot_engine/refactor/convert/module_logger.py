"""The logger of a module: the one it has, or a new one behind its imports."""

import ast
from dataclasses import dataclass

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python import PythonFile, Span, Symbol
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.imports.import_cleanup import Imports
from nanobot_engine.refactor.imports.import_edit import NewImport
from nanobot_engine.refactor.source.statement import own_span

_USUAL = ("logger", "log", "_logger", "_log", "LOGGER", "LOG", "_LOGGER", "_LOG")
_Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class ModuleLogger:
    """How a module logs."""

    name: str
    is_new: bool
    from_byte: int
    """Where the name starts to be bound when the module runs."""


def module_logger(codebase: Codebase, file: PythonFile, wished: str) -> ModuleLogger | str:
    """Return the logger of a module, or why it can not have one.

    Args:
        codebase: All files.
        file: The module.
        wished: The name of a new logger; empty for an existing or the usual one.
    """
    found = {} if wished else _existing(codebase, file)
    sites = file.names.module.sites
    name = next((one for one in (*_USUAL, *sorted(found)) if one in found), wished or "logger")
    if wished and wished in _existing(codebase, file):
        found = _existing(codebase, file)
    if name in found:
        return ModuleLogger(name, is_new=False, from_byte=found[name])
    if name in sites or any(o.name == name for o in file.names.names):
        return f"{name!r} means something else in this module; say how the logger is called"
    is_other = any(
        site.imported is None or site.imported.module != "logging" or site.imported.name is not None
        for site in sites.get("logging", ())
    )
    if is_other or codebase.project.modules.path_of("logging", importer=file.path) is not None:
        return "`logging` means something else in this module"
    return ModuleLogger(name, is_new=True, from_byte=_place(file))


def add_logger(
    builder: ChangeBuilder, imports: Imports, file: PythonFile, logger: ModuleLogger
) -> None:
    """Write a new logger behind the imports at the head of a module."""
    head = _head_imports(file)
    late = [one for one in file.tree.body if isinstance(one, _Import) and one not in head]
    text = f"{logger.name} = logging.getLogger(__name__)\n"
    has_logging = any(
        isinstance(one, ast.Import) and any(a.name == "logging" and not a.asname for a in one.names)
        for one in head
    )
    data = file.source.data
    place = logger.from_byte
    if not has_logging:
        # Beside late imports, or without any, it could come to stand behind the logger.
        if late or not any(isinstance(one, _Import) and not _is_future(one) for one in head):
            text = f"import logging\n\n{text}"
        else:
            imports.of(file).add(NewImport("logging"))
    is_line_open = place > 0 and data[place - 1 : place] not in {b"\n", b"\r"}
    is_first = not data[:place].strip()
    before = "" if is_first else ("\n\n" if is_line_open else "\n")
    is_followed = bool(data[place:].strip()) and data[place : place + 1] not in {b"\n", b"\r"}
    builder.replace(
        file, Span(place, place), before + text + ("\n" if is_followed else ""), "the logger"
    )


def _place(file: PythonFile) -> int:
    """Return the start of the line behind the imports at the head, or behind the docstring."""
    head = _head_imports(file)
    if head:
        end = own_span(file, head[-1]).end_byte
    elif file.tree.body and _is_text(file.tree.body[0]):
        end = own_span(file, file.tree.body[0]).end_byte
    else:
        first = own_span(file, file.tree.body[0]).start_byte if file.tree.body else 0
        return file.byte_map.line_start(file.line(first)) if file.tree.body else 0
    newline = file.source.data.find(b"\n", end)
    return newline + 1 if newline >= 0 else len(file.source.data)


def _head_imports(file: PythonFile) -> list[ast.stmt]:
    """Return the imports, and the blocks of imports only, before the first definition."""
    found: list[ast.stmt] = []
    for node in file.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if isinstance(node, _Import) or _is_block_of_imports(node):
            found.append(node)
    return found


def _is_block_of_imports(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If | ast.Try):
        return False
    inner = [one for one in node.body if not isinstance(one, ast.Pass)]
    return bool(inner) and all(isinstance(one, _Import) for one in inner)


def _existing(codebase: Codebase, file: PythonFile) -> dict[str, int]:
    """Return the loggers that the top of a module binds, with the byte from which they are."""
    found = {}
    scope = file.names.module
    for name, sites in scope.sites.items():
        if len(sites) != 1:
            continue
        site = sites[0]
        if site.imported is not None and site.imported.name is None:
            continue
        is_top = any(
            node is site.node or (site.imported is not None and node is site.imported.statement)
            for statement in file.tree.body
            for node in ([statement] if isinstance(statement, _Import) else _targets(statement))
        )
        origin = codebase.references.origin(Symbol(file, scope, name))
        origins = origin.scope.sites.get(origin.name, ())
        if is_top and len(origins) == 1 and _is_logger(origins[0].value):
            found[name] = site.bound_from_byte
    return found


def _targets(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target):
            return [target]
    return []


def _is_logger(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = dotted_name(value.func) or ""
    return name.rpartition(".")[2] == "getLogger"


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
