"""Compare two Python programs and find the docstrings that one has more.

The comparison walks both trees at once with its own stack, so that no depth of
nesting that the parser accepts can end in a RecursionError.
"""

import ast
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit.byte_map import ByteMap
from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.edit.python_syntax import docstring_of, python_tree
from nanobot_engine.edit.source import SourceFile

_DEFINITION_NODES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class TreesDifferError(Exception):
    """The programs differ in more than docstrings. Stays inside this part."""


@dataclass(frozen=True, slots=True)
class ExtraDocstring:
    """A docstring that a definition has in the second program only."""

    qualified_name: str
    """The plain name of the definition and its line in the second program."""
    text: str
    start_byte: int
    end_byte: int
    """Exclusive; both are positions in the second program."""


def extra_docstrings(before: SourceFile, after: SourceFile) -> tuple[ExtraDocstring, ...]:
    """Return the docstrings of `after` that `before` has not.

    Docstrings of functions and classes count; one of the module does not, because
    it changes what `from __future__` may follow.

    Returns:
        In the order of the file.

    Raises:
        TreesDifferError: The programs differ in anything else.
        SourceSyntaxError: One of them does not parse.
    """
    byte_map = ByteMap(after)
    found: list[ExtraDocstring] = []
    stack: list[tuple[object, object]] = [(python_tree(before), python_tree(after))]
    while stack:
        one, other = stack.pop()
        if isinstance(one, ast.AST) and isinstance(other, ast.AST):
            stack.extend(_children(one, other, byte_map, found))
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                raise TreesDifferError(_place(one or other, "a list of another length"))
            stack.extend(zip(one, other, strict=True))
        elif type(one) is not type(other) or one != other:
            # The types too: True == 1 == 1.0.
            raise TreesDifferError(f"{one!r} became {other!r}")
    return tuple(sorted(found, key=lambda docstring: docstring.start_byte))


def _children(
    one: ast.AST, other: ast.AST, byte_map: ByteMap, found: list[ExtraDocstring]
) -> list[tuple[object, object]]:
    if type(one) is not type(other):
        raise TreesDifferError(_place([other], f"{_kind(one)} became {_kind(other)}"))
    pairs: list[tuple[object, object]] = []
    for name in one._fields:
        before, after = getattr(one, name, None), getattr(other, name, None)
        if (
            name == "body"
            and isinstance(one, _DEFINITION_NODES)
            and isinstance(other, _DEFINITION_NODES)
        ):
            text = docstring_of(other)
            if text is not None and docstring_of(one) is None:
                found.append(_extra_docstring(other, text, byte_map))
                after = other.body[1:]
        pairs.append((before, after))
    return pairs


def _extra_docstring(node: DefinitionNode, text: str, byte_map: ByteMap) -> ExtraDocstring:
    statement = node.body[0]
    # The parser sets both for every statement; the annotation allows None.
    assert statement.end_lineno is not None
    assert statement.end_col_offset is not None
    return ExtraDocstring(
        qualified_name=f"{node.name} (line {node.lineno})",
        text=text,
        start_byte=byte_map.offset(statement.lineno, statement.col_offset),
        end_byte=byte_map.offset(statement.end_lineno, statement.end_col_offset),
    )


def _kind(node: ast.AST) -> str:
    return type(node).__name__


def _place(nodes: list[object], what: str) -> str:
    lines = [line for node in nodes if isinstance(line := getattr(node, "lineno", None), int)]
    return f"line {lines[0]}: {what}" if lines else what
