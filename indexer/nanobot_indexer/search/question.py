"""A question, split the way the text of an index is split, with what code may say instead.

The words of a question are grouped: a group is one word and everything related to it,
and a chunk that has several words of one group has answered that part of the question
once. `parseHTTPHeader` makes four groups: the whole identifier and its three parts.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.errors import QueryEmptyError
from nanobot_indexer.fingerprint.content import WORD_BYTES_MIN
from nanobot_indexer.fingerprint.hashing import (
    LANE_BYTES,
    Field,
    hash_of,
    lanes_of,
    terms_of,
    token_hashes,
)
from nanobot_indexer.fingerprint.stem import stem
from nanobot_indexer.fingerprint.tokens import WORD_BYTES_MAX, QueryToken, query_tokens
from nanobot_indexer.search.synonyms import related_words

TEXT_CHARS_MAX: Final = 16 * 1024
"""What comes behind is not looked for."""
GROUPS_MAX: Final = 96
"""Different words that are looked up. A question has a dozen; this is a pasted file."""
RELATED_GROUPS_MAX: Final = 24
"""More words than this say what is meant without related ones."""

FIELD_WEIGHTS: Final = {Field.BODY: 1.0, Field.NAME: 5.0, Field.PATH: 5.0}
"""How many times a word in a body one in a name or a path counts."""

_FIELDS: Final = tuple(FIELD_WEIGHTS)
_NO_TERMS: Final = np.empty((len(_FIELDS), 0), np.uint64)
_QUALIFIED: Final = re.compile(r"[\w$~]+(?:(?:\.|::|#|->)[\w$~]+)*(?:\(\))?")
_SEPARATOR: Final = re.compile(r"\.|::|#|->")
_CODE_LIKE: Final = re.compile(r"[^\W_]_+[^\W_]|[a-z0-9][A-Z]|\w(?:\.|::|->)[A-Za-z_]")
_SPACE: Final = re.compile(r"[ \t\r\n\f\v]+")
_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
# Of few parts of two letters or more, so none of the rules for odd ones applies.
_PLAIN: Final = re.compile(
    r"[A-Z]?[a-z]+|(?:[A-Z][a-z]|[a-z]{2})[a-z]*(?:(?:_[A-Z]?[a-z]|[A-Z])[a-z]+){1,3}"
)
_PART: Final = re.compile(r"[A-Z]?[a-z]+")
_PLAIN_CHARS_MAX: Final = 60
_JOINED_WORDS_MAX: Final = 3
_SYMBOLS_MAX: Final = 8
_TEST_WORDS: Final = frozenset({"test", "spec", "fixture", "mock", "benchmark", "exampl"})

# As the stemmer leaves them. They are in every function, and in no question worth asking.
_STOP_WORD_LINES: Final = """
a about all also an and another any are as at be been being but by can could did do doe
don done each eg etc every for from had ha has have having he her how i if in into is it
its just may me might more most must my no nor not of off on only onto or other our out
over per same should so some such than that the their them then there thes these they thi
this thos those to under up us very via wa was we were what when where which who whom whos
whose why will with without would you your
"""
_STOP_WORDS: Final = frozenset(_STOP_WORD_LINES.split())


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name that the question may mean."""

    folded: bytes
    """In small letters, as in the symbols of a segment."""
    written: str
    """As typed, to tell `Runner` from `runner`."""
    scopes: tuple[bytes, ...]
    """Where it may be: small letters, joined by dots, as `is_in_scope` takes them. Empty for
    anywhere."""
    certainty: float
    """1 when the whole question is this name, less when it is one word of many."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What to look for. `terms` has G groups in the order of their first word."""

    text: str
    """As typed, without space around it."""
    words: tuple[str, ...]
    """The word of each group: a stem, or a whole identifier. Shape `(group,)`."""
    terms: NDArray[np.uint64]
    """Shape `(field, variant)`, fields in the order of `FIELD_WEIGHTS`."""
    weights: NDArray[np.float64]
    """What a variant counts for, 1 for the word itself. Shape `(variant,)`."""
    groups: NDArray[np.int64]
    """Ascending; the word itself is the first of its group. Shape `(variant,)`."""
    firsts: NDArray[np.int64]
    """The variant that is the word of each group itself. Shape `(group,)`."""
    symbols: tuple[Symbol, ...]
    is_about_tests: bool
    """So tests are not worse than other code."""
    literal: NDArray[np.uint64]
    """When the question is one identifier of several parts: its terms as a whole, in bodies
    and in names. Shape `(2,)`, else `(0,)`."""


