"""A worker that talks nonsense is lost, never believed and never waited for for ever."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nanobot_engine.model.prompt.template import Segment
from nanobot_engine.model.wave import Wave
from nanobot_engine.model.worker import worker_client
from nanobot_engine.model.worker.progress import Progress
from nanobot_engine.model.worker.worker_client import (
    RequestRefusedError,
    WorkerClient,
    WorkerLostError,
)

WAVE = Wave((Segment("a"),), ((Segment("b"),),), 1, 4, 0.0, 1)
Serve = Callable[[bytes], WorkerClient]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Answer every request with the same bytes, then close."""
    path = tmp_path / ("long-" * 30) / "m.sock"  # Longer than the kernel allows.
    path.parent.mkdir()
    listener = socket.socket(socket.AF_UNIX)
    threads: list[threading.Thread] = []

    def start(reply: bytes) -> WorkerClient:
        def run() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    read_request(peer)
                    try:
                        peer.sendall(reply)
                    except OSError:
                        continue

        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(path.parent)
            listener.bind("m.sock")
        listener.listen()
        threads.append(threading.Thread(target=run))
        threads[0].start()
        return WorkerClient(path, Progress())

    yield start
    if threads:
        listener.shutdown(socket.SHUT_RDWR)
        threads[0].join()
    listener.close()


def read_request(peer: socket.socket) -> None:
    """Read all of it: a socket closed with unread bytes loses the answer too."""
    with peer.makefile("rb") as file:
        length = 0
        while (line := file.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        file.read(length)


def http(body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), size, body)


def events(*parts: object) -> bytes:
    return http(b"".join(b"data: %s\n\n" % json.dumps(part).encode() for part in parts))


LAST = {
    "index": 0,
    "content": "",
    "stop": True,
    "stop_type": "eos",
    "id_slot": 0,
    "tokens_predicted": 2,
    "timings": {"cache_n": 1, "prompt_ms": 5, "predicted_ms": 7.5},
}


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"garbage",
        b"\x00" * 100,
        http(b"not json"),
        http(b"[]"),
        http(b'{"tokens": "many"}'),
        http(b'{"tokens": [1, "2"]}'),
        http(b'{"tokens": [1, 2', length=1_000),
        http(b"[" * 100_000),
        http(b"{}", status="500 Internal Server Error"),
    ],
    ids=range(10),
)
def test_nonsense_is_a_lost_worker(serve: Serve, reply: bytes) -> None:
    client = serve(reply)

    with pytest.raises(WorkerLostError):
        asyncio.run(client.tokenize("text", special=False))


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ({"index": 0, "content": "cut", "stop": False},),
        (LAST | {"index": 1},),
        (LAST | {"index": -1},),
        (LAST, LAST),
        (LAST | {"content": 3},),
        (LAST | {"timings": None},),
        (LAST | {"tokens_predicted": "two"},),
        ("text",),
    ],
    ids=range(9),
)
def test_an_answer_without_its_parts_is_a_lost_worker(
    serve: Serve, parts: tuple[object, ...]
) -> None:
    client = serve(events(*parts))

    with pytest.raises(WorkerLostError):
        asyncio.run(client.complete([[1, 2]], WAVE))


def test_an_answer_is_put_together_from_its_events(serve: Serve) -> None:
    token = {"index": 0, "stop": False}
    client = serve(
        events(
            None,
            token | {"content": "a", "completion_probabilities": [{"logprob": -1.0}]},
            [token | {"content": "b", "completion_probabilities": [{"logprob": -3.0}]}],
            LAST,
        )
    )

    answers = asyncio.run(client.complete([[1, 2]], WAVE))

    ((sample,),) = answers.samples
    assert (sample.text, sample.tokens, sample.finish) == ("ab", 2, "stop")
    assert sample.mean_logprob == -2.0
    assert (answers.cached_tokens, answers.slots) == ((1,), (0,))
    assert (answers.prompt_seconds, answers.predict_seconds) == (0.005, 0.0075)


def test_an_endless_answer_is_cut(serve: Serve) -> None:
    size = worker_client.REPLY_BYTES_MAX + 10
    client = serve(http(b" " * size))

    with pytest.raises(WorkerLostError, match="longer than"):
        asyncio.run(client.tokenize("text", special=False))


def test_a_refusal_is_told_from_a_loss(serve: Serve) -> None:
    client = serve(http(b'{"error": {"message": "bad grammar"}}', status="400 Bad Request"))

    with pytest.raises(RequestRefusedError, match="bad grammar"):
        asyncio.run(client.complete([[1]], WAVE))


def test_no_socket_is_a_lost_worker(tmp_path: Path) -> None:
    with pytest.raises(WorkerLostError, match="FileNotFoundError"):
        asyncio.run(WorkerClient(tmp_path / "m.sock", Progress()).is_idle())


PART = {
    "content": " one",
    "stop": False,
    "completion_probabilities": [{"logprob": -0.5}],
    "timings": {"cache_n": 3, "prompt_ms": 5, "predicted_ms": 7.5, "predicted_n": 1},
}
END = {**PART, "content": "", "stop": True, "stop_type": "eos", "completion_probabilities": []}


def continued(client: WorkerClient, *, wants_more: bool = True) -> worker_client.Continuation:
    asked = client.continued(
        [1, 2], slot=0, tokens_max=4, grammar=None, wants_more=lambda _text: wants_more
    )
    return asyncio.run(asked)


def test_a_continuation_is_what_came_until_its_end(serve: Serve) -> None:
    said = continued(serve(events(PART, PART, END)))

    assert (said.text, said.is_ended, said.cached_tokens) == (" one one", True, 3)
    assert said.mean_logprob == -0.5


def test_a_limit_is_no_end(serve: Serve) -> None:
    assert not continued(serve(events(PART, {**END, "stop_type": "limit"}))).is_ended


def test_a_reader_that_has_enough_ends_it(serve: Serve) -> None:
    said = continued(serve(events(PART, PART, END)), wants_more=False)

    assert (said.text, said.is_ended) == (" one", False)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (PART,),
        ({**PART, "content": 1}, END),
        ({**PART, "completion_probabilities": [{}]}, END),
        (PART, {**END, "timings": {}}),
        ({"content": "", "stop": True},),
        ("text",),
    ],
    ids=range(7),
)
def test_a_continuation_that_breaks_off_is_a_lost_worker(
    serve: Serve, parts: tuple[object, ...]
) -> None:
    with pytest.raises(WorkerLostError):
        continued(serve(events(*parts)))
