"""Standard input and output as a stream of messages, without ever blocking the loop.

One thread reads, one thread writes. Both are daemons: leaving never waits for an
editor that neither sends nor reads. The descriptors are private copies, so a
stray print, ours or of native code, goes to stderr and not into the protocol.
"""

import os
import queue
import select
import threading
from collections.abc import Callable
from typing import Any, Final

from nanobot_server.lsp.connection.framing import Incoming, MessageReader, encode_message

_READ_BYTES: Final = 64 * 1024
INCOMING_COUNT_MAX: Final = 1000
"""Messages read but not yet handled. Then the reader waits, and so does the editor."""
OUTGOING_BYTES_MAX: Final = 256 * 1024 * 1024
"""Bytes an editor has not read yet. More means that it never will."""

Received = Incoming | None
"""A message, or None when the editor closed its end."""


class StdioTransport:
    """Messages from one descriptor and to another.

    Safe to share between threads: `send` may be called from anywhere.
    """

    def __init__(self, in_fd: int, out_fd: int) -> None:
        self._in_fd = in_fd
        self._out_fd = out_fd
        self._early: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._sink: Callable[[Received], None] | None = None
        self._lock = threading.Lock()
        self._room = threading.Semaphore(INCOMING_COUNT_MAX)
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._outgoing_bytes = 0
        self.is_broken = False
        """The editor can not be written to any more."""
        self._reader = threading.Thread(target=self._read_all, name="lsp-read", daemon=True)
        self._writer = threading.Thread(target=self._write_all, name="lsp-write", daemon=True)

    def start(self) -> None:
        """Begin to read and write."""
        self._reader.start()
        self._writer.start()

    def receive_first(self) -> Received:
        """Wait for the next message. Only before `attach`."""
        received = self._early.get()
        self._room.release()
        return received

    def attach(self, sink: Callable[[Received], None]) -> None:
        """Give all further messages to `sink`, which is called in the reading thread.

        The receiver calls `handled` once for each.
        """
        with self._lock:
            while not self._early.empty():
                sink(self._early.get())
            self._sink = sink

    def handled(self) -> None:
        """Say that one message was dealt with, so that another may be read."""
        self._room.release()

    def send(self, message: dict[str, Any]) -> None:
        """Queue a message. It is lost if the editor is gone; nothing is raised."""
        data = encode_message(message)
        with self._lock:
            self._outgoing_bytes += len(data)
            if self.is_broken or self._outgoing_bytes > OUTGOING_BYTES_MAX:
                self._set_broken()
                return
        self._outgoing.put(data)

    def close(self, *, timeout_s: float) -> None:
        """Write what is queued, but wait no longer than `timeout_s`."""
        self._outgoing.put(None)
        if self._writer.is_alive():
            self._writer.join(timeout_s)

    def _read_all(self) -> None:
        reader = MessageReader()
        while data := self._read_some():
            for incoming in reader.feed(data):
                self._deliver(incoming)
        self._deliver(None)

    def _read_some(self) -> bytes:
        while True:
            try:
                return os.read(self._in_fd, _READ_BYTES)
            except BlockingIOError:
                # Some editors hand over a pipe that does not block.
                select.select([self._in_fd], [], [])
            except OSError:
                return b""

    def _deliver(self, received: Received) -> None:
        self._room.acquire()
        with self._lock:
            if self._sink is None:
                self._early.put(received)
            else:
                self._sink(received)

    def _write_all(self) -> None:
        while (data := self._outgoing.get()) is not None:
            if not self._write(data):
                with self._lock:
                    self._set_broken()
                return
            with self._lock:
                self._outgoing_bytes -= len(data)

    def _write(self, data: bytes) -> bool:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._out_fd, view) :]
            except BlockingIOError:
                select.select([], [self._out_fd], [])
            except OSError:
                return False
        return True

    def _set_broken(self) -> None:
        """Tell the receiver once, as if the editor had closed its end."""
        if self.is_broken:
            return
        self.is_broken = True
        if self._sink is None:
            self._early.put(None)
        else:
            self._sink(None)
