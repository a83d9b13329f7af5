"""Errors of recipes.

RecipeError
├── DeclinedError       the answer is to leave the place as it is: list it
├── GoalAmbiguousError  several recipes do: ask for one after the other
└── GoalUnknownError    no recipe does what the sentence asks: tell the user which do
"""

from collections.abc import Sequence

from nanobot_engine.errors import EngineError


class RecipeError(EngineError):
    """A recipe can not be used as asked."""


class DeclinedError(RecipeError):
    """The winning answer says that nothing is to be edited here."""


class GoalUnknownError(RecipeError):
    """No recipe of this version does what the sentence asks."""

    def __init__(self, sentence: str, examples: Sequence[str]) -> None:
        listed = "; ".join(f'"{example}"' for example in examples)
        super().__init__(
            f'"{sentence}": nanobot has no recipe for this yet; what it can do: {listed}'
        )
        self.sentence = sentence


class GoalAmbiguousError(RecipeError):
    """A sentence asks for several recipes at once."""

    def __init__(self, sentence: str, recipes: Sequence[str]) -> None:
        super().__init__(
            f'"{sentence}": asks for several recipes: {", ".join(recipes)}; '
            "ask for one, and for the other when it is done"
        )
        self.sentence = sentence
        self.recipes = tuple(recipes)
