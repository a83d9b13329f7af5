"""Compare the engine's tokens/s with the binding driven directly, on the same batches.

Both have the same model, threads, slots and requests. "Direct" is xllamacpp in this very
process, asked with one plain request per batch, its shared prefix in the slots from the
request before; "engine" is a `ModelWorker`: a supervised OS process, tokenising segments,
restoring the prefix, streaming the answers.
Repetitions alternate, so that what else the machine does falls on both. Prints JSON.

From `tests`: `python -m benchmarks.bench_engine --role main`.
"""

import os

# As in a worker, and before OpenMP is loaded: spinning threads would measure the scheduler.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import argparse
import asyncio
import http.client
import json
import socket
import statistics
import tempfile
import time
from pathlib import Path

import xllamacpp

from benchmarks.bar import Bar
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
SYSTEM = (
    "You are a senior programmer. You write one sentence that says what a function does "
    "for its caller. No code, no quotes."
)


def main() -> None:
    """Run the benchmark from the command line."""
    os.nice(5)  # As a worker: a busy machine must not prefer one of the two.
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", choices=[role.value for role in Role], default="rlm")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=48)
    arguments = parser.parse_args()
    entry = load_catalogue().for_role(Tier.POTATO, Role(arguments.role))
    result = asyncio.run(bench(entry, arguments.repetitions, arguments.tokens))
    print(json.dumps(result, indent=2))


async def bench(entry: ModelEntry, repetitions: int, tokens_max: int) -> dict[str, object]:
    """Return tokens/s of both ways and their ratio."""
    options = DEFAULT_MODEL_OPTIONS
    speeds: dict[str, list[float]] = {"engine": [], "direct": []}
    with tempfile.TemporaryDirectory() as folder:
        worker = ModelWorker(
            Role(entry.roles[0]),
            entry,
            models_dir=default_models_dir(),
            runtime_dir=Path(folder),
            options=options,
        )
        socket_path = Path(folder) / "direct.sock"
        direct = load_direct(entry, socket_path)
        try:
            for index in range(repetitions + 1):
                wave = make_wave(index, options.slots, tokens_max)
                # Every other time the other one goes first.
                for way in ("engine", "direct") if index % 2 else ("direct", "engine"):
                    started = time.perf_counter()
                    if way == "engine":
                        result = await worker.generate(wave, timeout_s=TIMEOUT_S)
                        tokens = result.generated_tokens
                    else:
                        tokens = run_direct(socket_path, wave)
                    if index:  # The first one reads the prefix and warms caches.
                        speeds[way].append(tokens / (time.perf_counter() - started))
            memory_bytes = worker.status().memory_bytes
        finally:
            await worker.close()
            del direct
    ratios = [a / b for a, b in zip(speeds["engine"], speeds["direct"], strict=True)]
    ratio = statistics.median(ratios)
    return {
        "model": entry.name,
        "engine_tokens_per_second": [round(speed, 1) for speed in speeds["engine"]],
        "direct_tokens_per_second": [round(speed, 1) for speed in speeds["direct"]],
        "ratios": [round(value, 3) for value in ratios],
        "ratio": round(ratio, 3),
        "ratio_min": RATIO.limit,
        "met": RATIO.is_met(ratio),
        "worker_memory_bytes": memory_bytes,
        "slots": options.slots,
        "threads": options.threads,
        "tokens_max": tokens_max,
        "machine": machine(),
    }


def make_wave(index: int, slots: int, tokens_max: int) -> Wave:
    """Return a wave of other prompts each time, so that only the prefix can be reused."""
    bodies = [
        f"def step_{index}_{n}(items, limit={n}):\n"
        f"    total = {index}\n"
        "    for item in items:\n"
        f"        if item > limit:\n            total += item * {n + 2}\n"
        "    return total\n"
        for n in range(slots // 2)
    ]
    return Wave(
        prefix=CHATML.prefix(SYSTEM),
        prompts=tuple(CHATML.prompt(body) for body in bodies),
        samples=2,
        tokens_max=tokens_max,
        temperature=0.7,
        seed=index,
    )


def load_direct(entry: ModelEntry, socket_path: Path) -> xllamacpp.Server:
    """Load the model in this process."""
    options = DEFAULT_MODEL_OPTIONS
    params = xllamacpp.CommonParams()
    params.model.path = str(default_models_dir() / entry.file_name)
    params.n_parallel = options.slots
    params.n_ctx = options.slots * options.context_tokens_per_slot
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    params.kv_unified = False
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.slot_prompt_similarity = 1e-6
    params.verbosity = 1
    params.hostnames = [str(socket_path)]
    return xllamacpp.Server(params)


def run_direct(socket_path: Path, wave: Wave) -> int:
    """Answer a wave with one plain request; return the generated tokens."""
    body = {
        "prompt": [text(wave.prefix + prompt) for prompt in wave.prompts],
        "n_cmpl": wave.samples,
        "n_predict": wave.tokens_max,
        "temperature": wave.temperature,
        "seed": wave.seed,
        "cache_prompt": True,
        "response_fields": ["tokens_predicted"],
    }
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.connect(str(socket_path))
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/completion", json.dumps(body), headers)
        reply = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return sum(answer["tokens_predicted"] for answer in reply)


def text(segments: tuple[Segment, ...]) -> str:
    """Join segments; the binding tokenises them in one go."""
    return "".join(segment.text for segment in segments)


if __name__ == "__main__":
    main()
