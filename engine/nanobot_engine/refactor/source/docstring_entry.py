"""What a docstring says about one parameter: an entry in Google, reST or NumPy style."""

import ast
import re

from nanobot_engine.python import PythonFile, Span

_HEADER = re.compile(rb"(?:Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments):?")
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def docstring_of(node: _FunctionNode) -> ast.Constant | None:
    """Return the docstring of a function."""
    match node.body[0]:
        case ast.Expr(value=ast.Constant(value=str()) as found):
            return found
    return None


def entry_of(file: PythonFile, node: _FunctionNode, name: str) -> Span | None:
    """Return the lines of a docstring that are about one parameter only.

    Returns:
        None when there is no such entry, or when it shares its lines with something else.
    """
    found = docstring_of(node)
    if found is None:
        return None
    outer, data = file.span(found), file.source.data
    first, last = file.line(outer.start_byte), file.line(outer.end_byte)
    lines = [_line(file, number) for number in range(first, last + 1)]
    texts = [data[one.start_byte : one.end_byte] for one in lines]
    encoded = re.escape(name.encode())
    starts = re.compile(
        rb"(?::(?:param|parameter|arg|argument|type|keyword)\s(?:[^:]*\s)?" + encoded + rb":"
        rb"|\*{0,2}" + encoded + rb"\s*(?:\([^)]*\))?\s*:)"
    )
    index = next(
        (i for i, text in enumerate(texts) if i > 0 and starts.match(text.strip())),
        None,
    )
    if index is None or index + 1 >= len(texts):
        return None
    end = _end(texts, index)
    if texts[index].strip().startswith(b":"):
        while end < len(texts) - 1 and starts.match(texts[end].strip()):
            end = _end(texts, end)
        is_last = end == len(texts) - 1
        while is_last and index > 1 and not texts[index - 1].strip():
            index -= 1
    elif _header_of(texts, index) is None:
        return None
    else:
        index, end = _with_header(texts, index, end)
    return Span(lines[index].start_byte, lines[end].start_byte)


def _line(file: PythonFile, number: int) -> Span:
    start = file.byte_map.line_start(number)
    end = file.source.data.find(b"\n", start)
    return Span(start, len(file.source.data) if end < 0 else end + 1)


def _indent(text: bytes) -> int:
    return len(text) - len(text.lstrip())


def _end(texts: list[bytes], index: int) -> int:
    """Return the line behind an entry: those indented deeper belong to it."""
    end = index + 1
    while (
        end < len(texts) - 1 and texts[end].strip() and _indent(texts[end]) > _indent(texts[index])
    ):
        end += 1
    return end


def _header_of(texts: list[bytes], index: int) -> int | None:
    """Return the line of the header above an entry: less indented, or underlined."""
    for above in range(index - 1, -1, -1):
        text = texts[above].strip()
        if not text:
            continue
        if _indent(texts[above]) < _indent(texts[index]):
            return above if _HEADER.fullmatch(text) else None
        if set(text) == set(b"-") and above > 0:
            return above - 1 if _HEADER.fullmatch(texts[above - 1].strip()) else None
    return None


def _with_header(texts: list[bytes], index: int, end: int) -> tuple[int, int]:
    """Take the header along when nothing else stands below it."""
    header = _header_of(texts, index)
    assert header is not None, "it was looked for"
    is_underlined = set(texts[header + 1].strip()) == set(b"-")
    is_first = index == header + (2 if is_underlined else 1)
    rest = texts[end] if end < len(texts) else b""
    is_last = not rest.strip() or _indent(rest) < _indent(texts[index]) or end == len(texts) - 1
    if not (is_first and is_last):
        return index, end
    while header > 1 and not texts[header - 1].strip():
        header -= 1
    if end == len(texts) - 1 or texts[end].strip():
        # A blank line stays between what was above and below.
        header += 1 if end < len(texts) - 1 else 0
    return header, end
