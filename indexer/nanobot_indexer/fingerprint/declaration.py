"""Which words of a text are names of definitions.

A parser says where names start. Until it has read the file they are guessed from the
words before them: the line starts with a word like `def` or `struct`, perhaps behind
modifiers. What C and Java declare by type alone is not found that way.

Nearly all names stand plainly, as in `def name(`: they are found by a few array
operations, and only the other lines are looked at one by one.
"""

import re
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.byte_set import byte_set
from nanobot_indexer.fingerprint.tokens import Tokens
from nanobot_indexer.fingerprint.words import PADDING, WORD_BYTES, Words, hashes_of_words

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

# `enum class Colour`.
_SECOND_KEYWORDS: Final = b"class struct"

# Deeper lines are looked at one by one.
_INDENT_BYTES_MAX: Final = 32
_IS_BLANK: Final = byte_set(b" \t")
_IS_DIGIT: Final = byte_set(b"0123456789")
# What may follow a keyword.
_GOES_ON: Final = byte_set(b" \t!<*")
# Behind these a name may go on; behind a colon only when one of the others follows.
_IS_LINK: Final = byte_set(b".:$")
_GOES_ON_BEHIND_COLON: Final = byte_set(WORD_BYTES + b":$")

# What may stand where a name starts, before its first letter.
_IS_SIGN: Final = byte_set(b"_~$@#")
_SIGN_COUNT_MAX: Final = 8


class _SoughtWords(NamedTuple):
    """The hashes of the words that are looked for: keywords, modifiers, second keywords."""

    hashes: NDArray[np.uint64]
    keyword_count: int
    modifier_end: int


@cache
def _sought_words() -> _SoughtWords:
    keyword_count = len(_KEYWORDS.split())
    return _SoughtWords(
        hashes_of_words(b" ".join((_KEYWORDS, _MODIFIERS, _SECOND_KEYWORDS))),
        keyword_count,
        keyword_count + len(_MODIFIERS.split()),
    )


def declared_name_start(line: bytes) -> int | None:
    """Return where the name starts that a line declares; None when it declares none.

    Args:
        line: From its start; what stands behind the first letter of the name does not matter.
    """
    match = _DECLARATION.match(line)
    return None if match is None else match.start("name")


def declared_name_starts(words: Words, bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the names of definitions in a block start, ascending.

    Args:
        words: Of the block.
        bounds: Where its chunks start, the first at 0 or before it, and its length.
            A chunk starts a line, as nothing here looks at the chunk before it.
    """
    sought = _sought_words()
    places, numbers = words.places_of(sought.hashes)
    keywords = np.sort(places[numbers < sought.keyword_count])
    keywords = keywords[_GOES_ON.take(words.padded.take(words.ends.take(keywords)))]
    if not keywords.size:
        return np.empty(0, np.int64)
    is_modifier = (numbers >= sought.keyword_count) & (numbers < sought.modifier_end)
    is_modified = _are_among(keywords - 1, np.sort(places[is_modifier]))
    chunks = np.searchsorted(bounds, words.starts.take(keywords) - PADDING, side="right")
    # A chunk that starts before the block starts with it, for all that is seen here.
    floors = np.maximum(bounds.take(chunks - 1), 0) + PADDING
    limits = bounds.take(chunks) + PADDING
    is_first = _are_first_of_line(words, keywords, floors)
    is_plain = is_first & _are_plain(words, keywords, limits)
    is_plain &= ~_are_among(keywords + 1, np.sort(places[numbers >= sought.modifier_end]))
    plain_starts = words.starts.take(keywords[is_plain] + 1)
    others = np.flatnonzero((is_first | is_modified) & ~is_plain)
    starts = _matched_starts(
        words.padded.tobytes() if others.size else b"",
        words.starts.take(keywords[others]).tolist(),
        floors[others].tolist(),
        limits[others].tolist(),
    )
    return np.sort(np.concatenate((plain_starts, starts))) - PADDING


def _matched_starts(
    text: bytes, keyword_starts: list[int], floors: list[int], limits: list[int]
) -> NDArray[np.int64]:
    """Return where the names behind keywords start, looking at one line after the other.

    Args:
        text: With padding.
        keyword_starts: Of each keyword in `text`.
        floors: Where its chunk starts.
        limits: Where its chunk ends.
    """
    starts = []
    for keyword_start, floor, limit in zip(keyword_starts, floors, limits, strict=True):
        newline = text.rfind(b"\n", floor, keyword_start)
        match = _DECLARATION.match(text, floor if newline < 0 else newline + 1, limit)
        if match is not None and match.start("keyword") == keyword_start:
            starts.append(match.start("name"))
    return np.array(starts, np.int64)


def _are_first_of_line(
    words: Words, keywords: NDArray[np.int64], floors: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which words have nothing but blanks before them in their line or chunk."""
    starts = words.starts.take(keywords)
    result = np.zeros(len(keywords), np.bool_)
    left = np.arange(len(keywords))
    before = starts - 1
    for _ in range(_INDENT_BYTES_MAX + 1):
        codes = words.padded.take(before)
        is_start = (before < floors) | (codes == ord("\n"))
        result[left[is_start]] = True
        going = np.flatnonzero(_IS_BLANK.take(codes) & ~is_start)
        left, before, floors = left[going], before[going] - 1, floors[going]
        if not left.size:
            return result
    text = words.padded.tobytes()
    for place, floor, end in zip(
        left.tolist(), floors.tolist(), starts[left].tolist(), strict=True
    ):
        line = max(text.rfind(b"\n", floor, end) + 1, floor)
        result[place] = not text[line:end].strip(b" \t")
    return result


def _are_plain(
    words: Words, keywords: NDArray[np.int64], limits: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which keywords have one space and a name of one part behind them."""
    ends = words.ends.take(keywords)
    names = np.minimum(keywords + 1, len(words.starts) - 1)
    starts, name_ends = words.starts.take(names), words.ends.take(names)
    result: NDArray[np.bool_] = (starts == ends + 1) & (words.padded.take(ends) == ord(" "))
    result &= ~_IS_DIGIT.take(words.padded.take(starts))
    behind = words.padded.take(name_ends)
    is_last = ~_IS_LINK.take(behind)
    # `class Name:` ends here, `Outer::Inner` does not.
    following = words.padded.take(name_ends + 1)
    is_last |= (behind == ord(":")) & ~_GOES_ON_BEHIND_COLON.take(following)
    # What shows that the name ends has to be in the same chunk.
    result &= is_last & (name_ends + 1 < limits)
    return result


def _are_among(values: NDArray[np.int64], members: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which values are among some ascending ones. Shape as `values`."""
    if not members.size:
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(members, values), len(members) - 1)
    result: NDArray[np.bool_] = members.take(places) == values
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
    found = np.sort(np.concatenate((words, title_words)))
    return found[np.append(True, found[1:] != found[:-1])] if found.size else found


def ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of each range from `starts` to `ends`, one range after the other."""
    counts = np.maximum(ends - starts, 0)
    shifts = np.repeat(starts - np.cumsum(counts) + counts, counts)
    shifts += np.arange(len(shifts))
    return shifts
