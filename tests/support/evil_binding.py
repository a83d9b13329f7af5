"""A binding that is sound for one wave and goes wrong at the next.

Copied under the name of the real one into a folder that a worker imports from, so that
all else is the real worker: its start, its sandbox, its heartbeat. What goes wrong is the
line of `deeds.txt` beside it whose number is the start's. It imports nothing of ours.
"""

import contextlib
import ctypes
import http.server
import json
import os
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FOLDER = Path(__file__).parent
REPLY_BYTES = 1 << 30
LOCKED_S = 4


def _deed() -> str:
    """What this start does, and note that there was one more."""
    deeds = (FOLDER / "deeds.txt").read_text().split()
    with (FOLDER / "starts").open("a") as starts:
        starts.write("x")
    return deeds[min((FOLDER / "starts").stat().st_size, len(deeds)) - 1]


DEED = _deed()
# Read now, because a spy can read nothing later.
TARGETS = json.loads((FOLDER / "targets.json").read_text())
if DEED == "garbled-start":
    os.write(int(sys.argv[1]), b"\xff\x00 I am ready, believe me\n")
if DEED == "endless-start":
    os.write(int(sys.argv[1]), b"x" * 60_000)
    os.write(int(sys.argv[1]), b"x" * 60_000)


llama_split_mode = SimpleNamespace(LLAMA_SPLIT_MODE_NONE=0)


class CommonParams(SimpleNamespace):
    """Takes every option."""

    def __init__(self) -> None:
        super().__init__()
        self.model = SimpleNamespace()
        self.cpuparams = SimpleNamespace()
        self.cpuparams_batch = SimpleNamespace()


