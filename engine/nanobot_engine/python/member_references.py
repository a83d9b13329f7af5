"""References to a method, attribute or field of a class, over all files.

A member is shared by inheritance: what overrides it and what it overrides must
keep its name. Which class stands before a dot is inferred; where that fails, the
occurrence is reported as possible and nothing is claimed.
"""

import ast
from collections.abc import Iterator
from enum import Enum
from typing import Final

from nanobot_engine.python.class_tree import decorator_names
from nanobot_engine.python.inference import Inference
from nanobot_engine.python.named_access import named_accesses, string_span
from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.record_key import is_typed_dictionary, record_keys
from nanobot_engine.python.reference import Certainty, Reference, ReferenceKind, Symbol
from nanobot_engine.python.scope import Role, Scope
from nanobot_engine.python.stub import counterparts
from nanobot_engine.python.value import (
    ClassValue,
    ForeignValue,
    InstanceValue,
    Unknown,
    Value,
    Values,
)

_NAME_LISTS: Final = frozenset({"__slots__", "__match_args__", "_fields"})
_RECORD_DECORATORS: Final = ("dataclass", "dataclasses.dataclass", "attr.s", "attrs.define")
_RECORD_BASES: Final = frozenset(
    {"typing.NamedTuple", "typing.TypedDict", "pydantic.BaseModel", "msgspec.Struct"}
)
_REPLACING: Final = frozenset(
    {"dataclasses.replace", "copy.replace", "attrs.evolve", "attr.evolve"}
)
# What any object of the standard types may have under this name is never "only ours".
_BUILTIN_ATTRIBUTES: Final = frozenset(
    name
    for kind in (str, bytes, int, float, list, tuple, dict, set, frozenset, type, BaseException)
    for name in dir(kind)
)


class _Verdict(Enum):
    """Whose member of the searched name a value has."""

    OURS = "ours"
    ANOTHER = "another"
    """A class that is not of the family defines it."""
    WITHOUT = "without"
    """It has none: the code would fail there."""
    UNKNOWN = "unknown"


