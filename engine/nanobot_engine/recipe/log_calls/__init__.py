"""The recipe "add logging": a message where a function starts, and where it ends.

Start with `recipe`; `function_words` makes a phrase of a function's name.
"""

from nanobot_engine.recipe.log_calls.recipe import EXAMPLE, NAME, from_arguments, goal_of

__all__ = ["EXAMPLE", "NAME", "from_arguments", "goal_of"]
