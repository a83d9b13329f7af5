"""One model that continues text, keeping what it read for the next time.

A `ModelWorker` answers as a function of its wave; this one gives that up for speed:
a prompt that begins like the one before it in the same slot is read from where they
part. It has an OS process of its own, so it waits for no wave. The file of the model
is mapped, so its weights are shared with another worker of the same model.

    asked ──> starting ──> reading, a piece at a time ──> writing ──> idle ──> gone
"""

import asyncio
import itertools
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from nanobot_engine.model.catalogue.catalogue import ModelEntry
from nanobot_engine.model.errors import (
    PoisonRequestError,
    PromptTooLongError,
    WaveRefusedError,
    WorkerFailedError,
)
from nanobot_engine.model.worker.options import ModelOptions
from nanobot_engine.model.worker.worker_client import (
    RequestRefusedError,
    WorkerClient,
    WorkerLostError,
)
from nanobot_engine.model.worker.worker_process import WorkerProcess
from nanobot_engine.model.worker.worker_starts import WorkerStarts

log = logging.getLogger(__name__)

SILENCE_MAX_S: Final = 30.0
"""A worker that takes longer for one piece hangs."""
_STRIKES_MAX: Final = 2
_STRUCK_MAX: Final = 256
_TOKENISED_MAX: Final = 256


