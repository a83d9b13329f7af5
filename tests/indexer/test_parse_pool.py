import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from nanobot_indexer import IndexOptions, Language, SkipReason
from nanobot_indexer.syntax.parse_pool import ParsePool
from nanobot_indexer.syntax.parse_worker import Parsed, ParseWorker, ParseWorkerError
from nanobot_indexer.syntax.table import SyntaxBatch

SOURCE = b"def f():\n    pass\n"


def names(outcome: Parsed | ParseWorkerError) -> list[str]:
    assert isinstance(outcome, Parsed)
    return [one.name for one in outcome.definitions]


def failure(outcome: Parsed | ParseWorkerError) -> SkipReason:
    assert isinstance(outcome, ParseWorkerError)
    return outcome.reason


def only_first(act: Callable[[ParseWorker], None]) -> Callable[[ParseWorker], None]:
    workers: list[int] = []

    def on_start(worker: ParseWorker) -> None:
        workers.append(worker.pid)
        if len(workers) == 1:
            act(worker)

    return on_start


def reply_pipe_of(worker: ParseWorker) -> Path:
    """Return a path to the worker's end of the pipe it answers on."""
    inode = os.fstat(worker.reply_fd).st_ino
    for entry in Path(f"/proc/{worker.pid}/fd").iterdir():
        if entry.stat().st_ino == inode:
            return entry
    raise AssertionError("the worker has no such pipe")


def test_a_worker_parses(options: IndexOptions) -> None:
    with ParsePool(options) as pool:
        futures = [pool.submit(SOURCE, Language.PYTHON) for _ in range(3)]

        assert [names(future.result()) for future in futures] == [["f"]] * 3


def test_a_worker_loads_no_numpy(options: IndexOptions) -> None:
    maps: list[str] = []
    with ParsePool(
        options, on_start=lambda one: maps.append(Path(f"/proc/{one.pid}/maps").read_text())
    ) as pool:
        pool.submit(SOURCE, Language.PYTHON).result()

    assert "tree_sitter" in maps[0]
    assert "numpy" not in maps[0]


def test_data_needs_no_worker(options: IndexOptions) -> None:
    workers: list[int] = []
    with ParsePool(options, on_start=lambda one: workers.append(one.pid)) as pool:
        outcome = pool.submit(b'{"a": 1}', Language.JSON).result()

    assert names(outcome) == []
    assert workers == []


def test_definitions_and_imports_come_back(options: IndexOptions) -> None:
    source = b"import a.b\n\nclass C:\n    def m(self):\n        'Does it.'\n"
    with ParsePool(options) as pool:
        outcome = pool.submit(source, Language.PYTHON).result()

    assert isinstance(outcome, Parsed)
    assert [one.qualified_name for one in outcome.definitions] == ["C", "C.m"]
    assert [one.name for one in outcome.table.import_ranges()] == ["a.b"]
    method = outcome.table.rows[1]
    assert source[method["docstring_start_byte"] : method["docstring_end_byte"]] == b"'Does it.'"


def test_a_killed_worker_is_replaced(options: IndexOptions) -> None:
    kill = only_first(lambda worker: os.kill(worker.pid, signal.SIGKILL))
    with ParsePool(options, on_start=kill) as pool:
        first = pool.submit(SOURCE, Language.PYTHON).result()
        second = pool.submit(SOURCE, Language.PYTHON).result()

    assert failure(first) is SkipReason.PARSE_CRASHED
    assert "SIGKILL" in str(first)
    assert names(second) == ["f"]


def test_a_hanging_worker_is_killed_and_replaced(options: IndexOptions) -> None:
    pids: list[int] = []

    def stop(worker: ParseWorker) -> None:
        pids.append(worker.pid)
        os.kill(worker.pid, signal.SIGSTOP)

    impatient = replace(options, parse_timeout_s=0.5)
    with ParsePool(impatient, on_start=only_first(stop)) as pool:
        # More than a pipe holds, so that sending hangs too.
        first = pool.submit(SOURCE * 100_000, Language.PYTHON).result()

        assert failure(first) is SkipReason.PARSE_TIMED_OUT
        assert not psutil.pid_exists(pids[0])
    with ParsePool(options) as pool:
        assert names(pool.submit(SOURCE, Language.PYTHON).result()) == ["f"]


def test_a_worker_that_answers_garbage_is_replaced(options: IndexOptions) -> None:
    def garble(worker: ParseWorker) -> None:
        reply_pipe_of(worker).write_bytes(b"\xff" * 64)

    with ParsePool(options, on_start=only_first(garble)) as pool:
        first = pool.submit(SOURCE, Language.PYTHON).result()
        second = pool.submit(SOURCE, Language.PYTHON).result()

    assert failure(first) is SkipReason.PARSE_GARBLED
    assert names(second) == ["f"]


