"""The different words of a block of text, and where each of them is.

Few words of a text are new, so what is costly (parts, stems, terms) is done once for
each different word of a block. Here a word is a run of letters, digits, `_` and bytes
beyond ASCII, as it is written; `tokens` says what is in it.

Words are told apart by a hash of 64 bits. Sorting brings equal ones together: the key
that is sorted ends in the place of the word, so nothing is carried beside it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.hashing import LANE_BYTES, lanes_of
from nanobot_indexer.fingerprint.tokens import Tokens, tokens_of

WORD_BYTES: Final = bytes(
    byte for byte in range(256) if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_")
)
"""What a word is written with. Bytes beyond ASCII may yet be signs."""
_IS_WORD: Final = bytes(byte in WORD_BYTES for byte in range(256))

PADDING: Final = LANE_BYTES
"""Zeros around a text: the lanes of its first and of its last word are readable."""

# A longer word is data: it is not compared, and counts as different from all others.
_COMPARED_BYTES_MAX: Final = 128

# Odd; the golden ratio and the square root of 2, as in `hashing`.
_LENGTH_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_LANE_FACTOR: Final = np.uint64(0x6A09E667F3BCC909)
_HALF_BITS: Final = np.uint64(32)

# By size in bytes: the bits of a lane that belong to a word.
_MASK_BY_SIZE: Final = np.array([(1 << 8 * size) - 1 for size in range(LANE_BYTES + 1)], np.uint64)


class Words(NamedTuple):
    """The words of a block, and which of them are equal."""

    padded: NDArray[np.uint8]
    """The block with `PADDING` zeros before and after it."""
    starts: NDArray[np.int64]
    """Of each word in `padded`, ascending. Shape `(word_count,)`."""
    ends: NDArray[np.int64]
    """Exclusive. Shape `(word_count,)`."""
    order: NDArray[np.int64]
    """The words so that equal ones are neighbours, then by place. Shape `(word_count,)`."""
    ordered_hashes: NDArray[np.uint64]
    """Of the words in the order of `order`. Shape `(word_count,)`."""
    is_first: NDArray[np.bool_]
    """Whether the one before in `order` is another word. Shape `(word_count,)`."""

    def places_of(self, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where some words are.

        Args:
            hashes: Of the words looked for, from `hashes_of_words`.

        Returns:
            Places, as indices into `starts`, in no order, and which of the words is at
            each. Shape `(place_count,)` both.
        """
        # Ordered hashes ascend, but for the bits that the place took in sorting.
        place_bits = np.uint64(_place_bits(len(self.order)))
        firsts = np.searchsorted(self.ordered_hashes, hashes & ~place_bits)
        counts = np.searchsorted(self.ordered_hashes, hashes | place_bits, side="right") - firsts
        found = np.repeat(firsts - np.cumsum(counts) + counts, counts)
        found += np.arange(len(found))
        numbers = np.repeat(np.arange(len(hashes)), counts)
        is_equal = self.ordered_hashes.take(found) == hashes.take(numbers)
        return self.order.take(found[is_equal]), numbers[is_equal]


class DifferentWords(NamedTuple):
    """The different words of a block, in the order of `Words.order`."""

    hashes: NDArray[np.uint64]
    """Shape `(count,)`."""
    lanes: NDArray[np.uint64]
    """The words, eight bytes each, at least one zero byte behind each word."""
    lane_counts: NDArray[np.int64]
    """How many lanes each word takes. Shape `(count,)`."""


class Vocabulary(NamedTuple):
    """The different words of some blocks, and what is in them."""

    text: bytes
    """The words, zeros between them."""
    tokens: Tokens
    """Of `text`."""
    owners: NDArray[np.int64]
    """The number of the word that each word of `tokens` is in, ascending. Shape as theirs."""
    size: int
    """How many different words there are."""
    numbers: list[NDArray[np.int64]]
    """Per block: the number of each of its different words."""


def words_of(text: bytes | memoryview, breaks: NDArray[np.int64]) -> Words:
    """Return the words of a block of text.

    Args:
        text: Up to some 512 KiB the arrays stay in the cache, which is fastest.
        breaks: Offsets where no word goes on, ascending.
    """
    padding = bytes(PADDING)
    content = b"".join((padding, text, padding))
    padded = np.frombuffer(content, np.uint8)
    is_word = np.frombuffer(content.translate(_IS_WORD), np.bool_)
    bounds = np.flatnonzero(is_word[1:] != is_word[:-1])
    bounds += 1
    cuts = breaks + PADDING
    cuts = cuts[is_word[cuts] & is_word[cuts - 1]]
    if cuts.size:
        # Where a word is cut, one ends and one starts.
        bounds = np.sort(np.concatenate((bounds, cuts, cuts)))
    starts, ends = bounds[0::2].copy(), bounds[1::2].copy()
    order, ordered = _ordered(_word_hashes(padded, starts, ends))
    return Words(padded, starts, ends, order, ordered, _differ_from_before(ordered))


