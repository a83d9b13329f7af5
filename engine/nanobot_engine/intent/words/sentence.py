"""From a sentence to tokens: what is written like code, what is punctuation, what is a word.

A name in backticks, a path, `a.b`, `snake_case` and `CamelCase` are certainly names; a plain
word may be one. Nothing is looked up here.
"""

import ast
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

SENTENCE_CHARS_MAX: Final = 2_000


class TokenKind(Enum):
    """What a piece of a sentence looks like."""

    NAME = "name"
    """One identifier that is written like code."""
    DOTTED = "dotted"
    """`a.b`, also for `a::b`."""
    PATH = "path"
    EXPRESSION = "expression"
    """A number, a literal, a call: Python source."""
    DECLARATION = "declaration"
    """A parameter with a default or a type: `a=1`, `a: int`, `a: int = 1`."""
    RANGE = "range"
    """Lines: `10-14`."""
    ARROW = "arrow"
    WORD = "word"
    PHRASE = "phrase"
    """Several words in quotes."""
    PUNCTUATION = "punctuation"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a sentence."""

    kind: TokenKind
    text: str
    """Without quotes, and with dots between the parts of a dotted name."""
    raw: str
    """As written."""
    is_owner: bool = False
    """Written with `'s`: what follows belongs to it."""

    @property
    def is_code(self) -> bool:
        """Tell whether it can only be a name, a path or an expression."""
        return self.kind not in {TokenKind.WORD, TokenKind.PUNCTUATION, TokenKind.ARROW}

    @property
    def word(self) -> str:
        """The word in lower case; "" for what is no plain word."""
        return self.text.lower() if self.kind is TokenKind.WORD else ""


_IDENTIFIER: Final = r"[^\W\d]\w*"
_LITERAL: Final = (
    r"-?\d[\d_]*(?:\.\d+)?|None|True|False|\[\]|\{\}|\(\)"
    r"|'[^'\n]*'|\"[^\"\n]*\""
)
_SUFFIXES: Final = "pyi|py|toml|cfg|ini|md|rst|txt|json|ya?ml"
_SCANNER: Final = re.compile(
    rf"""
    (?P<ticks>`+[^`]+`+)
    |(?P<declaration>(?<![\w.]){_IDENTIFIER}(?:\s?:\s?[\w.]+(?:\[[^\]\s]*\])?(?:\s?\|\s?[\w.]+)*)?
        \s?=\s?(?:{_LITERAL}|{_IDENTIFIER}(?:\.{_IDENTIFIER})*(?:\(\))?)(?![\w=]))
    |(?P<quoted>"[^"\n]+"|“[^”\n]+”|(?<!\w)'[^'\n]+'(?!\w))
    |(?P<arrow>-{{1,2}}>|=>|→|⇒)
    |(?P<range>(?<![\w.])\d+\s?[-\u2013]\s?\d+(?![\w.]))
    |(?P<path>\.{{0,2}}/?(?:[\w.*-]+/)+(?:[\w.*-]*[\w*])?|[\w-]+\.(?:{_SUFFIXES})\b(?!\.\w))
    |(?P<number>(?<![\w.])0[xXbBoO][\da-fA-F_]+|(?<![\w.])-?\d[\d_]*(?:\.\d+)?(?:[eE]-?\d+)?(?!\w))
    |(?P<literal>\[\]|\{{\}})
    |(?P<dotted>{_IDENTIFIER}(?:(?:\.|::|\#){_IDENTIFIER})+(?:\(\))?)
    |(?P<called>{_IDENTIFIER}\(\))
    |(?P<hyphened>[^\W\d_]+(?:-[^\W\d_]+)+)
    |(?P<name>{_IDENTIFIER})
    |(?P<punctuation>[^\w\s])
    """,
    re.VERBOSE,
)
_DOTTED: Final = re.compile(rf"{_IDENTIFIER}(?:(?:\.|::|#){_IDENTIFIER})+")
_RANGE: Final = re.compile(r"\d+\s?[-\u2013]\s?\d+")
_PATH: Final = re.compile(rf"(?:[\w.*-]+/)+[\w.*-]*|[\w-]+\.(?:{_SUFFIXES})")
_CONTRACTIONS: Final = (
    # What several words say that one says as well.
    (re.compile(r"\bcan't\b", re.IGNORECASE), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(I|you|we|they)'(?:d|ll|m|re|ve)\b", re.IGNORECASE), r"\1 would"),
    (re.compile(r"\b(let|it|that)'s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\b(do|does)nt\b", re.IGNORECASE), r"\1 not"),
    # As one writes to `sed`.
    (re.compile(r"(?<!\S)s/([\w.]+)/([\w.]+)/g?(?!\S)"), r"\1 -> \2"),
    (re.compile(r"\b(?:get|getting) rid of\b", re.IGNORECASE), "remove"),
)
_CODE_LIKE: Final = re.compile(r"_|[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[A-Za-z]\d")
_CONSTANTS: Final = frozenset({"None", "True", "False"})


def tokenized(sentence: str) -> list[Token]:
    """Return the pieces of a sentence."""
    text = " ".join(sentence.split()).replace("\u2019", "'")
    for pattern, words in _CONTRACTIONS:
        text = pattern.sub(words, text)
    tokens: list[Token] = []
    position = 0
    while match := _SCANNER.search(text, position):
        position = match.end()
        kind = match.lastgroup or ""
        raw = match[0]
        is_owner = (
            text[position : position + 2] in {"'s", "s'"}
            and not text[position + 2 : position + 3].isalnum()
        )
        if is_owner and kind in {"name", "ticks", "dotted", "called"}:
            position += 2
            tokens.append(_token(kind, raw, is_owner=True))
        elif kind == "hyphened":
            tokens.append(Token(TokenKind.WORD, raw, raw))
        else:
            tokens.append(_token(kind, raw, is_owner=False))
    return tokens


_KIND_BY_GROUP: Final = {
    "declaration": TokenKind.DECLARATION,
    "arrow": TokenKind.ARROW,
    "range": TokenKind.RANGE,
    "path": TokenKind.PATH,
    "number": TokenKind.EXPRESSION,
    "literal": TokenKind.EXPRESSION,
    "dotted": TokenKind.DOTTED,
    "called": TokenKind.NAME,
    "punctuation": TokenKind.PUNCTUATION,
}


def _token(group: str, raw: str, *, is_owner: bool) -> Token:
    if group == "ticks":
        return _quoted(raw.strip("`").strip(), raw, is_owner=is_owner)
    if group == "quoted":
        return _quoted(raw[1:-1].strip(), raw, is_owner=is_owner)
    kind = _KIND_BY_GROUP.get(group)
    if kind is None:
        is_name = _CODE_LIKE.search(raw) is not None
        kind = TokenKind.NAME if is_name else TokenKind.WORD
        kind = TokenKind.EXPRESSION if raw in _CONSTANTS else kind
    return Token(kind, _written(kind, raw), raw, is_owner)


