"""How fast a model is on this machine, asked of the worker that processes use."""

from dataclasses import dataclass
from statistics import median
from typing import Final

from nanobot_engine.model.prompt.families import template_named
from nanobot_engine.model.wave import Wave
from nanobot_engine.model.worker.supervisor import ModelWorker

_SYSTEM: Final = "You are a programmer who answers briefly."
# About 500 tokens of code: what a step shows a model.
_CODE: Final = "\n\n".join(
    f"def total_{name}(rows, limit):\n"
    f'    """Return the sum of the {name} of the first rows."""\n'
    f"    found = [row.{name} for row in rows[:limit] if row.{name} is not None]\n"
    f"    return sum(found)"
    for name in ("price", "weight", "length", "volume", "width", "height", "delay", "charge")
)
_POEM: Final = "Write a long poem about a loop."
_ROUNDS: Final = 3
_WRITTEN_TOKENS: Final = 64
_TIMEOUT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class ModelSpeed:
    """The median of a few rounds; the numbers of a machine that does nothing else."""

    load_seconds: float
    """From the start of the worker until it answers; the file may be in memory already."""
    first_token_seconds: float
    """Until a prompt that was never seen has its first token."""
    prompt_tokens: int
    """Of that prompt."""
    read_tokens_per_second: float
    written_tokens_per_second: float
    """Of one answer, alone."""
    wave_tokens_per_second: float
    """Of as many answers as the worker has slots, together."""
    slots: int
    memory_bytes: int
    """Of the worker, with the pages of the file that it has touched."""


async def measure(worker: ModelWorker) -> ModelSpeed:
    """Measure a worker that was started and does nothing else.

    Raises:
        ModelError: The worker does not work; the message says what to do.
    """
    firsts: list[float] = []
    reads: list[float] = []
    writes: list[float] = []
    waves: list[float] = []
    prompt_tokens = 0
    for number in range(_ROUNDS):
        # Each begins differently, so nothing of it was read before.
        unread = _wave(worker, f"{number}. {_CODE}", samples=1, tokens_max=1)
        first = await worker.generate(unread, timeout_s=_TIMEOUT_S)
        prompt_tokens = first.prompt_tokens
        firsts.append(first.seconds)
        reads.append((first.prompt_tokens - first.cached_tokens) / first.prompt_seconds)
        for samples, speeds in ((1, writes), (worker.slots, waves)):
            poem = _wave(worker, _POEM, samples=samples, tokens_max=_WRITTEN_TOKENS)
            written = await worker.generate(poem, timeout_s=_TIMEOUT_S)
            speeds.append(written.generated_tokens / written.predict_seconds)
    status = worker.status()
    return ModelSpeed(
        load_seconds=status.load_seconds or 0.0,
        first_token_seconds=median(firsts),
        prompt_tokens=prompt_tokens,
        read_tokens_per_second=median(reads),
        written_tokens_per_second=median(writes),
        wave_tokens_per_second=median(waves),
        slots=worker.slots,
        memory_bytes=status.memory_bytes,
    )


def _wave(worker: ModelWorker, text: str, *, samples: int, tokens_max: int) -> Wave:
    template = template_named(worker.entry.template)
    return Wave(
        prefix=template.prefix(_SYSTEM),
        prompts=(template.prompt(text),),
        samples=samples,
        tokens_max=tokens_max,
        temperature=0.8,
        seed=1,
    )
