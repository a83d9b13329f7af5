"""A model whose answers are a function of the wave, as a real worker's are.

It stands in where a test is about processes and not about models: it errs,
disagrees and runs into its limit, from the wave's seed.
"""

import hashlib
from collections.abc import Callable

from nanobot_engine.model import Sample, Segment, Wave, WaveResult

SENTENCES = (
    "Return the sum of the numbers.",
    "Return the sum of all numbers.",
    "Print the result to the console.",
    "return nothing of the form",
    "Raise an error_that_is_not_there.",
)


class ScriptedModel:
    """Implements `WaveModel`. `waves` keeps what was asked."""

    slots = 8
    context_tokens = 2048

    def __init__(self, *, disagree: int = 3, answer: Callable[[str], str] | None = None) -> None:
        """Answer in a certain way.

        Args:
            disagree: The larger it is (1 to 5), the more different sentences there are.
            answer: Gives the answer to a prompt instead.
        """
        self.waves: list[Wave] = []
        self._disagree = disagree
        self._answer = answer

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """Count about four characters as a token."""
        return sum(len(segment.text) for segment in segments) // 4

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Answer at once."""
        assert timeout_s > 0
        self.waves.append(wave)
        samples = tuple(
            tuple(self._sample(wave, prompt, j) for j in range(wave.samples))
            for prompt in wave.prompts
        )
        generated = sum(sample.tokens for row in samples for sample in row)
        return WaveResult(samples, 100, 50, generated, 0.01, 0.005, 0.005)

    def _sample(self, wave: Wave, prompt: tuple[Segment, ...], index: int) -> Sample:
        text = "".join(segment.text for segment in prompt)
        if self._answer is not None:
            return Sample(self._answer(text), 1, "stop", None)
        digest = hashlib.sha256(f"{wave.seed + index}|{text}".encode()).digest()
        if digest[0] % 16 == 0:
            return Sample("Return the", wave.tokens_max, "length", None)
        return Sample(SENTENCES[digest[1] % self._disagree], 8, "stop", None)
