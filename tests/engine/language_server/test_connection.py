"""A server that misbehaves is a program of its own here: it runs, and must be killed."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

from nanobot_engine.language_server.connection import Connection, ServerError

_SPEAK = """
    import json, os, sys, time

    def read():
        size = 0
        while (line := sys.stdin.buffer.readline().strip()):
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        return json.loads(sys.stdin.buffer.read(size)) if size else None

    def say(message):
        body = json.dumps(message).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
        sys.stdout.buffer.flush()
"""


def _connection(
    folder: Path,
    program: str,
    *,
    timeout_s: float = 20.0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Connection:
    script = folder / "server.py"
    script.write_text(dedent(_SPEAK) + dedent(program), encoding="utf-8")
    home = folder / "home"
    home.mkdir()
    command = [sys.executable, str(script)]
    return Connection(command, folder=folder, home=home, timeout_s=timeout_s, cancelled=cancelled)


def test_an_answer_is_found_among_notifications_and_requests(tmp_path: Path) -> None:
    program = """
        asked = read()
        say({"method": "window/logMessage", "params": {}})
        say({"id": 7, "method": "workspace/applyEdit", "params": {"edit": {}}})
        applied = read()
        say({"id": 8, "method": "workspace/configuration", "params": {"items": [1, 2]}})
        say({"id": asked["id"], "result": [asked["method"], applied["result"], read()["result"]]})
        time.sleep(60)
    """
    with _connection(tmp_path, program) as connection:
        answer = connection.request("a/question", {})

    assert answer == ["a/question", {"applied": False}, [None, None]]


_SAY_HELLO = "sys.stdout.write('hello\\n\\n')\nsys.stdout.flush()\n"
_SAY_MUCH = "sys.stdout.write('Content-Length: 99999999999\\n\\n')\nsys.stdout.flush()\n"
_SAY_NO = "asked = read()\nsay({'id': asked['id'], 'error': {'message': 'no'}})\n"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("read()\nsys.exit(1)", "ended"),
        (f"read()\n{_SAY_HELLO}time.sleep(60)", "ended"),
        (f"read()\n{_SAY_MUCH}time.sleep(60)", "ended"),
        (f"{_SAY_NO}time.sleep(60)", "failed: no"),
        ("read()\nsay([1])\ntime.sleep(60)", "ended"),
    ],
)
def test_a_server_that_fails_is_an_error(tmp_path: Path, program: str, reason: str) -> None:
    with _connection(tmp_path, program) as connection, pytest.raises(ServerError, match=reason):
        connection.request("a/question", {})


def test_a_server_that_hangs_ends_in_time_with_all_its_children(tmp_path: Path) -> None:
    program = """
        read()
        if os.fork() == 0:
            os.setsid()
        open("pids", "a").write(f"{os.getpid()}\\n")
        time.sleep(600)
    """
    started = time.monotonic()
    with _connection(tmp_path, program, timeout_s=2.0) as connection:
        with pytest.raises(ServerError, match="did not answer"):
            connection.request("a/question", {})
        running = [one for one in psutil.process_iter(["cmdline"]) if _is_ours(one, tmp_path)]
        assert running

    assert time.monotonic() - started < 30
    _, alive = psutil.wait_procs(running, timeout=10)
    assert not alive


def test_a_flood_costs_the_server_its_notifications_and_us_no_answer(tmp_path: Path) -> None:
    program = """
        asked = read()
        open("asked", "w").close()
        for number in range(12_000):
            say({"method": "noise", "params": {"number": number}})
        say({"id": asked["id"], "result": "late"})
        open("flooded", "w").close()
        time.sleep(60)
    """
    give_up_at = time.monotonic() + 60

    def wait_for_the_flood() -> bool:
        # Once it was asked, nothing is taken out before all of it was said.
        while (tmp_path / "asked").exists() and not (tmp_path / "flooded").exists():
            assert time.monotonic() < give_up_at
            time.sleep(0.01)
        return False

    with _connection(tmp_path, program, timeout_s=60.0, cancelled=wait_for_the_flood) as connection:
        assert connection.request("a/question", {}) == "late"


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    return str(folder) in " ".join(process.info["cmdline"] or ())
