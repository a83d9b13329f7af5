"""The gate of recipes that only add: what they added is taken out, and the rest compared.

It walks both trees at once. Where they differ, the new tree must have an addition
of a known form: a `try` that passes every exception on, a call of a logger, the logger
itself. What a handler and a logged message may contain is part of the form, so an
addition has no effect but its line in the log (or the class of the exception, where the
user asked for another one).
"""

import ast
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from nanobot_engine.edit import SourceError, SourceFile, TextEdit, Verdict, source_from_bytes
from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.edit.python_syntax import python_tree

_ACCEPTED: Final = Verdict(ok=True, reason="")

Unwrap = Callable[[ast.stmt], Sequence[ast.stmt] | None]
"""Returns what an added statement was put around; None for a statement of another form."""


class OnlyAddedGate:
    """The program without the additions is the program before."""

    def __init__(self, name: str, unwrap: Unwrap) -> None:
        """Say what may be added.

        Args:
            name: What the user reads when it refuses.
            unwrap: Knows the form of the additions; a logger and its import are known here.
        """
        self.name = name
        self._unwrap = unwrap

    def check(self, before: SourceFile, after: bytes, edits: Sequence[TextEdit]) -> Verdict:
        """Compare the trees; each edit of a step accounts for one addition."""
        try:
            old = python_tree(before)
            new = python_tree(source_from_bytes(before.path, after))
        except SourceError as error:
            return Verdict(ok=False, reason=str(error))
        comparison = _Comparison(self._unwrap)
        reason = comparison.difference(old, new)
        if reason:
            return Verdict(ok=False, reason=reason)
        expected = sum(bool(edit.step_key) for edit in edits)
        if comparison.additions != expected:
            found = f"{expected} edits made {comparison.additions} additions"
            return Verdict(ok=False, reason=found)
        return _ACCEPTED


class _Comparison:
    """Walks two trees; keeps its own stack, so that no depth of nesting ends it."""

    def __init__(self, unwrap: Unwrap) -> None:
        self._unwrap = unwrap
        self.additions = 0

    def difference(self, old: ast.AST, new: ast.AST) -> str:
        """Return the first difference that is no addition; empty without one."""
        stack: list[tuple[object, object]] = [(old, new)]
        while stack:
            one, other = stack.pop()
            if isinstance(one, ast.AST) and isinstance(other, ast.AST):
                if type(one) is not type(other):
                    return _told(other, f"{type(one).__name__} became {type(other).__name__}")
                fields = one._fields
                if self._has_new_handler(one, other):
                    self.additions += 1
                    fields = tuple(name for name in fields if name != "handlers")
                stack += [(getattr(one, name, None), getattr(other, name, None)) for name in fields]
            elif isinstance(one, list) and isinstance(other, list):
                pairs = self._pairs(one, other)
                if pairs is None:
                    return _told(next(iter(other or one), None), "statements differ")
                stack += pairs
            elif type(one) is not type(other) or one != other:
                return f"{one!r} became {other!r}"
        return ""

    def _has_new_handler(self, old: ast.AST, new: ast.AST) -> bool:
        """Tell whether a `try` that had only a `finally` got a handler of a known form."""
        match old, new:
            case ast.Try(handlers=[]), ast.Try(body=body, handlers=[handler]):
                alone = ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[])
                return self._unwrap(alone) is not None
        return False

    def _pairs(self, old: list[object], new: list[object]) -> list[tuple[object, object]] | None:
        """Return which elements belong together, with the additions taken out; None if none fit."""
        if not all(isinstance(one, ast.stmt) for one in new):
            return list(zip(old, new, strict=True)) if len(old) == len(new) else None
        pairs: list[tuple[object, object]] = []
        waiting = deque(new)
        position = 0
        while waiting:
            node = waiting.popleft()
            assert isinstance(node, ast.stmt), "all of them are, see above"
            partner = old[position] if position < len(old) else None
            if type(partner) is type(node) and not self._is_new(node, partner):
                pairs.append((partner, node))
                position += 1
                continue
            inside = self._unwrap(node)
            if inside is not None:
                self.additions += 1
                waiting.extendleft(reversed(inside))
            elif not _is_logger(node):
                return None
        return pairs if position == len(old) else None

    def _is_new(self, node: ast.stmt, partner: object) -> bool:
        """Tell whether a statement is added before one of the same kind."""
        if not isinstance(node, ast.Expr | ast.Import | ast.Assign):
            return False
        is_known = _is_logger(node) or self._unwrap(node) is not None
        return is_known and isinstance(partner, ast.AST) and ast.dump(node) != ast.dump(partner)


def _is_logger(node: ast.stmt) -> bool:
    match node:
        case ast.Import(names=[ast.alias(name="logging", asname=None)]):
            return True
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=function, args=[ast.Name(id="__name__")], keywords=[]),
        ):
            return dotted_name(function) == "logging.getLogger"
    return False


def is_logged(node: ast.stmt, methods: frozenset[str]) -> bool:
    """Tell whether a statement is a call of a logger that does nothing else.

    Its arguments are a text and names or attributes, so nothing is called for them.

    Args:
        node: A statement.
        methods: Of the logger.
    """
    match node:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(), attr=method),
                args=[ast.Constant(value=str()), *arguments],
                keywords=[],
            )
        ):
            return method in methods and all(dotted_name(one) is not None for one in arguments)
    return False


def _told(node: object, what: str) -> str:
    line = getattr(node, "lineno", None)
    return f"line {line}: {what}" if line is not None else what
