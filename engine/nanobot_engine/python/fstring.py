"""Where the expressions of f-strings and quoted annotations really are.

Before Python 3.12 `ast` places what stands inside of an f-string by searching for
its text, which is wrong as soon as the string has several lines or says the same
twice. Names inside of quoted annotations have no place at all. Here both are
parsed again from their own bytes and put back into the tree, so that every name in
it stands where its position says.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LITERAL: Final = re.compile(r"([rRbBfFuU]{0,2})(\"\"\"|'''|\"|')")
_BETWEEN_LITERALS: Final = re.compile(r"(?:[ \t\f\n]|\\\n|#[^\n]*)*")
_CONVERSION: Final = re.compile(r"![rsa]\s*(?=[:}])")
# What makes a type of types where no annotation stands: `Json = Union["Json", str]`.
_TYPE_FORMS: Final = frozenset(
    {
        "Union", "Optional", "Callable", "Type", "List", "Dict", "Tuple", "Set", "FrozenSet",
        "Sequence", "MutableSequence", "Iterable", "Iterator", "Mapping", "MutableMapping",
        "Awaitable", "Coroutine", "Generator", "AsyncIterable", "AsyncIterator", "AsyncGenerator",
        "ClassVar", "Final", "DefaultDict", "OrderedDict", "Collection",
    }
)  # fmt: skip
_OPENING: Final = "([{"
_CLOSING: Final = ")]}"
# What nests deeper is no text that people write.
_DEPTH_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class _Expression:
    """The text of one replacement field, without conversion and format."""

    start: int
    end: int


class SourceText:
    """A decoded file whose lines end in a newline only, as `ast` counts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def index(self, line: int, column_utf8: int) -> int:
        """Return the index of a character from a position of `ast`."""
        start = self._line_starts[line - 1]
        line_text = self.text[start : start + column_utf8]
        if line_text.isascii():
            return start + column_utf8
        return start + len(line_text.encode()[:column_utf8].decode())

    def position(self, index: int) -> tuple[int, int]:
        """Return line (1-based) and column in UTF-8 bytes of a character."""
        low, high = 0, len(self._line_starts)
        while low + 1 < high:
            middle = (low + high) // 2
            if self._line_starts[middle] <= index:
                low = middle
            else:
                high = middle
        return low + 1, len(self.text[self._line_starts[low] : index].encode())


def place_strings(tree: ast.Module, text: SourceText) -> None:
    """Replace what stands in f-strings and quoted annotations by trees with true positions.

    What can not be placed (escapes in a quoted annotation, say) stays as it was.
    """
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.JoinedStr):
            _place_joined(node, text, depth=0)
    for node in list(ast.walk(tree)):
        _place_annotations(node, text)


def _place_joined(node: ast.JoinedStr, text: SourceText, *, depth: int) -> None:
    if node.end_lineno is None or node.end_col_offset is None or depth > _DEPTH_MAX:
        return
    start = text.index(node.lineno, node.col_offset)
    end = text.index(node.end_lineno, node.end_col_offset)
    fields = list(_fields(node))
    try:
        expressions = list(_expressions(text.text, start, end))
    except _UnplaceableError:
        return
    if len(fields) != len(expressions):
        return
    for field, expression in zip(fields, expressions, strict=True):
        placed = placed_expression(text, expression.start, expression.end)
        if placed is None:
            continue
        field.value = placed
        for inner in ast.walk(placed):
            if isinstance(inner, ast.JoinedStr):
                _place_joined(inner, text, depth=depth + 1)


def _fields(node: ast.JoinedStr) -> Iterator[ast.FormattedValue]:
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            yield value
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _fields(value.format_spec)


class _UnplaceableError(Exception):
    """The text is not laid out as this module understands it."""


def _expressions(text: str, start: int, end: int) -> Iterator[_Expression]:
    """Yield the replacement fields of adjacent string literals, in order."""
    position = start
    while position < end:
        literal = _LITERAL.match(text, position)
        if literal is None:
            raise _UnplaceableError
        prefix, quote = literal[1].lower(), literal[2]
        position = literal.end()
        if "f" in prefix:
            body = _formatted_end(text, position, end, quote, is_raw="r" in prefix)
            yield from body.expressions
            position = body.end
        else:
            position = _plain_end(text, position, end, quote)
        between = _BETWEEN_LITERALS.match(text, position)
        assert between is not None, "the pattern matches nothing, too"
        position = between.end()


@dataclass(frozen=True, slots=True)
class _Body:
    expressions: list[_Expression]
    end: int


def _plain_end(text: str, position: int, end: int, quote: str) -> int:
    while position < end:
        if text.startswith(quote, position):
            return position + len(quote)
        # A backslash keeps the quote after it out of the end, in raw strings too.
        position += 2 if text[position] == "\\" else 1
    raise _UnplaceableError


def _formatted_end(text: str, position: int, end: int, quote: str, *, is_raw: bool) -> _Body:
    expressions: list[_Expression] = []
    while position < end:
        if text.startswith(quote, position):
            return _Body(expressions, position + len(quote))
        if text.startswith(("{{", "}}"), position):
            position += 2
        elif text.startswith("\\N{", position) and not is_raw:
            position = text.index("}", position) + 1
        elif text[position] == "\\":
            position += 2
        elif text[position] == "{":
            position = _field(text, position + 1, end, expressions)
        else:
            position += 1
    raise _UnplaceableError


