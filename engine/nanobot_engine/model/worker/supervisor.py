"""Keep one model answering: a worker that may hang, crash or be killed at any moment.

    STOPPED ──> STARTING ──> READY <──> BUSY
                   │           └── died ──> STARTING, after a pause
                   └── again and again ──> FAILED

The result of a wave is a function of the wave, so a wave whose worker died is simply
asked again. One that breaks its worker twice is given up.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import ModelEntry, Role
from nanobot_engine.model.errors import (
    PoisonRequestError,
    PromptTooLongError,
    WaveRefusedError,
    WaveTimeoutError,
    WorkerFailedError,
)
from nanobot_engine.model.prompt.template import Segment
from nanobot_engine.model.wave import Wave, WaveResult
from nanobot_engine.model.worker.options import ModelOptions
from nanobot_engine.model.worker.worker_client import (
    Answers,
    RequestRefusedError,
    WorkerClient,
    WorkerLostError,
)
from nanobot_engine.model.worker.worker_process import WorkerProcess
from nanobot_engine.model.worker.worker_starts import WorkerStarts

log = logging.getLogger(__name__)

_STRIKES_MAX: Final = 2
_STRUCK_WAVES_MAX: Final = 256
# A dropped request is noticed by llama.cpp within a second, then it finishes a batch.
# A worker that takes longer is replaced, which is faster than to wait for it.
_SETTLE_TIMEOUT_S: Final = 4.0
_SETTLE_POLL_S: Final = 0.02
_COUNT_TIMEOUT_S: Final = 20.0
_TOKEN_CACHE_ENTRIES_MAX: Final = 512
_TOKEN_CACHE_CHARS_MAX: Final = 8_192


class WorkerState(StrEnum):
    """What a model worker does now."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A snapshot for people."""

    role: Role
    model: str
    state: WorkerState
    pid: int | None
    load_seconds: float | None
    memory_bytes: int
    restarts: int
    waves: int
    tokens_per_second: float | None
    """Generated, over all waves so far, prompts included in the time."""
    sandbox: str = ""
    """What the worker gave up, in words; empty when it does not run."""


@dataclass(slots=True)
class _Running:
    """A live worker and what we know of its state."""

    process: WorkerProcess
    client: WorkerClient
    prefixes: OrderedDict[tuple[int, ...], str] = field(default_factory=OrderedDict)
    """File names of stored prefixes, least recently used first."""
    stored: int = 0
    filled: set[int] = field(default_factory=set)
    """Slots that may hold something."""
    unsettled: bool = False
    """A wave was dropped, and the worker may still be at it."""


