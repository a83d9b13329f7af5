"""A question, split the way the text of an index is split, with what code may say instead.

The words of a question are grouped: a group is one word and everything related to it,
and a chunk that has several words of one group has answered that part of the question
once. `parseHTTPHeader` makes four groups: the whole identifier and its three parts.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.errors import QueryEmptyError
from nanobot_indexer.fingerprint.hashing import LANE_BYTES, Field, lanes_of, terms_of, token_hashes
from nanobot_indexer.fingerprint.tokens import WORD_BYTES_MAX, query_tokens
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
_QUALIFIED: Final = re.compile(r"[\w$~]+(?:(?:\.|::|#|->)[\w$~]+)*(?:\(\))?")
_SEPARATOR: Final = re.compile(r"\.|::|#|->")
_CODE_LIKE: Final = re.compile(r"[^\W_]_+[^\W_]|[a-z0-9][A-Z]|\w(?:\.|::|->)[A-Za-z_]")
_SPACE: Final = re.compile(r"[ \t\r\n\f\v]+")
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
    scope: str
    """In small letters, without `_` and separators: of `a_b.C.run` it is `abc`. May be empty."""
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
    words = _words(stripped)
    telling = [word for word in words if word not in _STOP_WORDS] or words
    chosen = telling[:GROUPS_MAX]
    variants: list[bytes] = []
    weights: list[float] = []
    groups: list[int] = []
    own = set(chosen)
    has_related = len(chosen) <= RELATED_GROUPS_MAX
    for number, word in enumerate(chosen):
        related = related_words(word) if has_related else ()
        for variant, weight in ((word, 1.0), *related):
            # A word of the question stands for itself.
            if weight == 1.0 or variant not in own:
                variants.append(variant.encode("utf-8", "replace"))
                weights.append(weight)
                groups.append(number)
    hashes = _hashes(variants)
    return Question(
        text=stripped,
        words=tuple(chosen),
        terms=np.stack([terms_of(hashes, field) for field in _FIELDS]),
        weights=np.array(weights, np.float64),
        groups=np.array(groups, np.int64),
        symbols=_symbols(stripped),
        is_about_tests=not _TEST_WORDS.isdisjoint(words),
        literal=_literal(stripped),
    )


def _literal(text: str) -> NDArray[np.uint64]:
    # Most questions have space in them, and splitting one into tokens has its price.
    tokens = query_tokens(text) if _QUALIFIED.fullmatch(text) else ()
    if len(tokens) != 1 or len(tokens[0].parts) < 2:
        return np.empty(0, np.uint64)
    whole = tokens[0].whole
    return np.array([whole.body, whole.name], np.uint64)


def _words(text: str) -> list[str]:
    """Return the different tokens of a question, whole identifiers and parts, in order."""
    pieces = _SPACE.split(text)
    known = {piece: found for piece in pieces if (found := _REMEMBERED.get(piece)) is not None}
    missing = [piece for piece in dict.fromkeys(pieces) if piece not in known]
    if missing:
        known |= _split(missing)
    return list(dict.fromkeys(word for piece in pieces for word in known[piece]))


def _split(pieces: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the tokens of each piece of a text. Space is in no token, so one call does it."""
    found: dict[str, list[str]] = {piece: [] for piece in pieces}
    ends = np.cumsum([len(piece) + 1 for piece in pieces])
    for token in query_tokens(" ".join(pieces)):
        piece = pieces[int(np.searchsorted(ends, token.start, side="right"))]
        found[piece] += (part.text for part in (*token.parts, token.whole))
    result = {piece: tuple(dict.fromkeys(words)) for piece, words in found.items()}
    if len(_REMEMBERED) > _REMEMBERED_MAX:
        _REMEMBERED.clear()
    _REMEMBERED.update(result)
    return result


# Splitting has a price per call and hardly one per word; questions share most words.
_REMEMBERED: Final[dict[str, tuple[str, ...]]] = {}
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
    found = [
        _symbol(match[0], 0.25)
        for word in words
        if (match := _QUALIFIED.search(word)) and _CODE_LIKE.search(match[0])
    ]
    if not found and len(words) <= _JOINED_WORDS_MAX and text.replace(" ", "").isalnum():
        found = list(_joined(words))
    return tuple(dict.fromkeys(found))[:_SYMBOLS_MAX]


def _symbol(written: str, certainty: float) -> Symbol:
    *scope, name = _SEPARATOR.split(written.removesuffix("()"))
    return Symbol(_folded(name), name, _plain("".join(scope)), certainty)


def _joined(words: list[str]) -> list[Symbol]:
    """Return what `http server handle` may be: `http_server_handle`, `HttpServer.handle`."""
    found = []
    for count in range(len(words)):
        scope = _plain("".join(words[:count]))
        for separator in ("_", "") if count + 1 < len(words) else ("",):
            name = separator.join(words[count:])
            # The last word alone is a name only if the others are where it is.
            found.append(Symbol(_folded(name), name, scope, 0.75))
    return found


def _folded(name: str) -> bytes:
    content = name.encode("utf-8", "replace")
    return content.lower()


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def is_in_scope(symbol: Symbol, qualified_name: str, path: str) -> bool:
    """Tell whether what the question writes before a name is where the definition is."""
    outer = qualified_name.rpartition(".")[0]
    stem = path.rpartition(".")[0] or path
    return _plain(f"{stem}.{outer}").endswith(symbol.scope)
