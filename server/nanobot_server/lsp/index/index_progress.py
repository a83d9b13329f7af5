"""How far a refresh of the index is: a percentage and words, from what the host says."""

from collections.abc import Mapping
from typing import Any, Final

_TEXT_BY_STAGE: Final = {"text": "reading", "syntax": "definitions"}
# What each stage is of the whole, from measured times: reading is a quarter of it.
_SHARE_BY_STAGE: Final = {"text": (0, 25), "syntax": (25, 100)}


def percentage_of(progress: Mapping[str, Any]) -> int:
    """Return how much is done, from 0 to 100."""
    total, done = number(progress, "bytes_total"), number(progress, "bytes_done")
    first, last = _SHARE_BY_STAGE.get(str(progress.get("stage")), (0, 0))
    return min(100, first + ((last - first) * done // total if total else 0))


def progress_text(progress: Mapping[str, Any]) -> str:
    """Return which stage it is in, with files and seconds."""
    stage = str(progress.get("stage"))
    files = f"{number(progress, 'files_done')}/{number(progress, 'files_total')} files"
    text = f"{_TEXT_BY_STAGE.get(stage, stage)}: {files}"
    left = progress.get("seconds_left")
    return f"{text}, {left:.0f} s left" if isinstance(left, (int, float)) else text


def number(values: Mapping[str, Any], key: str) -> int:
    """Return a count; 0 for what is none."""
    value = values.get(key)
    return value if type(value) is int and value > 0 else 0
