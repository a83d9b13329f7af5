"""A small model writes commands: what it is asked, and what becomes of answers that are cut."""

from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_engine.intent import CommandRequest, ModelWriter
from nanobot_engine.model import (
    CHATML,
    Lanes,
    ModelMissingError,
    PromptTooLongError,
    Sample,
    Wave,
    WaveModel,
    WaveResult,
)
from support.scripted_model import ScriptedModel

REQUEST = CommandRequest("load to read", "load: function(path)", 'root ::= "rename load to read"')


class Cut(ScriptedModel):
    """Ends only the first of its answers."""

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        result = await super().generate(wave, timeout_s=timeout_s)
        cut = Sample("rename load to re", wave.tokens_max, "length", None)
        first = (result.samples[0][0], *[cut] * (wave.samples - 1))
        others = tuple((cut,) * wave.samples for _ in wave.prompts[1:])
        return WaveResult((first, *others), 100, 50, 9, 0.01, 0.005, 0.005)


def writer_of(model: WaveModel) -> ModelWriter:
    async def load() -> WaveModel:
        return model

    return ModelWriter(load, CHATML, Lanes())


@pytest.mark.asyncio
async def test_one_wave_shows_the_request_in_several_framings() -> None:
    model = ScriptedModel(answer=lambda _: "rename load to read\n")

    assert await writer_of(model).write(REQUEST) == ["rename load to read"] * 8
    (wave,) = model.waves
    texts = ["".join(part.text for part in prompt) for prompt in wave.prompts]
    assert len(set(texts)) == len(texts) == 4
    assert all(REQUEST.sentence in text for text in texts)
    assert sum(REQUEST.names in text for text in texts) == 3
    assert wave.grammar == REQUEST.grammar


@pytest.mark.asyncio
async def test_a_request_that_does_not_fit_is_asked_whole_or_not_at_all() -> None:
    class Narrow(ScriptedModel):
        async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
            for index, prompt in enumerate(wave.prompts):
                tokens = await self.count_tokens((*wave.prefix, *prompt))
                if tokens > self.context_tokens - wave.tokens_max:
                    raise PromptTooLongError(index, tokens, self.context_tokens)
            return await super().generate(wave, timeout_s=timeout_s)

    model = Narrow(answer=lambda _: "rename load to read\n")
    long = replace(REQUEST, names="load: function(path)\n" * 800)

    assert await writer_of(model).write(long) == []
    assert model.waves == []


@pytest.mark.asyncio
async def test_an_answer_that_is_cut_is_one_that_says_nothing() -> None:
    answers = await writer_of(Cut(answer=lambda _: "rename load to read")).write(REQUEST)

    assert answers == ["rename load to read", *[""] * 7]


@pytest.mark.asyncio
async def test_without_a_model_nothing_is_written(tmp_path: Path) -> None:
    async def load() -> WaveModel:
        raise ModelMissingError("main", tmp_path)

    assert await ModelWriter(load, CHATML, Lanes()).write(REQUEST) == []
