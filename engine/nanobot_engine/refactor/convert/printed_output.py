"""Which `print` belongs to what a program says to people or tests, and is no log message."""

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from nanobot_engine.edit.python_names import is_test_module
from nanobot_engine.python import PythonFile, Scope, Symbol
from nanobot_engine.python.scope import ScopeKind
from nanobot_engine.refactor.codebase import Codebase

_STEMS: Final = frozenset(
    {"__main__", "cli", "main", "manage", "setup", "noxfile", "tasks", "conf", "fabfile"}
)
_FOLDERS: Final = frozenset(
    {"cli", "bin", "script", "scripts", "tool", "tools", "example", "examples", "demo", "demos"}
    | {"benchmark", "benchmarks", "doc", "docs", "test", "tests", "testing"}
)
_LIBRARIES: Final = frozenset(
    {"argparse", "click", "cmd", "docopt", "fire", "getopt", "optparse", "rich_click", "typer"}
)
_CAPTURING: Final = re.compile(
    rb"\b(?:capsys|capfd|capsysbinary|redirect_stdout|redirect_stderr)\b"
)
_PRINTING: Final = re.compile(r"(?:^|_)(?:print|show|display|usage)(?:_|$)")
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class PrintedOutput:
    """Answers for the files of one workspace."""

    def __init__(self, codebase: Codebase, where: str) -> None:
        """Take the files.

        Args:
            codebase: All files.
            where: What the user named: files, folders or patterns, comma separated.
        """
        self._codebase = codebase
        self._named = [one.strip().removeprefix("./").rstrip("/") for one in where.split(",")]
        self._capturing = [
            path
            for path, data in codebase.data_by_path.items()
            if path.endswith(".py") and _CAPTURING.search(data)
        ]
        self._own: dict[PythonFile, set[ast.AST]] = {}
        self._last: dict[PythonFile, set[ast.AST]] = {}

    def of_file(self, file: PythonFile) -> str:
        """Say why all of a file is output; empty when it is not, or the user named the file."""
        path = file.path
        if self._is_named(path):
            return ""
        *folders, name = path.split("/")
        stem = name.removesuffix(".py")
        reason = ""
        if is_test_module(path):
            reason = "what tests print is for their reader"
        elif stem in _STEMS or not _FOLDERS.isdisjoint(folders):
            reason = "the module is a program that talks to its user"
        else:
            for imported, _ in file.names.imports:
                library = imported.module.partition(".")[0]
                if library in _LIBRARIES and not imported.level:
                    reason = f"the module is a command line: it imports {library}"
        return f"{reason}; name the file to convert it" if reason else ""

    def _is_named(self, path: str) -> bool:
        for one in filter(None, self._named):
            is_special = not _FOLDERS.isdisjoint(one.split("/")) and path.startswith(f"{one}/")
            if path == one or is_special or ("*" in one and fnmatchcase(path, one)):
                return True
        return False

    def of_call(self, file: PythonFile, scope: Scope, node: ast.Call) -> str:
        """Say why one `print` is output; empty when it is not, or the user named the file."""
        if self._is_named(file.path):
            return ""
        outer = [one for one in scope.outwards() if one.kind is ScopeKind.FUNCTION and one.name]
        if file not in self._own:
            self._own[file] = self._program(file)
        if node in self._own[file]:
            return "it is output of the program; name the file to convert it"
        if node in self._last_words(file):
            return "the program ends after it, so it tells its user why"
        for one in outer:
            if _PRINTING.search(one.name):
                return f"printing is what {one.name} is for"
            reader = self._reader(one)
            if reader:
                return f"{reader} reads what {one.name} prints"
        return ""

    def _last_words(self, file: PythonFile) -> set[ast.AST]:
        """Return what is said right before the program is left."""
        if file not in self._last:
            found: set[ast.AST] = set()
            for node in ast.walk(file.tree):
                for name in ("body", "orelse", "finalbody"):
                    block = getattr(node, name, None)
                    if isinstance(block, list) and any(_is_exit(one) for one in block):
                        found.update(one.value for one in block if isinstance(one, ast.Expr))
            self._last[file] = found
        return self._last[file]

    def _program(self, file: PythonFile) -> set[ast.AST]:
        """Return what runs only when a module is started as a program."""
        own: set[ast.AST] = set()
        for statement in file.tree.body:
            is_main = isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)
            is_entry = isinstance(statement, _FunctionNode) and statement.name in {"main", "_main"}
            if is_main or is_entry:
                own.update(ast.walk(statement))
        if not own:
            return own
        waiting = [one for one in file.tree.body if isinstance(one, _FunctionNode)]
        is_more = True
        while is_more:
            is_more = False
            for function in [one for one in waiting if one not in own]:
                if self._is_used_by(file, function, own):
                    own.update(ast.walk(function))
                    is_more = True
        return own

    def _is_used_by(self, file: PythonFile, function: _FunctionNode, own: set[ast.AST]) -> bool:
        """Tell whether only some nodes of its file use a function."""
        inside = {
            file.span(node).start_byte for node in own if isinstance(node, ast.Name | ast.Attribute)
        }
        symbol = Symbol(file, file.names.module, function.name)
        uses = [
            one
            for one in self._codebase.references.find(symbol).found
            if one.file is not file or not _is_name_of(file, function, one.span.start_byte)
        ]
        return bool(uses) and all(
            one.file is file and one.span.start_byte in inside for one in uses
        )

    def _reader(self, function: Scope) -> str:
        """Return a file that looks at what a function prints."""
        name = function.name.encode()
        word = re.compile(rb"\b" + re.escape(name) + rb"\b")
        for path in self._capturing:
            if word.search(self._codebase.data_by_path[path]):
                return path
        shown = re.compile(rb">>>[^\n]*\b" + re.escape(name) + rb"\s*\(")
        for path, data in self._documents():
            if shown.search(data):
                return f"a doctest in {path}"
        return ""

    def _documents(self) -> Iterator[tuple[str, bytes]]:
        data: Mapping[str, bytes] = self._codebase.data_by_path
        for path in data:
            if path.endswith((".py", ".rst", ".md", ".txt")) and b">>>" in data[path]:
                yield path, data[path]


def _is_name_of(file: PythonFile, function: _FunctionNode, start: int) -> bool:
    return any(o.node is function and o.span.start_byte == start for o in file.names.names)


def _is_exit(statement: ast.stmt) -> bool:
    """Tell whether a statement ends the program."""
    match statement:
        case ast.Expr(value=ast.Call(func=function)) | ast.Raise(exc=ast.Call(func=function)):
            name = ast.unparse(function)
        case ast.Raise(exc=ast.Name(id=name)):
            pass
        case _:
            return False
    return name in {"sys.exit", "exit", "quit", "os._exit", "SystemExit"}
