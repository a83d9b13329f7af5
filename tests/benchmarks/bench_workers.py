"""Measure how soon a lost model worker is replaced, and what an editor notices of it.

From `tests`: `python -m benchmarks.bench_workers [--times N] [--deeds NAME …]`.

Prints one JSON document. Workers that go wrong on purpose (`support/evil_binding.py`)
are real OS processes without a model; each deed happens in the middle of a wave, which
ends with the same answer. Meanwhile `nanobot-lsp` is asked trivial requests, one every
five milliseconds.
"""

import argparse
import asyncio
import json
import os
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.bench_lsp import Server
from benchmarks.bench_lsp_sync import trivial_times
from benchmarks.machine import machine
from benchmarks.timing import summary_ms
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS
from support.evil_worker import EvilWorkers, right_answer, wave

DEEDS: Final = (
    "killed", "segfault", "abort", "exit", "garbage", "half", "huge", "memory", "stopped",
    "deadlock", "loop", "interpreter-lock",
)  # fmt: skip
TIMEOUT_S: Final = 60.0


async def replaced(evil: EvilWorkers, deeds: list[str]) -> dict[str, list[float]]:
    """Return for each deed how long the waves in whose middle it happened took, in seconds."""
    worker = evil.worker([*deeds, "sound"])
    seconds = defaultdict(list)
    try:
        await worker.generate(wave(0), timeout_s=TIMEOUT_S)
        for number, deed in enumerate(deeds, 1):
            begun = time.perf_counter()
            result = await worker.generate(wave(number), timeout_s=TIMEOUT_S)
            seconds[deed].append(time.perf_counter() - begun)
            assert [[one.text for one in row] for row in result.samples] == right_answer(
                wave(number)
            )
    finally:
        await worker.close()
    return seconds


def main() -> None:
    """Run everything and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--deeds", nargs="+", default=DEEDS, choices=DEEDS)
    chosen = parser.parse_args()
    result: dict[str, Any] = {"machine": machine()}
    options = replace(DEFAULT_MODEL_OPTIONS, slots=4, context_tokens_per_slot=512)
    is_over = threading.Event()
    times: list[float] = []
    server = Server(None)
    result["trivial_before_ms"] = summary_ms(trivial_times(server, 1_000))

    def ask() -> None:
        while not is_over.is_set():
            times.extend(trivial_times(server, 20))

    asking = threading.Thread(target=ask)
    with tempfile.TemporaryDirectory(prefix="nb-") as folder, pytest.MonkeyPatch.context() as patch:
        evil = EvilWorkers.in_folder(Path(folder, "evil"), patch, options)
        asking.start()
        try:
            seconds = asyncio.run(replaced(evil, list(chosen.deeds) * chosen.times))
        finally:
            is_over.set()
            asking.join()
    result["trivial_meanwhile_ms"] = summary_ms(times)
    result["wave_with_a_lost_worker_ms"] = {
        deed: summary_ms(took) for deed, took in seconds.items()
    }
    result["load_average_at_end"] = machine()["load_average"]
    server.close()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="nb-") as state:
        for name in ("STATE_HOME", "RUNTIME_DIR", "CACHE_HOME"):
            os.environ[f"XDG_{name}"] = state
        main()