class ModelWorker:
    """One model, answering one wave at a time. Implements `WaveModel`.

    Invariant: a wave is sent only to a worker that does nothing else, with every slot
    restored to the prefix or empty.

    Runs on the event loop; `close` it. Waves wait for each other in the order they
    came; `Lanes` gives some of them precedence.
    """

    def __init__(
        self,
        role: Role,
        entry: ModelEntry,
        *,
        models_dir: Path,
        runtime_dir: Path,
        options: ModelOptions,
    ) -> None:
        self.role = role
        self.entry = entry
        self._options = options
        self._starts = WorkerStarts(
            role, entry, models_dir=models_dir, runtime_dir=runtime_dir, options=options
        )
        self._running: _Running | None = None
        self._state = WorkerState.STOPPED
        self._wave_lock = asyncio.Lock()
        self._start_lock = asyncio.Lock()
        self._waves = 0
        self._generated_tokens = 0
        self._busy_seconds = 0.0
        self._strikes: OrderedDict[Wave, int] = OrderedDict()
        self._tokens: OrderedDict[Segment, list[int]] = OrderedDict()

    @property
    def slots(self) -> int:
        """How many answers one wave can have."""
        return self._options.slots

    @property
    def context_tokens(self) -> int:
        """What one prompt and one answer may have together."""
        return min(self._options.context_tokens_per_slot, self.entry.context_tokens)

    def status(self) -> WorkerStatus:
        """Return what `nanobot doctor` shows."""
        running = self._running
        speed = self._generated_tokens / self._busy_seconds if self._busy_seconds else None
        return WorkerStatus(
            role=self.role,
            model=self.entry.name,
            state=self._state,
            pid=running.process.pid if running else None,
            load_seconds=running.process.load_seconds if running else None,
            memory_bytes=running.process.memory_bytes() if running else 0,
            restarts=max(0, self._starts.count - 1),
            waves=self._waves,
            tokens_per_second=speed,
            sandbox=running.process.sandbox if running else "",
        )

    async def start(self) -> None:
        """Start the worker now instead of with the first wave.

        Raises:
            ModelMissingError, ChecksumError: The file is not there, or not right.
            WorkerFailedError: The worker does not come up.
        """
        await self._ready()

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """Return the length of a prompt, counted by the model's own tokenizer.

        May run beside a wave.
        """
        for _attempt in range(_STRIKES_MAX):
            running = await self._ready()
            try:
                async with asyncio.timeout(_COUNT_TIMEOUT_S):
                    return len(await self._tokenize(running, segments))
            except (WorkerLostError, TimeoutError) as error:
                await self._discard(running, str(error))
        raise WorkerFailedError(self.role, "it does not count tokens")

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Answer a wave; see `WaveModel.generate`. Loading the model is not in `timeout_s`."""
        width = len(wave.prompts) * wave.samples
        if width > self.slots:
            reason = f"{width} answers asked for, {self.slots} slots"
            raise WaveRefusedError(self.role, reason)
        async with self._wave_lock:
            reason = "it was given up before"
            left_s = timeout_s
            while self._strikes.get(wave, 0) < _STRIKES_MAX:
                running = await self._ready()
                started = time.monotonic()
                self._state = WorkerState.BUSY
                running.unsettled = True  # Until we know better.
                try:
                    async with asyncio.timeout(left_s):
                        result = await self._answer(running, wave)
                except TimeoutError as error:
                    self._strike(wave)
                    await self._discard(running, f"silent for {timeout_s:g} s")
                    raise WaveTimeoutError(self.role, timeout_s) from error
                except WorkerLostError as error:
                    self._strike(wave)
                    reason = await self._discard(running, str(error))
                    left_s = max(0.0, left_s - (time.monotonic() - started))
                except RequestRefusedError as error:
                    raise WaveRefusedError(self.role, str(error)) from error
                else:
                    running.unsettled = False
                    self._count(wave, result)
                    return result
                finally:
                    if self._running is running:
                        self._state = WorkerState.READY
            raise PoisonRequestError(self.role, reason)

    async def close(self) -> None:
        """End the worker. The next wave would start a new one."""
        async with self._start_lock:
            running, self._running = self._running, None
            self._state = WorkerState.STOPPED
            if running is not None:
                await running.process.end()

    async def _ready(self) -> _Running:
        """Return a live worker that is idle or at the wave of the lock's holder."""
        async with self._start_lock:
            running = self._running
            if running is not None:
                if running.process.is_alive() and await self._settled(running):
                    return running
                await self._drop(running, self._starts.cause_of_death(running.process))
            return await self._start()

    async def _settled(self, running: _Running) -> bool:
        """Wait until a dropped wave has left the worker; False if it does not."""
        if not running.unsettled or (self._wave_lock.locked() and self._state is WorkerState.BUSY):
            return True
        try:
            async with asyncio.timeout(_SETTLE_TIMEOUT_S):
                # llama.cpp tells nobody when it is done: ask.
                while not await running.client.is_idle():  # noqa: ASYNC110
                    await asyncio.sleep(_SETTLE_POLL_S)
        except (TimeoutError, WorkerLostError):
            log.warning("worker does not settle: role=%s", self.role)
            return False
        running.unsettled = False
        running.filled.update(range(self.slots))
        return True

    async def _start(self) -> _Running:
        self._state = WorkerState.STARTING
        try:
            process = await self._starts.start()
            client = WorkerClient(process.socket_path, process.progress)
            self._running = _Running(process, client)
            self._state = WorkerState.READY
            return self._running
        finally:
            if self._running is None:
                self._state = WorkerState.FAILED

    async def _discard(self, running: _Running, reason: str) -> str:
        """Put an end to a worker that failed; return what happened in words."""
        async with self._start_lock:
            reason = await self._starts.reason_for(running.process, reason)
            if self._running is running:
                await self._drop(running, reason)
            return reason

    async def _drop(self, running: _Running, reason: str) -> None:
        self._running = None
        self._state = WorkerState.STOPPED
        await self._starts.drop(running.process, reason)

    async def _answer(self, running: _Running, wave: Wave) -> WaveResult:
        started = time.monotonic()
        prefix = await self._tokenize(running, wave.prefix)
        rests = [await self._tokenize(running, prompt) for prompt in wave.prompts]
        self._check_lengths(prefix, rests, wave.tokens_max)
        await self._restore(running, tuple(prefix), len(rests) * wave.samples)
        answers = await running.client.complete([prefix + rest for rest in rests], wave)
        self._check_answers(answers, len(prefix))
        return WaveResult(
            samples=answers.samples,
            prompt_tokens=sum(len(prefix) + len(rest) for rest in rests),
            cached_tokens=sum(answers.cached_tokens[:: wave.samples]),
            generated_tokens=sum(sample.tokens for row in answers.samples for sample in row),
            seconds=time.monotonic() - started,
            prompt_seconds=answers.prompt_seconds,
            predict_seconds=answers.predict_seconds,
        )

    async def _tokenize(self, running: _Running, segments: Sequence[Segment]) -> list[int]:
        tokens: list[int] = []
        for segment in segments:
            found = self._tokens.get(segment)
            if found is None:
                found = await running.client.tokenize(segment.text, special=segment.special)
                if len(segment.text) <= _TOKEN_CACHE_CHARS_MAX:
                    self._tokens[segment] = found
                    if len(self._tokens) > _TOKEN_CACHE_ENTRIES_MAX:
                        self._tokens.popitem(last=False)
            else:
                self._tokens.move_to_end(segment)
            tokens += found
        return tokens

    def _check_lengths(self, prefix: list[int], rests: list[list[int]], tokens_max: int) -> None:
        if not prefix or not all(rests):
            raise WaveRefusedError(self.role, "a prefix or a prompt has no tokens")
        limit = self.context_tokens - tokens_max
        for index, rest in enumerate(rests):
            if len(prefix) + len(rest) > limit:
                raise PromptTooLongError(index, len(prefix) + len(rest), limit)

    async def _restore(self, running: _Running, prefix: tuple[int, ...], width: int) -> None:
        """Put the slots that will answer into the state after `prefix`; empty the others."""
        file_name = running.prefixes.get(prefix)
        if file_name is None:
            file_name = await self._store(running, prefix)
        running.prefixes.move_to_end(prefix)
        for slot in sorted(running.filled - set(range(width))):
            await running.client.erase(slot)
        running.filled = set(range(width))
        for slot in range(width):
            restored = await running.client.restore(slot, file_name)
            if restored != len(prefix):
                msg = f"slot {slot}: {restored} tokens restored instead of {len(prefix)}"
                raise WorkerLostError(msg)

    async def _store(self, running: _Running, prefix: tuple[int, ...]) -> str:
        running.stored += 1
        file_name = f"{running.stored}.prefix"
        running.filled.add(0)
        stored = await running.client.read_prefix(prefix, file_name)
        if stored != len(prefix):
            msg = f"{stored} tokens of a prefix stored instead of {len(prefix)}"
            raise WorkerLostError(msg)
        running.prefixes[prefix] = file_name
        if len(running.prefixes) > self._options.prefixes_kept:
            _, oldest = running.prefixes.popitem(last=False)
            (running.process.folder / oldest).unlink(missing_ok=True)
        return file_name

    def _check_answers(self, answers: Answers, prefix_tokens: int) -> None:
        """Refuse answers that depended on more than the wave: they could not be repeated."""
        if set(answers.cached_tokens) != {prefix_tokens}:
            msg = f"a prefix of {prefix_tokens} tokens was reused as {answers.cached_tokens}"
            raise WorkerLostError(msg)
        if answers.slots != tuple(range(len(answers.slots))):
            msg = f"its slots answered out of order: {answers.slots}"
            raise WorkerLostError(msg)

    def _strike(self, wave: Wave) -> None:
        self._strikes[wave] = self._strikes.get(wave, 0) + 1
        if len(self._strikes) > _STRUCK_WAVES_MAX:
            self._strikes.popitem(last=False)

    def _count(self, wave: Wave, result: WaveResult) -> None:
        self._starts.answered()
        self._strikes.pop(wave, None)
        self._waves += 1
        self._generated_tokens += result.generated_tokens
        self._busy_seconds += result.seconds
