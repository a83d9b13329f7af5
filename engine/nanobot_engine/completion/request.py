"""What is asked: a text around a cursor. And what is answered."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from nanobot_indexer import Language, language_of

BEFORE_CHARS_MAX: Final = 16_384
AFTER_CHARS_MAX: Final = 8_192
HEAD_CHARS_MAX: Final = 8_192
"""More of a document is never looked at, so a key costs the same in every file."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class CompletionRequest:
    """A cursor in a text. Never changes."""

    path: str
    """Workspace-relative, `/`-separated."""
    before: str
    """From the beginning of a line to the cursor."""
    after: str
    """From the cursor on."""
    head: str = ""
    """How the file begins, where `before` does not reach its beginning; whole lines."""
    is_explicit: bool = False
    """The user asked for it and did not just type."""
    delay_s: float | None = None
    """So long the user must not have typed; None for the setting."""
    lines_max: int | None = None
    """Of the suggestion; None for the setting."""

    @property
    def language(self) -> Language:
        """Of the file, by its name."""
        return language_of(self.path, b"")

    def with_plain_lines(self) -> "CompletionRequest":
        r"""Return the same with lines that end at `\n`, which is what models write."""
        before, after, head = map(_plain, (self.before, self.after, self.head))
        return replace(self, before=before, after=after, head=head)

    @cached_property
    def line(self) -> str:
        """The line of the cursor, up to it."""
        return self.before[self.before.rfind("\n") + 1 :].rpartition("\r")[2]

    @cached_property
    def rest(self) -> str:
        """The line of the cursor, from it on, without its end."""
        return _LINE_END.split(self.after, maxsplit=1)[0]

    @cached_property
    def following(self) -> tuple[str, ...]:
        """The lines below the cursor's, without their ends."""
        return tuple(_LINE_END.split(self.after)[1:])

    @cached_property
    def newline(self) -> str:
        """How lines end here."""
        found = _LINE_END.search(self.before) or _LINE_END.search(self.after)
        return "\n" if found is None else found.group()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to insert at the cursor. Empty: there is nothing worth it."""

    text: str
    is_known: bool = False
    """It was known from an earlier answer; no model was asked."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Of these, what the model had read before."""
    tokens: int = 0
    """Generated."""
    mean_logprob: float | None = None
    """How sure the model was: mean of the natural log-probabilities of its tokens."""
    seconds: float = 0.0


NOTHING: Final = Suggestion("")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def indentation(line: str) -> str:
    """Return the white space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def width(line: str) -> int:
    """Return how far a line is indented; a tab goes to the next multiple of four.

    Only compared with other lines of the same file, so the size of a tab hardly matters.
    """
    columns = 0
    for char in indentation(line):
        columns = columns + 1 if char == " " else (columns // 4 + 1) * 4
    return columns