def parsed_question(text: str) -> Question:
    """Return the question that a person typed.

    Raises:
        QueryEmptyError: There is nothing to look for.
    """
    stripped = text[:TEXT_CHARS_MAX].strip()
    if not stripped:
        raise QueryEmptyError(text[:TEXT_CHARS_MAX])
    pieces = _pieces(stripped)
    words = list(dict.fromkeys(word for piece in pieces for word in piece.words))
    telling = [word for word in words if word not in _STOP_WORDS] or words
    chosen = telling[:GROUPS_MAX]
    groups = _groups(chosen, has_related=len(chosen) <= RELATED_GROUPS_MAX)
    counts = [len(group.words) for group in groups]
    firsts = np.array([0, *accumulate(counts[:-1])] if counts else [], np.int64)
    return Question(
        text=stripped,
        words=tuple(chosen),
        terms=np.concatenate([_NO_TERMS, *(group.terms for group in groups)], axis=1),
        weights=np.array([weight for group in groups for weight in group.weights], np.float64),
        groups=np.repeat(np.arange(len(groups)), counts),
        firsts=firsts,
        symbols=_symbols(stripped),
        is_about_tests=not _TEST_WORDS.isdisjoint(words),
        literal=_literal(stripped, pieces),
    )


def whole_word_terms(text: str) -> NDArray[np.uint64]:
    """Return the terms in bodies of the different words of a text as wholes, ascending."""
    terms = {term for piece in _pieces(text) for term in piece.wholes}
    return np.array(sorted(terms), np.uint64)


def _literal(text: str, pieces: "list[_Piece]") -> NDArray[np.uint64]:
    is_name = len(pieces) == 1 and _QUALIFIED.fullmatch(text)
    return np.array(pieces[0].identifier if is_name else (), np.uint64)


class _Piece(NamedTuple):
    """What stands between two spaces of a question."""

    words: tuple[str, ...]
    """Its different tokens, parts before the whole."""
    identifier: tuple[int, ...]
    """If it has one word, and that several parts: its terms in bodies and in names."""
    wholes: tuple[int, ...]
    """The term of each whole word in bodies. A letter alone is no word of a text."""


def _pieces(text: str) -> list[_Piece]:
    written = _SPACE.split(text)
    known = {piece: found for piece in written if (found := _PIECES.get(piece)) is not None}
    missing = [piece for piece in dict.fromkeys(written) if piece not in known]
    if missing:
        made = {piece: one for piece in missing if (one := _plain_piece(piece)) is not None}
        others = [piece for piece in missing if piece not in made]
        if others:
            made |= _split(others)
        known |= made
        if len(_PIECES) > _REMEMBERED_MAX:
            _PIECES.clear()
        _PIECES.update(made)
    return [known[piece] for piece in written]


def _plain_piece(piece: str) -> _Piece | None:
    """Return what `_split` does for most pieces, at a tenth of its price; None for others."""
    if not piece.isascii() or len(piece) > _PLAIN_CHARS_MAX:
        return None
    words: list[str] = []
    identifier: tuple[int, ...] = ()
    wholes: list[int] = []
    names = _NAME.findall(piece)
    for name in names:
        bare = name.strip("_")
        if _PLAIN.fullmatch(bare) is None:
            return None
        parts = [stem(part) for part in _PART.findall(bare)]
        words += (part.decode() for part in parts)
        whole = hash_of(bare if len(parts) > 1 else parts[0], Field.BODY)
        if len(bare) >= WORD_BYTES_MIN:
            wholes.append(whole)
        if len(parts) > 1:
            words.append(bare.lower())
            identifier = (whole, hash_of(bare, Field.NAME))
    own = identifier if len(names) == 1 else ()
    return _Piece(tuple(dict.fromkeys(words)), own, tuple(dict.fromkeys(wholes)))


def _split(pieces: list[str]) -> dict[str, _Piece]:
    """Return the tokens of each piece of a text. Space is in no token, so one call does it."""
    found: dict[str, list[QueryToken]] = {piece: [] for piece in pieces}
    ends = list(accumulate(len(piece) + 1 for piece in pieces))
    for token in query_tokens(" ".join(pieces)):
        found[pieces[bisect_right(ends, token.start)]].append(token)
    return {piece: _piece_of(own) for piece, own in found.items()}