class Server:
    """Answers as the real one does, until it does not."""

    def __init__(self, params: CommonParams) -> None:
        if DEED == "stopped-start":
            os.kill(os.getpid(), signal.SIGSTOP)
        if DEED == "locked-start":
            # As the real binding does while it reads a file: no other thread of Python runs.
            ctypes.PyDLL(None).sleep(LOCKED_S)
        if DEED == "spy":
            Path("spied.json").write_text(json.dumps(_spied()))
        server = _UnixServer(params.hostnames[0], _Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    waves = 0


class _Answers(http.server.BaseHTTPRequestHandler):
    server: _UnixServer

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def address_string(self) -> str:
        return "unix"

    def do_GET(self) -> None:
        self._say([{"is_processing": False}])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tokenize":
            self._say({"tokens": list(asked["content"].encode())})
        elif self.path.endswith("action=save"):
            self._say({"n_saved": _read_tokens["last"]})
        elif self.path.endswith("action=restore"):
            self._say({"n_restored": _read_tokens["last"]})
        elif asked.get("stream"):
            self.server.waves += 1
            if self.server.waves > 1 or DEED.startswith("first-"):
                _DEEDS[DEED.removeprefix("first-")](self)
            self._stream(asked)
        else:
            _read_tokens["last"] = len(asked.get("prompt", []))
            self._say({"timings": {"cache_n": 0}})

    def _say(self, value: object) -> None:
        raw = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.end_headers()

    def _event(self, event: object) -> None:
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _stream(self, asked: dict[str, Any]) -> None:
        self._begin_stream()
        index = 0
        for prompt in asked["prompt"]:
            for sample in range(asked["n_cmpl"]):
                words = f"{sum(prompt) % 997} {asked['seed'] + sample}"
                self._event({"index": index, "content": words[:2], "stop": False})
                self._event({**_end(index), "content": words[2:]})
                index += 1


def _end(index: int) -> dict[str, Any]:
    timings = {"cache_n": _read_tokens["last"], "prompt_ms": 1.0, "predicted_ms": 1.0}
    return {
        "index": index,
        "content": "",
        "stop": True,
        "stop_type": "eos",
        "tokens_predicted": 2,
        "id_slot": index,
        "timings": timings,
    }


_read_tokens = {"last": 0}


def _signal(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def _garbage(answers: _Answers) -> None:
    answers.wfile.write(bytes(range(256)) * 16)
    answers.connection.shutdown(socket.SHUT_RDWR)


def _nonsense(answers: _Answers) -> None:
    answers._begin_stream()
    events: list[object] = [[[[]]], {"index": "0"}, {"index": -1, "content": 7}, None, "x"]
    for event in events:
        answers._event(event)


def _deep(answers: _Answers) -> None:
    answers._begin_stream()
    answers.wfile.write(b"data: " + b"[" * 200_000 + b"\n\n")


def _huge(answers: _Answers) -> None:
    answers._begin_stream()
    piece = b"x" * (1 << 20)
    with contextlib.suppress(OSError):  # Nobody reads all of it.
        for _ in range(REPLY_BYTES // len(piece)):
            answers.wfile.write(piece)


def _half(answers: _Answers) -> None:
    answers._begin_stream()
    answers._event({"index": 0, "content": "9", "stop": False})
    answers.wfile.write(b'data: {"index": 0, "cont')
    answers.connection.shutdown(socket.SHUT_RDWR)


def _wait(answers: _Answers) -> None:
    """Be stuck, and go on saying that one is alive."""
    answers._begin_stream()
    while True:
        answers.wfile.write(b": ping\n\n")
        time.sleep(1)


def _loop(answers: _Answers) -> None:
    answers._begin_stream()
    answers._event({"index": 0, "content": "9", "stop": False})
    while True:
        answers.wfile.write(b": ping\n\n")
        until = time.monotonic() + 1
        while time.monotonic() < until:
            pass


def _hold_everything(_answers: _Answers) -> None:
    ctypes.PyDLL(None).sleep(60)  # Unlike CDLL it keeps the lock of the interpreter.


def _hoard(_answers: _Answers) -> None:
    hoard = []
    try:
        while True:
            hoard.append(bytearray(64 << 20))
    except MemoryError:
        os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
        os.abort()


_DEEDS: dict[str, Callable[[_Answers], object]] = {
    "killed": lambda _: _signal(signal.SIGKILL),
    "stopped": lambda _: _signal(signal.SIGSTOP),
    "segfault": lambda _: _signal(signal.SIGSEGV),
    "abort": lambda _: _signal(signal.SIGABRT),
    "bus-error": lambda _: _signal(signal.SIGBUS),
    "exit": lambda _: os._exit(3),
    "garbage": _garbage,
    "nonsense": _nonsense,
    "deep": _deep,
    "huge": _huge,
    "half": _half,
    "deadlock": _wait,
    "loop": _loop,
    "interpreter-lock": _hold_everything,
    "memory": _hoard,
    "sound": lambda _: None,
    "spy": lambda _: None,
}


def _spied() -> dict[str, str]:
    """Try what a taken-over worker would; for each its outcome."""
    secret, port = Path(TARGETS["secret"]), int(TARGETS["port"])

    def connect(family: int, kind: int, address: object) -> None:
        with socket.socket(family, kind) as connection:
            connection.settimeout(2)
            connection.connect(address)  # type: ignore[arg-type] # as the family wants it
            connection.send(b"x")

    attempts: dict[str, Callable[[], object]] = {
        "read a file of the user": secret.read_text,
        "list a folder of the user": lambda: list(secret.parent.iterdir()),
        "write a file of the user": lambda: secret.write_text("x"),
        "make a file of the user": lambda: (secret.parent / "new").write_text("x"),
        "remove a file of the user": secret.unlink,
        "read what others run": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "connect by TCP": lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
        "listen by TCP": lambda: socket.create_server(("127.0.0.1", 0)),
        "send by UDP": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port)),
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "write its own folder": lambda: Path("mine").write_text("x"),
    }
    outcome = {}
    for name, attempt in attempts.items():
        try:
            attempt()
            outcome[name] = "done"
        except OSError as error:
            outcome[name] = type(error).__name__
    return outcome
