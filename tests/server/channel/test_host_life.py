import asyncio
import contextlib
import os
import random
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nanobot_server.channel.connection import Connection
from nanobot_server.channel.host_life import serve_until_unused
from nanobot_server.channel.line_client import LineClient
from nanobot_server.host.errors import HostError

ROUNDS = 20


@pytest.fixture
def path() -> Iterator[Path]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    with tempfile.TemporaryDirectory(prefix="nb-") as folder:
        yield Path(folder) / "h.sock"


class Service:
    """Implements `HostService`: takes its time to close, as one with workers does."""

    def __init__(self, close_s: float) -> None:
        self.connections: set[Connection] = set()
        self.greeted_while_closing = 0
        self.has_joined, self.closing = asyncio.Event(), asyncio.Event()
        self._close_s = close_s

    @property
    def is_idle(self) -> bool:
        return not self.connections

    def joined(self, connection: Connection) -> None:
        self.connections.add(connection)
        self.has_joined.set()

    async def left(self, connection: Connection) -> None:
        self.connections.discard(connection)

    async def answer(self, connection: Connection, method: str, params: dict[str, Any]) -> Any:
        self.greeted_while_closing += self.closing.is_set()
        await asyncio.sleep(params.get("wait_s", 0.0))
        return {"method": method}

    async def close(self) -> None:
        self.closing.set()
        await asyncio.sleep(self._close_s)


async def greeted(path: Path) -> LineClient | None:
    """Connect as a client does; None when no host greets."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    client = LineClient(reader, writer)
    try:
        await client.call("ping", {}, timeout_s=10)
    except HostError:
        assert client.is_gone
        await client.close()
        return None
    return client


async def one_round(path: Path, rng: random.Random) -> bool:
    """Connect about when a host leaves. Tell whether it greeted."""
    linger_s = 0.004
    service = Service(close_s=0.02)
    ready = asyncio.Event()
    host = asyncio.create_task(
        serve_until_unused(path, service, ready.set, linger_s=linger_s, poll_s=linger_s / 2)
    )
    await ready.wait()
    await asyncio.sleep(linger_s * rng.uniform(0.5, 2.0))
    client = await greeted(path)
    if client is not None:
        # Longer than the host lingers, and takes to close.
        await client.call("work", {"wait_s": 0.03}, timeout_s=10)
        await client.close()
    await host
    assert service.greeted_while_closing == 0
    return client is not None


@pytest.mark.parametrize("seed", [1, 2, random.randrange(2**32)])
def test_who_is_greeted_is_served_and_who_comes_too_late_is_not_greeted(
    path: Path, seed: int
) -> None:
    rng = random.Random(seed)

    async def rounds() -> list[bool]:
        return [await one_round(path, rng) for _ in range(ROUNDS)]

    outcomes = asyncio.run(rounds())

    assert len(outcomes) == ROUNDS
    assert any(outcomes)


def test_a_connection_accepted_by_a_host_that_leaves_is_not_greeted(path: Path) -> None:
    async def scenario() -> LineClient | None:
        service = Service(close_s=0.3)
        ready = asyncio.Event()
        host = asyncio.create_task(
            serve_until_unused(path, service, ready.set, linger_s=30, poll_s=0.02)
        )
        await ready.wait()
        reader, writer = await asyncio.open_unix_connection(str(path))
        await service.has_joined.wait()

        os.kill(os.getpid(), signal.SIGTERM)
        await service.closing.wait()
        client = LineClient(reader, writer)
        with contextlib.suppress(HostError):
            await client.call("ping", {}, timeout_s=10)
            return client
        assert client.is_gone
        await client.close()
        await host
        return None

    assert asyncio.run(scenario()) is None


def test_the_socket_is_its_users_alone_and_goes_with_the_host(path: Path) -> None:
    modes = []

    def ready() -> None:
        modes.append(path.stat().st_mode & 0o777)

    async def scenario() -> None:
        await serve_until_unused(path, Service(0.0), ready, linger_s=0.02, poll_s=0.01)

    asyncio.run(scenario())

    assert modes == [0o600]
    assert not path.exists()
