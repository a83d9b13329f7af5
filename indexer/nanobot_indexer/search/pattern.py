r"""What `grep` looks for, compiled: text as it stands, or a regular expression.

One engine for all of it: RE2, which takes time linear in the text for every
pattern, gives up the interpreter lock and beats `bytes.find` on plain text. A
backtracking engine hangs on `(x+x+)+y`; RE2 does not know back references and
look-around, and says so.

Expressions match inside of one line: `^` and `$` are its ends, and `\s` or `[^x]`
never reach the next one. Text as it stands may hold line ends. Bytes that are no
UTF-8 are matched by nothing but themselves: not by `.`, not by `[^x]`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2

from nanobot_indexer.errors import PatternInvalidError, QueryEmptyError
from nanobot_indexer.search.required_literal import pattern_facts

PATTERN_CHARS_MAX: Final = 4096
PROGRAM_SIZE_MAX: Final = 30_000
r"""Instructions of a compiled expression; `.{0,1000}` has 8,000. Time per byte grows with it."""

# The automaton is built as it is needed and starts over when this is full.
_MEMORY_BYTES_MAX: Final = 16 * 1024 * 1024

# A line with the literal costs two calls, about as much as 8 kB of plain matching.
_BYTES_PER_CANDIDATE: Final = 8 * 1024
_CANDIDATES_BEFORE_DECISION: Final = 16
_LITERAL_CHARS_MIN: Final = 3


@dataclass(frozen=True, slots=True)
class TextRun:
    """A part of a text that is searched as if there were nothing around it."""

    buffer: Any
    """`bytes` or `mmap.mmap`: both have `find` and `rfind`."""
    start: int
    end: int
    """Both in the buffer."""
    view: memoryview
    """Of this part. Release it before the buffer is closed."""

    def line_start(self, place: int) -> int:
        """Return where the line of a place begins. Both relative to the run."""
        found: int = self.buffer.rfind(b"\n", self.start, self.start + place)
        return max(0, found + 1 - self.start)

    def line_end(self, place: int) -> int:
        """Return where the line of a place ends, its line feed included."""
        found: int = self.buffer.find(b"\n", self.start + place, self.end)
        return (self.end if found < 0 else found + 1) - self.start


class Pattern:
    """One compiled pattern. Safe to share between threads.

    Args:
        text: What to look for.
        is_regex: It is an expression in the syntax of RE2; else text as it stands.
        ignore_case: Fold letters, beyond ASCII too.
        whole_word: No match begins or ends inside of a word.

    Raises:
        QueryEmptyError: There is nothing to look for.
        PatternInvalidError: It can not be compiled, or is too large.
    """

    def __init__(self, text: str, *, is_regex: bool, ignore_case: bool, whole_word: bool) -> None:
        if not text:
            raise QueryEmptyError(text)
        if len(text) > PATTERN_CHARS_MAX:
            shown = f"{text[:60]}…"
            raise PatternInvalidError(shown, f"longer than {PATTERN_CHARS_MAX} characters")
        self._whole_word = whole_word
        self.spans_lines: Final = not is_regex and "\n" in text
        """A match may reach over a line end."""
        self._required: Any = None
        if not is_regex:
            self._trims_return = False
            self._regex = _compiled(text, text, is_literal=True, ignore_case=ignore_case)
            return
        facts = pattern_facts(text)
        if facts.has_line_feed:
            raise PatternInvalidError(text, "asks for a line feed, but matches are inside of lines")
        written = text
        for place in reversed(facts.line_end_places):
            # In a file with `\r\n`, the end of the line is before the return.
            written = rf"{written[:place]}(?:\r?$){written[place + 1 :]}"
        self._trims_return = bool(facts.line_end_places)
        # As it was written: errors are about that, and `a)(b` is one only without a group
        # around it.
        _compiled(text, text, is_literal=False, ignore_case=ignore_case)
        word = r"\b" if whole_word else ""
        written = f"(?m:{word}(?:{written}){word})"
        self._regex = _compiled(text, written, is_literal=False, ignore_case=ignore_case)
        literal = _searchable(facts.literal, is_folded=ignore_case or facts.is_folded)
        if len(literal) >= _LITERAL_CHARS_MIN:
            is_folded = ignore_case or facts.is_folded
            self._required = _compiled(text, literal, is_literal=True, ignore_case=is_folded)

    def spans(self, run: TextRun, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the matches that begin in a part of a run, in order, not overlapping.

        Args:
            run: What to search.
            start: Begin of a line, relative to the run.
            end: Behind a line end, or the end of the run.

        Yields:
            Start and end, relative to the run. They may be equal.
        """
        if self._required is None:
            yield from self._direct_spans(run, start, end)
            return
        place, candidate_count = start, 0
        while place < end:
            match = self._required.search(run.view, place, end)
            if match is None:
                return
            candidate_count += 1
            found: int = match.start()
            is_dense = (found - start) < candidate_count * _BYTES_PER_CANDIDATE
            if is_dense and candidate_count > _CANDIDATES_BEFORE_DECISION:
                yield from self._direct_spans(run, max(place, run.line_start(found)), end)
                return
            line_end = min(end, run.line_end(found))
            yield from self._direct_spans(run, max(place, run.line_start(found)), line_end)
            place = line_end

    def _direct_spans(self, run: TextRun, start: int, end: int) -> Iterator[tuple[int, int]]:
        place = start
        while place <= end:
            match = self._regex.search(run.view, place, end)
            if match is None:
                return
            first, last = match.span()
            if self._whole_word and not _is_whole_word(run.view, first, last):
                place = first + 1
                continue
            place = last if last > first else first + 1
            if self._trims_return and last > first and run.view[last - 1] == 0x0D:
                last -= 1
            yield first, last


@lru_cache(maxsize=16)
def compiled_expression(written: str) -> Any:
    """Return an expression of our own, for lines of text that are no file."""
    return _compiled(written, f"(?m:{written})", is_literal=False, ignore_case=False)


def _compiled(shown: str, written: str, *, is_literal: bool, ignore_case: bool) -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY_BYTES_MAX
    options.log_errors = False
    options.never_capture = True
    options.never_nl = not is_literal
    options.literal = is_literal
    options.case_sensitive = not ignore_case
    try:
        regex = re2.compile(written.encode("utf-8", "replace"), options)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        message = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise PatternInvalidError(shown, message) from error
    finally:
        # The module keeps 128 compiled expressions with their automata: up to 2 GiB.
        re2.purge()
    if regex.programsize > PROGRAM_SIZE_MAX:
        raise PatternInvalidError(shown, "repeats too much")
    return regex


def _searchable(literal: str, *, is_folded: bool) -> str:
    if not is_folded:
        return literal
    # `k` and `s` also stand for letters beyond ASCII, which makes the search for them slow.
    for letter in "kKsS":
        literal = literal.replace(letter, "\n")
    return max(literal.split("\n"), key=len)


def _is_whole_word(view: memoryview, start: int, end: int) -> bool:
    if start == end:
        return True
    begins_inside = start > 0 and _is_word(view[start]) and _is_word(view[start - 1])
    ends_inside = end < len(view) and _is_word(view[end - 1]) and _is_word(view[end])
    return not (begins_inside or ends_inside)


def _is_word(byte: int) -> bool:
    # Bytes of a letter beyond ASCII count: `größe` has no word `gr`.
    return byte >= 0x80 or byte == 0x5F or chr(byte).isalnum()
