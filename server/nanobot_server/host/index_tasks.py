"""The tasks and threads that a host's index works with, and how they end."""

import asyncio
import contextlib
import functools
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from nanobot_indexer import IndexerError
from nanobot_server.host.errors import HostError

log = logging.getLogger(__name__)

# Files, definitions, a refresh, the next generation: each can wait for something.
_THREADS: Final = 4

PASSING_ERRORS: Final = (IndexerError, OSError, MemoryError, RuntimeError)
"""What may go better the next time: what the indexer reports, and a machine that is out of
memory, descriptors or threads (a RuntimeError). Everything else is a bug."""

Answer = TypeVar("Answer")


class IndexTasks:
    """Runs on the event loop but for `call_soon`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="index")
        self._tasks: set[asyncio.Task[Any]] = set()

    def attach(self) -> None:
        """Take the event loop that runs: `call_soon` calls on it. Others do so themselves."""
        self._loop = asyncio.get_running_loop()

    def spawn(self, work: Coroutine[Any, Any, Answer], name: str) -> "asyncio.Task[Answer]":
        """Start a task that ends with the index. A bug that ends it is logged."""
        self.attach()
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def in_thread(
        self, work: Callable[..., Answer], *arguments: object, **options: object
    ) -> Answer:
        """Call something in a thread. It goes on when the caller is cancelled."""
        call = functools.partial(work, *arguments, **options)
        self.attach()
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def call_soon(self, call: Callable[..., object], *arguments: object) -> None:
        """Call something on the event loop, from any thread."""
        assert self._loop is not None  # Threads come after it.
        with contextlib.suppress(RuntimeError):  # The loop may be closed by now.
            self._loop.call_soon_threadsafe(call, *arguments)

    async def cancel(self) -> None:
        """End all tasks. What runs in threads goes on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        """Wait for the threads. Blocks."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, (IndexerError, HostError)):
            log.error("task failed: %s", task.get_name(), exc_info=error)
