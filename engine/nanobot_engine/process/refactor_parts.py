"""The goal of a process that refactors: which refactorings, with which arguments.

A model, a command line or an editor makes a list of parts; from here on programs
work. Parts are stored in the ledger as they were given.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from nanobot_engine.process.allowance import CHECKS
from nanobot_engine.recipe import Goal
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_engine.refactor.refactoring import Refactoring
from nanobot_engine.refactor.registry import check_arguments, refactoring_named

REFACTOR: Final = "refactor"
"""The recipe of such a process, in the ledger."""


class Check(StrEnum):
    """What runs programs, in the order in which they run. Stored by value: never rename one."""

    IMPORTS = "imports"
    LINT = "lint"
    TYPES = "types"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Part:
    """One refactoring and its arguments."""

    name: str
    arguments: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """The part in words."""
        values = (f"{name} {value!r}" for name, value in self.arguments.items())
        return f"{self.name}: {', '.join(values)}"

    def to_json(self) -> dict[str, Any]:
        """Return the form of the ledger and of the fronts."""
        return {"name": self.name, "arguments": dict(self.arguments)}


def refactor_goal(
    parts: Sequence[Part], *, sentence: str = "", checks: Sequence[Check] = ()
) -> Goal:
    """Return the goal of a process.

    Args:
        parts: In the order in which they are done.
        sentence: What the user wrote; without it, the parts in words.
        checks: What may run the user's code to verify the change.

    Raises:
        ArgumentError: A part names no refactoring, or its arguments do not fit it.
    """
    if not parts:
        raise ArgumentError("refactor: no part says what to do")
    known = [(refactoring_named(part.name), part) for part in parts]
    for refactoring, part in known:
        check_arguments(refactoring, part.arguments)
    named = [Part(refactoring.name, part.arguments) for refactoring, part in known]
    arguments = {
        "parts": json.dumps([part.to_json() for part in named]),
        CHECKS: ",".join(check.value for check in checks),
    }
    words = sentence or "; ".join(part.sentence for part in named)
    return Goal(words, REFACTOR, arguments)


def parts_from_json(document: object) -> list[Part]:
    """Read a list of parts that somebody wrote.

    Raises:
        ArgumentError: It is no list of objects with `name` and `arguments` of text.
    """
    if not isinstance(document, list):
        raise ArgumentError("refactor: parts must be a list")
    return [_part(one) for one in document]


def goal_parts(goal: Goal) -> list[tuple[Refactoring, Mapping[str, str]]]:
    """Return what a goal asks for, as `planned_in_turn` takes it.

    Raises:
        ArgumentError: This version has no such refactoring.
    """
    parts = parts_from_json(json.loads(goal.arguments["parts"]))
    return [(refactoring_named(part.name), part.arguments) for part in parts]


def goal_checks(goal: Goal) -> frozenset[Check]:
    """Return what may run the user's code."""
    return checks_of(goal.arguments.get(CHECKS, ""))


def checks_of(text: str) -> frozenset[Check]:
    """Read what a goal says under `CHECKS`; what this version does not know is left out."""
    names = text.split(",")
    return frozenset(check for check in Check if check.value in names)


def _part(document: object) -> Part:
    name = document.get("name") if isinstance(document, dict) else None
    arguments = document.get("arguments") if isinstance(document, dict) else None
    is_text = isinstance(arguments, dict) and all(isinstance(v, str) for v in arguments.values())
    if not isinstance(name, str) or not isinstance(arguments, dict) or not is_text:
        message = f"refactor: a part has 'name' and 'arguments' of text, not {document!r}"
        raise ArgumentError(message)
    return Part(name, arguments)
