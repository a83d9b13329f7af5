"""The models of one tier, by role."""

import asyncio
from pathlib import Path

from nanobot_engine.model.catalogue import ModelEntry, Role, Tier, load_catalogue
from nanobot_engine.model.options import ModelOptions
from nanobot_engine.model.supervisor import ModelWorker, WorkerStatus
from nanobot_engine.model.worker_process import sweep


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
        tier: Tier = Tier.POTATO,
    ) -> None:
        """Start nothing yet.

        Args:
            models_dir: Where `install` put the files.
            runtime_dir: For sockets, logs and stored prefixes; created 0700.
            options: Of every worker.
            tier: Decides which models play the roles.
        """
        catalogue = load_catalogue()
        self._worker_by_model: dict[str, ModelWorker] = {}
        self._entry_by_role: dict[Role, ModelEntry] = {}
        sweep(runtime_dir)
        for role in Role:
            entry = catalogue.for_role(tier, role)
            self._entry_by_role[role] = entry
            if entry.name not in self._worker_by_model:
                self._worker_by_model[entry.name] = ModelWorker(
                    role, entry, models_dir=models_dir, runtime_dir=runtime_dir, options=options
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

    def states(self) -> dict[Role, WorkerStatus]:
        """Return what each role's worker does. Starts nothing."""
        return {
            role: self._worker_by_model[entry.name].status()
            for role, entry in self._entry_by_role.items()
        }

    async def close(self) -> None:
        """End all workers."""
        await asyncio.gather(*(worker.close() for worker in self._worker_by_model.values()))
