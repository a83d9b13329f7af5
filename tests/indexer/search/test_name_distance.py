import random

import numpy as np
import pytest

from nanobot_indexer.search.name_distance import edit_distances


def by_hand(one: str, other: str) -> int:
    rows = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            if not i or not j:
                rows[i][j] = i + j
                continue
            rows[i][j] = min(
                rows[i - 1][j] + 1,
                rows[i][j - 1] + 1,
                rows[i - 1][j - 1] + (one[i - 1] != other[j - 1]),
            )
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


def distances(name: str, others: list[str], distance_max: int) -> list[int]:
    width = len(name) + distance_max
    fitting = [other for other in others if len(other) <= width]
    matrix = np.full((len(fitting), width), ord("a"), dtype=np.uint8)
    for row, other in zip(matrix, fitting, strict=True):
        row[: len(other)] = np.frombuffer(other.encode(), np.uint8)
    sizes = np.array([len(other) for other in fitting], dtype=np.int64)
    found: list[int] = edit_distances(
        name.encode(), matrix, sizes, distance_max=distance_max
    ).tolist()
    return found


def test_each_mistake_counts_one() -> None:
    others = ["header", "heder", "headder", "hxader", "haeder", "hxaxer", "other", ""]

    assert distances("header", others, 2) == [0, 1, 1, 1, 1, 2, 3, 3]


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_those_of_the_full_table(seed: int) -> None:
    source = random.Random(seed)
    for _ in range(40):
        name = "".join(source.choice("abc") for _ in range(source.randint(1, 9)))
        distance_max = source.randint(1, 3)
        others = [
            "".join(
                source.choice("abc") for _ in range(source.randint(0, len(name) + distance_max))
            )
            for _ in range(20)
        ]
        expected = [min(by_hand(name, other), distance_max + 1) for other in others]
        assert distances(name, others, distance_max) == expected, (seed, name, others)


def test_nothing_to_compare_with() -> None:
    assert distances("name", [], 2) == []
