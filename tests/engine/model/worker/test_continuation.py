"""A worker that keeps what it read: with a real, small model, stopped and killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import Role, Tier, load_catalogue
from nanobot_engine.model.errors import (
    ModelMissingError,
    PoisonRequestError,
    PromptTooLongError,
    WaveRefusedError,
)
from nanobot_engine.model.worker.continuation import ContinuationWorker, Continued
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS

pytestmark = pytest.mark.model

OPTIONS = replace(
    DEFAULT_MODEL_OPTIONS,
    slots=2,
    context_tokens_per_slot=512,
    threads=2,
    batch_tokens=32,
    nice=0,
)
ENTRY = load_catalogue().for_role(Tier.POTATO, Role.MEMORY)
TEXT = "The cat sat on the mat and looked at the rain. " * 12
Scenario = Callable[[ContinuationWorker], Awaitable[None]]


def check(models_dir: Path, tmp_path: Path, scenario: Scenario, *, idle_s: float = 600.0) -> None:
    """Run a scenario on a fresh worker."""

    async def run() -> None:
        worker = ContinuationWorker(
            "completion",
            ENTRY,
            models_dir=models_dir,
            runtime_dir=tmp_path,
            options=OPTIONS,
            idle_s=idle_s,
        )
        try:
            await scenario(worker)
        finally:
            await worker.close()

    asyncio.run(run())
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []  # No folder stays behind.


async def continued(
    worker: ContinuationWorker,
    text: str,
    *,
    slot: int = 0,
    tokens_max: int = 8,
    wants_more: Callable[[str], bool] = lambda _text: True,
    grammar: str | None = None,
) -> Continued:
    tokens = await worker.tokens_of(text)
    return await worker.continued(
        tokens, slot=slot, tokens_max=tokens_max, wants_more=wants_more, grammar=grammar
    )


def test_only_what_is_new_is_read(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        first = await continued(worker, TEXT)
        longer = await continued(worker, f"{TEXT}Then")
        other_slot = await continued(worker, TEXT, slot=1)

        assert first.cached_tokens == 0
        assert longer.prompt_tokens - longer.cached_tokens <= 3
        assert other_slot.cached_tokens == 0
        assert other_slot.text == first.text
        assert 0 < first.tokens <= 8
        assert first.mean_logprob is not None
        assert first.mean_logprob < 0

    check(models_dir, tmp_path, scenario)


def test_reading_beforehand_counts(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        tokens = await worker.tokens_of(TEXT)
        await worker.read(tokens, slot=1)

        assert worker.unread(tokens, slot=1) <= OPTIONS.batch_tokens
        assert worker.unread(tokens, slot=0) == len(tokens)
        said = await continued(worker, TEXT, slot=1)
        assert said.prompt_tokens - said.cached_tokens <= OPTIONS.batch_tokens
        assert said.text == (await continued(worker, TEXT, slot=0)).text

    check(models_dir, tmp_path, scenario)


def test_who_reads_decides_when_it_is_enough(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        seen: list[str] = []

        def wants_more(text: str) -> bool:
            seen.append(text)
            return len(seen) < 3

        said = await continued(worker, TEXT, tokens_max=200, wants_more=wants_more)

        assert (len(seen), said.text) == (3, seen[-1])
        assert not said.is_ended
        # The worker is free at once, and what it read still counts.
        again = await asyncio.wait_for(continued(worker, TEXT), 10)
        assert again.text.startswith(said.text[:4])
        assert again.prompt_tokens - again.cached_tokens <= 1

    check(models_dir, tmp_path, scenario)


def test_a_grammar_is_kept(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        said = await continued(worker, TEXT, grammar='root ::= " \\"Zebra" [^\\x00]*')

        assert said.text.startswith(' "Zebra')

    check(models_dir, tmp_path, scenario)


def test_a_cancelled_request_frees_the_worker(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        await continued(worker, TEXT)
        number = worker.pid
        has_begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wants_more(_text: str) -> bool:
            loop.call_soon_threadsafe(has_begun.set)
            return True

        asking = asyncio.create_task(continued(worker, TEXT, tokens_max=150, wants_more=wants_more))
        await has_begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

        assert (await asyncio.wait_for(continued(worker, f"{TEXT}Then"), 20)).text
        assert worker.pid == number

    check(models_dir, tmp_path, scenario)


def test_a_killed_worker_is_replaced_and_the_request_answered(
    models_dir: Path, tmp_path: Path
) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        expected = await continued(worker, TEXT, tokens_max=24)
        first = worker.pid
        assert first is not None
        killed = False

        def kill_once(_text: str) -> bool:
            nonlocal killed
            if not killed:
                killed = True
                os.kill(first, signal.SIGKILL)
                time.sleep(0.2)  # In the thread that reads: it has something to lose.
            return True

        said = await continued(worker, TEXT, tokens_max=24, wants_more=kill_once)

        assert said.text == expected.text
        assert worker.pid != first
        assert worker.restarts == 1

    check(models_dir, tmp_path, scenario)


def test_a_prompt_that_breaks_the_worker_twice_is_given_up(
    models_dir: Path, tmp_path: Path
) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        await continued(worker, TEXT)

        def kill(_text: str) -> bool:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            time.sleep(0.2)
            return True

        with pytest.raises(PoisonRequestError):
            await continued(worker, f"{TEXT}Then", tokens_max=24, wants_more=kill)
        with pytest.raises(PoisonRequestError, match="given up before"):
            await continued(worker, f"{TEXT}Then", tokens_max=24)
        assert (await continued(worker, TEXT)).text

    check(models_dir, tmp_path, scenario)


def test_what_does_not_fit_is_not_sent(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        tokens = await worker.tokens_of(TEXT * 8)
        with pytest.raises(PromptTooLongError):
            await worker.continued(tokens, slot=0, tokens_max=8, wants_more=lambda _text: True)
        with pytest.raises(WaveRefusedError):
            await worker.continued([1], slot=2, tokens_max=8, wants_more=lambda _text: True)
        with pytest.raises(WaveRefusedError):
            await continued(worker, "a", grammar="no grammar")

    check(models_dir, tmp_path, scenario)


def test_it_leaves_when_nobody_asks_and_comes_back(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        assert worker.pid is None
        first = await continued(worker, TEXT)
        assert worker.memory_bytes() > 0
        async with asyncio.timeout(20):
            while worker.pid is not None:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)

        again = await continued(worker, TEXT)

        assert again.text == first.text
        assert again.cached_tokens == 0

    check(models_dir, tmp_path, scenario, idle_s=0.3)


def test_special_tokens_are_text_unless_they_are_ours(models_dir: Path, tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        as_text = await worker.tokens_of("<|im_end|>")
        as_token = await worker.tokens_of("<|im_end|>", special=True)

        assert len(as_token) == 1
        assert len(as_text) > 1

    check(models_dir, tmp_path, scenario)


def test_a_missing_model_says_what_to_run(tmp_path: Path) -> None:
    async def scenario(worker: ContinuationWorker) -> None:
        with pytest.raises(ModelMissingError, match="run 'nanobot setup'"):
            await continued(worker, TEXT)

    check(tmp_path / "none", tmp_path, scenario)