def _written(kind: TokenKind, raw: str) -> str:
    """Return the text of a token in one form."""
    if kind is TokenKind.ARROW:
        return "->"
    if kind is TokenKind.RANGE:
        return re.sub(r"\s?[-\u2013]\s?", "-", raw)
    if kind is TokenKind.PATH:
        return raw.removeprefix("./")
    if kind in {TokenKind.DOTTED, TokenKind.NAME}:
        return raw.removesuffix("()").replace("::", ".").replace("#", ".")
    return raw


def _quoted(inner: str, raw: str, *, is_owner: bool) -> Token:
    """Say what stands in quotes."""
    kind = _kind_in_quotes(inner)
    return Token(kind, _written(kind, inner), raw, is_owner)


def _kind_in_quotes(inner: str) -> TokenKind:
    bare = inner.removesuffix("()")
    is_file = bare.rpartition(".")[2] in _SUFFIXES.split("|")
    forms = (
        (bare.isidentifier() and inner not in _CONSTANTS, TokenKind.NAME),
        (_DOTTED.fullmatch(bare) is not None and not is_file, TokenKind.DOTTED),
        (_RANGE.fullmatch(inner) is not None, TokenKind.RANGE),
        (_PATH.fullmatch(inner) is not None, TokenKind.PATH),
        (declared(inner) is not None, TokenKind.DECLARATION),
        (is_expression(inner), TokenKind.EXPRESSION),
    )
    return next((kind for holds, kind in forms if holds), TokenKind.PHRASE)


def is_expression(text: str) -> bool:
    """Tell whether Python takes a text as an expression."""
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def declared(text: str) -> tuple[str, str, str] | None:
    """Return name, annotation and default of a parameter as it is written in a signature.

    Returns:
        None when it is something else, also when it is the name alone.
    """
    try:
        tree = ast.parse(f"def f(*, {text}): pass")
    except (SyntaxError, ValueError):
        return None
    match tree.body:
        case [ast.FunctionDef(args=ast.arguments(kwonlyargs=[one], kw_defaults=[default]))]:
            annotation = ast.unparse(one.annotation) if one.annotation else ""
            value = ast.unparse(default) if default else ""
            return (one.arg, annotation, value) if annotation or value else None
    return None
