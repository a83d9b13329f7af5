"""Requests that take long: each ends when its front leaves, or cancels it by a token."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from nanobot_server.host.errors import FAILED, USAGE, HostError

TOKEN_CHARS_MAX: Final = 200

Document = dict[str, Any]


class TokenTasks:
    """Requests of one kind. Runs on the event loop.

    Args:
        noun: What one is called in sentences: "question".
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._task_by_token: dict[tuple[object, str], asyncio.Task[Document]] = {}

    async def run(
        self, front: object, token: str | None, work: Callable[[], Coroutine[Any, Any, Document]]
    ) -> Document:
        """Do something and return what comes of it.

        Args:
            front: Who asked.
            token: Its name for it, which nothing that runs may have; None for none.
            work: Begins it.

        Raises:
            HostError: `usage`: the token is in use. `failed`: it was cancelled by it.
        """
        key = (front, token or "")
        if token and key in self._task_by_token:
            raise HostError(USAGE, f"token: {token!r} is that of a {self._noun} that still runs")
        task = asyncio.create_task(work(), name=self._noun)
        if token:
            self._task_by_token[key] = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise  # The front is gone; `await` has cancelled the task with us.
            raise HostError(FAILED, f"the {self._noun} was cancelled") from None
        finally:
            if token:
                del self._task_by_token[key]

    def cancel(self, front: object, token: str) -> bool:
        """Cancel one; tell whether it ran."""
        task = self._task_by_token.get((front, token))
        return task is not None and task.cancel()
