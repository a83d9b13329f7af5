"""A model that continues text as a script says. A token is a character."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nanobot_engine.model.worker.continuation import Continued, common_length

_SPECIAL_BASE = 0x200000
_START = re.compile(r'root ::= "((?:\\.|[^"\\])*)"')


@dataclass
class ScriptedContinuer:
    """Implements `TextContinuer`: keeps prompts per slot, and counts what it is asked."""

    answer: str | Callable[[str], str] = ""
    """What it writes behind the cursor, or a function of the prompt's text."""
    slots: int = 4
    context_tokens: int = 100_000
    mean_logprob: float = -0.1
    prompts: list[str] = field(default_factory=list)
    reads: list[tuple[int, int]] = field(default_factory=list)
    """(slot, tokens) of each call of `read`."""
    asked_slots: list[int] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    """What was written of each answer before it was stopped."""
    gate: asyncio.Event | None = None
    """Answers wait for it."""
    stopped: int = 0
    """Answers that were cancelled while they waited."""
    error: Exception | None = None
    held: dict[int, tuple[int, ...]] = field(default_factory=dict)
    specials: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def tokens_of(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Return one token per character; a special text is one token."""
        if not special:
            return tuple(map(ord, text))
        found = []
        for one in re.findall(r"<\|\w+\|>", text):
            if one not in self.specials:
                self.specials.append(one)
            found.append(_SPECIAL_BASE + self.specials.index(one))
        return tuple(found)

    def text_of(self, tokens: Sequence[int]) -> str:
        """Return a prompt as text."""
        return "".join(
            self.specials[token - _SPECIAL_BASE] if token >= _SPECIAL_BASE else chr(token)
            for token in tokens
        )

    async def asked(self, count: int) -> None:
        """Wait until that many prompts came."""
        while len(self.prompts) < count:
            self._news.clear()
            await self._news.wait()

    def unread(self, tokens: Sequence[int], *, slot: int) -> int:
        """Return what a slot would have to read."""
        return len(tokens) - common_length(self.held.get(slot, ()), tokens)

    async def read(self, tokens: Sequence[int], *, slot: int) -> None:
        """Keep a prompt."""
        self.reads.append((slot, len(tokens)))
        self.held[slot] = tuple(tokens)

    async def continued(
        self,
        tokens: Sequence[int],
        *,
        slot: int,
        tokens_max: int,
        wants_more: Callable[[str], bool],
        grammar: str | None = None,
    ) -> Continued:
        """Write the answer, a character at a time."""
        prompt = self.text_of(tokens)
        self.prompts.append(prompt)
        self._news.set()
        self.asked_slots.append(slot)
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.stopped += 1
                raise
        if self.error is not None:
            raise self.error
        cached = len(tokens) - self.unread(tokens, slot=slot)
        self.held[slot] = tuple(tokens)
        found = _START.match(grammar or "")
        start = "" if found is None else re.sub(r"\\(.)", r"\1", found[1]).replace("\\t", "\t")
        behind = self.answer if isinstance(self.answer, str) else self.answer(prompt)
        text, is_ended = "", True
        for char in (start + behind)[:tokens_max]:
            text += char
            # In a thread, as the real one: who is asked may wait for the event loop.
            if not await asyncio.to_thread(wants_more, text):
                is_ended = False
                break
        else:
            is_ended = len(start + behind) <= tokens_max
        self.written.append(text[len(start) :])
        return Continued(
            text=text,
            tokens=len(text),
            is_ended=is_ended,
            mean_logprob=self.mean_logprob,
            prompt_tokens=len(tokens),
            cached_tokens=cached,
            seconds=0.0,
        )
