"""What a process was asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A sentence, and the recipe that a program found in it. Stored in the ledger."""

    sentence: str
    recipe: str
    arguments: Mapping[str, str]
    """Everything that the recipe is made from again when the process goes on."""
