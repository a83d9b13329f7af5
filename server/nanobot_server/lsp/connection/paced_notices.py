"""Notifications that say how something is now: few, and always the newest in the end.

Runs on the event loop.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

PAUSE_S: Final = 0.25

State = TypeVar("State")


class PacedNotices(Generic[State]):
    """Sends the states of things, each at once or when its pause is over.

    Invariant: what was put last is what is sent last.

    Args:
        send: Sends one state.
        pause_s: Least time between two states of one thing.
    """

    def __init__(self, send: Callable[[State], None], *, pause_s: float = PAUSE_S) -> None:
        self._send = send
        self._pause_s = pause_s
        self._waiting: dict[Hashable, State] = {}
        self._pausing: set[Hashable] = set()

    def put(self, key: Hashable, state: State) -> None:
        """Send the state of `key`, now or soon."""
        self._waiting[key] = state
        if key not in self._pausing:
            self._deliver(key)

    def _deliver(self, key: Hashable) -> None:
        self._pausing.discard(key)
        if key in self._waiting:
            self._pausing.add(key)
            asyncio.get_running_loop().call_later(self._pause_s, self._deliver, key)
            self._send(self._waiting.pop(key))
