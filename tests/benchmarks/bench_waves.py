"""What waves are for: samples over one prompt, and votes over short answers.

`--what samples`: a wave of 8 samples of one prompt of about 1,000 tokens against 8 waves
of one sample each, which read the prompt each; and against 8 such waves whose prompt is
nearly all stored prefix.

`--what steps`: steps that are decided by vote, per second, as a process takes them: its
schedule, its rule of voting, its defaults; a prefix of about 500 tokens that all steps
share, and an answer of at most 8 tokens that a grammar bounds.

Repetitions alternate. Prints JSON.

From `tests`: `python -m benchmarks.bench_waves --what samples --role rlm`.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.machine import machine
from nanobot_engine.model import (
    CHATML,
    DEFAULT_MODEL_OPTIONS,
    ModelEntry,
    ModelWorker,
    Role,
    Segment,
    Tier,
    Wave,
    default_models_dir,
    load_catalogue,
)
from nanobot_engine.process.schedule import next_wave, wave_seed
from nanobot_engine.process.voting import tally
from nanobot_engine.recipe import Candidate
from nanobot_server.engine_options import process_options
from nanobot_server.settings import Settings

TIMEOUT_S: Final = 600.0
SAMPLES: Final = 8
ANSWER_TOKENS_MAX: Final = 8
SYSTEM: Final = "You are a senior programmer. You answer in one word what a function returns."
KINDS: Final = {
    "number": "return {a} + len(items) * {b}",
    "text": "return 'item ' + str({a}) + '-{b}'",
    "list": "return [item + {a} for item in items if item != {b}]",
    "boolean": "return {a} in items and {b} not in items",
    "nothing": "print({a}, items, {b})",
}
GRAMMAR: Final = "root ::= " + " | ".join(f'"{kind}"' for kind in KINDS)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", choices=["samples", "steps"], default="samples")
    parser.add_argument("--role", choices=[role.value for role in Role], default="rlm")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=200.0, help="no repetition begins later")
    parser.add_argument("--tokens", type=int, default=32, help="of `samples`: per answer")
    parser.add_argument("--steps", type=int, default=40, help="of `steps`: per repetition")
    arguments = parser.parse_args()
    role = Role(arguments.role)
    entry = load_catalogue().for_role(Tier.POTATO, role)
    print(json.dumps(asyncio.run(measured(role, entry, arguments)), indent=2))


async def measured(
    role: Role, entry: ModelEntry, arguments: argparse.Namespace
) -> dict[str, object]:
    """Run one of the two on a worker of its own."""
    began = time.monotonic()
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        worker = ModelWorker(
            role,
            entry,
            models_dir=default_models_dir(),
            runtime_dir=Path(folder),
            options=DEFAULT_MODEL_OPTIONS,
        )
        try:
            await worker.start()
            for index in range(arguments.repetitions + 1):
                if rows and time.monotonic() - began > arguments.seconds:
                    break
                if arguments.what == "samples":
                    row = await sampled(worker, index, arguments.tokens)
                else:
                    row = await voted(worker, index, arguments.steps)
                if index:  # The first one reads the prefix and warms caches.
                    rows.append(row)
        finally:
            await worker.close()
    medians = {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}
    return {
        "what": arguments.what,
        "model": entry.name,
        "median": medians,
        "rows": [{key: round(value, 3) for key, value in row.items()} for row in rows],
        "slots": DEFAULT_MODEL_OPTIONS.slots,
        "threads": DEFAULT_MODEL_OPTIONS.threads,
        "machine": machine(),
    }


async def sampled(worker: ModelWorker, index: int, tokens_max: int) -> dict[str, float]:
    """Return how long the same 8 answers take together and one by one, in seconds."""
    body = "".join(
        f"def step_{index}_{part}(items, limit={part}):\n"
        f"    return sum(item * {part + 2} for item in items if item > limit)\n\n\n"
        for part in range(23)
    )
    # Numbers that go on, so that all answers have the same length.
    question = CHATML.prompt(body + "Count to 1000, a number a line.", "1\n2\n3\n4\n5\n6\n")
    together = Wave(
        prefix=CHATML.prefix(SYSTEM),
        prompts=(question,),
        samples=SAMPLES,
        tokens_max=tokens_max,
        temperature=0.5,
        seed=index,
    )
    alone = [replace(together, samples=1, seed=index + number) for number in range(SAMPLES)]
    head = (*together.prefix, *CHATML.prompt(body)[:1])
    rest = CHATML.prompt("Count to 1000, a number a line.", "1\n2\n3\n4\n5\n6\n")
    stored = [replace(wave, prefix=head, prompts=(rest,)) for wave in alone]
    spent: dict[str, float] = {}
    ways = {"together": [together], "alone": alone, "stored": stored}
    for name in list(ways) if index % 2 else reversed(ways):
        started = time.perf_counter()
        results = [await worker.generate(wave, timeout_s=TIMEOUT_S) for wave in ways[name]]
        spent[f"{name}_s"] = time.perf_counter() - started
        spent[f"{name}_tokens"] = sum(result.generated_tokens for result in results)
        spent["prompt_tokens"] = results[0].prompt_tokens
    per_token = {name: spent[f"{name}_s"] / spent[f"{name}_tokens"] for name in ways}
    return {
        **spent,
        "speed_up": per_token["alone"] / per_token["together"],
        "speed_up_over_stored": per_token["stored"] / per_token["together"],
    }


def briefed() -> tuple[Segment, ...]:
    """Return a prefix of about 500 tokens: the instruction and examples of every kind."""
    examples = [
        (asked(kind, 3 * number + 1, number + 2), kind) for number in range(2) for kind in KINDS
    ]
    return CHATML.prefix(SYSTEM, examples=examples)


def asked(kind: str, a: int, b: int) -> str:
    """Return the question about one function."""
    body = KINDS[kind].format(a=a, b=b)
    return f"def step_{a}_{b}(items):\n    {body}\n\nWhat does it return?"


async def voted(worker: ModelWorker, index: int, steps: int) -> dict[str, float]:
    """Decide steps by vote as a process does."""
    options = process_options(Settings(), seed=index, steps_max=steps)
    prefix = briefed()
    kinds = [list(KINDS)[(number * 7 + index) % len(KINDS)] for number in range(steps)]
    answers: dict[int, list[Candidate]] = {}
    decided: set[int] = set()
    right = votes = waves = prompt_tokens = cached_tokens = longest = 0
    started = time.perf_counter()
    while chosen := next_wave(
        steps, {step: len(found) for step, found in answers.items()}, decided, options
    ):
        wave = Wave(
            prefix=prefix,
            prompts=tuple(
                CHATML.prompt(asked(kinds[step], 1_000 * index + step, 100 + step))
                for step in chosen
            ),
            samples=options.samples_per_wave,
            tokens_max=ANSWER_TOKENS_MAX,
            temperature=options.temperature,
            seed=wave_seed(options, waves),
            grammar=GRAMMAR,
        )
        result = await worker.generate(wave, timeout_s=TIMEOUT_S)
        waves += 1
        prompt_tokens += result.prompt_tokens
        cached_tokens += result.cached_tokens
        for step, samples in zip(chosen, result.samples, strict=True):
            votes += len(samples)
            longest = max(longest, *(sample.tokens for sample in samples))
            so_far = answers.setdefault(step, [])
            so_far += [Candidate(sample.text, frozenset()) for sample in samples]
            winner = tally(
                so_far, ahead_by=options.votes_ahead, agrees=lambda one, other: one == other
            ).winner
            if winner is not None or len(so_far) >= options.samples_max:
                decided.add(step)
                right += winner is not None and winner.text == kinds[step]
                answers.pop(step)
    seconds = time.perf_counter() - started
    return {
        "steps_per_second": steps / seconds,
        "votes_per_second": votes / seconds,
        "votes_per_step": votes / steps,
        "right": right / steps,
        "prefix_tokens": await worker.count_tokens(prefix),
        "answer_tokens_max": longest,
        "cache_hit_rate": cached_tokens / prompt_tokens,
    }


if __name__ == "__main__":
    main()
