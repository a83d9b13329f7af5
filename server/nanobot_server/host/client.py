"""A front's connection to the host of its workspace.

Runs on the event loop of the front. Imports nothing heavy: the language server
must answer `initialize` at once.
"""

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, Self

from nanobot_server.host import wire
from nanobot_server.host.errors import FAILED, UNAVAILABLE, USAGE, HostError
from nanobot_server.host.location import STATE_FOLDER_NAME, socket_path

__all__ = ["HostClient", "HostError"]

CONNECT_TIMEOUT_S: Final = 20.0
_BUSY_TIMEOUT_S: Final = 10.0
_POLL_S: Final = 0.05
_POLL_MAX_S: Final = 0.5
_EVENTS_MAX: Final = 1000


class HostClient:
    """One open connection. Close it, or use it in an `async with` block.

    Invariant: every request ends: with its answer, an error, or `HostError`
    when the connection ends.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._answer_by_id: dict[int, asyncio.Future[Any]] = {}
        # Bounded: a front that does not read events must not fill its memory.
        self._events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_EVENTS_MAX)
        self._pump = asyncio.create_task(self._read_all())

    @classmethod
    async def connect(
        cls,
        workspace: Path,
        *,
        spawn: bool = True,
        timeout_s: float = CONNECT_TIMEOUT_S,
        busy_timeout_s: float = _BUSY_TIMEOUT_S,
    ) -> "HostClient":
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
        path = socket_path(workspace)
        started = time.monotonic()
        deadline = started + timeout_s
        poll_s = _POLL_S
        client = await cls._try(path, deadline)
        while client is None:
            if not spawn:
                raise HostError(UNAVAILABLE, f"{workspace}: no nanobot host runs here")
            is_busy = await asyncio.to_thread(_spawn_host, workspace, deadline)
            client = await cls._try(path, deadline)
            if client is not None:
                break
            now = time.monotonic()
            if is_busy and now > started + busy_timeout_s:
                raise HostError(UNAVAILABLE, _busy_message(workspace))
            if now > deadline:
                raise HostError(
                    UNAVAILABLE,
                    f"{workspace}: the nanobot host did not answer within {timeout_s:g} s; "
                    "run 'nanobot doctor --in' with this folder",
                )
            # Somebody else's host is just starting or leaving.
            await asyncio.sleep(poll_s)
            poll_s = min(2 * poll_s, _POLL_MAX_S)
        return client

    @classmethod
    async def _try(cls, path: Path, deadline: float) -> Self | None:
        """Connect and be greeted; None when no host lives at `path`."""
        try:
            reader, writer = await asyncio.open_unix_connection(
                str(path), limit=wire.LINE_BYTES_MAX
            )
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            raise HostError(FAILED, f"{path}: {reason}; make it yours or remove it") from error
        client = cls(reader, writer)
        is_greeted = False
        try:
            # The kernel completes a connection that a leaving host will never accept,
            # so only an answer shows that the host lives.
            await client.call("ping", {}, timeout_s=max(_POLL_MAX_S, deadline - time.monotonic()))
            is_greeted = True
        except HostError:
            if not client._pump.done():
                raise
            return None
        finally:
            if not is_greeted:
                # Also when the caller was cancelled: nobody else would close it.
                await client.close()
        return client

    async def call(self, method: str, params: dict[str, object], *, timeout_s: float) -> Any:
        """Send one request and wait for its answer.

        Raises:
            HostError: The host refused, is gone, or did not answer in `timeout_s`.
        """
        if self._pump.done():
            raise HostError(UNAVAILABLE, "the nanobot host is gone; try again to start a new one")
        request_id = next(self._ids)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answer_by_id[request_id] = answer
        try:
            self._writer.write(wire.encode({"id": request_id, "method": method, "params": params}))
            async with asyncio.timeout(timeout_s):
                await self._writer.drain()
                return await answer
        except TimeoutError as error:
            message = (
                f"{method}: the nanobot host did not answer within {timeout_s:g} s; try again, or "
                "end it: its pid is in .nanobot/host.lock"
            )
            raise HostError(UNAVAILABLE, message) from error
        except OSError as error:
            raise HostError(UNAVAILABLE, f"the nanobot host is gone ({error})") from error
        finally:
            self._answer_by_id.pop(request_id, None)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield events in order until the host goes or `close` is called."""
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        """Close the connection. The host notices and stops what it must."""
        self._pump.cancel()
        with contextlib.suppress(asyncio.CancelledError, HostError):
            await self._pump
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read_all(self) -> None:
        try:
            while line := await self._reader.readline():
                self._dispatch(wire.decode(line))
        except (OSError, ValueError):
            pass  # The connection broke or a line was too long: both end it.
        finally:
            gone = HostError(UNAVAILABLE, "the nanobot host is gone; try again to start a new one")
            for answer in self._answer_by_id.values():
                if not answer.done():
                    answer.set_exception(gone)
            if self._events.full():
                self._events.get_nowait()
            self._events.put_nowait(None)

    def _dispatch(self, message: dict[str, Any]) -> None:
        if "event" in message:
            if self._events.full():
                # Later events carry totals, so an old one is the one to lose.
                self._events.get_nowait()
            self._events.put_nowait(message)
            return
        answer = self._answer_by_id.get(message.get("id", 0))
        if answer is None or answer.done():
            return
        error = message.get("error")
        if error is None:
            answer.set_result(message.get("result"))
        else:
            code, text = str(error.get("code", FAILED)), str(error.get("message", "failed"))
            answer.set_exception(HostError(code, text))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()


def _busy_message(workspace: Path) -> str:
    # Not `location.host_lock_path`: that creates what is not there.
    lock = workspace / STATE_FOLDER_NAME / "host.lock"
    try:
        pid = lock.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        pid = ""
    who = f"process {pid}" if pid.isdigit() else "another program"
    return f"{lock}: {who} holds this lock and does not answer; end it and try again"


def _spawn_host(workspace: Path, deadline: float) -> bool:
    """Start a host and wait for its one line on stdout.

    A host that finds another one alive says `busy` and leaves; that is success.

    Returns:
        Whether it was busy.

    Raises:
        HostError: It could not start; the message is its own.
    """
    host = subprocess.Popen(
        [sys.executable, "-m", "nanobot_server.host", "--workspace", str(workspace)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Its own session: Ctrl-C in a terminal is the front's, and the host
        # outlives a front that is replaced by another.
        start_new_session=True,
    )
    # Its end is waited for, or a front that lives for days collects dead hosts.
    threading.Thread(target=host.wait, name="host-reaper", daemon=True).start()
    assert host.stdout is not None
    with host.stdout:
        line = _read_line(host, deadline)
    if not line:
        return False  # Slow or killed; the caller tries to connect until its deadline.
    try:
        said = json.loads(line)
    except ValueError as error:
        raise HostError(FAILED, f"the nanobot host said {line[:200]!r} at its start") from error
    if said.get("state") == "failed":
        raise HostError(str(said.get("code", FAILED)), str(said.get("message", "did not start")))
    return bool(said.get("state") == "busy")


def _read_line(host: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Return the first line of the host's stdout, or b"" at the deadline."""
    import selectors  # noqa: PLC0415 - only a front that starts a host pays for it.

    assert host.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(host.stdout, selectors.EVENT_READ)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            return b""
    return host.stdout.readline(65536)
