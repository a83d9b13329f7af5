"""How far a process is: a percentage and words, from an event of the host.

Events are read with care: a host of another version may say less.
"""

from collections.abc import Mapping
from typing import Any, Final

_VERB_BY_RECIPE: Final = {"document": "documented", "refactor": "planned"}


def percentage_of(event: Mapping[str, Any]) -> int | None:
    """Return how much is done, from 0 to 100; None where it can not be told."""
    steps = number(event, "steps")
    if steps:
        return min(100, 100 * number(event, "done") // steps)
    planning = event.get("planning")
    if isinstance(planning, dict) and (total := number(planning, "files_total")):
        return min(100, 100 * number(planning, "files_done") // total)
    return None


def counts_text(event: Mapping[str, Any]) -> str:
    """Return what a person reads in the status line, or nothing before the first step."""
    steps, refused = number(event, "steps"), number(event, "refused")
    if not steps:
        return ""
    verb = _VERB_BY_RECIPE.get(str(event.get("recipe")), "edited")
    text = f"{number(event, 'edits')}/{steps} {verb}"
    return f"{text}, {refused} refused" if refused else text


def planning_text(event: Mapping[str, Any]) -> str:
    """Return how far the plan is, or nothing when that is not told."""
    planning = event.get("planning")
    if not isinstance(planning, dict):
        return ""
    done, total = number(planning, "files_done"), number(planning, "files_total")
    return f"planning {done}/{total} files" if total else f"planning {done} files"


def number(event: Mapping[str, Any], key: str) -> int:
    """Return a count; 0 for what is none."""
    value = event.get(key)
    return value if type(value) is int and value > 0 else 0
