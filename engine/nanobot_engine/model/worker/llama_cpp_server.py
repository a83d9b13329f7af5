"""The requests of a model worker, answered with llama-cpp-python.

The same requests over a Unix socket that llama.cpp's own server answers, as far as
`worker_client` sends them, and `/lora-adapters`, which it has in another form. So a
worker is supervised in one way, whatever runs in it.

A wave begins in an empty memory, with the stored state of its prefix laid into slot 0
and copied to the others: nothing of what ran before can show in an answer.
"""

import codecs
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from nanobot_engine.model.worker.llama_cpp_engine import (
    Drawer,
    EngineBrokenError,
    EngineRefusedError,
    GoneError,
    LlamaCppEngine,
    Sampling,
)
from nanobot_engine.model.worker.options import SOCKET_NAME

_BODY_BYTES_MAX: Final = 64 << 20
_OK, _BAD_REQUEST, _NOT_FOUND, _BROKEN = 200, 400, 404, 500
_BACKLOG: Final = 64


def import_binding() -> None:
    """Import llama-cpp-python now: later the sandbox may hide its files.

    Raises:
        ImportError: It is not there.
    """
    try:
        import llama_cpp  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        msg = f"llama-cpp-python is not installed ({error}); pip install 'nanobot[llama-cpp]'"
        raise ImportError(msg) from error


