"""Start and end the OS process of a model worker."""

import asyncio
import contextlib
import json
import logging
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psutil

from nanobot_engine.model.catalogue.catalogue import ModelEntry
from nanobot_engine.model.errors import ChecksumError, ModelMissingError, WorkerFailedError
from nanobot_engine.model.worker.heart import new_pulse, pulse
from nanobot_engine.model.worker.memory_limit import memory_limit_bytes
from nanobot_engine.model.worker.options import SOCKET_NAME, ModelOptions
from nanobot_engine.model.worker.progress import Progress
from nanobot_engine.model.worker.worker_client import WorkerLostError
from nanobot_engine.model.worker.worker_watch import LOOK_S, WorkerWatch, needs_more_than, vitals

log = logging.getLogger(__name__)

_PROGRAM: Final = "nanobot_engine.model.worker.worker"
_REPLY_BYTES_MAX: Final = 65_536
_POLL_S: Final = 0.2
_EXIT_GRACE_S: Final = 1.0
_READ_BYTES_PER_S_MIN: Final = 32 << 20
"""What the slowest disks read that a model is started from."""
_LAST_WORDS_BYTES: Final = 16_384
# Behind it are the stacks of Python's threads, which say nothing of native code.
_STACKS_BEGIN: Final = "Fatal Python error"
# What native code says before it gives up for want of memory.
_OUT_OF_MEMORY: Final = ("bad_alloc", "failed to allocate", "unable to allocate", "MemoryError")
# All a worker may know of our environment: llama.cpp takes options from variables.
_VARIABLES_KEPT: Final = frozenset(
    {"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV"}
)


class WorkerProcess:
    """A running worker: its pid, its private folder, its socket.

    Use `start`, and `end` it. The folder, 0700, has the socket and the stored prefixes,
    and goes with the worker. A worker that hangs or takes too much memory is killed by
    its watch, within seconds.

    Args:
        role: Its name.
        runtime_dir: For its folder and its log.
        opts: How it runs.
        memory_bytes_max: What it may take, without the file of its model.
    """

    def __init__(
        self, role: str, runtime_dir: Path, opts: ModelOptions, *, memory_bytes_max: int
    ) -> None:
        runtime_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The pid says to later sweeps whose it is.
        folder = Path(tempfile.mkdtemp(prefix=f"{role}-{os.getpid()}-", dir=runtime_dir))
        self._log_path = runtime_dir / f"{role}.log"
        self._memory_bytes_max = memory_bytes_max
        self._pulse_fd = new_pulse(folder)
        self._reply_fd, theirs = os.pipe()
        try:
            self._process, self._log_start = _spawn(
                folder, self._log_path, (theirs, self._pulse_fd), opts
            )
        except BaseException:
            os.close(self._pulse_fd)
            os.close(self._reply_fd)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            os.close(theirs)
        self.folder = folder
        self.load_seconds = 0.0
        self.sandbox = ""
        """What it gave up, in words."""
        self.progress = Progress()
        """For its client to fill in."""
        self._is_loading = True
        self._verdict: str | None = None
        self._watching: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, role: str, entry: ModelEntry, model_path: Path, runtime_dir: Path, opts: ModelOptions
    ) -> "WorkerProcess":
        """Start a worker and wait until it has loaded its model.

        Raises:
            ModelMissingError, ChecksumError: The file is not there, or not right.
            WorkerFailedError: The model cannot be loaded.
            WorkerLostError: It died, or was silent for `start_timeout_s` and the time that a
                slow disk takes to read the file.
        """
        limit = memory_limit_bytes(entry, model_path, opts)
        worker = cls(role, runtime_dir, opts, memory_bytes_max=limit)
        worker._watching = asyncio.create_task(worker._watch(), name=f"watch {role}")
        try:
            worker._send_options(entry, model_path, opts)
            reply = await worker._reply(_load_timeout_s(entry, opts))
            worker._check(reply, role, entry, model_path)
        except BaseException:
            await worker.end(grace_s=0)
            raise
        return worker

    @property
    def pid(self) -> int:
        """Of the worker."""
        return self._process.pid

    @property
    def socket_path(self) -> Path:
        """Where it listens."""
        return self.folder / SOCKET_NAME

    def is_alive(self) -> bool:
        """Say whether the OS process still exists."""
        return self._process.poll() is None

    def memory_bytes(self) -> int:
        """Return its resident memory; 0 when it is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def cause_of_death(self, needed_bytes: int) -> str:
        """Say in words how the worker ended.

        Args:
            needed_bytes: What its model needs, for when the system took it.
        """
        code = self._process.poll()
        if self._verdict is not None:
            return self._verdict
        if code is None:
            return "it does not answer"
        if self._is_out_of_memory():
            return needs_more_than(self._memory_bytes_max)
        if code == -signal.SIGKILL:
            need = f"{needed_bytes / 2**20:.0f} MiB"
            return f"killed by SIGKILL, perhaps for want of memory: it needs {need}"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}: {self._last_words()}"
        return f"ended with code {code}: {self._last_words()}"

    async def end(self, grace_s: float = _EXIT_GRACE_S) -> None:
        """End the worker and remove its folder. It leaves by itself when stdin ends."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # Options that were never read.
            self._process.stdin.close()
        give_up = time.monotonic() + grace_s
        # An event would need a thread that waits for the process.
        while self.is_alive() and time.monotonic() < give_up:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if self.is_alive():
            self._process.kill()
        # SIGKILL ends a stopped process too, so this returns.
        await asyncio.to_thread(self._process.wait)
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if self._pulse_fd >= 0:
            os.close(self._pulse_fd)
            self._pulse_fd = -1
        if self._reply_fd >= 0:
            os.close(self._reply_fd)
            self._reply_fd = -1
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send_options(self, entry: ModelEntry, model_path: Path, opts: ModelOptions) -> None:
        options = {
            "parent_pid": os.getpid(),
            "entry": entry.model_dump(mode="json"),
            "model_path": str(model_path.absolute()),
            "threads": opts.threads,
            "slots": opts.slots,
            "context_tokens_per_slot": opts.context_tokens_per_slot,
            "log_bytes_max": opts.log_bytes_max,
            "memory_bytes_max": self._memory_bytes_max,
            "batch_tokens": opts.batch_tokens,
            "nice": opts.nice,
            "engine": opts.engine,
            "gpu_layers": opts.gpu_layers,
            "gpu": opts.gpu,
        }
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(options).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerLostError(self.cause_of_death(0)) from error

    async def _watch(self) -> None:
        """Look at the worker until it is gone, and kill it when it is no use any more."""
        watch = WorkerWatch(self._memory_bytes_max)
        process = psutil.Process(self.pid)
        looked = time.monotonic()
        while self._verdict is None and (seen := vitals(process)) is not None:
            now = time.monotonic()
            self._verdict = watch.verdict(
                seen,
                beat=pulse(self._pulse_fd),
                progress=self.progress,
                since_s=now - looked,
                is_loading=self._is_loading,
            )
            looked = now
            if self._verdict is not None:
                # Whoever waits for its answer sees the connection end.
                self._process.kill()
            await asyncio.sleep(LOOK_S)

    async def _reply(self, timeout_s: float) -> dict[str, Any]:
        """Return the one line a worker says when it is ready, or cannot be."""
        fd = self._reply_fd
        give_up = time.monotonic() + timeout_s
        line = b""
        while not line.endswith(b"\n"):
            if time.monotonic() > give_up:
                msg = f"it did not load its model within {timeout_s:g} s"
                raise WorkerLostError(msg)
            ready, _, _ = await asyncio.to_thread(select.select, [fd], [], [], _POLL_S)
            chunk = os.read(fd, 4_096) if ready else b""
            line += chunk
            if (ready and not chunk) or len(line) > _REPLY_BYTES_MAX:
                await asyncio.sleep(_POLL_S)  # For the exit code.
                raise WorkerLostError(self.cause_of_death(0))
        try:
            return dict(json.loads(line))
        except (ValueError, TypeError) as error:
            msg = f"it did not say that it is ready: {line[:200]!r}"
            raise WorkerLostError(msg) from error

    def _check(self, reply: dict[str, Any], role: str, entry: ModelEntry, model_path: Path) -> None:
        if reply.get("state") == "ready":
            self.load_seconds = float(reply["seconds"])
            self.sandbox = str(reply["sandbox"])
            self._is_loading = False
            return
        if reply.get("kind") == "missing":
            raise ModelMissingError(entry.name, model_path)
        if reply.get("kind") == "checksum":
            raise ChecksumError(model_path.name, entry.pinned_sha256, str(reply.get("actual")))
        reason = reply.get("reason")
        if self._is_out_of_memory():
            reason = needs_more_than(self._memory_bytes_max)
        raise WorkerFailedError(role, f"{entry.name} cannot be loaded: {reason}")

    def _is_out_of_memory(self) -> bool:
        tail = self._log_tail()
        return any(words in tail for words in _OUT_OF_MEMORY)

    def _last_words(self) -> str:
        said, _, stacks = self._log_tail().partition(_STACKS_BEGIN)
        if stacks and not said.strip():
            said = _STACKS_BEGIN + stacks.partition("\n")[0]
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it said nothing"

    def _log_tail(self) -> str:
        """Return the end of what this worker wrote, and not those before it."""
        try:
            with self._log_path.open("rb") as log_file:
                size = os.fstat(log_file.fileno()).st_size
                # It starts its log anew when it becomes too long.
                start = self._log_start if self._log_start <= size else 0
                log_file.seek(max(start, size - _LAST_WORDS_BYTES))
                tail = log_file.read(_LAST_WORDS_BYTES)
        except OSError:
            return ""
        return tail.decode("utf-8", errors="replace")


