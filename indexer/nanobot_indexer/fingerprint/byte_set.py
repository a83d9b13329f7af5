"""Sets of bytes, as tables that arrays of bytes are looked up in."""

import numpy as np
from numpy.typing import NDArray


def byte_set(members: bytes) -> NDArray[np.bool_]:
    """Return a table that is true at each member. Shape `(256,)`."""
    table = np.zeros(256, np.bool_)
    table[list(members)] = True
    return table
