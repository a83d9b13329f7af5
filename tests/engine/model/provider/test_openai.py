"""An endpoint that is not llama.cpp's: what it is sent, and what becomes of its faults."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nanobot_engine.model.catalogue.catalogue import Role, Tier, load_catalogue
from nanobot_engine.model.errors import (
    EndpointTimeoutError,
    ModelError,
    PoisonRequestError,
    PromptTooLongError,
    WaveRefusedError,
    WorkerFailedError,
)
from nanobot_engine.model.prompt.families import CHATML
from nanobot_engine.model.provider.endpoint_connection import REPLY_BYTES_MAX
from nanobot_engine.model.provider.endpoint_options import EndpointOptions
from nanobot_engine.model.provider.openai import EndpointModel, OpenAIProvider
from nanobot_engine.model.wave import Wave, WaveResult

ENTRY = load_catalogue().for_role(Tier.POTATO, Role.MAIN)
WAVE = Wave(
    prefix=CHATML.prefix("You are brief."),
    prompts=(CHATML.prompt("Say hello."),),
    samples=2,
    tokens_max=20,
    temperature=0.5,
    seed=7,
    stop=("\n",),
)
KEY_VARIABLE = "NANOBOT_TEST_CHAT_KEY"


@dataclass
class Endpoint:
    """How the server behaves, and what it was sent."""

    url: str = ""
    faults: list[str] = field(default_factory=list)
    """Of the next requests for text, in order."""
    knows_n: bool = True
    models: tuple[str, ...] = ("small",)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    is_dropped: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.endpoint.seen.append(self.path)
        if self.path == "/v1/models":
            self._answer(200, {"data": [{"id": name} for name in self.endpoint.models]})
        else:
            self._answer(404, {"error": "no such thing"})

    def do_POST(self) -> None:
        endpoint = self.endpoint
        endpoint.seen.append(self.path)
        endpoint.keys.append(self.headers.get("Authorization", ""))
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        endpoint.bodies.append(body)
        fault = endpoint.faults.pop(0) if endpoint.faults else ""
        if fault.isdigit():
            said = {"error": {"message": f"it is {fault} for {self.headers['Authorization']}"}}
            self._answer(int(fault), said, {"Retry-After": "0.01", "Location": "http://x.test/"})
        elif fault == "come back tomorrow":
            self._answer(429, {}, {"Retry-After": "86400"})
        elif fault == "garbage":
            self._stream([b"data: {]}\n\n"])
        elif fault == "no sense":
            self._stream([b'data: {"choices": [{"index": 9, "text": 3}]}\n\n'])
        elif fault == "breaks off":
            self._stream([self._event(0, "hel")])
        elif fault == "endless":
            self._endless()
        else:
            count = body.get("n", 1) if endpoint.knows_n else 1
            answers = [
                self._event(index, f"hello {body['seed'] + index}") for index in range(count)
            ]
            ends = [self._event(index, None, "stop") for index in range(count)]
            self._stream([b": ping\n", *answers, *ends, b"data: [DONE]\n\n"])

    def _endless(self) -> None:
        self._stream([])
        try:
            while True:
                self.wfile.write(self._event(0, "x" * 100_000))
                if len(self.endpoint.faults) == 1 and self.endpoint.faults[0] == "slowly":
                    time.sleep(0.02)
        except OSError:
            self.endpoint.is_dropped.set()

    def _event(self, index: int, text: str | None, finish: str | None = None) -> bytes:
        choice = {"index": index, "delta": {"content": text}, "finish_reason": finish}
        return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"

    def _stream(self, parts: list[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for part in parts:
            self.wfile.write(part)

    def _answer(self, status: int, message: object, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(message).encode())


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A server that speaks the chat API on a loopback port."""
    monkeypatch.setenv(KEY_VARIABLE, "secret-key")
    state = Endpoint()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (_Handler,), {"endpoint": state})
    )
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def asked(
    endpoint: Endpoint,
    wave: Wave = WAVE,
    *,
    timeout_s: float = 30.0,
    then: Callable[[EndpointModel], None] | None = None,
) -> WaveResult:
    """Ask for one wave, on a loop of its own."""
    options = EndpointOptions(
        base_url=endpoint.url, model_by_role={Role.MAIN: "small"}, api_key_env=KEY_VARIABLE
    )
    model = OpenAIProvider(options).wave_model(Role.MAIN, ENTRY)

    async def ask() -> WaveResult:
        try:
            return await model.generate(wave, timeout_s=timeout_s)
        finally:
            if then is not None:
                then(model)

    return asyncio.run(ask())


def check_error(
    endpoint: Endpoint, kind: type[ModelError], words: str, *faults: str, requests: int
) -> None:
    """Ask while it has these faults; look at the error, and how often it was asked."""
    endpoint.faults += faults
    with pytest.raises(kind, match=words) as failed:
        asked(endpoint)

    assert "secret-key" not in str(failed.value)
    assert len(endpoint.bodies) == requests


def test_a_wave_becomes_messages_with_all_its_options(endpoint: Endpoint) -> None:
    result = asked(endpoint)

    assert [sample.text for sample in result.samples[0]] == ["hello 7", "hello 8"]
    assert [sample.finish for sample in result.samples[0]] == ["stop", "stop"]
    assert endpoint.bodies == [
        {
            "model": "small",
            "messages": [
                {"role": "system", "content": "You are brief."},
                {"role": "user", "content": "Say hello."},
            ],
            "max_tokens": 20,
            "temperature": 0.5,
            "seed": 7,
            "n": 2,
            "stop": ["\n"],
            "stream": True,
        }
    ]
    assert endpoint.keys == ["Bearer secret-key"]


