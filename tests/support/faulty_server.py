"""A loopback server that has one file and breaks in every way that a line can."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

FAULTS: Final = (
    "drop", "ignore range", "wrong range", "refuse range", "longer", "shorter", "other etag",
    "re-encoded", "slow", "redirect loop", "redirect away", "busy", "silent", "hang up", "headers",
)  # fmt: skip
"""Each is the fate of one answer."""
_COMMIT: Final = "c" * 40


@dataclass
class Faults:
    """What the server has, and what becomes of its next answers."""

    body: bytes
    url: str = ""
    sha256: str = ""
    """What the hub says; nothing where it knows none."""
    paths: list[str] = field(
        default_factory=lambda: [f"/owner/name/resolve/{_COMMIT}/folder/file.gguf"]
    )
    """Where the file is on the hub."""
    commit: str = _COMMIT
    location: str = "/file?Signature=secret"
    """Where the hub sends us."""
    hub_status: int = 302
    planned: list[str] = field(default_factory=list)
    drop_bytes: int = 0
    """Every connection ends after so many, if not 0."""
    etag: str = '"1"'
    asked: list[str] = field(default_factory=list)
    """The range of each request for the file, "" without one."""
    tokens: list[str] = field(default_factory=list)
    """The Authorization header of each request, "" without one, and its path."""
    at_once: int = 0
    most_at_once: int = 0
    pause_s: float = 0.0
    """Before each piece of a body."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self) -> str:
        with self.lock:
            return self.planned.pop(0) if self.planned else ""


class _Handler(BaseHTTPRequestHandler):
    faults: Faults
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._note()
        if self.path not in self.faults.paths:
            self._head(404, {"Content-Length": "0"})
            return
        self._head(self.faults.hub_status, self._hub_headers())

    def do_GET(self) -> None:
        self._note()
        if self.path in self.faults.paths:
            self._head(302, {**self._hub_headers(), "Content-Length": "0"})
        elif self.path.partition("?")[0] == "/file":
            faults = self.faults
            with faults.lock:
                faults.asked.append(self.headers.get("Range", ""))
                faults.at_once += 1
                faults.most_at_once = max(faults.most_at_once, faults.at_once)
            try:
                self._file(faults.next_fault())
            except OSError:
                self.close_connection = True  # The client has left.
            finally:
                with faults.lock:
                    faults.at_once -= 1
        else:
            self._head(404, {"Content-Length": "0"})

    def _note(self) -> None:
        self.faults.tokens.append(f"{self.headers.get('Authorization', '')} {self.path}")

    def _hub_headers(self) -> dict[str, str]:
        faults = self.faults
        linked = {"X-Linked-Size": str(len(faults.body)), "X-Repo-Commit": faults.commit}
        if faults.sha256:
            linked["X-Linked-ETag"] = f'"{faults.sha256}"'
        return {"Location": faults.location, **linked}

    def _file(self, fault: str) -> None:
        faults, body = self.faults, self.faults.body
        empty = {"Content-Length": "0"}
        if fault == "hang up":
            self.close_connection = True
        elif fault == "silent":
            time.sleep(0.6)
            self.close_connection = True
        elif fault == "redirect loop":
            self._head(302, {"Location": self.path, **empty})
        elif fault == "redirect away":
            self._head(302, {"Location": "http://example.invalid/file", **empty})
        elif fault == "busy":
            self._head(503, empty)
        elif fault == "refuse range":
            self._head(416, {"Content-Range": f"bytes */{len(body)}", **empty})
        else:
            if fault == "other etag":
                faults.etag = f'"{random.Random(faults.etag).random()}"'
            self._content(fault)

    def _content(self, fault: str) -> None:
        faults = self.faults
        with faults.lock:
            body, etag = faults.body, faults.etag
        asked = self.headers.get("Range", "")
        is_changed = self.headers.get("If-Range", etag) != etag
        headers = {"ETag": etag}
        if fault == "re-encoded":
            headers["Content-Encoding"] = "gzip"
        start, end, status = 0, len(body), 200
        if asked and not is_changed and fault != "ignore range":
            first, last = asked.removeprefix("bytes=").split("-")
            start, end, status = int(first), int(last or len(body) - 1) + 1, 206
            moved = 1 if fault == "wrong range" else 0
            headers["Content-Range"] = f"bytes {start + moved}-{end - 1}/{len(body)}"
        content = body[start:end]
        if fault == "longer":
            content += b"more"
            headers["Connection"] = "close"
        else:
            length = len(content) + (1_000 if fault == "shorter" and status == 206 else 0)
            headers["Content-Length"] = str(length)
        if fault == "shorter":
            content = content[: len(content) * 2 // 3]
            self.close_connection = True
        if fault == "headers":
            headers["X-Long"] = "x" * 70_000
        self._head(status, headers)
        self._send(content, fault)

    def _send(self, content: bytes, fault: str) -> None:
        faults = self.faults
        if fault == "slow":
            for place in range(60):
                self.wfile.write(content[place : place + 1])
                self.wfile.flush()
                time.sleep(0.01)
            self.close_connection = True
            return
        drop = faults.drop_bytes or (len(content) // 2 if fault == "drop" else 0)
        if drop and len(content) > drop:
            content = content[:drop]
            self.close_connection = True
        for place in range(0, len(content), 65_536):
            time.sleep(faults.pause_s)
            self.wfile.write(content[place : place + 65_536])

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if headers.get("Connection") == "close":
            self.close_connection = True
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients are killed."""


@contextmanager
def serving(body: bytes, *, planned: Sequence[str] = ()) -> Iterator[Faults]:
    """Serve a file for as long as the block takes."""
    faults = Faults(body, planned=list(planned))
    handler = type("Handler", (_Handler,), {"faults": faults})
    server = _Server(("127.0.0.1", 0), handler)
    faults.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield faults
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
