"""Rewriting by program: one small step after the other, each on the text of the last."""

import ast
from collections.abc import Callable
from typing import Final, TypeAlias

from nanobot_engine.recipe.python_function import Function

Step: TypeAlias = Callable[[Function, str], str | None]
"""Takes a function and its text; returns the text with one change, None where none is left."""

_STEPS_MAX: Final = 20
"""A bound for steps that undo each other."""


def stepwise(step: Step, code: str) -> str:
    """Return the text of a function after as many steps as there are.

    Args:
        step: Changes one place.
        code: One function that parses, without indentation around it.

    Returns:
        `code` itself where there is nothing to do.
    """
    for _ in range(_STEPS_MAX):
        function = ast.parse(code).body[0]
        assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef), "the caller's promise"
        changed = step(function, code)
        if changed is None:
            return code
        code = changed
    return code
