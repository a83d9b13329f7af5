"""The recipe "annotate": types for parameters and results that say none.

Start with `recipe`. `slot` finds the places and settles what a program knows, from
`expression_type` and `docstring_type`; `answer` reads what the model says.
"""

from nanobot_engine.recipe.annotate.recipe import (
    EXAMPLE,
    NAME,
    AnnotateRecipe,
    Scope,
    from_arguments,
    goal_of,
)

__all__ = ["EXAMPLE", "NAME", "AnnotateRecipe", "Scope", "from_arguments", "goal_of"]
