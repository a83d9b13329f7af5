"""Requests to an endpoint over HTTP, which may answer with anything.

A request blocks in a thread of its own on a connection of its own; cancelling it closes
the socket, and an endpoint that streams then stops its work. The standard library's
client: it follows no redirect, asks no proxy, keeps no cookie, and lets us hold its
socket. The key is in one header and nowhere else.
"""

import asyncio
import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

from nanobot_engine.model.provider.endpoint_options import EndpointOptions

REPLY_BYTES_MAX: Final = 8 << 20
CONNECT_TIMEOUT_S: Final = 5.0
SILENCE_MAX_S: Final = 300.0
"""A machine without a GPU may read a long prompt for minutes before it says anything."""
_MESSAGE_CHARS_MAX: Final = 300
_RETRY_AFTER_DEFAULT_S: Final = 1.0
_OK, _BAD_REQUEST, _TOO_MANY, _UNAVAILABLE, _SERVER_ERROR = 200, 400, 429, 503, 500
_REDIRECTS: Final = range(300, 400)


class EndpointUnreachableError(Exception):
    """Nobody answers there, or nobody that can be trusted."""


class EndpointBrokenError(Exception):
    """It answered something that is no whole answer."""


class EndpointBusyError(Exception):
    """It asks to come back later."""

    def __init__(self, reason: str, after_s: float) -> None:
        super().__init__(reason)
        self.after_s = after_s


class EndpointRefusedError(Exception):
    """It understood the request and does not want it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{reason} (HTTP status {status})")
        self.status = status


class EndpointConnection:
    """Sends requests to one endpoint. Safe to use from several tasks of one loop."""

    def __init__(self, options: EndpointOptions) -> None:
        self._options = options

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        on_event: Callable[[Any], bool] | None = None,
    ) -> Any:
        """Send a request, and return the JSON of the answer.

        Args:
            method: Of HTTP.
            path: Behind the base address; one that begins with `/` is of the server's root.
            body: To be sent as JSON.
            on_event: Gets each event of a streamed answer, in another thread; false ends
                the request. None is returned then.

        Raises:
            EndpointUnreachableError, EndpointBrokenError, EndpointBusyError,
            EndpointRefusedError: As they say.
        """
        request = _Request(self._options)
        call = asyncio.create_task(asyncio.to_thread(request.run, method, path, body, on_event))
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            request.abort()
            # The outcome interests nobody now, but somebody must look at it.
            call.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise


class _Request:
    """One request on one connection."""

    def __init__(self, options: EndpointOptions) -> None:
        self._options = options
        self._socket: socket.socket | None = None
        self._is_aborted = False

    def abort(self) -> None:
        """Make `run` end now. May be called from another thread."""
        self._is_aborted = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Below TLS, which must not be touched by two threads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def run(
        self, method: str, path: str, body: object, on_event: Callable[[Any], bool] | None
    ) -> Any:
        url = self._options.parts
        key = self._key()
        connection = self._connected(url.hostname or "", url.port)
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        full_path = path if path.startswith("/") else f"{url.path}/{path}"
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, full_path, data, headers)
            with connection.getresponse() as response:
                if response.status != _OK:
                    _refuse(response, key)
                if on_event is not None:
                    _read_events(response, on_event)
                    return None
                return json.loads(_read(response))
        except TimeoutError as error:
            msg = f"silent for {SILENCE_MAX_S:g} s"
            raise EndpointBrokenError(msg) from error
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            msg = f"no whole answer ({type(error).__name__})"
            raise EndpointBrokenError(msg) from error
        finally:
            connection.close()

    def _key(self) -> str | None:
        try:
            return self._options.api_key()
        except ValueError as error:
            raise EndpointUnreachableError(str(error)) from error

    def _connected(self, host: str, port: int | None) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection
        try:
            if self._options.parts.scheme == "https":
                context = ssl.create_default_context(cafile=self._options.certificates)
                connection = http.client.HTTPSConnection(
                    host, port, timeout=CONNECT_TIMEOUT_S, context=context
                )
            else:
                connection = http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_S)
            connection.connect()
        except (OSError, ValueError) as error:
            where = f"{host}:{port}" if port else host
            what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            msg = f"{where} can not be reached: {what}"
            raise EndpointUnreachableError(msg) from error
        connection.sock.settimeout(SILENCE_MAX_S)
        self._socket = connection.sock
        if self._is_aborted:
            self.abort()
        return connection


def _refuse(response: http.client.HTTPResponse, key: str | None) -> None:
    """Raise what a status other than 200 means."""
    status = response.status
    message = _message(response)
    if key:
        message = message.replace(key, "…")  # Some repeat what they were sent.
    if status in _REDIRECTS:
        msg = "it sends us elsewhere, which is not followed; set base_url to its own address"
        raise EndpointRefusedError(status, msg)
    if status in {_TOO_MANY, _UNAVAILABLE}:
        raise EndpointBusyError(f"{message} (HTTP status {status})", _retry_after_s(response))
    if _BAD_REQUEST <= status < _SERVER_ERROR:
        raise EndpointRefusedError(status, message)
    msg = f"{message} (HTTP status {status})"
    raise EndpointBrokenError(msg)


def _message(response: http.client.HTTPResponse) -> str:
    try:
        reply = json.loads(_read(response))
    except (OSError, http.client.HTTPException, ValueError, RecursionError, EndpointBrokenError):
        return "it says no reason"
    error = reply.get("error", reply.get("detail")) if isinstance(reply, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    text = message if isinstance(message, str) and message else "it says no reason"
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable[:_MESSAGE_CHARS_MAX]


def _retry_after_s(response: http.client.HTTPResponse) -> float:
    """Return the pause an endpoint asks for; a date is not worth reading."""
    said = response.headers.get("Retry-After", "")
    try:
        seconds = float(said)
    except ValueError:
        return _RETRY_AFTER_DEFAULT_S
    return seconds if 0.0 <= seconds < float("inf") else _RETRY_AFTER_DEFAULT_S


def _read(response: http.client.HTTPResponse) -> bytes:
    raw = response.read(REPLY_BYTES_MAX + 1)
    if len(raw) > REPLY_BYTES_MAX:
        msg = f"its answer is longer than {REPLY_BYTES_MAX} bytes"
        raise EndpointBrokenError(msg)
    return raw


def _read_events(response: http.client.HTTPResponse, on_event: Callable[[Any], bool]) -> None:
    """Read server-sent events up to `[DONE]`, or until nobody wants more."""
    left = REPLY_BYTES_MAX
    while line := response.readline(left + 1):
        left -= len(line)
        if left < 0:
            msg = f"its answer is longer than {REPLY_BYTES_MAX} bytes"
            raise EndpointBrokenError(msg)
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            return
        event = json.loads(data)
        if isinstance(event, dict) and "error" in event:
            msg = "it gave up in the middle of its answer"
            raise EndpointBrokenError(msg)
        if not on_event(event):
            return
    msg = "its answer breaks off"
    raise EndpointBrokenError(msg)
