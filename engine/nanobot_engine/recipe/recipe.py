"""What every recipe is: enumerate, ask, parse, compare, edit, gates.

The runner calls a recipe only through this contract. Everything a recipe
returns is plain data, because it goes into the ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nanobot_engine.edit import Gate, SourceFile, TextEdit


@dataclass(frozen=True, slots=True)
class Item:
    """One unit of work: becomes one step."""

    key: str
    """Unique in a process and stable. It starts with `path::`."""
    path: str
    """Workspace-relative, `/`-separated."""
    label: str
    """For people: the qualified name."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """What every prompt of a process starts with, to the letter.

    The same for all items, so that a worker computes it once.
    """

    system: str
    examples: tuple[tuple[str, str], ...]
    """(question, answer) pairs, in the form of the real questions."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that may be counted."""

    text: str
    """Normalised: what would reach the file."""
    features: frozenset[str]
    """What the vote compares: see `Recipe.agrees`."""


@dataclass(frozen=True, slots=True)
class RedFlag:
    """Why an answer is discarded before it counts."""

    name: str
    detail: str


class Recipe(Protocol):
    """A kind of process. Stateless: safe to share."""

    @property
    def name(self) -> str:
        """Stored in the ledger: never renamed."""

    @property
    def briefing(self) -> Briefing:
        """What every prompt of the process starts with."""

    @property
    def grammar(self) -> str:
        """GBNF of one answer."""

    @property
    def tokens_max(self) -> int:
        """Upper bound of one answer. A longer one is a red flag."""

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """Return what the edits of one file must pass, in this order.

        Args:
            text_by_key: The text of the winning candidate, by item key.
        """

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the items of one file, in file order. A file without any gives none.

        Raises:
            SourceSyntaxError: The file does not parse; the caller reports it.
        """

    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Return the question for one item.

        Args:
            source: The file as it was enumerated.
            item: One of its items.
            code_bytes_max: Upper bound of the code in the question. The recipe
                shows less of a long item; nobody cuts its prompt.
        """

    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Check and normalise one answer."""

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether two candidates are the same vote."""

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> TextEdit:
        """Turn the winner into an edit of `source`.

        Raises:
            EditError: It can not be placed.
        """
