"""Rewriting functions of JavaScript, TypeScript, Go, Rust, Java, C and C++.

Start with `rewriting` (what the recipe does for a file of these languages) and `verdict`
(what is proved of a rewrite, what is only likely, and what is refused). `early_return`,
`boolean_return` and `var_keyword` do by program what they can; `layout` moves their lines
and `opposite` turns conditions. `briefing` is what the model is told, `gate` the guarantee.
"""

from nanobot_engine.recipe.rewrite.other_languages.rewriting import CodeRewriting, is_code_path

__all__ = ["CodeRewriting", "is_code_path"]
