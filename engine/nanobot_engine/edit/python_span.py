"""Where the parts of a Python definition lie, in bytes.

`ast` says where a definition and its expressions are, but not where the `@` of
a decorator, the colon of the header and the line of the body are. Between the
expressions there is only punctuation, white space and comments, so those three
are found by looking at few bytes.
"""

import ast
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.edit.errors import SourceSyntaxError
from nanobot_engine.edit.source import SourceFile

DefinitionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_BLANK: Final = rb"[ \t\f]*"
_CONTINUED_BLANK: Final = _BLANK + rb"(?:\\(?:\r\n|\r|\n)" + _BLANK + rb")*"
_SAME_LINE: Final = re.compile(_CONTINUED_BLANK)
_REST_OF_HEADER_LINE: Final = re.compile(_CONTINUED_BLANK + rb"(?:#[^\r\n]*)?(?:\r\n|\r|\n)")
_COLON: Final = re.compile(rb"(?:[^#:]|#[^\r\n]*)*?:")
_CONTINUED_LINE: Final = re.compile(_BLANK + rb"\\(?:\r\n|\r|\n)")
_LEADING_BLANK: Final = re.compile(_BLANK)

# What Python's tokenizer takes a tab for.
_TAB_SIZE_COLUMNS: Final = 8


@dataclass(frozen=True, slots=True)
class DefinitionSpan:
    """The byte offsets of one definition; `PythonDefinition` documents them."""

    start_byte: int
    end_byte: int
    header_end_byte: int
    body_start_byte: int
    body_on_header_line: bool
    indent: bytes
    body_indent: bytes


def definition_span(source: SourceFile, byte_map: ByteMap, node: DefinitionNode) -> DefinitionSpan:
    """Locate a definition.

    Raises:
        SourceEncodingError: A position can not be known in the file's encoding.
        SourceSyntaxError: The header does not look as Python's grammar says.
    """
    data = source.data
    header_byte = byte_map.offset(node.lineno, node.col_offset)
    body_start_byte = _start_of(data, byte_map, node.body[0])
    header_end_byte = _header_end(source, byte_map, node, header_byte, body_start_byte)
    indent = _leading_blank(data, byte_map.line_start(node.lineno))
    between = data[header_end_byte:body_start_byte]
    on_header_line = _SAME_LINE.fullmatch(between) is not None
    return DefinitionSpan(
        start_byte=_start_of(data, byte_map, node),
        end_byte=_end_of(byte_map, node),
        header_end_byte=header_end_byte,
        body_start_byte=body_start_byte,
        body_on_header_line=on_header_line,
        indent=indent,
        body_indent=(
            indent
            if on_header_line
            else _body_indent(data, byte_map, header_end_byte, body_start_byte)
        ),
    )


def header_line_end(data: bytes, header_end_byte: int) -> int | None:
    """Return the offset just after the newline of the header's line.

    Args:
        data: The file.
        header_end_byte: Just after the header's colon.

    Returns:
        None when a statement follows the colon on the same logical line.
    """
    rest = _REST_OF_HEADER_LINE.match(data, header_end_byte)
    return rest.end() if rest else None


def _start_of(data: bytes, byte_map: ByteMap, node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    if not decorators:
        return byte_map.offset(node.lineno, node.col_offset)
    first = decorators[0]
    end = byte_map.offset(first.lineno, first.col_offset)
    while (at := data.rfind(b"@", 0, end)) >= 0:
        line_start = byte_map.line_start(byte_map.line_at(at))
        # An `@` in a comment between `@(` and the expression has something before it.
        if not data[line_start:at].strip(b" \t\f"):
            return at
        end = at
    raise AssertionError(f"decorator without @ before byte {end}")


def _end_of(byte_map: ByteMap, node: ast.AST) -> int:
    # Every node that is passed here has positions.
    end_line: int = getattr(node, "end_lineno")  # noqa: B009 - AST does not declare it
    end_column: int = getattr(node, "end_col_offset")  # noqa: B009 - AST does not declare it
    return byte_map.offset(end_line, end_column)


def _header_end(
    source: SourceFile,
    byte_map: ByteMap,
    node: DefinitionNode,
    header_byte: int,
    body_start_byte: int,
) -> int:
    last = max((_end_of(byte_map, part) for part in _header_parts(node)), default=header_byte)
    colon = _COLON.match(source.data, last, body_start_byte)
    if colon is None:
        raise SourceSyntaxError(source.path, node.lineno, f"no colon after {node.name}")
    return colon.end()


def _header_parts(node: DefinitionNode) -> list[ast.AST]:
    """Return every part of a header that may contain a colon of its own."""
    # From Python 3.12 on; an empty list before.
    parts: list[ast.AST] = list(getattr(node, "type_params", []))
    if isinstance(node, ast.ClassDef):
        return [*parts, *node.bases, *node.keywords]
    arguments = node.args
    optional = [arguments.vararg, arguments.kwarg, node.returns, *arguments.kw_defaults]
    parts += [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    parts += arguments.defaults
    parts += [part for part in optional if part is not None]
    return parts


def _body_indent(
    data: bytes, byte_map: ByteMap, header_end_byte: int, body_start_byte: int
) -> bytes:
    """Return the white space that decides the level of the body.

    Usually that of the first statement's line. After lines that hold only a
    backslash it is the first of them that is indented at all (CPython's tokenizer).
    """
    line = byte_map.line_at(body_start_byte)
    header_line = byte_map.line_at(header_end_byte)
    indent = _leading_blank(data, byte_map.line_start(line))
    while line - 1 > header_line:
        line -= 1
        start = byte_map.line_start(line)
        if not _CONTINUED_LINE.match(data, start):
            break
        # For such a line the tokenizer counts columns, so a plain tab would not be
        # the same level, and spaces are.
        indent = (_leading_blank(data, start) or indent).expandtabs(_TAB_SIZE_COLUMNS)
    return indent


def _leading_blank(data: bytes, line_start: int) -> bytes:
    blank = _LEADING_BLANK.match(data, line_start)
    assert blank is not None  # It matches the empty string.
    # A form feed sets the column back to 0.
    return blank[0].rpartition(b"\f")[2]
