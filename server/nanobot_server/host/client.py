"""A front's connection to the host of its workspace.

Runs on the event loop of the front. Imports nothing heavy: the language server
must answer `initialize` at once.
"""

import asyncio
from pathlib import Path
from typing import Any, Final, Self

from nanobot_server.channel.host_address import HostAddress
from nanobot_server.channel.line_client import BUSY_TIMEOUT_S, CONNECT_TIMEOUT_S, LineClient
from nanobot_server.host.errors import UNAVAILABLE, USAGE, HostError
from nanobot_server.host.location import STATE_FOLDER_NAME, socket_path
from nanobot_server.host.protocol import PROTOCOL_VERSION

__all__ = ["HostClient", "HostError"]

_MODULE: Final = "nanobot_server.host"


class HostClient(LineClient):
    """One open connection. Close it, or use it in an `async with` block."""

    @classmethod
    async def connect(
        cls,
        workspace: Path,
        *,
        spawn: bool = True,
        timeout_s: float = CONNECT_TIMEOUT_S,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> Self:
        """Connect to the host of `workspace`, starting it when none runs.

        Args:
            workspace: Its folder.
            spawn: Whether to start a host.
            timeout_s: For the whole attempt.
            busy_timeout_s: How long somebody may hold the host's lock without
                answering, such as a host that is just leaving.

        Raises:
            HostError: `unavailable` when none runs and `spawn` is false, or none
                answered in time; `usage` when the folder does not exist.
        """
        if not await asyncio.to_thread(workspace.is_dir):
            raise HostError(USAGE, f"{workspace}: not a folder; name the folder of a project")
        address = HostAddress(
            name=str(workspace),
            noun="nanobot host",
            socket_path=socket_path(workspace),
            # Not `location.host_lock_path`: that creates what is not there.
            lock_path=workspace / STATE_FOLDER_NAME / "host.lock",
            module=_MODULE,
            arguments=("--workspace", str(workspace)),
            advice="run 'nanobot doctor --in' with this folder",
        )
        return await cls.reached(
            address, spawn=spawn, timeout_s=timeout_s, busy_timeout_s=busy_timeout_s
        )

    def check_greeting(self, said: dict[str, Any]) -> None:
        """Refuse a host of another version, which an editor with another installation started."""
        version = said.get("protocol", PROTOCOL_VERSION)
        if version != PROTOCOL_VERSION:
            raise HostError(
                UNAVAILABLE,
                f"the nanobot host of this workspace (process {said.get('pid')}) speaks protocol "
                f"{version} and not {PROTOCOL_VERSION}: another version of nanobot started it; "
                "use one version everywhere, and close the other editor or end that process",
            )

    def silent_text(self, method: str, timeout_s: float) -> str:
        """Say what to do about a host that does not answer."""
        return (
            f"{method}: the nanobot host did not answer within {timeout_s:g} s; try again, or "
            "end it: its pid is in .nanobot/host.lock"
        )
