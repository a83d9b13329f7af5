"""Where statements of a file begin and end as lines, with what belongs to them.

Moving or removing a definition takes its decorators and the comment right above
it along, and leaves the blank lines around it as a reader expects them.
"""

import ast
import re
from collections.abc import Sequence
from typing import Final

from nanobot_engine.python import PythonFile, Span

_COMMENT_LINE: Final = re.compile(rb"[ \t\f]*#[^\r\n]*(?:\r\n|\r|\n)")
_BLANK_LINES: Final = re.compile(rb"(?:[ \t\f]*(?:\r\n|\r|\n))*")
_REST_OF_LINE: Final = re.compile(rb"[ \t\f]*(?:;|(?:#[^\r\n]*)?(?:\r\n|\r|\n|\Z))")
_BEFORE_ON_LINE: Final = re.compile(rb"[ \t\f]*\Z")


def own_span(file: PythonFile, node: ast.stmt) -> Span:
    """Return the bytes of a statement from its first decorator to its last token."""
    span = file.span(node)
    decorators = getattr(node, "decorator_list", [])
    start = span.start_byte
    if decorators:
        first = file.span(decorators[0]).start_byte
        # Between the `@` and the decorator there are only blanks.
        start = file.source.data.rindex(b"@", 0, first)
    return Span(start, span.end_byte)


def whole_lines(file: PythonFile, node: ast.stmt) -> Span | None:
    """Return the lines of a statement, with the comment right above it.

    Returns:
        None when it shares a line with another statement.
    """
    data = file.source.data
    own = own_span(file, node)
    start = file.byte_map.line_start(file.line(own.start_byte))
    rest = _REST_OF_LINE.match(data, own.end_byte)
    if not _BEFORE_ON_LINE.fullmatch(data[start : own.start_byte]) or rest is None:
        return None
    if rest[0].lstrip().startswith(b";"):
        return None
    return Span(_with_comment(file, start), rest.end())


def _with_comment(file: PythonFile, start: int) -> int:
    """Return where the comment lines right above a line start."""
    first = file.line(start)
    indent = _indent(file, start)
    while first > 1:
        above = file.byte_map.line_start(first - 1)
        line = file.source.data[above:start]
        # A comment of another level, `#!` and a coding line belong to something else.
        is_comment = _COMMENT_LINE.fullmatch(line) is not None and _indent(file, above) == indent
        if not is_comment or (first <= 3 and _is_header(file, above, line)):
            break
        start, first = above, first - 1
    return start


def _is_header(file: PythonFile, above: int, line: bytes) -> bool:
    is_first = above <= file.byte_map.line_start(1)
    return (is_first and line.startswith(b"#!")) or b"coding" in line


def _indent(file: PythonFile, start: int) -> bytes:
    data = file.source.data
    end = start
    while data[end : end + 1] in {b" ", b"\t"}:
        end += 1
    return data[start:end]


def removal(file: PythonFile, node: ast.stmt) -> Span | None:
    """Return what to delete so that a statement is gone and the blank lines look right.

    Returns:
        None when the statement shares a line with another one.
    """
    spans = removals(file, [node])
    return spans[0] if spans else None


def removals(file: PythonFile, nodes: Sequence[ast.stmt]) -> list[Span]:
    """Return what to delete so that statements of one block are gone.

    Of the blank lines above and below only the larger group stays.

    Returns:
        One span for neighbours; nothing when a statement shares a line with another one.
    """
    data = file.source.data
    groups: list[Span] = []
    for node in sorted(nodes, key=lambda one: one.lineno):
        lines = whole_lines(file, node)
        if lines is None:
            return []
        if groups and not data[groups[-1].end_byte : lines.start_byte].strip():
            groups[-1] = Span(groups[-1].start_byte, lines.end_byte)
        else:
            groups.append(lines)
    return [_with_blank_lines(file, group) for group in groups]


def _with_blank_lines(file: PythonFile, lines: Span) -> Span:
    data = file.source.data
    below = _BLANK_LINES.match(data, lines.end_byte)
    assert below is not None, "the pattern matches nothing, too"
    above = lines.start_byte
    while above > 0:
        line = file.byte_map.line_start(file.line(above - 1))
        if data[line:above].strip():
            break
        above = line
    blank_above = data[above : lines.start_byte].count(b"\n")
    blank_below = below[0].count(b"\n")
    if below.end() == len(data):
        # The last statement: a file ends after one newline.
        return Span(above, len(data))
    # The first statement of a block stands right below its header.
    is_first = data[:above].rstrip().endswith(b":") and blank_above == 0
    if blank_below > blank_above and above > 0 and not is_first:
        return Span(above, lines.end_byte)
    return Span(lines.start_byte, below.end())


def body_of(file: PythonFile, node: ast.stmt) -> list[ast.stmt]:
    """Return the block of statements that a statement is in.

    Raises:
        ValueError: It is not of this file.
    """
    for parent in ast.walk(file.tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and node in block:
                return block
    raise ValueError(f"{file.path}: the statement is of another file")
