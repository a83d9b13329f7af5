"""Models that an endpoint runs, asked through the API of OpenAI.

llama.cpp's own server is recognised by `/props`: it is given tokens, so text of the user
can not hold special ones, counts are exact and grammars are kept. Any other endpoint
gets messages: text that looks like a special token is refused, lengths are bounded by
bytes from above, and so is a wave with a grammar, which nobody there would keep.
"""

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from nanobot_engine.model.catalogue.catalogue import ModelEntry, Role
from nanobot_engine.model.errors import (
    EndpointTimeoutError,
    ModelError,
    PoisonRequestError,
    PromptTooLongError,
    WaveRefusedError,
    WorkerFailedError,
)
from nanobot_engine.model.prompt.template import Segment
from nanobot_engine.model.provider.endpoint_connection import (
    EndpointBrokenError,
    EndpointBusyError,
    EndpointConnection,
    EndpointRefusedError,
    EndpointUnreachableError,
)
from nanobot_engine.model.provider.endpoint_options import EndpointOptions
from nanobot_engine.model.provider.endpoint_reply import Reply, ReplyDraft
from nanobot_engine.model.provider.provider import Capabilities, ProviderName
from nanobot_engine.model.wave import Wave, WaveResult
from nanobot_engine.model.worker.continuation import ContinuationWorker
from nanobot_engine.model.worker.supervisor import WorkerState, WorkerStatus

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)

_TRIES_MAX: Final = 2
_STRUCK_WAVES_MAX: Final = 256
_START_TIMEOUT_S: Final = 20.0
_UNREACHABLE_PAUSE_S: Final = 0.5
_MESSAGE_TOKENS_MAX: Final = 16
"""What a template may write around one message."""
_CHAT_STOPS_MAX: Final = 4
_DENIED: Final = frozenset({401, 403})
_BAD_REQUEST, _NOT_FOUND = 400, 404
_SPECIAL: Final = re.compile(
    r"<[|\uff5c][^<>|\uff5c\s]{1,40}[|\uff5c]>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<(?:bos|eos|pad)>"
)
_START_OF_TURN, _END_OF_TURN = "<|im_start|>", "<|im_end|>"


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """What was found out about it."""

    is_llama_cpp: bool
    context_tokens: int
    slots: int


