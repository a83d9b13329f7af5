r"""Where a file has comments and strings, found by a lexical scanner without a grammar.

Exact for well-formed Python (tested against the standard library's tokenizer).
For the other languages: their comments, quotes, raw strings and templates; what is
only known by parsing, like a heredoc or the text between JSX tags, counts as code.
A string that is not closed ends with its line, so a mistake stays local.
"""

import bisect
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from nanobot_indexer.syntax.language import Language


class Region(StrEnum):
    """What a place in a file is. Part of JSON documents: never rename a value."""

    CODE = "code"
    COMMENT = "comment"
    STRING = "string"


class Span(NamedTuple):
    """A comment or a string with its delimiters."""

    start: int
    end: int
    """Exclusive."""
    region: Region
    hole: bytes
    """What opens code inside of it, `{` or `${`; empty for none."""


# Parts of the expressions below. Possessive, so that an open quote costs no search back.
_LINE = rb"[^\r\n]*+"


def _quoted(quote: bytes) -> bytes:
    """A string on one line. A backslash hides the character behind it, a line end too."""
    plain = rb"[^" + quote + rb"\\\r\n]*+"
    return quote + plain + rb"(?:\\(?:\r\n|[\s\S])" + plain + rb")*+" + quote + rb"?"


def _long(quote: bytes) -> bytes:
    """A string between two triples of a quote, or to the end of the file."""
    plain = rb"[^" + quote + rb"\\]*+"
    inside = rb"(?:(?:\\[\s\S]|" + quote + rb"(?!" + quote * 2 + rb"))" + plain + rb")*+"
    return quote * 3 + plain + inside + rb"(?:" + quote * 3 + rb")?"


def _blocked(quote: bytes) -> bytes:
    """A string over several lines, in which a backslash hides the next character."""
    return quote + rb"[^" + quote + rb"\\]*+(?:\\[\s\S][^" + quote + rb"\\]*+)*+" + quote + rb"?"


_SLASH_COMMENTS = rb"(?P<comment>//(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)"
_PLAIN_SLASH_COMMENTS = rb"(?P<comment>//" + _LINE + rb"|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)"
_DOUBLE = _quoted(b'"')
_SINGLE = _quoted(b"'")
# A character, not the `'` of a lifetime or of a digit group.
_CHARACTER = rb"(?<![0-9A-Fa-f])'(?:\\[^\r\n][^'\r\n]{0,10}|[^'\\\r\n]{1,4})'"

_PYTHON = (
    rb"(?P<comment>#" + _LINE + rb")"
    rb"|(?P<brace>\b(?:[fF][rR]?|[rR][fF])(?:" + _long(b'"') + rb"|" + _long(b"'") + rb"|" + _DOUBLE
    + rb"|" + _SINGLE + rb"))"
    rb"|(?P<string>" + _long(b'"') + rb"|" + _long(b"'") + rb"|" + _DOUBLE + rb"|" + _SINGLE + rb")"
)  # fmt: skip
_C = _SLASH_COMMENTS + rb"|(?P<string>" + _DOUBLE + rb"|" + _CHARACTER + rb")"
_CPP = (
    _SLASH_COMMENTS
    + rb'|(?P<string>\bR"(?P<fence>[^()\\\s]{0,16})\([\s\S]*?(?:\)(?P=fence)"|\Z)|'
    + _DOUBLE + rb"|" + _CHARACTER + rb")"
)  # fmt: skip
_JAVA = (
    _PLAIN_SLASH_COMMENTS + rb"|(?P<string>" + _long(b'"') + rb"|" + _DOUBLE + rb"|" + _CHARACTER
    + rb")"
)  # fmt: skip
_GO = _PLAIN_SLASH_COMMENTS + rb"|(?P<string>`[^`]*+`?|" + _DOUBLE + rb"|" + _CHARACTER + rb")"
_RUST = (
    rb"(?P<comment>//" + _LINE + rb")|(?P<nested>/\*)"
    rb'|(?P<string>\bb?r(?P<fence>#*)"[\s\S]*?(?:"(?P=fence)|\Z)|'
    + _blocked(b'"') + rb"|" + _CHARACTER + rb")"
)  # fmt: skip
_SCRIPT = (
    _PLAIN_SLASH_COMMENTS + rb"|(?P<slash>/)|(?P<dollar>" + _blocked(b"`") + rb")"
    rb"|(?P<string>" + _DOUBLE + rb"|" + _SINGLE + rb")"
)  # fmt: skip
_CSHARP = (
    _PLAIN_SLASH_COMMENTS
    + rb'|(?P<brace>\$@"[^"]*+(?:""[^"]*+)*+"?|@\$"[^"]*+(?:""[^"]*+)*+"?|\$' + _DOUBLE + rb")"
    + rb'|(?P<string>@"[^"]*+(?:""[^"]*+)*+"?|' + _long(b'"') + rb"|" + _DOUBLE + rb"|" + _CHARACTER
    + rb")"
)  # fmt: skip
_PHP = (
    rb"(?P<comment>(?://|#(?!\[))" + _LINE + rb"|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)"
    rb"|(?P<string>" + _blocked(b'"') + rb"|" + _blocked(b"'") + rb")"
)
_RUBY = (
    rb"(?P<comment>^=begin\b[\s\S]*?(?:^=end\b" + _LINE + rb"|\Z)|(?<!\\)#(?!\{)" + _LINE + rb")"
    rb"|(?P<string>" + _blocked(b'"') + rb"|" + _blocked(b"'") + rb")"
)
_SHELL = (
    rb"(?P<comment>(?:^|(?<=[\s;&|()]))#" + _LINE + rb")|\\[\s\S]"
    rb"|(?P<string>" + _blocked(b'"') + rb"|'[^']*+'?)"
)
_LUA = (
    rb"(?P<comment>--\[(?P<fence>=*)\[[\s\S]*?(?:\](?P=fence)\]|\Z)|--" + _LINE + rb")"
    rb"|(?P<string>\[(?P<wall>=*)\[[\s\S]*?(?:\](?P=wall)\]|\Z)|"
    + _DOUBLE
    + rb"|"
    + _SINGLE
    + rb")"
)
_CONFIG = (
    rb"(?P<comment>(?:^|(?<=\s))#" + _LINE + rb")|(?P<string>" + _DOUBLE + rb"|" + _SINGLE + rb")"
)

