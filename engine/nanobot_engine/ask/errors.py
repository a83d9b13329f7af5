"""Errors of asking.

AskError
└── QuestionInvalidError     there is nothing to ask, or too much: tell the user
"""

from nanobot_engine.errors import EngineError


class AskError(EngineError):
    """Base of everything this part raises on purpose."""


class QuestionInvalidError(AskError):
    """The question can not be asked."""

    def __init__(self, question: str, reason: str) -> None:
        super().__init__(f"question {question!r}: {reason}")
        self.question = question
        self.reason = reason
