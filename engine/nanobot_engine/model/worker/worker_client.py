"""Talk to one model worker: llama.cpp's HTTP API over a Unix socket.

Foreign vocabulary stops here: what leaves this module are our own words. Every method
blocks in a thread; cancelling the caller drops the connection, and llama.cpp then stops
what it was asked.
"""

import asyncio
import contextlib
import http.client
import json
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nanobot_engine.model.wave import Sample, Wave
from nanobot_engine.model.worker.progress import Progress

REPLY_BYTES_MAX: Final = 64 << 20
_SOCKET_PATH_BYTES_MAX: Final = 100
_CONNECT_TIMEOUT_S: Final = 5.0
_BAD_REQUEST: Final = 400
_OK: Final = 200
# Written out, so that another default of llama.cpp does not change answers.
_SAMPLING: Final = {"top_k": 40, "top_p": 0.95, "min_p": 0.05, "repeat_penalty": 1.0}


class WorkerLostError(Exception):
    """The worker is gone or talks nonsense: start another one."""


class RequestRefusedError(Exception):
    """The worker is well and says that the request is wrong."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a worker said to a wave."""

    samples: tuple[tuple[Sample, ...], ...]
    cached_tokens: tuple[int, ...]
    """Per answer."""
    slots: tuple[int, ...]
    """Which slot gave which answer."""
    prompt_seconds: float
    predict_seconds: float


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a worker wrote behind the tokens it was given."""

    text: str
    tokens: int
    """Of the text, as far as they were told."""
    is_ended: bool
    """The model itself came to an end; false when a limit or the reader ended it."""
    mean_logprob: float | None
    """Mean of the natural log-probabilities of its tokens; None when there is none."""
    cached_tokens: int
    """Of the prompt: what the slot still had from before."""
    prompt_seconds: float
    predict_seconds: float


class WorkerClient:
    """The requests a worker understands. Safe to use from several tasks of one loop."""

    def __init__(self, socket_path: Path, progress: Progress) -> None:
        self._socket_path = socket_path
        self._progress = progress

    async def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of `text`; `special` recognises special tokens in it."""
        body = {"content": text, "add_special": False, "parse_special": special}
        return _tokens(_get(await self._call("POST", "/tokenize", body), "tokens"))

    async def is_idle(self) -> bool:
        """Say whether no slot works on anything."""
        reply = await self._call("GET", "/slots", None)
        if not isinstance(reply, list):
            raise WorkerLostError(_nonsense("slots", reply))
        return not any(_get(slot, "is_processing") for slot in reply)

    async def read_prefix(self, tokens: Sequence[int], file_name: str) -> int:
        """Compute the state after `tokens` in slot 0 and store it.

        Returns:
            How many tokens were stored.
        """
        body = {"prompt": list(tokens), "n_predict": 0, "id_slot": 0, "cache_prompt": False}
        await self._call("POST", "/completion", body)
        reply = await self._call("POST", "/slots/0?action=save", {"filename": file_name})
        return _integer(reply, "n_saved")

    async def restore(self, slot: int, file_name: str) -> int:
        """Put a slot into a stored state; return how many tokens it has now."""
        path = f"/slots/{slot}?action=restore"
        return _integer(await self._call("POST", path, {"filename": file_name}), "n_restored")

    async def erase(self, slot: int) -> None:
        """Empty a slot."""
        await self._call("POST", f"/slots/{slot}?action=erase", {})

    async def use_adapter(self, adapter: tuple[Path, float] | None) -> None:
        """Lay an adapter, of a file and with a scale, over the weights, or none.

        Only a worker with llama-cpp-python understands this.
        """
        path, scale = (None, 1.0) if adapter is None else (str(adapter[0]), adapter[1])
        await self._call("POST", "/lora-adapters", {"path": path, "scale": scale})

    async def read(self, tokens: Sequence[int], *, slot: int) -> int:
        """Have a slot read tokens, going on from those it still has; generate nothing.

        Returns:
            How many it still had.
        """
        body = {
            "prompt": list(tokens),
            "n_predict": 0,
            "id_slot": slot,
            "cache_prompt": True,
        }
        reply = await self._call("POST", "/completion", body)
        return _integer(_get(reply, "timings"), "cache_n")

    async def continued(
        self,
        tokens: Sequence[int],
        *,
        slot: int,
        tokens_max: int,
        grammar: str | None,
        wants_more: Callable[[str], bool],
    ) -> Continuation:
        """Continue a prompt with the likeliest tokens, from what a slot still has of it.

        Args:
            tokens: The prompt.
            slot: Which state to go on from. It is busy until this ends.
            tokens_max: Upper bound on what is generated.
            grammar: GBNF of the text; None for any.
            wants_more: Told all of the text after each token, in another thread; false
                ends it.
        """
        body: dict[str, Any] = {
            "prompt": list(tokens),
            "n_predict": tokens_max,
            "id_slot": slot,
            "cache_prompt": True,
            "temperature": 0.0,
            "n_probs": 1,
            "stream": True,
            # We may end it early, and then there is no last event with them.
            "timings_per_token": True,
            **_SAMPLING,
        }
        if grammar is not None:
            body["grammar"] = grammar
        draft = _Continued(wants_more)
        with contextlib.suppress(_EnoughError):
            await self._call("POST", "/completion", body, draft.take)
        return draft.result()

    async def complete(self, prompts: Sequence[Sequence[int]], wave: Wave) -> Answers:
        """Answer all prompts of a wave in one batch.

        Args:
            prompts: Tokens, prefix included.
            wave: For everything else.
        """
        body: dict[str, Any] = {
            "prompt": [list(prompt) for prompt in prompts],
            "n_cmpl": wave.samples,
            "n_predict": wave.tokens_max,
            "temperature": wave.temperature,
            "seed": wave.seed,
            "stop": list(wave.stop),
            "cache_prompt": True,
            "n_probs": 1 if wave.logprobs else 0,
            # Only a stream is stopped when we drop the connection: llama.cpp notices
            # that it cannot write.
            "stream": True,
            **_SAMPLING,
        }
        if wave.grammar is not None:
            body["grammar"] = wave.grammar
        drafts = [_Draft() for _ in range(len(prompts) * wave.samples)]
        await self._call("POST", "/completion", body, lambda event: _note(drafts, event))
        return _answers(drafts, len(prompts), wave.samples)

    async def _call(
        self,
        method: str,
        path: str,
        body: object,
        on_event: Callable[[object], None] | None = None,
    ) -> Any:
        connection = _Connection(self._socket_path)
        progress = self._progress

        def note(event: object) -> None:
            progress.step()
            assert on_event is not None
            on_event(event)

        call = asyncio.create_task(
            asyncio.to_thread(connection.call, method, path, body, on_event and note)
        )
        try:
            with progress.asking(_tokens_asked(body), is_exact=_is_read_anew(body)):
                return await asyncio.shield(call)
        except asyncio.CancelledError:
            connection.abort()
            # The thread sees the closed socket at once; its outcome interests nobody now.
            await asyncio.wait([call])
            if not call.cancelled():
                call.exception()
            raise


