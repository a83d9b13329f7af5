"""Identifiers in source text, whole and in parts, as hashes.

A word is a run of ASCII letters, digits, `_` and bytes beyond ASCII (which are
letters, but for signs like `“` and `→`). An identifier is a word without the `_`
around it. Its parts are what camelCase, PascalCase, snake_case, ACRONYMWord and
digits separate: `parseHTTPHeader2` has `parse`, `http`, `header`, `2`.

A word of one part is one token, its stem. A word of several parts is a token as a
whole, and so is the stem of each part of two bytes or more: one letter says
nothing. Numbers and random text (long, or in very short parts) are not split.

A block of text is looked at as a whole: one array operation per question, no loop
over characters. The text of a query goes the same way, so both sides always agree.
Nothing here knows a language: keywords and comments are words like others.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.hashing import (
    LANE_BYTES,
    Field,
    lanes_of,
    terms_of,
    token_hashes,
)
from nanobot_indexer.fingerprint.stem import stemmed_sizes

WORD_BYTES_MAX: Final = 128
"""Nobody types a longer one: it is data, and no token."""
SPLIT_BYTES_MAX: Final = 64
"""Longer words have no parts."""
PART_BYTES_MIN: Final = 2
"""Shorter parts of a word of several are no tokens."""

# A word of more parts than this, on average shorter than three bytes, is random text.
_BLOB_PARTS_MIN: Final = 5
_BLOB_PART_BYTES: Final = 3

# Zeros around the text: the tail of the first word and the lane of the last are readable.
_PADDING: Final = LANE_BYTES

# More, and a query is a file.
QUERY_BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a block of text, in order."""

    starts: NDArray[np.int64]
    """Offset of each word, after the `_` before it. Shape `(word_count,)`."""
    sizes: NDArray[np.int64]
    """In bytes, without the `_` around it. Shape `(word_count,)`."""
    hashes: NDArray[np.uint64]
    """Of the whole word; of its stem when it is one part. Shape `(word_count,)`."""
    has_parts: NDArray[np.bool_]
    """Whether a word has several parts, kept or not. Shape `(word_count,)`."""
    part_words: NDArray[np.int64]
    """The word each part belongs to, ascending. Shape `(part_count,)`.

    The only part of a word is no part here: it is the word."""
    part_starts: NDArray[np.int64]
    """Shape `(part_count,)`."""
    part_sizes: NDArray[np.int64]
    """In bytes, before stemming. Shape `(part_count,)`."""
    part_hashes: NDArray[np.uint64]
    """Of the stems. Shape `(part_count,)`."""


@dataclass(frozen=True, slots=True)
class QueryPart:
    """A token of a query, ready to be looked up."""

    text: str
    """In small letters, as it was hashed: a part by its stem."""
    body: int
    """Its term in the text of chunks."""
    name: int
    """Its term in the names of definitions."""
    path: int
    """Its term in paths."""


@dataclass(frozen=True, slots=True)
class QueryToken:
    """One word of a query."""

    text: str
    """As typed, without `_` around it."""
    start: int
    """Offset in characters of the query."""
    whole: QueryPart
    """The whole identifier, not stemmed; its stem when it is one part."""
    parts: tuple[QueryPart, ...]
    """Stems, in order, each as often as it is there; `(whole,)` for a word of one part.

    Empty for a word that has no part worth looking for, like `x2` or `0xff`."""


class _Pieces(NamedTuple):
    """All parts of all words that are short enough, before any is dropped."""

    starts: NDArray[np.int64]
    """Shape `(piece_count,)`."""
    ends: NDArray[np.int64]
    """Shape `(piece_count,)`."""
    firsts: NDArray[np.int64]
    """The first piece of each word, and the number of pieces. Shape `(word_count + 1,)`."""


class _Spelling(NamedTuple):
    """The bytes that the hashes of some `Tokens` are of."""

    lowered: NDArray[np.uint8]
    """The text in small letters, each stem written over the part it is of."""
    word_sizes: NDArray[np.int64]
    """Shape `(word_count,)`."""
    part_sizes: NDArray[np.int64]
    """Shape `(part_count,)`."""

    def at(self, start: int, size: int) -> str:
        return self.lowered[start : start + size].tobytes().decode("utf-8", "replace")


