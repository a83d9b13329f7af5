"""How soon the first token of a completion comes while a process saturates a model.

A completion goes on from a prompt of about 600 tokens that its slot holds already, as
after a key: 8 tokens are new. It is asked while nothing else runs; while another OS
process answers waves of 8 with the same model, and with the main one; and, to see what a
worker of its own is worth, as a wave of its own in the lane of completions on the very
worker that answers the others.

The ways alternate. Prints JSON.

From `tests`: `python -m benchmarks.bench_first_token --role rlm`.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.machine import machine
from nanobot_engine.model import (
    CHATML,
    DEFAULT_MODEL_OPTIONS,
    Lane,
    Lanes,
    ModelWorker,
    Role,
    Segment,
    Tier,
    Wave,
    default_models_dir,
    load_catalogue,
)
from nanobot_engine.model.worker.continuation import ContinuationWorker
from nanobot_server.completion_settings import completion_worker_options
from nanobot_server.settings import Settings

TIMEOUT_S: Final = 600.0
FILE: Final = "".join(
    f"def step_{part}(items, limit={part}):\n"
    f"    return sum(item * {part + 2} for item in items if item > limit)\n\n\n"
    for part in range(14)
)
WAYS: Final = ("alone", "same model", "main model", "same worker")


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=["rlm", "main"], default="rlm")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--requests", type=int, default=8, help="per way and round")
    parser.add_argument("--seconds", type=float, default=200.0, help="no round begins later")
    parser.add_argument("--ways", choices=WAYS, nargs="*", default=WAYS)
    print(json.dumps(asyncio.run(measured(parser.parse_args())), indent=2))


async def measured(arguments: argparse.Namespace) -> dict[str, object]:
    """Return the times of each way."""
    began = time.monotonic()
    role = Role(arguments.role)
    seconds: dict[str, list[float]] = {way: [] for way in arguments.ways}
    with tempfile.TemporaryDirectory() as folder:
        own = ContinuationWorker(
            "completion",
            load_catalogue().for_role(Tier.POTATO, role),
            models_dir=default_models_dir(),
            runtime_dir=Path(folder),
            options=completion_worker_options(Settings()),
            idle_s=3_600.0,
        )
        same, other = wave_worker(role, folder), wave_worker(Role.MAIN, folder)
        lanes = Lanes()
        try:
            number = 0
            await first_token(own, number)  # Loads the model, reads the prompt.
            for _round in range(arguments.rounds):
                if time.monotonic() - began > arguments.seconds:
                    break
                for way in arguments.ways:
                    busy = {"same model": same, "main model": other, "same worker": same}.get(way)
                    async with saturated(busy, lanes):
                        for _request in range(arguments.requests):
                            number += 1
                            if way == "same worker":
                                seconds[way].append(await waited_for(same, lanes, number))
                            else:
                                seconds[way].append(await first_token(own, number))
                            await asyncio.sleep(0.1)  # As between keys.
        finally:
            await own.close()
            await same.close()
            await other.close()
    return {
        "model": own.entry.name,
        "first_token_ms": {way: summary(found) for way, found in seconds.items()},
        "machine": machine(),
    }


def wave_worker(role: Role, folder: str) -> ModelWorker:
    """Return a worker as a process has it; it loads when it is asked."""
    return ModelWorker(
        role,
        load_catalogue().for_role(Tier.POTATO, role),
        models_dir=default_models_dir(),
        runtime_dir=Path(folder),
        options=DEFAULT_MODEL_OPTIONS,
    )


@asynccontextmanager
async def saturated(worker: ModelWorker | None, lanes: Lanes) -> AsyncIterator[None]:
    """Have a worker answer wave after wave meanwhile; nothing without a worker."""
    if worker is None:
        yield
        return
    await worker.generate(process_wave(0), timeout_s=TIMEOUT_S)  # Loads the model.

    async def go_on() -> None:
        for seed in range(1, 1_000_000):
            async with lanes.hold(Lane.PROCESS):
                await worker.generate(process_wave(seed), timeout_s=TIMEOUT_S)

    task = asyncio.create_task(go_on())
    try:
        await asyncio.sleep(0.5)
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def process_wave(seed: int) -> Wave:
    """Return what a process asks: four steps, two answers each."""
    return Wave(
        prefix=CHATML.prefix("You write one sentence that says what a function does."),
        prompts=tuple(
            CHATML.prompt(f"def total_{seed}_{part}(numbers):\n    return sum(numbers) + {part}\n")
            for part in range(4)
        ),
        samples=2,
        tokens_max=48,
        temperature=0.5,
        seed=seed,
    )


async def first_token(model: ContinuationWorker, number: int) -> float:
    """Return the seconds from a request to its first token."""
    head = await model.tokens_of(FILE)
    tail = await model.tokens_of(f"def next_{number}(items):\n    return ")
    came: list[float] = []

    def wants_more(_text: str) -> bool:
        came.append(time.perf_counter())
        return False

    started = time.perf_counter()
    await model.continued((*head, *tail), slot=0, tokens_max=8, wants_more=wants_more)
    return came[0] - started


async def waited_for(worker: ModelWorker, lanes: Lanes, number: int) -> float:
    """Return the seconds until the answer of one token, in turn with the waves of a process."""
    wave = replace(
        process_wave(0),
        prefix=(Segment(FILE),),
        prompts=((Segment(f"def next_{number}(items):\n    return "),),),
        samples=1,
        tokens_max=1,
        temperature=0.0,
    )
    started = time.perf_counter()
    async with lanes.hold(Lane.COMPLETION):
        await worker.generate(wave, timeout_s=TIMEOUT_S)
    return time.perf_counter() - started


def summary(seconds: list[float]) -> dict[str, float]:
    """Return milliseconds."""
    return {
        "p50": round(1_000 * statistics.median(seconds), 1),
        "max": round(1_000 * max(seconds), 1),
        "requests": len(seconds),
    }


if __name__ == "__main__":
    main()
