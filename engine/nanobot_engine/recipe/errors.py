"""Errors of recipes.

RecipeError
└── GoalUnknownError    no recipe does what the sentence asks: tell the user which do
"""

from collections.abc import Sequence

from nanobot_engine.errors import EngineError


class RecipeError(EngineError):
    """A recipe can not be used as asked."""


class GoalUnknownError(RecipeError):
    """No recipe of this version does what the sentence asks."""

    def __init__(self, sentence: str, examples: Sequence[str]) -> None:
        listed = "; ".join(f'"{example}"' for example in examples)
        super().__init__(
            f'"{sentence}": nanobot has no recipe for this yet; what it can do: {listed}'
        )
        self.sentence = sentence
