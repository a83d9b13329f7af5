"""What every refactoring is: a name, parameters, and a program that plans the change.

A model, a command line or an editor only fills in the parameters. All values are
strings, because they are stored in the ledger and typed by people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.codebase import Codebase


class ParameterKind(Enum):
    """What a value must be, so that candidates can be found and offered."""

    SYMBOL = "symbol"
    """`path::qualified.name`, as `ReferenceFinder.symbol` takes them."""
    SYMBOLS = "symbols"
    """Several, separated by newlines."""
    MODULE = "module"
    """The path of a Python file or of a package's folder, that exists."""
    PATH = "path"
    """A workspace-relative path, that may not exist yet."""
    NAME = "name"
    """A new Python identifier."""
    EXPRESSION = "expression"
    """Python source of an expression."""
    CHOICE = "choice"
    """One of `Parameter.choices`; several separated by commas where `is_list`."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a refactoring needs to know."""

    name: str
    kind: ParameterKind
    meaning: str
    """For people and for the prompts of models: one phrase, no full stop."""
    is_optional: bool = False
    choices: tuple[str, ...] = ()
    is_list: bool = False


class Refactoring(Protocol):
    """A kind of change. Stateless: safe to share."""

    @property
    def name(self) -> str:
        """Stored in the ledger and typed by users: never renamed."""

    @property
    def summary(self) -> str:
        """What it does, for people and for the prompts of models: one sentence."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it needs to know."""

    def plan(self, codebase: Codebase, arguments: Mapping[str, str]) -> Change:
        """Work out the whole change. Writes nothing.

        Args:
            codebase: The files.
            arguments: By parameter name; optional ones may be missing.

        Raises:
            ArgumentError: An argument is missing, or names nothing that fits.
            UnsafeError: Programs would do something else afterwards.
        """
