"""The logger of a module: the one it has, or a new one with its import.

A new logger is called `logger`, and `import logging` goes where it sorts. Nothing is added
to a module that logs in another way, or to which the names mean something else.

`refactor.module_logger` answers for a whole code base: which imported name is a logger, it
looks up, and a new one goes behind all imports, since a `print` that runs before stays one.
Here one file is known, and what is added may run as soon as its function can be called: a
new logger goes before all that runs.
"""

import ast
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import EditError, TextEdit
from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python import PythonFile, Scope
from nanobot_engine.recipe.new_import import import_edits
from nanobot_engine.refactor.imports.import_edit import NewImport

_MAKERS: Final = frozenset({"getLogger", "get_task_logger"})
_OTHER_LOGGERS: Final = frozenset({"loguru", "structlog", "logbook", "eliot", "absl"})
_IMPORTED_NAMES: Final = frozenset({"logger", "_logger", "LOGGER"})
_LOG_MODULES: Final = frozenset({"log", "logger", "logging", "logs"})
_NEW_NAMES: Final = ("logger", "_logger", "log")


class LoggerError(EditError):
    """A module can not get a logger: the reason says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


@dataclass(frozen=True, slots=True)
class ModuleLogger:
    """How functions of a module log."""

    name: str
    is_new: bool


def module_logger(file: PythonFile) -> ModuleLogger:
    """Return the logger that functions of a module can use.

    Raises:
        LoggerError: It logs in another way, or the names are taken.
    """
    for imported, _ in file.names.imports:
        package = imported.module.partition(".")[0]
        if imported.level == 0 and package in _OTHER_LOGGERS:
            raise LoggerError(file.path, f"logs with {package}, which writes its calls differently")
    inner = _inner_names(file.names.module)
    known = next((name for name in _known_loggers(file) if name not in inner), None)
    if known is not None:
        return ModuleLogger(known, is_new=False)
    other = _other_logging(file)
    if other:
        raise LoggerError(file.path, f"logs with {other}")
    module = file.names.module.sites
    if "logging" in module and not _imports_logging(file):
        raise LoggerError(file.path, "'logging' means something else here")
    name = next((one for one in _NEW_NAMES if one not in module and one not in inner), None)
    if name is None:
        raise LoggerError(file.path, f"{', '.join(_NEW_NAMES)} mean something else here")
    return ModuleLogger(name, is_new=True)


def logger_edits(file: PythonFile) -> list[TextEdit]:
    """Return what gives a module its logger; nothing where it has one.

    Raises:
        LoggerError: See `module_logger`; or there is no line to put it on.
    """
    found = module_logger(file)
    if not found.is_new:
        return []
    place = _place(file)
    text = f"{found.name} = logging.getLogger(__name__)"
    has_import = "logging" in file.names.module.sites
    edits = [] if has_import else import_edits(file.source, [NewImport("logging")])
    lead, tail = _blank_lines(file, place)
    if any(edit.start_byte > place for edit in edits):
        # It would be imported at the end of the file, after it is used.
        edits, text = [], f"import logging\n\n{text}"
    at_place = b"".join(edit.new_text for edit in edits if edit.start_byte == place)
    edits = [edit for edit in edits if edit.start_byte != place]
    if at_place:
        lead = ""
    whole = f"{lead}{text}{tail}".replace("\n", file.source.newline).encode(file.source.encoding)
    edits.append(TextEdit(place, place, at_place + whole, "", "a logger for the module"))
    return edits


def _known_loggers(file: PythonFile) -> list[str]:
    found = []
    for statement in file.tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=maker))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=maker))
            ) if (dotted_name(maker) or "").rpartition(".")[2] in _MAKERS:
                found.append(name)
            case ast.ImportFrom(names=names):
                bound = [alias.asname or alias.name for alias in names]
                found += [name for name in bound if name in _IMPORTED_NAMES]
    # Bound once: otherwise nobody knows which one is meant.
    sites = file.names.module.sites
    return [name for name in found if len(sites.get(name, ())) == 1]


def _other_logging(file: PythonFile) -> str:
    """Return what a file logs with that is no logger of the standard library; "" for nothing."""
    for imported, _ in file.names.imports:
        last = (imported.name or imported.module).rpartition(".")[2]
        package = imported.module.rpartition(".")[2]
        if imported.module.partition(".")[0] == "logging" and imported.level == 0:
            continue
        if last in _LOG_MODULES or package in _LOG_MODULES:
            return "." * imported.level + (imported.module or last)
    return ""


def _inner_names(module: Scope) -> frozenset[str]:
    """Return the names that functions and classes of a module bind."""
    found: set[str] = set()
    stack = list(module.children)
    while stack:
        scope = stack.pop()
        found |= scope.sites.keys() | scope.global_names
        stack += scope.children
    return frozenset(found)


def _imports_logging(file: PythonFile) -> bool:
    return all(
        site.imported is not None
        and site.imported.name is None
        and site.imported.level == 0
        and site.imported.module.partition(".")[0] == "logging"
        for site in file.names.module.sites["logging"]
    )


def _head(file: PythonFile) -> list[ast.stmt]:
    """Return what stands before the first statement that does something."""
    found: list[ast.stmt] = []
    for index, statement in enumerate(file.tree.body):
        match statement:
            case ast.Expr(value=ast.Constant(value=str())) if index == 0:
                found.append(statement)
            case ast.Import() | ast.ImportFrom():
                found.append(statement)
            case ast.If() | ast.Try() if all(map(_only_imports, _blocks(statement))):
                found.append(statement)
            case _:
                break
    return found


def _blocks(statement: ast.If | ast.Try) -> list[list[ast.stmt]]:
    if isinstance(statement, ast.If):
        return [statement.body, statement.orelse]
    handlers = [handler.body for handler in statement.handlers]
    return [statement.body, *handlers, statement.orelse, statement.finalbody]


def _only_imports(block: list[ast.stmt]) -> bool:
    return all(
        isinstance(one, ast.Import | ast.ImportFrom | ast.Pass)
        # `json = None` where an import failed.
        or (isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant))
        for one in block
    )


def _place(file: PythonFile) -> int:
    """Return where the line of a new logger starts."""
    head = _head(file)
    rest = file.tree.body[len(head) :]
    data = file.source.data
    if not head:
        if not rest:
            raise LoggerError(file.path, "is empty")
        first = rest[0]
        line = min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", []))])
        return file.byte_map.line_start(line)
    last_line = head[-1].end_lineno or head[-1].lineno
    if rest and rest[0].lineno <= last_line:
        raise LoggerError(file.path, f"line {last_line} has two statements")
    end = file.span(head[-1]).end_byte
    newline = file.source.newline_bytes
    found = data.find(newline, end)
    if found < 0:
        raise LoggerError(file.path, "has nothing below its imports")
    return found + len(newline)


def _blank_lines(file: PythonFile, place: int) -> tuple[str, str]:
    """Return what to put around the new line so that it stands by itself."""
    data = file.source.data
    below = data[place:].split(file.source.newline_bytes, 1)[0]
    if _head(file):
        return "\n", "\n" if not below.strip() else "\n\n"
    return "", "\n\n\n"
