r"""Where a file has comments and strings, found by a lexical scanner without a grammar.

Exact for well-formed Python (tested against the standard library's tokenizer).
For the other languages: their comments, quotes, raw strings and templates; what is
only known by parsing, like a heredoc or the text between JSX tags, counts as code.
A string that is not closed ends with its line, so a mistake stays local. Code inside
of strings, as in `f"{code}"`, is code, with strings of its own.
"""

import bisect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from nanobot_indexer.syntax.language import Language


class Region(StrEnum):
    """What a place in a file is. Part of JSON documents: never rename a value."""

    CODE = "code"
    COMMENT = "comment"
    STRING = "string"


class Span(NamedTuple):
    """A comment or a string with its delimiters; of a string with code in it, one piece."""

    start: int
    end: int
    """Exclusive."""
    region: Region


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
    rb"|(?P<template>\b(?:[fFtT][rR]?|[rR][fFtT])(?:\"\"\"|'''|[\"']))"
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
    _PLAIN_SLASH_COMMENTS + rb"|(?P<slash>/)|(?P<template>`)"
    rb"|(?P<string>" + _DOUBLE + rb"|" + _SINGLE + rb")"
)  # fmt: skip
_CSHARP = (
    _PLAIN_SLASH_COMMENTS
    + rb'|(?P<template>\$@"|@\$"|\$"(?:"")?)'
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

_EXPRESSION_BY_LANGUAGE: Final[Mapping[Language, bytes]] = {
    Language.PYTHON: _PYTHON,
    Language.C: _C,
    Language.CPP: _CPP,
    Language.JAVA: _JAVA,
    Language.GO: _GO,
    Language.RUST: _RUST,
    Language.JAVASCRIPT: _SCRIPT,
    Language.TYPESCRIPT: _SCRIPT,
    Language.TSX: _SCRIPT,
    Language.CSHARP: _CSHARP,
    Language.PHP: _PHP,
    Language.RUBY: _RUBY,
    Language.BASH: _SHELL,
    Language.LUA: _LUA,
    Language.YAML: _CONFIG,
    Language.TOML: _CONFIG,
}
_REGION_BY_GROUP: Final = {"comment": Region.COMMENT, "string": Region.STRING}

# Behind these a `/` begins a regular expression, elsewhere it divides. Behind `<` or a
# tag it ends a tag.
_BEFORE_EXPRESSION: Final = re.compile(
    rb"(?:^|[(,=:\[!&|?{};+\-*%~^]|=>"
    rb"|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|yield|await))[ \t]*$"
)
_LOOKED_BACK_BYTES: Final = 64
_EXPRESSION: Final = re.compile(
    rb"/(?![*/])(?:[^\\/\[\r\n]|\\[^\r\n]|\[(?:[^\]\\\r\n]|\\[^\r\n])*+\])++/[a-z]*"
)
# Each costs a look at the rest of the line, which may be a megabyte of other things.
_OPEN_EXPRESSIONS_MAX: Final = 16
_NESTED_COMMENT: Final = re.compile(rb"/\*|\*/")


@dataclass(frozen=True, slots=True)
class _Template:
    """A kind of string with code in it. The text between two pieces of code is a match."""

    text: re.Pattern[bytes]
    """Group `hole` is what opens code, `close` what ends the string; neither: it is open."""
    format: re.Pattern[bytes] | None
    """The text behind `:` in a piece of code; group `back` ends both. None: there is none."""
    signs: bytes
    """What has to be looked at in code to find its end, as in a set of an expression."""
    is_one_line: bool
    """Not closed, it ends with the line, wherever that is."""


def _braced(quote: bytes, plain: bytes, others: bytes, *, is_one_line: bool) -> _Template:
    """Return a template with code in braces; double ones are plain text.

    Args:
        quote: What closes it.
        plain: What is not plain text, besides braces.
        others: What of that does not close it.
        is_one_line: See `_Template`.
    """
    runs = rb"[^{}%b]*+" % plain
    ends = rb"(?:(?P<close>%b)|(?P<hole>\{))?" % quote
    text = rb"%b(?:(?:%b|\{\{|\})%b)*+%b" % (runs, others, runs, ends)
    back = rb"[^{}%b]*+(?:(?P<close>%b)|(?P<hole>\{)|(?P<back>\}))?" % (plain, quote)
    signs = rb"()\[\]{}:" + (rb"\r\n" if is_one_line else b"")
    return _Template(re.compile(text), re.compile(back), signs, is_one_line)


@cache
def _template(opening: bytes) -> _Template:
    """Return the kind of string that begins so, in whatever language."""
    if opening == b"`":
        text = rb"[^`\\$]*+(?:(?:\\[\s\S]|\$(?!\{))[^`\\$]*+)*+(?:(?P<close>`)|(?P<hole>\$\{))?"
        return _Template(re.compile(text), None, rb"{}", is_one_line=False)
    quote = opening.lstrip(b"fFtTrR$@")
    mark = quote[:1]
    if opening.startswith((b"$", b"@")) and (len(quote) == 3 or b"@" in opening):
        # Nothing is escaped, but a doubled quote is one in those with `@`.
        inner = rb'"(?!"")' if len(quote) == 3 else rb'""'
        return _braced(quote, rb'"', inner, is_one_line=False)
    named = rb"" if b"r" in opening.lower() else rb"N\{[^{}\r\n]*+\}|"
    escapes = rb"\\(?:\r\n|%b[^{}]|(?=[{}]))" % named
    if len(quote) == 3:
        others = rb"%b|%b(?!%b)" % (escapes, mark, mark * 2)
        return _braced(quote, mark + rb"\\", others, is_one_line=False)
    return _braced(quote, mark + rb"\\\r\n", escapes, is_one_line=True)


@cache
def _scanner(language: Language, signs: bytes) -> re.Pattern[bytes]:
    """Return what finds comments and strings, and `signs` when there are any."""
    expression = _EXPRESSION_BY_LANGUAGE[language]
    if signs:
        expression += rb"|(?P<sign>[%b])" % signs
    return re.compile(expression, re.MULTILINE)


def has_scanner(language: Language) -> bool:
    """Whether comments and strings of a language are known."""
    return language in _EXPRESSION_BY_LANGUAGE


def non_code_spans(text: bytes, language: Language) -> Iterator[Span]:
    """Yield the comments and strings of a file, in order, not overlapping.

    Args:
        text: The whole file: what a place is depends on all before it.
        language: Nothing is yielded for one without a scanner.
    """
    if not has_scanner(language):
        return
    holes = _Holes(text)
    literals = _ExpressionLiterals(text)
    place = 0
    while True:
        match = _scanner(language, holes.signs).search(text, place)
        if match is None:
            return
        region = _REGION_BY_GROUP.get(match.lastgroup or "")
        end: int | None = match.end()
        if region is None:
            region, end = _found(match, holes, literals)
        place = match.end() if end is None else end
        if end is not None:
            yield Span(match.start(), end, region)


def _found(
    match: re.Match[bytes], holes: "_Holes", literals: "_ExpressionLiterals"
) -> tuple[Region, int | None]:
    """Return what begins where a scanner stopped, and its end; None when nothing does."""
    start, group = match.start(), match.lastgroup
    if group == "template":
        return Region.STRING, holes.text_end(match.end(), _template(match[0]))
    if group == "sign":
        return Region.STRING, holes.behind_sign(match[0], start)
    if group == "slash":
        return Region.STRING, literals.end_of(start)
    if group == "nested":
        return Region.COMMENT, _nested_end(match.string, start)
    return Region.CODE, None


@dataclass(slots=True)
class _Hole:
    """A piece of code in a string that was not read to its end."""

    template: _Template
    is_in_format: bool
    """It is in the format of the hole below it, as the `{n}` of `{x:{n}}` is."""
    depth: int = 0
    """Brackets that are open."""


class _Holes:
    """The strings with code in them that are open at a place, outer before inner."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._open: list[_Hole] = []

    @property
    def signs(self) -> bytes:
        """What has to be looked at."""
        return self._open[-1].template.signs if self._open else b""

    def text_end(self, start: int, template: _Template, *, is_in_format: bool = False) -> int:
        """Return where the text ends that begins at a place: at a hole, or with the string."""
        place = start
        while True:
            expression = template.format if is_in_format else template.text
            assert expression is not None
            match = expression.match(self._text, place)
            assert match is not None  # It also matches nothing.
            place = match.end()
            if match.lastgroup == "hole":
                self._open.append(_Hole(template, is_in_format))
                return place
            if match.lastgroup != "back":
                # The end of the string, also when it ends too early.
                while is_in_format:
                    is_in_format = self._open.pop().is_in_format
                return place
            is_in_format = self._open.pop().is_in_format

    def behind_sign(self, sign: bytes, start: int) -> int | None:
        """Return where the text ends that a sign leads back to; None when it does not."""
        hole = self._open[-1]
        if sign in b"\r\n":
            while self._open and self._open[-1].template.is_one_line:
                self._open.pop()
        elif sign in b"([{":
            hole.depth += 1
        elif hole.depth:
            # Kinds of brackets are not told apart: a mistake is not worth more.
            hole.depth -= 1 if sign in b")]}" else 0
        elif sign == b"}":
            self._open.pop()
            return self.text_end(start + 1, hole.template, is_in_format=hole.is_in_format)
        elif sign == b":" and hole.template.format is not None:
            return self.text_end(start + 1, hole.template, is_in_format=True)
        return None


class _ExpressionLiterals:
    """Where regular expressions end. Asked in the order of a file."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._line_end = 0
        self._open_count = 0

    def end_of(self, start: int) -> int | None:
        """Return where the regular expression at a `/` ends; None for a division."""
        text = self._text
        if start >= self._line_end:
            found = text.find(b"\n", start)
            self._line_end = len(text) if found < 0 else found
            self._open_count = 0
        if self._open_count >= _OPEN_EXPRESSIONS_MAX:
            return None
        line = text.rfind(b"\n", max(0, start - _LOOKED_BACK_BYTES), start) + 1
        before = text[max(line, start - _LOOKED_BACK_BYTES) : start]
        if _BEFORE_EXPRESSION.search(before) is None:
            return None
        if text.startswith(b">", start + 1) and before.rstrip().endswith(b"}"):
            return None  # `<A b={c} />`
        match = _EXPRESSION.match(text, start)
        if match is None:
            self._open_count += 1
            return None
        return match.end()


def _nested_end(text: bytes, start: int) -> int:
    depth = 0
    for match in _NESTED_COMMENT.finditer(text, start):
        depth += 1 if match[0] == b"/*" else -1
        if depth == 0:
            return match.end()
    return len(text)


class RegionMap:
    """What each place of a file is."""

    def __init__(self, text: bytes, language: Language) -> None:
        self._spans = list(non_code_spans(text, language))
        self._starts = [span.start for span in self._spans]

    def region_at(self, place: int) -> Region:
        """Return what a byte belongs to."""
        number = bisect.bisect_right(self._starts, place) - 1
        if number < 0 or place >= self._spans[number].end:
            return Region.CODE
        return self._spans[number].region
