"""What is selected in a Python function of an open buffer: statements, an expression, a name.

Only the function around the cursor is parsed, so a menu does not wait for a long file. What
does not parse, because it is half typed, has no selection. Whether something can really be
done is decided by the host; here only what surely can not is left out.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lsprotocol import types

from nanobot_server.lsp.action.definition_scan import Definition, qualified_name
from nanobot_server.lsp.document.text_buffer import Encoding, column, content_length

LINES_MAX: Final = 1_500
CHARS_MAX: Final = 100_000
"""Of a function. Longer ones are not parsed: the user waits for a menu."""
_DECORATOR_LINES_MAX: Final = 30
_HEADER_END: Final = re.compile(r":\s*(?:#.*)?$")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_OWN_SCOPE: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_NAMED: Final = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar),
)
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)

At = tuple[int, int]
"""A 1-based line and a column in UTF-8 bytes, as `ast` has them."""


@dataclass(frozen=True, slots=True)
class Local:
    """A variable of a function."""

    function: str
    """Qualified name, as refactorings take it: `Store.load`."""
    name: str


@dataclass(frozen=True)
class PythonSelection:
    """A range in a function. Never changes."""

    outermost: FunctionNode
    name_by_line: Mapping[int, str]
    """Qualified names of the functions around, as refactorings take them, by line of `def`."""
    lines: Sequence[str]
    """Of the whole buffer."""
    start: At
    end: At
    """Without white space at the edges; equal to `start` where nothing is selected."""

    @property
    def function(self) -> FunctionNode:
        """The innermost function around the start."""
        return self.functions[-1]

    @property
    def name(self) -> str:
        """Its qualified name."""
        return self.name_by_line[self.function.lineno]

    @property
    def is_in_header(self) -> bool:
        """It starts before the body: at decorators, the name, parameters or the result."""
        first = _start(self.function.body[0])
        if self.start >= first:
            return False
        # Comments may stand between the header and the first statement.
        last = self.function.lineno
        while last < first[0] and not _HEADER_END.search(self.lines[last - 1]):
            last += 1
        return self.start[0] <= last

    @property
    def text(self) -> str:
        """What is selected."""
        (first, start), (last, end) = self.start, self.end
        found = [line.encode() for line in self.lines[first - 1 : last]]
        found[-1] = found[-1][:end]
        found[0] = found[0][start:]
        return b"".join(found).decode()

    def statements(self) -> list[ast.stmt]:
        """Return the whole statements of one block that are selected; none if others are too."""
        first, last = self.start[0], self.end[0]
        for node in own_nodes(self.function):
            for block in _blocks(node):
                inside = [one for one in block if first <= _first_line(one) <= last]
                if not inside or _first_line(inside[0]) != self._first_code_line():
                    continue
                is_whole = self.start <= _start(inside[0]) and _end(inside[-1]) <= self.end
                if is_whole and _end(inside[-1])[0] == last:
                    return inside
        return []

    def expression(self) -> ast.expr | None:
        """Return the expression in the body that is selected, and nothing else."""
        if self.is_in_header or self.start == self.end:
            return None
        for node in self._nodes_here:
            is_value = isinstance(node, ast.expr) and not isinstance(
                getattr(node, "ctx", None), ast.Store | ast.Del
            )
            if is_value and (_start(node), _end(node)) == (self.start, self.end):
                assert isinstance(node, ast.expr)
                return node
        return None

    def literal(self) -> ast.Constant | None:
        """Return the text or number in the body that is selected, or that the cursor is in."""
        if self.is_in_header:
            return None
        documents = {id(_docstring(one)) for one in self.functions}
        for node in self._nodes_here:
            if (
                isinstance(node, ast.Constant)
                and type(node.value) in (str, int, float)
                and id(node) not in documents
                and _start(node) <= self.start
                and self.end <= _end(node)
            ):
                return node
        return None

    def parameter(self) -> ast.arg | None:
        """Return the parameter of the innermost function that the cursor is in."""
        arguments = self.function.args
        for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if _start(one) <= self.start and self.end <= _end(one):
                return one
        return None

    def called(self) -> str | None:
        """Return the plain name of the function whose call the cursor is on."""
        for node in self._nodes_here:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func
                if _start(name) <= self.start and self.end <= _end(name):
                    return name.id
        return None

    def local(self) -> Local | None:
        """Return the variable at the cursor that is set once, by a plain assignment."""
        name = next((one for one in self._nodes_here if self._is_name_here(one)), None)
        if not isinstance(name, ast.Name):
            return None
        for function in reversed(self.functions):
            bound = _bindings(function, name.id)
            if bound:
                is_set_once = len(bound) == 1 and isinstance(bound[0], ast.Assign | ast.AnnAssign)
                where = self.name_by_line[function.lineno]
                return Local(where, name.id) if is_set_once else None
        return None

    def binds(self, name: str) -> bool:
        """Tell whether a function around binds a name: its own or an outer one's."""
        return any(_bindings(function, name) for function in self.functions)

    def _is_name_here(self, node: ast.AST) -> bool:
        is_here = isinstance(node, ast.Name) and _start(node) <= self.start
        return is_here and self.end <= _end(node)

    @cached_property
    def functions(self) -> Sequence[FunctionNode]:
        """The functions around the start, outer before inner."""
        return [
            node
            for node in self._nodes_here
            if isinstance(node, _FUNCTIONS) and node.lineno in self.name_by_line
        ]

    @cached_property
    def _nodes_here(self) -> Sequence[ast.AST]:
        """What is on the lines of the start, outer before inner.

        Without the insides of f-strings: they have no places.
        """
        line = self.start[0]
        found: list[ast.AST] = []
        stack: list[ast.AST] = [self.outermost]
        while stack:
            node = stack.pop()
            last = getattr(node, "end_lineno", None)
            if last is not None and not _first_line(node) <= line <= last:
                continue
            found.append(node)
            if not isinstance(node, ast.JoinedStr):
                stack.extend(reversed(list(ast.iter_child_nodes(node))))
        return found

    def _first_code_line(self) -> int:
        """Return the first selected line that is more than a comment."""
        line = self.start[0]
        while line < self.end[0] and self.lines[line - 1].lstrip()[:1] in ("", "#"):
            line += 1
        return line


