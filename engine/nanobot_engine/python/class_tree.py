"""Classes: what they inherit, and what an attribute of one is."""

import ast
import builtins
import collections
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nanobot_engine.edit.python_names import dotted_name
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope, Stored, all_arguments
from nanobot_engine.python.standard_library import StandardLibrary
from nanobot_engine.python.value import (
    NOTHING,
    UNKNOWN,
    ClassValue,
    ForeignValue,
    FunctionValue,
    InstanceValue,
    Unknown,
    Value,
    Values,
)

if TYPE_CHECKING:
    from nanobot_engine.python.inference import Inference

_PROPERTIES = frozenset({"property", "cached_property", "functools.cached_property"})
# Bases that add no attributes that programs name.
_BARE_BASES = frozenset(
    {
        "builtins.object",
        "abc.ABC",
        "typing.Generic",
        "typing.Protocol",
        "typing_extensions.Protocol",
        "typing.NamedTuple",
        "typing.TypedDict",
        "enum.Enum",
        "enum.IntEnum",
        "enum.StrEnum",
        "enum.Flag",
        "enum.IntFlag",
    }
)

_STANDARD_MODULES = frozenset({"builtins", "typing", "collections"})
_STANDARD_BASES: dict[str, type] = {
    **{name: kind for name, kind in vars(builtins).items() if isinstance(kind, type)},
    **{kind.__name__.capitalize(): kind for kind in (list, dict, set, tuple)},
    "OrderedDict": collections.OrderedDict,
    "defaultdict": collections.defaultdict,
    "deque": collections.deque,
    "Counter": collections.Counter,
}


def class_node(scope: Scope) -> ast.ClassDef:
    """Return the class whose body a scope is."""
    assert isinstance(scope.node, ast.ClassDef), "the scope of a class"
    return scope.node


def decorator_names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """Return the dotted names of decorators; of a call, what is called."""
    names = set()
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = dotted_name(called)
        if name is not None:
            names.add(name)
    return names


