"""How much to suggest: one line, or the block that the cursor opened.

A program decides, before and while the model writes: where the text around the cursor
calls for a block, and where that block ends.
"""

import re
from dataclasses import dataclass
from typing import Final

from nanobot_engine.completion.request import CompletionRequest, width
from nanobot_indexer import Language

_CLOSERS_ONLY: Final = re.compile(r"[\s)\]}\"'`>;,:]*")
_OPENERS: Final = {
    Language.PYTHON: re.compile(r".*[:(\[{]\s*(?:#.*)?"),
    Language.YAML: re.compile(r".*:\s*"),
    Language.RUBY: re.compile(
        r".*(?:\bdo\b(?:\s*\|.*\|)?|\{|\(|\[|\bthen)\s*|\s*(?:def|class|module|if|unless|while|begin|case)\b.*"
    ),
    Language.LUA: re.compile(r".*(?:\bdo|\bthen|\{|\(|\))\s*"),
    Language.BASH: re.compile(r".*(?:\bdo|\bthen|\{|\()\s*"),
}
_BRACES: Final = re.compile(r".*(?:[{(\[]|=>|->)\s*")
_PYTHON_HEADER: Final = re.compile(
    r"\s*(?:async\s+)?(?:def|class|if|elif|else|for|while|with|try|except|finally|match|case)\b.*:\s*(?:#.*)?"
)
_CLOSERS: Final = tuple(")]}")
_LOOPING: Final = 3
"""The same line so often in a row: the model goes round in circles."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a suggestion may go."""

    lines_max: int
    indent_min: int | None
    """Lines behind the first that are indented less end it; None where that says nothing."""
    has_paragraphs: bool
    """It goes on behind an empty line."""

    @property
    def is_multi_line(self) -> bool:
        """Whether it may have more than one line."""
        return self.lines_max > 1


SINGLE_LINE: Final = Extent(1, None, has_paragraphs=False)


def extent_of(request: CompletionRequest, *, lines_max: int) -> Extent:
    """Return how far a suggestion at this cursor may go."""
    if lines_max <= 1 or not _CLOSERS_ONLY.fullmatch(request.rest):
        return SINGLE_LINE
    line = request.line
    if not line.strip():
        # An empty line calls for a statement, which may be a block.
        if request.rest.strip():
            return SINGLE_LINE
        return Extent(lines_max, width(line), has_paragraphs=request.is_explicit)
    if _opens_block(request.language, line):
        return Extent(lines_max, width(line) + 1, has_paragraphs=request.is_explicit)
    if request.is_explicit:
        return Extent(lines_max, width(line), has_paragraphs=True)
    return SINGLE_LINE


def _opens_block(language: Language, line: str) -> bool:
    if language is Language.PYTHON:
        return bool(_PYTHON_HEADER.fullmatch(line)) or line.rstrip().endswith(("(", "[", "{"))
    opener = _OPENERS.get(language, _BRACES)
    return opener.fullmatch(line) is not None


class Ending:
    """Follows a text as it is written, and says when it is enough.

    Args:
        request: Where.
        extent: How far it may go.
    """

    def __init__(self, request: CompletionRequest, extent: Extent) -> None:
        self._extent = extent
        self._opener_indent = width(request.line)
        self._is_in_line = bool(request.line.strip())
        self._next = next((line.rstrip() for line in request.following if line.strip()), None)

    def wants_more(self, text: str) -> bool:
        """Tell whether what comes behind `text` could still belong to the suggestion."""
        kept = self.cut(text)
        # Whatever is cut was decided by a line that is complete: more does not change it.
        return kept is None

    def cut(self, text: str) -> str | None:
        """Return the text up to where it has to end, or None while it has not ended."""
        lines = text.split("\n")
        if not self._extent.is_multi_line:
            return lines[0] if len(lines) > 1 else None
        kept = [lines[0]]
        for number, line in enumerate(lines[1:], start=1):
            is_complete = number < len(lines) - 1
            # An indentation is complete with the first other character.
            if (line.strip() and self._ends_before(line)) or (
                is_complete and self._ends_at(line, kept)
            ):
                return "\n".join(kept)
            kept.append(line)
            if is_complete and (self._closes(line) or self._is_full(kept)):
                return "\n".join(kept)
            if _is_looping(kept if is_complete else kept[:-1]):
                return "\n".join(kept[: 1 - _LOOPING])
        return None

    def _ends_before(self, line: str) -> bool:
        """Tell whether a line is outside of the block; what is not indented enough is."""
        least = self._extent.indent_min
        return least is not None and width(line) < least and not self._closes(line)

    def _ends_at(self, line: str, kept: list[str]) -> bool:
        """Tell whether a complete line is not part of the suggestion any more."""
        if line.strip():
            return line.rstrip() == self._next and len(line.strip()) > 3
        if not self._extent.has_paragraphs and _has_body(kept):
            return True
        return len(kept) > 1 and not kept[-1].strip()

    def _closes(self, line: str) -> bool:
        """Tell whether a line closes the bracket that the line of the cursor opened."""
        least = self._extent.indent_min
        return (
            self._is_in_line
            and least is not None
            and width(line) == self._opener_indent
            and line.lstrip()[:1] in _CLOSERS
        )

    def _is_full(self, kept: list[str]) -> bool:
        return sum(1 for line in kept if line.strip()) >= self._extent.lines_max


def _has_body(lines: list[str]) -> bool:
    """Tell whether there is something that can end: not only an opening line."""
    return bool(lines[-1].strip()) and not lines[-1].rstrip().endswith((":", "{", "(", "[", ","))


def _is_looping(lines: list[str]) -> bool:
    last = lines[-_LOOPING:]
    return len(last) == _LOOPING and len(last[0].strip()) > 2 and len(set(last)) == 1
