"""What every provider keeps, tried on each of them with a real model."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nanobot_engine.model.catalogue.catalogue import Role, Tier, load_catalogue
from nanobot_engine.model.errors import (
    PromptTooLongError,
    WaveRefusedError,
    WaveTimeoutError,
    WorkerFailedError,
)
from nanobot_engine.model.prompt.families import CHATML
from nanobot_engine.model.prompt.template import Segment
from nanobot_engine.model.provider.llama_cpp import AdaptableWorker
from nanobot_engine.model.wave import Sample, Wave, WaveResult

if TYPE_CHECKING:
    from nanobot_engine.model.provider.provider import ClosableModel, Provider

# Compiling llama-cpp-python, where that was never done, is in the time of the first test.
pytestmark = [pytest.mark.model, pytest.mark.timeout(1_200)]

ENTRY = load_catalogue().for_role(Tier.POTATO, Role.MEMORY)
WAVE = Wave(
    prefix=CHATML.prefix("You tell short stories."),
    prompts=(CHATML.prompt("Tell me about a cat."), CHATML.prompt("Tell me about the sea.")),
    samples=2,
    tokens_max=16,
    temperature=0.8,
    seed=42,
    logprobs=True,
)
GREEDY = replace(WAVE, temperature=0.0, samples=1)
# Goes on for many seconds: long enough to be in its middle.
LONG_WAVE = replace(
    WAVE, tokens_max=440, seed=7, grammar='root ::= "a " root', prompts=WAVE.prompts[:1], samples=1
)
TIMEOUT_S = 60.0


def generated(runner: asyncio.Runner, model: ClosableModel, wave: Wave) -> WaveResult:
    return runner.run(model.generate(wave, timeout_s=TIMEOUT_S))


def flat(result: WaveResult) -> list[Sample]:
    return [sample for row in result.samples for sample in row]


def test_an_answer_has_the_shape_that_was_asked_for(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    result = generated(runner, model, WAVE)

    assert [len(row) for row in result.samples] == [2, 2]
    assert all(sample.text.strip() and 0 < sample.tokens <= 16 for sample in flat(result))
    assert len({sample.text for sample in flat(result)}) > 1  # Of different seeds.
    assert result.generated_tokens == sum(sample.tokens for sample in flat(result))


def test_tokens_are_counted_and_the_count_is_what_is_sent(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    lengths = [runner.run(model.count_tokens(WAVE.prefix + prompt)) for prompt in WAVE.prompts]
    result = generated(runner, model, replace(WAVE, samples=1))

    assert result.prompt_tokens == sum(lengths)
    assert runner.run(model.count_tokens((Segment("one two three"),))) < 10


def test_text_of_the_user_can_not_hold_a_special_token(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    ours = runner.run(model.count_tokens((Segment("<|im_end|>", special=True),)))
    users = runner.run(model.count_tokens((Segment("<|im_end|>"),)))

    assert (ours, users) == (1, 7)


def test_seeds_repeat_an_answer_where_that_is_promised(
    runner: asyncio.Runner, model: ClosableModel, provider: Provider
) -> None:
    promised = runner.run(provider.capabilities(Role.MEMORY)).repeatable
    first = generated(runner, model, WAVE)
    generated(runner, model, replace(WAVE, prompts=WAVE.prompts[:1], samples=3, seed=1))
    generated(runner, model, replace(GREEDY, prefix=CHATML.prefix("You are brief.")))
    again = generated(runner, model, WAVE)

    if promised:
        assert again.samples == first.samples  # Texts, and every bit of the logprobs.
    else:
        assert [len(row) for row in again.samples] == [len(row) for row in first.samples]


def test_without_temperature_all_samples_are_the_likeliest_text(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    result = generated(runner, model, replace(GREEDY, samples=2, prompts=WAVE.prompts[:1]))

    assert result.samples[0][0].text == result.samples[0][1].text


def test_a_grammar_is_kept_and_a_wrong_one_is_refused(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    wave = replace(WAVE, grammar='root ::= "yes" | "no"', temperature=1.5)
    assert {sample.text for sample in flat(generated(runner, model, wave))} <= {"yes", "no"}

    with pytest.raises(WaveRefusedError, match="grammar"):
        generated(runner, model, replace(wave, grammar='root ::= "'))
    assert generated(runner, model, wave).samples  # It is well after that.


def test_an_answer_ends_before_a_stop_string(runner: asyncio.Runner, model: ClosableModel) -> None:
    wave = replace(GREEDY, grammar='root ::= "one, two; three"', stop=("; th", ", four"))
    samples = flat(generated(runner, model, wave))

    assert [(sample.text, sample.finish) for sample in samples] == [("one, two", "stop")] * 2


def test_an_answer_that_is_cut_says_so(runner: asyncio.Runner, model: ClosableModel) -> None:
    cut = generated(runner, model, replace(GREEDY, grammar='root ::= "a " root', tokens_max=5))
    whole = generated(runner, model, replace(GREEDY, grammar='root ::= "a b"'))

    assert {(sample.finish, sample.tokens) for sample in flat(cut)} == {("length", 5)}
    assert {(sample.finish, sample.text) for sample in flat(whole)} == {("stop", "a b")}


def test_logprobs_are_those_before_sampling_and_only_on_request(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    likely = generated(runner, model, GREEDY)
    unlikely = generated(runner, model, replace(GREEDY, grammar='root ::= "zq" "xj" "zq"'))
    without = generated(runner, model, replace(GREEDY, logprobs=False))

    for good, bad in zip(flat(likely), flat(unlikely), strict=True):
        assert good.mean_logprob is not None
        assert bad.mean_logprob is not None
        assert bad.mean_logprob < good.mean_logprob - 3 < 0
    assert {sample.mean_logprob for sample in flat(without)} == {None}


def test_a_prompt_that_does_not_fit_is_refused_and_never_cut(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    long = CHATML.prompt("word " * 600)
    with pytest.raises(PromptTooLongError) as refused:
        generated(runner, model, replace(WAVE, prompts=(WAVE.prompts[0], long), samples=1))

    assert refused.value.prompt_index == 1
    assert refused.value.limit == model.context_tokens - WAVE.tokens_max == 512 - 16
    assert refused.value.tokens > 600


def test_a_wave_that_is_too_wide_is_refused(runner: asyncio.Runner, model: ClosableModel) -> None:
    with pytest.raises(WaveRefusedError, match=r"6 answers.*4 slots"):
        generated(runner, model, replace(WAVE, samples=3))


def test_a_deadline_stops_a_wave_and_the_next_one_is_answered(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    with pytest.raises(WaveTimeoutError, match=r"no answer within 0\.3 s"):
        runner.run(model.generate(LONG_WAVE, timeout_s=0.3))

    assert flat(generated(runner, model, GREEDY))


def test_a_wave_that_is_cancelled_leaves_the_model_to_the_next_one(
    runner: asyncio.Runner, model: ClosableModel
) -> None:
    before = generated(runner, model, GREEDY)

    async def cancelled() -> None:
        wave = asyncio.create_task(model.generate(LONG_WAVE, timeout_s=TIMEOUT_S))
        await asyncio.sleep(0.3)
        wave.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wave

    runner.run(cancelled())

    after = generated(runner, model, GREEDY)
    assert [sample.text for sample in flat(after)] == [sample.text for sample in flat(before)]


def test_a_continuation_keeps_what_it_read_or_is_refused_in_words(
    runner: asyncio.Runner, provider: Provider
) -> None:
    if not runner.run(provider.capabilities(Role.MEMORY)).continues:
        with pytest.raises(WorkerFailedError, match="need a model on this machine"):
            provider.text_continuer(Role.MEMORY, "completion", ENTRY, idle_s=60.0)
        return

    async def continued() -> None:
        worker = provider.text_continuer(Role.MEMORY, "completion", ENTRY, idle_s=60.0)
        try:
            tokens = await worker.tokens_of("def add(a, b):\n    return a")
            first = await worker.continued(
                tokens, slot=1, tokens_max=8, wants_more=lambda _text: True
            )
            again = await worker.continued(
                tokens, slot=1, tokens_max=8, wants_more=lambda text: len(text) < 2
            )
            assert first.text.startswith(again.text)
            assert 2 <= len(again.text) < len(first.text)
            assert again.cached_tokens >= len(tokens) - 1
            await worker.read(tokens, slot=2)
            bound = await worker.continued(
                tokens,
                slot=2,
                tokens_max=8,
                wants_more=lambda _text: True,
                grammar='root ::= " * b"',
            )
            assert (bound.text, bound.is_ended) == (" * b", True)
        finally:
            await worker.close()

    runner.run(continued())


def test_the_model_says_how_it_is(runner: asyncio.Runner, model: ClosableModel) -> None:
    generated(runner, model, GREEDY)

    status = model.status()
    assert (status.role, status.state.value) == (Role.MEMORY, "ready")
    assert status.waves >= 1
    assert status.tokens_per_second is not None


def test_a_file_that_is_no_adapter_is_refused_and_the_model_goes_on(
    runner: asyncio.Runner, model: ClosableModel, tmp_path: Path
) -> None:
    if not isinstance(model, AdaptableWorker):
        assert not hasattr(model, "use_adapter")
        return
    before = generated(runner, model, GREEDY)
    (tmp_path / "no.gguf").write_bytes(b"GGUF no adapter")
    for name in ("no.gguf", "missing.gguf"):
        with pytest.raises(WaveRefusedError):
            runner.run(model.use_adapter(tmp_path / name))

    assert generated(runner, model, GREEDY).samples == before.samples
