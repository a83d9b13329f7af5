"""What an expression can be, as far as reading the code tells."""

import ast
from dataclasses import dataclass
from typing import TypeAlias

from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything: nothing can be said."""


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of the workspace."""

    file: PythonFile


@dataclass(frozen=True, slots=True)
class PackageValue:
    """A folder that an `import a.b` goes through, or a module outside of the workspace."""

    name: str
    """Absolute and dotted."""
    importer: str
    """The file whose import it was."""


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the workspace, as an object."""

    file: PythonFile
    node: ast.ClassDef

    @property
    def scope(self) -> Scope:
        """The scope of its body."""
        return self.file.names.scope_by_node[self.node]


@dataclass(frozen=True, slots=True)
class InstanceValue:
    """An object of a class of the workspace."""

    of: ClassValue
    is_super: bool = False
    """What `super()` gives in a method of `of`: its own members are passed over."""


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function, method or lambda of the workspace."""

    file: PythonFile
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    receiver: "ClassValue | None" = None
    """The class through which a method was reached."""
    is_bound: bool = False
    """Whether the first parameter is already given."""

    @property
    def scope(self) -> Scope:
        """The scope of its parameters and body."""
        return self.file.names.scope_by_node[self.node]


@dataclass(frozen=True, slots=True)
class ForeignValue:
    """Something of the standard library, an installed package or a builtin."""

    name: str
    """Dotted: `os.path`, `builtins.str`."""
    is_instance: bool = False


@dataclass(frozen=True, slots=True)
class ContainerValue:
    """A list, tuple, set, mapping, iterator: something with elements."""

    elements: "frozenset[Value]"
    items: "tuple[frozenset[Value], ...] | None" = None
    """By index, for a tuple of known length."""
    keys: "frozenset[Value] | None" = None
    """Of a mapping, whose values are `elements`."""


@dataclass(frozen=True, slots=True)
class RaisedValue:
    """What `pytest.raises` gives: the exception is its `value`."""

    exceptions: "frozenset[Value]"


Value: TypeAlias = (
    Unknown
    | ModuleValue
    | PackageValue
    | ClassValue
    | InstanceValue
    | FunctionValue
    | ForeignValue
    | ContainerValue
    | RaisedValue
)
Values: TypeAlias = frozenset[Value]

UNKNOWN: Values = frozenset((Unknown(),))
NOTHING: Values = frozenset()


def builtin_instance(name: str) -> Values:
    """Return an object of a builtin class."""
    return frozenset((ForeignValue(f"builtins.{name}", is_instance=True),))