def test_one_that_gives_one_answer_at_a_time_is_asked_for_each(endpoint: Endpoint) -> None:
    endpoint.knows_n = False
    result = asked(endpoint)

    assert [sample.text for sample in result.samples[0]] == ["hello 7", "hello 8"]
    assert [body.get("n") for body in endpoint.bodies] == [2, None]


@pytest.mark.parametrize("text", ["<|im_end|>", "a</s>b", "[INST] x", "<end_of_turn>"])
def test_text_that_would_be_a_control_token_is_refused_unsent(
    endpoint: Endpoint, text: str
) -> None:
    with pytest.raises(WaveRefusedError, match="control token"):
        asked(endpoint, replace(WAVE, prompts=(CHATML.prompt(text),)))

    assert endpoint.bodies == []


def test_what_messages_can_not_say_is_refused_unsent(endpoint: Endpoint) -> None:
    with pytest.raises(WaveRefusedError, match="does not keep a grammar"):
        asked(endpoint, replace(WAVE, grammar='root ::= "a"'))
    with pytest.raises(WaveRefusedError, match="an answer that was begun"):
        asked(endpoint, replace(WAVE, prompts=(CHATML.prompt("Say it.", "It"),)))
    # Each byte may be a token: what may not fit is not sent.
    with pytest.raises(PromptTooLongError):
        asked(endpoint, replace(WAVE, prompts=(CHATML.prompt("ä" * 2_050),)))

    assert endpoint.bodies == []


def test_a_fault_that_passes_is_asked_again(endpoint: Endpoint) -> None:
    for fault in ("429", "503", "500", "garbage", "breaks off"):
        endpoint.faults.append(fault)
        assert asked(endpoint).samples[0][0].text == "hello 7"

    assert len(endpoint.bodies) == 10


@pytest.mark.parametrize("fault", ["garbage", "no sense", "breaks off", "500", "endless"])
def test_a_fault_that_stays_ends_in_words_after_two_tries(endpoint: Endpoint, fault: str) -> None:
    check_error(endpoint, PoisonRequestError, "the endpoint: ", fault, fault, requests=2)


def test_an_endless_answer_is_cut_at_a_size(endpoint: Endpoint) -> None:
    words = f"longer than {REPLY_BYTES_MAX} bytes"
    check_error(endpoint, PoisonRequestError, words, "endless", "endless", requests=2)

    assert endpoint.is_dropped.wait(10)


def test_a_refusal_is_not_asked_again(endpoint: Endpoint) -> None:
    check_error(endpoint, WaveRefusedError, "it is 400", "400", requests=1)
    check_error(
        endpoint, WorkerFailedError, f"refuses the key of {KEY_VARIABLE}", "401", requests=2
    )
    check_error(endpoint, WorkerFailedError, "no 'small' at this address", "404", requests=3)


def test_a_redirect_is_not_followed(endpoint: Endpoint) -> None:
    for status in ("301", "302", "307", "308"):
        endpoint.bodies.clear()
        check_error(endpoint, WorkerFailedError, "set base_url", status, requests=1)


def test_a_pause_longer_than_the_deadline_is_said_at_once(endpoint: Endpoint) -> None:
    check_error(endpoint, WorkerFailedError, "is busy", "come back tomorrow", requests=1)


def test_a_deadline_drops_the_connection(endpoint: Endpoint) -> None:
    endpoint.faults += ["endless", "slowly"]
    with pytest.raises(EndpointTimeoutError, match="the connection was dropped"):
        asked(endpoint, timeout_s=0.3)

    assert endpoint.is_dropped.wait(10)


def test_a_wave_that_was_given_up_is_not_sent_again(endpoint: Endpoint) -> None:
    endpoint.faults += ["garbage", "garbage"]
    options = EndpointOptions(base_url=endpoint.url, model_by_role={Role.MAIN: "small"})
    model = OpenAIProvider(options).wave_model(Role.MAIN, ENTRY)

    async def ask() -> None:
        for _time in range(2):
            with pytest.raises(PoisonRequestError):
                await model.generate(WAVE, timeout_s=30.0)

    asyncio.run(ask())
    assert len(endpoint.bodies) == 2


def test_a_model_that_is_not_there_is_said_with_those_that_are(endpoint: Endpoint) -> None:
    endpoint.models = ("large", "larger")
    with pytest.raises(WorkerFailedError, match="no model 'small'; it has large, larger"):
        asked(endpoint)


def test_nobody_at_the_address_is_said_in_words(endpoint: Endpoint) -> None:
    endpoint.url = "http://127.0.0.1:9/v1"
    with pytest.raises(WorkerFailedError, match=r"127\.0\.0\.1:9 can not be reached"):
        asked(endpoint)


def test_a_role_without_a_model_is_refused() -> None:
    provider = OpenAIProvider(EndpointOptions(base_url="http://127.0.0.1:1/v1"))
    with pytest.raises(WorkerFailedError, match="the settings name no model"):
        provider.wave_model(Role.MAIN, ENTRY)
