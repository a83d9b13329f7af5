"""Extract statements to a function, which is called in their place."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python import PythonFile, Scope, ScopeKind, Span
from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.scope import NameOccurrence, Role
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
from nanobot_engine.refactor.source.statement import own_span, whole_lines


class ExtractFunction:
    """See the module docstring. Stateless: safe to share."""

    name: Final = "extract function"
    summary: Final = "Turn some lines of a function into a function of their own, and call it"
    parameters: Final = (
        Parameter("module", ParameterKind.MODULE, "the file"),
        Parameter("lines", ParameterKind.TEXT, "first and last line, as `10-14`"),
        Parameter("new_name", ParameterKind.NAME, "the name of the new function"),
    )

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """See `Refactoring.plan`."""
        file = python_file(codebase, arguments["module"])
        name = arguments["new_name"]
        check_identifier(name)
        first, last = _lines(arguments["lines"])
        part = _Part(file, _statements(file, first, last))
        if part.owner().lookup(name) is not None:
            raise UnsafeError(f"{file.path}: {name!r} means something else there already")
        builder = ChangeBuilder(codebase.project, codebase.data_by_path)
        builder.replace(file, part.span, part.call(name), f"call of {name}")
        place, text = part.definition(name)
        builder.replace(file, Span(place, place), text, f"the new function {name}")
        return builder.build(f"extract {name} from {part.function.name}")


@dataclass(frozen=True, slots=True)
class _Flow:
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    returns: bool


class _Part:
    """Some statements of one block in a function."""

    def __init__(self, file: PythonFile, statements: list[ast.stmt]) -> None:
        self._file = file
        self._statements = statements
        lines = [whole_lines(file, one) for one in statements]
        if any(one is None for one in lines):
            raise UnsafeError(f"{file.path}: a line holds several statements; split it first")
        own = own_span(file, statements[0])
        self.span = Span(own.start_byte, own_span(file, statements[-1]).end_byte)
        self._scope = self._function_scope()
        node = self._scope.node
        assert isinstance(node, FunctionNode), "the scope of a function"
        self.function = node
        self._flow = self._analysed()

    def _function_scope(self) -> Scope:
        inside = [
            scope
            for node, scope in self._file.names.scope_by_node.items()
            if isinstance(node, FunctionNode)
            and own_span(self._file, node).start_byte < self.span.start_byte
            and own_span(self._file, node).end_byte >= self.span.end_byte
        ]
        if not inside:
            raise ArgumentError(f"{self._file.path}: the lines are not inside of a function")
        return max(inside, key=lambda scope: own_span(self._file, scope.node).start_byte)  # type: ignore[arg-type] # a function

    def owner(self) -> Scope:
        """Return the scope in which the new function is defined."""
        scope = self._scope.parent
        while scope is not None and scope.kind is ScopeKind.CLASS and not self._is_method():
            scope = scope.parent
        assert scope is not None, "a function is in a module"
        return scope

    def _is_method(self) -> bool:
        """Tell whether the new function is a method: it needs the object."""
        parent = self._scope.parent
        arguments = self.function.args
        first = next(iter([*arguments.posonlyargs, *arguments.args]), None)
        return (
            parent is not None
            and parent.kind is ScopeKind.CLASS
            and first is not None
            and not {"staticmethod", "classmethod"} & decorator_names(self.function)
            and first.arg in self._flow.inputs
        )

    # What flows in and out

    def _analysed(self) -> _Flow:
        nodes = [node for statement in self._statements for node in _own(statement)]
        returns = any(isinstance(node, ast.Return) for node in nodes)
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes):
            raise UnsafeError(f"{self._file.path}: the lines yield; that stays in the generator")
        if returns and not _always_returns(self._statements):
            raise UnsafeError(f"{self._file.path}: the lines return only sometimes")
        if any(_leaves(statement) for statement in self._statements):
            raise UnsafeError(f"{self._file.path}: break or continue would leave the lines")
        inputs: list[str] = []
        outputs: list[str] = []
        for occurrence in self._own_names():
            name, is_inside = occurrence.name, self._is_inside(occurrence)
            if is_inside and occurrence.role is Role.LOAD and self._is_bound_outside(name):
                inputs.append(name)
            if not is_inside and occurrence.role is Role.LOAD and self._is_output(occurrence):
                outputs.append(name)
        # A value that is only set sometimes must come in to go out.
        inputs += [
            name
            for name in dict.fromkeys(outputs)
            if self._is_bound_outside(name) and not self._is_always_set(name)
        ]
        order = {one.name: index for index, one in reversed(list(enumerate(self._own_names())))}
        return _Flow(
            tuple(sorted(set(inputs), key=order.__getitem__)),
            tuple(sorted(set(outputs), key=order.__getitem__)),
            returns,
        )

    def _own_names(self) -> list[NameOccurrence]:
        """Return the occurrences of the function's own names, nested functions included."""
        return [o for o in self._file.names.names if o.bound() is self._scope]

    def _is_inside(self, occurrence: NameOccurrence) -> bool:
        return self.span.start_byte <= occurrence.span.start_byte < self.span.end_byte

    def _is_bound_outside(self, name: str) -> bool:
        """Tell whether a name can have a value when the lines start."""
        return any(
            o.name == name
            and o.role in BINDING
            and not self._is_inside(o)
            and (o.span.start_byte < self.span.start_byte or self._is_in_loop())
            for o in self._own_names()
        )

    def _is_output(self, occurrence: NameOccurrence) -> bool:
        is_later = occurrence.span.start_byte >= self.span.end_byte or self._is_in_loop()
        return is_later and any(
            o.name == occurrence.name and o.role in BINDING and self._is_inside(o)
            for o in self._own_names()
        )

    def _is_always_set(self, name: str) -> bool:
        return any(
            isinstance(target, ast.Name) and target.id == name
            for statement in self._statements
            if isinstance(statement, ast.Assign)
            for target in statement.targets
        )

    def _is_in_loop(self) -> bool:
        return any(
            isinstance(node, ast.For | ast.AsyncFor | ast.While)
            and self._statements[0] in list(ast.walk(node))
            and node is not self._statements[0]
            for node in ast.walk(self.function)
        )

    # What is written

    def _receiver(self) -> str | None:
        return self.function.args.args[0].arg if self._is_method() else None

    def call(self, name: str) -> str:
        """Return the statement that stands where the lines stood."""
        receiver = self._receiver()
        arguments = [one for one in self._flow.inputs if one != receiver]
        called = f"{receiver}.{name}" if receiver else name
        text = f"{called}({', '.join(arguments)})"
        if self._is_async():
            text = f"await {text}"
        if self._flow.returns:
            return f"return {text}"
        if self._flow.outputs:
            return f"{', '.join(self._flow.outputs)} = {text}"
        return text

    def _is_async(self) -> bool:
        waiting = (ast.Await, ast.AsyncFor, ast.AsyncWith)
        return any(isinstance(node, waiting) for one in self._statements for node in _own(one))

    def definition(self, name: str) -> tuple[int, str]:
        """Return where the new function goes, and its text."""
        file, unit = self._file, self._file.source.indent_unit
        outer: ast.stmt = self.function
        while not self._is_method() and self._is_nested(outer):
            outer = self._around(outer)
        margin = " " * 0
        start = file.byte_map.line_start(file.line(own_span(file, outer).start_byte))
        margin = file.text(Span(start, own_span(file, outer).start_byte))
        head = "async def" if self._is_async() else "def"
        body = self._body(margin + unit)
        if not self._flow.returns and self._flow.outputs:
            body += f"\n{margin}{unit}return {', '.join(self._flow.outputs)}"
        signature = f"{margin}{head} {name}({', '.join(self._flow.inputs)}):"
        end = own_span(file, outer).end_byte
        gap = "\n\n" if margin else "\n\n\n"
        return end, f"{gap}{signature}\n{body}"

    def _is_nested(self, node: ast.stmt) -> bool:
        return node not in self._file.tree.body

    def _around(self, node: ast.stmt) -> ast.stmt:
        """Return the statement of the module's top level that holds another one."""
        return next(one for one in self._file.tree.body if node in list(ast.walk(one)))

    def _body(self, margin: str) -> str:
        """Return the lines with another indentation."""
        file = self._file
        start = file.byte_map.line_start(file.line(self.span.start_byte))
        old = file.text(Span(start, self.span.start_byte))
        lines = file.text(Span(start, self.span.end_byte)).replace("\r\n", "\n").split("\n")
        fixed = _string_lines(self._statements)
        first = file.line(start)
        return "\n".join(
            line if first + index in fixed or not line.strip() else margin + line.removeprefix(old)
            for index, line in enumerate(lines)
        )


