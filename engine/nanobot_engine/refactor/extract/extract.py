"""Extract statements to a function, or an expression to a variable or constant."""

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
from nanobot_engine.refactor.identifier import check_identifier
from nanobot_engine.refactor.refactoring import Parameter, ParameterKind
from nanobot_engine.refactor.source.evaluation import check_evaluated, unchanged
from nanobot_engine.refactor.source.statement import own_span, whole_lines

_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_OWN_SCOPE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_BINDING: Final = frozenset({Role.STORE, Role.PARAMETER, Role.DEFINITION, Role.IMPORT, Role.DELETE})


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
        file = _file(codebase, arguments["module"])
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
        assert isinstance(node, _FunctionNode), "the scope of a function"
        self.function = node
        self._flow = self._analysed()

    def _function_scope(self) -> Scope:
        inside = [
            scope
            for node, scope in self._file.names.scope_by_node.items()
            if isinstance(node, _FunctionNode)
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
            and o.role in _BINDING
            and not self._is_inside(o)
            and (o.span.start_byte < self.span.start_byte or self._is_in_loop())
            for o in self._own_names()
        )

    def _is_output(self, occurrence: NameOccurrence) -> bool:
        is_later = occurrence.span.start_byte >= self.span.end_byte or self._is_in_loop()
        return is_later and any(
            o.name == occurrence.name and o.role in _BINDING and self._is_inside(o)
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
                if isinstance(site.node, _FunctionNode)
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
        file, name = _file(codebase, arguments["module"]), arguments["new_name"]
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


def _file(codebase: Codebase, path: str) -> PythonFile:
    file = codebase.project.file(path) if path in codebase.project.modules.paths else None
    if file is None:
        raise ArgumentError(f"{path}: is no Python file that can be read")
    return file


def _split(written: str) -> tuple[str, str]:
    path, _, name = written.partition("::")
    return path, name


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
        if not isinstance(one, _OWN_SCOPE):
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
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While, *_OWN_SCOPE)):
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
        is_bound = occurrence.name in names and is_between and occurrence.role in _BINDING
        if is_bound and occurrence.bound() is scope.lookup(occurrence.name):
            line = file.line(occurrence.span.start_byte)
            raise UnsafeError(f"{file.path}:{line}: {occurrence.name!r} changes in between")


def _common_statement(function: _FunctionNode, found: list[ast.expr]) -> ast.stmt:
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
        if len(below) != 1 or isinstance(holders[0], _OWN_SCOPE):
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
