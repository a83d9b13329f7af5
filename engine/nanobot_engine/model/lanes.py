"""Who may use a model next.

A worker answers one wave at a time. People wait for completions and chat, nobody
waits for a process, and indexing can wait for everybody.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from enum import StrEnum


class Lane(StrEnum):
    """Priority class of model work, most urgent first."""

    COMPLETION = "completion"
    CHAT = "chat"
    PROCESS = "process"
    INDEX = "index"


class Lanes:
    """Mutual exclusion over one worker, by lane; within a lane all who ask take turns.

    Invariant: nobody starts while somebody of a more urgent lane waits. A holder is
    never interrupted, so the wait is at most one wave; within a lane it is at most one
    wave more of each of the others that ask.

    Runs on the event loop.
    """

    def __init__(self) -> None:
        self._held = False
        # Tickets by who asks, who has its turn next first; one that is done was cancelled.
        self._waiting: dict[Lane, OrderedDict[Hashable, deque[asyncio.Future[None]]]] = {
            lane: OrderedDict() for lane in Lane
        }

    @property
    def is_free(self) -> bool:
        """Whether nobody has the worker."""
        return not self._held

    @asynccontextmanager
    async def hold(self, lane: Lane, *, who: Hashable = None) -> AsyncGenerator[None]:
        """Have the worker alone inside the `async with` block.

        Args:
            lane: How urgent it is.
            who: Asks. What one asks for comes in the order in which it asked.
        """
        await self._acquire(lane, who)
        try:
            yield
        finally:
            self._pass_on()

    async def _acquire(self, lane: Lane, who: Hashable) -> None:
        if not self._held:
            self._held = True
            return
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[lane].setdefault(who, deque()).append(ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            # Called up and cancelled in the same turn of the loop: hand the turn on.
            if ticket.done() and not ticket.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        for lane in Lane:
            turns = self._waiting[lane]
            while turns:
                who, tickets = turns.popitem(last=False)
                while tickets and tickets[0].done():
                    tickets.popleft()
                if not tickets:
                    continue
                tickets.popleft().set_result(None)
                if tickets:
                    turns[who] = tickets  # Behind the others.
                return
        self._held = False


class OpenLanes(Lanes):
    """Of a model whose owner keeps its lanes: it is told the lane of each question.

    Nobody waits here, where only some of those are known who ask.
    """

    @asynccontextmanager
    async def hold(
        self,
        lane: Lane,  # noqa: ARG002 - the owner of the model is told it
        *,
        who: Hashable = None,  # noqa: ARG002 - the owner of the model knows
    ) -> AsyncGenerator[None]:
        """Go on at once."""
        yield
