"""Facts about Python source that edits rely on, from Python's own parser.

Suggested reading order: `PythonDefinition` (the value everything else uses),
`parse_python`, then the private functions that answer one question each.

Every position is a byte offset into the file as it lies on disk, whatever its
encoding, newlines and BOM.
"""

import ast
import builtins
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from nanobot_engine.edit.byte_map import BOM, ByteMap
from nanobot_engine.edit.errors import SourceSyntaxError
from nanobot_engine.edit.python_names import dotted_name, is_dunder, literal_all
from nanobot_engine.edit.python_span import DefinitionNode, definition_span
from nanobot_engine.edit.source import SourceFile, source_from_bytes

DefinitionKind: TypeAlias = Literal["function", "method", "class"]

_DEFINITION_NODES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SCOPE_NODES: Final = (*_DEFINITION_NODES, ast.Lambda)

# `warnings.catch_warnings` changes the state of the whole interpreter: two
# threads that leave it in the wrong order would silence warnings for good.
_WARNINGS_LOCK: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class PythonDefinition:
    """One function, method or class, at any depth."""

    qualified_name: str
    """As `__qualname__`: `Outer.method`, `function.<locals>.inner`."""
    kind: DefinitionKind
    """A method is a function directly in the body of a class."""
    is_async: bool
    is_public: bool
    """By pydocstyle's rule: neither it nor a parent starts with an underscore, no
    dunder, not inside a function, no property setter or deleter, and for a
    name of the module: listed in a literal `__all__` if there is one. The path of the
    module is not looked at: see `is_public_module`."""
    has_docstring: bool
    decorators: tuple[str, ...]
    """Dotted names, outermost first; what is called, for a call. A decorator that
    is no name (`@table[0]`) is left out."""
    parameters: tuple[str, ...]
    """Names in order of the signature, without stars."""
    returns_value: bool
    """Has a `return` with an expression of its own, not only in a nested function."""
    is_generator: bool
    raises: tuple[str, ...]
    """Dotted names it raises by itself, in order, each once."""
    start_byte: int
    """Of the first decorator's `@`, else of the header."""
    end_byte: int
    """Exclusive."""
    header_end_byte: int
    """Just after the colon that ends the header."""
    body_start_byte: int
    """Of the first statement, or of its first decorator."""
    body_on_header_line: bool
    """The body follows the colon on the same logical line."""
    indent: bytes
    """Leading white space of the line of the header."""
    body_indent: bytes
    """Leading white space of the body; of the header when the body is on its line."""
    line: int
    """1-based, of the header (after decorators)."""
    is_overload: bool
    is_property_setter_or_deleter: bool
    is_stub: bool
    """The body, docstring aside, is only `...`, `pass` or `raise NotImplementedError`."""
    own_source: bytes = field(repr=False)
    """The bytes from `start_byte` to `end_byte`, nested definitions included."""


@dataclass(frozen=True, slots=True)
class PythonModule:
    """A file that Python parses."""

    source: SourceFile
    has_docstring: bool
    definitions: tuple[PythonDefinition, ...]
    """In the order of the file; a parent comes before its children."""


def parse_python(data: bytes, *, path: str = "<memory>") -> PythonModule:
    """Parse the bytes of a Python file.

    Args:
        data: As on disk.
        path: Only for messages.

    Raises:
        SourceEncodingError: The bytes do not decode.
        SourceSyntaxError: Python can not parse them, or not within its limits.
    """
    return parse_source(source_from_bytes(path, data))


def parse_source(source: SourceFile) -> PythonModule:
    """Parse a Python file that was read; raises as `parse_python`."""
    tree = python_tree(source)
    byte_map = ByteMap(source)
    definitions = tuple(_definition(source, byte_map, visit) for visit in _visits(tree))
    return PythonModule(source, docstring_of(tree) is not None, definitions)


def python_tree(source: SourceFile) -> ast.Module:
    """Parse to a syntax tree of Python.

    Safe to call from several threads; one parses at a time.

    Raises:
        SourceSyntaxError: Python can not parse the file, or not within its limits.
    """
    text = source.data.decode(source.encoding)
    if source.has_bom:
        text = text.removeprefix(BOM)
    try:
        with _WARNINGS_LOCK, warnings.catch_warnings():
            # An invalid escape in the user's code is none of our business.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise SourceSyntaxError(source.path, error.lineno or 1, error.msg) from error
    except ValueError as error:
        raise SourceSyntaxError(source.path, 1, str(error)) from error
    except (RecursionError, MemoryError) as error:
        raise SourceSyntaxError(source.path, 1, "is nested too deeply to parse") from error


@dataclass(frozen=True, slots=True)
class _Visit:
    """A definition on the walk, with what its parents say about it."""

    node: DefinitionNode
    qualified_name: str
    is_in_class: bool
    is_public: bool


