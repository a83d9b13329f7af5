"""What functions return."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.value import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    Values,
    builtin_instance,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_CONTEXT_MANAGERS: Final = frozenset(
    {
        "contextmanager",
        "contextlib.contextmanager",
        "asynccontextmanager",
        "contextlib.asynccontextmanager",
    }
)
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class ReturnReader:
    """Answers for `Inference` what a call of a function gives."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference

    def result(self, function: FunctionValue) -> Values:
        """Return what a function returns: what it promises, else what it does."""
        return self._inference.questions.unless_open(function, lambda: self._result(function))

    def _result(self, function: FunctionValue) -> Values:
        node, inference = function.node, self._inference
        if isinstance(node, ast.Lambda):
            return inference.values(function.file, function.scope, node.body)
        if node.returns is not None:
            promised = self._promised(function, node.returns)
            if promised != UNKNOWN:
                return promised
        return self._done(function, node)

    def _done(
        self, function: FunctionValue, node: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> Values:
        returned: list[ast.expr] = []
        yielded: Values = NOTHING
        is_generator = False
        for own in own_nodes(node):
            match own:
                case ast.Return(value=ast.expr() as value):
                    returned.append(value)
                case ast.Yield() | ast.YieldFrom():
                    is_generator = True
                    yielded |= self._yielded(function, own)
        if is_generator:
            return frozenset((ContainerValue(yielded or UNKNOWN),))
        found = self._inference.union(
            self._inference.values(function.file, function.scope, value) for value in returned
        )
        if len(found) > 1:
            found -= builtin_instance("NoneType")
        return found or builtin_instance("NoneType")

    def _yielded(self, function: FunctionValue, node: ast.Yield | ast.YieldFrom) -> Values:
        if node.value is None:
            return NOTHING
        found = self._inference.values(function.file, function.scope, node.value)
        if isinstance(node, ast.YieldFrom):
            return self._inference.unpacked(found, ("element",))
        return found

    def _promised(self, function: FunctionValue, returns: ast.expr) -> Values:
        outer = function.scope.parent
        assert outer is not None, "a function is in a module"
        found = self._inference.annotations.instances(function.file, outer, returns)
        assert not isinstance(function.node, ast.Lambda), "it has no annotation"
        if decorator_names(function.node) & _CONTEXT_MANAGERS:
            return found
        if isinstance(returns, ast.Name | ast.Attribute) and function.receiver is not None:
            return _of_receiver(found, returns, function.receiver)
        return found


def _of_receiver(found: Values, returns: ast.expr, receiver: ClassValue) -> Values:
    """Return the receiver's class for `-> Self`, wherever the method was inherited from."""
    match returns:
        case ast.Name(id="Self") | ast.Attribute(attr="Self"):
            return frozenset((InstanceValue(receiver),))
    return found


def own_nodes(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body without those of nested scopes."""
    stack: list[ast.AST] = list(reversed(node.body))
    while stack:
        own = stack.pop()
        yield own
        if not isinstance(own, _SCOPES):
            stack.extend(reversed(list(ast.iter_child_nodes(own))))
