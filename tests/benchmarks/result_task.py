"""What a task of the result benchmark is: a sentence, the plan a person wrote, a grader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

PRECISE: Final = "precise"
LOOSE: Final = "loose"
TERSE: Final = "terse"
STYLES: Final = (PRECISE, LOOSE, TERSE)


@dataclass(frozen=True, slots=True)
class Files:
    """All files of a package before and after, by path."""

    before: Mapping[str, bytes]
    after: Mapping[str, bytes]

    def changed(self) -> list[str]:
        """Return the paths that differ, were added or are gone."""
        paths = self.before.keys() | self.after.keys()
        return sorted(one for one in paths if self.before.get(one) != self.after.get(one))


Check = Callable[[Files], str]
"""Returns what is wrong, or nothing."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One part of the plan that a person wrote."""

    name: str
    """Of a refactoring, or a word that the name of the recipe has."""
    arguments: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """By parameter; where several values are right, all of them."""


@dataclass(frozen=True, slots=True)
class Task:
    """One sentence about one package."""

    package: str
    style: str
    entry: str
    """Of the catalogue."""
    text: str
    plan: tuple[Planned, ...]
    """Empty where the only right answer is a refusal."""
    checks: tuple[Check, ...]


ANY_TEXTS: Final = ("", "documents", "comments,documents", "comments")
"""Where "everywhere" may or may not mean plain text, too."""
DOCS: Final = ("documents", "comments,documents")
"""Where documents are asked for by name."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """Makes the tasks of one package."""

    package: str

    def one(
        self, style: str, entry: str, text: str, plan: Planned | tuple[Planned, ...], *checks: Check
    ) -> Task:
        """Return a task that can be done."""
        parts = plan if isinstance(plan, tuple) else (plan,)
        return Task(self.package, style, entry, text, parts, checks)

    def refused(self, style: str, text: str) -> Task:
        """Return a task that must be refused, with no byte changed."""
        return Task(self.package, style, "refuse", text, (), ())


def rename(symbol: str, new_name: str, also: str | tuple[str, ...] = "") -> Planned:
    """Return the plan of a rename."""
    return Planned("rename", {"symbol": symbol, "new_name": new_name, "also": also})


def beneath(name: str, *paths: str) -> Planned:
    """Return the plan of a refactoring that takes files alone; any of the values is right."""
    return Planned(name, {"where": paths})
