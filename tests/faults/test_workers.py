"""Model workers that die, hang, lie, spy and hoard: contained, replaced, and the same answers.

`NANOBOT_LONG_TESTS=1` does everything a hundred times; the figures are printed.
"""

import asyncio
import json
import os
import random
import resource
import signal
import socket
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from nanobot_engine.landlock import SIGNALS_VERSION, TCP_VERSION, landlock_version
from nanobot_engine.model.catalogue.catalogue import Role, Tier, load_catalogue
from nanobot_engine.model.errors import PoisonRequestError, WorkerFailedError
from nanobot_engine.model.prompt.families import CHATML
from nanobot_engine.model.wave import Wave
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS
from nanobot_engine.model.worker.supervisor import ModelWorker, WorkerState
from support.evil_worker import EvilWorkers, entry_of, right_answer, wave
from support.gguf_file import damaged, gguf_bytes, header_size
from support.tiny_model import tiny_model

IS_LONG = bool(os.environ.get("NANOBOT_LONG_TESTS"))
TIMES = 100 if IS_LONG else 1
SEED = 20261123
OPTIONS = replace(DEFAULT_MODEL_OPTIONS, slots=4, context_tokens_per_slot=512, threads=2)
TIMEOUT_S = 60.0
# What each deed is called in the log, so that a person knows what happened.
WORDS = {
    "killed": "SIGKILL",
    "segfault": "SIGSEGV",
    "abort": "SIGABRT",
    "bus-error": "SIGBUS",
    "exit": "ended with code 3",
    "garbage": "no answer from the worker",
    "nonsense": "no sound",
    "deep": "no answer from the worker",
    "huge": "longer than",
    "half": "no answer from the worker",
    "memory": "it needs more than 576 MiB of memory",
    "stopped": "stopped by a signal",
    "loop": "of processor time",
    "deadlock": "does nothing with its request",
    "interpreter-lock": "no heartbeat",
}
QUICK = ("killed", "segfault", "abort", "bus-error", "exit", "garbage", "nonsense", "deep", "huge",
         "half", "memory")  # fmt: skip
