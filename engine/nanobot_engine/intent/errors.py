"""Errors of this package.

EngineError
└── IntentError
    ├── NotUnderstoodError    no refactoring does what the sentence asks: tell which do
    └── NotFoundError         it is understood, and speaks of something that is not there
"""

from collections.abc import Sequence

from nanobot_engine.errors import EngineError


class IntentError(EngineError):
    """A sentence can not become a plan."""


class NotUnderstoodError(IntentError):
    """Nothing that nanobot can do is certainly what the sentence asks for."""

    def __init__(self, sentence: str, nearest: Sequence[str], reason: str = "") -> None:
        listed = "; ".join(nearest)
        why = reason or "nanobot can not do this reliably"
        super().__init__(f'"{sentence}": {why}; what it can do: {listed}')
        self.sentence = sentence
        self.nearest = tuple(nearest)
        self.reason = reason


class NotFoundError(IntentError):
    """The sentence names something that the workspace does not have."""

    def __init__(self, text: str, what: str, near: Sequence[str]) -> None:
        hint = f"; near: {', '.join(near)}" if near else ""
        super().__init__(f"{text!r}: there is no such {what} in this workspace{hint}")
        self.text = text
        self.near = tuple(near)