def tokens_of(text: bytes, breaks: NDArray[np.int64] | None = None) -> Tokens:
    """Return the tokens of a block of text.

    Args:
        text: Up to some 256 KiB the arrays stay in the cache, which is fastest.
        breaks: Offsets where no word goes on, ascending, each below the length of the
            text: where files and chunks start. The tokens between two breaks do not
            depend on the text around them.
    """
    return _spelt_tokens(text, breaks)[0]


def _spelt_tokens(text: bytes, breaks: NDArray[np.int64] | None = None) -> tuple[Tokens, _Spelling]:
    padded = np.zeros(len(text) + 2 * _PADDING, np.uint8)
    padded[_PADDING : _PADDING + len(text)] = np.frombuffer(text, np.uint8)
    cuts = np.empty(0, np.int64) if breaks is None else breaks + _PADDING
    lowered, pieces = _split(padded, cuts)
    counts = np.diff(pieces.firsts)
    starts = pieces.starts[pieces.firsts[:-1]]
    sizes = pieces.ends[pieces.firsts[1:] - 1] - starts
    lanes = lanes_of(lowered)
    has_parts = counts > 1
    several = np.flatnonzero(has_parts)
    # Whole words come first: stems are written into the text.
    hashes = np.zeros(len(starts), np.uint64)
    hashes[several] = token_hashes(lanes, starts[several], sizes[several])

    is_split = _is_split(lowered.take(starts), sizes, counts)
    words = np.repeat(np.arange(len(starts)), counts)
    piece_sizes = pieces.ends - pieces.starts
    is_only = ~has_parts[words]
    kept = np.flatnonzero(is_only | (is_split[words] & (piece_sizes >= PART_BYTES_MIN)))
    kept_starts, kept_sizes = pieces.starts[kept], piece_sizes[kept]
    stem_sizes = stemmed_sizes(lowered, kept_starts, kept_sizes)
    kept_hashes = token_hashes(lanes, kept_starts, stem_sizes)
    is_part = ~is_only[kept]
    hashes[~has_parts] = kept_hashes[~is_part]
    parts = np.flatnonzero(is_part)
    tokens = Tokens(
        starts=starts - _PADDING,
        sizes=sizes,
        hashes=hashes,
        has_parts=has_parts,
        part_words=words[kept[parts]],
        part_starts=kept_starts[parts] - _PADDING,
        part_sizes=kept_sizes[parts],
        part_hashes=kept_hashes[parts],
    )
    sizes = sizes.copy()
    sizes[~has_parts] = stem_sizes[~is_part]
    return tokens, _Spelling(lowered[_PADDING:], sizes, stem_sizes[parts])


