"""The connection to the host of one workspace, opened when it is first needed.

A host may leave or die at any time; the next call then connects again.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nanobot_server.host.client import HostClient, HostError
from nanobot_server.host.errors import FAILED, UNAVAILABLE

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 20.0
CALL_TIMEOUT_S: Final = 20.0
PEEK_TIMEOUT_S: Final = 2.0
"""For what is only worth knowing when a host answers at once."""


class HostLink:
    """Calls and events of one workspace's host. Runs on the event loop."""

    def __init__(
        self,
        workspace: Path,
        *,
        on_event: Callable[[str, dict[str, Any]], None],
        on_gone: Callable[[], None],
        on_connected: Callable[[], None] = lambda: None,
    ) -> None:
        self.workspace = workspace
        self._on_event = on_event
        self._on_gone = on_gone
        self._on_connected = on_connected
        self._client: HostClient | None = None
        self._connecting = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None

    async def call(
        self, method: str, params: dict[str, object], *, timeout_s: float = CALL_TIMEOUT_S
    ) -> dict[str, Any]:
        """Call the host, starting it when none runs.

        Raises:
            HostError: It refused, failed, or can not be reached.
        """
        client = await self._connected()
        return await _called(client, method, params, timeout_s)

    async def call_running(
        self, method: str, params: dict[str, object], *, timeout_s: float = PEEK_TIMEOUT_S
    ) -> dict[str, Any] | None:
        """Call the host if one runs; None when none does, or none that answers.

        Raises:
            HostError: It refused or failed.
        """
        try:
            client = await self._connected(spawn=False)
            return await _called(client, method, params, timeout_s)
        except HostError as error:
            if error.code != UNAVAILABLE:
                raise
            return None

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.close()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._client is not None

    async def _connected(self, *, spawn: bool = True) -> HostClient:
        async with self._connecting:
            if self._client is None:
                try:
                    self._client = await HostClient.connect(
                        self.workspace,
                        spawn=spawn,
                        timeout_s=CONNECT_TIMEOUT_S if spawn else PEEK_TIMEOUT_S,
                    )
                except OSError as error:
                    message = f"{self.workspace}: the nanobot host can not be reached ({error})"
                    raise HostError(UNAVAILABLE, message) from error
                log.info("host connected: workspace=%s", self.workspace)
                self._pump = asyncio.create_task(self._follow(self._client), name="host events")
                self._on_connected()
            return self._client

    async def _follow(self, client: HostClient) -> None:
        async for message in client.events():
            params = message.get("params")
            if isinstance(params, dict):
                self._on_event(str(message.get("event")), params)
        log.info("host gone: workspace=%s", self.workspace)
        if self._client is client:
            self._client = None
        await client.close()
        self._on_gone()


async def _called(
    client: HostClient, method: str, params: dict[str, object], timeout_s: float
) -> dict[str, Any]:
    result = await client.call(method, params, timeout_s=timeout_s)
    if not isinstance(result, dict):
        raise HostError(FAILED, f"{method}: the nanobot host answered {result!r}")
    return result
