"""A port: somebody who writes a sentence as commands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """What a model is asked for."""

    sentence: str
    names: str
    """What the names of the sentence are, on one line."""
    grammar: str
    """GBNF of what may be written."""


class Writer(Protocol):
    """A model."""

    async def write(self, request: CommandRequest) -> Sequence[str]:
        """Return commands, separated by "; ", once for each time it was asked.

        Returns:
            Nothing when no model can be asked.
        """
