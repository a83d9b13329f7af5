"""64-bit signatures of chunks: like texts have near signatures.

A bit is set when most tokens of the chunk have it set in their own hash, so the
order of the tokens does not matter and few changes flip few bits. Signatures are good
at finding copies that were edited, and bad at answering queries: a question shares
too few tokens with its answer.

M. Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.hashing import signature_bits

SIGNATURE_BITS: Final = 64

# Four counters of 16 bits fit into 64: `add.reduceat` then counts four bits at once.
_LANES: Final = 4
_LANE_BITS: Final = 16
_LANE_ONES: Final = np.uint64(0x0001_0001_0001_0001)
_LANE_COUNT_MAX: Final = (1 << _LANE_BITS) - 1

# Two signatures that differ in three bits at most are equal in one of four bands.
_BAND_COUNT: Final = 4
_BAND_BITS: Final = SIGNATURE_BITS // _BAND_COUNT
EXACT_DISTANCE_MAX: Final = _BAND_COUNT - 1
"""Up to this distance `near_duplicate_groups` misses no pair."""

PAIRS_MAX: Final = 1 << 26
"""Comparisons after which `near_duplicate_groups` stops: about a second."""

# Signatures that are compared at once: they fit the cache of a core.
_SCAN_BLOCK: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Chunks that are much alike, over a whole workspace."""

    groups: list[NDArray[np.int64]]
    """Indices of signatures, at least two each, ascending; large groups first.

    Each member is near another one of its group, not near all of them."""
    is_complete: bool
    """False when the search was stopped at its limit: there may be more."""


