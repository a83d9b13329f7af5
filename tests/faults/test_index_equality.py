"""An index that grew by changes says what one says that was made at once.

`NANOBOT_LONG_TESTS=1` makes many more trials; `NANOBOT_TEST_SEED` repeats one.
"""

import time
from pathlib import Path

import pytest

from nanobot_indexer import IndexOptions, ParsePool, ingest, open_index
from support.changing_tree import QUERIES, change_tree, write_tree
from support.index_twin import IS_LONG, check_no_left_overs, clean_build, dump_at, hits_of, seeded

ROUNDS = 600 if IS_LONG else 25


@pytest.mark.timeout(7200 if IS_LONG else 300)
def test_random_changes_lead_to_what_a_clean_build_has(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    draw = seeded()
    root = memory_path / "grown"
    root.mkdir()
    write_tree(root, draw, 40)
    done: list[str] = []
    for _ in range(ROUNDS):
        if draw.random() < 0.3:
            # Old enough that time stamps prove what did not change.
            time.sleep(0.03)
        ingest(root, options=options, pool=pool)
        if draw.random() < 0.2:
            write_tree(root, draw, 50)
        done = [change_tree(root, draw) for _ in range(draw.randrange(1, 7))]
        ingest(root, options=options, pool=pool)

        clean = clean_build(root, memory_path / "clean", options, pool)
        assert dump_at(root) == dump_at(clean), done
        with open_index(root) as grown, open_index(clean) as made:
            assert hits_of(grown, QUERIES) == hits_of(made, QUERIES), done
            assert grown.manifest.file_count == len(grown.files) == len(made.files)
            assert grown.manifest.definition_count == made.manifest.definition_count
            assert grown.manifest.text_bytes == made.manifest.text_bytes
        check_no_left_overs(root)
