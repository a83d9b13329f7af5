"""The line windows that peers index: what a tool without syntax would cut.

Windows of about 1,500 bytes that start and end at lines, as in the older figures.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import texts_of

WINDOW_SIZE_BYTES: Final = 1500
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STOP_TEXT: Final = (
    "a an and are as at be been but by can could did do does for from had has have how if in "
    "into is it its may might must no nor not of on or our shall should so than that the their "
    "them then there these they this those to was we were what when where which while who why "
    "will with would you your i me my he she his her any all also only just such same other"
)
STOP_WORDS: Final = frozenset(_STOP_TEXT.split())
"""Words of English and of questions that say nothing about code."""


@dataclass(frozen=True, slots=True)
class Window:
    """A range of lines of one file."""

    path: str
    start_line: int
    """1-based."""
    end_line: int
    """Inclusive."""


def words_of(query: str) -> list[str]:
    """Return the distinct words of a query in order, lower-cased."""
    return list(dict.fromkeys(word.lower() for word in _WORD.findall(query)))


def windows_of(root: Path) -> Iterator[tuple[Window, str]]:
    """Yield the windows of all files with their text."""
    for file in texts_of(root):
        path = file.relative_to(root).as_posix()
        yield from _cut(path, file.read_text("utf-8", errors="replace"))


def _cut(path: str, text: str) -> Iterator[tuple[Window, str]]:
    lines = text.split("\n")
    first, size = 0, 0
    for number, line in enumerate(lines):
        size += len(line) + 1
        if size >= WINDOW_SIZE_BYTES or number == len(lines) - 1:
            yield Window(path, first + 1, number + 1), "\n".join(lines[first : number + 1])
            first, size = number + 1, 0
