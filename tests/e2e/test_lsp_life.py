"""The life of the `nanobot-lsp` program: start, end, and input that nobody should send."""

import contextlib
import json
import os
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

WAIT_S = 30.0
URI = "file:///nowhere/a.py"
INITIALIZE: dict[str, object] = {"processId": None, "rootUri": None, "capabilities": {}}


def frame(message: object) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def request(number: object, method: str, params: object = None) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def notification(method: str, params: object = None) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


class Server:
    """The program with pipes at both ends."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        env = {**os.environ, "XDG_STATE_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nanobot_server.lsp", "--stdio", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
        )
        self.received = b""

    def send(self, *messages: object) -> None:
        assert self.process.stdin is not None
        for message in messages:
            self.process.stdin.write(message if isinstance(message, bytes) else frame(message))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Return the next message that is no line of the log."""
        while (message := self._message()).get("method") == "window/logMessage":
            pass
        return message

    def _message(self) -> dict[str, Any]:
        header = self._until(lambda: self.received.find(b"\r\n\r\n"))
        length = int(self.received[:header].split(b":")[1])
        end = header + 4 + length
        self._until(lambda: end if len(self.received) >= end else -1)
        body, self.received = self.received[header + 4 : end], self.received[end:]
        found: dict[str, Any] = json.loads(body)
        return found

    def initialize(self, **params: object) -> dict[str, Any]:
        self.send(request("init", "initialize", {**INITIALIZE, **params}))
        answer = self.receive()
        self.send(notification("initialized", {}))
        return answer

    def is_listening(self) -> bool:
        """Tell whether a good request is answered."""
        self.send(request("alive", "textDocument/codeAction", code_action_params()))
        while (answer := self.receive()).get("id") != "alive":
            pass
        return "result" in answer

    def exit_code(self) -> int:
        return self.process.wait(WAIT_S)

    def _until(self, at: Callable[[], int]) -> int:
        assert self.process.stdout is not None
        deadline = time.monotonic() + WAIT_S
        while (found := at()) < 0:
            ready, _, _ = select.select(
                [self.process.stdout], [], [], max(0, deadline - time.monotonic())
            )
            assert ready, "no answer"
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, f"the server left: {self.process.wait(WAIT_S)}"
            self.received += data
        return found


def code_action_params(**changed: object) -> dict[str, object]:
    at = {"line": 0, "character": 0}
    whole: dict[str, object] = {"start": at, "end": at}
    return {
        "textDocument": {"uri": URI},
        "range": whole,
        "context": {"diagnostics": []},
        **changed,
    }


@pytest.fixture
def server(tmp_path: Path) -> Generator[Server]:
    server = Server(tmp_path)
    yield server
    server.process.kill()
    with contextlib.suppress(BrokenPipeError), server.process:
        pass  # Closes the pipes and waits.


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """One server for all kinds of bad input: each must leave it usable for the next."""
    server = Server(tmp_path_factory.mktemp("shared"))
    server.initialize()
    yield server
    server.process.kill()
    with server.process:
        pass


def test_shutdown_then_exit_is_code_0(server: Server) -> None:
    server.initialize()

    server.send(request(2, "shutdown"), notification("exit"))

    assert server.receive() == {"jsonrpc": "2.0", "id": 2, "result": None}
    assert server.exit_code() == 0


def test_exit_without_shutdown_is_code_1(server: Server) -> None:
    server.initialize()

    server.send(notification("exit"))

    assert server.exit_code() == 1


def test_exit_before_initialize_is_code_1(server: Server) -> None:
    server.send(notification("exit"))

    assert server.exit_code() == 1


def test_the_end_of_input_ends_the_server(server: Server) -> None:
    server.initialize()

    assert server.process.stdin is not None
    server.process.stdin.close()

    assert server.exit_code() == 1


def test_the_end_of_the_editor_ends_the_server(server: Server) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
        server.initialize(processId=editor.pid)
        assert server.is_listening()
        editor.kill()

    assert server.exit_code() == 1


def test_an_editor_that_can_not_be_seen_is_not_watched(server: Server) -> None:
    server.initialize(processId=2**22 + 1)

    assert server.is_listening()


def test_an_editor_that_does_not_read_does_not_stop_the_server(server: Server) -> None:
    server.initialize()
    flood = [request(n, "no/such/method") for n in range(3_000)]

    server.send(*flood, request("end", "shutdown"), notification("exit"))

    # 3000 answers are more than a pipe holds; the server leaves all the same.
    assert server.exit_code() == 0


