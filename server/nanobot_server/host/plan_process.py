"""The host's side of the plan worker: started when it is needed, killed when nobody is.

Runs on the host's event loop. One job at a time; others wait for their turn.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from nanobot_engine.intent import CommandRequest, Question
from nanobot_server.host.errors import FAILED, HostError
from nanobot_server.host.plan_wire import Message, error_from_json, line_of, message_of

log = logging.getLogger(__name__)

KEPT_S: Final = 300.0
"""So long after a job the worker stays, with what it parsed."""
STOP_S: Final = 0.7
"""So long a job that is cancelled may take to end; then the worker is killed."""

_LINE_BYTES_MAX: Final = 1 << 30
_LARGE_BYTES: Final = 1 << 18
_EXIT_S: Final = 5.0

Tell = Callable[[Message], None]
Ask = Callable[[Question], Awaitable[int | None]]
Write = Callable[[CommandRequest], Awaitable[list[str]]]


class _LostError(Exception):
    """The worker is gone, or talks nonsense."""


class PlanProcess:
    """The plan worker of a workspace, when there is one.

    Args:
        root: The workspace.
        kept_s: See `KEPT_S`.
    """

    def __init__(self, root: Path, *, kept_s: float = KEPT_S) -> None:
        self._root = root
        self._kept_s = kept_s
        self._child: Process | None = None
        self._turn = asyncio.Lock()
        self._leaving: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The operating-system id of the worker; None while there is none."""
        return None if self._child is None else self._child.pid

    async def run(
        self, job: Message, *, tell: Tell, ask: Ask, write: Write | None = None
    ) -> Message:
        """Have a job done and return its result. Cancelled, it has ended on return.

        Args:
            job: As `PlanJobs.run` takes it.
            tell: Called with how far it is.
            ask: Answers what the worker asks; None for no answer.
            write: Writes a sentence as commands; None where no job asks for that.

        Raises:
            NotUnderstoodError, VolumeError: As the worker raised them.
            HostError: Everything else that it raised, or it died twice.
        """
        async with self._turn:
            if self._leaving is not None:
                self._leaving.cancel()
            try:
                try:
                    return await self._done(job, tell, ask, write)
                except _LostError as error:
                    log.warning("plan worker lost: reason=%s", error)
                    await self._kill()
                try:
                    return await self._done(job, tell, ask, write)
                except _LostError as error:
                    await self._kill()
                    message = f"the plan was not made: its process {error}, twice"
                    raise HostError(FAILED, message) from error
            finally:
                loop = asyncio.get_running_loop()
                self._leaving = loop.call_later(self._kept_s, self._leave)

    async def close(self) -> None:
        """End the worker, whatever it does. Further jobs fail."""
        self._is_closed = True
        if self._leaving is not None:
            self._leaving.cancel()
        await self._kill()

    async def _done(self, job: Message, tell: Tell, ask: Ask, write: Write | None) -> Message:
        child = await self._started()
        try:
            await _send(child, job)
            return await _result(child, tell, ask, write)
        except asyncio.CancelledError:
            await self._stop(child)
            raise

    async def _started(self) -> Process:
        if self._is_closed:
            raise HostError(FAILED, "the host is leaving; ask again")
        if self._child is None:
            # The event loop's own thread forks: the worker dies with the thread that
            # started it, and this one lives as long as the host.
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                # -P: the folder of the host is no place for modules.
                "-P",
                "-m",
                "nanobot_server.host.plan_worker",
                str(self._root),
                str(os.getpid()),
                stdin=PIPE,
                stdout=PIPE,
                limit=_LINE_BYTES_MAX,
                start_new_session=True,
            )
        return self._child

    async def _stop(self, child: Process) -> None:
        """End a job, so that what it started is ended by it; then kill the worker if it must be."""
        try:
            async with asyncio.timeout(STOP_S):
                await _send(child, {"stop": True})
                await _ended(child)
        except (TimeoutError, _LostError, asyncio.CancelledError):
            await self._kill()

    async def _kill(self) -> None:
        child = self._leave()
        if child is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EXIT_S):
                    await child.wait()

    def _leave(self) -> Process | None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            # With the tools that it runs: they are in its session.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        return child


async def _send(child: Process, message: Message) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(line_of(message))
        await child.stdin.drain()
    except OSError as error:
        raise _LostError(await _fate(child)) from error


async def _heard(child: Process) -> Message:
    assert child.stdout is not None
    line = await child.stdout.readline()
    if not line.endswith(b"\n"):
        raise _LostError(await _fate(child))
    # A whole change with its files; the event loop has others to answer.
    return (
        await asyncio.to_thread(message_of, line)
        if len(line) > _LARGE_BYTES
        else (message_of(line))
    )


async def _result(child: Process, tell: Tell, ask: Ask, write: Write | None) -> Message:
    while True:
        message = await _heard(child)
        if "state" in message:
            tell(message["state"])
        elif "question" in message:
            text, options, is_about_words, sentence = message["question"]
            question = Question(text, tuple(options), is_about_words, sentence)
            await _send(child, {"answer": await ask(question)})
        elif "write" in message:
            request = CommandRequest(*message["write"])
            await _send(child, {"answer": await write(request) if write is not None else []})
        elif "done" in message:
            return dict(message["done"])
        else:
            raise error_from_json(message["failed"])


async def _ended(child: Process) -> None:
    """Wait for the end of a job that nobody wants."""
    while True:
        message = await _heard(child)
        if "done" in message or "failed" in message:
            return


async def _fate(child: Process) -> str:
    """Say how a worker ended."""
    try:
        async with asyncio.timeout(1.0):
            code = await child.wait()
    except TimeoutError:
        return "closed its pipe"
    return f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