def bit_counts(
    hashes: NDArray[np.uint64],
    starts: NDArray[np.int64],
    weights: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Count, chunk by chunk, how many tokens have each signature bit set.

    Args:
        hashes: Of the tokens, chunk by chunk. Shape `(token_count,)`.
        starts: The first token of each chunk, ascending, and `token_count`. Shape
            `(chunk_count + 1,)`.
        weights: How often each token counts, at least once. Shape `(token_count,)`.

    Returns:
        Shape `(chunk_count, 64)`.
    """
    counts = np.diff(starts)
    result = np.zeros((len(counts), SIGNATURE_BITS), np.int64)
    # `reduceat` takes one element where there is none.
    filled = np.flatnonzero(counts)
    if not filled.size:
        return result
    firsts = starts[filled]
    bits = signature_bits(hashes)
    totals = counts[filled] if weights is None else np.add.reduceat(weights, firsts)
    if totals.max() > _LANE_COUNT_MAX:
        # A counter would overflow: one bit at a time.
        for bit in range(SIGNATURE_BITS):
            is_set = (bits >> np.uint64(bit) & np.uint64(1)).view(np.int64)
            counted = is_set if weights is None else is_set * weights
            result[filled, bit] = np.add.reduceat(counted, firsts)
        return result
    factors = None if weights is None else weights.view(np.uint64)
    sums = np.empty((len(filled), _LANE_BITS), np.uint64)  # (chunk, shift)
    for shift in range(_LANE_BITS):
        ones = bits & _LANE_ONES
        if factors is not None:
            ones *= factors
        sums[:, shift] = np.add.reduceat(ones, firsts)
        bits >>= np.uint64(1)
    # Lane k of shift j counts bit 16 k + j.
    per_lane = sums.astype("<u8", copy=False).view("<u2").reshape(-1, _LANE_BITS, _LANES)
    result[filled] = per_lane.transpose(0, 2, 1).reshape(-1, SIGNATURE_BITS)
    return result


def signatures_of(counts: NDArray[np.int64], token_counts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the signature of each chunk.

    Args:
        counts: From `bit_counts`. Shape `(chunk_count, 64)`.
        token_counts: Shape `(chunk_count,)`. A chunk without tokens has signature 0.

    Returns:
        Shape `(chunk_count,)`.
    """
    is_set = counts * 2 > token_counts[:, None]
    packed = np.packbits(is_set, axis=1, bitorder="little")  # (chunk, byte)
    return packed.view("<u8").reshape(-1).astype(np.uint64, copy=False)


def hamming_distances(
    signatures: NDArray[np.uint64], signature: np.uint64 | int
) -> NDArray[np.uint8]:
    """Return in how many bits each signature differs from one.

    Returns:
        Shape `(len(signatures),)`, values in [0, 64].
    """
    distances = np.empty(len(signatures), np.uint8)
    sought = np.uint64(signature)
    scratch = np.empty(min(len(signatures), _SCAN_BLOCK), np.uint64)
    for start in range(0, len(signatures), _SCAN_BLOCK):
        block = signatures[start : start + _SCAN_BLOCK]
        differing = np.bitwise_xor(block, sought, out=scratch[: len(block)])
        np.bitwise_count(differing, out=distances[start : start + len(block)])
    return distances


def nearest(
    signatures: NDArray[np.uint64],
    signature: np.uint64 | int,
    *,
    limit: int,
    distance_max: int = SIGNATURE_BITS,
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the signatures nearest to one, by looking at all of them.

    Args:
        signatures: Shape `(signature_count,)`.
        signature: What to compare with. When it is one of `signatures`, it is found too.
        limit: How many at most.
        distance_max: Bits that may differ.

    Returns:
        Indices and distances, nearest first, then by index. Shape `(found_count,)` each.
    """
    distances = hamming_distances(signatures, signature)
    # The smallest distance that yields enough; counting is cheaper than sorting.
    low, high = 0, distance_max
    while low < high:
        middle = (low + high) // 2
        if np.count_nonzero(distances <= middle) >= limit:
            high = middle
        else:
            low = middle + 1
    near = np.flatnonzero(distances < low)
    # More may be as far away as the last one than there is room for: the first of them.
    border = np.flatnonzero(distances == low)[: max(limit - len(near), 0)]
    near = near[np.argsort(distances[near], kind="stable")]
    found = np.concatenate((near, border))[:limit]
    return found, distances[found]


def near_duplicate_groups(
    signatures: NDArray[np.uint64],
    *,
    distance_max: int = EXACT_DISTANCE_MAX,
    pairs_max: int = PAIRS_MAX,
) -> NearDuplicates:
    """Return the groups of signatures that are near each other.

    Signatures are compared when 16 neighbouring bits of them are equal, so up to a
    distance of three every pair is found, and of farther ones many.

    Args:
        signatures: Shape `(signature_count,)`. 0, of a chunk without tokens, is like nothing.
        distance_max: Bits in which two members of a pair may differ.
        pairs_max: Comparisons after which to stop.
    """
    unique, owners = np.unique(signatures, return_inverse=True)
    labels = np.arange(len(unique))
    budget = pairs_max
    for band in range(_BAND_COUNT):
        # The band is rotated to the top, so that sorting brings equal ones together.
        left, right = np.uint64(band * _BAND_BITS), np.uint64((_BAND_COUNT - band) * _BAND_BITS)
        rotated = (unique << left) | (unique >> right) if band else unique
        order = np.argsort(rotated)
        budget, pairs = _near_pairs(rotated[order], distance_max, budget)
        labels = _connected(labels, order[pairs])
    labels = labels[owners]
    members = np.flatnonzero(signatures != 0)
    order = members[np.argsort(labels[members], kind="stable")]
    ordered = labels[order]
    runs = np.split(order, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1)
    groups = sorted((run for run in runs if len(run) > 1), key=lambda run: (-len(run), run[0]))
    return NearDuplicates(groups, is_complete=budget > 0)


def _near_pairs(
    ordered: NDArray[np.uint64], distance_max: int, budget: int
) -> tuple[int, NDArray[np.int64]]:
    """Compare signatures whose top band is equal, and return what is left of the budget.

    Returns:
        The budget, 0 when it was used up, and places in `ordered`, shape `(2, pair_count)`.
    """
    bands = ordered >> np.uint64(SIGNATURE_BITS - _BAND_BITS)
    found = []
    places = np.arange(len(ordered))
    for step in range(1, len(ordered)):
        # Where the neighbour at this step is of another band, all later ones are.
        places = places[: np.searchsorted(places, len(ordered) - step)]
        places = places[bands[places] == bands[places + step]]
        if not places.size:
            break
        budget -= len(places)
        if budget <= 0:
            budget = 0
            break
        distances = np.bitwise_count(ordered[places] ^ ordered[places + step])
        near = places[distances <= distance_max]
        found.append(np.stack((near, near + step)))
    return budget, np.concatenate(found, axis=1) if found else np.empty((2, 0), np.int64)


def _connected(labels: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the two ends of each pair, and all that had a label of theirs, one label."""
    while True:
        lowest = np.minimum(labels[pairs[0]], labels[pairs[1]])
        merged = labels.copy()
        # A label is the number of one of those who carry it, so it can be relabelled.
        for end in pairs:
            np.minimum.at(merged, labels[end], lowest)
        while not np.array_equal(merged, merged[merged]):
            merged = merged[merged]
        renewed = merged[labels]
        if np.array_equal(renewed, labels):
            return labels
        labels = renewed
