"""Rules that code search lives by, for the best chunks of a search.

The definition of what was asked for comes first, a file with several good chunks is a
better file, tests and examples come after the code they are about. Further chunks of
one file are not held back: that was measured, and lost right answers. Every rule looks
at a chunk and its file only, and at the best chunks of the whole index, so the order
does not depend on segments.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

POOL_SIZE: Final = 200
"""Chunks that the rules look at, and all that are as good as the last of them."""

_POOL_SHARES: Final = (0.5, 0.3, 0.15, 0.0)

NO_DEFINITION_FACTOR: Final = 0.7
SECONDARY_FACTOR: Final = 0.3
SYMBOL_BONUS: Final = 1.0
"""Of the best score, for the definition of a name that the whole question is."""
SCOPE_BONUS: Final = 0.5
"""Of the best score, when it is also where the question says: `Runner.run`."""
SAME_CASE_BONUS: Final = 0.05
FILE_STEM_BONUS: Final = 0.05
FILE_SHARE: Final = 0.3
LITERAL_BONUS: Final = 0.5
"""Of the best score, for a chunk that has a piece of the question letter for letter."""


def pool_of(scores: NDArray[np.float64], size: int = POOL_SIZE) -> NDArray[np.int64]:
    """Return the best chunks, ascending, and all that are as good as the last of them.

    Args:
        scores: Shape `(chunk,)`.
        size: At least 1.
    """
    best = float(scores.max(initial=0.0))
    if best <= 0:
        return np.empty(0, np.int64)
    # Far fewer to sort than all: nearly always one of the first is enough.
    for share in _POOL_SHARES:
        found: NDArray[np.int64] = (scores > share * best).nonzero()[0]
        if len(found) >= size:
            break
    if len(found) <= size:
        return found
    own = scores[found]
    last = np.partition(own, len(own) - size)[len(own) - size]
    best_ones: NDArray[np.int64] = found[own >= last]
    return best_ones


def with_file_share(
    scores: NDArray[np.float64], files: NDArray[np.int64], share: float = FILE_SHARE
) -> NDArray[np.float64]:
    """Add to each score a share of what its file is worth: its best chunk, others help a little.

    Args:
        scores: At least 0. Shape `(chunk,)`.
        files: Shape `(chunk,)`; equal numbers are equal files.
        share: What is added.
    """
    best = float(scores.max(initial=0.0))
    if best <= 0:
        return scores
    # The norm of power 8. Squares and square roots are exact to the last bit
    # everywhere, `power` is not.
    relative = scores / best
    powers = np.square(np.square(np.square(relative)))
    sums = np.sqrt(np.sqrt(np.sqrt(np.bincount(files, powers)[files])))
    return scores + (share * best) * sums


def with_literal_first(
    worth: NDArray[np.float64], is_literal: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return scores with every literal match above all others.

    Who types one identifier means that one, also where it is used in a test only; what
    merely shares its parts comes after.

    Args:
        worth: Of the pool. Shape `(pool,)`.
        is_literal: Which chunks have the identifier as a whole. Shape `(pool,)`.
    """
    if not is_literal.any() or is_literal.all():
        return worth
    least, most = float(worth[is_literal].min()), float(worth[~is_literal].max())
    if most < least:
        return worth
    return np.where(is_literal, worth, worth * (0.99 * least / most))
