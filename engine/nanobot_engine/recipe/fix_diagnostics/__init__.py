"""The recipe "fix diagnostics": one statement written anew, for what no program repairs.

Its steps come from the refactoring of that name (`refactor.diagnostics`), which repairs by
program what it can. Start with `recipe`; `question` is what the model reads, `kept` and
`meaning` what an answer must keep, `gate` the same as a gate, and `recheck` asks the tool again.
"""

from nanobot_engine.recipe.fix_diagnostics.recipe import (
    NAME,
    AskedStatement,
    FixDiagnosticsRecipe,
)

__all__ = ["NAME", "AskedStatement", "FixDiagnosticsRecipe"]
