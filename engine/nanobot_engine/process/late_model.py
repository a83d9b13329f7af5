"""A model that is started by its first question, so that no question needs no model."""

from collections.abc import Awaitable, Callable

from nanobot_engine.model import Segment, Wave, WaveModel, WaveResult


class LateModel:
    """Implements `WaveModel` over a worker that may never be needed.

    Runs on the event loop; one caller at a time, as a runner is.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[WaveModel]],
        *,
        slots: int,
        context_tokens: int,
    ) -> None:
        """Start nothing yet.

        Args:
            start: Gives the worker, started; called before every question, as a worker
                may be given up and started again.
            slots: Of the worker that will come.
            context_tokens: Of one of its slots.
        """
        self._start = start
        self.slots = slots
        self.context_tokens = context_tokens

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """Count by the model's own tokenizer; raises what starting it raises."""
        return await (await self._start()).count_tokens(segments)

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Answer a wave; raises what starting the model raises, too."""
        return await (await self._start()).generate(wave, timeout_s=timeout_s)
