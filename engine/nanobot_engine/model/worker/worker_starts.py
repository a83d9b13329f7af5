"""Start the OS process of a model, again after it died, and give up in the end.

What is asked of a worker, and what makes it unusable, is for its owner to say.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import ModelEntry
from nanobot_engine.model.errors import ModelMissingError, WorkerFailedError
from nanobot_engine.model.source.pins import pinned
from nanobot_engine.model.worker.options import ModelOptions
from nanobot_engine.model.worker.worker_client import WorkerLostError
from nanobot_engine.model.worker.worker_process import WorkerProcess

log = logging.getLogger(__name__)

_BACKOFF_MIN_S: Final = 0.2
_BACKOFF_MAX_S: Final = 5.0
_LAST_BREATH_S: Final = 0.05


class WorkerStarts:
    """The starts of one worker. Runs on the event loop; its owner asks for one at a time.

    Args:
        name: Of the worker, in messages, and of its folder and its log.
        entry: The model.
        models_dir: Where its file is.
        runtime_dir: For sockets, logs and stored prefixes.
        options: How it runs.
    """

    def __init__(
        self,
        name: str,
        entry: ModelEntry,
        *,
        models_dir: Path,
        runtime_dir: Path,
        options: ModelOptions,
    ) -> None:
        self.count = 0
        self._name = name
        self._entry = entry
        self._model_path = entry.path_in(models_dir)
        self._runtime_dir = runtime_dir
        self._options = options
        self._failures = 0  # Since the last request that was answered.

    def answered(self) -> None:
        """The worker is well: it answered a request."""
        self._failures = 0

    async def start(self) -> WorkerProcess:
        """Start a worker, after a pause when the one before failed.

        Raises:
            ModelMissingError, ChecksumError: The file is not there, or not right.
            WorkerFailedError: It failed again and again. Who asks after this gets new tries.
        """
        entry = pinned(self._entry, self._model_path.parent)
        if entry.sha256 is None:  # Whatever is there, nobody fetched it.
            raise ModelMissingError(entry.name, self._model_path)
        reason = "it died again and again"
        while self._failures < self._options.restarts_max:
            if self._failures:
                pause_s = min(_BACKOFF_MIN_S * 2 ** (self._failures - 1), _BACKOFF_MAX_S)
                await asyncio.sleep(pause_s)
            self.count += 1
            try:
                process = await WorkerProcess.start(
                    self._name, entry, self._model_path, self._runtime_dir, self._options
                )
            except WorkerLostError as error:
                self._failures += 1
                reason = str(error)
                log.warning("worker start failed: role=%s reason=%s", self._name, reason)
                continue
            log.info(
                "worker ready: role=%s pid=%d load_s=%.2f",
                self._name,
                process.pid,
                process.load_seconds,
            )
            return process
        self._failures = 0
        raise WorkerFailedError(self._name, reason)

    async def reason_for(self, process: WorkerProcess, suspicion: str) -> str:
        """Return in words what happened to a worker that failed: how it died, or `suspicion`."""
        if process.is_alive():
            await asyncio.sleep(_LAST_BREATH_S)  # A dying process closes its sockets first.
        return suspicion if process.is_alive() else self.cause_of_death(process)

    def cause_of_death(self, process: WorkerProcess) -> str:
        """Say in words how a worker ended."""
        return process.cause_of_death(self._entry.memory_bytes)

    async def drop(self, process: WorkerProcess, reason: str) -> None:
        """Put an end to a worker that failed."""
        log.warning("worker lost: role=%s pid=%d reason=%s", self._name, process.pid, reason)
        self._failures += 1
        await process.end(grace_s=0)
