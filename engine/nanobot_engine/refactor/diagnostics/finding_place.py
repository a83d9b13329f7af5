"""The smallest part of a Python file that a diagnostic is about, and what it uses.

    x = f(y)            a simple statement
    def f(a):           the header of a definition, or of a block that is long
    if a: …             a short block as a whole

Nothing smaller can be written anew by itself, and nothing larger is needed for most rules.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nanobot_engine.python import PythonFile, Span
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.diagnostics.repair import header_end

LINES_MAX: Final = 14
BYTES_MAX: Final = 1_200
_DEFINITIONS_CHARS_MAX: Final = 700
_FIELDS_MAX: Final = 8
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS: Final = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)
_COMPOUND: Final = (*_DEFINITIONS, *_BLOCKS, ast.Try, ast.TryStar, ast.Match)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
# What these rules ask for can only be done where the handler begins.
_ABOUT_HANDLERS: Final = frozenset({"B904", "TRY200", "TRY300"})


class NoPlaceError(Exception):
    """There is no statement that could be written anew; the text says why."""


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """Where it is."""

    span: Span
    node: ast.stmt
    is_header: bool


def place_of_line(file: PythonFile, line: int, code: str) -> FindingPlace:
    """Return the smallest part of a file that a diagnostic of a line is about.

    Args:
        file: It parses.
        line: 1-based.
        code: Of the diagnostic.

    Raises:
        NoPlaceError: There is none, or it is too long.
    """
    around = list(_around(file.tree, line))
    if code in _ABOUT_HANDLERS:
        around = [*filter(_is_handling, around)][-1:]
    if not around:
        raise NoPlaceError("there is no statement there")
    for node in reversed(around):
        if isinstance(node, _IMPORTS) or _is_docstring(node):
            raise NoPlaceError("a model is not asked about imports and docstrings")
        if _is_alone(file, node):
            return _part_of(file, node, line)
    raise NoPlaceError("it shares its line with another statement")


def _part_of(file: PythonFile, node: ast.stmt, line: int) -> FindingPlace:
    if isinstance(node, _DEFINITIONS):
        return _header(file, node, line)
    whole = file.span(node)
    is_short = (node.end_lineno or node.lineno) - node.lineno < LINES_MAX
    if not is_short or whole.end_byte - whole.start_byte > BYTES_MAX:
        if isinstance(node, _BLOCKS):
            return _header(file, node, line)
        raise NoPlaceError("its statement is too long")
    if any(isinstance(one, _DEFINITIONS) for one in ast.walk(node)):
        raise NoPlaceError("its block holds definitions")
    if _has_long_string(file, whole):
        raise NoPlaceError("a string of it goes over several lines")
    return FindingPlace(whole, node, is_header=False)


def _around(tree: ast.Module, line: int) -> Iterator[ast.stmt]:
    """Yield the statements that hold a line, from the outside in."""
    body: list[ast.stmt] = tree.body
    while True:
        node = next((one for one in body if _first(one) <= line <= (one.end_lineno or 0)), None)
        if node is None:
            return
        yield node
        body = [one for one in _inside(node) if isinstance(one, ast.stmt)]


def _is_handling(node: ast.stmt) -> bool:
    return isinstance(node, ast.Try | ast.TryStar)


def _inside(node: ast.stmt) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body
        else:
            yield child


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _is_alone(file: PythonFile, node: ast.stmt) -> bool:
    """Tell whether nothing but blanks stands before a statement, and only a comment behind."""
    data, span = file.source.data, file.span(node)
    start = file.byte_map.line_start(node.lineno)
    rest = data[span.end_byte :].splitlines()[:1]
    is_elif = isinstance(node, ast.If) and data.startswith(b"elif", span.start_byte)
    is_last = not rest or not rest[0].strip() or rest[0].lstrip().startswith(b"#")
    return not data[start : span.start_byte].strip() and is_last and not is_elif


def _is_docstring(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _has_long_string(file: PythonFile, span: Span) -> bool:
    """Tell whether a string goes over several lines: another indentation would change it."""
    text = file.source.data[span.start_byte : span.end_byte]
    return any(mark in text for mark in (b'"""', b"'''", b"\\\n", b"\\\r"))


def _header(file: PythonFile, node: ast.stmt, line: int) -> FindingPlace:
    colon = header_end(file, node)
    body: list[ast.stmt] = getattr(node, "body", [])
    if colon is None or not node.lineno <= line <= file.line(colon):
        raise NoPlaceError("it is about more than one statement")
    if body and body[0].lineno == file.line(colon):
        raise NoPlaceError("its body is on the line of its header")
    start = file.span(node).start_byte
    if colon - start > BYTES_MAX:
        raise NoPlaceError("its header is too long")
    return FindingPlace(Span(start, colon + 1), node, is_header=True)


def definitions_of(codebase: Codebase, file: PythonFile, place: FindingPlace) -> str:
    """Return how what a statement uses is defined, as far as the workspace says it.

    Functions with their signatures, classes with their fields, and what is assigned to
    attributes of `self`; cut where it gets long.
    """
    node = place.node
    names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    attributes = [one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)]
    found = list(_defined(codebase, file, dict.fromkeys([*names, *attributes])))
    found += _own_attributes(file, node, dict.fromkeys(attributes))
    lines, size = [], 0
    for text in dict.fromkeys(found):
        size += len(text) + 1
        if size > _DEFINITIONS_CHARS_MAX:
            break
        lines.append(text)
    return "\n".join(lines)


def _defined(codebase: Codebase, file: PythonFile, names: dict[str, None]) -> Iterator[str]:
    imported = {one.bound: (one, node) for one, node in file.names.imports}
    for name in names:
        yield from _signatures(file.tree, name)
        if name not in imported:
            continue
        found, _ = imported[name]
        if found.name is None:
            continue
        source = codebase.project.modules.resolve(file.path, level=found.level, module=found.module)
        other = codebase.project.file(source) if source is not None else None
        if other is not None:
            yield from _signatures(other.tree, found.name)


def _signatures(tree: ast.Module, name: str) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) if found == name:
                kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
                result = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
                yield f"{kind} {name}({ast.unparse(node.args)}){result}: ..."
            case ast.ClassDef(name=found) if found == name:
                bases = ", ".join(map(ast.unparse, node.bases))
                fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
                inside = "".join(f"\n    {ast.unparse(one)}" for one in fields[:_FIELDS_MAX])
                yield f"class {name}{f'({bases})' if bases else ''}:{inside or ' ...'}"


def _own_attributes(file: PythonFile, node: ast.stmt, names: dict[str, None]) -> Iterator[str]:
    owners = [one for one in _around(file.tree, node.lineno) if isinstance(one, ast.ClassDef)]
    for one in ast.walk(owners[-1]) if owners else ():
        match one:
            case (
                ast.AnnAssign(target=ast.Attribute(value=ast.Name(), attr=found))
                | ast.Assign(targets=[ast.Attribute(value=ast.Name(), attr=found)])
            ) if found in names and one is not node:
                text = ast.unparse(one)
                if "\n" not in text:
                    yield text


def require_no_overlap(place: FindingPlace, taken: list[tuple[int, int]]) -> None:
    """See that no repair by program changes the same statement.

    Raises:
        NoPlaceError: One does.
    """
    for start, end in taken:
        if start < place.span.end_byte and place.span.start_byte < max(end, start + 1):
            raise NoPlaceError("a repair changes its statement; ask again afterwards")
