"""Scopes against Python's own symbol table, over the standard library."""

import ast
import io
import keyword
import symtable
import sysconfig
import tokenize
import warnings
from collections import defaultdict
from pathlib import Path

import pytest

from nanobot_engine.edit import source_from_bytes
from nanobot_engine.python.python_file import PythonFile, read_python
from nanobot_engine.python.scope import Scope, ScopeKind

LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = [
    "argparse",
    "ast",
    "asyncio/base_events",
    "asyncio/tasks",
    "collections/__init__",
    "contextlib",
    "dataclasses",
    "difflib",
    "email/message",
    "enum",
    "functools",
    "inspect",
    "json/decoder",
    "logging/__init__",
    "pathlib",
    "pickle",
    "subprocess",
    "tarfile",
    "threading",
    "typing",
    "unittest/mock",
    "urllib/parse",
    "xml/dom/minidom",
    "zipfile",
]
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


def library_file(module: str) -> PythonFile:
    path = LIBRARY / f"{module}.py"
    return read_python(source_from_bytes(f"{module}.py", path.read_bytes()))


def scopes_by_place(file: PythonFile) -> dict[tuple[str, str, int], list[Scope]]:
    found: dict[tuple[str, str, int], list[Scope]] = defaultdict(list)
    for node, scope in file.names.scope_by_node.items():
        if scope.kind is ScopeKind.MODULE:
            found["module", "top", 0].append(scope)
        elif isinstance(node, ast.Lambda):
            found["function", "lambda", node.lineno].append(scope)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            found[kind, node.name, first].append(scope)
    return found


def differences(file: PythonFile, table: symtable.SymbolTable) -> tuple[list[str], int]:
    names: dict[Scope, set[str]] = defaultdict(set)
    for occurrence in file.names.names:
        names[occurrence.scope].add(occurrence.name)
    by_place = scopes_by_place(file)
    tables, wrong, compared = [table], [], 0
    while tables:
        one = tables.pop()
        tables += one.get_children()
        scopes = by_place[str(one.get_type()), one.get_name(), one.get_lineno()]
        # Two lambdas in one line can not be told apart; comprehensions have no line.
        if one.get_name() in COMPREHENSIONS or len(scopes) != 1:
            continue
        compared += 1
        for symbol in one.get_symbols():
            if symbol.get_name() in names[scopes[0]]:
                target = scopes[0].lookup(symbol.get_name())
                is_right = {
                    symbol.is_free(): target is not None and target.kind is ScopeKind.FUNCTION,
                    symbol.is_declared_global(): target is not None and target.parent is None,
                }.get(True, (target is scopes[0]) == is_bound(symbol, one))
                if not is_right:
                    wrong.append(f"{one.get_name()}:{one.get_lineno()} {symbol.get_name()}")
    return wrong, compared


def is_bound(symbol: symtable.Symbol, table: symtable.SymbolTable) -> bool:
    if table.get_type() == "module":
        # What functions declare global is bound in the module, says only this package.
        return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    return symbol.is_local()


@pytest.mark.parametrize("module", MODULES)
def test_names_are_bound_where_python_binds_them(module: str) -> None:
    file = library_file(module)
    text = file.source.data.decode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = symtable.symtable(text, module, "exec")

    wrong, compared = differences(file, table)

    assert not wrong
    assert compared > 5


@pytest.mark.parametrize("module", MODULES)
def test_every_identifier_has_its_place(module: str) -> None:
    file = library_file(module)
    names = file.names
    places = {
        occurrence.span.start_byte
        for found in (names.names, names.attributes, names.keywords)
        for occurrence in found
    }
    for imported, _ in names.imports:
        for span in (imported.module_span, imported.name_span, imported.as_span):
            if span is not None:
                start = span.start_byte
                for part in file.text(span).split("."):
                    places.add(start)
                    start += len(part) + 1
    classes = [node for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef)]
    places |= {file.span(one).start_byte for node in classes for one in node.keywords}

    missing = [
        token.start
        for token in tokenize.generate_tokens(io.StringIO(file.source.data.decode()).readline)
        if token.type == tokenize.NAME
        and not keyword.iskeyword(token.string)
        and not keyword.issoftkeyword(token.string)
        and file.byte_map.offset(token.start[0], len(token.line[: token.start[1]].encode()))
        not in places
    ]

    assert missing == []
    assert names.unplaced == []
