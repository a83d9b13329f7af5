"""Compare the engine's tokens/s with the binding driven directly, on the same batches.

Both have the same model, threads, slots, context, batch and requests. "Direct" is xllamacpp in
this very process, asked with one plain request per batch, its shared prefix in the slots
from the request before; "engine" is a `ModelWorker`: a supervised OS process, tokenising
segments, restoring the prefix, streaming the answers.

What is measured: one answer alone, 8 and 16 at once, and prompts that are only read.
Answers go on to their limit on both sides, so that both do the same work; where they do
not, the run says so. Repetitions alternate, so that what else the machine does falls on
both; the ratio is the median over pairs. Wall clock decides; the ratio by processor time
shows what is left of it on a machine that does nothing else. Prints JSON.

From `tests`: `python -m benchmarks.bench_engine --role rlm`.
"""

import os

# As in a worker, and before OpenMP is loaded: spinning threads would measure the scheduler.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil

from benchmarks.bar import Bar
from benchmarks.direct_binding import DirectBinding, Spent
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

RATIO = Bar(0.95, at_least=True)
TIMEOUT_S = 600.0
OPTIONS = replace(DEFAULT_MODEL_OPTIONS, slots=16, context_tokens_per_slot=1_024)
SYSTEM = (
    "You are a senior programmer. You write one sentence that says what a function does "
    "for its caller. No code, no quotes."
)


def main() -> None:
    """Run the benchmark from the command line."""
    os.nice(5)  # As a worker: a busy machine must not prefer one of the two.
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=[role.value for role in Role], default="rlm")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=240.0, help="no repetition begins later")
    parser.add_argument("--tokens", type=int, default=24, help="generated per answer")
    parser.add_argument("--what", choices=list(WAVES), nargs="*", default=list(WAVES))
    arguments = parser.parse_args()
    role = Role(arguments.role)
    entry = load_catalogue().for_role(Tier.POTATO, role)
    result = asyncio.run(bench(role, entry, arguments))
    print(json.dumps(result, indent=2))


def going_on(index: int, answers: int, tokens_max: int) -> Wave:
    """Return prompts that are answered up to the limit: numbers to be counted on."""
    # Other numbers in each wave: what the one before left in memory helps nobody.
    first = 10_000 * (index + 1) + 500 * answers
    starts = [first + 20 * number for number in range(answers)]
    return Wave(
        prefix=CHATML.prefix(SYSTEM),
        prompts=tuple(
            (
                *CHATML.prompt(f"{start}: count from there to 100000, a number a line."),
                Segment("".join(f"{start + further}\n" for further in range(8))),
            )
            for start in starts
        ),
        samples=1,
        tokens_max=tokens_max,
        temperature=0.0,
        seed=index,
    )


def only_read(index: int, _tokens_max: int) -> Wave:
    """Return long prompts of other text each time, each answered by one token."""
    bodies = [
        "".join(
            f"def step_{index}_{number}_{part}(items, limit={part}):\n"
            f"    return sum(item * {number + 2} for item in items if item > limit)\n"
            for part in range(3)
        )
        for number in range(8)
    ]
    return Wave(
        prefix=CHATML.prefix(SYSTEM),
        prompts=tuple(CHATML.prompt(f"# {index} {n}\n{body}") for n, body in enumerate(bodies)),
        samples=1,
        tokens_max=1,
        temperature=0.0,
        seed=index,
    )


WAVES: Final[dict[str, Callable[[int, int], Wave]]] = {
    "1 answer": lambda index, tokens: going_on(index, 1, tokens),
    "8 answers": lambda index, tokens: going_on(index, 8, tokens),
    "16 answers": lambda index, tokens: going_on(index, 16, tokens),
    "prompts": only_read,
}


