"""A port: somebody who answers what programs could not decide."""

from typing import Protocol

from nanobot_engine.intent.plan import Question


class Chooser(Protocol):
    """A model, or the user."""

    async def choose(self, question: Question) -> int | None:
        """Return the index of the option that is meant.

        Returns:
            None when this one can not or will not say.
        """
