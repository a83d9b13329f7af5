"""The gate "size": a change is as large as what was asked explains.

Counted are lines that are gone and lines that are new, over all files together. A line
that only moves, or is indented otherwise, is neither. Explained is a line with a name that was
asked for, before or after; and every edit explains `_LINES_OF_EDIT` lines around it, because a
call may be written over several lines. Refused is a change of which more than `_SPARE_LINES`
lines remain. Removed lines count for nothing where removing was asked, and new ones where
adding was.

Believes only the files before and after, and the plan.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nanobot_engine.edit import EditPlan
from nanobot_engine.process.asked import Asked, words_of

_LINES_OF_EDIT: Final = 8
_SPARE_LINES: Final = 60


@dataclass(frozen=True, slots=True)
class Size:
    """How large a change is."""

    lines: int
    """Gone and new."""
    explained: int
    """Of them."""
    edits: int

    def __str__(self) -> str:
        rule = f"{_LINES_OF_EDIT} for each edit and {_SPARE_LINES} are allowed besides"
        return (
            f"{self.lines} lines change at {self.edits} places, {self.explained} of them with "
            f"a name that was asked for; {rule}"
        )

    @property
    def problem(self) -> str:
        """Why it is refused; empty when it is not."""
        left = self.lines - self.explained
        if left <= _SPARE_LINES + _LINES_OF_EDIT * self.edits:
            return ""
        return str(self)


def change_size(
    before: Mapping[str, bytes], after: Mapping[str, bytes], plan: EditPlan, asked: Asked
) -> Size:
    """Count lines.

    Args:
        before: The texts of all changed files before.
        after: The texts of all changed files after.
        plan: The change.
        asked: What was asked.
    """
    old: Counter[str] = Counter()
    new: Counter[str] = Counter()
    edits = 0
    for file in plan.files:
        was = _lines(b"" if file.is_created else before[file.path])
        now = _lines(after[file.result_path]) if file.result_path is not None else Counter()
        old += was
        new += now
        edits += len(file.edits) or 1
    changed: Counter[str] = Counter()
    if not asked.may_remove:
        changed += old - new
    if not asked.may_add:
        changed += new - old
    explained = sum(n for line, n in changed.items() if asked.words & words_of(line))
    return Size(changed.total(), explained, edits)


def _lines(data: bytes) -> Counter[str]:
    """Return how often each line is there, without indentation; empty ones do not count."""
    # Of an encoding that is no UTF-8, names are ASCII nearly always.
    lines = data.decode(errors="replace").splitlines()
    return Counter(text for line in lines if (text := line.strip()))
