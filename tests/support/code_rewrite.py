"""Rewrite functions of a file by program, and apply what came out through all gates."""

from nanobot_engine.edit import apply_edits, run_gates, sorted_edits, source_from_bytes
from nanobot_engine.recipe.errors import DeclinedError
from nanobot_engine.recipe.rewrite import RewriteByLanguage, RewriteScope
from nanobot_engine.recipe.rewrite.goal import last_resort


def recipe_for(sentence: str) -> RewriteByLanguage:
    """Return the recipe of a sentence that asks for a rewrite."""
    return RewriteByLanguage(RewriteScope.from_arguments(last_resort(sentence).arguments))


def by_program(path: str, text: str, sentence: str) -> str:
    """Return a file after all that a program settles of it.

    Args:
        path: Of the file.
        text: Of the file.
        sentence: That asks for it.
    """
    recipe = recipe_for(sentence)
    source = source_from_bytes(path, text.encode())
    edits = []
    text_by_key = {}
    for item in recipe.enumerate(source):
        candidate = recipe.settled(source, item)
        assert candidate is not None, f"{item.key} would be asked about"
        try:
            edits.append(recipe.edit(source, item, candidate))
        except DeclinedError:
            continue
        text_by_key[item.key] = candidate.text
    ordered = sorted_edits(edits)
    after = apply_edits(source.data, ordered)
    if edits:
        verdict = run_gates(recipe.gates(text_by_key), source, after, ordered)
        assert verdict.ok, verdict.reason
    return after.decode()
