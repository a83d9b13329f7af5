"""What parameters are: by annotation, as receivers, from fixtures, defaults and calls.

Without an annotation the calls of a function in the workspace tell what comes in. They
never tell everything (a function can be called from elsewhere), so `Unknown` is always
one of the possibilities then.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nanobot_engine.python.class_tree import class_node, decorator_names
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope, ScopeKind, Site
from nanobot_engine.python.value import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    ContainerValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    Unknown,
    Value,
    Values,
    builtin_instance,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

# A name in more files than that is too common to look for its calls.
_FILES_MAX: Final = 40
_CALLS_MAX: Final = 25
_KEYED: Final = frozenset({"builtins.sorted", "builtins.min", "builtins.max"})
_APPLYING: Final = frozenset({"builtins.map", "builtins.filter"})

_Call = tuple[PythonFile, ast.Call, Scope]


class ParameterReader:
    """Answers for `Inference` what parameters are."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference
        self._calls: dict[str, list[_Call]] = {}
        self._argument_of: dict[PythonFile, dict[ast.expr, tuple[ast.Call, Scope]]] = {}

    def values(self, file: PythonFile, function: Scope, site: Site, node: ast.arg) -> Values:
        """Return what a parameter is.

        Args:
            file: Of the function.
            function: Its scope.
            site: Where the parameter is bound.
            node: The parameter.
        """
        owner = function.node
        if not isinstance(owner, _Function):
            return UNKNOWN
        arguments = owner.args
        annotated: Values = UNKNOWN
        if node.annotation is not None:
            annotated = self._inference.annotations.instances(file, site.scope, node.annotation)
        if node is arguments.vararg:
            return frozenset((ContainerValue(annotated),))
        if node is arguments.kwarg:
            return frozenset((ContainerValue(annotated, keys=builtin_instance("str")),))
        if annotated != UNKNOWN:
            return annotated
        return self._unannotated(file, function, site.scope, node)

    def _unannotated(
        self, file: PythonFile, function: Scope, outer: Scope, node: ast.arg
    ) -> Values:
        owner = function.node
        assert isinstance(owner, _Function), "the caller looked"
        receiver = self.receiver(file, function)
        positional = [*owner.args.posonlyargs, *owner.args.args]
        if receiver is not None and positional and positional[0] is node:
            return receiver
        if isinstance(owner, ast.Lambda):
            return self._of_lambda(file, owner, node)
        passed = self._inference.fixtures.parameter(file, function, node.arg)
        if passed is not None:
            return passed
        found = self._default(file, outer, owner.args, node) | self._passed(function, owner, node)
        return (found - builtin_instance("NoneType")) | UNKNOWN

    def receiver(self, file: PythonFile, function: Scope) -> Values | None:
        """Return what the first parameter of a method is; None for other functions."""
        owner = function.parent
        while owner is not None and owner.name == "" and owner.kind is ScopeKind.FUNCTION:
            owner = owner.parent
        node = function.node
        if owner is None or owner.kind is not ScopeKind.CLASS or isinstance(node, ast.Lambda):
            return None
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef), "a function scope"
        decorators = decorator_names(node)
        if "staticmethod" in decorators and node.name != "__new__":
            return None
        of = ClassValue(file, class_node(owner))
        implicit = {"__new__", "__init_subclass__", "__class_getitem__"}
        is_metaclass = self._inference.classes.is_metaclass(of)
        if "classmethod" in decorators or node.name in implicit or is_metaclass:
            return frozenset((of,))
        return frozenset((InstanceValue(of),))

    def _default(
        self, file: PythonFile, scope: Scope, arguments: ast.arguments, node: ast.arg
    ) -> Values:
        default = self.default_of(arguments, node)
        return NOTHING if default is None else self._inference.values(file, scope, default)

    def default_of(self, arguments: ast.arguments, node: ast.arg) -> ast.expr | None:
        """Return the default value of a parameter as it is written."""
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(reversed(positional), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        return next((default for one, default in pairs if one is node), None)

    # From calls

    def _passed(
        self,
        function: Scope,
        owner: ast.FunctionDef | ast.AsyncFunctionDef,
        node: ast.arg,
    ) -> Values:
        """Return what the calls in the workspace pass for a parameter."""

        def ask() -> Values:
            return self._inference.union(
                self._inference.values(file, scope, argument)
                for file, scope, argument in self.arguments(function, owner, node)
            )

        return self._inference.questions.of_callers(ask, NOTHING)

    def arguments(
        self,
        function: Scope,
        owner: ast.FunctionDef | ast.AsyncFunctionDef,
        node: ast.arg,
    ) -> Iterator[tuple[PythonFile, Scope, ast.expr]]:
        """Yield what the calls in the workspace write for a parameter, as far as they are few."""
        name = owner.name
        if name in {"__init__", "__new__"} and function.parent is not None:
            name = function.parent.name
        if name.startswith("__"):
            return
        for call in self._calls_of(name):
            for argument in self._argument(call, owner, node):
                yield call[0], call[2], argument

    def _calls_of(self, name: str) -> list[_Call]:
        """Return the calls of anything with a name, none when there are too many."""
        if name not in self._calls:
            project = self._inference.project
            found: list[_Call] = []
            for count, file in enumerate(project.files_with(name)):
                if count >= _FILES_MAX or len(found) > _CALLS_MAX:
                    break
                found += [
                    (file, call, scope)
                    for call, scope in file.names.calls
                    if _last_name(call.func) == name
                ]
            self._calls[name] = found[:_CALLS_MAX]
        return self._calls[name]

    def _argument(
        self, call: _Call, owner: ast.FunctionDef | ast.AsyncFunctionDef, node: ast.arg
    ) -> Iterator[ast.expr]:
        """Yield what a call passes for a parameter, if it calls that function."""
        file, written, scope = call
        positional = [one.arg for one in (*owner.args.posonlyargs, *owner.args.args)]
        for value in self._inference.values(file, scope, written.func):
            given = self._given(value, owner)
            if given is None:
                continue
            for keyword in written.keywords:
                if keyword.arg == node.arg:
                    yield keyword.value
            place = positional.index(node.arg) - given if node.arg in positional else -1
            arguments = written.args[: place + 1]
            if 0 <= place < len(written.args) and not any(
                isinstance(one, ast.Starred) for one in arguments
            ):
                yield written.args[place]

    def _given(self, value: Value, owner: ast.AST) -> int | None:
        """Return how many parameters a callee has already; None when it is another one."""
        match value:
            case FunctionValue(node=node, is_bound=is_bound) if node is owner:
                return int(is_bound)
            case ClassValue():
                for name in ("__init__", "__new__"):
                    for method in self._inference.classes.attribute(InstanceValue(value), name):
                        if isinstance(method, FunctionValue) and method.node is owner:
                            return 1
        return None

    # Lambdas

    def _of_lambda(self, file: PythonFile, owner: ast.Lambda, node: ast.arg) -> Values:
        """Return what `key=` of `sorted`, `map` and the like pass to a lambda."""
        if [one.arg for one in owner.args.args] != [node.arg]:
            return UNKNOWN
        call, scope = self._call_with(file, owner)
        if call is None or scope is None:
            return UNKNOWN
        names = {
            value.name
            for value in self._inference.values(file, scope, call.func)
            if isinstance(value, ForeignValue)
        }
        source = None
        if names & _APPLYING and len(call.args) > 1 and call.args[0] is owner:
            source = call.args[1]
        elif names & _KEYED and len(call.args) == 1:
            source = call.args[0]
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "sort" and not call.args:
            source = call.func.value
        if source is None:
            return UNKNOWN
        found = self._inference.values(file, scope, source)
        if any(isinstance(value, Unknown) for value in found):
            return UNKNOWN
        return self._inference.unpacked(found, ("element",))

    def _call_with(
        self, file: PythonFile, node: ast.Lambda
    ) -> tuple[ast.Call, Scope] | tuple[None, None]:
        known = self._argument_of.get(file)
        if known is None:
            known = self._argument_of[file] = {
                argument: (call, scope)
                for call, scope in file.names.calls
                for argument in (*call.args, *(one.value for one in call.keywords))
                if isinstance(argument, ast.Lambda)
            }
        return known.get(node, (None, None))


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
