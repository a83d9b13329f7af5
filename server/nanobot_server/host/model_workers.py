"""A port: the models of a host. `ModelTrio` is the real thing."""

from collections.abc import Mapping
from typing import Protocol

from nanobot_engine.model import Role, WaveModel, WorkerStatus


class ModelWorkers(Protocol):
    """Gives each role a model that answers waves."""

    async def worker(self, role: Role) -> WaveModel:
        """Return the model of `role`, loaded.

        Raises:
            ModelError: It can not be run.
        """

    def states(self) -> Mapping[Role, WorkerStatus]:
        """Return what each role's worker does. Starts nothing."""

    async def close(self) -> None:
        """End all workers."""
