import random
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer.volume.format import CHUNK_DTYPE, DEFINITION_DTYPE, Section
from nanobot_indexer.volume.packing import (
    PackingError,
    packed,
    packed_column,
    unpacked,
    unpacked_columns,
)

SMALL = st.integers(0, 300)
NUMBERS = st.lists(st.one_of(SMALL, st.integers(0, 2**32 - 1)), max_size=60)


def check_kept(section: Section, rows: npt.NDArray[Any]) -> None:
    found = unpacked(section, memoryview(packed(section, rows)))
    assert found is not None
    assert found.dtype == rows.dtype
    assert found.tolist() == rows.tolist()


@given(NUMBERS)
def test_a_column_keeps_its_numbers(values: list[int]) -> None:
    (found,) = unpacked_columns(packed_column(np.array(values, dtype=np.int64)), 1)

    assert found.tolist() == values


@given(st.integers(0, 400), st.sampled_from([254, 255, 256, 65534, 65535, 65536, 2**32 - 1]))
def test_the_edges_of_the_widths_are_kept(count: int, edge: int) -> None:
    values = np.full(count, 7, dtype=np.int64)
    values[::97] = edge

    (found,) = unpacked_columns(packed_column(values), 1)

    assert found.tolist() == values.tolist()


def test_small_numbers_with_few_large_ones_take_a_byte_each() -> None:
    values = np.ones(1000, dtype=np.int64)
    values[500] = 1_000_000

    assert len(packed_column(values)) == 16 + 1000 + 8


@given(st.lists(st.integers(0, 2**48 - 1), unique=True, max_size=50))
def test_terms_are_kept(values: list[int]) -> None:
    check_kept(Section.TERMS, np.array(sorted(values), dtype="<u8"))


@given(st.lists(st.integers(0, 100_000), max_size=50))
def test_starts_are_kept(counts: list[int]) -> None:
    check_kept(Section.POSTING_STARTS, np.cumsum([0, *counts]).astype("<u4"))


@given(st.integers(0, 2**32 - 1))
def test_random_definitions_are_kept(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = np.zeros(40, dtype=DEFINITION_DTYPE)
    rows["kind"] = chance.integers(0, 14, 40)
    rows["name_size"] = chance.integers(1, 512, 40)
    rows["parent"] = chance.integers(-1, 5000, 40)
    rows["start_byte"] = chance.integers(0, 2**31, 40)
    rows["end_byte"] = rows["start_byte"] + chance.integers(0, 2**30, 40)
    rows["name_start_byte"] = rows["start_byte"] + chance.integers(0, 70_000, 40)
    rows["start_line"] = chance.integers(1, 100_000, 40)
    rows["end_line"] = rows["start_line"] + chance.integers(0, 5000, 40)
    for field in ("signature", "docstring"):
        is_there = chance.random(40) < 0.7
        start = np.where(is_there, chance.integers(0, 2**31, 40), 0)
        rows[f"{field}_start_byte"] = start
        rows[f"{field}_end_byte"] = np.where(is_there, start + chance.integers(1, 9999, 40), 0)
    has_scope = chance.random(40) < 0.3
    rows["scope_size"] = np.where(has_scope, chance.integers(1, 60, 40), 0)
    rows["scope_offset"] = np.where(has_scope, chance.integers(0, 2**31, 40), 0)

    check_kept(Section.DEFINITIONS, rows)


@given(st.integers(0, 2**32 - 1))
def test_random_chunks_are_kept(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(0, 60))
    rows = np.zeros(count, dtype=CHUNK_DTYPE)
    rows["file"] = chance.integers(0, chance.choice([1, 9, 2**30]), count)
    rows["start_byte"] = chance.integers(0, chance.choice([1, 5000, 2**30]), count)
    rows["start_line"] = chance.integers(0, chance.choice([1, 90, 2**30]), count)
    rows["definition"] = chance.integers(-1, chance.choice([0, 9, 2**30]), count)

    check_kept(Section.CHUNKS, rows)


def test_the_chunks_of_files_take_a_few_bytes_each() -> None:
    files = np.repeat(np.arange(100), 10)
    rows = np.zeros(1000, dtype=CHUNK_DTYPE)
    rows["file"], rows["definition"] = files, np.arange(1000) // 3
    rows["start_byte"], rows["start_line"] = np.arange(1000) % 10 * 2000, np.arange(1000) % 10 * 50

    assert len(packed(Section.CHUNKS, rows)) == 4 * 16 + 1000 * (1 + 1 + 2 + 1)


@pytest.mark.parametrize(
    "section",
    [
        Section.CHUNKS,
        Section.TERMS,
        Section.POSTING_STARTS,
        Section.DEFINITIONS,
        Section.SYMBOL_STARTS,
        Section.SYMBOL_DEFINITIONS,
    ],
)
def test_garbage_is_refused_or_read_as_numbers(section: Section) -> None:
    seed = random.randrange(2**32)
    sys.stderr.write(f"seed {seed}\n")
    chance = random.Random(seed)
    refused = 0
    for _ in range(300):
        data = bytearray(packed_column(np.arange(20, dtype=np.int64)) * 14)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        data = data[: chance.choice([len(data), chance.randrange(len(data) + 1)])]
        try:
            unpacked(section, memoryview(bytes(data)))
        except PackingError:
            refused += 1

    assert refused > 0
