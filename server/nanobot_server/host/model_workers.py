"""Ports: the models of a host. `model_host.RemoteModels` is the real thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nanobot_engine.model import Lane, Role, WaveModel, WorkerStatus
from nanobot_engine.model.worker.continuation import TextContinuer


@dataclass(frozen=True, slots=True)
class ContinuerStatus:
    """How the worker that continues text is, for people."""

    pid: int | None
    """None when it does not run."""
    memory_bytes: int
    restarts: int


class WaveModels(Protocol):
    """A port: gives each role a model that answers waves.

    Whose they are keeps their lanes: who asks waits for others there, and not here.
    """

    async def worker(self, role: Role, lane: Lane) -> WaveModel:
        """Return the model of `role`, loaded; what it is asked goes into `lane`.

        Raises:
            ModelError: It can not be run.
        """


class TextContinuers(Protocol):
    """A port: gives a model that continues text."""

    def continuer(self) -> TextContinuer:
        """Return the model that continues text. Starts nothing."""

    async def continuer_status(self) -> ContinuerStatus:
        """Return how its worker is. Starts nothing."""


class ModelWorkers(WaveModels, TextContinuers, Protocol):
    """All models of a host."""

    def states(self) -> Mapping[Role, WorkerStatus]:
        """Return what each role's worker does. Starts nothing."""

    async def close(self) -> None:
        """Let go of all."""
