"""The parent's side of one worker process: start it, exchange bytes with it, kill it.

A worker runs one module of this package, speaks on its stdin and stdout, and may die at
any moment. Every wait has a deadline, in both directions: a stopped worker neither reads
nor answers, and looks alive to `waitpid`.
"""

import contextlib
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_READ_BYTES: Final = 1024 * 1024
_PIPE_SIZE_BYTES: Final = 256 * 1024
_STDERR_BYTES_SHOWN: Final = 2000
# What the dynamic loader and Python need to find themselves, and nothing else of
# the user's environment.
_KEPT_VARIABLES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")

# The package as a bare folder: its own `__init__` may import much that no worker needs.
_BOOTSTRAP: Final = """\
import importlib, sys, types
package = types.ModuleType("nanobot_indexer")
package.__path__ = [sys.argv.pop(1)]
sys.modules["nanobot_indexer"] = package
importlib.import_module(sys.argv.pop(1)).main(sys.argv[1:])
"""
_PACKAGE: Final = Path(__file__).resolve().parent


class ChildError(Exception):
    """A worker did not answer: kill it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ChildTimeoutError(ChildError, TimeoutError):
    """It was not done by the deadline."""


class ChildEndedError(ChildError):
    """It ended, and how."""


class ChildProcess:
    """One worker. Used by one thread at a time; `kill` may come from any.

    Args:
        module: Of this package; its `main` gets the arguments, and this process's id as
            the last one.
        arguments: For `main`.
        variables: Added to an otherwise nearly empty environment.
        pass_fds: Descriptors that stay open in the worker, with their numbers.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        variables: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        # Most of who imports this module starts no worker, or not yet.
        import subprocess  # noqa: PLC0415 - for the reason above.
        import tempfile  # noqa: PLC0415 - likewise.

        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`.
        self._process = subprocess.Popen(
            [
                sys.executable,
                # No current folder, no user site: a workspace must not choose our modules.
                "-I",
                "-c",
                _BOOTSTRAP,
                str(_PACKAGE),
                module,
                *arguments,
                str(os.getpid()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=0,
            cwd="/" if os.name == "posix" else None,
            env=_clean_environment() | dict(variables or {}),
            # Ctrl-C in a terminal goes to the whole group; we decide when workers end.
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.request_fd: Final = self._process.stdin.fileno()
        self.reply_fd: Final = self._process.stdout.fileno()
        for fd in (self.request_fd, self.reply_fd):
            os.set_blocking(fd, False)
            _widen_pipe(fd)

    @property
    def pid(self) -> int:
        """The operating-system id of the worker."""
        return self._process.pid

    def exchange(self, request: bytes, reply_size_bytes: int, *, deadline: float) -> bytes:
        """Send all of `request`, then return `reply_size_bytes` bytes of the answer.

        Args:
            request: May be empty.
            reply_size_bytes: Exactly so many are waited for.
            deadline: As `time.monotonic` counts.

        Raises:
            ChildTimeoutError: It was not done by then.
            ChildEndedError: It ended.
        """
        unsent = memoryview(request)
        while unsent:
            self._wait(self.request_fd, select.POLLOUT, deadline)
            try:
                unsent = unsent[os.write(self.request_fd, unsent) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._ended() from error
        reply = bytearray()
        while len(reply) < reply_size_bytes:
            self._wait(self.reply_fd, select.POLLIN, deadline)
            try:
                part = os.read(self.reply_fd, min(_READ_BYTES, reply_size_bytes - len(reply)))
            except BlockingIOError:
                continue
            if not part:
                raise self._ended()
            reply += part
        return bytes(reply)

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

    def _wait(self, fd: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(fd, event)
        remaining_s = deadline - time.monotonic()
        if remaining_s <= 0 or not poll.poll(remaining_s * 1000):
            raise ChildTimeoutError("worker killed")

    def _ended(self) -> ChildEndedError:
        """Say how the worker ended. Its pipe is closed, so it is about to be dead."""
        import subprocess  # noqa: PLC0415 - as in `__init__`.

        try:
            code = self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return ChildEndedError("closed its pipe")
        self._stderr.seek(0)
        tail = self._stderr.read()[-_STDERR_BYTES_SHOWN:].decode("utf-8", "replace")
        log.debug("worker ended: pid=%d code=%d stderr=%s", self.pid, code, tail)
        if code < 0:
            return ChildEndedError(_signal_name(-code))
        lines = tail.strip().splitlines()
        return ChildEndedError(f"exit status {code}" + (f": {lines[-1]}" if lines else ""))


def _widen_pipe(fd: int) -> None:
    """Let most requests pass in one piece, where the platform can."""
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