def _field(text: str, position: int, end: int, expressions: list[_Expression]) -> int:
    """Read a replacement field from just after its brace; return the index after it."""
    start = position
    position = _expression_end(text, position, end)
    stop = position
    if text[position] == "=":
        # `{value=}` shows the text of the expression too.
        position = _skip_blank(text, position + 1)
    expressions.append(_Expression(start, stop))
    conversion = _CONVERSION.match(text, position)
    if conversion is not None:
        position = conversion.end()
    if text[position] == ":":
        position += 1
        while position < end and text[position] != "}":
            if text[position] == "{":
                position = _field(text, position + 1, end, expressions)
            else:
                position += 1
    if position >= end or text[position] != "}":
        raise _UnplaceableError
    return position + 1


def _expression_end(text: str, position: int, end: int) -> int:
    """Return the index of the `}`, `!`, `:` or `=` that ends an expression."""
    depth = 0
    while position < end:
        character = text[position]
        if character in "'\"":
            literal = _LITERAL.match(text, position)
            assert literal is not None, "it starts with a quote"
            position = _plain_end(text, literal.end(), end, literal[2])
            continue
        if depth == 0:
            if character in "}:":
                return position
            if character in "!=" and text[position + 1] != "=":
                return position
            if character in "!=<>":
                # A comparison: both its characters belong to the expression.
                position += 2 if text[position + 1] == "=" else 1
                continue
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        position += 1
    raise _UnplaceableError


def _skip_blank(text: str, position: int) -> int:
    while text[position] in " \t\n":
        position += 1
    return position


def placed_expression(text: SourceText, start: int, end: int) -> ast.expr | None:
    """Parse `text[start:end]` as an expression whose positions are those in the file.

    Returns:
        None when it does not parse.
    """
    # The bracket makes line breaks and leading blanks mean nothing.
    try:
        parsed = ast.parse("(" + text.text[start:end] + "\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    line, column = text.position(start)
    for node in ast.walk(parsed):
        if isinstance(node, ast.expr | ast.keyword | ast.arg):
            _move(node, line, column)
    return parsed


def _move(node: ast.expr | ast.keyword | ast.arg, line: int, column: int) -> None:
    # Minus one: the bracket before the expression.
    if node.lineno == 1:
        node.col_offset += column - 1
    if node.end_lineno == 1 and node.end_col_offset is not None:
        node.end_col_offset += column - 1
    node.lineno += line - 1
    if node.end_lineno is not None:
        node.end_lineno += line - 1


def _place_annotations(node: ast.AST, text: SourceText) -> None:
    match node:
        case ast.arg(annotation=ast.expr() as annotation):
            node.annotation = _placed_annotation(annotation, text)
        case ast.AnnAssign(annotation=annotation):
            node.annotation = _placed_annotation(annotation, text)
        case ast.FunctionDef(returns=ast.expr() as returns):
            node.returns = _placed_annotation(returns, text)
        case ast.AsyncFunctionDef(returns=ast.expr() as returns):
            node.returns = _placed_annotation(returns, text)
        case ast.Subscript(value=value) if _last_name(value) in _TYPE_FORMS:
            _placed_annotation(node, text)
        case ast.Call(func=function, args=[first, *_]) if _last_name(function) == "cast":
            node.args[0] = _placed_annotation(first, text)
        case ast.Call(func=function) if _last_name(function) == "TypeVar":
            for keyword in node.keywords:
                if keyword.arg == "bound":
                    keyword.value = _placed_annotation(keyword.value, text)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _placed_annotation(node: ast.expr, text: SourceText) -> ast.expr:
    """Return an annotation with its quoted parts parsed; `Literal["a"]` is not quoted."""
    match node:
        case ast.Constant(value=str()):
            return _placed_quoted(node, text) or node
        case ast.Subscript(value=value, slice=inner):
            name = _last_name(value)
            if name == "Annotated" and isinstance(inner, ast.Tuple) and inner.elts:
                inner.elts[0] = _placed_annotation(inner.elts[0], text)
            elif name != "Literal":
                node.slice = _placed_annotation(inner, text)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            elements[:] = [_placed_annotation(element, text) for element in elements]
        case ast.BinOp(left=left, right=right):
            node.left = _placed_annotation(left, text)
            node.right = _placed_annotation(right, text)
    return node


def _placed_quoted(node: ast.Constant, text: SourceText) -> ast.expr | None:
    if node.end_lineno is None or node.end_col_offset is None:
        return None
    start = text.index(node.lineno, node.col_offset)
    end = text.index(node.end_lineno, node.end_col_offset)
    literal = _LITERAL.match(text.text, start, end)
    if literal is None:
        return None
    inner_start, inner_end = literal.end(), end - len(literal[2])
    # Escapes and adjacent literals would make the text another one.
    if text.text[inner_start:inner_end] != node.value:
        return None
    return placed_expression(text, inner_start, inner_end)
