"""A wave: the prompts that one model worker decodes together.

A wave is one request to a worker that does nothing else, after its slots were
restored to the shared prefix. Its result is a function of (model file, options,
wave), bit for bit: `docs/decisions/0001-waves.md`.
"""

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from nanobot_engine.model.prompt.template import Segment

PROMPTS_MAX: Final = 64
SAMPLES_MAX: Final = 64
TOKENS_MAX: Final = 8_192
TEMPERATURE_MAX: Final = 2.0
# Sample j of a prompt is drawn with seed + j, and 2**32 - 1 means "random" to llama.cpp.
SEED_MAX: Final = 2**32 - 2 - SAMPLES_MAX
STOPS_MAX: Final = 16
GRAMMAR_CHARS_MAX: Final = 65_536
PROMPT_CHARS_MAX: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Wave:
    """What to generate: `prompts` x `samples` answers.

    Two equal prompts in one wave give equal samples, because they get equal seeds.
    All samples share one temperature: one request has one sampler.
    """

    prefix: tuple[Segment, ...]
    """What every prompt begins with. Not empty: without it llama.cpp would choose slots
    by age, and the answers would depend on history."""
    prompts: tuple[tuple[Segment, ...], ...]
    """What follows the prefix, per prompt."""
    samples: int
    """Answers per prompt."""
    tokens_max: int
    """Bound on the tokens of one answer."""
    temperature: float
    """0 takes the likeliest token; all samples are then equal."""
    seed: int
    stop: tuple[str, ...] = ()
    """An answer ends before the first of these."""
    grammar: str | None = None
    """GBNF with a rule `root`; give one wherever the answer has a form."""
    logprobs: bool = False
    """Fill in `Sample.mean_logprob`. Costs about 3 % of the speed."""

    def __post_init__(self) -> None:
        """Refuse what can never be answered; limits of one worker are checked by it."""
        _require(len(self.prefix) > 0, "prefix", "empty")
        _require(1 <= len(self.prompts) <= PROMPTS_MAX, "prompts", len(self.prompts))
        _require(all(self.prompts), "prompts", "one without segments")
        _require(1 <= self.samples <= SAMPLES_MAX, "samples", self.samples)
        _require(1 <= self.tokens_max <= TOKENS_MAX, "tokens_max", self.tokens_max)
        _require(0.0 <= self.temperature <= TEMPERATURE_MAX, "temperature", self.temperature)
        _require(0 <= self.seed <= SEED_MAX, "seed", self.seed)
        _require(len(self.stop) <= STOPS_MAX and all(self.stop), "stop", self.stop)
        if self.grammar is not None:
            _require(0 < len(self.grammar) <= GRAMMAR_CHARS_MAX, "grammar", len(self.grammar))
        chars = sum(len(part.text) for prompt in (self.prefix, *self.prompts) for part in prompt)
        _require(chars <= PROMPT_CHARS_MAX, "characters", chars)


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer."""

    text: str
    """Without the stop string."""
    tokens: int
    finish: Literal["stop", "length"]
    """`length`: `tokens_max` was reached, so the text is cut."""
    mean_logprob: float | None
    """Mean of the natural log-probabilities of the tokens before sampling; None when the
    wave did not ask, or the answer is empty."""


@dataclass(frozen=True, slots=True)
class WaveResult:
    """All answers of a wave, and what they cost."""

    samples: tuple[tuple[Sample, ...], ...]
    """Shape (prompts, samples)."""
    prompt_tokens: int
    """Of all prompts, with the prefix counted once per prompt."""
    cached_tokens: int
    """How many of these came from the stored prefix."""
    generated_tokens: int
    seconds: float
    """Wall clock of the wave, restoring included, waiting for the worker excluded."""
    prompt_seconds: float
    """Until the last prompt was read."""
    predict_seconds: float
    """From there until the longest answer was done."""


class WaveModel(Protocol):
    """A port: anything that can answer waves. `ModelWorker` is the real one."""

    @property
    def slots(self) -> int:
        """How many answers one wave can have: prompts x samples <= slots."""

    @property
    def context_tokens(self) -> int:
        """What one prompt and one answer may have together."""

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """Return the length of a prompt, counted by the model's own tokenizer."""

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Answer a wave.

        Args:
            wave: With prompts x samples <= `slots`.
            timeout_s: Wall-clock limit for the wave, without waiting for other waves.

        Raises:
            PromptTooLongError: A prompt does not fit; nothing was sent.
            WaveRefusedError: The wave is too wide, or its grammar is wrong.
            WaveTimeoutError: `timeout_s` passed; the generation was stopped.
            PoisonRequestError: The wave broke the worker twice.
            WorkerFailedError: No worker could be started.
        """


def _require(holds: bool, name: str, value: object) -> None:  # noqa: FBT001 - an assertion
    if not holds:
        msg = f"wave {name}: {value!r} is out of range"
        raise ValueError(msg)
