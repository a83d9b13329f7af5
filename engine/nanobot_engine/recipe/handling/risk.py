"""Places of a Python file where something can fail and nobody handles it.

A place is a run of neighbouring statements that a `try` can go around without changing
what the code does: whole lines, no `yield`, not in an `except` or `finally`, short enough
that the message of the handler is about what is inside.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python import PythonFile, Span
from nanobot_engine.python.scope import NameOccurrence, Role
from nanobot_engine.recipe.handling.failure import (
    FAILURE_BY_FUNCTION,
    FAILURE_BY_PATH_METHOD,
    OPEN_SOMEHOW,
    OPEN_TO_READ,
    OPEN_TO_WRITE,
    OPENING,
    READS_AND_WRITES,
    Failure,
    may_handle,
)
from nanobot_engine.recipe.handling.outside_text import Origin, origin
from nanobot_engine.recipe.python_function import Function, functions

HandledCalls: TypeAlias = dict[str, set[str | None]]
"""What is caught around calls, by the name of what is called: the last parts of the names
of exceptions, None for everything."""

_LINES_MAX: Final = 14
"""Of a place. A handler far from what it handles tells little."""
_FAILURES_MAX: Final = 3
"""Of neighbours that share a handler: its message names each."""

_COMPOUND: Final = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Match,
)  # fmt: skip
_NESTED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_SIMPLE: Final = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Delete)

# Python calls these where a log line helps nobody, or while objects are half gone.
_LEFT_ALONE: Final = frozenset(
    {"__del__", "__repr__", "__str__", "__hash__", "__eq__", "__bool__", "__len__", "__getattr__"}
)
_REST_OF_LINE: Final = re.compile(rb"[ \t]*(?:#[^\r\n]*)?(?=\r\n|\r|\n|\Z)")
_BLANK: Final = re.compile(rb"[ \t]*")


@dataclass(frozen=True, slots=True, eq=False)
class Risk:
    """One call that can fail."""

    call: ast.Call
    failure: Failure
    errors: tuple[str, ...]
    """As they can be written at the place."""
    is_certain: bool
    """Whether handling is due; otherwise somebody judges the place."""


@dataclass(frozen=True, slots=True, eq=False)
class RiskyPlace:
    """Statements for one `try`."""

    qualified_name: str
    """Of the function."""
    function: Function
    statements: tuple[ast.stmt, ...]
    risks: tuple[Risk, ...]
    """At least one, in the order of the text."""
    span: Span
    """Whole lines without the last line end, indentation and trailing comment included."""
    indent: str
    holder: ast.Try | None = None
    """A `try` with nothing but a `finally` whose body this is: it can take the handler."""

    @property
    def errors(self) -> tuple[str, ...]:
        """What to catch, each once."""
        found = dict.fromkeys(error for risk in self.risks for error in risk.errors)
        return tuple(found)

    def is_expected(self, handled: HandledCalls) -> bool:
        """Tell whether somebody catches the failure where this function is called."""
        caught = handled.get(self.function.name, ())
        names = [error.rpartition(".")[2] for error in self.errors]
        return any(may_handle(one, name) for one in caught for name in names)

    @property
    def stored(self) -> frozenset[str]:
        """Names that the statements bind: they may be unbound in a handler."""
        return frozenset(
            node.id
            for statement in self.statements
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        )


def risky_places(file: PythonFile) -> list[RiskyPlace]:
    """Return the places of a file in the order of the text."""
    found = _Finder(file).places()
    return sorted(found, key=lambda place: place.span.start_byte)


@dataclass(slots=True)
class _Around:
    """What stands around a statement inside of its function."""

    qualified_name: str
    function: Function
    caught: tuple[str | None, ...] = ()
    """What is handled outside, by the last part of its name."""


@dataclass(slots=True)
class _Open:
    """A place that may still grow."""

    statements: list[ast.stmt] = field(default_factory=list)
    risks: list[Risk] = field(default_factory=list)


class _Finder:
    def __init__(self, file: PythonFile) -> None:
        self._file = file
        self._occurrences: dict[ast.AST, NameOccurrence] = {
            occurrence.node: occurrence
            for occurrence in file.names.names
            if occurrence.role is Role.LOAD
        }
        self._handled: HandledCalls = {}
        handled_calls(file.tree, self._handled)
        self._has_paths = any(
            imported.module.partition(".")[0] == "pathlib" for imported, _ in file.names.imports
        )
        self._found: list[RiskyPlace] = []

    def places(self) -> list[RiskyPlace]:
        for qualified_name, function in functions(self._file.tree):
            if function.name not in _LEFT_ALONE and not _is_stub(function):
                self._block(function.body, _Around(qualified_name, function))
        return self._found

    def _block(self, statements: Sequence[ast.stmt], around: _Around) -> None:
        place = _Open()
        for statement in statements:
            risks = self._unhandled(_own_calls(statement), around)
            if not risks:
                self._close(place, around)
                self._inside(statement, around)
            elif isinstance(statement, _COMPOUND):
                self._close(place, around)
                self._compound(statement, risks, around)
            elif isinstance(statement, _SIMPLE) and not self._grow(place, statement, risks):
                self._close(place, around)
                self._grow(place, statement, risks)
        self._close(place, around)

    def _grow(self, place: _Open, statement: ast.stmt, risks: list[Risk]) -> bool:
        """Add a statement to a place; False where it does not fit."""
        if not self._is_movable(statement):
            return True
        statements = [*place.statements, statement]
        is_sure = {risk.is_certain for risk in [*place.risks, *risks]}
        is_fit = (
            _line_count(statements) <= _LINES_MAX
            and (not place.risks or len(place.risks) + len(risks) <= _FAILURES_MAX)
            # A place is judged as a whole.
            and (not place.risks or len(is_sure) == 1)
        )
        if is_fit:
            place.statements.append(statement)
            place.risks += risks
        return is_fit

    def _compound(self, statement: ast.stmt, risks: list[Risk], around: _Around) -> None:
        """Take a statement with a block whole, where its head can fail."""
        inner = [
            risk
            for call in _all_calls(statement)
            if call not in {risk.call for risk in risks}
            for risk in self._unhandled([call], around)
            if risk.is_certain
        ]
        place = _Open()
        is_small = _line_count([statement]) <= _LINES_MAX and not _has_try(statement)
        if not isinstance(statement, ast.With | ast.AsyncWith):
            # What else the block does would be blamed on the head.
            known = {risk.call for risk in [*risks, *inner]}
            is_small &= all(one in known or _is_quiet(one) for one in _all_calls(statement))
        if is_small and self._grow(place, statement, [*risks, *inner][:_FAILURES_MAX]):
            self._close(place, around)
        else:
            self._inside(statement, around)

    def _inside(self, statement: ast.stmt, around: _Around) -> None:
        match statement:
            case ast.Try() | ast.TryStar():
                caught = tuple(name for one in statement.handlers for name in _caught(one.type))
                known = len(self._found)
                self._block(
                    statement.body,
                    _Around(around.qualified_name, around.function, (*around.caught, *caught)),
                )
                if isinstance(statement, ast.Try) and not statement.handlers:
                    self._hold(statement, known)
                # What fails in `else` leaves the statement; handlers are left alone.
                self._block(statement.orelse, around)
            case ast.With() | ast.AsyncWith():
                suppressed = tuple(_suppressed(statement))
                self._block(
                    statement.body,
                    _Around(around.qualified_name, around.function, (*around.caught, *suppressed)),
                )
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                self._block(statement.body, around)
                self._block(statement.orelse, around)
            case ast.Match():
                for one in statement.cases:
                    self._block(one.body, around)

    def _hold(self, statement: ast.Try, known: int) -> None:
        """Give a place the `try` that it is all of."""
        if len(self._found) == known + 1 and self._found[-1].statements == tuple(statement.body):
            self._found[-1] = replace(self._found[-1], holder=statement)

    def _close(self, place: _Open, around: _Around) -> None:
        if place.statements:
            first, last = place.statements[0], place.statements[-1]
            start = self._file.byte_map.line_start(first.lineno)
            rest = _REST_OF_LINE.match(self._file.source.data, self._file.span(last).end_byte)
            assert rest is not None, "a movable statement ends its line"
            indent = self._file.source.data[start : self._file.span(first).start_byte]
            self._found.append(
                RiskyPlace(
                    around.qualified_name,
                    around.function,
                    tuple(place.statements),
                    tuple(place.risks),
                    Span(start, rest.end()),
                    indent.decode("ascii"),
                )
            )
        place.statements.clear()
        place.risks.clear()

    def _is_movable(self, statement: ast.stmt) -> bool:
        """Tell whether a statement has its lines for itself, and no `yield`."""
        data = self._file.source.data
        span = self._file.span(statement)
        start = self._file.byte_map.line_start(statement.lineno)
        is_alone = (
            _BLANK.fullmatch(data[start : span.start_byte]) is not None
            and _REST_OF_LINE.match(data, span.end_byte) is not None
            and not data.startswith(b"elif", span.start_byte)
        )
        return is_alone and not any(
            isinstance(node, ast.Yield | ast.YieldFrom) for node in _walk(statement)
        )

    # What can fail

    def _unhandled(self, calls: Sequence[ast.Call], around: _Around) -> list[Risk]:
        caught = (*around.caught, *self._handled.get(around.function.name, ()))
        found = []
        for call in calls:
            risk = self._risk(call, around.function)
            if risk is None:
                continue
            names = [error.rpartition(".")[2] for error in risk.errors]
            if not any(may_handle(one, name) for one in caught for name in names):
                found.append(risk)
        return found

    def _risk(self, call: ast.Call, function_node: Function) -> Risk | None:
        function = self._function(call.func)
        failure = None
        if function in OPENING:
            failure = _opened(call)
        elif function is not None:
            failure = FAILURE_BY_FUNCTION.get(function)
        elif isinstance(call.func, ast.Attribute) and self._is_path(call.func):
            failure = FAILURE_BY_PATH_METHOD.get(call.func.attr)
        if failure is None or self._is_in_memory(call):
            return None
        is_certain = failure.is_certain
        if not is_certain:
            found = origin(call, function_node)
            if found is Origin.PROGRAM:
                return None
            is_certain = found is Origin.OUTSIDE
        errors = _written(failure, call.func, function or "")
        return Risk(call, failure, errors, is_certain) if errors else None

    def _function(self, node: ast.expr) -> str | None:
        """Return the dotted name of an imported or builtin function."""
        name = dotted_name(node)
        if name is None:
            return None
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        occurrence = self._occurrences.get(root)
        if occurrence is None:
            return None
        scope = occurrence.bound()
        if scope is None:
            return name if isinstance(node, ast.Name) else None
        imported = {
            _dotted_import(site.imported) if site.imported is not None else None
            for site in scope.sites.get(occurrence.name, ())
        }
        (only,) = imported if len(imported) == 1 else (None,)
        if only is None:
            return None
        rest = name.partition(".")[2]
        return f"{only}.{rest}" if rest else only

    def _is_in_memory(self, call: ast.Call) -> bool:
        """Tell whether what a call works on is a buffer: `ZipFile(BytesIO())`."""
        node = call.args[0] if call.args else None
        if isinstance(node, ast.Name) and node in self._occurrences:
            scope = self._occurrences[node].bound()
            sites = scope.sites.get(node.id, ()) if scope is not None else ()
            return any(_is_buffer(site.value) for site in sites)
        return _is_buffer(node)

    def _is_path(self, node: ast.Attribute) -> bool:
        if node.attr in READS_AND_WRITES:
            return True
        if not self._has_paths:
            return False
        words = (dotted_name(node.value) or "").lower().rpartition(".")[2].split("_")
        return bool({"path", "dir", "folder", "directory", "file", "filepath"} & set(words))


def _own_calls(statement: ast.stmt) -> list[ast.Call]:
    """Return the calls of a statement, of one with a block those of its head."""
    if isinstance(statement, _COMPOUND):
        heads: list[ast.AST] = []
        for name in ("test", "iter", "subject", "items"):
            part = getattr(statement, name, None)
            heads += part if isinstance(part, list) else [part] if part is not None else []
        return [node for head in heads for node in _walk(head) if isinstance(node, ast.Call)]
    return _all_calls(statement) if isinstance(statement, _SIMPLE) else []


def _all_calls(statement: ast.stmt) -> list[ast.Call]:
    return [node for node in _walk(statement) if isinstance(node, ast.Call)]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree in the order of the text without entering functions and classes."""
    stack: list[ast.AST] = [node]
    while stack:
        one = stack.pop()
        yield one
        if not isinstance(one, _NESTED):
            stack.extend(reversed(list(ast.iter_child_nodes(one))))


