"""Which words of a text are names of definitions.

A parser says where names start. Until it has read the file they are guessed from the
words before them: the line starts with a word like `def` or `struct`, perhaps behind
modifiers. What C and Java declare by type alone is not found that way.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.byte_set import byte_set
from nanobot_indexer.fingerprint.tokens import Tokens, tokens_of

_KEYWORDS: Final = (
    b"class def defmodule defp enum fn func function impl interface macro_rules module "
    b"namespace object protocol record struct sub trait type union"
)
_MODIFIERS: Final = (
    b"abstract async const crate data declare default export extern final fun inline internal "
    b"local open override partial private protected pub public sealed static typedef unsafe"
)

# From the start of a line. The last `name` of `Outer::Inner` or `self.run` is taken;
# a receiver, as Go writes it, and type parameters are stepped over.
_DECLARATION: Final = re.compile(
    rb"[ \t]*(?:(?:%b)(?:\([a-z ]{1,20}\))?[ \t]+){0,6}"
    rb"(?P<keyword>%b)!?(?:<[^>\n]{0,80}>)?(?:[ \t]*\*[ \t]*|[ \t]+)"
    rb"(?:class[ \t]+|struct[ \t]+)?(?:\([^)\n]{0,120}\)[ \t]*)?"
    rb"(?:[\w$]{1,80}(?:\.|::?)){0,8}(?P<name>[A-Za-z_$\x80-\xff])"
    % (_MODIFIERS.replace(b" ", b"|"), _KEYWORDS.replace(b" ", b"|"))
)

_KEYWORD_HASHES: Final = np.unique(tokens_of(_KEYWORDS).hashes)
_MODIFIER_HASHES: Final = np.unique(tokens_of(_MODIFIERS).hashes)
_TOP_SHIFT: Final = np.uint64(56)

# What may stand where a name starts, before its first letter.
_IS_SIGN: Final = byte_set(b"_~$@#")
_SIGN_COUNT_MAX: Final = 8

# Sorts out nearly every word at a fraction of the price of a look-up.
_MAY_BE_KEYWORD: Final = byte_set(bytes((_KEYWORD_HASHES >> _TOP_SHIFT).tolist()))


def declared_name_starts(
    text: bytes, tokens: Tokens, bounds: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return where the names of definitions start, ascending.

    Args:
        text: A block of text.
        tokens: Of the whole block.
        bounds: Where its chunks start, the first at 0 or before it, and its length.
            A chunk starts a line, as nothing here looks at the chunk before it.
    """
    top_bytes = (tokens.hashes >> _TOP_SHIFT).astype(np.intp)
    candidates = np.flatnonzero(_MAY_BE_KEYWORD.take(top_bytes))
    candidates = candidates[np.isin(tokens.hashes[candidates], _KEYWORD_HASHES)]
    candidates = candidates[_may_declare(text, tokens, candidates, bounds)]
    keyword_starts = tokens.starts[candidates]
    chunk_ends = np.searchsorted(bounds, keyword_starts, side="right")
    places = zip(
        keyword_starts.tolist(),
        np.maximum(bounds[chunk_ends - 1], 0).tolist(),
        bounds[chunk_ends].tolist(),
        strict=True,
    )
    starts = []
    for keyword_start, chunk_start, chunk_end in places:
        newline = text.rfind(b"\n", chunk_start, keyword_start)
        line_start = chunk_start if newline < 0 else newline + 1
        match = _DECLARATION.match(text, line_start, chunk_end)
        if match is not None and match.start("keyword") == keyword_start:
            starts.append(match.start("name"))
    return np.array(starts, np.int64)


def _may_declare(
    text: bytes, tokens: Tokens, candidates: NDArray[np.intp], bounds: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which words are the first of their line or chunk, or behind a modifier."""
    before = np.maximum(candidates - 1, 0)
    starts, starts_before = tokens.starts[candidates], tokens.starts[before]
    result = np.isin(tokens.hashes[before], _MODIFIER_HASHES)
    result |= candidates == 0
    newlines = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    for borders, side in ((newlines, "left"), (bounds, "right")):
        # mypy: numpy wants the literal, which the loop widens to a string.
        numbers = np.searchsorted(borders, starts, side=side)  # type: ignore[call-overload]
        result |= numbers != np.searchsorted(borders, starts_before, side=side)  # type: ignore[call-overload]
    return result


def named_words(
    text: bytes,
    tokens: Tokens,
    name_starts: NDArray[np.int64],
    *,
    name_ends_max: NDArray[np.int64],
    is_title: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the words that are, or are in, the names of definitions.

    Args:
        text: A block of text.
        tokens: Of the whole block.
        name_starts: Offsets in the block, ascending. A name without a word, like the
            one of `operator +`, is passed over. Shape `(name_count,)`.
        name_ends_max: No name goes on from here: the end of its chunk. Shape
            `(name_count,)`.
        is_title: Which names are titles: they reach to the end of the line. Shape
            `(name_count,)`.

    Returns:
        Indices of words, ascending.
    """
    firsts = np.searchsorted(tokens.starts + tokens.sizes, name_starts, side="right")
    # A word behind the last one, so that every name has a word to look at.
    word_starts = np.append(tokens.starts, len(text))
    signs = np.append(_IS_SIGN.take(np.frombuffer(text, np.uint8)), np.False_)  # (byte + 1,)
    gaps = word_starts[firsts] - name_starts
    is_behind_signs = (gaps > 0) & (gaps <= _SIGN_COUNT_MAX)
    is_behind_signs &= signs[name_starts] & signs[word_starts[firsts] - 1]
    is_name = (gaps == 0) | is_behind_signs
    is_name &= word_starts[firsts] < name_ends_max
    words: NDArray[np.int64] = firsts[is_name & ~is_title]
    titles = np.flatnonzero(is_title)
    if not titles.size:
        return words
    title_ends = name_ends_max[titles].tolist()
    for title, start in enumerate(name_starts[titles].tolist()):
        newline = text.find(b"\n", start, title_ends[title])
        title_ends[title] = newline if newline >= 0 else title_ends[title]
    title_words = ranges(firsts[titles], np.searchsorted(tokens.starts, title_ends))
    return np.unique(np.concatenate((words, title_words)))


def ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of each range from `starts` to `ends`, one range after the other."""
    counts = np.maximum(ends - starts, 0)
    shifts = np.repeat(starts - np.cumsum(counts) + counts, counts)
    shifts += np.arange(len(shifts))
    return shifts
