"""What the statements of a function are, whatever the grammar calls them.

JavaScript, TypeScript, Go, Rust, Java, C and C++ decide, leave and repeat in the same few
ways. Here is what each of their nodes is, and nothing about what it means.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Final

from nanobot_engine.language.definitions import COMMENTS, FUNCTIONS
from nanobot_indexer.syntax.tree import SyntaxNode

BLOCKS: Final = frozenset({"statement_block", "compound_statement", "block", "constructor_body"})
_WRAPPERS: Final = frozenset({"parenthesized_expression", "condition_clause"})


class Kind(Enum):
    """What a statement is to the flow of a function."""

    IF = "if"
    BLOCK = "block"
    RETURN = "return"
    RAISE = "raise"
    BREAK = "break"
    CONTINUE = "continue"
    LOOP = "loop"
    TRY = "try"
    OTHER = "other"


_KIND_BY_TYPE: Final = {
    "if_statement": Kind.IF,
    "if_expression": Kind.IF,
    "return_statement": Kind.RETURN,
    "return_expression": Kind.RETURN,
    "throw_statement": Kind.RAISE,
    "break_statement": Kind.BREAK,
    "break_expression": Kind.BREAK,
    "continue_statement": Kind.CONTINUE,
    "continue_expression": Kind.CONTINUE,
    "for_statement": Kind.LOOP,
    "for_in_statement": Kind.LOOP,
    "for_range_loop": Kind.LOOP,
    "enhanced_for_statement": Kind.LOOP,
    "while_statement": Kind.LOOP,
    "do_statement": Kind.LOOP,
    "for_expression": Kind.LOOP,
    "while_expression": Kind.LOOP,
    "loop_expression": Kind.LOOP,
    "try_statement": Kind.TRY,
    **dict.fromkeys(BLOCKS, Kind.BLOCK),
}
LEAVING: Final = frozenset({Kind.RETURN, Kind.RAISE, Kind.BREAK, Kind.CONTINUE})


def inner(node: SyntaxNode) -> SyntaxNode:
    """Return the expression of Rust or C++ that is a whole statement; else the node."""
    if node.type == "expression_statement":
        parts = [one for one in node.children if one.is_named and one.type not in COMMENTS]
        if len(parts) == 1 and parts[0].type in _KIND_BY_TYPE:
            return parts[0]
    return node


def kind_of(node: SyntaxNode) -> Kind:
    """Return what a statement is."""
    return _KIND_BY_TYPE.get(inner(node).type, Kind.OTHER)


def statements_of(node: SyntaxNode | None) -> list[SyntaxNode]:
    """Return the statements of a block, or the one that stands in its place; none for None."""
    if node is None:
        return []
    if node.type not in BLOCKS:
        return [node]
    found: list[SyntaxNode] = []
    for one in node.children:
        if one.type == "statement_list":
            found += _meaning(one)
        elif one.is_named:
            found.append(one)
    return [one for one in found if one.type not in COMMENTS and one.type != "empty_statement"]


def _meaning(listed: SyntaxNode) -> Iterator[SyntaxNode]:
    return (one for one in listed.children if one.is_named)


def branches(node: SyntaxNode) -> tuple[SyntaxNode | None, SyntaxNode | None]:
    """Return what an `if` does and what it does else, blocks or statements."""
    alternative = node.child("alternative")
    if alternative is not None and alternative.type == "else_clause":
        parts = [one for one in alternative.children if one.is_named and one.type not in COMMENTS]
        alternative = parts[0] if parts else None
    return node.child("consequence"), alternative


def condition_of(node: SyntaxNode) -> SyntaxNode | None:
    """Return the condition of an `if` without brackets; None where it declares something."""
    condition = node.child("condition")
    if node.has_token("constexpr", "consteval"):
        return None
    while condition is not None and condition.type in _WRAPPERS:
        if condition.child("initializer") is not None:
            return None
        value = condition.child("value")
        parts = [one for one in condition.children if one.is_named and one.type not in COMMENTS]
        condition = value or (parts[0] if len(parts) == 1 else None)
    if condition is None or condition.type == "declaration":
        return None
    return condition


def falls_through(statements: list[SyntaxNode]) -> bool:
    """Tell whether the end of some statements can be reached, as far as their shape says."""
    if not statements:
        return True
    last = inner(statements[-1])
    kind = kind_of(last)
    if kind is Kind.IF:
        yes, no = (statements_of(one) for one in branches(last))
        return falls_through(yes) or falls_through(no)
    if kind is Kind.BLOCK:
        return falls_through(statements_of(last))
    return kind not in LEAVING


def own_nodes(body: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield the nodes of a function's body without what functions inside are made of."""
    waiting = list(reversed(body.children))
    while waiting:
        node = waiting.pop()
        yield node
        if node.type not in FUNCTIONS:
            waiting += reversed(node.children)


def all_nodes(node: SyntaxNode) -> Iterator[SyntaxNode]:
    """Yield a node and everything below, parents first, in the order of the text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.children)