def _lines(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    try:
        return int(first), int(last or first)
    except ValueError as error:
        raise ArgumentError(f"{text!r}: write the lines as 10-14") from error


def _statements(file: PythonFile, first: int, last: int) -> list[ast.stmt]:
    """Return the statements of one block that fill some lines."""
    for parent in ast.walk(file.tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if not isinstance(block, list):
                continue
            inside = [
                one
                for one in block
                if isinstance(one, ast.stmt)
                and first <= one.lineno
                and (one.end_lineno or 0) <= last
            ]
            if (
                inside
                and inside[0].lineno - first <= 2
                and last - (inside[-1].end_lineno or 0) <= 2
            ):
                return inside
    raise ArgumentError(f"{file.path}:{first}-{last}: give the lines of whole statements")


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is inside, without nested functions and classes."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        if not isinstance(one, OWN_SCOPE):
            stack.extend(ast.iter_child_nodes(one))


def _always_returns(statements: list[ast.stmt]) -> bool:
    last = statements[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return True
    return (
        isinstance(last, ast.If)
        and bool(last.orelse)
        and all(_always_returns(block) for block in (last.body, last.orelse))
    )


def _leaves(node: ast.AST) -> bool:
    """Tell whether a `break` or `continue` leads out of a statement."""
    if isinstance(node, ast.Break | ast.Continue):
        return True
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While, *OWN_SCOPE)):
        return any(_leaves(one) for one in getattr(node, "orelse", []))
    return any(_leaves(one) for one in ast.iter_child_nodes(node))


def _string_lines(statements: list[ast.stmt]) -> set[int]:
    """Return the lines that start inside of a string."""
    found: set[int] = set()
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
                is_text = isinstance(node, ast.JoinedStr) or isinstance(node.value, str | bytes)
                if is_text:
                    found.update(range(node.lineno + 1, node.end_lineno + 1))
    return found
