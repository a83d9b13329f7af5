"""The models of one tier, by role."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from nanobot_engine.model.catalogue.catalogue import ModelEntry, Role, Tier, load_catalogue
from nanobot_engine.model.worker.options import ModelOptions
from nanobot_engine.model.worker.supervisor import ModelWorker, WorkerStatus
from nanobot_engine.model.worker.worker_process import sweep


@dataclass(frozen=True, slots=True)
class GpuShare:
    """What of a model a GPU computes."""

    layers: int = 0
    index: int = 0
    """Of the GPU, in llama.cpp's own order."""


class ModelTrio:
    """One worker per model; a model that plays several roles has one worker.

    A worker starts when it is first asked for. Runs on the event loop; `close` it.
    """

    def __init__(
        self,
        models_dir: Path,
        runtime_dir: Path,
        options: ModelOptions,
        *,
        entries: Mapping[Role, ModelEntry] | None = None,
        gpus: Mapping[Role, GpuShare] = MappingProxyType({}),
    ) -> None:
        """Start nothing yet.

        Args:
            models_dir: Where `install` put the files.
            runtime_dir: For sockets, logs and stored prefixes; created 0700.
            options: Of every worker.
            entries: Which models play the roles; None: those of the smallest tier.
            gpus: What of them a GPU computes.
        """
        if entries is None:
            catalogue = load_catalogue()
            entries = {role: catalogue.for_role(Tier.POTATO, role) for role in Role}
        self._worker_by_model: dict[str, ModelWorker] = {}
        self._entry_by_role: dict[Role, ModelEntry] = {}
        sweep(runtime_dir)
        for role in Role:
            entry = entries[role]
            self._entry_by_role[role] = entry
            if entry.name not in self._worker_by_model:
                share = gpus.get(role, GpuShare())
                self._worker_by_model[entry.name] = ModelWorker(
                    role,
                    entry,
                    models_dir=models_dir,
                    runtime_dir=runtime_dir,
                    options=replace(options, gpu_layers=share.layers, gpu=share.index),
                )

    async def worker(self, role: Role) -> ModelWorker:
        """Return the worker of `role`, started.

        Raises:
            ModelMissingError, ChecksumError: The file is not there, or not right.
            WorkerFailedError: The worker does not come up.
        """
        worker = self._worker_by_model[self._entry_by_role[role].name]
        await worker.start()
        return worker

    async def unload(self, role: Role) -> None:
        """End the worker of `role`, to give its memory back. The next wave starts it again."""
        await self._worker_by_model[self._entry_by_role[role].name].close()

    def states(self) -> dict[Role, WorkerStatus]:
        """Return what each role's worker does. Starts nothing."""
        return {
            role: self._worker_by_model[entry.name].status()
            for role, entry in self._entry_by_role.items()
        }

    async def close(self) -> None:
        """End all workers."""
        await asyncio.gather(*(worker.close() for worker in self._worker_by_model.values()))
