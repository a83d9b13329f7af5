"""A writer of commands that asks a small model, in several framings at once.

A second sample of one prompt mostly errs like the first. So the request is shown in several
framings, with and without what its names are, all in one wave; a program counts what comes.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from nanobot_engine.intent.command.prompt import EXAMPLES, FRAMINGS, SYSTEM
from nanobot_engine.intent.command.request import CommandRequest
from nanobot_engine.model import ChatTemplate, Lane, Lanes, ModelError, Wave, WaveModel

_WAVE_TIMEOUT_S: Final = 120.0
_TOKENS_MAX: Final = 90
_TEMPERATURE: Final = 0.5


class ModelWriter:
    """Implements `Writer` by one wave. Runs on the event loop.

    Args:
        load: Returns the model, started; may raise `ModelError`.
        template: Of the model.
        lanes: Of the model.
    """

    def __init__(
        self, load: Callable[[], Awaitable[WaveModel]], template: ChatTemplate, lanes: Lanes
    ) -> None:
        self._load = load
        self._template = template
        self._lanes = lanes
        turns = [
            (FRAMINGS[0].format(sentence=sentence, names=names), command)
            for sentence, names, command in EXAMPLES
        ]
        self._prefix = template.prefix(SYSTEM, examples=turns)

    async def write(self, request: CommandRequest) -> list[str]:
        """Return what a model writes, as often as it has slots; nothing without a model."""
        try:
            model = await self._load()
            wave = self._wave(request, model.slots)
            async with self._lanes.hold(Lane.CHAT):
                result = await model.generate(wave, timeout_s=_WAVE_TIMEOUT_S)
        except ModelError:
            return []
        return [
            # One that is cut says nothing, and still counts as an answer.
            sample.text.strip() if sample.finish == "stop" else ""
            for samples in result.samples
            for sample in samples
        ]

    def _wave(self, request: CommandRequest, slots: int) -> Wave:
        framings = FRAMINGS[:slots]
        prompts = tuple(
            self._template.prompt(one.format(sentence=request.sentence, names=request.names))
            for one in framings
        )
        return Wave(
            prefix=self._prefix,
            prompts=prompts,
            samples=max(1, slots // len(framings)),
            tokens_max=_TOKENS_MAX,
            temperature=_TEMPERATURE,
            seed=1,
            stop=("\n",),
            grammar=request.grammar,
        )
