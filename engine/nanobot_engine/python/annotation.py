"""What an annotation promises."""

import ast
from typing import TYPE_CHECKING, Final

from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope
from nanobot_engine.python.value import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    ContainerValue,
    ForeignValue,
    InstanceValue,
    Value,
    Values,
    builtin_instance,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_SEQUENCES: Final = frozenset(
    (
        "list",
        "set",
        "frozenset",
        "List",
        "Set",
        "FrozenSet",
        "Sequence",
        "MutableSequence",
        "Iterable",
        "Iterator",
        "Collection",
        "Generator",
        "AsyncIterator",
        "AsyncIterable",
        "AsyncGenerator",
        "deque",
        "Deque",
        "AbstractSet",
        "Reversible",
        "KeysView",
        "ValuesView",
    )
)
_MAPPINGS: Final = frozenset(
    (
        "dict",
        "Dict",
        "Mapping",
        "MutableMapping",
        "defaultdict",
        "DefaultDict",
        "OrderedDict",
        "MappingProxyType",
        "WeakValueDictionary",
    )
)
_WRAPPERS: Final = frozenset(
    (
        "Optional",
        "Annotated",
        "Final",
        "ClassVar",
        "Required",
        "NotRequired",
        "ReadOnly",
        "Awaitable",
        "Coroutine",
        "ContextManager",
        "AbstractContextManager",
        "AsyncContextManager",
        "InitVar",
    )
)
_MODULES: Final = frozenset(
    (
        "typing",
        "typing_extensions",
        "collections",
        "collections.abc",
        "builtins",
        "types",
        "weakref",
        "contextlib",
        "dataclasses",
    )
)


class AnnotationReader:
    """Answers for `Inference` what a value with an annotation is."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference

    def instances(self, file: PythonFile, scope: Scope, node: ast.expr) -> Values:
        """Return what a value is that an annotation describes."""
        match node:
            case ast.Constant(value=None):
                return builtin_instance("NoneType")
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._either([left, right], file, scope)
            case ast.Subscript(value=value, slice=inner):
                return self._subscripted(file, scope, value, inner)
            case ast.Name(id=name) if (bound := self._bound_of(file, scope, name)) is not None:
                return bound
        return self._inference.each(
            self._inference.values(file, scope, node),
            lambda value: self._instance(value, file, scope),
        )

    def _bound_of(self, file: PythonFile, scope: Scope, name: str) -> Values | None:
        """Return what a type variable is at most; None for other names."""
        where = scope.lookup(name)
        for site in where.sites.get(name, ()) if where is not None else ():
            match site.value:
                case ast.Call(func=ast.Name(id="TypeVar") | ast.Attribute(attr="TypeVar")) as call:
                    bounds = [one.value for one in call.keywords if one.arg == "bound"]
                    options = bounds or call.args[1:]
                    return self._either(options, file, site.scope) if options else UNKNOWN
        return None

    def _instance(self, value: Value, file: PythonFile, scope: Scope) -> Values:
        match value:
            case ClassValue():
                return frozenset((InstanceValue(value),))
            case ForeignValue(name=name, is_instance=False):
                return self._foreign(name, scope, file)
            case ContainerValue():
                # An alias like `Names = list[Name]` was read as an expression.
                return UNKNOWN
        return UNKNOWN

    def _foreign(self, name: str, scope: Scope, file: PythonFile) -> Values:
        outer, _, last = name.rpartition(".")
        if outer in {"typing", "typing_extensions"}:
            inside = scope.enclosing_class()
            if last == "Self" and inside is not None:
                assert isinstance(inside.node, ast.ClassDef), "a class scope"
                return frozenset((InstanceValue(ClassValue(file, inside.node)),))
            return UNKNOWN
        if outer == "builtins" and last in {"object", "type"}:
            return UNKNOWN
        if outer in _MODULES and last in _SEQUENCES | {"tuple"}:
            return frozenset((ContainerValue(UNKNOWN),))
        if outer in _MODULES and last in _MAPPINGS:
            return frozenset((ContainerValue(UNKNOWN, keys=UNKNOWN),))
        return frozenset((ForeignValue(name, is_instance=True),))

    def _subscripted(
        self, file: PythonFile, scope: Scope, value: ast.expr, inner: ast.expr
    ) -> Values:
        arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        found: Values = NOTHING
        for one in self._inference.values(file, scope, value):
            match one:
                case ForeignValue(name=name, is_instance=False):
                    outer, _, last = name.rpartition(".")
                    if outer in _MODULES:
                        found |= self._standard(last, arguments, file, scope)
                    else:
                        found |= frozenset((ForeignValue(name, is_instance=True),))
                case _:
                    found |= self._instance(one, file, scope)
        return found

    def _standard(
        self, name: str, arguments: list[ast.expr], file: PythonFile, scope: Scope
    ) -> Values:
        found: Values = UNKNOWN
        if name == "Union":
            found = self._either(arguments, file, scope)
        elif name in _WRAPPERS:
            # The result comes last in `Coroutine[A, B, C]`, first elsewhere.
            inner = arguments[-1] if name == "Coroutine" else arguments[0]
            found = self.instances(file, scope, inner)
        elif name in _SEQUENCES:
            found = frozenset((ContainerValue(self.instances(file, scope, arguments[0])),))
        elif name in _MAPPINGS and len(arguments) == 2:
            keys, values = (self.instances(file, scope, one) for one in arguments)
            found = frozenset((ContainerValue(values, keys=keys),))
        elif name in {"tuple", "Tuple"}:
            found = self._tuple(arguments, file, scope)
        elif name in {"type", "Type"}:
            found = self._inference.each(
                self.instances(file, scope, arguments[0]),
                lambda value: (
                    frozenset((value.of,)) if isinstance(value, InstanceValue) else UNKNOWN
                ),
            )
        return found

    def _tuple(self, arguments: list[ast.expr], file: PythonFile, scope: Scope) -> Values:
        match arguments:
            case [first, ast.Constant(value=end)] if end is ...:
                return frozenset((ContainerValue(self.instances(file, scope, first)),))
        items = tuple(self.instances(file, scope, one) for one in arguments)
        return frozenset((ContainerValue(frozenset().union(*items), items),))

    def _either(self, options: list[ast.expr], file: PythonFile, scope: Scope) -> Values:
        found: Values = NOTHING
        for option in options:
            found |= self.instances(file, scope, option)
        # What may be None is used where it is not.
        return found - builtin_instance("NoneType") or found