def _visits(tree: ast.Module) -> Iterator[_Visit]:
    public_names = literal_all(tree)
    # A stack and not recursion: the depth of the file must not matter.
    stack: list[tuple[ast.AST, _Visit | None]] = [(tree, None)]
    while stack:
        node, parent = stack.pop()
        if isinstance(node, _DEFINITION_NODES):
            parent = _visit(node, parent, public_names)
            yield parent
        children = [(child, parent) for child in ast.iter_child_nodes(node)]
        stack.extend(reversed(children))


def _visit(
    node: DefinitionNode, parent: _Visit | None, public_names: frozenset[str] | None
) -> _Visit:
    name = node.name
    if parent is None:
        is_listed = not name.startswith("_") if public_names is None else name in public_names
        is_public = is_listed and not is_dunder(name)
        return _Visit(node, name, is_in_class=False, is_public=is_public)
    if isinstance(parent.node, ast.ClassDef):
        is_public = parent.is_public and not name.startswith("_")
        qualified_name = f"{parent.qualified_name}.{name}"
        return _Visit(node, qualified_name, is_in_class=True, is_public=is_public)
    qualified_name = f"{parent.qualified_name}.<locals>.{name}"
    return _Visit(node, qualified_name, is_in_class=False, is_public=False)


def _definition(source: SourceFile, byte_map: ByteMap, visit: _Visit) -> PythonDefinition:
    node = visit.node
    is_class = isinstance(node, ast.ClassDef)
    decorators = tuple(filter(None, map(_called_name, node.decorator_list)))
    is_setter = any(name.endswith((".setter", ".deleter")) for name in decorators)
    span = definition_span(source, byte_map, node)
    own_nodes = tuple(_own_nodes(node))
    return PythonDefinition(
        qualified_name=visit.qualified_name,
        kind="class" if is_class else "method" if visit.is_in_class else "function",
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_public=visit.is_public and not is_setter,
        has_docstring=docstring_of(node) is not None,
        decorators=decorators,
        parameters=() if isinstance(node, ast.ClassDef) else _parameters(node.args),
        returns_value=any(isinstance(own, ast.Return) and own.value for own in own_nodes),
        is_generator=any(isinstance(own, ast.Yield | ast.YieldFrom) for own in own_nodes),
        raises=_raises(own_nodes),
        start_byte=span.start_byte,
        end_byte=span.end_byte,
        header_end_byte=span.header_end_byte,
        body_start_byte=span.body_start_byte,
        body_on_header_line=span.body_on_header_line,
        indent=span.indent,
        body_indent=span.body_indent,
        line=node.lineno,
        is_overload=any(name.rpartition(".")[2] == "overload" for name in decorators),
        is_property_setter_or_deleter=is_setter,
        is_stub=_is_stub(node),
        own_source=source.data[span.start_byte : span.end_byte],
    )


def _own_nodes(node: DefinitionNode) -> Iterator[ast.AST]:
    """Walk the body of a function without entering nested scopes; nothing of a class."""
    if isinstance(node, ast.ClassDef):
        return
    stack: list[ast.AST] = list(reversed(node.body))
    while stack:
        own = stack.pop()
        yield own
        if not isinstance(own, _SCOPE_NODES):
            stack.extend(reversed(list(ast.iter_child_nodes(own))))


def _raises(own_nodes: tuple[ast.AST, ...]) -> tuple[str, ...]:
    # `raise error` of a caught error says no type.
    caught = {own.name for own in own_nodes if isinstance(own, ast.ExceptHandler)}
    names: list[str] = []
    for own in own_nodes:
        if isinstance(own, ast.Raise) and own.exc is not None:
            name = _called_name(own.exc)
            if name is not None and name not in caught:
                names.append(name)
    return tuple(dict.fromkeys(names))


def _called_name(node: ast.expr) -> str | None:
    return dotted_name(node.func if isinstance(node, ast.Call) else node)


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    parameters = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        parameters.append(arguments.vararg)
    parameters += arguments.kwonlyargs
    if arguments.kwarg:
        parameters.append(arguments.kwarg)
    return tuple(parameter.arg for parameter in parameters)


def docstring_of(node: DefinitionNode | ast.Module) -> str | None:
    """Return the value of a docstring as it stands, not cleaned; None without one."""
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str(text))), *_]:
            return text
        case _:
            return None


def _is_stub(node: DefinitionNode) -> bool:
    body = node.body if docstring_of(node) is None else node.body[1:]
    return all(map(_is_placeholder, body))


def _is_placeholder(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant(value=builtins.Ellipsis)):
            return True
        case ast.Raise(exc=ast.expr() as error):
            return _called_name(error) == "NotImplementedError"
        case _:
            return False
