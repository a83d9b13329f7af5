"""The root of the engine's errors.

EngineError
├── ModelError      (`model.errors`)
├── EditError       (`edit.errors`)
├── RecipeError     (`recipe.errors`)
└── ProcessError    (`process.errors`)
"""


class EngineError(Exception):
    """Something in the engine refused or failed; the message is for people."""
