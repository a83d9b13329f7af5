"""The model that continues text, as a workspace host sees it."""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from nanobot_engine.model import WaveRefusedError
from nanobot_engine.model.worker.continuation import Continued, common_length
from nanobot_server.host.errors import HostError
from nanobot_server.model_host.link import ModelHostLink
from nanobot_server.model_host.request import Continue, More, Read, TokensOf, params_of
from nanobot_server.model_host.wave_wire import CONTINUED, from_wire

NAME: Final = "completion"
_TOKENISED_MAX: Final = 256
_PROMPTS_MAX: Final = 32
"""So many streams are remembered: what a slot holds is told after one was cancelled, too."""

# New text of a stream; None: it begins again.
_News = asyncio.Queue[str | None]


class RemoteContinuer:
    """Implements `TextContinuer`.

    Runs on the event loop.

    Args:
        link: To the model host, whose events come to `take`.
        slots: How many prompts are kept.
        context_tokens: Of one of them.
    """

    def __init__(self, link: ModelHostLink, *, slots: int, context_tokens: int) -> None:
        self._link = link
        self.slots = slots
        self.context_tokens = context_tokens
        self._numbers = itertools.count(1)
        self._news_by_stream: dict[int, _News] = {}
        self._prompt_by_stream: OrderedDict[int, tuple[int, tuple[int, ...]]] = OrderedDict()
        self._held_by_slot: dict[int, tuple[int, ...]] = {}
        self._tokenised: dict[tuple[str, bool], tuple[int, ...]] = {}

    async def tokens_of(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Return the tokens of a text; see `TextContinuer`."""
        if not text:
            return ()
        found = self._tokenised.pop((text, special), None)
        if found is None:
            answer = await self._asked("tokens_of", params_of(TokensOf(text, special)))
            found = tuple(answer["tokens"])
        self._tokenised[text, special] = found  # The one that was used last is last.
        if len(self._tokenised) > _TOKENISED_MAX:
            del self._tokenised[next(iter(self._tokenised))]
        return found

    def unread(self, tokens: Sequence[int], *, slot: int) -> int:
        """Return how many tokens of a prompt a slot would have to read, as far as told."""
        return len(tokens) - common_length(self._held_by_slot.get(slot, ()), tokens)

    async def read(self, tokens: Sequence[int], *, slot: int) -> None:
        """Have a slot read a prompt; see `TextContinuer`."""
        number = self._opened(tokens, slot)
        await self._asked("read", params_of(Read(number, slot, tuple(tokens))))

    async def continued(
        self,
        tokens: Sequence[int],
        *,
        slot: int,
        tokens_max: int,
        wants_more: Callable[[str], bool],
        grammar: str | None = None,
    ) -> Continued:
        """Continue a prompt; see `TextContinuer`. Cancelled, the model stops."""
        number = self._opened(tokens, slot)
        news: _News = asyncio.Queue()
        self._news_by_stream[number] = news
        params = params_of(Continue(number, slot, tuple(tokens), tokens_max, grammar))
        judging = asyncio.create_task(self._judge(number, news, wants_more))
        asking = asyncio.create_task(self._asked("continue", params))
        try:
            await asyncio.wait({judging, asking}, return_when=asyncio.FIRST_COMPLETED)
            if judging.done():
                judging.result()  # Only what `wants_more` raises ends it.
            return from_wire(CONTINUED, "result", await asking)
        finally:
            del self._news_by_stream[number]
            judging.cancel()
            asking.cancel()
            await asyncio.wait({judging, asking})

    def take(self, event: str, params: dict[str, Any]) -> None:
        """Take an event of the model host."""
        if event == "gone":
            self._held_by_slot.clear()
            for news in self._news_by_stream.values():
                news.put_nowait(None)
        elif event == "lost":
            if params["slot"] is None:
                self._held_by_slot.clear()
            else:
                self._held_by_slot.pop(params["slot"], None)
        elif event == "text":
            writing = self._news_by_stream.get(params["stream"])
            if writing is not None:
                writing.put_nowait(params["text"])
        elif event == "held":
            self._note_held(params["stream"], params["tokens"])

    def _opened(self, tokens: Sequence[int], slot: int) -> int:
        number = next(self._numbers)
        self._prompt_by_stream[number] = (slot, tuple(tokens))
        if len(self._prompt_by_stream) > _PROMPTS_MAX:
            self._prompt_by_stream.popitem(last=False)
        return number

    def _note_held(self, number: int, count: int) -> None:
        found = self._prompt_by_stream.get(number)
        if found is not None:
            slot, tokens = found
            self._held_by_slot[slot] = tokens[:count]

    async def _judge(self, number: int, news: _News, wants_more: Callable[[str], bool]) -> None:
        """Say after each token whether more is wanted. Ends only by an error."""
        text = ""
        while True:
            new = await news.get()
            if new is None:
                text = ""
                continue
            text += new
            is_wanted = await asyncio.to_thread(wants_more, text)
            self._link.said("continue.more", params_of(More(number, is_wanted)))

    async def _asked(self, method: str, params: dict[str, object]) -> Any:
        try:
            return await self._link.asked(NAME, method, params)
        except HostError as error:
            raise WaveRefusedError(NAME, str(error)) from error
