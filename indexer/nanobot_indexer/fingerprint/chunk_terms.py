"""How often each chunk of a block has each term.

Different words may have a part in common, so this goes in two steps: how often a chunk
has each different word, then how often each of their terms. The keys of the second
step are

    chunk (9 bits) | term (48 bits) | frequency of a word (7 bits)

and the frequencies of the same chunk and term, side by side once they are sorted, are
added up.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.content import WORD_BYTES_MIN
from nanobot_indexer.fingerprint.hashing import TERM_BITS, Field, terms_of
from nanobot_indexer.fingerprint.tokens import are_digits
from nanobot_indexer.fingerprint.words import PADDING, Vocabulary, Words

NUMBERS_MIN: Final = 64
"""A chunk of this many numbers, that has more of them than of other words, is data.

The numbers of data are no terms: in tables of them, the index would be larger than the
text. They are found by a scan."""

_COUNT_BITS: Final = 7
_COUNT_MAX: Final = (1 << _COUNT_BITS) - 1
CHUNKS_MAX: Final = 1 << 64 - TERM_BITS - _COUNT_BITS
"""Of one block."""

_COUNT_SHIFT: Final = np.uint64(_COUNT_BITS)
_CHUNK_SHIFT: Final = np.uint64(TERM_BITS + _COUNT_BITS)
_TERM_MASK: Final = np.uint64((1 << TERM_BITS) - 1)


class ChunkTerms(NamedTuple):
    """The terms of the chunks of a block, chunk by chunk, each once."""

    terms: NDArray[np.uint64]
    """Ascending inside a chunk. Shape `(count,)`."""
    counts: NDArray[np.int64]
    """How often the chunk has it, at least 1. Shape `(count,)`."""
    bounds: NDArray[np.int64]
    """Where the terms of each chunk start, and how many there are. Shape `(chunk_count + 1,)`."""

    @property
    def totals(self) -> NDArray[np.int64]:
        """How many tokens each chunk has. Shape `(chunk_count,)`."""
        sums = np.zeros(len(self.counts) + 1, np.int64)
        np.cumsum(self.counts, out=sums[1:])
        return np.diff(sums.take(self.bounds))


class ChunkWords(NamedTuple):
    """The different words of each chunk of a block, word by word."""

    words: NDArray[np.int64]
    """Which of the different words of the block, ascending. Shape `(count,)`."""
    chunks: NDArray[np.int64]
    """Of the block. Shape `(count,)`."""
    counts: NDArray[np.int64]
    """How often it is there, in [1, 127]: what is more often there is there again."""
    chunk_count: int


class WordTerms(NamedTuple):
    """The terms of the words of a vocabulary, word by word."""

    terms: NDArray[np.uint64]
    """Shape `(term_count,)`."""
    are_numbers: NDArray[np.bool_]
    """Shape `(term_count,)`."""
    starts: NDArray[np.int64]
    """The first term of each word. Shape `(size,)`."""
    counts: NDArray[np.int64]
    """How many terms it has. Shape `(size,)`."""
    whole_counts: NDArray[np.int64]
    """How many of them are of whole identifiers, not of parts. Shape `(size,)`."""
    number_counts: NDArray[np.int64]
    """How many of them are numbers. Shape `(size,)`."""


def chunk_terms(
    found: ChunkWords, numbers: NDArray[np.int64], terms: WordTerms
) -> tuple[ChunkTerms, ChunkTerms | None]:
    """Return the terms of the chunks of a block, and the numbers that are none.

    Args:
        found: The words of the block.
        numbers: Which word of the vocabulary each of its different words is.
        terms: Of the vocabulary.

    Returns:
        What the chunks are found by, and the numbers of those that are data; None when
        there is no data.
    """
    words = numbers.take(found.words)
    counts = terms.counts.take(words)
    places = np.repeat(terms.starts.take(words) - np.cumsum(counts) + counts, counts)
    places += np.arange(len(places))
    lows = found.chunks.view(np.uint64) << _CHUNK_SHIFT
    lows |= found.counts.view(np.uint64)
    keys = terms.terms.take(places)
    keys <<= _COUNT_SHIFT
    keys |= np.repeat(lows, counts)
    is_data = _are_data(found, words, terms)
    if is_data is None:
        return _counted(keys, found.chunk_count), None
    is_left_out = np.repeat(is_data.take(found.chunks), counts)
    is_left_out &= terms.are_numbers.take(places)
    return (
        _counted(keys[~is_left_out], found.chunk_count),
        _counted(keys[is_left_out], found.chunk_count),
    )


def merged(pieces: list[ChunkTerms]) -> ChunkTerms:
    """Return the terms of one chunk from those of its pieces."""
    terms = np.concatenate([one.terms for one in pieces])
    counts = np.concatenate([one.counts for one in pieces])
    order = np.argsort(terms)
    terms = terms[order]
    firsts = _run_starts(terms)
    sums = np.add.reduceat(counts[order], firsts) if len(firsts) else counts
    return ChunkTerms(terms[firsts], sums, np.array([0, len(firsts)]))


def chunk_words(words: Words, bounds: NDArray[np.int64]) -> ChunkWords:
    """Return how often the chunks of a block have its different words.

    Args:
        words: Of the block.
        bounds: Where its chunks start, and its length; the first may be negative. Shape
            `(chunk_count + 1,)`, at most `CHUNKS_MAX` chunks.
    """
    word_bounds = np.searchsorted(words.starts, bounds + PADDING)
    owners = np.repeat(np.arange(len(bounds) - 1), np.diff(word_bounds))
    chunks = owners.take(words.order)
    is_first = words.is_first.copy()
    is_first[1:] |= chunks[1:] != chunks[:-1]
    firsts = np.flatnonzero(is_first)
    counts = np.diff(firsts, append=len(chunks))
    numbers = np.cumsum(words.is_first.take(firsts), dtype=np.int64)
    numbers -= 1
    chunks = chunks.take(firsts)
    if counts.size and counts.max() > _COUNT_MAX:
        times = -(-counts // _COUNT_MAX)
        lasts = np.cumsum(times) - 1
        rests = counts - (times - 1) * _COUNT_MAX
        numbers, chunks = np.repeat(numbers, times), np.repeat(chunks, times)
        counts = np.full(len(chunks), _COUNT_MAX)
        counts[lasts] = rests
    return ChunkWords(numbers, chunks, counts, len(bounds) - 1)


def word_terms(vocabulary: Vocabulary) -> WordTerms:
    """Return the terms of the words of a vocabulary, in the bodies of chunks."""
    tokens, size = vocabulary.tokens, vocabulary.size
    wholes = np.flatnonzero(tokens.sizes >= WORD_BYTES_MIN)
    whole_owners = vocabulary.owners.take(wholes)
    part_owners = vocabulary.owners.take(tokens.part_words)
    whole_counts = np.bincount(whole_owners, minlength=size)
    part_counts = np.bincount(part_owners, minlength=size)
    counts = whole_counts + part_counts
    starts = np.cumsum(counts) - counts
    # The identifiers of a word come first, then the parts of all of them.
    whole_places = np.arange(len(wholes))
    whole_places += (starts - np.cumsum(whole_counts) + whole_counts).take(whole_owners)
    part_places = np.arange(len(part_owners))
    part_places += (starts + whole_counts - np.cumsum(part_counts) + part_counts).take(part_owners)
    terms = np.empty(len(wholes) + len(part_owners), np.uint64)
    terms[whole_places] = terms_of(tokens.hashes.take(wholes), Field.BODY)
    terms[part_places] = terms_of(tokens.part_hashes, Field.BODY)
    first_bytes = np.frombuffer(vocabulary.text, np.uint8).take(tokens.starts.take(wholes))
    is_number = are_digits(first_bytes)
    are_numbers = np.zeros(len(terms), np.bool_)
    are_numbers[whole_places] = is_number
    number_counts = np.bincount(whole_owners[is_number], minlength=size)
    return WordTerms(terms, are_numbers, starts, counts, whole_counts, number_counts)


def _are_data(
    found: ChunkWords, words: NDArray[np.int64], terms: WordTerms
) -> NDArray[np.bool_] | None:
    """Tell which chunks are data; None when none is. Shape `(chunk_count,)`."""
    number_counts = terms.number_counts.take(words)
    numbers = np.flatnonzero(number_counts)
    in_chunks = np.bincount(
        found.chunks.take(numbers),
        number_counts.take(numbers) * found.counts.take(numbers),
        found.chunk_count,
    )
    is_data: NDArray[np.bool_] = in_chunks >= NUMBERS_MIN
    if not is_data.any():
        return None
    whole_counts = terms.whole_counts.take(words)
    whole_counts *= found.counts
    is_data &= 2 * in_chunks > np.bincount(found.chunks, whole_counts, found.chunk_count)
    return is_data if is_data.any() else None


def _counted(keys: NDArray[np.uint64], chunk_count: int) -> ChunkTerms:
    """Return what keys say. Sorts `keys`."""
    keys.sort()
    groups = keys >> _COUNT_SHIFT
    firsts = _run_starts(groups)
    keys &= np.uint64(_COUNT_MAX)
    counts = np.add.reduceat(keys, firsts) if len(firsts) else keys
    groups = groups.take(firsts)
    chunk_starts = np.arange(chunk_count + 1, dtype=np.uint64) << np.uint64(TERM_BITS)
    bounds = np.searchsorted(groups, chunk_starts)
    groups &= _TERM_MASK
    return ChunkTerms(groups, counts.view(np.int64), bounds)


def _run_starts(values: NDArray[np.uint64]) -> NDArray[np.intp]:
    is_first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_first[1:])
    return np.flatnonzero(is_first)