def serve(model_path: str, options: dict[str, Any]) -> object:
    """Load a model and answer requests about it on `SOCKET_NAME`, in threads.

    Raises:
        RuntimeError: The model can not be loaded.
    """
    engine = LlamaCppEngine(
        model_path,
        slots=options["slots"],
        context_tokens=options["context_tokens_per_slot"],
        threads=options["threads"],
        batch_tokens=options["batch_tokens"],
    )
    Path(SOCKET_NAME).unlink(missing_ok=True)
    server = _Server(SOCKET_NAME, _Handler)
    server.slots = Slots(engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@dataclass(slots=True)
class _Answer:
    """One answer that is being written."""

    index: int
    slot: int
    drawer: Drawer
    cached: int
    """Tokens of its prompt that its slot had."""
    text: str = ""
    told: int = 0
    """Characters of the text that were sent."""
    tokens: int = 0
    stop_type: str = ""
    decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    logprob: float | None = None
    """Of the last token of its text, if asked for."""


class Slots:
    """What the requests do to the slots of an engine; one request at a time."""

    def __init__(self, engine: LlamaCppEngine) -> None:
        self.engine = engine
        self.waiting = 0
        """Requests that generate or wait for it."""
        self._count_lock = threading.Lock()
        self._lock = threading.Lock()
        self._stored: dict[str, list[int]] = {}
        """Tokens of stored states, by file name."""
        self._restored: dict[int, str] = {}
        """Which stored state a slot shall begin with."""
        self._next: dict[int, int] = {}
        """The token that a slot reads next."""

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the engine, and have it."""
        with self._count_lock:
            self.waiting += 1
        try:
            with self._lock:
                yield
        finally:
            with self._count_lock:
                self.waiting -= 1

    def save(self, slot: int, name: str) -> int:
        """Store what a slot has."""
        for known in [known for known in self._stored if not Path(known).exists()]:
            del self._stored[known]  # Its file was dropped by who asked for it.
        self._stored[name] = list(self.engine.held[slot])
        return self.engine.save(slot, Path(name))

    def restore(self, slot: int, name: str) -> int:
        """Have a slot begin with a stored state, from the next request on."""
        if name not in self._stored:
            msg = f"{name}: no such state"
            raise EngineRefusedError(msg)
        self._restored[slot] = name
        return len(self._stored[name])

    def erase(self, slot: int) -> None:
        """Empty a slot."""
        self._restored.pop(slot, None)
        self.engine.keep(slot, 0)

    def use_adapter(self, path: Path | None, scale: float) -> None:
        """Lay an adapter over the weights, or none."""
        self.engine.use_adapter(path, scale)
        self._restored.clear()
        self._stored.clear()  # What was read was read with the other weights.

    def complete(
        self, request: dict[str, Any], is_gone: Callable[[], bool]
    ) -> Iterator[dict[str, Any]]:
        """Answer a request for text; yield the events of llama.cpp's server."""
        prompts = _prompts(request)
        samples = int(request.get("n_cmpl", 1))
        first = int(request.get("id_slot", -1))
        slots = range(len(prompts) * samples) if first < 0 else range(first, first + 1)
        self._check(prompts, samples, slots, int(request.get("n_predict", 0)))
        self._lay_out(slots, keeps=bool(request.get("cache_prompt", True)))
        started = time.monotonic()
        answers: list[_Answer] = []
        try:
            for number, prompt in enumerate(prompts):
                group = slots[number * samples : (number + 1) * samples]
                answers += self._begin(request, prompt, group, len(answers), is_gone)
            read = time.monotonic()
            yield from self._write(request, answers, (started, read), is_gone)
        finally:
            for answer in answers:
                answer.drawer.close()

    def _check(
        self, prompts: list[list[int]], samples: int, slots: Sequence[int], tokens_max: int
    ) -> None:
        engine = self.engine
        if not slots or slots[-1] >= len(engine.held) or len(prompts) * samples != len(slots):
            msg = f"{len(prompts)} prompts with {samples} answers, {len(engine.held)} slots"
            raise EngineRefusedError(msg)
        longest = max(len(prompt) for prompt in prompts)
        if longest + tokens_max > engine.context_tokens:
            msg = f"{longest} tokens and {tokens_max} more, {engine.context_tokens} fit a slot"
            raise EngineRefusedError(msg)

    def _lay_out(self, slots: Sequence[int], *, keeps: bool) -> None:
        """Put slots into the state they shall begin with."""
        names = {self._restored.get(slot) for slot in slots}
        self._restored.clear()
        if not keeps:
            self.engine.clear()
        elif names != {None}:
            if len(names) != 1 or slots[0] != 0:
                msg = f"slots {list(slots)} were restored to different states"
                raise EngineRefusedError(msg)
            self.engine.clear()
            self.engine.load(0, Path(str(names.pop())))
            self.engine.copy(0, slots[1:])

    def _begin(
        self,
        request: dict[str, Any],
        prompt: list[int],
        slots: Sequence[int],
        index: int,
        is_gone: Callable[[], bool],
    ) -> list[_Answer]:
        """Read a prompt once, and draw the first token of each of its answers."""
        engine, slot = self.engine, slots[0]
        held = engine.held[slot]
        common = next(
            (i for i, (a, b) in enumerate(zip(held, prompt, strict=False)) if a != b),
            min(len(held), len(prompt)),
        )
        # The last token is read again: its logits are what is drawn from.
        cached = engine.keep(slot, min(common, len(prompt) - 1))
        place = engine.read(slot, prompt[cached:], is_gone)
        engine.copy(slot, slots[1:])
        answers = []
        sampling = _sampling(request)
        seed = int(request.get("seed", 0))
        for offset, own in enumerate(slots):
            drawer = engine.drawer(sampling, seed + offset, request.get("grammar"))
            answer = _Answer(index + offset, own, drawer, cached)
            answers.append(answer)
            if int(request.get("n_predict", 0)) == 0:
                answer.stop_type = "limit"
            else:
                self._draw(request, answer, place)
        return answers

    def _draw(self, request: dict[str, Any], answer: _Answer, place: int) -> None:
        """Draw one token, and see whether it ends the answer."""
        engine = self.engine
        token = answer.drawer.draw(place)
        answer.tokens += 1
        answer.logprob = None
        if engine.is_end(token):
            answer.stop_type = "eos"
            return
        if request.get("n_probs"):
            answer.logprob = engine.logprob(place, token)
        answer.text += answer.decoder.decode(engine.piece(token))
        stops = [answer.text.find(stop) for stop in request.get("stop", ())]
        found = min((at for at in stops if at >= 0), default=None)
        if found is not None:
            answer.text = answer.text[:found]
            answer.stop_type = "word"
        elif answer.tokens >= int(request["n_predict"]):
            answer.stop_type = "limit"
        else:
            self._next[answer.slot] = token

    def _write(
        self,
        request: dict[str, Any],
        answers: list[_Answer],
        times: tuple[float, float],
        is_gone: Callable[[], bool],
    ) -> Iterator[dict[str, Any]]:
        engine = self.engine
        for answer in answers:
            yield _event(request, answer, times)
        while going := [answer for answer in answers if not answer.stop_type]:
            if is_gone():
                raise GoneError
            engine.step([(answer.slot, self._next[answer.slot]) for answer in going])
            for place, answer in enumerate(going):
                self._draw(request, answer, place)
            for answer in going:
                yield _event(request, answer, times)


def _event(request: dict[str, Any], answer: _Answer, times: tuple[float, float]) -> dict[str, Any]:
    """Return what llama.cpp's server says after a token."""
    ends = bool(answer.stop_type)
    if ends:
        if answer.stop_type != "word":
            answer.text += answer.decoder.decode(b"", final=True)
        until = len(answer.text)
    else:
        # The beginning of a stop string may not be told before it turns out to be none.
        longest = max((len(stop) for stop in request.get("stop", ())), default=1)
        until = max(answer.told, len(answer.text) - longest + 1)
    content, answer.told = answer.text[answer.told : until], max(answer.told, until)
    started, read = times
    event: dict[str, Any] = {
        "index": answer.index,
        "content": content,
        "stop": ends,
        "id_slot": answer.slot,
        "tokens_predicted": answer.tokens,
        "timings": {
            "cache_n": answer.cached,
            "predicted_n": answer.tokens,
            "prompt_ms": (read - started) * 1000,
            "predicted_ms": (time.monotonic() - read) * 1000,
        },
    }
    if answer.logprob is not None:
        event["completion_probabilities"] = [{"logprob": answer.logprob}]
    if ends:
        event["stop_type"] = answer.stop_type
    return event


def _prompts(request: dict[str, Any]) -> list[list[int]]:
    prompt = request.get("prompt")
    prompts = prompt if isinstance(prompt, list) else []
    if prompts and not isinstance(prompts[0], list):
        prompts = [prompts]
    if not prompts or not all(
        isinstance(one, list) and one and all(isinstance(token, int) for token in one)
        for one in prompts
    ):
        msg = "a prompt is a list of tokens that is not empty"
        raise EngineRefusedError(msg)
    return prompts


def _sampling(request: dict[str, Any]) -> Sampling:
    if float(request.get("repeat_penalty", 1.0)) != 1.0:
        msg = "repeat_penalty: only 1 is known"
        raise EngineRefusedError(msg)
    return Sampling(
        temperature=float(request.get("temperature", 0.0)),
        top_k=int(request.get("top_k", 40)),
        top_p=float(request.get("top_p", 0.95)),
        min_p=float(request.get("min_p", 0.05)),
    )


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    request_queue_size = _BACKLOG
    slots: Slots


class _Handler(BaseHTTPRequestHandler):
    """One request on one connection, which ends with it."""

    server: _Server
    _ROUTES: ClassVar[dict[str, str]] = {
        "/tokenize": "_tokenize",
        "/completion": "_complete",
        "/slots": "_slot",
        "/lora-adapters": "_adapter",
    }

    def log_message(self, *args: object) -> None:
        """Say nothing: requests hold source text."""

    def address_string(self) -> str:
        """Return nothing: a Unix socket has no address."""
        return ""

    def do_GET(self) -> None:
        """Say how the worker is."""
        path = urlsplit(self.path).path
        if path == "/slots":
            busy = self.server.slots.waiting > 0
            count = len(self.server.slots.engine.held)
            self._reply(_OK, [{"id": slot, "is_processing": busy} for slot in range(count)])
        elif path == "/health":
            self._reply(_OK, {"status": "ok"})
        else:
            self._refuse(_NOT_FOUND, f"{path}: no such request")

    def do_POST(self) -> None:
        """Do what a request asks for."""
        path = urlsplit(self.path).path
        route = self._ROUTES.get("/slots" if path.startswith("/slots/") else path)
        if route is None:
            self._refuse(_NOT_FOUND, f"{path}: no such request")
            return
        try:
            getattr(self, route)(self._body())
        except (EngineRefusedError, ValueError, KeyError, TypeError) as error:
            self._refuse(_BAD_REQUEST, str(error))
        except EngineBrokenError as error:
            self._refuse(_BROKEN, str(error))
        except (GoneError, BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length", "0"))
        if length > _BODY_BYTES_MAX:
            msg = f"{length} bytes are too many"
            raise EngineRefusedError(msg)
        return dict(json.loads(self.rfile.read(length) or b"{}"))

    def _tokenize(self, body: dict[str, Any]) -> None:
        special = bool(body.get("parse_special", True))
        tokens = self.server.slots.engine.tokens_of(str(body["content"]), special=special)
        self._reply(_OK, {"tokens": tokens})

    def _slot(self, body: dict[str, Any]) -> None:
        url = urlsplit(self.path)
        slot = int(url.path.removeprefix("/slots/"))
        (action,) = parse_qs(url.query)["action"]
        slots = self.server.slots
        name = str(body.get("filename", ""))
        if not 0 <= slot < len(slots.engine.held) or (name and Path(name).name != name):
            msg = f"slot {slot}, file {name!r}: no such thing"
            raise EngineRefusedError(msg)
        with slots.turn():
            if action == "save":
                self._reply(_OK, {"id_slot": slot, "n_saved": slots.save(slot, name)})
            elif action == "restore":
                self._reply(_OK, {"id_slot": slot, "n_restored": slots.restore(slot, name)})
            else:
                slots.erase(slot)
                self._reply(_OK, {"id_slot": slot, "n_erased": 0})

    def _adapter(self, body: dict[str, Any]) -> None:
        path = body.get("path")
        with self.server.slots.turn():
            scale = float(body.get("scale", 1.0))
            self.server.slots.use_adapter(None if path is None else Path(path), scale)
        self._reply(_OK, {"success": True})

    def _complete(self, body: dict[str, Any]) -> None:
        with self.server.slots.turn():
            events = self.server.slots.complete(body, self._is_gone)
            first = next(events)  # What is refused is refused before the status is sent.
            if not body.get("stream"):
                text, last = first["content"], first
                for event in events:
                    text, last = text + event["content"], event
                self._reply(_OK, {**last, "content": text})
                return
            self._begin(_OK, "text/event-stream")
            self._send_event(first)
            for event in events:
                self._send_event(event)

    def _send_event(self, event: dict[str, Any]) -> None:
        if event["content"] or event["stop"] or "completion_probabilities" in event:
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _is_gone(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _begin(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def _reply(self, status: int, message: object) -> None:
        raw = json.dumps(message).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _refuse(self, status: int, reason: str) -> None:
        with contextlib.suppress(OSError):  # Nobody waits any more.
            self._reply(status, {"error": {"message": reason}})
