"""What a sentence wants less of in code of other languages, and whether there is any."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from nanobot_engine.language.functions import CodeFunction
from nanobot_engine.language.statement import (
    Kind,
    all_nodes,
    branches,
    inner,
    kind_of,
    statements_of,
)
from nanobot_engine.recipe.rewrite.goal import RewriteScope
from nanobot_engine.recipe.rewrite.other_languages.var_keyword import var_count
from nanobot_indexer import Language

VARS: Final = "var"
NESTING: Final = "nesting"
SIZE: Final = "size"
_ABOUT_VAR: Final = re.compile(r"\bvar\b.*\b(let|const)\b|\b(let|const)\b.*\bvar\b", re.DOTALL)
_STATEMENTS: Final = ("_statement", "_declaration", "_expression_statement")
_PARTS_PER_STATEMENT: Final = 12
"""As many as a call of a method with a short function has."""
_TAKING_SPACE: Final = frozenset({Kind.IF, Kind.LOOP, Kind.TRY})
_SCRIPTS: Final = frozenset({Language.JAVASCRIPT, Language.TYPESCRIPT, Language.TSX})


def measure_of(scope: RewriteScope) -> str:
    """Return what must get less; "" for nothing that is known."""
    return VARS if _ABOUT_VAR.search(scope.instruction) else scope.measure


def room_problem(measure: str, function: CodeFunction) -> str:
    """Say why a function has nothing that could get less; empty where it may have."""
    if measure == VARS:
        is_script = function.language in _SCRIPTS
        return "" if is_script and var_count(function) > 0 else "it has no `var`"
    if measure == NESTING:
        return "" if _nesting(function) > 0 else "nothing in it is nested"
    if measure == SIZE:
        has_any = any(kind_of(one) in _TAKING_SPACE for one in all_nodes(function.body))
        return "" if has_any else "it has no block that could be less"
    return "" if not measure else "there are no comprehensions in its language"


def progress_problem(measure: str, before: CodeFunction, after: CodeFunction) -> str:
    """Return why a rewrite is not what was asked; empty when it is, or nobody can count it."""
    count = _COUNTS.get(measure)
    if count is None:
        return ""
    old, new = count(before), count(after)
    return "" if new < old else f"{_WHAT[measure]}: {old} before, {new} after"


def _nesting(function: CodeFunction) -> int:
    """Count statements by their depth, and each `else` as half a level more."""
    total = 0
    waiting = [(one, 0) for one in statements_of(function.body)]
    while waiting:
        statement, depth = waiting.pop()
        node = inner(statement)
        kind = kind_of(node)
        is_short = kind in {Kind.RETURN, Kind.RAISE, Kind.BREAK, Kind.CONTINUE}
        total += 0 if is_short else 2 * depth
        if kind is Kind.IF:
            yes, no = branches(node)
            waiting += [(one, depth + 1) for one in statements_of(yes)]
            is_else_if = no is not None and kind_of(no) is Kind.IF
            total += no is not None and not is_else_if
            waiting += [(one, depth + (not is_else_if)) for one in statements_of(no)]
        elif kind in {Kind.LOOP, Kind.TRY, Kind.BLOCK}:
            blocks = [one for one in node.children if kind_of(one) is Kind.BLOCK]
            blocks = [node] if kind is Kind.BLOCK else blocks
            waiting += [(one, depth + 1) for block in blocks for one in statements_of(block)]
    return total


def _size(function: CodeFunction) -> int:
    """Count what a function does one after the other; of that, what it is made of.

    A chain of calls that takes the place of a loop has more parts, and is less to read.
    """
    nodes = [one for one in all_nodes(function.body) if one.is_named]
    statements = sum(
        one.type.endswith(_STATEMENTS) or kind_of(one) in _TAKING_SPACE for one in nodes
    )
    return statements * _PARTS_PER_STATEMENT + len(nodes)


_COUNTS: Final[Mapping[str, Callable[[CodeFunction], int]]] = MappingProxyType(
    {NESTING: _nesting, SIZE: _size, VARS: var_count}
)
_WHAT: Final = MappingProxyType(
    {NESTING: "depth of its statements", SIZE: "size of its code", VARS: "`var`"}
)
