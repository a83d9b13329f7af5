"""Find Python definitions in an open buffer, by lines.

Not a parser: it follows brackets, strings and indentation just well enough to
offer a code action at the cursor. Whether the file is Python, and what may be
changed, is decided by the host. It never fails on text that is half typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LINES_MAX: Final = 50_000
"""Longer buffers get no action: the scan runs while the user waits for a menu."""

_HEADER: Final = re.compile(
    r"(?P<indent>[ \t]*)(?P<kind>(?:async[ \t]+)?def|class)[ \t]+(?P<name>\w+)"
)
_TOKEN: Final = re.compile(
    r"""(?P<triple>\"{3}|'{3})
    | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    | (?P<comment>\#.*)
    | (?P<open>[(\[{]) | (?P<close>[)\]}])
    | (?P<colon>:) | (?P<joined>\\\r?\n?$)""",
    re.VERBOSE,
)
# A line without these can not change what follows, unless it is a header.
_STATEFUL: Final = re.compile(r"[\"'(\[{\\]")
_TOP_LEVEL: Final = ("def ", "class ", "async def ")
# Strings and comments, so that quotes inside of them open nothing. `a` and `b` match
# the missing end of a triple-quoted string.
_QUOTED: Final = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?(?:\"{3}|(?P<a>\Z)) | '{3}(?:\\.|[^\\])*?(?:'{3}|(?P<b>\Z))
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | \#[^\n]*""",
    re.VERBOSE | re.DOTALL,
)
_DOCSTRING: Final = re.compile(r"[rRuU]?[\"']")


@dataclass(slots=True)
class Definition:
    """A function or class with a body of its own lines."""

    name: str
    is_class: bool
    line: int
    """0-based line of `def` or `class`."""
    end_line: int
    """Last line of the body, inclusive."""
    has_docstring: bool
    indent: int


class _Scan:
    """The state of one pass over the lines."""

    def __init__(self) -> None:
        self.found: list[Definition] = []
        self.open: list[Definition] = []
        self.triple = ""
        self.depth = 0
        self.is_joined = False
        self.header: Definition | None = None
        self.header_has_colon = False
        self.waits_for_body: Definition | None = None
        self.last_code_line = 0

    def take(self, number: int, line: str) -> None:
        """Read one line."""
        content = line.rstrip("\r\n")
        if self.depth and not self.triple and _HEADER.match(content):
            # `def` can not stand inside brackets: one is still to be typed.
            self.depth = 0
            self.header = None
        if not (self.triple or self.depth or self.is_joined):
            stripped = content.lstrip()
            if not stripped or stripped.startswith("#"):
                return
            self._start_statement(number, content, stripped)
        self.last_code_line = number
        if self.depth or self.triple or self.is_joined or self.header or _STATEFUL.search(content):
            self._follow_tokens(content)
        if not (self.triple or self.depth or self.is_joined) and self.header is not None:
            self.waits_for_body, self.header = self.header, None

    def close_all(self, indent: int) -> None:
        """End the definitions that are indented at least like `indent`."""
        while self.open and self.open[-1].indent >= indent:
            self.open.pop().end_line = self.last_code_line

    def _start_statement(self, number: int, content: str, stripped: str) -> None:
        indent = len(content) - len(stripped)
        if "\t" in content[:indent]:
            indent = len(content[:indent].expandtabs())
        self.close_all(indent)
        body_of, self.waits_for_body = self.waits_for_body, None
        if body_of is not None and body_of in self.open:
            body_of.has_docstring = _DOCSTRING.match(stripped) is not None
            self.found.append(body_of)
        match = _HEADER.match(content)
        if match is None:
            return
        self.header = Definition(
            match["name"],
            is_class=match["kind"] == "class",
            line=number,
            end_line=number,
            has_docstring=False,
            indent=indent,
        )
        self.header_has_colon = False
        self.open.append(self.header)

    def _follow_tokens(self, content: str) -> None:
        self.is_joined = False
        at = 0
        while at < len(content):
            if self.triple:
                end = _triple_end(content, at, self.triple)
                if end is None:
                    return
                at, self.triple = end, ""
                continue
            match = _TOKEN.search(content, at)
            if match is None or match.lastgroup == "comment":
                return
            at = match.end()
            self._take_token(str(match.lastgroup), match[0], content[at:])

    def _take_token(self, kind: str, token: str, rest: str) -> None:
        match kind:
            case "triple":
                self.triple = token
            case "open":
                self.depth += 1
            case "close":
                self.depth = max(0, self.depth - 1)
            case "joined":
                self.is_joined = True
            case "colon" if self.depth == 0 and not self.header_has_colon:
                self.header_has_colon = True
                if rest.strip() and not rest.lstrip().startswith("#"):
                    # The body is on the header's line: no place for a docstring.
                    self.header = None


def scan_definitions(lines: Sequence[str]) -> list[Definition]:
    """Return the definitions whose body has its own lines, in the order of their bodies."""
    scan = _Scan()
    for number, line in enumerate(lines):
        scan.take(number, line)
    scan.close_all(0)
    return scan.found


def definition_at(lines: Sequence[str], line: int) -> Definition | None:
    """Return the innermost definition that holds `line`; see `definitions_around`."""
    around = definitions_around(lines, line)
    return around[-1] if around else None


def definitions_around(lines: Sequence[str], line: int) -> list[Definition]:
    """Return the definitions that hold `line`, outer before inner.

    The decorators above a definition count as part of it. Reads closely only from
    the top-level definition around `line` to the next: an editor asks at every
    move of the cursor.
    """
    if len(lines) > LINES_MAX:
        return []
    while line < len(lines) and lines[line].lstrip().startswith("@"):
        line += 1
    first, after = _top_level_header(lines, line), line + 1
    while after < len(lines) and not lines[after].startswith(_TOP_LEVEL):
        after += 1
    holders = [
        item
        for item in scan_definitions(lines[first:after])
        if first + item.line <= line <= first + item.end_line
    ]
    for item in holders:
        item.line += first
        item.end_line += first
    return sorted(holders, key=lambda item: item.line)


def qualified_name(around: Sequence[Definition]) -> str:
    """Return the name of the last of `definitions_around`, as `Store.load.<locals>.inner`."""
    parts = [
        part
        for outer, _ in pairwise(around)
        for part in ([outer.name] if outer.is_class else [outer.name, "<locals>"])
    ]
    return ".".join([*parts, around[-1].name])


def _top_level_header(lines: Sequence[str], line: int) -> int:
    """Return the nearest line at or above `line` that starts a top-level definition, or 0."""
    at = min(line, len(lines) - 1)
    while at > 0:
        if lines[at].startswith(_TOP_LEVEL) and not _ends_in_string("".join(lines[:at])):
            return at
        at -= 1
    return 0


def _ends_in_string(text: str) -> bool:
    return any(match["a"] == "" or match["b"] == "" for match in _QUOTED.finditer(text))


def _triple_end(content: str, at: int, quotes: str) -> int | None:
    """Return the column behind the closing quotes, or None if they are not on this line."""
    while at < len(content):
        if content[at] == "\\":
            at += 2
        elif content.startswith(quotes, at):
            return at + len(quotes)
        else:
            at += 1
    return None