async def bench(role: Role, entry: ModelEntry, arguments: argparse.Namespace) -> dict[str, object]:
    """Return tokens/s of both ways and their ratios."""
    what, tokens_max = list(arguments.what), int(arguments.tokens)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        worker = ModelWorker(
            role,
            entry,
            models_dir=default_models_dir(),
            runtime_dir=Path(folder),
            options=OPTIONS,
        )
        direct = DirectBinding(entry, OPTIONS, Path(folder) / "direct.sock")
        pairs: dict[str, list[tuple[Spent, Spent]]] = {name: [] for name in what}
        try:
            for index in range(arguments.repetitions + 1):
                if index > 1 and time.monotonic() - began > arguments.seconds:
                    break
                for name in what:
                    wave = WAVES[name](index, tokens_max)
                    # Every other time the other one goes first.
                    if index % 2:
                        pair = await engine_answer(worker, wave), direct.answer(wave)
                    else:
                        second = direct.answer(wave)
                        pair = await engine_answer(worker, wave), second
                    if index:  # The first one reads the prefix and warms caches.
                        pairs[name].append(pair)
                        engine, other = pair
                        print(name, engine, other, sep="\n  ", file=sys.stderr)
        finally:
            await worker.close()
    return {
        "model": entry.name,
        "measured": {name: compared(name, found) for name, found in pairs.items()},
        "ratio_min": RATIO.limit,
        "threads": OPTIONS.threads,
        "slots": OPTIONS.slots,
        "tokens_max": tokens_max,
        "machine": machine(),
    }


async def engine_answer(worker: ModelWorker, wave: Wave) -> Spent:
    """Answer a wave; the processor time is that of the worker and of this process."""
    await worker.start()
    process = psutil.Process(worker.status().pid)
    before = process.cpu_times()
    started, cpu_started = time.perf_counter(), time.process_time()
    result = await worker.generate(wave, timeout_s=TIMEOUT_S)
    wall_s, own_s = time.perf_counter() - started, time.process_time() - cpu_started
    after = process.cpu_times()
    return Spent(
        read_tokens=result.prompt_tokens - result.cached_tokens,
        generated_tokens=result.generated_tokens,
        wall_s=wall_s,
        cpu_s=own_s + after.user + after.system - before.user - before.system,
    )


def compared(name: str, pairs: list[tuple[Spent, Spent]]) -> dict[str, object]:
    """Sum up pairs of engine and direct."""
    is_reading = name == "prompts"

    def tokens(spent: Spent) -> int:
        return spent.read_tokens if is_reading else spent.generated_tokens

    ratios = [
        (tokens(engine) / engine.wall_s) / (tokens(direct) / direct.wall_s)
        for engine, direct in pairs
    ]
    cpu_ratios = [
        (tokens(engine) / engine.cpu_s) / (tokens(direct) / direct.cpu_s)
        for engine, direct in pairs
    ]
    ratio = statistics.median(ratios)
    return {
        "engine_tokens_per_second": median_speed(tokens, [engine for engine, _ in pairs]),
        "direct_tokens_per_second": median_speed(tokens, [direct for _, direct in pairs]),
        "ratio": round(ratio, 3),
        "ratios": [round(value, 3) for value in ratios],
        "cpu_ratio": round(statistics.median(cpu_ratios), 3),
        "met": RATIO.is_met(ratio),
        "tokens": [[tokens(engine), tokens(direct)] for engine, direct in pairs],
        "is_same_work": all(is_same_work(engine, direct) for engine, direct in pairs),
    }


def is_same_work(engine: Spent, direct: Spent) -> bool:
    """Tell whether both read and wrote as much, but for the few tokens that chance left over."""
    is_read_alike = abs(engine.read_tokens - direct.read_tokens) <= 0.02 * engine.read_tokens
    return is_read_alike and engine.generated_tokens == direct.generated_tokens


def median_speed(tokens: Callable[[Spent], int], answered: list[Spent]) -> float:
    """Return the median tokens/s."""
    return round(statistics.median(tokens(one) / one.wall_s for one in answered), 1)


if __name__ == "__main__":
    main()
