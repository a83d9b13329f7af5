import asyncio
import os
import socket
from typing import Any

import pytest

from nanobot_server.channel.connection import peer_is_same_user
from nanobot_server.host.client import HostClient, HostError
from support.terminal import GOAL, Terminal


@pytest.fixture
def living(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal with a host and one process that waits for review."""
    for name, value in terminal.env.items():
        monkeypatch.setenv(name, value)
    terminal.write("a.py")
    terminal.start_host()
    assert terminal.nanobot("process", GOAL).code == 3
    return terminal


def call(terminal: Terminal, method: str, params: Any) -> Any:
    async def once() -> Any:
        async with await HostClient.connect(terminal.workspace, spawn=False) as client:
            return await client.call(method, params, timeout_s=20)

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("nonsense", {}, "usage"),
        ("status", [1], "usage"),
        ("status", {"process_id": 1}, "usage"),
        ("status", {"process_id": "p9"}, "not_found"),
        ("search", {"query": "", "limit": 1}, "usage"),
        ("search", {"query": " ", "limit": 1}, "usage"),
        ("search", {"query": "a", "limit": 0}, "usage"),
        ("process.start", {"goal": "make tea"}, "usage"),
        ("process.start", {}, "usage"),
        ("process.start", {"targets": [{"path": "a.py", "line": 99}]}, "not_found"),
        ("process.start", {"targets": [{"path": "../a.py", "line": 1}]}, "usage"),
        ("process.start", {"targets": [{"path": "nope.py", "line": 1}]}, "usage"),
        ("process.resume", {"process_id": "p1"}, "failed"),
        ("process.pause", {"process_id": "p9"}, "not_found"),
        ("process.undo", {"process_id": "p1"}, "failed"),
    ],
)
def test_a_refusal_has_its_code_and_a_sentence(
    living: Terminal, method: str, params: Any, code: str
) -> None:
    with pytest.raises(HostError) as caught:
        call(living, method, params)

    assert caught.value.code == code
    assert len(str(caught.value)) > 10
    assert call(living, "ping", {})["runs"] == []


def test_garbage_is_answered_and_harms_nobody(living: Terminal) -> None:
    from nanobot_server.host.location import socket_path

    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(20)
        plain.connect(str(socket_path(living.workspace)))
        plain.sendall(b"nonsense\n")
        answer = plain.recv(4096)

    assert b'"error"' in answer
    assert call(living, "ping", {})["pid"] == living.host_pid()


def test_the_methods_of_a_review_agree_with_the_command_line(living: Terminal) -> None:
    found = call(living, "process.review", {"process_id": "p1"})
    accepted = call(living, "process.accept", {"process_id": "p1"})
    undone = call(living, "process.undo", {"process_id": "p1"})
    rejected = call(living, "process.reject", {"process_id": "p1"})

    (file,) = found["files"]
    assert file["path"] == "a.py"
    assert [edit["definition"] for edit in file["edits"]] == ["total"]
    assert accepted["written"] == ["a.py"]
    assert undone["state"] == "waiting_for_review"
    assert rejected == {"process_id": "p1", "state": "rejected"}


def test_another_users_front_is_told_apart() -> None:
    async def both() -> tuple[bool, bool]:
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        _, writer = await asyncio.open_unix_connection(sock=ours)
        try:
            uid = os.getuid()
            return peer_is_same_user(writer, uid), peer_is_same_user(writer, uid + 1)
        finally:
            writer.close()
            await writer.wait_closed()
            theirs.close()

    assert asyncio.run(both()) == (True, False)
