"""The models of the model host, as a workspace host sees them."""

from collections.abc import Mapping
from typing import Any

from nanobot_engine.model import (
    Lane,
    Role,
    Segment,
    Wave,
    WaveModel,
    WaveRefusedError,
    WaveResult,
    WorkerFailedError,
    WorkerStatus,
)
from nanobot_engine.model.worker.continuation import TextContinuer
from nanobot_server.completion_settings import completion_model, completion_worker_options
from nanobot_server.host.errors import HostError
from nanobot_server.host.model_workers import ContinuerStatus
from nanobot_server.model_host.link import ModelHostLink
from nanobot_server.model_host.remote_continuer import RemoteContinuer
from nanobot_server.model_host.request import CountTokens, Generate, Load, params_of
from nanobot_server.model_host.wave_wire import RESULT, STATUS, from_wire
from nanobot_server.settings import Settings

_NOT_RUNNING = ContinuerStatus(pid=None, memory_bytes=0, restarts=0)


class RemoteModels:
    """Implements `ModelWorkers`. Starts a model host with the first question; `close` it.

    Runs on the event loop.

    Args:
        settings: Of the user; they choose the models.
    """

    def __init__(self, settings: Settings) -> None:
        self._link = ModelHostLink(settings.model, self._take)
        self._states: dict[Role, WorkerStatus] = {}
        entry = completion_model(settings)
        options = completion_worker_options(settings)
        self._continuer = RemoteContinuer(
            self._link,
            slots=options.slots,
            context_tokens=min(options.context_tokens_per_slot, entry.context_tokens),
        )
        self._model_by_role: dict[tuple[Role, Lane], RemoteWaveModel] = {}

    async def worker(self, role: Role, lane: Lane) -> WaveModel:
        """Return the model of `role`, loaded; what it is asked goes into `lane`.

        Raises:
            ModelError: It can not be run.
        """
        found = self._model_by_role.get((role, lane))
        if found is None:
            answer = await asked(self._link, role, "load", params_of(Load(role)))
            found = RemoteWaveModel(
                self._link,
                role,
                lane,
                slots=int(answer["slots"]),
                context_tokens=int(answer["context_tokens"]),
            )
            self._model_by_role[role, lane] = found
        return found

    def continuer(self) -> TextContinuer:
        """Return the model that continues text. Starts nothing."""
        return self._continuer

    async def continuer_status(self) -> ContinuerStatus:
        """Return how its worker is. Starts nothing."""
        if not self._link.is_connected:
            return _NOT_RUNNING
        try:
            told = await self._link.asked("completion", "completion.status", {})
        except (HostError, WorkerFailedError):
            return _NOT_RUNNING
        return ContinuerStatus(
            pid=told["pid"], memory_bytes=told["memory_bytes"], restarts=told["restarts"]
        )

    def states(self) -> Mapping[Role, WorkerStatus]:
        """Return what each role's worker does, as it was told last. Starts nothing."""
        return dict(self._states)

    async def close(self) -> None:
        """Hang up; who else needs the models keeps them."""
        await self._link.close()

    def _take(self, event: str, params: dict[str, Any]) -> None:
        if event == "workers":
            self._states = {
                Role(role): from_wire(STATUS, "workers", state) for role, state in params["workers"]
            }
        elif event == "gone":
            self._states = {}
        self._continuer.take(event, params)


class RemoteWaveModel:
    """Implements `WaveModel`.

    Args:
        link: To the model host.
        role: Whose model it is.
        lane: Of all that it is asked.
        slots: Of its worker.
        context_tokens: Of one slot.
    """

    def __init__(
        self, link: ModelHostLink, role: Role, lane: Lane, *, slots: int, context_tokens: int
    ) -> None:
        self._link = link
        self._role = role
        self._lane = lane
        self.slots = slots
        self.context_tokens = context_tokens

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """Return the length of a prompt, counted by the model's own tokenizer."""
        params = params_of(CountTokens(self._role, segments))
        answer = await asked(self._link, self._role, "count_tokens", params)
        return int(answer["tokens"])

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Answer a wave; see `WaveModel.generate`. Cancelled, the model stops."""
        params = params_of(Generate(self._role, self._lane, wave, timeout_s))
        return from_wire(RESULT, "result", await asked(self._link, self._role, "generate", params))


async def asked(link: ModelHostLink, role: str, method: str, params: dict[str, object]) -> Any:
    """Ask the model host.

    Raises:
        ModelError: Also where the model host says that the request is wrong.
    """
    try:
        return await link.asked(role, method, params)
    except HostError as error:
        raise WaveRefusedError(role, str(error)) from error
