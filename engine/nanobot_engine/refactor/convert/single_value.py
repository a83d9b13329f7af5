"""Which values are certainly no tuple: `%` formats a tuple as several values.

A mapping is one value where the format names no keys.
"""

import ast
from typing import Final

from nanobot_engine.python import Inference, PythonFile, Scope
from nanobot_engine.python.scope import ScopeKind
from nanobot_engine.python.value import UNKNOWN, ClassValue, ForeignValue, InstanceValue, Value

# What every class, function and module has as text.
_NAMES: Final = frozenset({"__name__", "__qualname__", "__module__"})
_MATCHING: Final = frozenset(
    f"re.compile().{name}" for name in ("match", "fullmatch", "search", "findall", "finditer")
)
_OPEN: Final = frozenset({"builtins.tuple", "builtins.object"})


def is_a_name(node: ast.expr) -> bool:
    """Tell whether an expression is the name of a class, function or module, which is text."""
    return isinstance(node, ast.Attribute) and node.attr in _NAMES


class SingleValues:
    """Answers for the expressions of one file."""

    def __init__(self, inference: Inference, file: PythonFile) -> None:
        self._inference = inference
        self._file = file

    def is_no_tuple(self, scope: Scope, node: ast.expr) -> bool:
        """Tell whether a value is certainly no tuple."""
        if is_a_name(node):
            return True
        match node:
            case ast.Call(func=ast.Name(id="type"), args=[_], keywords=[]):
                return scope.lookup("type") is None
            case ast.Name() if self._is_searched(scope, node):
                return True
        found = self._inference.values(self._file, scope, node)
        return bool(found) and all(self._is_single(one) for one in found)

    def may_be_tuple(self, scope: Scope, node: ast.expr) -> bool:
        """Tell whether something speaks for a tuple: it is one of several known values."""
        found = self._inference.values(self._file, scope, node)
        return not found or any(not self._is_single(one) for one in found - UNKNOWN)

    def _is_single(self, value: Value) -> bool:
        match value:
            case ForeignValue(name=name, is_instance=True):
                return name.startswith("builtins.") and name not in _OPEN
            case InstanceValue(of=of):
                bases = self._inference.classes.foreign_bases(of)
                return all(one.startswith("builtins.") and one != "builtins.tuple" for one in bases)
            case ClassValue():
                return True
        return False

    def _is_searched(self, scope: Scope, node: ast.Name) -> bool:
        """Tell whether a pattern was matched with a parameter before: it is text, or bytes."""
        bound = scope.lookup(node.id)
        if bound is None or bound.kind is not ScopeKind.FUNCTION or len(bound.sites[node.id]) > 1:
            return False
        body = getattr(bound.node, "body", ())
        if not isinstance(body, list):
            return False
        for statement in body:
            if statement.lineno > node.lineno or not isinstance(
                statement, ast.Assign | ast.Expr | ast.Return
            ):
                continue
            match statement.value:
                case ast.Call(func=function, args=[ast.Name(id=name), *_]) if name == node.id:
                    called = self._inference.values(self._file, bound, function)
                    if called and all(getattr(one, "name", "") in _MATCHING for one in called):
                        return True
        return False
