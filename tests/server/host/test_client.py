import asyncio
import contextlib
import fcntl
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nanobot_server.channel import wire
from nanobot_server.host.client import HostClient, HostError
from nanobot_server.host.location import host_lock_path, socket_path
from nanobot_server.host.protocol import PROTOCOL_VERSION
from support.terminal import GOAL, Terminal


@pytest.fixture
def place(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal whose environment is this test's."""
    for name, value in terminal.env.items():
        monkeypatch.setenv(name, value)
    return terminal


def check_fails(workspace: Path, code: str, **options: Any) -> str:
    async def connect() -> None:
        async with await HostClient.connect(workspace, **options):
            pass

    with pytest.raises(HostError) as caught:
        asyncio.run(connect())
    assert caught.value.code == code
    return str(caught.value)


def ping(workspace: Path, **options: Any) -> Any:
    async def once() -> Any:
        async with await HostClient.connect(workspace, **options) as client:
            return await client.call("ping", {}, timeout_s=20)

    return asyncio.run(once())


def test_no_host_is_started_unasked(place: Terminal) -> None:
    message = check_fails(place.workspace, "unavailable", spawn=False)

    assert message == f"{place.workspace}: no nanobot host runs here"


def test_a_missing_workspace_is_a_usage_error(place: Terminal) -> None:
    assert "not a folder" in check_fails(place.workspace / "nope", "usage")


def test_a_stale_socket_of_a_killed_host_is_replaced(place: Terminal) -> None:
    place.start_host()
    place.close_hosts()
    assert socket_path(place.workspace).exists()

    assert ping(place.workspace)["pid"] == place.host_pid()


def test_a_file_in_place_of_the_socket_is_replaced(place: Terminal) -> None:
    socket_path(place.workspace).write_text("stale")

    assert ping(place.workspace)["pid"] == place.host_pid()


def test_a_folder_in_place_of_the_socket_is_named(place: Terminal) -> None:
    path = socket_path(place.workspace)
    path.mkdir()

    message = check_fails(place.workspace, "failed")

    assert message.startswith(f"{path}: ")
    assert message.endswith("; remove it")


def test_a_runtime_folder_that_is_a_file_is_named(
    place: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place.folder / "file"
    file.touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(file))

    message = check_fails(place.workspace, "failed")

    assert message.startswith(f"{file}/nanobot: Not a directory; make it writable")


def test_a_lock_whose_holder_does_not_answer_is_named_soon(place: Terminal) -> None:
    with host_lock_path(place.workspace).open("a", encoding="ascii") as lock:
        lock.write("4242\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = time.monotonic()

        message = check_fails(place.workspace, "unavailable", busy_timeout_s=1.0)

    assert message == (
        f"{place.workspace}/.nanobot/host.lock: process 4242 holds this lock and does not "
        "answer; end it and try again"
    )
    assert time.monotonic() - started < 15


def test_two_fronts_at_once_share_one_host(place: Terminal) -> None:
    async def both() -> list[Any]:
        return await asyncio.gather(*(one() for _ in range(3)))

    async def one() -> Any:
        async with await HostClient.connect(place.workspace) as client:
            return (await client.call("ping", {}, timeout_s=20))["pid"]

    assert set(asyncio.run(both())) == {place.host_pid()}


def test_a_front_waits_for_a_host_that_is_leaving(place: Terminal) -> None:
    first = place.start_host()
    first.terminate()

    assert ping(place.workspace)["pid"] != first.pid


def test_a_connection_that_a_leaving_host_never_accepts_is_not_one(place: Terminal) -> None:
    path = socket_path(place.workspace)
    leaving = socket.socket(socket.AF_UNIX)
    leaving.bind(str(path))
    leaving.listen()

    def leave() -> None:
        path.unlink()
        leaving.close()

    with leaving:
        timer = threading.Timer(0.3, leave)
        timer.start()
        assert ping(place.workspace)["pid"] == place.host_pid()
        timer.join()


def serve(
    place: Terminal,
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
    ask: Callable[[HostClient], Any],
) -> Any:
    """Run `ask` against a host that is `answer`."""

    async def both() -> Any:
        path = str(socket_path(place.workspace))
        async with (
            await asyncio.start_unix_server(answer, path),
            await HostClient.connect(place.workspace, spawn=False) as client,
        ):
            return await ask(client)

    return asyncio.run(both())


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = wire.decode(await reader.readline())
    writer.write(wire.encode({"id": request["id"], "result": {}}))


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    await reader.read()
    writer.close()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    await reader.readline()
    writer.close()


async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    await reader.readline()
    writer.write(b"[1, 2]\n")
    await reader.read()
    writer.close()


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    for number in range(1500):
        writer.write(wire.encode({"event": "process", "params": {"number": number}}))
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (hang, "ping: the nanobot host did not answer within 0.2 s"),
        (hang_up, "the nanobot host is gone"),
        (babble, "the nanobot host is gone"),
    ],
)
def test_every_request_ends(place: Terminal, answer: Any, expected: str) -> None:
    async def ask(client: HostClient) -> None:
        await client.call("ping", {}, timeout_s=0.2 if answer is hang else 20)

    with pytest.raises(HostError) as caught:
        serve(place, answer, ask)
    assert caught.value.code == "unavailable"
    assert str(caught.value).startswith(expected)


