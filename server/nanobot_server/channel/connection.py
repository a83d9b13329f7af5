"""One program that is connected to a host: reads requests, writes answers and events.

Runs on the host's event loop. Who does not read its events loses old ones and never slows
the host.
"""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nanobot_engine.errors import EngineError
from nanobot_indexer.errors import IndexerError
from nanobot_server.channel import wire
from nanobot_server.host.error_code import KNOWN_ERRORS, code_of
from nanobot_server.host.errors import BUSY, FAILED, USAGE, HostError

log = logging.getLogger(__name__)

REQUESTS_MAX: Final = 4_096
"""Of one connection at a time. More is a bug of the other side, and is refused."""
_UNSENT_BYTES_MAX: Final = 4 * 1024 * 1024
_PEER_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid

Answer = Callable[["Connection", str, dict[str, Any]], Awaitable[Any]]
DescribeError = Callable[[HostError | EngineError | IndexerError], dict[str, Any]]


def described(error: HostError | EngineError | IndexerError) -> dict[str, Any]:
    """Return what a program and what a person is told of an error."""
    return {"code": code_of(error), "message": str(error)}


class Connection:
    """One connected program. Its identity owns what it started.

    Args:
        reader: Of its requests.
        writer: Of our answers.
        describe: Makes the `error` of an answer.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        describe: DescribeError = described,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._describe = describe
        self._tasks: set[asyncio.Task[None]] = set()
        self._task_by_id: dict[int, asyncio.Task[None]] = {}

    async def serve(self, answer: Answer) -> None:
        """Answer requests until the other side goes. Requests run at the same time."""
        try:
            while line := await self._reader.readline():
                self._take(line, answer)
        except (OSError, ValueError) as error:
            log.info("connection dropped: reason=%s", error)
        finally:
            for task in self._tasks:
                task.cancel()
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def send_event(self, event: str, params: dict[str, Any]) -> None:
        """Send an event, unless the other side is too far behind to take more."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size() > _UNSENT_BYTES_MAX:
            return
        self._writer.write(wire.encode({"event": event, "params": params}))

    def drop(self) -> None:
        """Hang up, with nothing more said."""
        self._writer.transport.abort()

    def _take(self, line: bytes, answer: Answer) -> None:
        """Begin what a line asks for."""
        try:
            message = wire.decode(line)
        except HostError as error:
            self._say(None, {"error": self._describe(error)})
            return
        request_id = message.get("id")
        if "cancel" in message:
            cancelled = message["cancel"]
            task = self._task_by_id.get(cancelled) if isinstance(cancelled, int) else None
            if task is not None:
                task.cancel()
            return
        if len(self._tasks) >= REQUESTS_MAX:
            reason = f"connection: has {REQUESTS_MAX} requests already; wait for their answers"
            self._say(request_id, {"error": self._describe(HostError(BUSY, reason))})
            return
        task = asyncio.create_task(self._answer_one(message, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if isinstance(request_id, int):
            self._task_by_id[request_id] = task
            task.add_done_callback(lambda done: self._forget(request_id, done))

    def _forget(self, request_id: int, task: asyncio.Task[None]) -> None:
        if self._task_by_id.get(request_id) is task:
            del self._task_by_id[request_id]

    async def _answer_one(self, request: dict[str, Any], answer: Answer) -> None:
        request_id = request.get("id")
        try:
            result = await answer(self, str(request.get("method")), _params_of(request))
            message = {"result": result}
        except KNOWN_ERRORS as error:
            message = {"error": self._describe(error)}
        except Exception:
            # One request's failure never ends the host.
            log.exception("request failed: id=%s", request_id)
            text = "the nanobot host failed on this request; its log has the details"
            message = {"error": {"code": FAILED, "message": text}}
        self._say(request_id, message)
        with contextlib.suppress(OSError):
            await self._writer.drain()

    def _say(self, request_id: object, message: dict[str, Any]) -> None:
        if not self._writer.transport.is_closing():
            self._writer.write(wire.encode({"id": request_id, **message}))


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
