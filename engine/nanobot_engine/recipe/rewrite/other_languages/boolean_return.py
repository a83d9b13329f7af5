"""Conditions returned by program, where they were only turned into themselves.

    if (a == b) {          return a == b;
        return true;
    }
    return false;

Who uses the result proves that it does the same: a condition that only counts as true or
false, as in JavaScript, is not returned.
"""

from collections.abc import Iterator, Sequence

from nanobot_engine.language.definitions import COMMENTS
from nanobot_engine.language.functions import CodeFunction
from nanobot_engine.language.statement import (
    BLOCKS,
    Kind,
    all_nodes,
    branches,
    condition_of,
    inner,
    kind_of,
    statements_of,
)
from nanobot_engine.recipe.rewrite.other_languages.opposite import opposite
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree


def with_boolean_returns(function: CodeFunction) -> str | None:
    """Return the text of a function with one decision less; None where there is none to spare."""
    tree, text = function.tree, function.text
    for node in (function.body, *all_nodes(function.body)):
        statements = statements_of(node) if node.type in BLOCKS else []
        for place, statement in enumerate(statements):
            one = inner(statement)
            if kind_of(one) is not Kind.IF:
                continue
            behind = statements[place + 1 : place + 2]
            found = _returned(one, behind, tree)
            if found is None:
                continue
            value, last = found
            start = statement.start_byte
            kept = tree.text[start : last.end_byte]
            if any(c.type in COMMENTS for c in _between(function.body, start, last.end_byte)):
                continue
            base = function.statement.start_byte
            end = ";" if kept.rstrip().endswith(b";") or b";" in kept else ""
            new = text[: start - base] + f"return {value}{end}".encode()
            return (new + text[last.end_byte - base :]).decode()
    return None


def _returned(
    node: SyntaxNode, behind: Sequence[SyntaxNode], tree: SyntaxTree
) -> tuple[str, SyntaxNode] | None:
    """Return the condition that an `if` gives as a value, and the last node that it is of."""
    yes, no = branches(node)
    condition = condition_of(node)
    last = node
    if no is None and behind:
        no = last = behind[0]
    first, second = (_truth(one, tree) for one in (yes, no))
    if condition is None or {first, second} != {b"true", b"false"}:
        return None
    if first == b"true":
        value: str | None = tree.text_of(condition).decode()
    else:
        value = opposite(condition, tree)
    return (value, last) if value is not None and "\n" not in value else None


def _truth(node: SyntaxNode | None, tree: SyntaxTree) -> bytes:
    """Return what a branch returns, if it does nothing else and that is true or false."""
    statements = statements_of(node)
    if len(statements) != 1:
        return b""
    one = inner(statements[0])
    if kind_of(one) is not Kind.RETURN:
        return b""
    return b"".join(
        tree.text_of(child) for child in one.children if child.type not in {"return", ";"}
    )


def _between(body: SyntaxNode, start: int, end: int) -> Iterator[SyntaxNode]:
    return (one for one in all_nodes(body) if start <= one.start_byte < end)