class EndpointModel:
    """One model of an endpoint. Implements `ClosableModel`. Runs on the event loop."""

    def __init__(self, role: Role, options: EndpointOptions) -> None:
        self.role = role
        self.model = options.model_by_role[role]
        self._options = options
        self._connection = EndpointConnection(options)
        self._found: _Endpoint | None = None
        self._finding = asyncio.Lock()
        self._takes_n = True
        self._busy = 0
        self._strikes: OrderedDict[Wave, int] = OrderedDict()
        self._waves = 0
        self._generated_tokens = 0
        self._busy_seconds = 0.0

    @property
    def slots(self) -> int:
        """How many answers one wave can have."""
        return self._options.slots if self._found is None else self._found.slots

    @property
    def context_tokens(self) -> int:
        """What one prompt and one answer may have together."""
        found = self._found
        return self._options.context_tokens if found is None else found.context_tokens

    def status(self) -> WorkerStatus:
        """Return what `nanobot doctor` shows."""
        idle = WorkerState.STOPPED if self._found is None else WorkerState.READY
        speed = self._generated_tokens / self._busy_seconds if self._busy_seconds else None
        return WorkerStatus(
            role=self.role,
            model=self.model,
            state=WorkerState.BUSY if self._busy else idle,
            pid=None,
            load_seconds=None,
            memory_bytes=0,
            restarts=0,
            waves=self._waves,
            tokens_per_second=speed,
        )

    async def start(self) -> None:
        """See that the endpoint can be reached, and what it is.

        Raises:
            WorkerFailedError: It can not, or does not know the model.
        """
        await self._endpoint()

    async def capabilities(self) -> Capabilities:
        """Say what the model can do."""
        knows = (await self._endpoint()).is_llama_cpp
        return Capabilities(
            repeatable=False,
            grammar=knows,
            tokenize=knows,
            shared_prompt=knows,
            logprobs=knows,
            continues=False,
            adapters=False,
        )

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """Return the length of a prompt, or an upper bound: each token has a byte at least."""
        if (await self._endpoint()).is_llama_cpp:
            return len(await self._tokens(segments))
        return _tokens_bound(segments)

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Answer a wave; see `WaveModel.generate`."""
        endpoint = await self._endpoint()
        width = len(wave.prompts) * wave.samples
        if width > self.slots:
            raise WaveRefusedError(self.role, f"{width} answers asked for, {self.slots} slots")
        if self._strikes.get(wave, 0) >= _TRIES_MAX:
            raise PoisonRequestError(self.role, "it was given up before")
        self._busy += 1
        started = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                bodies, lengths = await self._bodies(endpoint, wave)
                replies = await self._gathered(
                    [self._asked(body, wave, deadline=started + timeout_s) for body in bodies]
                )
        except TimeoutError as error:
            raise EndpointTimeoutError(self.role, timeout_s) from error
        finally:
            self._busy -= 1
        seconds = time.monotonic() - started
        rows = tuple(
            tuple(draft.sample(wave.stop) for draft in drafts) for drafts, _cached in replies
        )
        generated = sum(sample.tokens for row in rows for sample in row)
        self._strikes.pop(wave, None)
        self._waves += 1
        self._generated_tokens += generated
        self._busy_seconds += seconds
        return WaveResult(
            samples=rows,
            prompt_tokens=sum(lengths),
            cached_tokens=sum(min(c, n) for (_, c), n in zip(replies, lengths, strict=True)),
            generated_tokens=generated,
            seconds=seconds,
            prompt_seconds=0.0,  # An endpoint does not tell them apart.
            predict_seconds=seconds,
        )

    async def close(self) -> None:
        """Forget what was found out; there is nothing to end."""
        self._found = None

    async def _endpoint(self) -> _Endpoint:
        async with self._finding:
            if self._found is None:
                try:
                    async with asyncio.timeout(_START_TIMEOUT_S):
                        self._found = await self._retried(self._find)
                except TimeoutError as error:
                    msg = f"the endpoint says nothing within {_START_TIMEOUT_S:g} s"
                    raise WorkerFailedError(self.role, msg) from error
                except (EndpointBrokenError, EndpointBusyError) as error:
                    raise WorkerFailedError(self.role, f"the endpoint: {error}") from error
            return self._found

    async def _find(self) -> _Endpoint:
        options = self._options
        try:
            props = await self._connection.call("GET", "/props")
            settings = props["default_generation_settings"]
            context, slots = int(settings["n_ctx"]), int(props["total_slots"])
        except EndpointRefusedError as error:
            if error.status in _DENIED:
                raise
        except (EndpointBrokenError, KeyError, TypeError, ValueError):
            log.debug("endpoint is not llama.cpp's own server")
        else:
            return _Endpoint(
                is_llama_cpp=True,
                context_tokens=min(options.context_tokens, context),
                slots=min(options.slots, slots),
            )
        listed = await self._connection.call("GET", "models")
        data = listed.get("data") if isinstance(listed, dict) else None
        names = [one.get("id") for one in data or () if isinstance(one, dict)]
        if names and self.model not in names:
            known = ", ".join(str(name)[:60] for name in names[:8])
            msg = f"the endpoint has no model {self.model!r}; it has {known}"
            raise WorkerFailedError(self.role, msg)
        return _Endpoint(
            is_llama_cpp=False, context_tokens=options.context_tokens, slots=options.slots
        )

    async def _tokens(self, segments: Sequence[Segment]) -> list[int]:
        tokens: list[int] = []
        for segment in segments:
            body = {
                "content": segment.text,
                "add_special": False,
                "parse_special": segment.special,
            }
            reply = await self._retried(partial(self._connection.call, "POST", "/tokenize", body))
            found = reply.get("tokens") if isinstance(reply, dict) else None
            if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
                raise WorkerFailedError(self.role, "the endpoint does not count tokens")
            tokens += found
        return tokens

    async def _bodies(
        self, endpoint: _Endpoint, wave: Wave
    ) -> tuple[list[dict[str, Any]], list[int]]:
        """Return a request for each prompt, and how long the prompts are."""
        bodies: list[dict[str, Any]] = []
        lengths: list[int] = []
        prefix = await self._tokens(wave.prefix) if endpoint.is_llama_cpp else []
        for index, prompt in enumerate(wave.prompts):
            body: dict[str, Any]
            if endpoint.is_llama_cpp:
                tokens = prefix + await self._tokens(prompt)
                length = len(tokens)
                body = {"prompt": tokens, "cache_prompt": True, "stop": list(wave.stop)}
                if wave.logprobs:
                    body["logprobs"] = 1
                if wave.grammar is not None:
                    body["grammar"] = wave.grammar
            else:
                length = _tokens_bound(wave.prefix + prompt)
                body = {"messages": self._messages(wave, prompt)}
                if wave.logprobs:
                    body["logprobs"] = True
                if wave.stop:
                    body["stop"] = list(wave.stop[:_CHAT_STOPS_MAX])
            limit = self.context_tokens - wave.tokens_max
            if length > limit:
                raise PromptTooLongError(index, length, limit)
            body |= {
                "model": self.model,
                "max_tokens": wave.tokens_max,
                "temperature": wave.temperature,
                "seed": wave.seed,
                "stream": True,
            }
            bodies.append(body)
            lengths.append(length)
        return bodies, lengths

    def _messages(self, wave: Wave, prompt: tuple[Segment, ...]) -> list[dict[str, str]]:
        """Return a prompt as messages, or refuse what they can not say."""
        if wave.grammar is not None:
            reason = (
                "this endpoint does not keep a grammar; use llama.cpp's own server, "
                "or a model on this machine"
            )
            raise WaveRefusedError(self.role, reason)
        turns: list[str] = []  # Each "role\ncontent", as ChatML writes it.
        is_open = False
        for segment in wave.prefix + prompt:
            found = None if segment.special else _SPECIAL.search(segment.text)
            if found:
                reason = f"{found[0]!r} in the text would be read as a control token there"
                raise WaveRefusedError(self.role, reason)
            if segment.special and segment.text == _START_OF_TURN and not is_open:
                turns.append("")
                is_open = True
            elif segment.special and segment.text == _END_OF_TURN and is_open:
                is_open = False
            elif is_open and not segment.special:
                turns[-1] += segment.text
            elif segment.special or segment.text != "\n":
                reason = "its prompt is not in the template 'chatml'"
                raise WaveRefusedError(self.role, reason)
        if not is_open or turns.pop() != "assistant\n":
            reason = "this endpoint can not go on with an answer that was begun for it"
            raise WaveRefusedError(self.role, reason)
        parts = [turn.partition("\n") for turn in turns]
        return [{"role": role, "content": content} for role, _, content in parts]

    async def _asked(
        self, body: dict[str, Any], wave: Wave, *, deadline: float
    ) -> tuple[list[ReplyDraft], int]:
        """Return the answers to one prompt, and how much of it was not read again."""
        drafts: list[ReplyDraft] = []
        cached = 0
        path = "completions" if "prompt" in body else "chat/completions"
        while len(drafts) < wave.samples:
            count = wave.samples - len(drafts) if self._takes_n else 1
            asked = {**body, "seed": wave.seed + len(drafts)}
            if count > 1:
                asked["n"] = count

            async def ask(asked: dict[str, Any] = asked, count: int = count) -> Reply:
                reply = Reply([ReplyDraft() for _ in range(count)])
                await self._connection.call("POST", path, asked, on_event=reply.take)
                reply.drafts = [draft for draft in reply.drafts if draft.finish is not None]
                if not reply.drafts:
                    msg = "no answer came to its end"
                    raise EndpointBrokenError(msg)
                for draft in reply.drafts:
                    draft.sample(wave.stop)
                return reply

            try:
                reply = await self._retried(ask, deadline=deadline)
            except EndpointBusyError as error:
                raise WorkerFailedError(self.role, f"the endpoint is busy: {error}") from error
            except EndpointBrokenError as error:
                self._strikes[wave] = _TRIES_MAX
                if len(self._strikes) > _STRUCK_WAVES_MAX:
                    self._strikes.popitem(last=False)
                raise PoisonRequestError(self.role, f"the endpoint: {error}") from error
            # Some know no `n` and give one answer: they are asked one at a time from now on.
            self._takes_n = self._takes_n and len(reply.drafts) == count
            drafts += reply.drafts
            cached = max(cached, reply.cached_tokens)
        return drafts, cached

    async def _retried(
        self, ask: Callable[[], Awaitable[_Answer]], *, deadline: float | None = None
    ) -> _Answer:
        """Ask, and once again where that can help: asking changes nothing there."""
        for is_last in (False, True):
            try:
                return await ask()
            except EndpointUnreachableError as error:
                if is_last:
                    raise WorkerFailedError(self.role, f"the endpoint: {error}") from error
                await asyncio.sleep(_UNREACHABLE_PAUSE_S)
            except EndpointBusyError as error:
                left_s = (deadline or time.monotonic() + _START_TIMEOUT_S) - time.monotonic()
                if is_last or error.after_s > left_s:
                    raise
                await asyncio.sleep(error.after_s)
            except EndpointBrokenError:
                if is_last:
                    raise
            except EndpointRefusedError as error:
                raise self._refused(error) from error
        raise AssertionError  # The second time returns or raises.

    def _refused(self, error: EndpointRefusedError) -> ModelError:
        """Return what a refusal means to who asked."""
        if error.status in _DENIED:
            variable = self._options.api_key_env or "api_key_env, which is not set"
            reason = f"the endpoint refuses the key of {variable}: {error}"
        elif error.status == _NOT_FOUND or error.status < _BAD_REQUEST:
            reason = f"the endpoint has no {self.model!r} at this address: {error}"
        else:
            return WaveRefusedError(self.role, f"the endpoint: {error}")
        return WorkerFailedError(self.role, reason)

    async def _gathered(self, asked: Sequence[Coroutine[Any, Any, _Answer]]) -> list[_Answer]:
        """Ask all at once; with the first failure the others are dropped."""
        tasks = [asyncio.create_task(one) for one in asked]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


@dataclass(frozen=True, slots=True)
class OpenAIProvider:
    """Implements `Provider`: the models of one endpoint. Needs no model file."""

    options: EndpointOptions

    @property
    def name(self) -> ProviderName:
        """Which it is."""
        return ProviderName.OPENAI

    async def capabilities(self, role: Role) -> Capabilities:
        """Ask the endpoint what the model of a role can do."""
        return await self._model(role).capabilities()

    def wave_model(self, role: Role, entry: ModelEntry) -> EndpointModel:  # noqa: ARG002 - no file
        """Return the model of a role."""
        return self._model(role)

    def text_continuer(
        self,
        role: Role,
        name: str,  # noqa: ARG002 - there is none to name
        entry: ModelEntry,  # noqa: ARG002 - as above
        *,
        idle_s: float,  # noqa: ARG002 - as above
    ) -> ContinuationWorker:
        """Refuse: an endpoint has no slots of ours to keep what was read at each key."""
        reason = "an endpoint does not continue text; suggestions need a model on this machine"
        raise WorkerFailedError(role, reason)

    def _model(self, role: Role) -> EndpointModel:
        if role not in self.options.model_by_role:
            raise WorkerFailedError(role, "the settings name no model of the endpoint for it")
        return EndpointModel(role, self.options)


def _tokens_bound(segments: Sequence[Segment]) -> int:
    """Return how many tokens these can be at most."""
    return sum(
        _MESSAGE_TOKENS_MAX if segment.special else len(segment.text.encode())
        for segment in segments
    )
