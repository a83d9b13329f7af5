"""Give an expression a name: a variable before the statement, or a constant of the module."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from nanobot_engine.python import PythonFile, Scope, Span
from nanobot_engine.refactor.change import Change, ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError
from nanobot_engine.refactor.extract.selected_code import (
    BINDING,
    OWN_SCOPE,
    FunctionNode,
    python_file,
)
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.evaluation import check_evaluated, unchanged
from nanobot_engine.refactor.source.statement import own_span, whole_lines


class ExtractVariable:
    """An expression gets a name, wherever it stands in a function or module. Stateless."""

    name: Final = "extract variable"
    summary: Final = "Give an expression of a function a name, and use it everywhere in it"
    parameters: Final = (
        Parameter("function", ParameterKind.SYMBOL, "the function or method"),
        Parameter("expression", ParameterKind.EXPRESSION, "the expression as it is written"),
        Parameter("new_name", ParameterKind.NAME, "the name of the variable"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        name = arguments["new_name"]
        check_identifier(name)
        symbol = codebase.references.symbol(*_split(arguments["function"]))
        node = next(
            (
                site.node
                for site in (symbol.scope.sites.get(symbol.name, ()) if symbol else ())
                if isinstance(site.node, FunctionNode)
            ),
            None,
        )
        if symbol is None or node is None:
            raise ArgumentError(f"{arguments['function']}: is no function")
        file, scope = symbol.file, symbol.file.names.scope_by_node[node]
        if scope.lookup(name) is not None:
            raise UnsafeError(f"{file.path}: {name!r} means something else there already")
        found = _equal_expressions(node, arguments["expression"])
        if not found:
            raise ArgumentError(f"{arguments['expression']}: does not stand in {symbol.name}")
        _check_constant_value(file, scope, found)
        found = unchanged(file, found)
        statement = _common_statement(node, found)
        check_evaluated(file, statement, found)
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        start = own_span(file, statement).start_byte
        margin = file.text(Span(file.byte_map.line_start(file.line(start)), start))
        text = file.text(file.span(found[0]))
        builder.replace(file, Span(start, start), f"{name} = {text}\n{margin}", f"{name} is named")
        for one in found:
            builder.replace(file, file.span(one), name, f"use of {name}")
        return builder.build(f"extract variable {name} in {symbol.qualified_name}")


class ExtractConstant:
    """A literal gets a name at the top of its module. Stateless."""

    name: Final = "extract constant"
    summary: Final = "Give a literal value a name at the top of the module, and use it everywhere"
    parameters: Final = (
        Parameter("module", ParameterKind.MODULE, "the file"),
        Parameter("literal", ParameterKind.EXPRESSION, "the value as it is written"),
        Parameter("new_name", ParameterKind.NAME, "the name of the constant"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        file, name = python_file(codebase, arguments["module"]), arguments["new_name"]
        check_identifier(name)
        if any(occurrence.name == name for occurrence in file.names.names):
            raise UnsafeError(f"{file.path}: {name!r} means something else there already")
        try:
            value = ast.literal_eval(arguments["literal"])
        except (ValueError, SyntaxError) as error:
            raise ArgumentError(f"{arguments['literal']}: is no literal") from error
        documents = {id(node) for node in _docstrings(file.tree)}
        found = [
            node
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Constant)
            and id(node) not in documents
            and type(node.value) is type(value)
            and node.value == value
            and not _is_in_pattern_or_string(file, node)
        ]
        if not found:
            raise ArgumentError(f"{arguments['literal']}: does not stand in {file.path}")
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        place = _after_imports(file)
        text = file.text(file.span(found[0]))
        builder.replace(file, Span(place, place), f"{name} = {text}\n", f"{name} is named")
        for node in found:
            builder.replace(file, file.span(node), name, f"use of {name}")
        return builder.build(f"extract constant {name} in {file.path}")


def _split(written: str) -> tuple[str, str]:
    path, _, name = written.partition("::")
    return path, name


def _equal_expressions(function: ast.AST, written: str) -> list[ast.expr]:
    try:
        wanted = ast.dump(ast.parse(written, mode="eval").body)
    except (SyntaxError, ValueError) as error:
        raise ArgumentError(f"{written}: is no Python expression") from error
    found = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.expr)
        and not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
        and ast.dump(node) == wanted
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _check_constant_value(file: PythonFile, scope: Scope, found: list[ast.expr]) -> None:
    """Refuse an expression whose value may change between its places, or that does something."""
    if len(found) == 1:
        return
    if any(isinstance(node, ast.Call | ast.Await | ast.NamedExpr) for node in ast.walk(found[0])):
        raise UnsafeError(f"{file.path}: a call stands there {len(found)} times; it may differ")
    names = {node.id for node in ast.walk(found[0]) if isinstance(node, ast.Name)}
    first, last = file.span(found[0]).start_byte, file.span(found[-1]).end_byte
    for occurrence in file.names.names:
        is_between = first < occurrence.span.start_byte < last
        is_bound = occurrence.name in names and is_between and occurrence.role in BINDING
        if is_bound and occurrence.bound() is scope.lookup(occurrence.name):
            line = file.line(occurrence.span.start_byte)
            raise UnsafeError(f"{file.path}:{line}: {occurrence.name!r} changes in between")


def _common_statement(function: FunctionNode, found: list[ast.expr]) -> ast.stmt:
    """Return the innermost statement of a block before which the name can be set."""
    block: list[ast.stmt] = function.body
    while True:
        holders = [one for one in block if any(node in list(ast.walk(one)) for node in found)]
        if len(holders) != 1:
            return holders[0]
        inner = [
            getattr(holders[0], name)
            for name in ("body", "orelse", "finalbody")
            if isinstance(getattr(holders[0], name, None), list)
        ]
        inner += [
            one.body for name in ("handlers", "cases") for one in getattr(holders[0], name, ())
        ]
        below = [
            one
            for one in inner
            if all(any(node in list(ast.walk(s)) for s in one) for node in found)
        ]
        if len(below) != 1 or isinstance(holders[0], OWN_SCOPE):
            return holders[0]
        block = below[0]


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match getattr(node, "body", None):
            case [ast.Expr(value=ast.Constant(value=str()) as value), *_]:
                yield value


def _is_in_pattern_or_string(file: PythonFile, node: ast.Constant) -> bool:
    """Tell whether a literal stands where no name can: in a pattern or inside of a string."""
    span = file.span(node)
    text = file.text(span)
    try:
        return bool(ast.literal_eval(text) != node.value)
    except (ValueError, SyntaxError):
        return True


def _after_imports(file: PythonFile) -> int:
    """Return the byte after the imports at the top of a file, at the start of a line."""
    last: ast.stmt | None = None
    for index, statement in enumerate(file.tree.body):
        is_docstring = index == 0 and isinstance(statement, ast.Expr)
        if not is_docstring and not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        last = statement
    if last is None:
        return file.byte_map.line_start(1)
    lines = whole_lines(file, last)
    return lines.end_byte if lines is not None else own_span(file, last).end_byte
