"""JSON-RPC with one confined language server, with a deadline for everything.

The server is a child that may hang, die, flood or lie. Every wait ends, every frame has
a largest size, and the end of the connection is the end of the server and of all that it
started. What it asks for is answered with nothing; edits that it asks for are refused.

Source: Language Server Protocol 3.17, base protocol.
"""

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from nanobot_engine.check.confined import LAUNCHER, plain_environment
from nanobot_engine.errors import EngineError

log = logging.getLogger(__name__)

_FRAME_BYTES_MAX: Final = 64 * 1024 * 1024
_HEADER_BYTES_MAX: Final = 4096
_MESSAGES_WAITING_MAX: Final = 10_000
# Of addresses: engines of JavaScript reserve far more than they use.
_ADDRESS_BYTES_MAX: Final = 64 << 30
_HEAP_MEGABYTES_MAX: Final = 2048
_POLL_S: Final = 0.1
_STOP_S: Final = 2.0


class ServerError(EngineError):
    """A language server did not answer: go on without it, and say so."""


class Connection:
    """A running server. Use it in a `with` block, in one thread."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        home: Path,
        timeout_s: float,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start the server.

        Args:
            command: The program, absolute, and its arguments.
            folder: Where it runs, the only one that it can write to.
            home: A folder in it for caches and temporary files.
            timeout_s: From now to the last answer.
            cancelled: Polled; a true answer is like the end of the time.

        Raises:
            ServerError: It can not be started.
        """
        self._name = Path(command[0]).name
        self._cancelled = cancelled
        self._deadline = time.monotonic() + timeout_s
        self._request_id = 0
        self._awaited_id: int | None = None
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        launch = [
            sys.executable, "-I", str(LAUNCHER), str(folder), str(int(timeout_s) + 1),
            str(_ADDRESS_BYTES_MAX), *command,
        ]  # fmt: skip
        heap = {"NODE_OPTIONS": f"--max-old-space-size={_HEAP_MEGABYTES_MAX}"}
        try:
            self._child = subprocess.Popen(
                launch,
                cwd=folder,
                env={**plain_environment(home), **heap},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(f"{self._name}: does not start: {error.strerror}") from error
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._in: IO[bytes] = self._child.stdin
        self._out: IO[bytes] = self._child.stdout
        os.set_blocking(self._in.fileno(), False)
        self._reader = threading.Thread(target=self._read, name="language-server", daemon=True)
        self._reader.start()

    def request(self, method: str, params: Mapping[str, Any]) -> Any:
        """Ask something and wait for the answer.

        Raises:
            ServerError: It refused, ended, or took too long.
        """
        self._request_id += 1
        wanted = self._awaited_id = self._request_id
        self._send({"id": wanted, "method": method, "params": params})
        while True:
            message = self.next_message(self._deadline)
            if message is None:
                raise ServerError(f"{self._name}: did not answer {method!r} in time")
            if message.get("id") == wanted and "method" not in message:
                error = message.get("error")
                if error is not None:
                    reason = error.get("message", error) if isinstance(error, dict) else error
                    raise ServerError(f"{self._name}: {method!r} failed: {reason}")
                return message.get("result")

    def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Tell something.

        Raises:
            ServerError: It does not listen.
        """
        self._send({"method": method, "params": params})

    def next_message(self, deadline: float) -> dict[str, Any] | None:
        """Return the next answer or notification; None when there is none by then.

        Args:
            deadline: As `time.monotonic` counts; the connection's own is never passed.

        Raises:
            ServerError: The server ended.
        """
        while True:
            left_s = min(deadline, self._deadline) - time.monotonic()
            if left_s <= 0 or self._cancelled():
                return None
            try:
                message = self._messages.get(timeout=min(left_s, _POLL_S))
            except queue.Empty:
                continue
            if message is None:
                raise ServerError(f"{self._name}: ended, or said what is no message")
            if "method" in message and "id" in message:
                self._answer(message)
                continue
            return message

    def close(self) -> None:
        """Kill the server and everything that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        for stream in (self._in, self._out):
            with suppress(OSError):
                stream.close()
        self._reader.join(_STOP_S)

    def _answer(self, message: Mapping[str, Any]) -> None:
        """Answer what the server asks for: it gets nothing, and no edit is applied."""
        method, params = message["method"], message.get("params")
        result: object = None
        if method == "workspace/configuration" and isinstance(params, dict):
            result = [None] * len(params.get("items", ()))
        elif method == "workspace/applyEdit":
            result = {"applied": False}
        self._send({"id": message["id"], "result": result})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        unsent = memoryview(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        while unsent:
            if time.monotonic() > self._deadline or self._cancelled():
                raise ServerError(f"{self._name}: does not read what it is asked")
            try:
                written = os.write(self._in.fileno(), unsent)
            except BlockingIOError:
                time.sleep(_POLL_S / 10)
                continue
            except OSError as error:
                raise ServerError(f"{self._name}: ended") from error
            unsent = unsent[written:]

    def _read(self) -> None:
        """Put messages into the queue until the server ends or says nonsense."""
        try:
            while (message := _message(self._out)) is not None:
                is_awaited = "method" not in message and message.get("id") == self._awaited_id
                if is_awaited:
                    # One a request: more answers with its number are part of a flood.
                    self._awaited_id = None
                # Who floods loses messages, not our memory; the answer that is waited for stays.
                if is_awaited or self._messages.qsize() < _MESSAGES_WAITING_MAX:
                    self._messages.put(message)
        except (OSError, ValueError) as error:
            log.debug("language server unread: server=%s reason=%s", self._name, error)
        self._messages.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _message(stream: IO[bytes]) -> dict[str, Any] | None:
    """Read one message; None at the end.

    Raises:
        ValueError: It is none, or too large.
    """
    size_bytes = -1
    while True:
        line = stream.readline(_HEADER_BYTES_MAX)
        if not line:
            return None
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            size_bytes = int(value)
        if not line.strip():
            break
    if not 0 <= size_bytes <= _FRAME_BYTES_MAX:
        raise ValueError(f"a message of {size_bytes} bytes")
    body = stream.read(size_bytes)
    if len(body) < size_bytes:
        return None
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("a message that is no object")  # noqa: TRY004 - what it says is wrong, not its type
    return message