def _piece_of(tokens: list[QueryToken]) -> _Piece:
    words = [part.text for token in tokens for part in (*token.parts, token.whole)]
    is_identifier = len(tokens) == 1 and len(tokens[0].parts) > 1
    wholes = [one.whole.body for one in tokens if len(one.text.encode()) >= WORD_BYTES_MIN]
    return _Piece(
        tuple(dict.fromkeys(words)),
        (tokens[0].whole.body, tokens[0].whole.name) if is_identifier else (),
        tuple(dict.fromkeys(wholes)),
    )


class _Group(NamedTuple):
    """A word and what is related to it."""

    words: tuple[str, ...]
    """The word itself first. Shape `(variant,)`."""
    weights: tuple[float, ...]
    """Shape `(variant,)`."""
    terms: NDArray[np.uint64]
    """Shape `(field, variant)`."""

    def only(self, places: list[int]) -> "_Group":
        words = tuple(self.words[place] for place in places)
        return _Group(words, tuple(self.weights[place] for place in places), self.terms[:, places])


def _groups(words: list[str], *, has_related: bool) -> list[_Group]:
    known = {word: found for word in words if (found := _GROUPS.get(word)) is not None}
    missing = [word for word in words if word not in known]
    if missing:
        if len(_GROUPS) > _REMEMBERED_MAX:
            _GROUPS.clear()
        for group in _made_groups(missing):
            known[group.words[0]] = _GROUPS[group.words[0]] = group
    groups = [known[word] for word in words]
    if not has_related:
        return [group.only([0]) for group in groups]
    # A word of the question stands for itself.
    own = set(words)
    return [
        group
        if own.isdisjoint(group.words[1:])
        else group.only([n for n, one in enumerate(group.words) if n == 0 or one not in own])
        for group in groups
    ]


def _made_groups(words: list[str]) -> Iterator[_Group]:
    variants = [((word, 1.0), *related_words(word)) for word in words]
    tokens = [one.encode("utf-8", "replace") for group in variants for one, _ in group]
    hashes = _hashes(tokens)
    terms = np.stack([terms_of(hashes, field) for field in _FIELDS])
    end = 0
    for group in variants:
        start, end = end, end + len(group)
        names, weights = zip(*group, strict=True)
        yield _Group(names, weights, terms[:, start:end].copy())


# Splitting and hashing have a price per call and hardly one per word; questions share
# most words.
_PIECES: Final[dict[str, _Piece]] = {}
_GROUPS: Final[dict[str, _Group]] = {}
_REMEMBERED_MAX: Final = 10_000


def _hashes(tokens: list[bytes]) -> NDArray[np.uint64]:
    """Return the hash of each token, not yet of a field. Shape `(token,)`."""
    if not tokens:
        return np.empty(0, np.uint64)
    padded = np.frombuffer(b"".join(tokens) + bytes(WORD_BYTES_MAX + LANE_BYTES), np.uint8)
    sizes = np.array([len(token) for token in tokens], np.int64)
    return token_hashes(lanes_of(padded), np.cumsum(sizes) - sizes, sizes)


def _symbols(text: str) -> tuple[Symbol, ...]:
    if _QUALIFIED.fullmatch(text):
        return (_symbol(text, 1.0),)
    words = text.split()
    found = [symbol for word in words if (symbol := _code_symbol(word)) is not None]
    if not found and len(words) <= _JOINED_WORDS_MAX and text.replace(" ", "").isalnum():
        found = list(_joined(words))
    return tuple(dict.fromkeys(found))[:_SYMBOLS_MAX]


@lru_cache(maxsize=4096)
def _code_symbol(word: str) -> Symbol | None:
    """Return the name in one of several words, if it looks like code."""
    match = _QUALIFIED.search(word)
    if match is None or not _CODE_LIKE.search(match[0]):
        return None
    return _symbol(match[0], 0.25)


def _symbol(written: str, certainty: float) -> Symbol:
    *scope, name = _SEPARATOR.split(written.removesuffix("()"))
    joined = _folded(".".join(part for part in scope if part))
    return Symbol(_folded(name), name, (joined,) if joined else (), certainty)


def _joined(words: list[str]) -> list[Symbol]:
    """Return what `http server handle` may be: `http_server_handle`, `HttpServer.handle`."""
    found = []
    for count in range(len(words)):
        outer = [_folded(separator.join(words[:count])) for separator in (".", "_", "")]
        scopes = tuple(dict.fromkeys(outer)) if count else ()
        for separator in ("_", "") if count + 1 < len(words) else ("",):
            name = separator.join(words[count:])
            # The last word alone is a name only if the others are where it is.
            found.append(Symbol(_folded(name), name, scopes, 0.75))
    return found


def _folded(name: str) -> bytes:
    content = name.encode("utf-8", "replace")
    return content.lower()