class ClassTree:
    """Answers for `Inference` what classes are."""

    def __init__(self, inference: "Inference") -> None:
        self._inference = inference
        self._lines: dict[ClassValue, tuple[ClassValue, ...]] = {}
        self._library = StandardLibrary()
        self._stored: dict[PythonFile, dict[Scope, dict[str, list[Stored]]]] = {}

    def line(self, of: ClassValue) -> tuple[ClassValue, ...]:
        """Return a class and its ancestors of the workspace, nearest first, depth first.

        Python's own order differs for diamonds; the same classes are in both.
        """
        if of in self._lines:
            return self._lines[of]
        # For a class that inherits from itself by mistake.
        self._lines[of] = (of,)
        found = [of]
        with self._inference.questions.aside():
            for base in of.node.bases:
                bases = [one for one in self.base_values(of, base) if isinstance(one, ClassValue)]
                # Several where nobody knows which one it is.
                for value in sorted(bases, key=lambda one: (one.file.path, one.node.lineno)):
                    found += [one for one in self.line(value) if one not in found]
        self._lines[of] = tuple(found)
        return self._lines[of]

    def may_inherit(self, of: ClassValue, name: str) -> bool:
        """Tell whether a base outside of the workspace may define an attribute."""
        return any(self._foreign_has(base, name) is not False for base in self.foreign_bases(of))

    def outside_owner(self, of: ClassValue, name: str) -> str:
        """Return the base outside of the workspace that certainly defines an attribute, or ""."""
        owners = (base for base in self.foreign_bases(of) if self._foreign_has(base, name))
        return next(owners, "")

    def _foreign_has(self, base: str, name: str) -> bool | None:
        outer, _, last = base.rpartition(".")
        known = _STANDARD_BASES.get(last) if outer in _STANDARD_MODULES else None
        is_private = name.startswith("__") and not name.endswith("__")
        if base in _BARE_BASES or is_private:
            return False
        if known is not None:
            return hasattr(known, name)
        return self._library.has(base, name)

    def foreign_bases(self, of: ClassValue) -> Iterator[str]:
        """Yield the dotted names of all bases outside of the workspace; "" for unknown ones."""
        for one in self.line(of):
            for base in one.node.bases:
                node = base.value if isinstance(base, ast.Subscript) else base
                for value in self.base_values(one, node):
                    if isinstance(value, ForeignValue):
                        yield value.name
                    elif not isinstance(value, ClassValue):
                        yield ""

    def tuple_fields(self, of: ClassValue) -> list[ast.AnnAssign] | None:
        """Return the fields of a `typing.NamedTuple` in order, None for other classes."""
        for one in self.line(of):
            bases = {
                value.name
                for base in one.node.bases
                for value in self.base_values(one, base)
                if isinstance(value, ForeignValue)
            }
            if "typing.NamedTuple" in bases:
                return [part for part in one.node.body if isinstance(part, ast.AnnAssign)]
        return None

    def base_values(self, of: ClassValue, base: ast.expr) -> Values:
        """Return what one base class is."""
        scope = of.scope.parent
        assert scope is not None, "a class is in a module"
        return self._inference.values(of.file, scope, base)

    def is_metaclass(self, of: ClassValue) -> bool:
        """Tell whether instances of a class are classes."""
        return any(
            value == ForeignValue("builtins.type")
            for one in self.line(of)
            for base in one.node.bases
            for value in self.base_values(one, base)
        )

    def owners(self, of: ClassValue, name: str) -> Iterator[ClassValue]:
        """Yield the classes of a line that define or assign an attribute, nearest first."""
        for one in self.line(of):
            if name in one.scope.sites or name in self._stores(one):
                yield one

    def attribute(self, value: ClassValue | InstanceValue, name: str) -> Values:
        """Return what an attribute of a class or of its instances is."""
        of = value.of if isinstance(value, InstanceValue) else value
        is_super = isinstance(value, InstanceValue) and value.is_super
        for one in self.line(of)[1 if is_super else 0 :]:
            found = self._own(value, one, name)
            if found:
                return found
        return UNKNOWN

    def _own(self, value: ClassValue | InstanceValue, one: ClassValue, name: str) -> Values:
        inference = self._inference
        found: Values = NOTHING
        if name in one.scope.sites:
            found = inference.each(
                inference.symbol_values(one.file, one.scope, name),
                lambda member: self._reached(value, one, member),
            )
        stores = self._stores(one).get(name, ())
        if stores and (not found or found <= _NONE):
            found = frozenset().union(*(self._assigned(one.file, stored) for stored in stores))
        if len(found) > 1:
            found -= _NONE
        return found

    def _assigned(self, file: PythonFile, stored: Stored) -> Values:
        inference = self._inference
        if stored.annotation is not None:
            declared = inference.annotations.instances(file, stored.scope, stored.annotation)
            if declared != UNKNOWN:
                return declared
        if stored.value is None:
            return UNKNOWN
        return inference.unpacked(inference.values(file, stored.scope, stored.value), stored.path)

    def _reached(
        self, value: ClassValue | InstanceValue, owner: ClassValue, member: Value
    ) -> Values:
        """Return what a class member becomes when it is reached through an object."""
        if not isinstance(member, FunctionValue) or isinstance(member.node, ast.Lambda):
            return self._enumerated(owner, member)
        of = value.of if isinstance(value, InstanceValue) else value
        decorators = decorator_names(member.node)
        if decorators & _PROPERTIES or any(
            name.endswith((".setter", ".getter", ".deleter")) for name in decorators
        ):
            if isinstance(value, ClassValue):
                return UNKNOWN
            return self._inference.returns.result(FunctionValue(member.file, member.node, of))
        is_bound = "staticmethod" not in decorators and (
            isinstance(value, InstanceValue) or "classmethod" in decorators
        )
        return frozenset((FunctionValue(member.file, member.node, of, is_bound),))

    def _enumerated(self, owner: ClassValue, member: Value) -> Values:
        if self.is_enum(owner) and not isinstance(member, FunctionValue):
            return frozenset((InstanceValue(owner),))
        return frozenset((member,))

    def is_protocol(self, of: ClassValue) -> bool:
        """Tell whether any object with the right members counts as an instance of a class."""
        return any(
            isinstance(value, ForeignValue) and value.name.endswith(".Protocol")
            for base in of.node.bases
            for value in self.base_values(
                of, base.value if isinstance(base, ast.Subscript) else base
            )
        )

    def is_enum(self, of: ClassValue) -> bool:
        """Tell whether a class is an enumeration."""
        return any(
            isinstance(value, ForeignValue) and value.name.startswith("enum.")
            for one in self.line(of)
            for base in one.node.bases
            for value in self.base_values(one, base)
        )

    def _stores(self, of: ClassValue) -> dict[str, list[Stored]]:
        """Return the assignments to attributes of the first parameter in a class's methods."""
        by_class = self._stored.get(of.file)
        if by_class is None:
            by_class = self._stored[of.file] = {}
            for name, all_stored in of.file.names.stored.items():
                for stored in all_stored:
                    owner = _class_of_store(stored)
                    if owner is not None:
                        by_class.setdefault(owner, {}).setdefault(name, []).append(stored)
        return by_class.get(of.scope, {})

    def has_dynamic_attributes(self, of: ClassValue) -> bool:
        """Tell whether a class answers for names that it does not define."""
        dynamic = {"__getattr__", "__getattribute__"}
        return any(dynamic & one.scope.sites.keys() for one in self.line(of))


_NONE: Values = frozenset((ForeignValue("builtins.NoneType", is_instance=True), Unknown()))


def _class_of_store(stored: Stored) -> Scope | None:
    """Return the class to whose first parameter an assignment goes: `self.x = …`."""
    receiver = stored.node.value
    if not isinstance(receiver, ast.Name):
        return None
    function = stored.scope.lookup(receiver.id)
    if function is None or not isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    arguments = all_arguments(function.node.args)
    owner = function.parent
    if (
        not arguments
        or arguments[0].arg != receiver.id
        or owner is None
        or not isinstance(owner.node, ast.ClassDef)
        or "staticmethod" in decorator_names(function.node)
    ):
        return None
    return owner
