"""Measure `nanobot-lsp`: its start, and its answers while the machine is busy.

From `tests`: `python -m benchmarks.bench_lsp [--while-process WORKSPACE] [--requests N]`.

Prints one JSON document. Times are milliseconds. "busy" means one process per core
that does nothing but count. With `--while-process` a real process documents
WORKSPACE (it needs the models) while requests are timed; it is cancelled after.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.timing import summary_ms

STARTS = 10
BUDGET_START_MS = 600
BUDGET_P99_MS = 50
GAP_S = 0.005
"""Between requests, as a fast user's editor would leave."""

TEXT = "".join(
    f"def function_{n}(a, b):\n    if a:\n        return b\n    return (a, b)\n\n\n"
    for n in range(400)
)
LOAD_TIMEOUT_S = 120


class Server:
    """The program over pipes, without an editor."""

    def __init__(self, root: Path | None) -> None:
        self.started_at = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nanobot_server.lsp", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.uri = (root or Path("/bench")).joinpath("bench_buffer.py").as_uri()
        folders = root and [{"uri": root.as_uri(), "name": root.name}]
        params = {"processId": os.getpid(), "capabilities": {}, "workspaceFolders": folders}
        self.ids = iter(range(10**9))
        self.version = 1
        self.request("initialize", params)
        self.initialize_s = self.elapsed_s()
        self.notify("initialized", {})
        item = {"uri": self.uri, "languageId": "python", "version": 1, "text": TEXT}
        self.notify("textDocument/didOpen", {"textDocument": item})
        self.code_action(1)
        self.first_answer_s = self.elapsed_s()

    def elapsed_s(self) -> float:
        """Return the time since the start."""
        return time.perf_counter() - self.started_at

    def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object) -> Any:
        """Send a request and wait for its result."""
        number = next(self.ids)
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while (message := self._receive()).get("id") != number or "method" in message:
            if "method" in message and "id" in message:
                # The server asks for something: say yes, as an editor would.
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        return message.get("result")

    def code_action(self, line: int) -> None:
        """Ask for code actions right after a change: nothing is known from before."""
        at = {"line": line, "character": 0}
        self.version += 1
        change = {"range": {"start": at, "end": at}, "text": " "}
        document = {"uri": self.uri, "version": self.version}
        self.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )
        params = {
            "textDocument": {"uri": self.uri},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": []},
        }
        self.request("textDocument/codeAction", params)

    def memory_mib(self) -> float | None:
        """Return the resident memory, or None where it can not be read."""
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
            found = next(line for line in lines.splitlines() if line.startswith("VmRSS"))
            return round(int(found.split()[1]) / 1024, 1)
        return None

    def close(self) -> None:
        """Leave as an editor does."""
        self.request("shutdown", None)
        self.notify("exit", None)
        with self.process:
            self.process.wait(10)

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = int(self.process.stdout.readline().split(b":")[1])
        self.process.stdout.readline()
        found: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return found


@contextlib.contextmanager
def burners(count: int) -> Generator[None]:
    """Keep `count` cores busy with processes that this script started."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def latencies(server: Server, count: int) -> dict[str, float]:
    """Time `count` code actions, one after the other, each after a change."""
    times = []
    for number in range(count):
        begin = time.perf_counter()
        server.code_action(number % 2000)
        times.append(time.perf_counter() - begin)
        time.sleep(GAP_S)
    return summary_ms(times)


def starts(count: int) -> dict[str, Any]:
    """Start the server `count` times."""
    servers = []
    for _ in range(count):
        server = Server(None)
        servers.append(server)
        server.close()
    return {
        "start_to_initialize_ms": summary_ms([server.initialize_s for server in servers]),
        "start_to_first_code_action_ms": summary_ms([server.first_answer_s for server in servers]),
    }


def while_process(workspace: Path, count: int) -> dict[str, Any]:
    """Time requests while a real process documents `workspace`."""
    server = Server(workspace)
    arguments = {"command": "nanobot.process.start", "arguments": [{"recipe": "document"}]}
    started = server.request("workspace/executeCommand", arguments)
    if not started or "error" in started:
        server.close()
        return {"error": started}
    status = {"command": "nanobot.process.status", "arguments": [started["processId"]]}
    deadline = time.monotonic() + LOAD_TIMEOUT_S
    while True:  # Until the models are loaded and answer.
        before = server.request("workspace/executeCommand", status)
        if before["processes"][-1]["state"] != "queued" or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    times = latencies(server, count)
    after = server.request("workspace/executeCommand", status)
    cancel = {"command": "nanobot.process.cancel", "arguments": [started["processId"]]}
    server.request("workspace/executeCommand", cancel)
    server.close()
    keys = ("state", "steps", "done")
    states = [{key: item["processes"][-1].get(key) for key in keys} for item in (before, after)]
    return {"code_action_ms": times, "process_before": states[0], "process_after": states[1]}


def main() -> None:
    """Run everything and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--while-process", type=Path, metavar="WORKSPACE")
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    result: dict[str, Any] = {
        "machine": machine(),
        "budgets": {"start_to_initialize_ms": BUDGET_START_MS, "busy_p99_ms": BUDGET_P99_MS},
        "document": {"lines": TEXT.count("\n"), "bytes": len(TEXT)},
        **starts(options.starts),
    }
    server = Server(None)
    result["code_action_idle_ms"] = latencies(server, options.requests)
    with burners(cores):
        result["code_action_busy_ms"] = latencies(server, options.requests)
    result["memory_mib"] = server.memory_mib()
    server.close()
    if options.while_process:
        result["while_process"] = while_process(options.while_process.resolve(), options.requests)
    # Others may use the machine too.
    result["load_average_at_end"] = machine()["load_average"]
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_STATE_HOME", folder)
        main()
