"""The recipe "handle errors": a handler where something can fail and nobody cares.

Start with `recipe`. `failure` is the table of what can fail, `outside_text` says which
texts come from outside, `risk` finds the places; `handler_text` and `deeper_code` write
the handler and what is in it.
"""

from nanobot_engine.recipe.handling.recipe import EXAMPLE, NAME, from_arguments, goal_of

__all__ = ["EXAMPLE", "NAME", "from_arguments", "goal_of"]
