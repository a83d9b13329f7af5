"""Whether a rewrite did what was asked, as far as that can be counted."""

import ast
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit.python_span import DefinitionNode
from nanobot_engine.recipe.rewrite.goal import RewriteScope

_BLOCKS: Final = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try)


_SIMPLE: Final = re.compile(r"\bsimpl\w+", re.IGNORECASE)


def measure_of(scope: RewriteScope) -> str:
    """Return what must get less in a Python function; "" for nothing that is known.

    What is simpler is smaller or less nested; what is shorter is smaller.
    """
    is_simple = scope.measure == "size" and _SIMPLE.search(scope.instruction)
    return "simplicity" if is_simple else scope.measure


def progress_problem(measure: str, before: DefinitionNode, after: DefinitionNode) -> str:
    """Return why a rewrite is not what was asked; empty when it is, or nobody can count it.

    Args:
        measure: Of `measure_of`.
        before: The function.
        after: What it became.
    """
    if measure == "simplicity":
        problems = [progress_problem(one, before, after) for one in ("size", "nesting")]
        return "; ".join(problems) if all(problems) else ""
    count = _COUNTS.get(measure)
    if count is None:
        return ""
    old, new = count(before), count(after)
    return "" if new < old else f"{_WHAT[measure]}: {old} before, {new} after"


def room_problem(measure: str, node: DefinitionNode) -> str:
    """Return why a function has nothing that a measure could find less of; mostly empty."""
    if measure == "nesting":
        return "" if _nesting(node) else "nothing in it is nested"
    if measure == "comprehensions":
        has_loop = any(isinstance(one, ast.For) for one in ast.walk(node))
        return "" if has_loop else "it has no loop"
    if measure in {"size", "simplicity"}:
        has_block = any(isinstance(one, _BLOCKS) for one in ast.walk(node))
        return "" if has_block else "it has no block that could be less"
    return ""


def _nesting(node: DefinitionNode) -> int:
    """Count statements by their depth, and each `else` as half a level more.

    Those that only leave (`continue`, `return None`) count nothing: guards are made of them.
    """
    total = 0
    stack: list[tuple[ast.stmt, int]] = [(one, 0) for one in node.body]
    while stack:
        one, depth = stack.pop()
        total += 0 if _only_leaves(one) else 2 * depth
        orelse = getattr(one, "orelse", [])
        # An `elif` is no deeper than its `if`.
        is_elif = isinstance(one, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If)
        total += bool(orelse) and not is_elif
        inner = depth + isinstance(one, _BLOCKS)
        for child in ast.iter_child_nodes(one):
            if isinstance(child, ast.stmt):
                stack.append((child, depth if is_elif and child in orelse else inner))
            elif isinstance(child, ast.ExceptHandler):
                stack += [(statement, inner) for statement in child.body]
    return total


def _only_leaves(node: ast.stmt) -> bool:
    match node:
        case ast.Continue() | ast.Break() | ast.Pass():
            return True
        case ast.Return(value=None | ast.Constant() | ast.Name()):
            return True
    return False


def _loops(node: DefinitionNode) -> int:
    """Count the loops that are no comprehensions."""
    return sum(isinstance(one, ast.For | ast.While) for one in ast.walk(node))


def _size(node: DefinitionNode) -> int:
    """Count the statements and what they are made of."""
    return sum(isinstance(one, ast.stmt | ast.expr) for one in ast.walk(node))


_COUNTS: Final[Mapping[str, Callable[[DefinitionNode], int]]] = MappingProxyType(
    {"nesting": _nesting, "comprehensions": _loops, "size": _size}
)
_WHAT: Final = MappingProxyType(
    {
        "nesting": "depth of its statements",
        "comprehensions": "loops",
        "size": "statements and expressions",
    }
)