def selection_of(
    lines: Sequence[str], around: Sequence[Definition], where: types.Range, encoding: Encoding
) -> PythonSelection | None:
    """Return what is selected in the outermost function around the start of a range.

    Args:
        lines: Of the buffer, with their ends.
        around: The definitions that hold the start, outer before inner.
        where: In the units of the editor.
        encoding: These units.
    """
    outermost = next((one for one in around if not one.is_class), None)
    if outermost is None or not 0 <= where.start.line <= where.end.line < len(lines):
        return None
    function = _parsed(lines, outermost)
    if function is None:
        return None
    start, end = _trimmed(lines, _at(lines, where.start, encoding), _at(lines, where.end, encoding))
    names = {
        one.line + 1: qualified_name(around[: number + 1]).replace(".<locals>.", ".")
        for number, one in enumerate(around)
        if not one.is_class
    }
    found = PythonSelection(function, names, lines, start, end)
    if not found.functions:
        # An empty line between decorators and what was found is a text half typed.
        return None
    return found


def why_not_extracted(statements: Sequence[ast.stmt]) -> str:
    """Return why statements can not become a function of their own; empty when they may."""
    nodes = [node for one in statements for node in own_nodes(one)]
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes):
        return "the lines yield"
    if any(isinstance(node, ast.Return) for node in nodes) and not _always_leaves(statements):
        return "the lines return only sometimes"
    if any(_jumps_out(one) for one in statements):
        return "break or continue would leave the lines"
    return ""


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is inside, without the insides of functions and classes below it."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        if one is node or not isinstance(one, _OWN_SCOPE):
            stack.extend(ast.iter_child_nodes(one))


def _parsed(lines: Sequence[str], definition: Definition) -> FunctionNode | None:
    first = _first_decorator(lines, definition)
    found = lines[first : definition.end_line + 1]
    if len(found) > LINES_MAX or sum(map(len, found)) > CHARS_MAX:
        return None
    # What is indented parses below a line that opens a block.
    opening = "if 1:\n" if definition.indent else "\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(opening + "".join(found))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    ast.increment_lineno(tree, first - 1)
    for node in tree.body:
        block = node.body if definition.indent and isinstance(node, ast.If) else [node]
        for one in block:
            if isinstance(one, _FUNCTIONS) and one.lineno == definition.line + 1:
                return one
    return None