def _tokens_asked(body: object) -> int:
    """Return how many tokens a request gives to read, at most."""
    prompt = body.get("prompt") if isinstance(body, dict) else None
    if not isinstance(prompt, list):
        return 0
    return sum(len(one) if isinstance(one, list) else 1 for one in prompt)


def _is_read_anew(body: object) -> bool:
    return isinstance(body, dict) and body.get("cache_prompt") is False


class _EnoughError(Exception):
    """Not an error: the reader of a stream wants no more of it."""


class _Connection:
    """One request on one connection."""

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path
        # Made here and not in the thread, so that `abort` always finds it.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def abort(self) -> None:
        """Make `call` end now. May be called from another thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # Not connected yet, or ended by itself.
            self._socket.close()

    def call(
        self,
        method: str,
        path: str,
        body: object,
        on_event: Callable[[object], None] | None,
    ) -> Any:
        """Send a request and return the JSON of the answer.

        Args:
            method: Of HTTP.
            path: With its query.
            body: To be sent as JSON; None for no body.
            on_event: Gets the events of a streamed answer, which returns None.

        Raises:
            WorkerLostError: No worker, or no sense.
            RequestRefusedError: Status 400.
        """
        http_connection = http.client.HTTPConnection("localhost")
        try:
            # A stopped worker accepts nothing, and a blocked connect cannot be aborted.
            self._socket.settimeout(_CONNECT_TIMEOUT_S)
            _connect(self._socket, self._socket_path)
            self._socket.settimeout(None)
            http_connection.sock = self._socket
            data = None if body is None else json.dumps(body).encode("utf-8")
            http_connection.request(method, path, data, {"Content-Type": "application/json"})
            with http_connection.getresponse() as response:
                status = response.status
                if on_event is not None and status == _OK:
                    _read_events(response, on_event)
                    return None
                reply = json.loads(_read(response))
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            msg = f"no answer from the worker ({type(error).__name__})"
            raise WorkerLostError(msg) from error
        finally:
            http_connection.close()
            self._socket.close()
        if status == _BAD_REQUEST:
            raise RequestRefusedError(_message(reply))
        if status != _OK:
            msg = f"the worker answered {status}: {_message(reply)}"
            raise WorkerLostError(msg)
        return reply


def _read(response: http.client.HTTPResponse) -> bytes:
    raw = response.read(REPLY_BYTES_MAX + 1)
    if len(raw) > REPLY_BYTES_MAX:
        msg = f"its answer is longer than {REPLY_BYTES_MAX} bytes"
        raise WorkerLostError(msg)
    return raw


def _read_events(response: http.client.HTTPResponse, on_event: Callable[[object], None]) -> None:
    """Read server-sent events: lines of JSON after `data:`, with comments between."""
    left = REPLY_BYTES_MAX
    while line := response.readline(left + 1):
        left -= len(line)
        if left < 0:
            msg = f"its answer is longer than {REPLY_BYTES_MAX} bytes"
            raise WorkerLostError(msg)
        if line.startswith(b"data:"):
            event = json.loads(line[5:])
            # Answers of several prompts may come as a list, and null while there is none.
            for part in event if isinstance(event, list) else [event]:
                if part is not None:
                    on_event(part)
        elif line.startswith(b"error:"):
            msg = f"the worker gave up: {_message(json.loads(line[6:]))}"
            raise WorkerLostError(msg)


def _connect(connection: socket.socket, path: Path) -> None:
    if len(os.fsencode(path)) <= _SOCKET_PATH_BYTES_MAX:
        connection.connect(str(path))
        return
    # Too long for the kernel: name the folder by a descriptor.
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        connection.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


@dataclass(slots=True)
class _Draft:
    """An answer that is still coming."""

    text: list[str] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    last: dict[str, Any] | None = None
    """The event that ended it, with its counts."""


@dataclass(slots=True)
class _Continued:
    """A continuation that is still coming."""

    wants_more: Callable[[str], bool]
    text: str = ""
    logprobs: list[float] = field(default_factory=list)
    last: object = None
    is_stopped: bool = False
    is_enough: bool = False

    def take(self, event: object) -> None:
        """Take one event of the stream; raise `_EnoughError` when nobody wants the next one."""
        content = _get(event, "content")
        assert isinstance(event, dict)  # `_get` found a key in it.
        if not isinstance(content, str):
            raise WorkerLostError(_nonsense("content", content))
        self.text += content
        for token in event.get("completion_probabilities") or []:
            self.logprobs.append(_number(token, "logprob"))
        if "timings" in event:
            self.last = event
        if event.get("stop") is True:
            self.is_stopped = True
        elif content and not self.wants_more(self.text):
            self.is_enough = True
            raise _EnoughError

    def result(self) -> Continuation:
        """Return what came, if it came to an end."""
        if not self.is_stopped and not self.is_enough:
            msg = "its answer breaks off"
            raise WorkerLostError(msg)
        timings = _get(self.last, "timings")
        assert isinstance(self.last, dict)
        is_cut = self.last.get("stop_type") == "limit"
        return Continuation(
            text=self.text,
            tokens=_integer(timings, "predicted_n"),
            is_ended=self.is_stopped and not is_cut,
            mean_logprob=sum(self.logprobs) / len(self.logprobs) if self.logprobs else None,
            cached_tokens=_integer(timings, "cache_n"),
            prompt_seconds=_number(timings, "prompt_ms") / 1000,
            predict_seconds=_number(timings, "predicted_ms") / 1000,
        )


def _note(drafts: list[_Draft], event: object) -> None:
    index = _integer(event, "index")
    if not 0 <= index < len(drafts) or drafts[index].last is not None:
        raise WorkerLostError(_nonsense("index", event))
    draft, text = drafts[index], _get(event, "content")
    assert isinstance(event, dict)  # `_get` found a key in it.
    if not isinstance(text, str):
        raise WorkerLostError(_nonsense("content", text))
    draft.text.append(text)
    for token in event.get("completion_probabilities") or []:
        draft.logprobs.append(_number(token, "logprob"))
    if _get(event, "stop") is True:
        draft.last = event


def _answers(drafts: list[_Draft], prompts: int, samples: int) -> Answers:
    ends = [draft.last for draft in drafts]
    flat = [_sample(draft) for draft in drafts]
    timings = [_get(end, "timings") for end in ends]
    return Answers(
        samples=tuple(tuple(flat[i * samples : (i + 1) * samples]) for i in range(prompts)),
        cached_tokens=tuple(_integer(timing, "cache_n") for timing in timings),
        slots=tuple(_integer(end, "id_slot") for end in ends),
        prompt_seconds=max(_number(timing, "prompt_ms") for timing in timings) / 1000,
        predict_seconds=max(_number(timing, "predicted_ms") for timing in timings) / 1000,
    )


def _sample(draft: _Draft) -> Sample:
    # A stream that ended early has no last event, which `_get` refuses.
    limited = _get(draft.last, "stop_type") == "limit"
    return Sample(
        text="".join(draft.text),
        tokens=_integer(draft.last, "tokens_predicted"),
        finish="length" if limited else "stop",
        mean_logprob=sum(draft.logprobs) / len(draft.logprobs) if draft.logprobs else None,
    )


def _tokens(value: object) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(token, int) for token in value):
        raise WorkerLostError(_nonsense("tokens", value))
    return value


def _get(reply: Any, key: str) -> Any:
    if not isinstance(reply, dict) or key not in reply:
        raise WorkerLostError(_nonsense(key, reply))
    return reply[key]


def _integer(reply: Any, key: str) -> int:
    value = _get(reply, key)
    if not isinstance(value, int):
        raise WorkerLostError(_nonsense(key, value))
    return value


def _number(reply: Any, key: str) -> float:
    value = _get(reply, key)
    if not isinstance(value, int | float):
        raise WorkerLostError(_nonsense(key, value))
    return float(value)


def _nonsense(what: str, value: object) -> str:
    return f"the worker's answer has no sound {what!r}: {str(value)[:200]}"


def _message(reply: object) -> str:
    error = reply.get("error") if isinstance(reply, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return str(message or reply)[:500]
