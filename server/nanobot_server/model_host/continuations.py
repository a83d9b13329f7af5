"""Continuations of one connected workspace: prompts that are read, and text that is written.

The workspace decides after each token whether it wants more, as it would of a worker of its
own. It is told what its slots hold, so that it knows what a prompt will cost.
"""

import asyncio
import queue
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from nanobot_engine.model.worker.continuation import Continued, TextContinuer
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.model_host.request import Continue, More, Read
from nanobot_server.model_host.slot_share import SlotShare

_PATIENCE_S: Final = 5.0
"""So long a workspace has to say whether it wants more. Then it wants none."""
_TELL_S: Final = 0.05


class Asker(Protocol):
    """Who asks; told apart by identity."""

    def __hash__(self) -> int:
        """Its identity."""

    def send_event(self, event: str, params: dict[str, Any]) -> None:
        """Tell it something."""


class _Writing:
    """A text that is being written, and the answers of who wants more of it.

    `wants_more` is called in a thread; all else on the event loop.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._tell = tell
        self._answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._told_chars = 0

    def wants_more(self, text: str) -> bool:
        new, self._told_chars = text[self._told_chars :], len(text)
        try:
            self._loop.call_soon_threadsafe(self._tell, new)
        except RuntimeError:  # The loop has ended meanwhile.
            return False
        try:
            return self._answers.get(timeout=_PATIENCE_S)
        except queue.Empty:
            return False

    def answer(self, *, is_wanted: bool) -> None:
        self._answers.put(is_wanted)


class Continuations:
    """Of one asker. Runs on the event loop.

    Args:
        asker: Gets events `text` and `held`.
        continuer: The worker.
        share: Its slots.
        lost: Told the asker and the slot that lost what it held.
    """

    def __init__(
        self,
        asker: Asker,
        continuer: TextContinuer,
        share: SlotShare,
        lost: Callable[[Hashable, int], None],
    ) -> None:
        self._asker = asker
        self._continuer = continuer
        self._share = share
        self._lost = lost
        self._writing_by_stream: dict[int, _Writing] = {}

    async def read(self, request: Read) -> dict[str, Any]:
        """Have a slot read a prompt."""
        slot = self._slot(request.slot)
        async with self._told(request.stream, request.tokens, slot):
            await self._continuer.read(request.tokens, slot=slot)
        return {}

    async def continued(self, request: Continue) -> Continued:
        """Continue a prompt. Cancelled, the worker has stopped on return."""
        if request.stream in self._writing_by_stream:
            raise HostError(USAGE, f"stream: {request.stream} is written already")
        slot = self._slot(request.slot)
        writing = _Writing(
            lambda text: self._asker.send_event("text", {"stream": request.stream, "text": text})
        )
        self._writing_by_stream[request.stream] = writing
        work = asyncio.create_task(
            self._continuer.continued(
                request.tokens,
                slot=slot,
                tokens_max=request.tokens_max,
                wants_more=writing.wants_more,
                grammar=request.grammar,
            )
        )
        try:
            async with self._told(request.stream, request.tokens, slot):
                try:
                    return await asyncio.shield(work)
                except asyncio.CancelledError:
                    # The thread that asks for more is let go first: the worker waits for it.
                    writing.answer(is_wanted=False)
                    work.cancel()
                    await asyncio.wait([work])
                    if not work.cancelled():
                        work.exception()
                    raise
        finally:
            del self._writing_by_stream[request.stream]

    def more(self, request: More) -> dict[str, Any]:
        """Take an answer to an event `text`."""
        writing = self._writing_by_stream.get(request.stream)
        if writing is not None:
            writing.answer(is_wanted=request.is_wanted)
        return {}

    def _slot(self, number: int) -> int:
        if not 0 <= number < self._continuer.slots:
            raise HostError(USAGE, f"slot: {number} is not in 0 … {self._continuer.slots - 1}")
        slot, loser = self._share.slot(self._asker, number)
        if loser is not None:
            self._lost(*loser)
        return slot

    @asynccontextmanager
    async def _told(self, stream: int, tokens: tuple[int, ...], slot: int) -> AsyncGenerator[None]:
        """Tell the asker how much of a prompt its slot holds, while that changes."""
        last = -1

        def tell() -> None:
            nonlocal last
            held = len(tokens) - self._continuer.unread(tokens, slot=slot)
            if held != last:
                last = held
                self._asker.send_event("held", {"stream": stream, "tokens": held})

        async def tell_again() -> None:
            while True:
                await asyncio.sleep(_TELL_S)
                tell()

        telling = asyncio.create_task(tell_again())
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])
            tell()