_SCANNER_BY_LANGUAGE: Final[Mapping[str, re.Pattern[bytes]]] = {
    language: re.compile(expression, re.MULTILINE)
    for expression, languages in (
        (_PYTHON, ("python",)),
        (_C, ("c",)),
        (_CPP, ("cpp",)),
        (_JAVA, ("java", "kotlin", "scala", "swift")),
        (_GO, ("go",)),
        (_RUST, ("rust",)),
        (_SCRIPT, ("javascript", "typescript", "tsx")),
        (_CSHARP, ("csharp", "c_sharp")),
        (_PHP, ("php",)),
        (_RUBY, ("ruby",)),
        (_SHELL, ("bash",)),
        (_LUA, ("lua",)),
        (_CONFIG, ("yaml", "toml")),
    )
    for language in languages
}
_REGION_BY_GROUP: Final = {
    "comment": (Region.COMMENT, b""),
    "string": (Region.STRING, b""),
    "brace": (Region.STRING, b"{"),
    "dollar": (Region.STRING, b"${"),
}

# Behind these a `/` begins a regular expression, elsewhere it divides.
_BEFORE_EXPRESSION: Final = re.compile(
    rb"(?:^|[(,=:\[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new))"
    rb"[ \t]*$"
)
_EXPRESSION: Final = re.compile(
    rb"/(?![*/])(?:[^\\/\[\r\n]|\\[^\r\n]|\[(?:[^\]\\\r\n]|\\[^\r\n])*+\])++/[a-z]*"
)
# Holes are short; looking back to the begin of a huge template for each place is not.
_HOLE_BYTES_MAX: Final = 4096
_NESTED_COMMENT: Final = re.compile(rb"/\*|\*/")


def has_scanner(language: Language) -> bool:
    """Whether comments and strings of a language are known."""
    return language.value in _SCANNER_BY_LANGUAGE


def non_code_spans(text: bytes, language: Language, *, end: int | None = None) -> Iterator[Span]:
    """Yield the comments and strings of a file, in order, not overlapping.

    Args:
        text: The whole file: what a place is depends on all before it.
        language: Nothing is yielded for one without a scanner.
        end: What starts behind it does not matter.
    """
    scanner = _SCANNER_BY_LANGUAGE.get(language.value)
    if scanner is None:
        return
    stop = len(text) if end is None else end
    place = 0
    while True:
        match = scanner.search(text, place)
        if match is None or match.start() > stop:
            return
        start, place, group = match.start(), match.end(), match.lastgroup
        if group == "slash":
            literal = _expression_at(text, start)
            if literal is None:
                continue
            place, group = literal, "string"
        elif group == "nested":
            place, group = _nested_end(text, start), "comment"
        if group is not None:
            yield Span(start, place, *_REGION_BY_GROUP[group])


def _expression_at(text: bytes, start: int) -> int | None:
    """Return where the regular expression at a `/` ends; None for a division."""
    line = text.rfind(b"\n", 0, start) + 1
    before = text[max(line, start - 64) : start]
    if _BEFORE_EXPRESSION.search(before) is None:
        return None
    match = _EXPRESSION.match(text, start)
    return None if match is None else match.end()


def _nested_end(text: bytes, start: int) -> int:
    depth = 0
    for match in _NESTED_COMMENT.finditer(text, start):
        depth += 1 if match[0] == b"/*" else -1
        if depth == 0:
            return match.end()
    return len(text)


class RegionMap:
    """What each place of a file is. Scans as far as it is asked for."""

    def __init__(self, text: bytes, language: Language, *, end: int | None = None) -> None:
        self._text = text
        self._spans = list(non_code_spans(text, language, end=end))
        self._starts = [span.start for span in self._spans]

    def region_at(self, place: int) -> Region:
        """Return what a byte belongs to."""
        number = bisect.bisect_right(self._starts, place) - 1
        if number < 0 or place >= self._spans[number].end:
            return Region.CODE
        span = self._spans[number]
        if span.hole and _is_in_hole(self._text, span, place):
            return Region.CODE
        return span.region


def _is_in_hole(text: bytes, span: Span, place: int) -> bool:
    """Whether a place in `f"a {b} c"` or `` `a ${b} c` `` is code."""
    before = text[max(span.start, place - _HOLE_BYTES_MAX) : place]
    if span.hole == b"{":
        before = before.replace(b"{{", b"").replace(b"}}", b"")
        return before.count(b"{") > before.count(b"}")
    opened = before.rfind(b"${")
    if opened < 0:
        return False
    inside = before[opened + 2 :]
    return inside.count(b"}") <= inside.count(b"{")
