"""Looking vectors up by key, and scanning all of them."""

import numpy as np

from indexer.semantic.vectors import block, directions, random_block
from nanobot_indexer.semantic.vector_table import MISSING, NO_LIKENESS, VectorTable


def keys(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def best_by_key(table: VectorTable, axis: int, *wanted: int) -> list[float]:
    likeness = table.likeness(directions(axis)[0])
    best = table.best(likeness, table.places(keys(*wanted)))
    return [round(float(one), 3) for one in best]


def test_a_chunk_is_as_near_as_its_nearest_passage() -> None:
    table = VectorTable([block({7: (0, 1), 3: (2,)}), block({5: (1, 4, 0)})])

    assert best_by_key(table, 0, 3, 5, 7, 9) == [0.0, 1.0, 1.0, NO_LIKENESS]
    likeness = table.likeness(directions(4)[0])
    assert table.best_passage(likeness, int(table.places(keys(5))[0])) == 1


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    table = VectorTable([block({7: (0,), 8: (1,)}), block({7: (2,)})])

    assert best_by_key(table, 0, 7) == [0.0]
    assert best_by_key(table, 2, 7) == [1.0]


def test_an_empty_table_knows_nothing() -> None:
    table = VectorTable([])

    assert table.places(keys(1, 2)).tolist() == [MISSING, MISSING]
    assert best_by_key(table, 0, 1) == [NO_LIKENESS]
    assert table.kept(keys(1)) is None


def test_a_scan_is_the_product_with_every_vector() -> None:
    order = np.random.default_rng(5)
    blocks = [random_block(order, 900), random_block(order, 40)]
    question = directions(3)[0] * 0.6 + directions(9)[0] * 0.8

    found = VectorTable(blocks).likeness(question)

    whole = np.concatenate([one.rows * one.scales[:, None] for one in blocks])
    assert np.allclose(found, whole @ question, atol=1e-5)


def test_what_is_kept_is_found_as_before() -> None:
    order = np.random.default_rng(6)
    table = VectorTable([random_block(order, 30), random_block(order, 20), block({1: (5, 6)})])
    wanted = np.concatenate([table.blocks[0].keys[3:9], table.blocks[1].keys[::4], keys(1, 77)])

    kept = table.kept(wanted)

    assert kept is not None
    small = VectorTable([kept])
    assert small.chunk_count == 6 + 5 + 1
    question = order.standard_normal(384).astype(np.float32)
    assert np.array_equal(
        small.best(small.likeness(question), small.places(wanted)),
        table.best(table.likeness(question), table.places(wanted)),
    )
