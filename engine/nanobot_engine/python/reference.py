"""Everything that refers to one name: the values."""

from dataclasses import dataclass
from enum import Enum

from nanobot_engine.python.python_file import PythonFile
from nanobot_engine.python.scope import Scope, Span
from nanobot_engine.python.value import ClassValue


class Certainty(Enum):
    """How well it is known that an occurrence means the symbol."""

    SURE = "sure"
    LIKELY = "likely"
    """Nothing else in the workspace has this name, or one of several possible values has it."""
    POSSIBLE = "possible"
    """Only the name speaks for it: a person or a model must judge."""


class ReferenceKind(Enum):
    """What the name does where it stands."""

    DEFINITION = "definition"
    NAME = "name"
    IMPORT = "import"
    ALIAS = "alias"
    """The local name that an import gives to something else: `x` in `import y as x`,
    and in `from m import x` where that `x` is not the symbol, so that a new local name needs
    an `as`."""
    ATTRIBUTE = "attribute"
    KEYWORD = "keyword"
    LISTED = "listed"
    """A string in `__all__`, `__slots__` or `__match_args__`."""
    STRING = "string"
    """The name in `getattr(value, "name")` and the like."""


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A name of a scope."""

    file: PythonFile
    scope: Scope
    name: str

    @property
    def qualified_name(self) -> str:
        """As `__qualname__` would give it."""
        outer = self.scope.qualified_name
        return f"{outer}.{self.name}" if outer else self.name


@dataclass(frozen=True, slots=True)
class Reference:
    """One occurrence that means, or may mean, a symbol."""

    file: PythonFile
    span: Span
    kind: ReferenceKind
    certainty: Certainty
    reason: str = ""
    """Why it is not sure; empty when it is."""

    @property
    def line(self) -> int:
        """1-based."""
        return self.file.line(self.span.start_byte)


@dataclass(frozen=True, slots=True)
class References:
    """What was found for one symbol, each place once, by path and place."""

    found: tuple[Reference, ...]
    classes: tuple[ClassValue, ...] = ()
    """Of a member: the classes that share it by inheritance."""
    foreign_bases: tuple[ClassValue, ...] = ()
    """Those of them with a base outside of the workspace that may define the name, too."""
    modules: tuple[PythonFile, ...] = ()
    """Of a name at the top of a module: those that others can take it from, by path."""

    def of(self, certainty: Certainty) -> list[Reference]:
        """Return those of one certainty."""
        return [reference for reference in self.found if reference.certainty is certainty]
