"""Embedding a workspace: all of it, then only what changed, and stopping in between."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from indexer.semantic.vectors import MODEL
from nanobot_indexer import IndexOptions, ingest, open_index
from nanobot_indexer.errors import IndexLockedError
from nanobot_indexer.semantic.chunk_list import ChunkList
from nanobot_indexer.semantic.embedder import Embedder, EmbeddingError
from nanobot_indexer.semantic.vector_build import (
    BATCH_PASSAGES,
    BuildProgress,
    BuildReport,
    build_vectors,
)
from nanobot_indexer.semantic.vector_store import VectorStore, vectors_path

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

pytestmark = pytest.mark.model


@pytest.fixture
def embedder(open_model: Callable[[], int]) -> Iterator[Embedder]:
    one = Embedder(open_model, niceness=10)
    yield one
    one.close()


def function(name: str, number: int) -> str:
    return f"def {name}():\n" + f"    return {number} * 'a line of text'\n" * 12 + "\n\n"


def build(
    root: Path,
    embedder: Embedder,
    options: IndexOptions,
    progress: Callable[[BuildProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BuildReport:
    ingest(root, options=options)
    with open_index(root) as index:
        store = VectorStore(root, MODEL)
        return build_vectors(index, store, embedder, progress=progress, cancelled=cancelled)


def files(count: int) -> dict[str, str]:
    return {f"m{n}.py": function(f"f{n}", n) for n in range(count)}


def test_all_chunks_are_embedded_once(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    root = write_files(files(12))
    seen: list[BuildProgress] = []

    first = build(root, embedder, options, progress=seen.append)
    content = vectors_path(root).read_bytes()
    second = build(root, embedder, options)

    assert (first.embedded_chunks, first.chunks, first.new_chunks) == (12, 12, 12)
    assert first.is_complete
    assert [one.embedded_chunks for one in seen] == sorted(one.embedded_chunks for one in seen)
    assert seen[-1].embedded_chunks == seen[-1].chunks == 12
    assert (second.new_chunks, second.is_complete) == (0, True)
    assert vectors_path(root).read_bytes() == content


def test_only_what_changed_is_embedded(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    root = write_files(files(8))
    build(root, embedder, options)

    write_files({"m3.py": function("other", 3), "new.py": function("new", 1)})
    (root / "m5.py").unlink()
    report = build(root, embedder, options)

    assert (report.new_chunks, report.embedded_chunks, report.chunks) == (2, 8, 8)


def test_vectors_of_what_is_gone_are_dropped(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    root = write_files(files(8))
    build(root, embedder, options)
    for number in range(4):
        (root / f"m{number}.py").unlink()

    report = build(root, embedder, options)

    assert (report.new_chunks, report.embedded_chunks) == (0, 4)
    assert VectorStore(root, MODEL).table().chunk_count == 4


def test_a_build_that_is_stopped_ends_after_a_batch_and_goes_on_later(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    root = write_files(files(40))
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    first = build(root, embedder, options, cancelled=cancelled)
    second = build(root, embedder, options)

    assert not first.is_complete
    assert 0 < first.new_chunks <= 2 * BATCH_PASSAGES
    assert second.is_complete
    assert first.new_chunks + second.new_chunks == 40


def test_a_batch_that_breaks_the_worker_is_left_out(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    root = write_files(files(40))
    killed: list[int] = []

    def kill_once(progress: BuildProgress) -> None:
        if not killed:
            assert embedder.pid is not None
            killed.append(embedder.pid)
            os.kill(embedder.pid, signal.SIGKILL)

    first = build(root, embedder, options, progress=kill_once)
    second = build(root, embedder, options)

    assert 0 < first.failed_chunks <= BATCH_PASSAGES
    assert first.embedded_chunks == 40 - first.failed_chunks
    assert (second.failed_chunks, second.embedded_chunks) == (0, 40)


def test_a_worker_that_dies_again_and_again_ends_the_build_and_keeps_what_it_did(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions, tmp_path: Path
) -> None:
    root = write_files(files(60))
    mortal = Embedder(lambda: os.open(tmp_path / "gone", os.O_RDONLY), niceness=10)

    with pytest.raises(EmbeddingError, match="no model"):
        build(root, mortal, options)
    mortal.close()
    assert VectorStore(root, MODEL).table().chunk_count == 0

    calls: list[int] = []

    def stop_later() -> bool:
        calls.append(1)
        return len(calls) > 2

    before = build(root, embedder, options, cancelled=stop_later).embedded_chunks
    again = Embedder(lambda: os.open(tmp_path / "gone", os.O_RDONLY), niceness=10)
    with pytest.raises(EmbeddingError, match="no model"):
        build(root, again, options)
    again.close()
    assert VectorStore(root, MODEL).table().chunk_count == before > 0


def test_code_comes_before_its_tests(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    tests = {f"tests/test_{n}.py": function(f"test_{n}", n) for n in range(20)}
    root = write_files(tests | {f"z{n}.py": function(f"z{n}", n) for n in range(3)})
    calls: list[int] = []

    def cancelled() -> bool:
        calls.append(1)
        return len(calls) > 1

    build(root, embedder, options, cancelled=cancelled)

    with open_index(root) as index:
        chunks = ChunkList(index)
        places = VectorStore(root, MODEL).table().places(chunks.keys)
        embedded = {
            chunks.path_of(number).decode() for number, place in enumerate(places) if place >= 0
        }
    assert {"z0.py", "z1.py", "z2.py"} <= embedded


def test_two_do_not_build_at_once(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    root = write_files(files(2))
    ingest(root, options=options)
    store = VectorStore(root, MODEL)

    with (
        open_index(root) as index,
        store.building(timeout_s=5.0),
        pytest.raises(IndexLockedError),
    ):
        build_vectors(index, store, embedder, lock_timeout_s=0.0)


def test_a_rebuilt_file_is_the_same(
    write_files: FilesWriter, embedder: Embedder, options: IndexOptions
) -> None:
    root = write_files(files(6))
    build(root, embedder, options)
    content = vectors_path(root).read_bytes()
    vectors_path(root).unlink()

    build(root, embedder, options)

    assert vectors_path(root).read_bytes() == content
