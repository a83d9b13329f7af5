"""Blocks of vectors that are told apart by eye."""

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.semantic.encoder import WIDTH
from nanobot_indexer.semantic.vector_file import Block, stored

MODEL = bytes(range(32))


def directions(*numbers: int) -> NDArray[np.float32]:
    """Return unit vectors along some axes. Shape `(number, WIDTH)`."""
    return np.eye(WIDTH, dtype=np.float32)[list(numbers)]


def block(axes_by_key: dict[int, tuple[int, ...]]) -> Block:
    """Return chunks whose passages point along axes."""
    axes = [axis for own in axes_by_key.values() for axis in own]
    rows, scales = stored(directions(*axes))
    counts = np.array([len(own) for own in axes_by_key.values()], np.int64)
    return Block(np.array(list(axes_by_key), np.uint64), counts, scales, rows)


def random_block(order: np.random.Generator, chunks: int) -> Block:
    """Return chunks with random keys and vectors."""
    counts = order.integers(1, 5, chunks)
    vectors = order.standard_normal((int(counts.sum()), WIDTH)).astype(np.float32)
    vectors /= np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    rows, scales = stored(vectors)
    keys = order.integers(0, 2**63, chunks).astype(np.uint64)
    return Block(keys, counts.astype(np.int64), scales, rows)


def same(one: Block, other: Block) -> bool:
    """Tell whether two blocks say the same."""
    return all(
        np.array_equal(getattr(one, field), getattr(other, field))
        for field in ("keys", "counts", "scales", "rows")
    )