class MemberReferences:
    """Finds what refers to one member of a class."""

    def __init__(self, inference: Inference, symbol: Symbol) -> None:
        assert isinstance(symbol.scope.node, ast.ClassDef), "a member belongs to a class"
        self._inference = inference
        self._project = inference.project
        self._name = symbol.name
        self._of = ClassValue(symbol.file, symbol.scope.node)
        self.family = self._shared_by()
        self._is_private = self._name.startswith("__") and not self._name.endswith("__")
        self._is_only_here: bool | None = None

    @property
    def foreign_bases(self) -> list[ClassValue]:
        """Classes of the family with a base outside of the workspace."""
        return [of for of in self.family if self._inference.classes.may_inherit(of, self._name)]

    def heirs(self) -> list[ClassValue]:
        """Return the classes that have the member by inheritance only."""
        classes = self._inference.classes
        return [
            below
            for below in self._below(self._of)
            if next(classes.owners(below, self._name), None) == self._of
        ]

    def find(self) -> list[Reference]:
        """Return all references, in no particular order."""
        found: list[Reference] = []
        for of in self.family:
            found += self._inside(of)
        files = [self._of.file] if self._is_private else self._project.files_with(self._name)
        for file in files:
            found += self._attributes(file)
            found += self._keywords(file)
            found += self._strings(file)
        if is_typed_dictionary(self._inference, self._of):
            family = [*self.family, *self.heirs()]
            found += record_keys(self._inference, family, self._name)
        return found

    # The classes that share the name

    def _shared_by(self) -> list[ClassValue]:
        classes = self._inference.classes
        if self._name.startswith("__") and not self._name.endswith("__"):
            return [self._of]
        family: list[ClassValue] = []
        waiting = list(classes.owners(self._of, self._name)) or [self._of]
        while waiting:
            of = waiting.pop()
            if of in family:
                continue
            family.append(of)
            for below in self._below(of):
                waiting += classes.owners(below, self._name)
            waiting += classes.owners(of, self._name)
            for one in self._inference.protocols.related(of, self._name):
                waiting += classes.owners(one, self._name)
            for file, scope in counterparts(self._project, of.file, of.scope):
                if isinstance(scope.node, ast.ClassDef):
                    waiting += classes.owners(ClassValue(file, scope.node), self._name)
        return family

    def _below(self, of: ClassValue) -> list[ClassValue]:
        """Return all classes of the workspace that inherit from a class."""
        found: list[ClassValue] = []
        waiting = [of]
        while waiting:
            above = waiting.pop()
            # A subclass names its base, at least in the import of an alias.
            for file in self._project.files_with(above.node.name):
                for node in file.names.scope_by_node:
                    if not isinstance(node, ast.ClassDef) or not node.bases:
                        continue
                    below = ClassValue(file, node)
                    if (
                        below not in found
                        and below != of
                        and of in self._inference.classes.line(below)
                    ):
                        found.append(below)
                        waiting.append(below)
        return found

    # Occurrences

    def _inside(self, of: ClassValue) -> Iterator[Reference]:
        for occurrence in of.file.names.names:
            if occurrence.name == self._name and occurrence.bound() is of.scope:
                kind = (
                    ReferenceKind.DEFINITION
                    if occurrence.role is Role.DEFINITION
                    else ReferenceKind.NAME
                )
                yield Reference(of.file, occurrence.span, kind, Certainty.SURE)
        for name in _NAME_LISTS & of.scope.sites.keys():
            for site in of.scope.sites[name]:
                for node in ast.walk(site.value) if site.value is not None else ():
                    span = string_span(of.file, node, self._name)
                    if span is not None:
                        yield Reference(of.file, span, ReferenceKind.LISTED, Certainty.SURE)

    def _attributes(self, file: PythonFile) -> Iterator[Reference]:
        for occurrence in file.names.attributes:
            if occurrence.name != self._name:
                continue
            if self._is_private and occurrence.scope.enclosing_class() is not self._of.scope:
                continue
            values = self._inference.values(file, occurrence.scope, occurrence.value)
            judged = self._judged(values)
            if judged is not None:
                if self._is_private:
                    # Python mangles the name: inside of the class it means this one.
                    judged = (Certainty.SURE, "")
                yield Reference(file, occurrence.span, ReferenceKind.ATTRIBUTE, *judged)

    def _judged(self, values: Values) -> tuple[Certainty, str] | None:
        """Say how sure it is that the member of one of these values is ours.

        Returns:
            None when it is not.
        """
        verdicts = {self._is_ours(value) for value in values}
        if _Verdict.OURS in verdicts:
            if _Verdict.ANOTHER in verdicts:
                return Certainty.POSSIBLE, "it can also be an object of another class"
            if verdicts == {_Verdict.OURS}:
                return Certainty.SURE, ""
            return Certainty.LIKELY, "the class is one of several possible ones"
        if _Verdict.UNKNOWN not in verdicts or _Verdict.ANOTHER in verdicts:
            return None
        if self._only_here():
            return Certainty.LIKELY, "no other class here defines the name"
        return Certainty.POSSIBLE, "the class of the object is not known"

    def _is_ours(self, value: Value) -> "_Verdict":
        match value:
            case ClassValue():
                return self._is_member_of(value)
            case InstanceValue(of=of):
                return self._is_member_of(of)
            case Unknown():
                return _Verdict.UNKNOWN
        return _Verdict.WITHOUT

    def _is_member_of(self, of: ClassValue) -> "_Verdict":
        classes = self._inference.classes
        owner = next(classes.owners(of, self._name), None)
        if owner is not None:
            return _Verdict.OURS if owner in self.family else _Verdict.ANOTHER
        if of in self.family:
            return _Verdict.OURS
        if classes.outside_owner(of, self._name):
            return _Verdict.ANOTHER
        if classes.may_inherit(of, self._name) or classes.has_dynamic_attributes(of):
            return _Verdict.UNKNOWN
        return _Verdict.WITHOUT

    def _only_here(self) -> bool:
        """Tell whether no class outside of the family has a member of this name."""
        if self._is_only_here is None:
            self._is_only_here = self._name not in _BUILTIN_ATTRIBUTES and not any(
                self._defines(file) for file in self._project.files_with(self._name)
            )
        return self._is_only_here

    def _defines(self, file: PythonFile) -> bool:
        """Tell whether a file gives the name to anything that is not of the family."""
        own = {of.scope for of in self.family}
        for node, scope in file.names.scope_by_node.items():
            if (
                self._name in scope.sites
                and scope not in own
                and (isinstance(node, ast.ClassDef) or scope.parent is None)
            ):
                return True
        for stored in file.names.stored.get(self._name, ()):
            values = self._inference.values(file, stored.scope, stored.node.value)
            if any(self._is_ours(value) is not _Verdict.OURS for value in values):
                return True
        return False

    def _keywords(self, file: PythonFile) -> Iterator[Reference]:
        """Yield `Record(name=…)` and `replace(record, name=…)`."""
        for occurrence in file.names.keywords:
            if occurrence.name != self._name:
                continue
            called = self._inference.values(file, occurrence.scope, occurrence.call.func)
            judged = {
                self._is_record_call(file, occurrence.scope, v, occurrence.call) for v in called
            }
            if True in judged:
                certainty = Certainty.SURE if judged == {True} else Certainty.LIKELY
                reason = "" if judged == {True} else "what is called is one of several"
                yield Reference(file, occurrence.span, ReferenceKind.KEYWORD, certainty, reason)

    def _is_record_call(
        self, file: PythonFile, scope: Scope, called: Value, call: ast.Call
    ) -> bool:
        if isinstance(called, ClassValue):
            return self._takes_fields(called) and self._is_ours(called) is _Verdict.OURS
        is_replacing = isinstance(called, ForeignValue) and called.name in _REPLACING
        source: ast.expr | None = None
        if is_replacing and call.args:
            source = call.args[0]
        elif isinstance(call.func, ast.Attribute) and call.func.attr in {"_replace", "model_copy"}:
            source = call.func.value
        if source is None:
            return False
        return any(
            self._is_ours(v) is _Verdict.OURS for v in self._inference.values(file, scope, source)
        )

    def _takes_fields(self, of: ClassValue) -> bool:
        """Tell whether the fields of a class are the parameters of its constructor."""
        classes = self._inference.classes
        if next(classes.owners(of, "__init__"), None) is not None:
            return False
        for one in classes.line(of):
            if any(
                name in _RECORD_DECORATORS or name.endswith(".dataclass")
                for name in decorator_names(one.node)
            ):
                return True
            for base in one.node.bases:
                values = classes.base_values(one, base)
                if any(isinstance(v, ForeignValue) and v.name in _RECORD_BASES for v in values):
                    return True
        return False

    def _strings(self, file: PythonFile) -> Iterator[Reference]:
        """Yield the name in `getattr(value, "name")` where the value is known."""
        for access in named_accesses(file, self._name):
            judged = self._judged(self._inference.values(file, access.scope, access.value))
            if judged is not None:
                yield Reference(file, access.span, ReferenceKind.STRING, *judged)
