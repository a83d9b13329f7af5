"""The opposite of a condition, as people write it."""

from typing import Final

from nanobot_engine.language.statement import all_nodes
from nanobot_indexer.syntax.tree import SyntaxNode, SyntaxTree

_OPPOSITES: Final = {"==": "!=", "!=": "==", "===": "!==", "!==": "==="}
"""`<` is not among them: of what can not be compared, neither it nor `>=` is true."""
_PLAIN: Final = frozenset(
    {
        "identifier", "call_expression", "method_invocation", "member_expression", "field_access",
        "selector_expression", "field_expression", "subscript_expression", "index_expression",
        "array_access", "this", "parenthesized_expression", "macro_invocation",
        "scoped_identifier", "qualified_identifier",
    }
)  # fmt: skip


def opposite(condition: SyntaxNode, tree: SyntaxTree) -> str | None:
    """Return the text of the opposite of a condition; None where a name is bound in it."""
    if any(one.type in {"let_condition", "let_chain"} for one in all_nodes(condition)):
        return None
    text = tree.text_of(condition).decode()
    if condition.type == "unary_expression" and condition.has_token("!"):
        operand = condition.children[-1]
        if operand.type in _PLAIN:
            inside = tree.text_of(operand).decode()
            return inside[1:-1].strip() if operand.type == "parenthesized_expression" else inside
    left, right = condition.child("left"), condition.child("right")
    if condition.type == "binary_expression" and left is not None and right is not None:
        operator = next(one for one in condition.children if one not in (left, right))
        if operator.type in _OPPOSITES:
            before = tree.text[condition.start_byte : operator.start_byte].decode()
            after = tree.text[operator.end_byte : condition.end_byte].decode()
            return before + _OPPOSITES[operator.type] + after
    return f"!{text}" if condition.type in _PLAIN else f"!({text})"