def _is_split(
    first_bytes: NDArray[np.uint8], sizes: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    is_split = (sizes <= SPLIT_BYTES_MAX) & ~are_digits(first_bytes)
    is_split &= (counts < _BLOB_PARTS_MIN) | (sizes >= counts * _BLOB_PART_BYTES)
    return is_split


def are_digits(text: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which bytes are ASCII digits. Shape as given."""
    # Below `0` wraps around to the high values.
    return text - np.uint8(ord("0")) < 10


def _split(padded: NDArray[np.uint8], cuts: NDArray[np.int64]) -> tuple[NDArray[np.uint8], _Pieces]:
    """Return the text in small letters, and where its words and their parts are."""
    is_upper = padded - np.uint8(ord("A")) < 26
    lowered = padded | (is_upper.view(np.uint8) << np.uint8(5))
    is_letter = (lowered - np.uint8(ord("a")) < 26) | _is_foreign_letter(padded, cuts)
    is_digit = are_digits(padded)
    is_part = is_letter | is_digit
    is_word = is_part | (padded == ord("_"))
    is_lower = is_letter > is_upper

    # All of these are about offset i + 1, for i from 0 on.
    begins_word = is_word[1:] > is_word[:-1]
    begins_word[cuts - 1] = is_word[cuts]
    # `S` in `HTTPServer`: what comes before a cut does not see what comes behind it.
    is_last_capital = is_upper[:-2] & is_upper[1:-1] & is_lower[2:]
    is_last_capital[cuts - 2] = False
    is_event = begins_word | (is_part[1:] ^ is_part[:-1])
    is_event |= is_digit[1:] ^ is_digit[:-1]
    is_event |= is_upper[1:] & is_lower[:-1]
    is_event[:-1] |= is_last_capital

    events = np.flatnonzero(is_event)
    word_numbers = np.cumsum(begins_word.take(events))
    events += 1
    # A part goes from an event inside of a word to the next event, whatever that is.
    found = np.flatnonzero(is_part.take(events))
    starts, ends, words = events[found], events[found + 1], word_numbers[found]
    is_first = np.empty(len(found) + 1, np.bool_)
    is_first[:1] = is_first[-1:] = True
    np.not_equal(words[1:], words[:-1], out=is_first[1:-1])
    firsts = np.flatnonzero(is_first)
    return lowered, _without_long_words(_Pieces(starts, ends, firsts))


def _without_long_words(pieces: _Pieces) -> _Pieces:
    firsts = pieces.firsts
    if len(firsts) == 1:
        return _Pieces(pieces.starts, pieces.ends, firsts)
    is_long = pieces.ends[firsts[1:] - 1] - pieces.starts[firsts[:-1]] > WORD_BYTES_MAX
    if not is_long.any():
        return pieces
    counts = np.diff(firsts)
    is_kept = np.repeat(~is_long, counts)
    kept_firsts = np.concatenate(([0], np.cumsum(counts[~is_long])))
    return _Pieces(pieces.starts[is_kept], pieces.ends[is_kept], kept_firsts)


def _is_foreign_letter(padded: NDArray[np.uint8], cuts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which bytes beyond ASCII belong to letters, not to signs.

    Signs are what UTF-8 writes as C2 xx (Latin-1 signs), E2 80 to E2 AF (punctuation,
    arrows, mathematics, boxes), E3 80 (punctuation of East Asia) and F0 9F (emoji).
    Bytes that are no UTF-8 count as letters.
    """
    is_foreign = padded >= 0x80
    if not is_foreign.any():
        return is_foreign
    is_tail = is_foreign & (padded < 0xC0)
    # The padding ends in zeros: no character starts in the last three bytes.
    end = len(padded) - 3
    at, next_at = padded[:end], padded[1 : end + 1]
    tails = [is_tail[back : end + back] for back in range(4)]
    two = (at == 0xC2) & tails[1]
    three = ((at == 0xE2) & (next_at < 0xB0)) | ((at == 0xE3) & (next_at == 0x80))
    three &= tails[1] & tails[2]
    four = (at == 0xF0) & (next_at == 0x9F) & tails[2] & tails[3]
    result = is_foreign.copy()
    for is_lead, size in ((two, 2), (three, 3), (four, 4)):
        # A character that a cut goes through is no character.
        for back in range(1, size):
            is_lead[np.minimum(cuts - back, end - 1)] = False
        leads = np.flatnonzero(is_lead)
        for offset in range(size):
            result[leads + offset] = False
    return result


def query_tokens(text: str) -> list[QueryToken]:
    """Return the words of a query, in order, split and hashed as the text of a segment is.

    Args:
        text: As typed. Repeated words are repeated; only its first 64 KiB count.
    """
    content = text.encode("utf-8", "replace")[:QUERY_BYTES_MAX]
    tokens, spelling = _spelt_tokens(content)
    # A whole word that has parts may have lost letters of theirs to stems.
    wholes = _query_parts(
        tokens.hashes,
        [
            content[start : start + size].lower().decode("utf-8", "replace")
            if has_parts
            else spelling.at(start, size)
            for start, size, has_parts in zip(
                tokens.starts.tolist(),
                spelling.word_sizes.tolist(),
                tokens.has_parts.tolist(),
                strict=True,
            )
        ],
    )
    places = zip(tokens.part_starts.tolist(), spelling.part_sizes.tolist(), strict=True)
    parts = _query_parts(tokens.part_hashes, [spelling.at(*place) for place in places])
    bounds = np.searchsorted(tokens.part_words, np.arange(len(wholes) + 1)).tolist()
    found = []
    for word, whole in enumerate(wholes):
        start, size = int(tokens.starts[word]), int(tokens.sizes[word])
        found.append(
            QueryToken(
                text=content[start : start + size].decode("utf-8", "replace"),
                start=len(content[:start].decode("utf-8", "replace")),
                whole=whole,
                parts=(
                    tuple(parts[bounds[word] : bounds[word + 1]])
                    if tokens.has_parts[word]
                    else (whole,)
                ),
            )
        )
    return found


def _query_parts(hashes: NDArray[np.uint64], texts: list[str]) -> list[QueryPart]:
    terms = [terms_of(hashes, field).tolist() for field in (Field.BODY, Field.NAME, Field.PATH)]
    return [QueryPart(*row) for row in zip(texts, *terms, strict=True)]
