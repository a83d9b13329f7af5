"""The recipe "document": a docstring or doc comment for every public definition without one.

Start with `recipe`. What it works on in other languages than Python is in
`other_languages`, what the model reads in `described`, and what of its words counts in
`summary`.
"""

from nanobot_engine.recipe.document.recipe import (
    EVERYTHING,
    EXAMPLE,
    NAME,
    DocumentRecipe,
    Scope,
    from_arguments,
    goal_of,
    keyed_definitions,
)

__all__ = [
    "EVERYTHING",
    "EXAMPLE",
    "NAME",
    "DocumentRecipe",
    "Scope",
    "from_arguments",
    "goal_of",
    "keyed_definitions",
]
