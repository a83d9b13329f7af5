import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from nanobot_indexer import IndexOptions, IngestCancelledError, Language
from nanobot_indexer.live_parsers import LiveParsers
from nanobot_indexer.syntax.parse_worker import Parsed, ParseWorkerError


@pytest.fixture
def parsers(options: IndexOptions, tmp_path: Path) -> Iterator[LiveParsers]:
    made = LiveParsers(tmp_path, replace(options, parse_workers=1))
    yield made
    made.close()


def parsed(parsers: LiveParsers, text: bytes = b"x = 1\n") -> Parsed | ParseWorkerError:
    with parsers.used() as pool:
        return pool.submit(text, Language.PYTHON).result()


def workers() -> set[psutil.Process]:
    return set(psutil.Process().children())


def test_a_worker_comes_with_the_first_text_and_stays(parsers: LiveParsers) -> None:
    before = workers()
    with parsers.used():
        is_none = workers() == before
    assert isinstance(parsed(parsers), Parsed)
    (first,) = workers() - before
    parsed(parsers)

    assert is_none
    assert workers() - before == {first}


def test_workers_end_when_nobody_needs_them(parsers: LiveParsers) -> None:
    before = workers()
    parsed(parsers)
    with parsers.used():
        is_resting = [parsers.rest(idle_s=0.0)]
    is_resting += [parsers.rest(idle_s=3600.0), parsers.rest(idle_s=0.0)]
    left = workers()

    assert is_resting == [False, False, True]
    assert left <= before
    assert isinstance(parsed(parsers), Parsed)


def test_nobody_gets_workers_after_the_end(parsers: LiveParsers) -> None:
    before = workers()
    parsed(parsers)
    parsers.close()

    with pytest.raises(IngestCancelledError), parsers.used():
        pass
    assert workers() <= before
    parsers.close()


def test_who_uses_them_at_the_end_is_told_and_leaves_none(parsers: LiveParsers) -> None:
    before = workers()
    parsed(parsers)
    began = threading.Event()
    ended: list[BaseException] = []

    def use() -> None:
        try:
            with parsers.used() as pool:
                began.set()
                while True:
                    pool.submit(b"x = 1\n" * 100, Language.PYTHON).result()
        except IngestCancelledError as error:
            ended.append(error)

    thread = threading.Thread(target=use, daemon=True)
    thread.start()
    began.wait()
    started = time.monotonic()
    parsers.close()
    thread.join()

    assert time.monotonic() - started < 20.0
    assert len(ended) == 1
    assert workers() <= before


def test_an_error_of_the_user_stays_what_it_is(parsers: LiveParsers) -> None:
    with pytest.raises(RuntimeError, match="not ours"), parsers.used():
        raise RuntimeError("not ours")
