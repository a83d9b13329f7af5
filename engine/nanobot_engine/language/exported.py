"""What a file of JavaScript or TypeScript gives to others by name."""

from collections.abc import Iterator
from typing import Final

from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_EXPORTS: Final = frozenset({b"exports", b"module.exports"})


def exported_names(tree: SyntaxTree) -> frozenset[str]:
    """Return the local names of what a file exports in a list, by default or by `exports`."""
    return frozenset(name.decode(errors="replace") for name in _exported(tree))


def is_exported(statement: SyntaxNode, name: str, exported: frozenset[str]) -> bool:
    """Tell whether a definition is exported where it stands, or by its name elsewhere.

    Args:
        statement: Of the definition, `export` included.
        name: Of the definition.
        exported: See `exported_names`.
    """
    is_top = statement.parent is not None and statement.parent.type == "program"
    return statement.type == "export_statement" or (is_top and name in exported)


def _exported(tree: SyntaxTree) -> Iterator[bytes]:
    for node in tree.nodes():
        if node.type == "export_specifier":
            name = node.child("name")
            if name is not None:
                yield tree.text_of(name)
        elif node.type == "export_statement":
            value = node.child("value")
            if value is not None and value.type == "identifier":
                yield tree.text_of(value)
        elif node.type == "assignment_expression" and _is_exports(node, tree):
            yield from _holders(node, tree)
            yield from _given(_value_of(node), tree)


def _is_exports(node: SyntaxNode, tree: SyntaxTree) -> bool:
    left = node.child("left")
    if left is None or left.type != "member_expression":
        return False
    holder = left.child("object")
    return tree.text_of(left) in _EXPORTS or (
        holder is not None and tree.text_of(holder) in _EXPORTS
    )


def _holders(assignment: SyntaxNode, tree: SyntaxTree) -> Iterator[bytes]:
    """Yield the variables that have the same value: `var app = exports = module.exports = {}`."""
    node = assignment
    while node.parent is not None and node.parent.type == "assignment_expression":
        node = node.parent
        left = node.child("left")
        if left is not None and left.type == "identifier":
            yield tree.text_of(left)
    declarator = node.parent
    if declarator is not None and declarator.type == "variable_declarator":
        name = declarator.child("name")
        if name is not None and name.type == "identifier":
            yield tree.text_of(name)


def _value_of(assignment: SyntaxNode) -> SyntaxNode | None:
    """Return what is assigned in the end: `f` of `exports = module.exports = f`."""
    value = assignment.child("right")
    while value is not None and value.type == "assignment_expression":
        value = value.child("right")
    return value


def _given(value: SyntaxNode | None, tree: SyntaxTree) -> Iterator[bytes]:
    """Yield the names in `= name` and `= {name, other: name}`."""
    if value is None:
        return
    if value.type == "identifier":
        yield tree.text_of(value)
    elif value.type == "object":
        for one in value.children:
            inner = one.child("value") if one.type == "pair" else one
            if inner is not None and inner.type in {"identifier", "shorthand_property_identifier"}:
                yield tree.text_of(inner)
    elif value.type in {"function_expression", "class"}:
        name = value.child("name")
        if name is not None:
            yield tree.text_of(name)