class TextContinuer(Protocol):
    """A port: a model that continues text. `ContinuationWorker` is the real one."""

    @property
    def slots(self) -> int:
        """How many prompts it can keep."""

    @property
    def context_tokens(self) -> int:
        """What a prompt and its continuation may have together."""

    async def tokens_of(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Return the tokens of a text.

        Args:
            text: To be split.
            special: Recognise special tokens in it. Only for our own constants.
        """

    def unread(self, tokens: Sequence[int], *, slot: int) -> int:
        """Return how many tokens of a prompt a slot would have to read."""

    async def read(self, tokens: Sequence[int], *, slot: int) -> None:
        """Have a slot read the beginning of a prompt, all but a few tokens.

        Others are answered in between. Cancelled, what was read counts.

        Raises:
            ModelError: As `continued`.
        """

    async def continued(
        self,
        tokens: Sequence[int],
        *,
        slot: int,
        tokens_max: int,
        wants_more: Callable[[str], bool],
        grammar: str | None = None,
    ) -> "Continued":
        """Continue a prompt. Cancelled, the worker stops at once, and keeps what it read.

        Args:
            tokens: The prompt.
            slot: Where prompts that begin like this one were read.
            tokens_max: Upper bound on the tokens of the continuation.
            wants_more: Told all of the text after each token, in another thread; false
                ends it.
            grammar: GBNF with a rule `root` for the text.

        Raises:
            ModelMissingError, ChecksumError: The file is not there, or not right.
            PromptTooLongError: It does not fit; nothing was sent.
            WaveRefusedError: The worker is well and says that the prompt is wrong.
            PoisonRequestError: The prompt broke the worker twice.
            WorkerFailedError: No worker could be started.
        """


@dataclass(frozen=True, slots=True)
class Continued:
    """A continuation, and what it cost."""

    text: str
    tokens: int
    is_ended: bool
    """The model itself came to an end."""
    mean_logprob: float | None
    prompt_tokens: int
    cached_tokens: int
    """Of these, what was read before."""
    seconds: float
    """Without waiting for another prompt."""


@dataclass(slots=True)
class _Running:
    process: WorkerProcess
    client: WorkerClient
    held_by_slot: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """What a slot has for certain. It may have more."""


class ContinuationWorker:
    """Implements `TextContinuer`. Starts when it is first asked, leaves when it is not any more.

    Runs on the event loop; `close` it.

    Args:
        name: Of the worker: its folder, its log, and messages.
        entry: The model.
        models_dir: Where its file is.
        runtime_dir: For its socket and its log.
        options: How it runs. `slots` is how many prompts it keeps, `batch_tokens` how many
            tokens it reads before it notices that nobody waits any more.
        idle_s: So long it stays when nobody asks.
    """

    def __init__(
        self,
        name: str,
        entry: ModelEntry,
        *,
        models_dir: Path,
        runtime_dir: Path,
        options: ModelOptions,
        idle_s: float,
    ) -> None:
        self.name = name
        self.entry = entry
        self._options = options
        self._idle_s = idle_s
        self._starts = WorkerStarts(
            name, entry, models_dir=models_dir, runtime_dir=runtime_dir, options=options
        )
        self._running: _Running | None = None
        self._starting = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._strikes: OrderedDict[int, int] = OrderedDict()
        self._tokenised: OrderedDict[tuple[str, bool], tuple[int, ...]] = OrderedDict()
        self._leaving: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def slots(self) -> int:
        """How many prompts it can keep."""
        return self._options.slots

    @property
    def context_tokens(self) -> int:
        """What a prompt and its continuation may have together."""
        return min(self._options.context_tokens_per_slot, self.entry.context_tokens)

    @property
    def pid(self) -> int | None:
        """Of the worker, if it runs."""
        return None if self._running is None else self._running.process.pid

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return max(0, self._starts.count - 1)

    def memory_bytes(self) -> int:
        """Return its resident memory, with the file it maps; 0 when it does not run."""
        return 0 if self._running is None else self._running.process.memory_bytes()

    async def tokens_of(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Return the tokens of a text; see `TextContinuer`. May run beside a continuation."""
        if not text:
            return ()
        found = self._tokenised.get((text, special))
        if found is not None:
            self._tokenised.move_to_end((text, special))
            return found
        reason = ""
        for _attempt in range(_STRIKES_MAX):
            running = await self._ready()
            try:
                async with asyncio.timeout(SILENCE_MAX_S):
                    found = tuple(await running.client.tokenize(text, special=special))
            except (WorkerLostError, TimeoutError) as error:
                reason = await self._discard(running, str(error) or "silent")
            else:
                self._tokenised[text, special] = found
                if len(self._tokenised) > _TOKENISED_MAX:
                    self._tokenised.popitem(last=False)
                return found
        raise WorkerFailedError(self.name, f"it does not count tokens: {reason}")

    def unread(self, tokens: Sequence[int], *, slot: int) -> int:
        """Return how many tokens of a prompt a slot would have to read."""
        held = () if self._running is None else self._running.held_by_slot.get(slot, ())
        return len(tokens) - common_length(held, tokens)

    async def read(self, tokens: Sequence[int], *, slot: int) -> None:
        """Have a slot read a prompt; see `TextContinuer`."""
        prompt = tuple(tokens)
        key = hash((prompt, None))
        if len(prompt) > self.context_tokens or self._strikes.get(key, 0) >= _STRIKES_MAX:
            return  # What asks for it is told.
        piece = self._options.batch_tokens
        while self.unread(prompt, slot=slot) > piece:
            async with self._asking:
                self._stay()
                running = await self._ready()
                try:
                    await self._read(running, prompt, slot, pieces_max=1)
                except (WorkerLostError, TimeoutError) as error:
                    self._strike(key)
                    reason = await self._discard(running, str(error) or "silent")
                    raise PoisonRequestError(self.name, reason) from error

    async def continued(
        self,
        tokens: Sequence[int],
        *,
        slot: int,
        tokens_max: int,
        wants_more: Callable[[str], bool],
        grammar: str | None = None,
    ) -> Continued:
        """Continue a prompt; see `TextContinuer`."""
        prompt = tuple(tokens)
        limit = self.context_tokens - tokens_max
        if not prompt or not 0 <= slot < self.slots:
            raise WaveRefusedError(self.name, f"{len(prompt)} tokens for slot {slot}")
        if len(prompt) > limit:
            raise PromptTooLongError(0, len(prompt), limit)
        key = hash((prompt, grammar))
        async with self._asking:
            self._stay()
            reason = "it was given up before"
            while self._strikes.get(key, 0) < _STRIKES_MAX:
                running = await self._ready()
                held = common_length(running.held_by_slot.get(slot, ()), prompt)
                started = time.monotonic()
                try:
                    await self._read(running, prompt, slot)
                    async with asyncio.timeout(SILENCE_MAX_S + tokens_max):
                        done = await running.client.continued(
                            prompt,
                            slot=slot,
                            tokens_max=tokens_max,
                            grammar=grammar,
                            wants_more=wants_more,
                        )
                except (WorkerLostError, TimeoutError) as error:
                    self._strike(key)
                    said = str(error) or f"silent for {SILENCE_MAX_S:g} s"
                    reason = await self._discard(running, said)
                except RequestRefusedError as error:
                    raise WaveRefusedError(self.name, str(error)) from error
                else:
                    running.held_by_slot[slot] = prompt
                    self._starts.answered()
                    self._strikes.pop(key, None)
                    return Continued(
                        text=done.text,
                        tokens=done.tokens,
                        is_ended=done.is_ended,
                        mean_logprob=done.mean_logprob,
                        prompt_tokens=len(prompt),
                        cached_tokens=min(held, done.cached_tokens),
                        seconds=time.monotonic() - started,
                    )
                finally:
                    self._stay()
            raise PoisonRequestError(self.name, reason)

    async def close(self) -> None:
        """End the worker. The next request would start a new one."""
        if self._leaving is not None:
            self._leaving.cancel()
        async with self._starting:
            running, self._running = self._running, None
            if running is not None:
                await running.process.end()

    async def _read(
        self, running: _Running, prompt: tuple[int, ...], slot: int, pieces_max: int | None = None
    ) -> None:
        """Read a prompt but for its end, a piece at a time.

        What was read counts even if this is cancelled, so it is remembered piece by piece.
        """
        piece = self._options.batch_tokens
        first = common_length(running.held_by_slot.get(slot, ()), prompt)
        running.held_by_slot[slot] = prompt[:first]
        for end in list(range(first + piece, len(prompt), piece))[:pieces_max]:
            async with asyncio.timeout(SILENCE_MAX_S):
                await running.client.read(prompt[:end], slot=slot)
            running.held_by_slot[slot] = prompt[:end]

    async def _ready(self) -> _Running:
        async with self._starting:
            running = self._running
            if running is not None and not running.process.is_alive():
                self._running = None
                await self._starts.drop(
                    running.process, self._starts.cause_of_death(running.process)
                )
            if self._running is None:
                process = await self._starts.start()
                client = WorkerClient(process.socket_path, process.progress)
                self._running = _Running(process, client)
            return self._running

    async def _discard(self, running: _Running, suspicion: str) -> str:
        async with self._starting:
            reason = await self._starts.reason_for(running.process, suspicion)
            if self._running is running:
                self._running = None
                await self._starts.drop(running.process, reason)
            return reason

    def _strike(self, key: int) -> None:
        self._strikes[key] = self._strikes.get(key, 0) + 1
        if len(self._strikes) > _STRUCK_MAX:
            self._strikes.popitem(last=False)

    def _stay(self) -> None:
        """Leave `idle_s` from now, unless somebody asks meanwhile."""
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = asyncio.get_running_loop().call_later(self._idle_s, self._leave)

    def _leave(self) -> None:
        if self._asking.locked():
            self._stay()
            return
        log.info("worker rests: role=%s", self.name)
        self._closing = asyncio.get_running_loop().create_task(self.close(), name="model rests")


def common_length(one: Sequence[object], other: Sequence[object]) -> int:
    """Return how many items two sequences begin with in common."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