def _is_buffer(node: ast.expr | None) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in {"BytesIO", "StringIO"}
    return False


_QUIET: Final = frozenset(
    {
        "add", "append", "basename", "decode", "discard", "encode", "endswith", "enumerate",
        "extend", "find", "format", "get", "group", "is_dir", "is_file", "isdigit", "isinstance",
        "items", "join", "keys", "len", "list", "lower", "lstrip", "match", "partition", "range",
        "removeprefix", "removesuffix", "replace", "rpartition", "rstrip", "search", "set",
        "setdefault", "sorted", "split", "splitext", "splitlines", "startswith", "str", "strip",
        "tuple", "update", "upper", "values", "zip",
    }
)  # fmt: skip


def _is_quiet(call: ast.Call) -> bool:
    """Tell whether a call fails only by a mistake, whatever object it is of."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _QUIET
    return False


def _line_count(statements: Sequence[ast.stmt]) -> int:
    last = statements[-1]
    return (last.end_lineno or last.lineno) - statements[0].lineno + 1


def _has_try(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Try | ast.TryStar | ast.Raise) for node in _walk(statement))


def _is_stub(function: Function) -> bool:
    return all(isinstance(one, ast.Pass | ast.Expr | ast.Raise) for one in function.body) and not (
        any(isinstance(node, ast.Call) for one in function.body for node in _walk(one))
    )


def _caught(node: ast.expr | None) -> Iterator[str | None]:
    """Yield what an `except` names: last parts, None for everything, "" for the unknown."""
    match node:
        case None:
            yield None
        case ast.Tuple(elts=elements):
            for element in elements:
                yield from _caught(element)
        case _:
            yield (dotted_name(node) or "").rpartition(".")[2]


def _suppressed(statement: ast.With | ast.AsyncWith) -> Iterator[str | None]:
    for item in statement.items:
        match item.context_expr:
            case ast.Call(func=function, args=arguments):
                name = (dotted_name(function) or "").rpartition(".")[2]
                if name in {"suppress", "raises", "assertRaises", "assertRaisesMessage"}:
                    for argument in arguments:
                        yield from _caught(argument)


def handled_calls(tree: ast.Module, found: HandledCalls) -> None:
    """Add what a file handles around the functions that it calls."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try):
            continue
        caught = {name for one in node.handlers for name in _caught(one.type)}
        for statement in node.body:
            for call in ast.walk(statement):
                if isinstance(call, ast.Call):
                    name = (dotted_name(call.func) or "").rpartition(".")[2]
                    found.setdefault(name, set()).update(caught)


def _dotted_import(imported: object) -> str | None:
    level, module = getattr(imported, "level", 0), getattr(imported, "module", "")
    name, bound = getattr(imported, "name", None), getattr(imported, "bound", "")
    if level:
        return None
    if name is not None:
        return f"{module}.{name}"
    # `import a.b` binds `a`, `import a.b as c` binds `a.b`.
    return module if bound != module.partition(".")[0] else str(bound)


def _opened(call: ast.Call) -> Failure:
    modes = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    mode = call.args[1] if len(call.args) > 1 else modes[0] if modes else ast.Constant("r")
    if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str):
        return OPEN_SOMEHOW
    return OPEN_TO_WRITE if set("wax+") & set(mode.value) else OPEN_TO_READ


def _written(failure: Failure, function: ast.expr, name: str) -> tuple[str, ...]:
    """Return the exceptions as the file can name them, without those it can not."""
    found = []
    for error in failure.errors:
        if not error.startswith("."):
            found.append(error)
        elif isinstance(function, ast.Attribute) and name:
            # `sqlite3.connect` is in the module that has the error, too.
            found.append(f"{ast.unparse(function.value)}{error}")
    return tuple(found)
