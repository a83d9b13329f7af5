"""One front that is connected: reads requests, writes answers and events.

Runs on the host's event loop. A front that does not read its events loses old
ones and never slows a process.
"""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nanobot_server.host import wire
from nanobot_server.host.error_code import KNOWN_ERRORS, code_of
from nanobot_server.host.errors import FAILED, USAGE, HostError

log = logging.getLogger(__name__)

_UNSENT_BYTES_MAX: Final = 4 * 1024 * 1024
_PEER_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid

Answer = Callable[["Connection", str, dict[str, Any]], Awaitable[Any]]


class Connection:
    """One connected front. Its identity owns the processes it started."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, answer: Answer) -> None:
        """Answer requests until the front goes. Requests run at the same time."""
        try:
            while line := await self._reader.readline():
                task = asyncio.create_task(self._answer_one(line, answer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (OSError, ValueError) as error:
            log.info("front dropped: reason=%s", error)
        finally:
            for task in self._tasks:
                task.cancel()
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def send_event(self, event: str, params: dict[str, Any]) -> None:
        """Send an event, unless the front is too far behind to take more."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size() > _UNSENT_BYTES_MAX:
            return
        self._writer.write(wire.encode({"event": event, "params": params}))

    async def _answer_one(self, line: bytes, answer: Answer) -> None:
        request_id: object = None
        try:
            request = wire.decode(line)
            request_id = request.get("id")
            result = await answer(self, str(request.get("method")), _params_of(request))
            message = {"result": result}
        except KNOWN_ERRORS as error:
            message = {"error": {"code": code_of(error), "message": str(error)}}
        except Exception:
            # One request's failure never ends the host.
            log.exception("request failed: id=%s", request_id)
            text = "the nanobot host failed on this request; its log has the details"
            message = {"error": {"code": FAILED, "message": text}}
        if not self._writer.transport.is_closing():
            self._writer.write(wire.encode({"id": request_id, **message}))
            with contextlib.suppress(OSError):
                await self._writer.drain()


def _params_of(request: dict[str, Any]) -> dict[str, Any]:
    params = request.get("params", {})
    if not isinstance(params, dict):
        raise HostError(USAGE, "params: must be an object")
    return params


def peer_is_same_user(writer: asyncio.StreamWriter, uid: int) -> bool:
    """Tell whether the other end of a Unix socket belongs to `uid`.

    The folder's mode already keeps others out; this holds where it does not.
    """
    found = writer.get_extra_info("socket")
    if found is None or not hasattr(socket, "SO_PEERCRED"):
        return True
    raw = found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    return bool(_PEER_CREDENTIALS.unpack(raw)[1] == uid)
