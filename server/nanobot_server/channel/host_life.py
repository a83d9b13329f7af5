"""How the OS process of a host begins, serves its socket, and ends.

    locked ──> socket made ──> ready said ──> serving ──> unused or told to stop
                                                 leaving: nobody is greeted any more <─┘

It says one JSON line on stdout when it is ready or why it is not, then nothing. The lock
dies with the OS process, so a killed host leaves nothing behind that counts.
"""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Any, Final, Protocol

from nanobot_server.channel.connection import (
    Connection,
    DescribeError,
    described,
    peer_is_same_user,
)
from nanobot_server.channel.wire import LINE_BYTES_MAX
from nanobot_server.host.error_code import KNOWN_ERRORS, code_of
from nanobot_server.host.errors import BUSY, FAILED, RuntimeFolderError

log = logging.getLogger(__name__)

LINGER_S: Final = 3.0
_IDLE_POLL_S: Final = 0.5

Ready = Callable[[], None]


class HostService(Protocol):
    """A port: what a host does."""

    @property
    def is_idle(self) -> bool:
        """True when nobody needs it."""

    def joined(self, connection: Connection) -> None:
        """Somebody connected."""

    async def left(self, connection: Connection) -> None:
        """Somebody is gone."""

    async def answer(self, connection: Connection, method: str, params: dict[str, Any]) -> Any:
        """Answer one request."""

    async def close(self) -> None:
        """End what runs."""


class FirstWord:
    """What a host says on stdout: one line. Fd 1 is then stderr's, as native code may print."""

    def __init__(self) -> None:
        self._said = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def say(self, message: dict[str, Any]) -> None:
        """Say it, to whoever is left to hear it."""
        with contextlib.suppress(OSError, ValueError):
            self._said.write(json.dumps(message) + "\n")
            self._said.close()


def run_locked(
    first_word: FirstWord, lock_path: Callable[[], Path], serve: Callable[[], Awaitable[None]]
) -> None:
    """Be the one host that holds a lock, or say that another one is.

    Args:
        first_word: Has not been said yet. `serve` says it when all is ready.
        lock_path: Of the lock; may raise what `serve` may.
        serve: Runs until nobody needs the host any more.
    """
    os.umask(0o077)
    try:
        lock = _locked(lock_path())
        if lock is None:
            first_word.say({"state": "busy", "code": BUSY})
            return
        with lock:
            asyncio.run(_awaited(serve))
    except (*KNOWN_ERRORS, OSError) as error:
        log.exception("host did not start")
        code = FAILED if isinstance(error, OSError) else code_of(error)
        first_word.say({"state": "failed", "code": code, "message": str(error)})
        sys.exit(1)


async def _awaited(serve: Callable[[], Awaitable[None]]) -> None:
    await serve()


def _locked(path: Path) -> IO[str] | None:
    """Take a host's lock; None when a host lives already."""
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    # For display only; the lock is what counts.
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


async def serve_until_unused(
    path: Path,
    service: HostService,
    ready: Ready,
    *,
    describe: DescribeError = described,
    linger_s: float = LINGER_S,
    poll_s: float = _IDLE_POLL_S,
) -> None:
    """Serve a socket until nobody has needed the service for a while, or a signal comes.

    Invariant: who was greeted is served until it goes, unless a signal ends the host. Who
    comes while the host leaves is hung up on, with no word, and starts a new one.

    Args:
        path: Of the socket. The caller holds the lock, so what is there is of a dead host.
        service: Closed at the end.
        ready: Called when the socket listens.
        describe: Makes the `error` of an answer.
        linger_s: So long nobody needs it before it leaves.
        poll_s: How often that is looked at.
    """
    _clear(path)
    is_leaving = False

    async def answer(connection: Connection, method: str, params: dict[str, Any]) -> Any:
        if is_leaving:
            connection.drop()
            return None
        return await service.answer(connection, method, params)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if is_leaving or not peer_is_same_user(writer, os.getuid()):
            writer.close()
            return
        connection = Connection(reader, writer, describe)
        service.joined(connection)
        try:
            await connection.serve(answer)
        finally:
            await service.left(connection)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await asyncio.start_unix_server(connected, str(path), limit=LINE_BYTES_MAX)
    _close_to_others(path)
    ready()
    try:
        await _until_unused(service, stop, linger_s, poll_s)
    finally:
        is_leaving = True
        # First the name, so that who comes now starts a new host.
        _clear(path)
        server.close()
        await service.close()


def _clear(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RuntimeFolderError(path, error.strerror or str(error), advice="remove it") from error


def _close_to_others(path: Path) -> None:
    path.chmod(0o600)


async def _until_unused(
    service: HostService, stop: asyncio.Event, linger_s: float, poll_s: float
) -> None:
    """Wait for a signal, or until nobody has needed the host for a while."""
    idle_s = 0.0
    while idle_s < linger_s:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(poll_s):
                await stop.wait()
                return
        idle_s = idle_s + poll_s if service.is_idle else 0.0
