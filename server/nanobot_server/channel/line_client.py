"""A connection to a host, seen from the program that asks.

Runs on the event loop. Imports nothing heavy: the language server must answer
`initialize` at once.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any, Final, Self

from nanobot_server.channel import wire
from nanobot_server.channel.host_address import HostAddress
from nanobot_server.channel.host_start import start_host
from nanobot_server.host.errors import FAILED, UNAVAILABLE, HostError, NoHostError

CONNECT_TIMEOUT_S: Final = 20.0
BUSY_TIMEOUT_S: Final = 10.0
_POLL_S: Final = 0.05
_POLL_MAX_S: Final = 0.5
_EVENTS_MAX: Final = 1000


class LineClient:
    """One open connection. Close it, or use it in an `async with` block.

    Invariant: every request ends: with its answer, an error, or `HostError`
    when the connection ends.
    """

    gone_text = "the nanobot host is gone; try again to start a new one"
    """What one is told whose host went away."""
    cancels = False
    """Whether the host is told that nobody waits for an answer any more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._answer_by_id: dict[int, asyncio.Future[Any]] = {}
        # Bounded: who does not read events must not fill its memory.
        self._events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_EVENTS_MAX)
        self._is_broken = False
        self._pump = asyncio.create_task(self._read_all())

    @classmethod
    async def reached(
        cls,
        host: HostAddress,
        *,
        spawn: bool,
        timeout_s: float = CONNECT_TIMEOUT_S,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> Self:
        """Connect to a host, starting it when none runs.

        Args:
            host: Which one.
            spawn: Whether to start it.
            timeout_s: For the whole attempt.
            busy_timeout_s: How long somebody may hold the host's lock without
                answering, such as a host that is just leaving.

        Raises:
            HostError: `unavailable` when none runs and `spawn` is false, or none
                answered in time.
        """
        started = time.monotonic()
        deadline = started + timeout_s
        poll_s = _POLL_S
        client = await cls._try(host, deadline)
        while client is None:
            if not spawn:
                raise NoHostError(host.name, host.noun)
            is_busy = await asyncio.to_thread(start_host, host.module, host.arguments, deadline)
            client = await cls._try(host, deadline)
            if client is not None:
                break
            now = time.monotonic()
            if is_busy and now > started + busy_timeout_s:
                raise HostError(UNAVAILABLE, _busy_message(host))
            if now > deadline:
                raise HostError(
                    UNAVAILABLE,
                    f"{host.name}: the {host.noun} did not answer within {timeout_s:g} s; "
                    f"{host.advice}",
                )
            # Somebody else's host is just starting or leaving.
            await asyncio.sleep(poll_s)
            poll_s = min(2 * poll_s, _POLL_MAX_S)
        return client

    @classmethod
    async def _try(cls, host: HostAddress, deadline: float) -> Self | None:
        """Connect and be greeted; None when no host lives there."""
        path = host.socket_path
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
            said = await client.call(
                "ping", {}, timeout_s=max(_POLL_MAX_S, deadline - time.monotonic())
            )
            client.check_greeting(said)
            is_greeted = True
        except HostError:
            if not client.is_gone:
                raise
            return None
        finally:
            if not is_greeted:
                # Also when the caller was cancelled: nobody else would close it.
                await client.close()
        return client

    @property
    def is_gone(self) -> bool:
        """Whether the connection has ended."""
        return self._is_broken or self._pump.done()

    async def call(self, method: str, params: dict[str, object], *, timeout_s: float | None) -> Any:
        """Send one request and wait for its answer.

        Args:
            method: What is asked for.
            params: Its parameters.
            timeout_s: None to wait as long as the connection lasts.

        Raises:
            HostError: The host refused, is gone, or did not answer in `timeout_s`.
        """
        if self.is_gone:
            raise HostError(UNAVAILABLE, self.gone_text)
        request_id = next(self._ids)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answer_by_id[request_id] = answer
        try:
            self.sent({"id": request_id, "method": method, "params": params})
            async with asyncio.timeout(timeout_s):
                await self._writer.drain()
                # Only waited for here: what the host raised may be a TimeoutError, too.
                await asyncio.wait([answer])
        except TimeoutError as error:
            self._cancel(request_id)
            raise HostError(UNAVAILABLE, self.silent_text(method, timeout_s or 0.0)) from error
        except asyncio.CancelledError:
            self._cancel(request_id)
            raise
        except OSError as error:
            # The end of a connection may be noticed by writing, before it is read.
            self._is_broken = True
            raise HostError(UNAVAILABLE, f"the nanobot host is gone ({error})") from error
        finally:
            self._answer_by_id.pop(request_id, None)
        return answer.result()

    def sent(self, message: dict[str, object]) -> None:
        """Send a message to which there is no answer, unless the host is gone."""
        if not self._writer.transport.is_closing():
            self._writer.write(wire.encode(message))

    def _cancel(self, request_id: int) -> None:
        if self.cancels:
            self.sent({"cancel": request_id})

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

    def check_greeting(self, said: dict[str, Any]) -> None:
        """Look at what a host says of itself.

        Raises:
            HostError: It is none that we can talk to.
        """

    def silent_text(self, method: str, timeout_s: float) -> str:
        """Say what to do about a host that does not answer."""
        return f"{method}: the nanobot host did not answer within {timeout_s:g} s; try again"

    def error_of(self, told: dict[str, Any]) -> Exception:
        """Return what to raise for the `error` of an answer."""
        return HostError(str(told.get("code", FAILED)), str(told.get("message", "failed")))

    def take_event(self, message: dict[str, Any]) -> None:
        """Keep an event for who reads `events`."""
        if self._events.full():
            # Later events carry totals, so an old one is the one to lose.
            self._events.get_nowait()
        self._events.put_nowait(message)

    async def _read_all(self) -> None:
        try:
            while line := await self._reader.readline():
                self._dispatch(wire.decode(line))
        except (OSError, ValueError):
            pass  # The connection broke or a line was too long: both end it.
        finally:
            for answer in self._answer_by_id.values():
                if not answer.done():
                    answer.set_exception(HostError(UNAVAILABLE, self.gone_text))
            if self._events.full():
                self._events.get_nowait()
            self._events.put_nowait(None)

    def _dispatch(self, message: dict[str, Any]) -> None:
        if "event" in message:
            self.take_event(message)
            return
        answer = self._answer_by_id.get(message.get("id", 0))
        if answer is None or answer.done():
            return
        error = message.get("error")
        if error is None:
            answer.set_result(message.get("result"))
        else:
            answer.set_exception(self.error_of(error))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()


def _busy_message(host: HostAddress) -> str:
    try:
        pid = host.lock_path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        pid = ""
    who = f"process {pid}" if pid.isdigit() else "another program"
    return f"{host.lock_path}: {who} holds this lock and does not answer; end it and try again"
