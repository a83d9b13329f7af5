"""What a program can do about one diagnostic of a Python tool.

Each repair is small and says so; whether it helps is decided by asking the tool again.
Codes are those of ruff and flake8, mypy, and pyright.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nanobot_engine.check import Diagnostic
from nanobot_engine.python import PythonFile
from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.imports.import_edit import ImportEdit, NewImport
from nanobot_engine.refactor.source.statement import own_span

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_IGNORE: Final = re.compile(
    rb"[ \t]*#[ \t]*type:[ \t]*ignore(?:\[[^\]\r\n]*\])?[ \t]*(?=$|[\r\n#])"
)
_QUOTED: Final = re.compile(r"[`\"']([^\W\d]\w*)[`\"']")
_DEFAULT_NONE: Final = re.compile(
    r'Incompatible default for (?:parameter|argument) "(\w+)" \(default has type "None"'
)


@dataclass(frozen=True, slots=True)
class Repair:
    """Edits of one file."""

    path: str
    edits: tuple[tuple[int, int, bytes], ...]
    """Sorted (start, end, new bytes) that do not overlap."""
    reason: str


def repair_of(codebase: Codebase, one: Diagnostic) -> Repair | None:
    """Return what a program can do about a diagnostic; None when it can do nothing."""
    find = _FINDERS.get(one.code)
    file = codebase.project.file(one.path) if find is not None else None
    if find is None or file is None:
        return None
    edits = find(codebase, file, one)
    reason = f"{one.code}: {one.message}"
    return Repair(one.path, tuple(sorted(edits)), reason) if edits else None


_Edits = list[tuple[int, int, bytes]]


def _unused_ignore(_codebase: Codebase, file: PythonFile, one: Diagnostic) -> _Edits:
    if one.message != 'Unused "type: ignore" comment':
        return []
    start = file.byte_map.line_start(one.line)
    line = file.source.data[start:].split(b"\n", 1)[0]
    found = _IGNORE.search(line)
    if found is None:
        return []
    # What stands before it belongs to a comment behind it, too.
    has_more = line[found.end() : found.end() + 1] == b"#"
    first = line.index(b"#", found.start()) if has_more else found.start()
    return [(start + first, start + found.end(), b"")]


def _returns_none(_codebase: Codebase, file: PythonFile, one: Diagnostic) -> _Edits:
    """Say `-> None` of a function that has a body and returns nothing."""
    function = _function_at(file, one.line)
    if function is None or function.returns is not None or _is_empty(function):
        return []
    if any(_gives_value(node) for node in _own_nodes(function)):
        return []
    colon = header_end(file, function)
    return [] if colon is None else [(colon, colon, b" -> None")]


def _optional(_codebase: Codebase, file: PythonFile, one: Diagnostic) -> _Edits:
    """Let a parameter be None whose default is None."""
    match = _DEFAULT_NONE.match(one.message)
    if match is None:
        return []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.arg) and node.arg == match[1] and node.annotation is not None:
            annotation = node.annotation
            if annotation.lineno <= one.line <= (annotation.end_lineno or one.line):
                if isinstance(annotation, ast.Constant):
                    return []
                end = file.span(annotation).end_byte
                return [(end, end, b" | None")]
    return []


def _unused_variable(_codebase: Codebase, file: PythonFile, one: Diagnostic) -> _Edits:
    """Keep what is assigned, as it may do something; drop the name."""
    name = _QUOTED.search(one.message)
    if name is None:
        return []
    for node in ast.walk(file.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)]) if _is_here(node, found, name[1], one):
                start, value = own_span(file, node), file.span(node.value)
                return [(start.start_byte, value.start_byte, b"")]
            case ast.ExceptHandler(name=str(found), type=ast.expr() as kind):
                if _is_here(node, found, name[1], one):
                    end = file.span(kind).end_byte
                    colon = file.source.data.find(b":", end)
                    is_plain = file.source.data[end:colon].split() == [b"as", found.encode()]
                    return [(end, colon, b"")] if is_plain else []
    return []


def _undefined_name(codebase: Codebase, file: PythonFile, one: Diagnostic) -> _Edits:
    """Import what exactly one module of the workspace defines."""
    name = _QUOTED.search(one.message)
    if name is None or file.path.endswith(".pyi"):
        return []
    owners = [
        other
        for other in codebase.project.files()
        if other.path.endswith(".py")
        and other.path != file.path
        and any(site.imported is None for site in other.names.module.sites.get(name[1], ()))
    ]
    module = codebase.project.modules.name_of(owners[0].path) if len(owners) == 1 else None
    if not module or name[1].startswith("_"):
        return []
    builder = ChangeBuilder(codebase.project, codebase.data_by_path)
    imports = ImportEdit(builder, file)
    imports.add(NewImport(module, name[1]))
    imports.finish()
    (changed,) = builder.build("import").plan.files
    return [(edit.start_byte, edit.end_byte, edit.new_text) for edit in changed.edits]


_FINDERS: Final[Mapping[str, Callable[[Codebase, PythonFile, Diagnostic], _Edits]]] = (
    MappingProxyType(
        {
            "unused-ignore": _unused_ignore,
            "no-untyped-def": _returns_none,
            "ANN201": _returns_none,
            "ANN202": _returns_none,
            "ANN204": _returns_none,
            "assignment": _optional,
            "F841": _unused_variable,
            "F821": _undefined_name,
            "name-defined": _undefined_name,
            "reportUndefinedVariable": _undefined_name,
        }
    )
)


def _function_at(file: PythonFile, line: int) -> _Function | None:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if first <= line <= node.lineno:
                return node
    return None


def _is_here(node: ast.stmt | ast.ExceptHandler, found: str, name: str, one: Diagnostic) -> bool:
    return found == name and node.lineno == one.line


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of functions and classes in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _Function | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _gives_value(node: ast.AST) -> bool:
    if isinstance(node, ast.Return):
        return node.value is not None and not (
            isinstance(node.value, ast.Constant) and node.value.value is None
        )
    return isinstance(node, ast.Yield | ast.YieldFrom)


def _is_empty(function: _Function) -> bool:
    """Tell whether a function says nothing about what it returns: a stub, or it only raises."""
    return all(
        isinstance(node, ast.Pass | ast.Raise)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in function.body
    )


def header_end(file: PythonFile, node: ast.stmt) -> int | None:
    """Return where the colon is that ends the header of a definition or block."""
    start = file.byte_map.offset(node.lineno, node.col_offset)
    text = file.source.data[start:].decode(file.source.encoding)
    colon = header_colon(text)
    return None if colon is None else start + len(text[:colon].encode(file.source.encoding))


def header_colon(text: str) -> int | None:
    """Return where the colon is that ends the header with which a text begins."""
    depth = 0
    lines = io.StringIO(text, newline="").readlines()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            depth += (token.string in "([{") - (token.string in ")]}") if token.string else 0
            if token.type == tokenize.OP and token.string == ":" and depth == 0:
                row, column = token.start
                return len("".join(lines[: row - 1])) + column
    except (tokenize.TokenError, IndentationError):
        return None
    return None
