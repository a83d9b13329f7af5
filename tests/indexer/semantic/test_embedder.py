"""The embedding worker as its parent sees it: vectors, deadlines, deaths."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from nanobot_indexer.semantic.embedder import (
    STARTS_FAILED_MAX,
    Embedder,
    EmbeddingError,
    EmbeddingTimeoutError,
)
from nanobot_indexer.semantic.frames import TEXT_BYTES_MAX, TEXTS_MAX

OpenModel = Callable[[], int]
TIMEOUT_S = 60.0

pytestmark = pytest.mark.model


@pytest.fixture
def embedder(open_model: OpenModel) -> Iterator[Embedder]:
    one = Embedder(open_model, niceness=0)
    yield one
    one.close()


def embedded(embedder: Embedder, *texts: str) -> np.ndarray:
    return embedder.vectors(texts, tokens_max=128, timeout_s=TIMEOUT_S)


def test_texts_become_vectors_of_length_one(embedder: Embedder) -> None:
    vectors = embedded(embedder, "open a file", "def close(file): ...", "")

    assert vectors.shape == (3, 384)
    assert np.allclose((vectors * vectors).sum(axis=1), 1.0, atol=1e-5)


def test_a_text_has_the_same_vector_in_any_company(embedder: Embedder) -> None:
    alone = embedded(embedder, "read the configuration")
    among = embedded(embedder, "something else", "read the configuration", "x" * 5_000)

    assert np.array_equal(alone[0], among[1])


@pytest.mark.parametrize(
    "text",
    ["\x00" * 100, "\ud800\udfff", "(" * TEXT_BYTES_MAX, "日本" * 9_000, "a" * 100_000, "🙂" * 400],
)
def test_no_text_is_too_odd(embedder: Embedder, text: str) -> None:
    pid_before = embedded(embedder, "warm").size and embedder.pid

    vectors = embedder.vectors([text] * TEXTS_MAX, tokens_max=32, timeout_s=TIMEOUT_S)

    assert np.allclose((vectors * vectors).sum(axis=1), 1.0, atol=1e-5)
    assert embedder.pid == pid_before


def test_a_killed_worker_is_replaced(embedder: Embedder) -> None:
    embedded(embedder, "first")
    assert embedder.pid is not None
    os.kill(embedder.pid, signal.SIGKILL)

    with pytest.raises(EmbeddingError, match="killed by SIGKILL"):
        embedded(embedder, "second")

    assert embedded(embedder, "third").shape == (1, 384)


def test_a_stopped_worker_is_killed_at_the_deadline(embedder: Embedder) -> None:
    embedded(embedder, "first")
    pid = embedder.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)

    with pytest.raises(EmbeddingTimeoutError, match="no answer within"):
        embedder.vectors(["second"], tokens_max=128, timeout_s=0.2)

    assert not psutil.pid_exists(pid)
    assert embedded(embedder, "third").shape == (1, 384)


def test_close_ends_a_request_that_another_thread_waits_for(open_model: OpenModel) -> None:
    embedder = Embedder(open_model, niceness=0)
    embedded(embedder, "first")
    assert embedder.pid is not None
    os.kill(embedder.pid, signal.SIGSTOP)
    errors: list[EmbeddingError] = []

    def ask() -> None:
        try:
            embedded(embedder, "second")
        except EmbeddingError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.05)
    embedder.close()
    thread.join(timeout=TIMEOUT_S)

    assert [error.reason for error in errors] == ["killed by SIGKILL"]
    with pytest.raises(EmbeddingError, match="closed"):
        embedded(embedder, "third")


def test_a_file_that_is_no_model_is_given_up(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.embedder"
    wrong.write_bytes(b"\xff" * 4_096)
    opened: list[int] = []

    def open_wrong() -> int:
        opened.append(os.open(wrong, os.O_RDONLY))
        return opened[-1]

    embedder = Embedder(open_wrong, niceness=0)
    for _ in range(STARTS_FAILED_MAX):
        with pytest.raises(EmbeddingError, match="ModelUnusableError"):
            embedded(embedder, "text")
    with pytest.raises(EmbeddingError, match="the next try is in a minute"):
        embedded(embedder, "text")
    embedder.close()

    assert len(opened) == STARTS_FAILED_MAX


def test_a_worker_without_memory_is_given_up(open_model: OpenModel) -> None:
    embedder = Embedder(open_model, niceness=0, memory_bytes_max=48 * 1024 * 1024)

    with pytest.raises(EmbeddingError, match="embedding: "):
        embedded(embedder, "text")

    embedder.close()


def test_a_worker_has_its_limits_and_keeps_descriptor_1_clean(embedder: Embedder) -> None:
    embedded(embedder, "text")
    worker = psutil.Process(embedder.pid)

    assert worker.nice() == 0
    assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    descriptors = Path(f"/proc/{worker.pid}/fd")
    assert (descriptors / "1").readlink() == (descriptors / "2").readlink()
    assert worker.num_threads() == 1
    assert worker.memory_info().rss < 400 * 1024 * 1024
