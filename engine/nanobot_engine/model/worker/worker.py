"""The OS process that loads one model: `python -m nanobot_engine.model.worker.worker`.

It reads its options as one JSON line from stdin, answers with one JSON line (`ready` or
`failed`) on the descriptor named by its first argument, and then serves llama.cpp's HTTP
API on a Unix socket in its current folder, until stdin reaches its end. The second
argument is the file of its heartbeat. It may be killed at any moment. Fd 1 is the log
from the start: native code prints there.
"""

import ctypes
import faulthandler
import itertools
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nanobot_engine.model.catalogue.catalogue import ModelEntry
from nanobot_engine.model.errors import ChecksumError, ModelMissingError
from nanobot_engine.model.source.model_file import open_verified
from nanobot_engine.model.worker.heart import BEAT_S, beat
from nanobot_engine.model.worker.options import SOCKET_NAME
from nanobot_engine.model.worker.sandbox import enter_sandbox

_BEATS_PER_LOG_CHECK: Final = 8
_PR_SET_PDEATHSIG: Final = 1
# Above 0, so that llama.cpp picks the first slot with the prefix and never the oldest one.
_SIMILARITY_MIN: Final = 1e-6
_LOG_WARNINGS: Final = 2


def main() -> None:
    """Load the model and serve until the parent is gone."""
    reply_fd, pulse_fd = int(sys.argv[1]), int(sys.argv[2])
    for fd in (reply_fd, pulse_fd):
        os.set_inheritable(fd, False)  # noqa: FBT003 - the only way to call it
    os.umask(0o077)
    faulthandler.enable()
    options = json.loads(sys.stdin.buffer.readline())
    _die_with_parent(options["parent_pid"])
    os.nice(max(0, options["nice"] - os.nice(0)))  # Not on top of what we inherited.

    started = time.monotonic()
    try:
        entry = ModelEntry.model_validate(options["entry"])
        model_fd = open_verified(Path(options["model_path"]), entry)
    except (ModelMissingError, ChecksumError) as error:
        kind = "missing" if isinstance(error, ModelMissingError) else "checksum"
        actual = error.actual if isinstance(error, ChecksumError) else ""
        _reply(reply_fd, {"state": "failed", "kind": kind, "reason": str(error), "actual": actual})
        return
    try:
        server, sandbox = _load(model_fd, pulse_fd, options)
    # ImportError: no OpenMP on this machine, or a CPU without AVX2.
    except (RuntimeError, MemoryError, ImportError) as error:
        reason = str(error) or type(error).__name__
        _reply(reply_fd, {"state": "failed", "kind": "load", "reason": reason})
        return
    Path(SOCKET_NAME).chmod(0o600)
    seconds = round(time.monotonic() - started, 3)
    ready = {"state": "ready", "pid": os.getpid(), "seconds": seconds, "sandbox": sandbox}
    _reply(reply_fd, ready)
    os.close(reply_fd)
    while server is not None:  # The watcher ends the process; llama.cpp has its own threads.
        signal.pause()


def _die_with_parent(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # It died before the line above.
        os._exit(0)


def _live(pulse_fd: int, log_bytes_max: int) -> None:
    """Let the heart beat, end with the end of stdin, and keep the log small."""
    poll = select.poll()
    poll.register(0, select.POLLIN | select.POLLHUP)
    for count in itertools.count(1):
        beat(pulse_fd, count)
        if poll.poll(BEAT_S * 1000) and not os.read(0, 4_096):
            os._exit(0)
        if count % _BEATS_PER_LOG_CHECK == 0 and os.fstat(2).st_size > log_bytes_max:
            os.ftruncate(2, 0)  # Opened for appending, so the next line starts the file anew.


def _load(model_fd: int, pulse_fd: int, options: dict[str, Any]) -> tuple[object, str]:
    """Return what answers, and what the sandbox is."""
    serve = _engine(options["engine"])
    # Behind the imports, which read files anywhere; before the first thread and the model.
    sandbox = enter_sandbox(model_fd, Path.cwd(), options["memory_bytes_max"])
    threading.Thread(target=_live, args=(pulse_fd, options["log_bytes_max"]), daemon=True).start()
    # By descriptor: what was hashed is what is loaded.
    path = f"/proc/self/fd/{model_fd}" if sys.platform == "linux" else options["model_path"]
    return serve(path, options), sandbox


def _engine(name: str) -> Callable[[str, dict[str, Any]], object]:
    """Import a binding, which may print: so after fd 1 was claimed."""
    if name == "llama-cpp-python":
        from nanobot_engine.model.worker import llama_cpp_server  # noqa: PLC0415 - needs numpy

        llama_cpp_server.import_binding()
        return llama_cpp_server.serve
    import xllamacpp  # noqa: F401, PLC0415 - for the reason above, and imported again below

    return _serve


def _serve(path: str, options: dict[str, Any]) -> object:
    import xllamacpp  # noqa: PLC0415 - was imported before

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_parallel = options["slots"]
    params.n_ctx = options["slots"] * options["context_tokens_per_slot"]
    params.n_gpu_layers, params.main_gpu = options["gpu_layers"], options["gpu"]
    # One model on one card: a split would need the memory of all of them.
    params.split_mode = xllamacpp.llama_split_mode.LLAMA_SPLIT_MODE_NONE
    params.fit_params = False  # Never shrink the context to the memory of the day.
    # One step of reading prompts; a dropped wave is noticed between two of them.
    params.n_batch = params.n_ubatch = options["batch_tokens"]
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = options["threads"]
        cpu.poll = 0  # Spinning threads fight with everything else on a busy machine.
    # What makes an answer a function of its wave: docs/decisions/0001-waves.md.
    params.kv_unified = False
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    params.slot_prompt_similarity = _SIMILARITY_MIN
    params.warmup = False
    params.slot_save_path = f"{os.getcwd()}/"  # noqa: PTH109 - llama.cpp wants the slash
    params.endpoint_slots = True
    params.hostnames = [SOCKET_NAME]
    # While prompts are read nothing is written, and a dropped wave would go unnoticed.
    params.sse_ping_interval = 1
    params.ui = False
    params.enable_chat_template = False  # The template in the file is not run.
    params.verbosity = _LOG_WARNINGS
    Path(SOCKET_NAME).unlink(missing_ok=True)
    return xllamacpp.Server(params)


def _reply(fd: int, message: dict[str, Any]) -> None:
    os.write(fd, json.dumps(message).encode("ascii") + b"\n")


if __name__ == "__main__":
    main()
