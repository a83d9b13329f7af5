"""What every recipe is: enumerate, settle, edit, gates; and ask, parse, compare, if it asks.

`Recipe` is what all have in common. A `ProgramRecipe` settles every step; an `AskingRecipe`
leaves some to a model.

The runner calls a recipe only through this contract. Everything a recipe
returns is plain data, because it goes into the ledger.

A recipe's module also says how to come to the recipe:

    NAME                       as the ledger stores it; never renamed
    EXAMPLE                    a sentence that asks for it
    goal_of(sentence)          its goal, None where the sentence asks for something else
    from_arguments(arguments)  the recipe, from what the goal stores
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from nanobot_engine.edit import FileEdit, Gate, SourceFile, TextEdit
from nanobot_engine.recipe.goal import Goal
from nanobot_indexer import Language


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


RoleName: TypeAlias = Literal["main", "rlm"]
"""A value of `nanobot_engine.model.Role`, which costs a front too much to import."""

Proposal: TypeAlias = TextEdit | FileEdit
"""What a step does: an edit of its own file, or all that happens to some file."""


class Recipe(ABC):
    """What all kinds of processes have in common. Stateless: safe to share."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Stored in the ledger: never renamed."""

    @property
    def languages(self) -> frozenset[Language]:
        """Of the files that it enumerates; it is shown no others."""
        return frozenset({Language.PYTHON})

    @abstractmethod
    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        """Return what the edits of one file must pass, in this order.

        Args:
            text_by_key: The text of the winning candidate, by item key.
        """

    @abstractmethod
    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        """List the items of one file, in file order. A file without any gives none.

        Raises:
            SourceSyntaxError: The file does not parse; the caller reports it.
        """

    def surveyed(self, sources: Iterable[SourceFile]) -> "Recipe":  # noqa: ARG002 - the default
        """Return the recipe that has looked at the whole workspace, for `enumerate` only.

        What it saw goes into which items there are, and nowhere else: the other methods
        are called on a recipe that saw nothing.

        Args:
            sources: Every file of the languages it works on; read lazily, once.
        """
        return self

    @abstractmethod
    def settled(self, source: SourceFile, item: Item) -> Candidate | None:
        """Return the answer where a program knows it; None to ask a model.

        Called for every item before the first question, and again after a crash: it is a
        function of its arguments.
        """

    @abstractmethod
    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> Proposal:
        """Turn the winner into what is done.

        Returns:
            An edit of `source`; or a whole file, which is created, or of which the process
            keeps the text because it has items of its own. Several steps may create one
            file: see `joined`.

        Raises:
            EditError: It can not be placed.
            DeclinedError: The answer is to leave the place as it is.
        """

    def file_edits(
        self,
        source: SourceFile,  # noqa: ARG002 - the default
        text_by_key: Mapping[str, str],  # noqa: ARG002 - the default
    ) -> Sequence[TextEdit]:
        """Return what a file needs once for all its steps: an import, a logger.

        They are worked out from the winners and never stored, so a review that leaves some
        steps out asks again. Their `step_key` is empty.

        Args:
            source: The file as it was enumerated.
            text_by_key: The texts of its winning candidates, by item key; not empty.
        """
        return ()

    def joined(self, files: Sequence[FileEdit]) -> FileEdit:
        """Make one file of those that several steps create at one path.

        Args:
            files: At least two, in the order of their steps.

        Raises:
            EditError: They do not fit together.
        """
        return files[0]


class ProgramRecipe(Recipe):
    """A recipe of which a program settles every step; no model is loaded for it."""

    @abstractmethod
    def settled(self, source: SourceFile, item: Item) -> Candidate:
        """Return the answer: a program knows it for every item."""


class AskingRecipe(Recipe):
    """A recipe that puts to a model what no program settles."""

    @property
    def role(self) -> RoleName:
        """Which model is asked; the same for all steps of a process."""
        return "main"

    @property
    @abstractmethod
    def briefing(self) -> Briefing:
        """What every prompt of the process starts with."""

    @property
    @abstractmethod
    def grammar(self) -> str:
        """GBNF of one answer."""

    @property
    @abstractmethod
    def tokens_max(self) -> int:
        """Upper bound of one answer. A longer one is a red flag."""

    @property
    def stop(self) -> tuple[str, ...]:
        """An answer ends before the first of these; one line unless the recipe says more."""
        return ("\n",)

    def settled(self, source: SourceFile, item: Item) -> Candidate | None:  # noqa: ARG002 - the default
        """Return the answer where a program knows it; None to ask the model."""
        return None

    @abstractmethod
    def ask(self, source: SourceFile, item: Item, *, code_bytes_max: int) -> str:
        """Return the question for one item.

        Args:
            source: The file as it was enumerated.
            item: One of its items.
            code_bytes_max: Upper bound of the code in the question. The recipe
                shows less of a long item; nobody cuts its prompt.
        """

    @abstractmethod
    def parse(self, source: SourceFile, item: Item, answer: str) -> Candidate | RedFlag:
        """Check and normalise one answer."""

    def agrees(self, first: Candidate, second: Candidate) -> bool:
        """Tell whether two candidates are the same vote."""
        return first.text == second.text


class RecipeModule(Protocol):
    """The module of a recipe, as the registry uses it."""

    NAME: str
    EXAMPLE: str

    def goal_of(self, sentence: str) -> Goal | None:
        """Return what a sentence asks of this recipe; None when it asks for something else.

        Strict: a sentence that is no clear wish for this recipe is none.

        Args:
            sentence: Without needless white space.
        """

    def from_arguments(self, arguments: Mapping[str, str]) -> Recipe:
        """Make the recipe that a goal stores."""