def _load_timeout_s(entry: ModelEntry, opts: ModelOptions) -> float:
    # Most machines load a model in seconds; a disk that turns reads 18 GB for minutes.
    return opts.start_timeout_s + entry.size_bytes / _READ_BYTES_PER_S_MIN


def sweep(runtime_dir: Path) -> None:
    """Remove the folders of workers whose owner was killed."""
    for folder in runtime_dir.glob("*-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and folder.is_dir() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _spawn(
    folder: Path, log_path: Path, fds: tuple[int, int], opts: ModelOptions
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the program; return it, and where its part of the log begins."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    log_fd = os.open(log_path, flags, 0o600)
    try:
        if os.fstat(log_fd).st_size > opts.log_bytes_max // 2:
            os.ftruncate(log_fd, 0)
        log_start = os.fstat(log_fd).st_size
        # In the thread of the event loop on purpose: the worker dies with the thread that
        # started it, and threads of a pool end earlier than the process.
        process = subprocess.Popen(
            # -P: the folder of the worker is no place for modules.
            [sys.executable, "-P", "-m", _PROGRAM, *(str(fd) for fd in fds)],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=log_fd,  # Whatever native code prints is no protocol.
            stderr=log_fd,
            pass_fds=fds,
            # Ctrl-C in a terminal is for us; we end the worker.
            start_new_session=True,
        )
    finally:
        os.close(log_fd)
    return process, log_start


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in _VARIABLES_KEPT}
    # Threads that spin at a barrier take the core from the thread they wait for: with
    # other work on the machine that made a worker more than ten times slower.
    # Threads of a library that numpy starts when it is imported would be outside the sandbox.
    return {**kept, "OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}
