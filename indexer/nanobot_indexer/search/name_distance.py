"""How many typing mistakes lie between a name and many others, all at once.

Source: optimal string alignment, the restricted form of F. Damerau, "A technique
for computer detection and correction of spelling errors", 1964: a letter too many,
a missing one, a wrong one, two neighbours swapped.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

# At once: what is worked on stays in the cache.
_ROWS_MAX: Final = 4096


def edit_distances(
    name: bytes,
    others: npt.NDArray[np.uint8],
    sizes: npt.NDArray[np.int64],
    *,
    distance_max: int,
) -> npt.NDArray[np.int64]:
    """Return the distance of `name` to each of `others`.

    Args:
        name: Not empty.
        others: One per row, filled up with anything. Shape `(other, width)`, with a
            width of at least `len(name) + distance_max`.
        sizes: Bytes in each row, at most the width. Shape `(other,)`.
        distance_max: What is further away counts as one more. At most 100.

    Returns:
        Shape `(other,)`, values in [0, distance_max + 1].
    """
    count, width = others.shape
    if count > _ROWS_MAX:
        parts = [slice(first, first + _ROWS_MAX) for first in range(0, count, _ROWS_MAX)]
        found = [
            edit_distances(name, others[part], sizes[part], distance_max=distance_max)
            for part in parts
        ]
        return np.concatenate(found)
    too_far = distance_max + 1
    columns = width + 1
    # Only the diagonal band can stay below the limit: one array per cell of it.
    previous = np.full((columns, count), too_far, dtype=np.int8)
    before_previous = previous
    first_end = min(distance_max, width)
    previous[: first_end + 1] = np.arange(first_end + 1)[:, None]
    for row, letter in enumerate(name, start=1):
        current = np.full((columns, count), too_far, dtype=np.int8)
        if row <= distance_max:
            current[0] = row
        for column in range(max(1, row - distance_max), min(width, row + distance_max) + 1):
            is_wrong = others[:, column - 1] != letter
            cell = previous[column - 1] + is_wrong
            np.minimum(cell, previous[column] + 1, out=cell)
            np.minimum(cell, current[column - 1] + 1, out=cell)
            if row > 1 and column > 1:
                is_swapped = (others[:, column - 2] == letter) & (
                    others[:, column - 1] == name[row - 2]
                )
                swapped = before_previous[column - 2] + 1
                cell = np.where(is_swapped, np.minimum(cell, swapped), cell)
            current[column] = np.minimum(cell, too_far)
        before_previous, previous = previous, current
    return previous[sizes, np.arange(count)].astype(np.int64)
