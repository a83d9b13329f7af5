"""What the model host costs and saves: the hop, memory, and who waits for whom.

From `tests`: `python -m benchmarks.bench_model_host --waves 60 --keys 12`.
Waves go in turn straight to a worker and through a model host, so load is the same for
both.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.timing import summary_ms
from nanobot_engine.model import (
    CHATML,
    Lane,
    ModelTrio,
    Role,
    Segment,
    Wave,
    WaveModel,
    default_models_dir,
)
from nanobot_server.engine_options import model_options
from nanobot_server.model_host.link import ModelHostClient
from nanobot_server.model_host.location import model_host
from nanobot_server.model_host.remote_models import RemoteModels
from nanobot_server.settings import Settings

_TEXT = "def total(numbers):\n    result = 0\n    for one in numbers:\n        result += one\n"


def main() -> None:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waves", type=int, default=60)
    parser.add_argument("--keys", type=int, default=12)
    parser.add_argument("--what", choices=("hop", "wait", "all"), default="all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = folder
        report = asyncio.run(measured(arguments, Path(folder)))
    json.dump({**report, "machine": machine()}, sys.stdout, indent=1)
    sys.stdout.write("\n")


async def measured(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure what was asked for."""
    report: dict[str, Any] = {}
    if arguments.what in ("hop", "all"):
        report["hop"] = await hop(arguments.waves, folder)
    if arguments.what in ("wait", "all"):
        report["first_token"] = await waits(arguments.keys)
    return report


def wave(seed: int, *, tokens_max: int) -> Wave:
    """Return a question over a prefix that is stored after the first one."""
    return Wave(
        prefix=CHATML.prefix("You are a programmer who answers briefly."),
        prompts=(CHATML.prompt(f"What does this do?\n{_TEXT}"),),
        samples=2,
        tokens_max=tokens_max,
        temperature=0.8,
        seed=seed,
    )


async def timed_wave(model: WaveModel, seed: int, tokens_max: int) -> float:
    """Return how long a wave takes, seconds."""
    started = time.perf_counter()
    await model.generate(wave(seed, tokens_max=tokens_max), timeout_s=120)
    return time.perf_counter() - started


async def hop(waves: int, folder: Path) -> dict[str, Any]:
    """Compare a worker of one's own with one behind the model host."""
    settings = Settings()
    trio = ModelTrio(default_models_dir(), folder / "own", model_options(settings))
    one, other = RemoteModels(settings), RemoteModels(settings)
    try:
        own = await trio.worker(Role.MEMORY)
        shared = await one.worker(Role.MEMORY, Lane.PROCESS)
        await timed_wave(await other.worker(Role.MEMORY, Lane.PROCESS), 0, 1)
        counts: dict[str, list[float]] = {"own": [], "shared": []}
        times: dict[str, list[float]] = {"own": [], "shared": []}
        for seed in range(waves + 2):
            for name, model in (("own", own), ("shared", shared)):
                spent = await timed_wave(model, seed, 1)
                started = time.perf_counter()
                await model.count_tokens((Segment(_TEXT),))
                if seed >= 2:  # The first ones store the prefix.
                    times[name].append(spent)
                    counts[name].append(time.perf_counter() - started)
        added = [far - near for near, far in zip(times["own"], times["shared"], strict=True)]
        return {
            "wave_own": summary_ms(times["own"]),
            "wave_shared": summary_ms(times["shared"]),
            "wave_added_p50_ms": round(1e3 * statistics.median(added), 2),
            "count_own": summary_ms(counts["own"]),
            "count_shared": summary_ms(counts["shared"]),
            "with_two_workspaces": await memory(),
        }
    finally:
        await trio.close()
        await one.close()
        await other.close()


async def memory() -> dict[str, Any]:
    """Return what the model host and its workers hold, MiB resident."""
    async with await ModelHostClient.reached(model_host(), spawn=False) as client:
        told = await client.call("status", {}, timeout_s=20)
    return {
        "workspaces": told["users"],
        "host_mib": round(told["memory_bytes"] / 2**20),
        "workers_mib": {
            one["model"]: round(one["memory_bytes"] / 2**20) for one in told["workers"]
        },
    }


async def waits(keys: int) -> dict[str, Any]:
    """Measure the first token of a continuation beside waves of a process in another workspace."""
    typing, working = RemoteModels(Settings()), RemoteModels(Settings())
    report: dict[str, Any] = {}
    try:
        await first_tokens(typing, 2)
        report["nothing else"] = summary_ms(await first_tokens(typing, keys))
        for name, role in (("same model", Role.RLM), ("smaller model", Role.MEMORY)):
            model = await working.worker(role, Lane.PROCESS)
            saturating = asyncio.create_task(saturate(model))
            await asyncio.sleep(1.0)
            report[f"beside waves of the {name}"] = summary_ms(await first_tokens(typing, keys))
            saturating.cancel()
            await asyncio.wait({saturating})
        report["with_two_workspaces"] = await memory()
    finally:
        await typing.close()
        await working.close()
    return report


async def saturate(model: WaveModel) -> None:
    """Answer waves of a process until cancelled."""
    seed = 0
    while True:
        seed += 1
        await timed_wave(model, seed, 48)


async def first_tokens(models: RemoteModels, keys: int) -> Sequence[float]:
    """Return how long each key waits for its first token, seconds: a token is typed each time."""
    continuer = models.continuer()
    tokens = list(await continuer.tokens_of(_TEXT * 4))
    typed = list(await continuer.tokens_of("    return result + number - 1\n" * 8))
    times = []
    for key in range(keys):
        tokens.append(typed[key % len(typed)])
        times.append(await first_token(models, tokens))
    return times


async def first_token(models: RemoteModels, tokens: Sequence[int]) -> float:
    """Return how long the first token takes, seconds."""
    started = time.perf_counter()
    heard: list[float] = []

    def wants_more(_text: str) -> bool:
        heard.append(time.perf_counter() - started)
        return False

    await models.continuer().continued(tokens, slot=0, tokens_max=8, wants_more=wants_more)
    return heard[0] if heard else time.perf_counter() - started


if __name__ == "__main__":
    main()
