"""The file of vectors on disk: appended, torn, locked, written anew."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.semantic.vectors import MODEL, block, random_block
from nanobot_indexer.errors import IndexLockedError, IndexWriteError
from nanobot_indexer.semantic.vector_file import Block
from nanobot_indexer.semantic.vector_store import BLOCKS_MAX, VectorStore, vectors_path


def append(store: VectorStore, *blocks: Block) -> None:
    with store.writer(timeout_s=5.0) as writer:
        for one in blocks:
            writer.append(one)


def known(store: VectorStore) -> list[int]:
    keys = [one.keys for one in store.table().blocks]
    return sorted(np.concatenate([np.empty(0, np.uint64), *keys]).tolist())


def test_what_one_store_writes_another_reads(tmp_path: Path) -> None:
    reader = VectorStore(tmp_path, MODEL)
    assert known(reader) == []

    append(VectorStore(tmp_path, MODEL), block({1: (0,)}), block({2: (1, 2)}))
    assert known(reader) == [1, 2]

    append(VectorStore(tmp_path, MODEL), block({3: (3,)}))
    assert known(reader) == [1, 2, 3]
    assert vectors_path(tmp_path).stat().st_mode & 0o777 == 0o600


def test_an_unchanged_file_is_read_once(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, MODEL)
    append(store, block({1: (0,)}))

    assert store.table() is store.table()


def test_vectors_of_another_model_are_replaced(tmp_path: Path) -> None:
    append(VectorStore(tmp_path, bytes(32)), block({1: (0,)}))
    store = VectorStore(tmp_path, MODEL)
    assert known(store) == []

    append(store, block({2: (0,)}))

    assert known(store) == [2]
    assert known(VectorStore(tmp_path, bytes(32))) == []


@pytest.mark.parametrize("lost_bytes", [1, 100, 400, 500])
def test_a_torn_tail_is_left_out_and_written_over(tmp_path: Path, lost_bytes: int) -> None:
    store = VectorStore(tmp_path, MODEL)
    append(store, block({1: (0,)}), block({2: (1,)}))
    path = vectors_path(tmp_path)
    os.truncate(path, path.stat().st_size - lost_bytes)
    left = known(store)
    assert left in ([1], [])

    append(store, block({3: (2,)}))

    assert known(store) == [*left, 3]


def test_a_damaged_block_is_made_again_and_the_others_stay(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, MODEL)
    append(store, block({1: (0,)}), block({2: (1,)}), block({3: (2,)}))
    path = vectors_path(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert known(store) == [1, 3]

    append(store, block({2: (1,)}))

    assert known(store) == [1, 2, 3]
    with store.writer(timeout_s=5.0) as writer:
        assert len(writer.table.blocks) == 1


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, MODEL)

    with (
        store.writer(timeout_s=5.0),
        pytest.raises(IndexLockedError),
        store.writer(timeout_s=0.0),
    ):
        pass

    with store.building(timeout_s=5.0):
        append(store, block({1: (0,)}))
    assert known(store) == [1]


def test_dead_chunks_are_dropped_when_they_are_many(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, MODEL)
    append(store, block({number: (number,) for number in range(10)}))
    size_before = vectors_path(tmp_path).stat().st_size

    with store.writer(timeout_s=5.0) as writer:
        assert not writer.drop_dead(np.arange(2, 12).astype(np.uint64))
        assert writer.drop_dead(np.arange(3, 12).astype(np.uint64))

    assert known(store) == list(range(3, 10))
    assert vectors_path(tmp_path).stat().st_size < size_before


def test_when_everything_is_dead_nothing_is_left(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, MODEL)
    append(store, block({1: (0,)}))

    with store.writer(timeout_s=5.0) as writer:
        assert writer.drop_dead(np.array([9], np.uint64))
        writer.append(block({9: (1,)}))

    assert known(store) == [9]


def test_many_small_blocks_become_one(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, MODEL)
    with store.writer(timeout_s=5.0) as writer:
        for number in range(BLOCKS_MAX + 2):
            writer.append(block({number: (0,)}))
        assert len(writer.table.blocks) <= 2

    assert known(store) == list(range(BLOCKS_MAX + 2))


@pytest.mark.parametrize("name", ["chunks.vectors", "chunks.vectors.tmp"])
def test_a_link_is_neither_read_nor_written_through(tmp_path: Path, name: str) -> None:
    root = tmp_path / "workspace"
    secret = tmp_path / "secret"
    secret.write_bytes(b"untouched")
    (root / ".nanobot" / "index").mkdir(parents=True)
    (root / ".nanobot" / "index" / name).symlink_to(secret)
    store = VectorStore(root, MODEL)

    append(store, block({1: (0,)}))

    assert secret.read_bytes() == b"untouched"
    assert known(store) == [1]
    assert not vectors_path(root).is_symlink()


def test_a_full_disk_keeps_what_is_there(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, MODEL)
    append(store, block({1: (0,)}))
    # A limit on the size of files stands for the disk, and needs an OS process of its own.
    script = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from indexer.semantic.vectors import MODEL, random_block
from nanobot_indexer.errors import IndexWriteError
from nanobot_indexer.semantic.vector_store import VectorStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with VectorStore(Path(sys.argv[1]), MODEL).writer(timeout_s=5.0) as writer:
        writer.append(random_block(np.random.default_rng(1), 50))
except IndexWriteError:
    print("refused")
"""
    tests = Path(__file__).resolve().parents[2]

    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests)},
    )

    assert done.stdout == "refused\n"
    assert known(store) == [1]
    append(store, block({2: (0,)}))
    assert known(store) == [1, 2]


def test_a_folder_that_can_not_be_made_is_an_error_of_writing(tmp_path: Path) -> None:
    (tmp_path / ".nanobot").write_text("in the way")

    with pytest.raises(IndexWriteError):
        append(VectorStore(tmp_path, MODEL), random_block(np.random.default_rng(1), 1))
    assert known(VectorStore(tmp_path, MODEL)) == []
