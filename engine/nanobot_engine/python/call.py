"""What calls give: constructors, functions of the workspace, a few builtins, containers."""

import ast
import builtins
from typing import TYPE_CHECKING, Final

from nanobot_engine.python.builtin_call import builtin_result
from nanobot_engine.python.class_tree import class_node
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope
from nanobot_engine.python.value import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    ContainerValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    RaisedValue,
    Value,
    Values,
    builtin_instance,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_DICT_ELEMENT: Final = frozenset({"get", "pop", "setdefault"})
_LIST_ELEMENT: Final = frozenset({"pop", "popleft"})
_SAME_ELEMENTS: Final = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "filter")
)
_ONE_ELEMENT: Final = frozenset({"builtins.next", "builtins.min", "builtins.max"})
_PAIRS: Final = frozenset({"builtins.enumerate", "builtins.zip"})
_CASTS: Final = frozenset({"typing.cast", "typing_extensions.cast"})
# Modules whose functions make all that they give: nothing of the workspace comes back.
_CLOSED_MODULES: Final = frozenset(
    {"base64", "binascii", "codecs", "datetime", "getpass", "hashlib", "hmac", "json", "locale"}
    | {"math", "os", "pathlib", "platform", "re", "shlex", "shutil", "socket", "ssl", "stat"}
    | {"struct", "subprocess", "tempfile", "textwrap", "time", "urllib", "uuid", "zlib"}
)
_SAME_VALUE: Final = frozenset(
    {"copy.copy", "copy.deepcopy", "dataclasses.replace", "functools.partial", "weakref.proxy"}
)


class CallReader:
    """Answers for `Inference` what a call is."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference

    def result(self, file: PythonFile, scope: Scope, node: ast.Call) -> Values:
        """Return what a call expression is."""
        match node.func:
            case ast.Name(id="super") if scope.lookup("super") is None:
                return self._super(file, scope)
            case ast.Attribute(value=inner, attr=name):
                found = self._container_call(file, scope, inner, name)
                if found is not None:
                    return found
        return self._inference.each(
            self._inference.values(file, scope, node.func),
            lambda called: self.of(file, scope, called, node),
        )

    def of(self, file: PythonFile, scope: Scope, called: Value, node: ast.Call) -> Values:
        """Return what a call of `called` gives."""
        match called:
            case ClassValue():
                return frozenset((InstanceValue(called),))
            case FunctionValue():
                return self._inference.returns.result(called)
            case InstanceValue():
                return self._inference.each(
                    self._inference.classes.attribute(called, "__call__"),
                    lambda method: (
                        self.of(file, scope, method, node)
                        if isinstance(method, FunctionValue)
                        else UNKNOWN
                    ),
                )
            case ForeignValue(name=name, is_instance=False):
                return self._foreign_call(file, scope, name, node)
        return UNKNOWN

    def _foreign_call(self, file: PythonFile, scope: Scope, name: str, node: ast.Call) -> Values:
        if name == "pytest.raises" and node.args:
            raised = self._inference.parts.instances(file, scope, node.args[0])
            return frozenset((RaisedValue(raised),))
        arguments = [self._inference.values(file, scope, one) for one in node.args]
        known = self._known_call(file, scope, name, node, arguments) or builtin_result(name)
        if known is not None:
            return known
        outer, _, last = name.rpartition(".")
        is_builtin_class = outer == "builtins" and isinstance(getattr(builtins, last, None), type)
        if name.partition(".")[0] in _CLOSED_MODULES:
            return frozenset((ForeignValue(f"{name}()", is_instance=True),))
        if last[:1].isupper() or is_builtin_class:
            return frozenset((ForeignValue(name, is_instance=True),))
        return UNKNOWN

    def _known_call(
        self, file: PythonFile, scope: Scope, name: str, node: ast.Call, arguments: list[Values]
    ) -> Values | None:
        """Return what a function that this class knows gives; None for any other."""
        inference = self._inference
        elements = [inference.unpacked(one, ("element",)) for one in arguments]
        if name in _SAME_ELEMENTS:
            return frozenset((ContainerValue(elements[-1] if elements else NOTHING),))
        if not arguments:
            return None
        if name in _ONE_ELEMENT and len(arguments) == 1:
            return elements[0]
        if name in _PAIRS:
            first = [builtin_instance("int")] if name == "builtins.enumerate" else []
            items = (*first, *elements)
            pair: Values = frozenset((ContainerValue(inference.union(items), items),))
            return frozenset((ContainerValue(pair),))
        if name in _CASTS:
            return inference.annotations.instances(file, scope, node.args[0])
        return self._same_or_part(name, node, arguments[0])

    def _same_or_part(self, name: str, node: ast.Call, first: Values) -> Values | None:
        if name in _SAME_VALUE:
            return first
        match name, node.args:
            case "builtins.type", [_]:
                return self._inference.each(first, _type_of)
            case "builtins.getattr", [_, ast.Constant(value=str(attribute)), *_]:
                return self._inference.each(
                    first, lambda one: self._inference.attribute(one, attribute)
                )
        return None

    def _container_call(
        self, file: PythonFile, scope: Scope, inner: ast.expr, name: str
    ) -> Values | None:
        """Return what a method of a builtin container gives; None for anything else."""
        containers = [
            value
            for value in self._inference.values(file, scope, inner)
            if isinstance(value, ContainerValue)
        ]
        if not containers:
            return None
        elements = self._inference.union(container.elements for container in containers)
        keys = self._inference.union(container.keys or NOTHING for container in containers)
        is_mapping = any(container.keys is not None for container in containers)
        if is_mapping and name == "items":
            pair = (keys, elements)
            return frozenset((ContainerValue(frozenset((ContainerValue(keys | elements, pair),))),))
        if is_mapping and name == "keys":
            return frozenset((ContainerValue(keys),))
        if name in {"values", "copy", "union", "intersection", "difference"}:
            return frozenset((ContainerValue(elements),))
        if name in (_DICT_ELEMENT if is_mapping else _LIST_ELEMENT):
            return elements or UNKNOWN
        return UNKNOWN

    def _super(self, file: PythonFile, scope: Scope) -> Values:
        inside = scope.enclosing_class()
        if inside is None:
            return UNKNOWN
        return frozenset((InstanceValue(ClassValue(file, class_node(inside)), is_super=True),))


def _type_of(value: Value) -> Values:
    match value:
        case InstanceValue(of=of):
            return frozenset((of,))
        case ForeignValue(name=name, is_instance=True):
            return frozenset((ForeignValue(name),))
    return UNKNOWN
