"""Hashes of tokens, and the terms that stand for them in an index.

A token is hashed eight bytes at a time, so most tokens take one step and no two
of at most eight bytes and equal length have the same 64-bit hash. The field a
token was found in salts the hash: `run` in the body of a chunk, in the name of a
definition and in a path are three terms. A term keeps 48 bits, which leaves 16 for
a posting in one sortable 64-bit key. One pair among ten million tokens may
share a term: text that was found by its terms is compared before it counts as equal.

Invariant: this module decides about every hash on disk. A change here, or in
`tokens` or `stem`, is a new format version.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

LANE_BYTES: Final = 8
TERM_BITS: Final = 48

_WORD_MASK: Final = (1 << 64) - 1
# Odd, so that multiplying loses nothing; the digits of irrational numbers, so that
# there is nothing to choose: the golden ratio, the square roots of 2, 3 and 5.
_LENGTH_FACTOR: Final = 0x9E3779B97F4A7C15
_LANE_FACTOR: Final = 0x6A09E667F3BCC909
_TERM_FACTOR: Final = 0xBB67AE8584CAA73B
_SIGNATURE_FACTOR: Final = 0x3C6EF372FE94F82B


class Field(IntEnum):
    """Where a token was found. Stored inside of the terms: never change a value."""

    BODY = 0
    NAME = 1
    PATH = 2


# The square roots of 7, 11 and 13.
_SALT_BY_FIELD: Final = {
    Field.BODY: 0xA54FF53A5F1D36F1,
    Field.NAME: 0x510E527FADE682D1,
    Field.PATH: 0x9B05688C2B3E6C1F,
}
assert set(_SALT_BY_FIELD) == set(Field)


def token_hashes(
    lanes: NDArray[np.uint64], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return the hash of each token of a text.

    Args:
        lanes: The eight bytes from every offset, first byte lowest (`lanes_of`).
        starts: Shape `(token_count,)`; eight bytes from the last lane of each token
            are readable.
        sizes: In bytes, at least 1. Shape `(token_count,)`.

    Returns:
        Shape `(token_count,)`.
    """
    hashes = sizes.astype(np.uint64)
    hashes *= np.uint64(_LENGTH_FACTOR)
    hashes ^= _lanes_at(lanes, starts, sizes)
    hashes *= np.uint64(_LANE_FACTOR)
    hashes ^= hashes >> np.uint64(32)
    longer = np.flatnonzero(sizes > LANE_BYTES)
    offset = LANE_BYTES
    while longer.size:
        lane = _lanes_at(lanes, starts[longer] + offset, sizes[longer] - offset)
        lane ^= hashes[longer]
        lane *= np.uint64(_LANE_FACTOR)
        lane ^= lane >> np.uint64(32)
        hashes[longer] = lane
        offset += LANE_BYTES
        longer = longer[sizes[longer] > offset]
    return hashes


def _lanes_at(
    lanes: NDArray[np.uint64], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return up to eight bytes from each start, the first one lowest, zeros above."""
    # `take` would copy all lanes: they overlap, and are not aligned.
    found = lanes[starts]
    spare_bits = np.maximum(LANE_BYTES - sizes, 0)
    spare_bits <<= 3
    found <<= spare_bits.view(np.uint64)
    found >>= spare_bits.view(np.uint64)
    return found


def lanes_of(padded: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the eight bytes from every offset, as a view.

    Args:
        padded: Contiguous, at least eight bytes.

    Returns:
        Shape `(len(padded) - 7,)`.
    """
    count = len(padded) - LANE_BYTES + 1
    return np.ndarray((count,), np.dtype("<u8"), buffer=padded.data, strides=(1,))


def terms_of(hashes: NDArray[np.uint64], field: Field) -> NDArray[np.uint64]:
    """Return the term of each token in a field. Shape as given, values below 2**48."""
    terms = hashes ^ np.uint64(_SALT_BY_FIELD[field])
    terms *= np.uint64(_TERM_FACTOR)
    terms >>= np.uint64(64 - TERM_BITS)
    return terms


def signature_bits(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return 64 bits per token, each as good as a coin. Shape as given."""
    bits = hashes * np.uint64(_SIGNATURE_FACTOR)
    bits ^= bits >> np.uint64(29)
    bits *= np.uint64(_LANE_FACTOR)
    bits ^= bits >> np.uint64(32)
    return bits


def hash_of(token: str | bytes, field: Field) -> int:
    """Return the term of one token, as it stands in `LexicalTables.terms`.

    Args:
        token: Not empty; ASCII capitals count as small letters. Not stemmed here:
            parts of identifiers are indexed by their stem (`stem.stem`).
        field: Where it is looked for.
    """
    content = token.encode("utf-8", "surrogateescape") if isinstance(token, str) else token
    content = content.lower()
    value = len(content) * _LENGTH_FACTOR & _WORD_MASK
    for offset in range(0, len(content), LANE_BYTES):
        lane = content[offset : offset + LANE_BYTES]
        value ^= int.from_bytes(lane, "little")
        value = value * _LANE_FACTOR & _WORD_MASK
        value ^= value >> 32
    value = (value ^ _SALT_BY_FIELD[field]) * _TERM_FACTOR & _WORD_MASK
    return value >> 64 - TERM_BITS