def hashes_of_words(words: bytes) -> NDArray[np.uint64]:
    """Return the hash that `Words` has for each word of a text. Shape `(word_count,)`."""
    found = words_of(words, np.empty(0, np.int64))
    hashes = np.empty(len(found.order), np.uint64)
    hashes[found.order] = found.ordered_hashes
    return hashes


def different_words(words: Words) -> DifferentWords:
    """Return the different words of a block, for `vocabulary_of`."""
    examples = words.order[words.is_first]
    starts = words.starts.take(examples)
    sizes = words.ends.take(examples) - starts
    lane_counts = (sizes >> 3) + 1
    lane_ends = np.cumsum(lane_counts)
    places = np.repeat(starts - ((lane_ends - lane_counts) << 3), lane_counts)
    places += np.arange(0, len(places) * LANE_BYTES, LANE_BYTES)
    lanes = lanes_of(words.padded)[places]
    lanes[lane_ends - 1] &= _MASK_BY_SIZE.take(sizes & (LANE_BYTES - 1))
    return DifferentWords(words.ordered_hashes[words.is_first], lanes, lane_counts)


def vocabulary_of(blocks: Sequence[DifferentWords]) -> Vocabulary:
    """Return what is in the words of some blocks."""
    lane_counts = np.concatenate([one.lane_counts for one in blocks])
    lanes = np.concatenate([one.lanes for one in blocks])
    if len(blocks) == 1:
        numbers = np.arange(len(lane_counts))
    else:
        is_new, numbers = _numbered(np.concatenate([one.hashes for one in blocks]))
        lanes = lanes[np.repeat(is_new, lane_counts)]
        lane_counts = lane_counts[is_new]
    text = lanes.astype("<u8", copy=False).tobytes()
    tokens = tokens_of(text)
    owners = np.repeat(np.arange(len(lane_counts)), lane_counts).take(tokens.starts >> 3)
    ends = np.cumsum([len(one.hashes) for one in blocks])
    own_numbers = np.split(numbers, ends[:-1])
    return Vocabulary(text, tokens, owners, len(lane_counts), own_numbers)


def _numbered(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which words are there for the first time, and the number of each word."""
    order, ordered = _ordered(hashes)
    is_first = _differ_from_before(ordered)
    firsts = order[is_first]
    # A word is numbered by where it is first: the sort keeps the order of equal ones.
    is_new = np.zeros(len(hashes), np.bool_)
    is_new[firsts] = True
    number_by_place = np.cumsum(is_new, dtype=np.int64) - 1
    numbers = np.empty(len(hashes), np.int64)
    numbers[order] = number_by_place.take(firsts).take(np.cumsum(is_first) - 1)
    return is_new, numbers


def _ordered(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the places of hashes so that equal ones are neighbours, and the hashes so.

    Hashes that differ only in their lowest bits, where the place is while they are
    sorted, may be mixed: then one counts as several, which costs a little and changes
    nothing.
    """
    place_bits = np.uint64(_place_bits(len(hashes)))
    keys = hashes & ~place_bits
    keys |= np.arange(len(hashes), dtype=np.uint64)
    keys.sort()
    keys &= place_bits
    order = keys.view(np.int64)
    return order, hashes.take(order)


def _differ_from_before(values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    differ = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=differ[1:])
    return differ


def _place_bits(word_count: int) -> int:
    return (1 << word_count.bit_length()) - 1


def _word_hashes(
    padded: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return a hash per word: of its size, its first and last eight bytes, and those between."""
    lanes = lanes_of(padded)
    sizes = ends - starts
    hashes = lanes[starts]
    hashes &= _MASK_BY_SIZE.take(sizes, mode="clip")
    salts = sizes.astype(np.uint64)
    salts *= _LENGTH_FACTOR
    hashes ^= salts
    hashes *= _LANE_FACTOR
    hashes ^= hashes >> _HALF_BITS
    longer = np.flatnonzero(sizes > LANE_BYTES)
    if not longer.size:
        return hashes
    found, longer_ends, longer_sizes = hashes[longer], ends[longer], sizes[longer]
    _mix(found, lanes[longer_ends - LANE_BYTES])
    offset = LANE_BYTES
    between = np.flatnonzero(longer_sizes > 2 * LANE_BYTES)
    while between.size and offset < _COMPARED_BYTES_MAX:
        mixed = found[between]
        _mix(mixed, lanes[starts[longer[between]] + offset])
        found[between] = mixed
        offset += LANE_BYTES
        between = between[longer_sizes[between] > offset + LANE_BYTES]
    if between.size:
        mixed = found[between]
        _mix(mixed, longer_ends[between].astype(np.uint64))
        found[between] = mixed
    hashes[longer] = found
    return hashes


def _mix(hashes: NDArray[np.uint64], lanes: NDArray[np.uint64]) -> None:
    hashes ^= lanes
    hashes *= _LANE_FACTOR
    hashes ^= hashes >> _HALF_BITS
