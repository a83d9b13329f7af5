"""The models of one choice of settings: loaded when asked for, unloaded when idle.

Who chooses the same models and options shares them. Who changed the settings meanwhile has
others; those that nobody chooses any more go. So an answer stays a function of (model file,
options, wave), whoever asks beside.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import psutil

from nanobot_engine.model import (
    Lane,
    Lanes,
    ModelTrio,
    ModelWorker,
    Role,
    WaveResult,
    WorkerStatus,
)
from nanobot_engine.model.worker.continuation import ContinuationWorker
from nanobot_server.completion_settings import completion_model, completion_worker_options
from nanobot_server.engine_options import model_trio, models_dir
from nanobot_server.model_host.request import Generate
from nanobot_server.model_host.wave_wire import STATUS, to_wire
from nanobot_server.settings import ModelSettings, Settings

COMPLETION: Final = "completion"
"""Name of the worker that continues text."""
_POLICIES: Final = frozenset({"idle_unload_s", "keep_completion"})
"""What may change while a model is loaded."""
_NEVER_S: Final = 10 * 365 * 86_400.0


def trio_of(settings: Settings, folder: Path) -> ModelTrio:
    """Return the models that answer waves; the one place that makes them.

    Raises:
        UnknownModelError, OwnModelsError: The settings name models that are not known.
    """
    return model_trio(settings, folder)


def continuer_of(settings: Settings, folder: Path, *, idle_s: float) -> ContinuationWorker:
    """Return the model that continues text; the one place that makes it.

    Raises:
        UnknownModelError: The tier has none.
    """
    return ContinuationWorker(
        COMPLETION,
        completion_model(settings),
        models_dir=models_dir(settings),
        runtime_dir=folder,
        options=completion_worker_options(settings),
        idle_s=idle_s,
    )


def key_of(model: ModelSettings) -> str:
    """Return what two choices have in common that can share loaded models."""
    return json.dumps(model.model_dump(mode="json", exclude=set(_POLICIES)), sort_keys=True)


class LoadedModels:
    """Runs on the event loop; `close` it.

    Args:
        model: What was chosen.
        folder: For sockets, logs and stored prefixes of workers.
    """

    def __init__(self, model: ModelSettings, folder: Path) -> None:
        self.key = key_of(model)
        self.users: set[Hashable] = set()
        """Who chose it and is still connected."""
        self._idle_unload_s = model.idle_unload_s
        settings = Settings(model=model)
        self._settings = settings
        self._folder = folder
        self._keep_completion = model.keep_completion
        self._trio = trio_of(settings, folder)
        self._lanes_by_model: dict[str, Lanes] = {}
        self._used_at: dict[str, float] = {}
        self._continuer: ContinuationWorker | None = None

    @property
    def continuer(self) -> ContinuationWorker:
        """The model that continues text.

        Raises:
            UnknownModelError: The tier has none.
        """
        if self._continuer is None:
            idle_s = _NEVER_S if self._keep_completion else self._idle_unload_s
            self._continuer = continuer_of(self._settings, self._folder, idle_s=idle_s)
        return self._continuer

    def follow(self, model: ModelSettings) -> None:
        """Take over, of a new choice of the same models, how long they stay."""
        self._idle_unload_s, self._keep_completion = model.idle_unload_s, model.keep_completion

    async def worker(self, role: Role) -> ModelWorker:
        """Return the worker of `role`, started.

        Raises:
            ModelError: It can not be run.
        """
        worker = await self._trio.worker(role)
        self._used_at[worker.entry.name] = time.monotonic()
        return worker

    async def generate(self, request: Generate, who: Hashable) -> WaveResult:
        """Answer a wave when it is its turn.

        Raises:
            ModelError: As `WaveModel.generate`.
        """
        async with self._turn(request.role, request.lane, who):
            worker = await self.worker(request.role)
            try:
                return await worker.generate(request.wave, timeout_s=request.timeout_s)
            finally:
                self._used_at[worker.entry.name] = time.monotonic()

    async def unload_idle(self) -> None:
        """End the workers that nobody asked for a while."""
        for role, status in self._trio.states().items():
            used_at = self._used_at.get(status.model)
            if used_at is None or time.monotonic() < used_at + self._idle_unload_s:
                continue
            if not self._lanes(status.model).is_free:
                continue
            async with self._turn(role, Lane.INDEX, None):
                self._used_at.pop(status.model, None)
                await self._trio.unload(role)

    def states(self) -> dict[Role, WorkerStatus]:
        """Return what each role's worker does."""
        return self._trio.states()

    def workers(self) -> list[dict[str, Any]]:
        """Return every worker that lives, for people."""
        found: dict[int, dict[str, Any]] = {}
        for role, status in self._trio.states().items():
            if status.pid is None:
                continue
            if status.pid in found:
                found[status.pid]["roles"].append(role.value)
                continue
            found[status.pid] = {
                **to_wire(STATUS, status),
                "roles": [role.value],
                "loaded_s": _age_s(status.pid),
            }
        listed = list(found.values())
        continuer = self._continuer
        if continuer is not None and continuer.pid is not None:
            listed.append(
                {
                    "roles": [COMPLETION],
                    "model": continuer.entry.name,
                    "pid": continuer.pid,
                    "memory_bytes": continuer.memory_bytes(),
                    "restarts": continuer.restarts,
                    "loaded_s": _age_s(continuer.pid),
                }
            )
        return listed

    def completion_status(self) -> dict[str, Any]:
        """Return how the worker of completions is."""
        continuer = self._continuer
        return {
            "pid": None if continuer is None else continuer.pid,
            "memory_bytes": 0 if continuer is None else continuer.memory_bytes(),
            "restarts": 0 if continuer is None else continuer.restarts,
        }

    async def close(self) -> None:
        """End all workers."""
        if self._continuer is not None:
            await self._continuer.close()
        await self._trio.close()

    @asynccontextmanager
    async def _turn(self, role: Role, lane: Lane, who: Hashable) -> AsyncGenerator[None]:
        async with self._lanes(self._trio.states()[role].model).hold(lane, who=who):
            yield

    def _lanes(self, model: str) -> Lanes:
        return self._lanes_by_model.setdefault(model, Lanes())


def _age_s(pid: int) -> float:
    try:
        return round(max(0.0, time.time() - psutil.Process(pid).create_time()), 1)
    except psutil.Error:
        return 0.0


async def close_all(models: list[LoadedModels]) -> None:
    """End the workers of all."""
    await asyncio.gather(*(one.close() for one in models))