def _first_decorator(lines: Sequence[str], definition: Definition) -> int:
    """Return the first line of the decorators of a definition, or its own."""
    first, at = definition.line, definition.line - 1
    while at >= 0 and first - at <= _DECORATOR_LINES_MAX:
        text = lines[at].rstrip("\r\n").expandtabs()
        content = text.lstrip()
        indent = len(text) - len(content)
        if content.startswith("@") and indent == definition.indent:
            first = at
        elif not (indent > definition.indent or content.startswith((")", "]", "}"))):
            break
        at -= 1
    return first


def _at(lines: Sequence[str], position: types.Position, encoding: Encoding) -> At:
    line = lines[position.line]
    found = column(line, max(0, position.character), encoding)
    return position.line, content_length(line) if found is None else found


def _trimmed(lines: Sequence[str], start: At, end: At) -> tuple[At, At]:
    """Return a range without white space at its edges, in lines from 1 and bytes.

    Args:
        lines: Of the buffer.
        start: 0-based line, and column in code points.
        end: The same.
    """
    (first, left), (last, right) = start, end
    if start != end:
        while (first, left) < (last, right) and not lines[first][left:].strip():
            first, left = first + 1, 0
        while (first, left) < (last, right) and not lines[last][:right].strip():
            last -= 1
            right = content_length(lines[last])
        if (first, left) < (last, right):
            left += len(lines[first][left:]) - len(lines[first][left:].lstrip())
            right = len(lines[last][:right].rstrip())
        else:
            (first, left), (last, right) = start, start
    return (
        (first + 1, len(lines[first][:left].encode())),
        (last + 1, len(lines[last][:right].encode())),
    )


def _start(node: ast.expr | ast.stmt | ast.arg | ast.AST) -> At:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> At:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


def _first_line(node: ast.AST) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    line: int = getattr(node, "lineno", 0)
    return decorators[0].lineno if decorators else line


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block


def _docstring(function: FunctionNode) -> ast.expr | None:
    match function.body[0]:
        case ast.Expr(value=ast.Constant(value=str()) as value):
            return value
    return None


def _bindings(function: FunctionNode, name: str) -> list[ast.AST]:
    """Return what binds a name in a function: an assignment for a plain one, else anything."""
    found: list[ast.AST] = []
    plain: dict[int, ast.AST] = {}
    for node in own_nodes(function):
        match node:
            case ast.Assign(targets=[ast.Name() as target]):
                plain[id(target)] = node
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr()):
                plain[id(target)] = node
        if node is not function and name in _bound(node):
            found.append(plain.get(id(node), node))
    return found


def _bound(node: ast.AST) -> Sequence[str | None]:
    """Return the names that a node itself binds, or says to be bound elsewhere."""
    match node:
        case ast.Name(id=bound, ctx=ast.Store() | ast.Del()) | ast.arg(arg=bound):
            return [bound]
        case ast.alias(name=bound, asname=None):
            return [bound.partition(".")[0]]
        case ast.alias(asname=bound) | ast.MatchMapping(rest=bound):
            return [bound]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
    if isinstance(node, _NAMED):
        return [node.name]
    return []


def _always_leaves(statements: Sequence[ast.stmt]) -> bool:
    match statements[-1]:
        case ast.Return() | ast.Raise():
            return True
        case ast.If(body=body, orelse=orelse) if orelse:
            return _always_leaves(body) and _always_leaves(orelse)
    return False


def _jumps_out(node: ast.AST) -> bool:
    """Tell whether a `break` or `continue` leads out of a statement."""
    if isinstance(node, ast.Break | ast.Continue):
        return True
    if isinstance(node, (*_LOOPS, *_OWN_SCOPE)):
        return any(_jumps_out(one) for one in getattr(node, "orelse", []))
    return any(_jumps_out(one) for one in ast.iter_child_nodes(node))
