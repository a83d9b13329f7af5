"""The binding driven directly: xllamacpp in this very process, and nothing of ours between.

It has the threads, slots, context and batch of a worker.
"""

import http.client
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xllamacpp

from nanobot_engine.model import ModelEntry, Segment, Wave, default_models_dir
from nanobot_engine.model.worker.options import ModelOptions


@dataclass(frozen=True, slots=True)
class Spent:
    """What the answers to one batch took."""

    read_tokens: int
    """Of prompts, without what was still in memory."""
    generated_tokens: int
    wall_s: float
    cpu_s: float
    """Of all OS processes that took part."""


class DirectBinding:
    """A loaded model. Goes with the process.

    Args:
        entry: The model.
        options: Of a worker that it is compared with.
        socket_path: Where it shall listen.
    """

    def __init__(self, entry: ModelEntry, options: ModelOptions, socket_path: Path) -> None:
        params = xllamacpp.CommonParams()
        params.model.path = str(default_models_dir() / entry.file_name)
        params.n_parallel = options.slots
        params.n_ctx = options.slots * options.context_tokens_per_slot
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
        params.n_batch = params.n_ubatch = options.batch_tokens
        params.kv_unified = False
        params.cache_ram_mib = 0
        params.cache_idle_slots = False
        params.slot_prompt_similarity = 1e-6
        params.verbosity = 1
        params.hostnames = [str(socket_path)]
        self._socket_path = socket_path
        self._server = xllamacpp.Server(params)

    def answer(self, wave: Wave) -> Spent:
        """Answer a wave with one plain request."""
        body = {
            "prompt": [text(wave.prefix + prompt) for prompt in wave.prompts],
            "n_cmpl": wave.samples,
            "n_predict": wave.tokens_max,
            "temperature": wave.temperature,
            "seed": wave.seed,
            "cache_prompt": True,
            "response_fields": ["tokens_predicted", "timings"],
        }
        if wave.grammar is not None:
            body["grammar"] = wave.grammar
        started, cpu_started = time.perf_counter(), time.process_time()
        reply = self._call(body)
        answers = reply if isinstance(reply, list) else [reply]
        return Spent(
            read_tokens=sum(answer["timings"]["prompt_n"] for answer in answers),
            generated_tokens=sum(answer["tokens_predicted"] for answer in answers),
            wall_s=time.perf_counter() - started,
            cpu_s=time.process_time() - cpu_started,
        )

    def _call(self, body: dict[str, Any]) -> Any:
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.connect(str(self._socket_path))
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/completion", json.dumps(body), headers)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def text(segments: tuple[Segment, ...]) -> str:
    """Join segments; the binding tokenises them in one go."""
    return "".join(segment.text for segment in segments)
