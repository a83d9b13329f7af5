"""The parent's side of one parse worker: start it, ask it, kill it.

Every wait has a deadline, in both directions: a stopped worker neither reads nor
answers, and looks alive to `waitpid`.
"""

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nanobot_indexer.syntax.definition import DefinitionRange
from nanobot_indexer.syntax.frames import (
    HELLO,
    REPLY,
    REPLY_SIZE_BYTES_MAX,
    REQUEST,
    FrameError,
)
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.syntax.table import DefinitionTable, checked_table
from nanobot_indexer.workspace.skip import SkipReason

log = logging.getLogger(__name__)

# Starting Python takes 0.1 s on an idle machine. Both cores may be busy with models.
START_TIMEOUT_S: Final = 60.0

_READ_BYTES: Final = 1024 * 1024
_PIPE_SIZE_BYTES: Final = 256 * 1024
_STDERR_BYTES_SHOWN: Final = 2000
# What the dynamic loader and Python need to find themselves, and nothing else of
# the user's environment.
_KEPT_VARIABLES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")

# The package as a bare folder: its own `__init__` would import numpy and all of the index.
_BOOTSTRAP: Final = """\
import sys, types
package = types.ModuleType("nanobot_indexer")
package.__path__ = [sys.argv.pop(1)]
sys.modules["nanobot_indexer"] = package
from nanobot_indexer.syntax.worker import main
main(sys.argv[1:])
"""
_PACKAGE: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The syntax of one text."""

    table: DefinitionTable
    text: bytes = field(repr=False)
    has_errors: bool
    """The tree is partial; the definitions outside of the errors are there."""

    @property
    def definitions(self) -> tuple[DefinitionRange, ...]:
        """The definitions, in order of their start; made anew on each call."""
        return tuple(self.table.definitions(self.text))


class ParseWorkerError(Exception):
    """The worker gave up on a text, or we on the worker. It must be replaced."""

    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ParseWorker:
    """One child process. Used by one thread at a time; `kill` may come from any."""

    def __init__(self, *, memory_bytes_max: int) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `kill`.
        self._request_id = 0
        self._process = subprocess.Popen(
            [
                sys.executable,
                # No current folder, no user site: a workspace must not choose our modules.
                "-I",
                "-c",
                _BOOTSTRAP,
                str(_PACKAGE),
                str(memory_bytes_max),
                str(os.getpid()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=0,
            cwd="/" if os.name == "posix" else None,
            env=_clean_environment(),
            # Ctrl-C in a terminal goes to the whole group; we decide when workers end.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._request_fd = self._process.stdin.fileno()
        self._reply_fd = self._process.stdout.fileno()
        for fd in (self._request_fd, self._reply_fd):
            os.set_blocking(fd, False)
            _widen_pipe(fd)

    @property
    def pid(self) -> int:
        """The operating-system id of the worker."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait for the hello.

        Raises:
            ParseWorkerError: It did not come, or something else did.
        """
        hello = self._exchange(b"", len(HELLO), time.monotonic() + START_TIMEOUT_S)
        if hello != HELLO:
            raise ParseWorkerError(SkipReason.PARSE_GARBLED, f"said {hello[:20]!r} at start")

    def parse(self, text: bytes, language: Language, *, timeout_s: float) -> Parsed:
        """Return the syntax of one text.

        Args:
            text: The raw bytes of the file.
            language: Not one of `LANGUAGES_WITHOUT_DEFINITIONS`.
            timeout_s: Wall-clock limit for sending, parsing and answering.

        Raises:
            ParseWorkerError: The worker crashed, hung or answered garbage. Kill it.
        """
        deadline = time.monotonic() + timeout_s
        self._request_id += 1
        name = language.encode("ascii")
        request = REQUEST.pack(self._request_id, len(text), len(name)) + name + text
        reply = self._exchange(request, REPLY.size, deadline)
        request_id, size_bytes, definition_count, import_count, has_errors = REPLY.unpack(reply)
        if request_id != self._request_id or size_bytes > REPLY_SIZE_BYTES_MAX or has_errors > 1:
            raise ParseWorkerError(SkipReason.PARSE_GARBLED, f"frame {reply.hex()}")
        payload = self._exchange(b"", size_bytes, deadline)
        try:
            table = checked_table(
                payload, definition_count=definition_count, import_count=import_count, text=text
            )
        except FrameError as error:
            raise ParseWorkerError(SkipReason.PARSE_GARBLED, str(error)) from error
        return Parsed(table, text, has_errors=bool(has_errors))

    def kill(self) -> None:
        """End the worker now and wait for it. Does nothing the second time."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill the worker and give its descriptors back. Only for the thread that uses it."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout, self._stderr):
            assert stream is not None
            stream.close()

    def _exchange(self, request: bytes, reply_size_bytes: int, deadline: float) -> bytes:
        """Send all of `request`, then return `reply_size_bytes` bytes of the answer."""
        unsent = memoryview(request)
        while unsent:
            self._wait(self._request_fd, select.POLLOUT, deadline)
            try:
                unsent = unsent[os.write(self._request_fd, unsent) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._crashed() from error
        reply = bytearray()
        while len(reply) < reply_size_bytes:
            self._wait(self._reply_fd, select.POLLIN, deadline)
            try:
                part = os.read(self._reply_fd, min(_READ_BYTES, reply_size_bytes - len(reply)))
            except BlockingIOError:
                continue
            if not part:
                raise self._crashed()
            reply += part
        return bytes(reply)

    def _wait(self, fd: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(fd, event)
        remaining_s = deadline - time.monotonic()
        if remaining_s <= 0 or not poll.poll(remaining_s * 1000):
            raise ParseWorkerError(SkipReason.PARSE_TIMED_OUT, "worker killed")

    def _crashed(self) -> ParseWorkerError:
        """Say how the worker ended. Its pipe is closed, so it is about to be dead."""
        try:
            code = self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return ParseWorkerError(SkipReason.PARSE_CRASHED, "closed its pipe")
        self._stderr.seek(0)
        tail = self._stderr.read()[-_STDERR_BYTES_SHOWN:].decode("utf-8", "replace")
        log.debug("parse worker ended: pid=%d code=%d stderr=%s", self.pid, code, tail)
        if code < 0:
            return ParseWorkerError(SkipReason.PARSE_CRASHED, _signal_name(-code))
        lines = tail.strip().splitlines()
        detail = f"exit status {code}" + (f": {lines[-1]}" if lines else "")
        return ParseWorkerError(SkipReason.PARSE_CRASHED, detail)


def _widen_pipe(fd: int) -> None:
    """Let most texts pass in one piece, where the platform can."""
    if sys.platform != "linux":
        return
    import fcntl  # noqa: PLC0415 - does not exist on Windows.

    # The kernel refuses when the user has many pipes; they then stay as they are.
    with contextlib.suppress(OSError):
        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_SIZE_BYTES)


def _signal_name(number: int) -> str:
    try:
        return f"killed by {signal.Signals(number).name}"
    except ValueError:
        return f"killed by signal {number}"


def _clean_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
