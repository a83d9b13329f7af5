import random
from dataclasses import replace

import numpy as np
import pytest

from nanobot_indexer.workspace.file_table import FileTable


def table(identities: dict[str, tuple[int, int, int, int]], *racy: str) -> FileTable:
    paths = tuple(sorted(identities))
    columns = np.array([identities[path] for path in paths], dtype=np.int64).reshape(-1, 4).T
    return FileTable(
        paths,
        columns[0],
        columns[1],
        columns[2],
        columns[3].astype(np.uint64),
        np.array([path in racy for path in paths], dtype=np.bool_),
    )


def check_changes(old: FileTable, new: FileTable) -> tuple[list[str], list[str], list[str]]:
    changes = new.changes_since(old)
    assert changes.are_none == (not (changes.added or changes.changed or changes.removed))
    return (
        [one.path for one in changes.added],
        [one.path for one in changes.changed],
        list(changes.removed),
    )


def test_each_part_of_an_identity_counts() -> None:
    old = table({"a": (1, 2, 3, 4), "b": (1, 2, 3, 4)})

    assert check_changes(old, old) == ([], [], [])
    for place in range(4):
        changed = [1, 2, 3, 4]
        changed[place] += 1
        new = table({"a": (1, 2, 3, 4), "b": (changed[0], changed[1], changed[2], changed[3])})
        assert check_changes(old, new) == ([], ["b"], [])


def test_what_was_racy_counts_as_changed_and_what_is_racy_does_not() -> None:
    files = {"a": (1, 2, 3, 4), "b": (1, 2, 3, 4)}

    assert check_changes(table(files, "b"), table(files)) == ([], ["b"], [])
    assert check_changes(table(files), table(files, "b")) == ([], [], [])


@pytest.mark.parametrize("seed", range(3))
def test_changes_are_those_of_two_dictionaries(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(200):
        old = {
            f"f{number}": (rng.randrange(2), 0, 0, 0) for number in range(8) if rng.random() < 0.7
        }
        new = {
            f"f{number}": (rng.randrange(2), 0, 0, 0) for number in range(8) if rng.random() < 0.7
        }

        assert check_changes(table(old), table(new)) == (
            sorted(new.keys() - old.keys()),
            sorted(path for path in new.keys() & old.keys() if new[path] != old[path]),
            sorted(old.keys() - new.keys()),
        )


def test_files_carry_what_the_table_says() -> None:
    files = table({"a": (1, 2, 3, 4), "b/c": (5, 6, 7, 8)})

    assert [found.path for found in files] == ["a", "b/c"]
    assert files.found(1) == list(files)[1]
    assert (files.found(1).size_bytes, files.found(1).mtime_ns, files.found(1).inode) == (5, 6, 8)
    assert len(replace(files)) == 2