def test_texts_are_parsed_in_one_go(options: IndexOptions) -> None:
    texts = [b"def a(): pass\n", b"x = (\n", b"class C:\n    def m(self): pass\n"]
    with ParsePool(options) as pool:
        (batch,) = pool.submit_batch(texts, Language.PYTHON).result()

    assert isinstance(batch, SyntaxBatch)
    found = [
        [one.qualified_name for one in batch.table(number).definitions(text)]
        for number, text in enumerate(texts)
    ]
    assert found == [["a"], [], ["C", "C.m"]]
    assert [batch.has_errors(number) for number in range(3)] == [False, True, False]


def test_one_text_that_ends_a_worker_takes_no_other_along(options: IndexOptions) -> None:
    tight = replace(options, parse_memory_bytes_max=48 * 1024 * 1024)
    poison = b"x = [\n" + b"1,\n" * 600_000 + b"]\n"
    pids: list[int] = []
    with ParsePool(tight, on_start=lambda one: pids.append(one.pid)) as pool:
        answers = pool.submit_batch([SOURCE, poison, SOURCE], Language.PYTHON).result()

    assert isinstance(answers[1], ParseWorkerError)
    assert answers[1].reason is SkipReason.PARSE_CRASHED
    for answer in (answers[0], answers[2]):
        assert isinstance(answer, SyntaxBatch)
        assert [one.name for one in answer.table(0).definitions(SOURCE)] == ["f"]
    # It was asked with the others once, and alone once.
    assert len(pids) == 3


def test_texts_that_are_too_slow_together_are_parsed_alone(options: IndexOptions) -> None:
    stop = only_first(lambda worker: os.kill(worker.pid, signal.SIGSTOP))
    impatient = replace(options, parse_timeout_s=2.0)
    with ParsePool(impatient, on_start=stop) as pool:
        answers = pool.submit_batch([SOURCE, SOURCE], Language.PYTHON).result()

    assert [isinstance(answer, SyntaxBatch) for answer in answers] == [True, True]


def test_a_closed_pool_gives_up_on_every_text(options: IndexOptions) -> None:
    pool = ParsePool(options)
    with pool:
        hostile = pool.submit_batch([b"(\n" * 500_000, SOURCE], Language.JAVASCRIPT)
        time.sleep(0.3)

    assert [failure(one) for one in hostile.result() if isinstance(one, ParseWorkerError)] == [
        SkipReason.PARSE_CRASHED
    ] * 2


def test_a_print_to_descriptor_1_is_no_answer(options: IndexOptions) -> None:
    def stray_print(worker: ParseWorker) -> None:
        # Where the worker's own descriptor 1 leads: not to the pipe.
        assert Path(f"/proc/{worker.pid}/fd/1").stat().st_ino != os.fstat(worker.reply_fd).st_ino

    with ParsePool(options, on_start=stray_print) as pool:
        assert names(pool.submit(SOURCE, Language.PYTHON).result()) == ["f"]


def test_a_worker_out_of_memory_dies_alone(options: IndexOptions) -> None:
    tight = replace(options, parse_memory_bytes_max=16 * 1024 * 1024)
    with ParsePool(tight) as pool:
        outcome = pool.submit(b"x = [\n" + b"1,\n" * 600_000 + b"]\n", Language.PYTHON).result()

    assert failure(outcome) is SkipReason.PARSE_CRASHED


def test_hostile_nesting_does_not_reach_the_parent(options: IndexOptions) -> None:
    impatient = replace(options, parse_timeout_s=1.0)
    with ParsePool(impatient) as pool:
        hostile = pool.submit(b"(\n" * 500_000, Language.JAVASCRIPT).result()

        assert failure(hostile) in {SkipReason.PARSE_TIMED_OUT, SkipReason.PARSE_CRASHED}


def test_closing_kills_a_busy_worker_at_once(options: IndexOptions) -> None:
    pids: list[int] = []
    pool = ParsePool(options, on_start=lambda worker: pids.append(worker.pid))
    future = pool.submit(b"(\n" * 500_000, Language.JAVASCRIPT)
    while not pids:
        time.sleep(0.01)

    started = time.monotonic()
    pool.close()

    assert time.monotonic() - started < 20
    assert failure(future.result()) is SkipReason.PARSE_CRASHED
    assert not psutil.pid_exists(pids[0])


def test_workers_die_with_their_parent() -> None:
    script = """
        import os, signal
        from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Language
        from nanobot_indexer.syntax.parse_pool import ParsePool
        pool = ParsePool(DEFAULT_INDEX_OPTIONS, on_start=lambda one: print(one.pid, flush=True))
        pool.submit(b"x = 1", Language.PYTHON).result()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, check=False
    )
    pid = int(done.stdout)

    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert done.returncode == -signal.SIGKILL
