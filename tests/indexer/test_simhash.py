import ast
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nanobot_indexer.fingerprint.content import SegmentContent
from nanobot_indexer.fingerprint.hashing import signature_bits
from nanobot_indexer.fingerprint.postings import lexical_tables
from nanobot_indexer.fingerprint.simhash import (
    bit_counts,
    hamming_distances,
    near_duplicate_groups,
    nearest,
    signatures_of,
)

token_lists = st.lists(st.integers(0, 2**64 - 1), max_size=50)
signature_lists = st.lists(st.integers(0, 2**64 - 1), max_size=50)


def signatures(chunks: Sequence[Sequence[int]]) -> list[int]:
    hashes = np.array([token for chunk in chunks for token in chunk], np.uint64)
    counts = np.array([len(chunk) for chunk in chunks], np.int64)
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    found: list[int] = signatures_of(bit_counts(hashes, starts), counts).tolist()
    return found


def reference_signature(chunk: Sequence[int]) -> int:
    bits = signature_bits(np.array(chunk, np.uint64)).tolist()
    return sum(
        1 << place for place in range(64) if 2 * sum(b >> place & 1 for b in bits) > len(bits)
    )


@given(st.lists(token_lists, max_size=8))
def test_a_bit_is_what_most_tokens_say(chunks: list[list[int]]) -> None:
    assert signatures(chunks) == [reference_signature(chunk) for chunk in chunks]


@given(token_lists, st.randoms(use_true_random=False))
def test_the_order_of_tokens_does_not_matter(chunk: list[int], source: random.Random) -> None:
    shuffled = list(chunk)
    source.shuffle(shuffled)
    assert signatures([chunk]) == signatures([shuffled])


def test_a_chunk_of_very_many_tokens_is_counted_right() -> None:
    # More than 16 bits can count, of a token and one that outnumbers it by one.
    first, second = 0x1234, 0xFEDCBA9876543210
    chunk = [first] * 100_000 + [second] * 100_001
    assert signatures([[second], chunk, [first, first]]) == [
        reference_signature([second]),
        reference_signature([second]),
        reference_signature([first]),
    ]


def test_a_chunk_without_tokens_has_signature_0() -> None:
    assert signatures([[], [], []]) == [0, 0, 0]
    assert signatures([]) == []


def random_signatures(count: int, seed: int) -> NDArray[np.uint64]:
    return np.random.default_rng(seed).integers(1, 2**64, count, dtype=np.uint64)


@given(signature_lists, st.integers(0, 2**64 - 1))
def test_hamming_distances(values: list[int], sought: int) -> None:
    distances = hamming_distances(np.array(values, np.uint64), sought)
    assert distances.tolist() == [(value ^ sought).bit_count() for value in values]


@given(
    st.lists(st.integers(0, 255), max_size=60),
    st.integers(0, 255),
    st.integers(1, 70),
    st.integers(0, 64),
)
def test_nearest_is_the_head_of_the_sorted_list(
    values: list[int], sought: int, limit: int, distance_max: int
) -> None:
    places, distances = nearest(
        np.array(values, np.uint64), sought, limit=limit, distance_max=distance_max
    )
    pairs = sorted(((value ^ sought).bit_count(), place) for place, value in enumerate(values))
    expected = [pair for pair in pairs if pair[0] <= distance_max][:limit]
    assert list(zip(distances.tolist(), places.tolist(), strict=True)) == expected


def test_nearest_looks_into_every_block() -> None:
    values = random_signatures(100_000, seed=1)
    for place in (0, 16_383, 16_384, 99_999):
        places, distances = nearest(values, int(values[place]) ^ 1, limit=1)
        assert (places.tolist(), distances.tolist()) == ([place], [1])


def reference_groups(values: Sequence[int], distance_max: int) -> set[frozenset[int]]:
    group_by_place = {place: {place} for place in range(len(values))}
    for left in range(len(values)):
        for right in range(left):
            is_near = (values[left] ^ values[right]).bit_count() <= distance_max
            if is_near and values[left] and values[right]:
                merged = group_by_place[left] | group_by_place[right]
                for member in merged:
                    group_by_place[member] = merged
    return {frozenset(group) for group in group_by_place.values() if len(group) > 1}


@given(
    st.lists(st.sampled_from(random_signatures(6, seed=2).tolist()), max_size=12),
    st.lists(st.lists(st.integers(0, 63), max_size=4), min_size=12, max_size=12),
    st.integers(0, 3),
)
def test_groups_up_to_three_bits_are_exact(
    origins: list[int], flips: list[list[int]], distance_max: int
) -> None:
    values = list(origins)
    for place, bits in zip(range(len(values)), flips, strict=False):
        for bit in bits:
            values[place] ^= 1 << bit
    found = near_duplicate_groups(np.array(values, np.uint64), distance_max=distance_max)
    assert found.is_complete
    assert {frozenset(group.tolist()) for group in found.groups} == reference_groups(
        values, distance_max
    )


def test_planted_duplicates_are_found_among_many() -> None:
    values = random_signatures(50_000, seed=3)
    values[7] = values[49_000] ^ np.uint64(1 << 3 | 1 << 30 | 1 << 63)
    values[[100, 200, 300]] = values[100]
    values[[5, 6]] = 0
    found = near_duplicate_groups(values)
    assert [group.tolist() for group in found.groups] == [[100, 200, 300], [7, 49_000]]
    assert found.is_complete


def test_a_search_that_is_stopped_says_so() -> None:
    # All share a band, so everyone is compared with everyone.
    values = np.arange(1, 3_000, dtype=np.uint64) << np.uint64(16)
    found = near_duplicate_groups(values, distance_max=0, pairs_max=100_000)
    assert not found.is_complete


def real_functions(lines_min: int) -> list[list[bytes]]:
    """Return the lines of long functions of the standard library."""
    found = []
    for path in sorted(Path(ast.__file__).parent.glob("*.py"))[:120]:
        source = path.read_bytes()
        lines = source.splitlines(keepends=True)
        found += [
            lines[node.lineno - 1 : node.end_lineno]
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef)
            and (node.end_lineno or 0) - node.lineno >= lines_min - 1
        ]
    return found


def signatures_of_texts(texts: Sequence[bytes]) -> NDArray[np.uint64]:
    starts = np.cumsum([0, *map(len, texts)])
    files = np.arange(len(texts))
    content = SegmentContent(
        b"".join(texts), starts, ["f"] * len(texts), starts, files, np.empty(0, np.int64)
    )
    return lexical_tables(content).simhashes


@pytest.mark.parametrize(
    ("dropped_share", "found_share_min"), [(0.1, 0.97), (0.3, 0.9), (0.5, 0.75)]
)
def test_a_function_is_found_after_lines_were_dropped(
    dropped_share: float, found_share_min: float
) -> None:
    functions = real_functions(lines_min=20)
    assert len(functions) > 500
    seed = 20
    source = random.Random(seed)
    originals = signatures_of_texts([b"".join(lines) for lines in functions])
    edited = []
    for lines in functions:
        kept = sorted(source.sample(range(len(lines)), round(len(lines) * (1 - dropped_share))))
        edited.append(b"".join(lines[place] for place in kept))
    ranks: dict[bool, int] = defaultdict(int)
    for place, signature in enumerate(signatures_of_texts(edited).tolist()):
        distances = hamming_distances(originals, signature)
        ranks[bool(distances[place] == distances.min())] += 1
    assert ranks[True] >= found_share_min * len(functions), f"seed {seed}: {dict(ranks)}"
