r"""Text that every match of a regular expression contains.

`def \w+_timeout\(` can only match where `_timeout(` stands. Finding that is much
cheaper than running the expression, so the search looks for it first and then at
the lines that have it.

A small reader of RE2's syntax. It understands enough to find a literal and gives
up on the rest: an answer that is wrong would hide matches, no answer costs time.
Source: the idea is R. Cox, "Regular Expression Matching with a Trigram Index", 2012.
"""

import re
from dataclasses import dataclass, field
from typing import Final

# Escapes that stand for one character of a set, or for a place between two.
_SINGLE_ESCAPES: Final = frozenset("dDsSwWbBAztfvar")
_QUANTIFIERS: Final = "*+?{"
# Groups in groups. No person writes as many, and Python's stack is no deeper than it is.
_DEPTH_MAX: Final = 100

# What stands for one thing where a line feed may be asked for.
_PIECE: Final = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)"
    r"|\[(?P<class>\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*+)\]"
    r"|\\.|.",
    re.DOTALL,
)
_LINE_FEED: Final = re.compile(
    r"(?<!\\)(?:\\\\)*+(?:\n|\\(?:n|\n|x0[aA]|x\{0*[aA]\}|012|12(?![0-7])))"
)


@dataclass(frozen=True, slots=True)
class PatternFacts:
    """What is known about an expression without running it."""

    literal: str
    """Part of every match, the most telling that was found; empty when none was."""
    is_folded: bool
    """The expression switches to ignoring case itself, with `(?i)`."""
    has_line_feed: bool
    r"""It asks for a line feed, by `\n`, its code or the character. `[^\n]` does not."""
    line_end_places: tuple[int, ...]
    """Where it has a `$` that means the end of the line; empty when it was not understood."""


class _NotUnderstoodError(Exception):
    """Syntax beyond the reader. Never leaves this module."""


def pattern_facts(pattern: str) -> PatternFacts:
    """Return what can be said about an expression, right or wrong syntax."""
    reader = _Reader(pattern)
    try:
        literal = reader.alternation()
        if reader.place < len(pattern):
            literal = ""  # A bracket too many: the compiler will say so.
        places = tuple(reader.line_end_places)
    except (_NotUnderstoodError, IndexError):
        literal, places = "", ()
    return PatternFacts(literal, reader.is_folded, _asks_for_line_feed(pattern), places)


def _asks_for_line_feed(pattern: str) -> bool:
    for match in _PIECE.finditer(pattern):
        if match["quoted"] is not None:
            # There, a backslash is a backslash.
            if "\n" in match["quoted"]:
                return True
        elif match["class"] is not None:
            if not match["class"].startswith("^") and _LINE_FEED.search(match["class"]):
                return True
        elif _LINE_FEED.match(pattern, match.start()):
            return True
    return False


@dataclass(slots=True)
class _Reader:
    pattern: str
    place: int = 0
    depth: int = 0
    is_folded: bool = False
    line_end_places: list[int] = field(default_factory=list)

    def alternation(self) -> str:
        """Read to the end or to the bracket that closes the group; return its literal."""
        best = run = ""
        has_choice = False
        while self.place < len(self.pattern) and self.pattern[self.place] != ")":
            if self.pattern[self.place] == "|":
                has_choice = True
                self.place += 1
                continue
            literal, inner = self._atom()
            count_min, is_repeated = self._quantifier()
            if count_min == 0:
                run = ""
            elif inner is not None:
                best, run = max(best, inner, key=_rarity), ""
            elif not literal:
                run = ""
            else:
                run += literal
                best = max(best, run, key=_rarity)
                # Behind `a+` stands an `a`, but how many before it is not known.
                run = literal if is_repeated else run
        return "" if has_choice else best

    def _atom(self) -> tuple[str, str | None]:
        """Read one atom: its character if it is one, else the literal of a group."""
        char = self.pattern[self.place]
        self.place += 1
        if char == "(":
            return "", self._group()
        if char == "[":
            self._character_class()
            return "", None
        if char == "\\":
            return self._escape(), None
        if char == "$":
            self.line_end_places.append(self.place - 1)
        return ("" if char in ".^$" else char), None

    def _group(self) -> str:
        if self.pattern.startswith("?", self.place):
            end = self.place + 1
            if self.pattern.startswith(("P<", "<"), end):
                end = self.pattern.index(">", end)
            else:
                while self.pattern[end] not in ":)":
                    end += 1
                flags = self.pattern[self.place + 1 : end]
                if not set(flags) <= set("imsU-"):
                    raise _NotUnderstoodError
                # From here on, or in the group only: either way case may not matter.
                self.is_folded |= "i" in flags
            if self.pattern[end] == ")":
                self.place = end + 1
                return ""
            self.place = end + 1
        self.depth += 1
        if self.depth > _DEPTH_MAX:
            raise _NotUnderstoodError
        literal = self.alternation()
        if self.pattern[self.place] != ")":
            raise _NotUnderstoodError
        self.depth -= 1
        self.place += 1
        return literal

    def _escape(self) -> str:
        char = self.pattern[self.place]
        self.place += 1
        if char in _SINGLE_ESCAPES:
            return ""
        if char.isalnum() or not char.isascii():
            raise _NotUnderstoodError
        return char

    def _character_class(self) -> None:
        if self.pattern[self.place] == "^":
            self.place += 1
        is_first = True
        while is_first or self.pattern[self.place] != "]":
            is_first = False
            if self.pattern.startswith("[:", self.place):
                end = self.pattern.find(":]", self.place + 2)
                if end >= 0:
                    self.place = end + 2
                    continue
            # What an escape stands for does not matter, but `\]` does not end the class.
            self.place += 2 if self.pattern[self.place] == "\\" else 1
        self.place += 1

    def _quantifier(self) -> tuple[int, bool]:
        """Read what follows an atom: how often at least, and whether it may be more than once."""
        char = self.pattern[self.place : self.place + 1]
        if not char or char not in _QUANTIFIERS:
            return 1, False
        count_min = 1 if char == "+" else 0
        if char == "{":
            end = self.pattern.find("}", self.place)
            first, comma, last = self.pattern[self.place + 1 : max(end, 0)].partition(",")
            if not _is_count(first) or (comma and last and not _is_count(last)):
                return 1, False  # Not a quantifier but the character itself.
            count_min = int(first)
            self.place = end
        self.place += 1
        if self.pattern.startswith("?", self.place):
            self.place += 1
        return count_min, True


def _rarity(literal: str) -> int:
    # Every file has `class ` and `def `; spaces tell nothing.
    return len(literal) - literal.count(" ")


def _is_count(written: str) -> bool:
    return written.isascii() and written.isdecimal()