def test_a_front_that_gives_up_while_it_connects_leaves_no_connection(place: Terminal) -> None:
    async def connect() -> bool:
        connected, gone = asyncio.Event(), asyncio.Event()

        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connected.set()
            await reader.read()
            gone.set()
            writer.close()

        async with await asyncio.start_unix_server(
            say_nothing, str(socket_path(place.workspace))
        ) as server:
            connecting = asyncio.create_task(HostClient.connect(place.workspace, spawn=False))
            await connected.wait()
            connecting.cancel()
            await asyncio.wait({connecting})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10.0):
                    await gone.wait()
            server.close()
            return gone.is_set()

    assert asyncio.run(connect())


def test_a_front_that_does_not_read_keeps_the_newest_events(place: Terminal) -> None:
    async def ask(client: HostClient) -> list[int]:
        await client._pump  # The host has said everything.
        return [event["params"]["number"] async for event in client.events()]

    numbers = serve(place, flood, ask)

    assert numbers == list(range(1500 - len(numbers), 1500))
    assert len(numbers) == 999  # And the end, which has its place too.


def test_a_front_of_another_process_sees_the_events(place: Terminal) -> None:
    place.write("a.py")
    place.start_host(wave_s=0.2)

    async def watch() -> list[dict[str, Any]]:
        async with await HostClient.connect(place.workspace) as client:
            started = asyncio.create_task(asyncio.to_thread(place.run, "process", GOAL))
            seen = []
            async for event in client.events():
                if event["event"] != "process":
                    continue
                seen.append(event["params"])
                if not event["params"]["is_alive"]:
                    break
            await started
            return seen

    seen = asyncio.run(watch())

    assert [event["state"] for event in seen][-1] == "waiting_for_review"
    assert [event["is_alive"] for event in seen] == [*[True] * (len(seen) - 1), False]


def test_the_socket_is_for_its_user_alone(place: Terminal) -> None:
    place.start_host()
    path = socket_path(place.workspace)

    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("version", [PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1])
def test_a_host_of_another_version_is_refused_with_what_to_do(
    place: Terminal, version: int
) -> None:
    async def connect() -> str:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                request = wire.decode(line)
                result = {"pid": 7, "protocol": version}
                writer.write(wire.encode({"id": request["id"], "result": result}))
            writer.close()

        path = str(socket_path(place.workspace))
        async with await asyncio.start_unix_server(answer, path):
            with pytest.raises(HostError) as caught:
                await HostClient.connect(place.workspace)
        assert caught.value.code == "unavailable"
        return str(caught.value)

    assert asyncio.run(connect()) == (
        f"the nanobot host of this workspace (process 7) speaks protocol {version} and not "
        f"{PROTOCOL_VERSION}: another version of nanobot started it; use one version "
        "everywhere, and close the other editor or end that process"
    )
