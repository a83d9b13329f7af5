"""Who may use a model next.

A worker answers one wave at a time. People wait for completions and chat, nobody
waits for a process, and indexing can wait for everybody.
"""

import asyncio
import heapq
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Final


class Lane(StrEnum):
    """Priority class of model work, most urgent first."""

    COMPLETION = "completion"
    CHAT = "chat"
    PROCESS = "process"
    INDEX = "index"


_PRIORITY: Final = {lane: index for index, lane in enumerate(Lane)}


class Lanes:
    """Mutual exclusion over one worker, by lane, first come first served within a lane.

    Invariant: nobody starts while somebody of a more urgent lane waits. A holder is
    never interrupted, so the wait is at most one wave.

    Runs on the event loop.
    """

    def __init__(self) -> None:
        self._held = False
        self._arrivals = 0
        # (priority, arrival, ticket); a ticket that is done was cancelled.
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def hold(self, lane: Lane) -> AsyncGenerator[None]:
        """Have the worker alone inside the `async with` block."""
        await self._acquire(lane)
        try:
            yield
        finally:
            self._pass_on()

    async def _acquire(self, lane: Lane) -> None:
        if not self._held:
            self._held = True
            return
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (_PRIORITY[lane], self._arrivals, ticket))
        try:
            await ticket
        except asyncio.CancelledError:
            # Called up and cancelled in the same turn of the loop: hand the turn on.
            if ticket.done() and not ticket.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, ticket = heapq.heappop(self._waiting)
            if not ticket.done():
                ticket.set_result(None)
                return
        self._held = False