HANGING = ("stopped", "loop", "deadlock", "interpreter-lock")


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EvilWorkers:
    return EvilWorkers.in_folder(tmp_path / "evil", monkeypatch, OPTIONS)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario, and see that it leaves nothing behind."""
    here = psutil.Process()
    fds, children = here.num_fds(), set(here.children())

    asyncio.run(scenario())

    assert set(here.children(recursive=True)) == children
    assert here.num_fds() == fds


def show(seconds_by_deed: dict[str, list[float]]) -> None:
    for deed, seconds in seconds_by_deed.items():
        p50, most = statistics.median(seconds), max(seconds)
        line = f"{deed}: {len(seconds)} times, p50 {p50:.2f} s, max {most:.2f} s"
        print(line)  # noqa: T201 - figures of a long run


def check_deeds(
    evil: EvilWorkers, deeds: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """Do deeds one after the other, each at the second wave of its worker."""
    worker = evil.worker([*deeds, "sound"])
    seconds: dict[str, list[float]] = defaultdict(list)

    async def scenario() -> None:
        try:
            first = wave(0)
            result = await worker.generate(first, timeout_s=TIMEOUT_S)
            assert [[one.text for one in row] for row in result.samples] == right_answer(first)
            for number, deed in enumerate(deeds, 1):
                caplog.clear()
                asked = wave(number)
                started = time.monotonic()
                result = await worker.generate(asked, timeout_s=TIMEOUT_S)
                seconds[deed].append(time.monotonic() - started)
                assert [[one.text for one in row] for row in result.samples] == right_answer(asked)
                lost = [one.getMessage() for one in caplog.records if "lost" in one.message]
                assert len(lost) == 1, (deed, lost)
                assert WORDS[deed] in lost[0], (deed, lost)
            assert worker.status().restarts == len(deeds)
        finally:
            await worker.close()

    run(scenario)
    show(seconds)
    assert [one.name for one in evil.runtime_dir.iterdir()] == ["memory.log"]


@pytest.mark.timeout(3_600 if IS_LONG else 120)
def test_a_worker_that_dies_or_lies_is_replaced_and_the_wave_answered(
    evil: EvilWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    check_deeds(evil, QUICK * TIMES, caplog)


@pytest.mark.timeout(7_200 if IS_LONG else 120)
@pytest.mark.parametrize("deed", HANGING)
def test_a_worker_that_hangs_is_noticed_and_replaced(
    evil: EvilWorkers, caplog: pytest.LogCaptureFixture, deed: str
) -> None:
    check_deeds(evil, (deed,) * TIMES, caplog)


def test_a_worker_that_can_not_beat_while_it_loads_is_left_alone(evil: EvilWorkers) -> None:
    worker = evil.worker(["locked-start", "garbled-start"])

    async def scenario() -> None:
        try:
            result = await worker.generate(wave(1), timeout_s=TIMEOUT_S)
        finally:
            await worker.close()
        assert [[one.text for one in row] for row in result.samples] == right_answer(wave(1))

    run(scenario)
    assert (evil.folder / "starts").stat().st_size == 1


@pytest.mark.parametrize("deed", ["garbled-start", "endless-start", "stopped-start"])
def test_a_worker_that_goes_wrong_while_it_starts_is_started_again(
    evil: EvilWorkers, deed: str
) -> None:
    worker = evil.worker([deed, "sound"])

    async def scenario() -> None:
        try:
            result = await worker.generate(wave(1), timeout_s=TIMEOUT_S)
        finally:
            await worker.close()
        assert [[one.text for one in row] for row in result.samples] == right_answer(wave(1))

    run(scenario)


def test_a_worker_that_is_never_ready_is_given_up(evil: EvilWorkers) -> None:
    # The time to load grows with the file, and this file is tiny: nothing loads in it.
    options = replace(OPTIONS, start_timeout_s=0.0, restarts_max=2)
    worker = replace(evil, options=options).worker(["sound"])

    async def scenario() -> None:
        try:
            with pytest.raises(WorkerFailedError, match="did not load its model within"):
                await worker.start()
            assert worker.status().state is WorkerState.FAILED
        finally:
            await worker.close()

    run(scenario)


def test_a_wave_that_breaks_two_workers_is_given_up_and_remembered(evil: EvilWorkers) -> None:
    # Its third worker would be sound, and never sees the wave.
    worker = evil.worker(["first-segfault", "first-segfault", "sound"])

    async def scenario() -> None:
        try:
            with pytest.raises(PoisonRequestError, match="SIGSEGV"):
                await worker.generate(wave(1), timeout_s=TIMEOUT_S)
            with pytest.raises(PoisonRequestError, match="given up before"):
                await worker.generate(wave(1), timeout_s=TIMEOUT_S)
            other = await worker.generate(wave(2), timeout_s=TIMEOUT_S)
            assert [[one.text for one in row] for row in other.samples] == right_answer(wave(2))
            assert worker.status().restarts == 2
        finally:
            await worker.close()

    run(scenario)


def test_a_worker_reaches_nothing_but_its_own(evil: EvilWorkers, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    secret = home / "secret"
    secret.write_text("kept")
    worker = evil.worker(["spy"])
    spied: dict[str, str] = {}

    async def scenario() -> None:
        try:
            await worker.start()
            (report,) = evil.runtime_dir.glob("memory-*/spied.json")
            spied.update(json.loads(report.read_text()))
            walls = worker.status().sandbox
        finally:
            await worker.close()
        if landlock_version() == 0:
            assert "all files of the user" in walls
            return
        assert "own files only" in walls
        assert ("no network" in walls) == (spied["send by UDP"] != "done")

    with socket.create_server(("127.0.0.1", 0)) as server:
        evil.aim(secret, server.getsockname()[1])
        run(scenario)

    assert spied["write its own folder"] == "done"
    if landlock_version() == 0:
        return
    files = {name: how for name, how in spied.items() if "user" in name or "others" in name}
    assert files == dict.fromkeys(files, "PermissionError")
    assert spied["run a program"] == "PermissionError"
    assert list(home.iterdir()) == [secret]
    assert secret.read_text() == "kept"
    if landlock_version() >= TCP_VERSION:
        assert spied["connect by TCP"] != "done"
        assert spied["listen by TCP"] != "done"
    if landlock_version() >= SIGNALS_VERSION:
        assert spied["signal its parent"] == "PermissionError"


ENTRY = load_catalogue().for_role(Tier.POTATO, Role.MEMORY)
LONG_WAVE = Wave(
    prefix=CHATML.prefix("You tell short stories."),
    prompts=(CHATML.prompt("Tell me about a cat."), CHATML.prompt("Tell me about the sea.")),
    samples=2,
    tokens_max=48,
    temperature=0.8,
    seed=42,
)
SIGNALS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGABRT)


def check_signals(worker: ModelWorker, asked: Wave, times: int) -> None:
    """Send signals to a worker in the middle of a wave; its answer stays the same."""
    print(f"seed {SEED}")  # noqa: T201 - for who repeats it
    chance = random.Random(SEED)
    seconds: dict[str, list[float]] = defaultdict(list)

    async def scenario() -> None:
        try:
            undisturbed = await worker.generate(asked, timeout_s=TIMEOUT_S)
            limits = worker.status()
            assert limits.pid is not None
            assert resource.prlimit(limits.pid, resource.RLIMIT_CORE) == (0, 0)
            assert ("own files only" in limits.sandbox) == (landlock_version() > 0)
            for number in SIGNALS * times:
                await worker.start()  # The one before may have been struck when it was done.
                task = asyncio.create_task(worker.generate(asked, timeout_s=TIMEOUT_S))
                await asyncio.sleep(chance.uniform(0.05, 0.8) * undisturbed.seconds)
                pid = worker.status().pid
                assert pid is not None
                os.kill(pid, number)
                struck = time.monotonic()
                result = await task
                took_s = time.monotonic() - struck - undisturbed.seconds
                seconds[signal.Signals(number).name].append(took_s)
                assert result.samples == undisturbed.samples
        finally:
            await worker.close()

    run(scenario)
    show(seconds)


@pytest.mark.timeout(3_600 if IS_LONG else 120)
def test_a_wave_is_the_same_whatever_happens_to_its_worker(tmp_path: Path) -> None:
    worker = ModelWorker(
        Role.MEMORY,
        entry_of("tiny", tiny_model(), tmp_path),
        models_dir=tmp_path,
        runtime_dir=tmp_path / "run",
        options=OPTIONS,
    )

    check_signals(worker, replace(LONG_WAVE, tokens_max=300), TIMES)

    assert [one.name for one in (tmp_path / "run").iterdir()] == ["memory.log"]


@pytest.mark.model
@pytest.mark.timeout(3_600 if IS_LONG else 120)
def test_a_wave_of_a_real_model_is_the_same_whatever_happens(
    models_dir: Path, tmp_path: Path
) -> None:
    worker = ModelWorker(
        Role.MEMORY, ENTRY, models_dir=models_dir, runtime_dir=tmp_path, options=OPTIONS
    )

    check_signals(worker, LONG_WAVE, TIMES)

    assert [one.name for one in tmp_path.iterdir()] == ["memory.log"]


@pytest.mark.timeout(3_600 if IS_LONG else 120)
def test_a_damaged_model_harms_its_worker_only(tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201 - for who repeats it
    chance = random.Random(SEED)
    raw = gguf_bytes()
    outcomes: dict[str, int] = defaultdict(int)

    async def scenario() -> None:
        for _ in range(500 if IS_LONG else 5):
            mutant = damaged(raw, header_size(raw), chance)
            worker = mutant_worker(tmp_path, mutant)
            try:
                await worker.start()
                outcomes["loaded"] += 1
            except WorkerFailedError as error:
                outcomes[str(error).partition(";")[0][:80]] += 1
            finally:
                await worker.close()

    run(scenario)
    print(dict(outcomes))  # noqa: T201 - figures of a long run
    assert not [one for one in tmp_path.iterdir() if one.is_dir()]


def mutant_worker(folder: Path, raw: bytes) -> ModelWorker:
    return ModelWorker(
        Role.MEMORY,
        entry_of("mutant", raw, folder),
        models_dir=folder,
        runtime_dir=folder,
        options=replace(OPTIONS, restarts_max=1),
    )
