"""What an answer must leave as it is although it keeps all words: order, signs, conditions.

    arguments   of a call that stays, names come in the order in which they came
    operators   of comparison and arithmetic are the same, but where a rule is about them
    negation    an odd number of negations stays odd, and False counts as one
    order       for a type checker, all words that stay come in the order in which they came

No proof that two statements do the same: these are the ways in which small models get it
wrong without a tool noticing.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.refactor.open_finding import OpenFinding

TYPE_TOOLS: Final = frozenset({"mypy", "pyright", "basedpyright"})
_ORDERS: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
# `%` and `+` also format and join strings, `|` joins types.
_ARITHMETIC: Final = (
    ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow, ast.LShift, ast.RShift, ast.BitAnd,
    ast.BitXor, ast.USub, ast.Invert,
)  # fmt: skip
_NEGATIONS: Final = (ast.Not, ast.NotEq, ast.NotIn, ast.IsNot)
_YODA: Final = ("SIM300",)
# They turn a condition around and swap what depends on it, or make a loop of it.
_TURNING: Final = ("SIM2", "SIM103", "SIM110", "SIM111", "PLR5501", "RET", "FURB110")


def meaning_problem(
    old: Sequence[ast.stmt], new: Sequence[ast.stmt], finding: OpenFinding, said: frozenset[str]
) -> str:
    """Return what an answer turns around; "" where nothing of that is found.

    Args:
        old: The statement.
        new: What the model made of it.
        finding: What is wrong with it.
        said: The words of its messages.
    """
    codes = tuple(one.code for one in finding.remarks)
    was, now = _operators(old, _ORDERS), _operators(new, _ORDERS)
    if was != now and not _any_starts(codes, _YODA):
        return "it compares in another direction"
    if _operators(old, _ARITHMETIC) != _operators(new, _ARITHMETIC):
        return "it computes something else"
    if _operators(new, (ast.Or,)) > _operators(old, (ast.Or,)) and "or" not in said:
        return "it has another `or`"
    # What a type checker asks for may be one more condition, and never another sign.
    narrows = finding.tool in TYPE_TOOLS
    kinds = (ast.Not,) if narrows else _NEGATIONS
    turns = _negations(old, kinds) % 2 != _negations(new, kinds) % 2
    if turns and not _any_starts(codes, _TURNING):
        return "it turns a condition around"
    for name, (before, after) in _calls_in_both(old, new).items():
        kept = [one for one in before if one in after and one not in said]
        if not _is_subsequence(kept, after):
            return f"the arguments of {name} come in another order"
    return ""


def order_problem(old: Iterable[str], new: Sequence[str], said: frozenset[str]) -> str:
    """Return whether words that stay come in another order; "" where they do not."""
    kept = [one for one in old if one not in said]
    return "" if _is_subsequence(kept, new) else "its words come in another order"


def _any_starts(codes: Sequence[str], starts: tuple[str, ...]) -> bool:
    return any(code.startswith(starts) for code in codes)


def _walk(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from ast.walk(statement)


def _operators(body: Sequence[ast.stmt], kinds: tuple[type[ast.AST], ...]) -> Counter[str]:
    return Counter(type(one).__name__ for one in _walk(body) if isinstance(one, kinds))


def _negations(body: Sequence[ast.stmt], kinds: tuple[type[ast.AST], ...]) -> int:
    false = sum(isinstance(one, ast.Constant) and one.value is False for one in _walk(body))
    return false + _operators(body, kinds).total()


def _calls_in_both(
    old: Sequence[ast.stmt], new: Sequence[ast.stmt]
) -> dict[str, tuple[list[str], list[str]]]:
    """Return the names in the arguments of calls that are there once before and after."""
    before, after = _calls(old), _calls(new)
    return {
        name: (_names(calls[0]), _names(after[name][0]))
        for name, calls in before.items()
        if len(calls) == 1 and len(after.get(name, ())) == 1
    }


def _calls(body: Sequence[ast.stmt]) -> dict[str, list[ast.Call]]:
    found: dict[str, list[ast.Call]] = {}
    for one in _walk(body):
        name = dotted_name(one.func) if isinstance(one, ast.Call) else None
        if name is not None and isinstance(one, ast.Call):
            found.setdefault(name, []).append(one)
    return found


def _names(call: ast.Call) -> list[str]:
    """Return the names that are passed, in the order of the text."""
    nodes = [one for value in call.args for one in ast.walk(value) if isinstance(one, ast.Name)]
    return [one.id for one in sorted(nodes, key=lambda one: (one.lineno, one.col_offset))]


def _is_subsequence(part: Sequence[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(one in rest for one in part)
