"""What the model host does: models for all workspaces of a user.

All its state is here and in `loaded_models`. Runs on the event loop; models run in workers.
"""

import asyncio
import logging
import os
import time
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import psutil

from nanobot_server.channel.connection import Connection
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.model_host.continuations import Continuations
from nanobot_server.model_host.loaded_models import LoadedModels, close_all, key_of
from nanobot_server.model_host.location import PROTOCOL_VERSION
from nanobot_server.model_host.request import (
    Continue,
    CountTokens,
    Generate,
    Load,
    More,
    Read,
    TokensOf,
    Use,
    request_of,
)
from nanobot_server.model_host.slot_share import SlotShare
from nanobot_server.model_host.wave_wire import CONTINUED, RESULT, STATUS, to_wire

log = logging.getLogger(__name__)

_LOOK_S: Final = 0.5
"""How often idle models and dead workers are looked for."""


class ModelService:
    """Implements `HostService`. One instance per model host; `start` it.

    Args:
        folder: For sockets, logs and stored prefixes of workers.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started_at = time.monotonic()
        self._models_by_key: dict[str, LoadedModels] = {}
        self._models_by_user: dict[Connection, LoadedModels] = {}
        self._share_by_key: dict[str, SlotShare] = {}
        self._continuations: dict[Connection, Continuations] = {}
        self._connections: set[Connection] = set()
        self._told: dict[Connection, object] = {}
        self._continuer_pids: dict[str, int | None] = {}
        self._looking: asyncio.Task[None] | None = None
        self._methods = {
            "ping": self._ping,
            "status": self._status,
            "use": self._use,
            "load": self._load,
            "count_tokens": self._count_tokens,
            "generate": self._generate,
            "tokens_of": self._tokens_of,
            "read": self._read,
            "continue": self._continue,
            "continue.more": self._more,
            "completion.status": self._completion_status,
        }

    def start(self) -> None:
        """Look after models from now on."""
        self._looking = asyncio.create_task(self._look(), name="model watch")

    @property
    def is_idle(self) -> bool:
        """True when nobody is connected."""
        return not self._connections

    def joined(self, connection: Connection) -> None:
        """A workspace host connected."""
        self._connections.add(connection)

    async def left(self, connection: Connection) -> None:
        """A workspace host is gone; what it asked was cancelled."""
        self._connections.discard(connection)
        self._told.pop(connection, None)
        self._forget(connection)

    async def answer(self, connection: Connection, method: str, params: dict[str, Any]) -> Any:
        """Answer one request.

        Raises:
            HostError, ModelError: The connection reports them.
        """
        handler = self._methods.get(method)
        if handler is None:
            raise HostError(USAGE, f"{method}: this model host has no such method")
        return await handler(connection, params)

    async def close(self) -> None:
        """End all workers."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await close_all(list(self._models_by_key.values()))

    # -- methods -----------------------------------------------------------

    async def _ping(self, _connection: Connection, _params: dict[str, Any]) -> dict[str, Any]:
        return {"pid": os.getpid(), "protocol": PROTOCOL_VERSION}

    async def _status(self, _connection: Connection, _params: dict[str, Any]) -> dict[str, Any]:
        workers = [one for models in self._models_by_key.values() for one in models.workers()]
        return {
            "pid": os.getpid(),
            "protocol": PROTOCOL_VERSION,
            "memory_bytes": psutil.Process().memory_info().rss,
            "running_s": round(time.monotonic() - self._started_at, 1),
            # Who asks is none of them.
            "users": len(self._models_by_user),
            "workers": workers,
        }

    async def _use(self, connection: Connection, params: dict[str, Any]) -> dict[str, Any]:
        model = request_of(Use, params).model
        key = key_of(model)
        self._forget(connection)
        models = self._models_by_key.get(key)
        if models is None:
            models = self._models_by_key[key] = LoadedModels(model, self._folder)
        models.follow(model)
        models.users.add(connection)
        self._models_by_user[connection] = models
        return {}

    async def _load(self, connection: Connection, params: dict[str, Any]) -> dict[str, Any]:
        worker = await self._models(connection).worker(request_of(Load, params).role)
        self._tell(connection)
        return {"slots": worker.slots, "context_tokens": worker.context_tokens}

    async def _count_tokens(self, connection: Connection, params: dict[str, Any]) -> dict[str, Any]:
        request = request_of(CountTokens, params)
        worker = await self._models(connection).worker(request.role)
        return {"tokens": await worker.count_tokens(request.segments)}

    async def _generate(self, connection: Connection, params: dict[str, Any]) -> Any:
        request = request_of(Generate, params)
        return to_wire(RESULT, await self._models(connection).generate(request, connection))

    async def _tokens_of(self, connection: Connection, params: dict[str, Any]) -> dict[str, Any]:
        request = request_of(TokensOf, params)
        continuer = self._models(connection).continuer
        return {"tokens": list(await continuer.tokens_of(request.text, special=request.special))}

    async def _read(self, connection: Connection, params: dict[str, Any]) -> dict[str, Any]:
        return await self._continuing(connection).read(request_of(Read, params))

    async def _continue(self, connection: Connection, params: dict[str, Any]) -> Any:
        request = request_of(Continue, params)
        return to_wire(CONTINUED, await self._continuing(connection).continued(request))

    async def _more(self, connection: Connection, params: dict[str, Any]) -> dict[str, Any]:
        return self._continuing(connection).more(request_of(More, params))

    async def _completion_status(
        self, connection: Connection, _params: dict[str, Any]
    ) -> dict[str, Any]:
        return self._models(connection).completion_status()

    # -- models ------------------------------------------------------------

    def _models(self, connection: Connection) -> LoadedModels:
        models = self._models_by_user.get(connection)
        if models is None:
            raise HostError(USAGE, "models: none were chosen; say which with 'use'")
        return models

    def _continuing(self, connection: Connection) -> Continuations:
        found = self._continuations.get(connection)
        if found is None:
            models = self._models(connection)
            continuer = models.continuer
            share = self._share_by_key.setdefault(models.key, SlotShare(continuer.slots))
            found = Continuations(connection, continuer, share, self._lost)
            self._continuations[connection] = found
        return found

    def _lost(self, owner: Hashable, slot: int) -> None:
        """Tell a workspace that another one has its slot now."""
        if isinstance(owner, Connection):
            owner.send_event("lost", {"slot": slot})

    def _forget(self, connection: Connection) -> None:
        self._continuations.pop(connection, None)
        models = self._models_by_user.pop(connection, None)
        if models is None:
            return
        models.users.discard(connection)
        share = self._share_by_key.get(models.key)
        if share is not None:
            share.forget(connection)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for models in list(self._models_by_key.values()):
                await models.unload_idle()
                self._note_continuer(models)
                # Others were chosen meanwhile. Without, all go with the host.
                if not models.users and self._models_by_user:
                    del self._models_by_key[models.key]
                    self._share_by_key.pop(models.key, None)
                    await models.close()
            for connection in self._models_by_user:
                self._tell(connection)

    def _note_continuer(self, models: LoadedModels) -> None:
        """Tell the workspaces when the worker is another one, which holds nothing."""
        pid = models.completion_status()["pid"]
        before = self._continuer_pids.get(models.key)
        self._continuer_pids[models.key] = pid
        if before is not None and pid != before:
            for connection in models.users:
                if isinstance(connection, Connection):
                    connection.send_event("lost", {"slot": None})

    def _tell(self, connection: Connection) -> None:
        """Tell a workspace what its workers do, when that changed."""
        states = self._models(connection).states()
        shape = [(role, one.pid, one.state, one.restarts) for role, one in states.items()]
        if self._told.get(connection) != shape:
            self._told[connection] = shape
            workers = [[role.value, to_wire(STATUS, one)] for role, one in states.items()]
            connection.send_event("workers", {"workers": workers})
