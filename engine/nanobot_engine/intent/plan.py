"""What a sentence was understood as: parts with arguments, their evidence, open questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nanobot_engine.recipe import Goal


class Sureness(Enum):
    """How well an argument is known."""

    SURE = "sure"
    """It is what the sentence says, and there is one such thing."""
    LIKELY = "likely"
    """The sentence says it another way, and one thing fits best."""
    CHOSEN = "chosen"
    """Several things fit; a model, or the user, chose."""
    OPEN = "open"
    """Several things fit about as well; the one with more evidence is taken with `--yes`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible value, with what speaks for it."""

    value: str
    label: str
    """For people: `function app.settings.load_cfg`."""
    reason: str
    """Why it may be meant: "2 of 2 parts match"."""
    score: float


@dataclass(frozen=True, slots=True)
class Argument:
    """The value of one parameter of a refactoring."""

    name: str
    value: str
    label: str
    evidence: str
    """Why this value; empty when it stands in the sentence as it is."""
    sureness: Sureness
    candidates: tuple[Candidate, ...] = ()
    """Best first; with the value. Empty when there was no choice."""


@dataclass(frozen=True, slots=True)
class Part:
    """One refactoring of a plan."""

    refactoring: str
    """Its name, as the registry has it."""
    arguments: tuple[Argument, ...]
    summary: str
    """One line for people."""

    def values(self) -> dict[str, str]:
        """Return the arguments as a refactoring takes them."""
        return {one.name: one.value for one in self.arguments}

    @property
    def is_sure(self) -> bool:
        """Tell whether nothing was left to evidence."""
        return all(one.sureness is not Sureness.OPEN for one in self.arguments)

    def explained(self) -> str:
        """Return the summary with what was taken for what."""
        reasons = [one.evidence for one in self.arguments if one.evidence]
        return self.summary + (f" — {'; '.join(reasons)}" if reasons else "")

    def to_json(self) -> dict[str, Any]:
        """Return what the ledger and documents hold."""
        return {
            "name": self.refactoring,
            "arguments": self.values(),
            "summary": self.explained(),
            "open": [one.name for one in self.arguments if one.sureness is Sureness.OPEN],
        }


@dataclass(frozen=True, slots=True)
class Question:
    """Something a program could not decide."""

    text: str
    """What is asked, as a sentence."""
    options: tuple[str, ...]
    """At least two, best first."""
    is_about_words: bool
    """Whether a reader of the sentence can answer; else only somebody who knows the code."""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A sentence as parts, to be done one after the other."""

    sentence: str
    parts: tuple[Part, ...]
    open: tuple[Question, ...] = ()
    """Questions that nobody answered: the first option of each was taken. Without parts and
    goal the one question is what is meant at all, and nothing was taken."""
    goal: Goal | None = None
    """Of a recipe, where it asks for one; then there are no parts."""
    decided: Question | None = None
    """What a model that read the sentence decided for the first option."""

    @property
    def is_unread(self) -> bool:
        """Tell whether it is only a question: what is meant at all."""
        return not self.parts and self.goal is None

    def lines(self) -> list[str]:
        """Return one line per part, for people."""
        if self.goal is not None:
            return [self.goal.sentence]
        return [part.explained() for part in self.parts]


def listed(values: Sequence[str], *, last: str = "and") -> str:
    """Join values as a sentence does."""
    if len(values) < 2:
        return "".join(values)
    return f"{', '.join(values[:-1])} {last} {values[-1]}"
