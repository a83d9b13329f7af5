"""One workspace's connection to the model host, made again when the host is gone.

    asked ──> connected (started, where none runs) ──> models chosen ──> asked
                   └───────────── gone: asked again, a few times ────────────┘

What a model host is asked may be asked again: a wave is a function of itself, and a prompt
is only read anew. Runs on the event loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from nanobot_engine.model import WorkerFailedError
from nanobot_server.channel.line_client import LineClient
from nanobot_server.host.errors import UNAVAILABLE, HostError
from nanobot_server.model_host.error_wire import error_from_wire
from nanobot_server.model_host.location import NOUN, PROTOCOL_VERSION, model_host
from nanobot_server.model_host.request import Use, params_of
from nanobot_server.settings import ModelSettings

log = logging.getLogger(__name__)

_TRIES: Final = 4
"""How often one request is asked whose host goes away each time."""
_CONNECT_TIMEOUT_S: Final = 30.0
_ASK_TIMEOUT_S: Final = 20.0
_BEAT_S: Final = 5.0
_BEAT_TIMEOUT_S: Final = 15.0
"""A model host that does not answer for so long hangs: no model runs in it."""

TakeEvent = Callable[[str, dict[str, Any]], None]


class ModelHostClient(LineClient):
    """One open connection to the model host."""

    gone_text = f"the {NOUN} is gone"
    cancels = True

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self.on_event: TakeEvent = lambda _event, _params: None

    def check_greeting(self, said: dict[str, Any]) -> None:
        """Refuse a model host of another version."""
        version = said.get("protocol")
        if version != PROTOCOL_VERSION:
            raise HostError(
                UNAVAILABLE,
                f"the {NOUN} (process {said.get('pid')}) speaks protocol {version} and not "
                f"{PROTOCOL_VERSION}: another version of nanobot started it; use one version "
                "everywhere, and close the other editor or end that process",
            )

    def silent_text(self, method: str, timeout_s: float) -> str:
        """Say what to do about a model host that does not answer."""
        return f"{method}: the {NOUN} did not answer within {timeout_s:g} s; see 'nanobot doctor'"

    def error_of(self, told: dict[str, Any]) -> Exception:
        """Return an error of the model part as what it was."""
        return error_from_wire(told)

    def take_event(self, message: dict[str, Any]) -> None:
        """Hand an event on at once."""
        self.on_event(str(message["event"]), dict(message.get("params") or {}))


class ModelHostLink:
    """Close it.

    Args:
        model: Which models are meant.
        on_event: Told each event; "gone" when the connection ended.
    """

    def __init__(self, model: ModelSettings, on_event: TakeEvent) -> None:
        self._model = model
        self._on_event = on_event
        self._client: ModelHostClient | None = None
        self._connecting = asyncio.Lock()
        self._asking = 0
        self._beating: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        """Whether a model host is at hand."""
        return self._client is not None and not self._client.is_gone

    async def asked(self, who: str, method: str, params: dict[str, object]) -> Any:
        """Ask, and ask again when the model host goes away meanwhile.

        Args:
            who: Whose failure it is, in messages: a role.
            method: Of the model host.
            params: Its parameters.

        Raises:
            ModelError: As the model said it. `WorkerFailedError`: no model host can be had.
            HostError: The request is wrong.
        """
        reason = ""
        for _try in range(_TRIES):
            try:
                client = await self._connected()
            except HostError as error:
                raise WorkerFailedError(who, str(error)) from error
            self._asking += 1
            try:
                return await client.call(method, params, timeout_s=None)
            except HostError as error:
                if not client.is_gone:
                    raise
                reason = str(error)
                log.warning("model host lost: method=%s reason=%s", method, reason)
            finally:
                self._asking -= 1
        raise WorkerFailedError(who, f"{reason}, {_TRIES} times in a row")

    def said(self, method: str, params: dict[str, object]) -> None:
        """Say something to which no answer is needed, if there is a model host."""
        if self._client is not None:
            # No request has this number, so the answer is dropped.
            self._client.sent({"id": 0, "method": method, "params": params})

    async def close(self) -> None:
        """Hang up. The model host leaves when nobody else needs it."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait([self._beating])
        async with self._connecting:
            if self._client is not None:
                await self._client.close()
                self._client = None

    async def _connected(self) -> ModelHostClient:
        async with self._connecting:
            if self._client is not None and not self._client.is_gone:
                return self._client
            await self._drop()
            client = await ModelHostClient.reached(
                model_host(), spawn=True, timeout_s=_CONNECT_TIMEOUT_S
            )
            client.on_event = self._on_event
            try:
                await client.call("use", params_of(Use(self._model)), timeout_s=_ASK_TIMEOUT_S)
            except BaseException:
                await client.close()
                raise
            self._client = client
            if self._beating is None:
                self._beating = asyncio.create_task(self._beat(), name="model host heartbeat")
            return client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self._on_event("gone", {})
            await client.close()

    async def _beat(self) -> None:
        """Notice a model host that hangs while somebody waits for it.

        It is only hung up on: its workers go on, and `nanobot doctor` names it.
        """
        while True:
            await asyncio.sleep(_BEAT_S)
            client = self._client
            if client is None or not self._asking:
                continue
            try:
                await client.call("ping", {}, timeout_s=_BEAT_TIMEOUT_S)
            except HostError:
                log.warning("model host does not answer: timeout_s=%g", _BEAT_TIMEOUT_S)
                with contextlib.suppress(HostError):
                    await client.close()
