import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_engine.intent import ModelChooser, Question
from nanobot_engine.model import (
    CHATML,
    Lanes,
    ModelMissingError,
    Sample,
    Segment,
    Wave,
    WaveModel,
    WaveResult,
)

OPTIONS = ("function load_cfg", "function load_rows", "class Loader")
QUESTION = Question("Which one?", OPTIONS, is_about_words=True, sentence="rename load config")


class LetterModel:
    """Answers a wave by what `letter` makes of each prompt."""

    slots = 8
    context_tokens = 2048

    def __init__(self, letter: Callable[[str], str]) -> None:
        self.waves: list[Wave] = []
        self._letter = letter

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        return 1

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        self.waves.append(wave)
        samples = tuple(
            (Sample(self._letter("".join(s.text for s in prompt)), 1, "stop", None),)
            for prompt in wave.prompts
        )
        return WaveResult(samples, 1, 0, len(samples), 0.0, 0.0, 0.0)


def chosen(model: LetterModel, question: Question = QUESTION) -> int | None:
    async def load() -> WaveModel:
        return model

    return asyncio.run(ModelChooser(load, CHATML, Lanes()).choose(question))


def letter_of(option: str) -> Callable[[str], str]:
    return lambda prompt: next(iter(re.findall(rf"([A-Z]): {re.escape(option)}", prompt)), "A")


@pytest.mark.parametrize("index", range(len(OPTIONS)))
def test_who_reads_the_options_is_heard(index: int) -> None:
    assert chosen(LetterModel(letter_of(OPTIONS[index]))) == index


def test_who_likes_a_letter_is_not() -> None:
    model = LetterModel(lambda _: "A")

    assert chosen(model) is None
    (wave,) = model.waves
    places = [
        [re.findall(r"[A-Z]: (.+)", "".join(s.text for s in prompt)).index(one) for one in OPTIONS]
        for prompt in wave.prompts
    ]
    assert all(len(set(column)) == 3 for column in zip(*places, strict=True))
    assert wave.grammar == "root ::= [ABC]"


def test_what_only_a_reader_of_the_code_knows_is_not_asked() -> None:
    model = LetterModel(lambda _: "A")

    assert chosen(model, Question("Which?", OPTIONS, is_about_words=False)) is None
    assert model.waves == []


def test_without_a_model_nothing_is_chosen() -> None:
    async def load() -> WaveModel:
        raise ModelMissingError("main", Path("nowhere"))

    assert asyncio.run(ModelChooser(load, CHATML, Lanes()).choose(QUESTION)) is None