def test_requests_before_initialize_and_after_shutdown(server: Server) -> None:
    server.send(request(1, "shutdown"), request(2, "initialize", {"capabilities": 3}))
    assert server.receive()["error"]["code"] == -32002
    assert server.receive()["error"]["code"] == -32602
    server.initialize()

    server.send(request(3, "initialize", INITIALIZE))
    assert server.receive()["error"]["code"] == -32600
    server.send(request(4, "shutdown"))
    assert "result" in server.receive()
    server.send(request(5, "textDocument/codeAction", code_action_params()))
    assert server.receive()["error"]["code"] == -32600


@pytest.mark.parametrize(
    ("message", "message_id", "code"),
    [
        (b"Content-Length: 2\r\n\r\n{]", None, -32700),
        (b"Content-Length: 1000000000000\r\n\r\n", None, -32700),
        (request(7, "no/such"), 7, -32601),
        (request(7, "$/unknown"), 7, -32601),
        (request(7, "textDocument/codeAction", 3), 7, -32602),
        (request(7, "textDocument/codeAction", code_action_params(range=None)), 7, -32602),
        (
            request(
                7,
                "textDocument/codeAction",
                code_action_params(
                    range={
                        "start": {"line": -1, "character": 0},
                        "end": {"line": 10**30, "character": 0},
                    }
                ),
            ),
            7,
            -32602,
        ),
        (request(7, "workspace/executeCommand", {"command": "no.such"}), 7, -32602),
        (
            request(
                7,
                "workspace/executeCommand",
                {"command": "nanobot.process.start", "arguments": [{"line": "x"}]},
            ),
            7,
            -32602,
        ),
        (request(None, "shutdown"), None, -32600),
        (request({}, "shutdown"), None, -32600),
        (request(1.5, "shutdown"), None, -32600),
        ({"id": 7, "method": "shutdown"}, 7, -32600),
        ({"jsonrpc": "2.0", "id": 7}, 7, -32600),
        (b"Content-Length: 2\r\n\r\n[]", None, -32700),
    ],
)
def test_bad_input_is_answered_once_and_survived(
    shared: Server, message: object, message_id: object, code: int
) -> None:
    shared.send(message)

    answer = shared.receive()
    assert (answer["id"], answer["error"]["code"]) == (message_id, code)
    assert shared.is_listening()


def test_a_stray_print_does_not_reach_the_protocol(tmp_path: Path) -> None:
    # The noise starts when the descriptors have moved, as an import of ours would make it.
    program = textwrap.dedent(
        """
        import os, threading, time
        from nanobot_server.lsp import __main__ as lsp
        def shout():
            while True:
                os.write(1, b"native noise")
                print("python noise", flush=True)
                time.sleep(0.001)
        greet = lsp.greet
        def noisy(transport):
            threading.Thread(target=shout, daemon=True).start()
            return greet(transport)
        lsp.greet = noisy
        lsp.main([])
        """
    )
    server = Server.__new__(Server)
    server.received = b""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    ) as server.process:
        server.initialize()
        assert all(server.is_listening() for _ in range(20))
        server.process.kill()


def test_leaving_waits_for_no_thread(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import threading, time
        from nanobot_server.lsp import __main__ as lsp
        threading.Thread(target=time.sleep, args=(3600,)).start()
        lsp.main(["--stdio"])
        """
    )
    server = Server.__new__(Server)
    server.received = b""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    ) as server.process:
        server.initialize()
        server.send(request(1, "shutdown"), notification("exit"))
        assert server.exit_code() == 0


def test_the_log_has_no_source_and_is_private(server: Server, tmp_path: Path) -> None:
    server.initialize()
    item = {"uri": URI, "languageId": "python", "version": 1, "text": "secret = 1\n"}
    change = {"range": {"start": {"line": 9, "character": 0}, "end": {"line": 9, "character": 0}}}
    server.send(
        notification("textDocument/didOpen", {"textDocument": item}),
        notification(
            "textDocument/didChange",
            {
                "textDocument": {"uri": URI, "version": 2},
                "contentChanges": [{**change, "text": "secret"}],
            },
        ),
        notification("textDocument/didChange", {"textDocument": {"uri": URI}, "secret": 1}),
        request(1, "textDocument/codeAction", {"secret": "secret"}),
        request(2, "shutdown"),
        notification("exit"),
    )
    assert server.exit_code() == 0

    log = tmp_path / "nanobot" / "log" / "lsp.log"
    text = log.read_text(encoding="utf-8")
    assert "out of step" in text
    assert "secret" not in text
    assert log.stat().st_mode & 0o777 == 0o600


def test_version_and_help_need_no_editor() -> None:
    for option, wanted in (("--version", "nanobot-lsp "), ("--help", "--stdio")):
        done = subprocess.run(
            [sys.executable, "-m", "nanobot_server.lsp", option],
            check=True,
            capture_output=True,
            text=True,
        )
        assert wanted in done.stdout
