"""The format of the file of vectors: whole, cut, and damaged."""

import random

import numpy as np
import pytest

from indexer.semantic.vectors import MODEL, block, directions, random_block, same
from nanobot_indexer.semantic.vector_file import (
    HEADER_BYTES,
    decoded,
    encoded_block,
    encoded_header,
    joined,
    stored,
)

BLOCKS = [random_block(np.random.default_rng(number), 3 + number) for number in range(3)]
ENCODED = [encoded_block(one) for one in BLOCKS]
CONTENT = encoded_header(MODEL) + b"".join(ENCODED)


def test_what_was_written_is_read() -> None:
    found = decoded(CONTENT, MODEL)

    assert found is not None
    assert found.is_whole
    assert len(found.blocks) == 3
    assert all(same(one, other) for one, other in zip(found.blocks, BLOCKS, strict=True))


def test_a_stored_vector_is_off_by_half_a_level() -> None:
    vectors = directions(0, 5)
    vectors[0, 1:4] = 0.6, -0.3, 0.01

    rows, scales = stored(vectors)

    assert rows.dtype == np.int8
    assert np.abs(rows * scales[:, None] - vectors).max() <= scales.max() / 2 + 1e-7


def test_vectors_of_another_model_are_not_used() -> None:
    assert decoded(CONTENT, bytes(32)) is None
    assert decoded(b"", MODEL) is None
    assert decoded(b"\x00" * 500, MODEL) is None


def test_a_file_that_was_cut_has_the_blocks_before_the_cut() -> None:
    ends = np.cumsum([HEADER_BYTES, *map(len, ENCODED)])
    for size in range(HEADER_BYTES, len(CONTENT), 7):
        found = decoded(CONTENT[:size], MODEL)

        assert found is not None
        assert len(found.blocks) == int(np.searchsorted(ends, size, side="right")) - 1
        assert found.is_whole == (size in ends)


@pytest.mark.parametrize("seed", range(3))
def test_damage_costs_blocks_and_never_changes_one(seed: int) -> None:
    order = random.Random(seed)
    for _ in range(400):
        content = bytearray(CONTENT)
        for _ in range(order.randint(1, 3)):
            # Half of the flips in the header and the first block head.
            end = order.choice([HEADER_BYTES + 40, len(content)])
            content[order.randrange(end)] ^= 1 << order.randrange(8)
        if bytes(content) == CONTENT:
            continue

        found = decoded(bytes(content), MODEL)

        if found is None:
            continue
        assert not found.is_whole
        assert all(any(same(one, good) for good in BLOCKS) for one in found.blocks)


def test_a_block_in_the_middle_may_be_lost_alone() -> None:
    content = bytearray(CONTENT)
    content[HEADER_BYTES + len(ENCODED[0]) + 60] ^= 1

    found = decoded(bytes(content), MODEL)

    assert found is not None
    assert [same(one, BLOCKS[0]) or same(one, BLOCKS[2]) for one in found.blocks] == [True, True]
    assert not found.is_whole


def test_blocks_are_joined_in_order() -> None:
    one = joined([block({1: (0, 1)}), block({2: (3,)})])

    assert one.keys.tolist() == [1, 2]
    assert one.counts.tolist() == [2, 1]
    assert np.argmax(one.rows, axis=1).tolist() == [0, 1, 3]
