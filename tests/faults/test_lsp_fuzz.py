"""Random input for the language server: each request is answered once, and nothing ends it.

In process, from the first byte to the exit code, and through the pipes of the real
program. `NANOBOT_LONG_TESTS=1` makes a million messages and a hundred thousand;
`NANOBOT_TEST_SEED` repeats a failure.
"""

import asyncio
import contextlib
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psutil
import pytest

from nanobot_server.lsp import server
from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.connection.framing import (
    MESSAGE_BYTES_MAX,
    BadMessage,
    MessageReader,
    encode_message,
)
from nanobot_server.lsp.connection.greeting import greet
from nanobot_server.lsp.connection.parent_watch import Parent
from nanobot_server.lsp.connection.transport import StdioTransport
from nanobot_server.lsp.document.session import Session
from support.index_twin import IS_LONG, seeded
from support.lsp_fuzz import ANY, Answers, Fuzzer, play

HOST = Path(__file__).parents[1] / "e2e" / "scripted_host.py"
IN_PROCESS_MESSAGES = 1_000_000 if IS_LONG else 10_000
STDIO_MESSAGES = 100_000 if IS_LONG else 10_000
EPISODE_MESSAGES = (20, 400)
STDIO_EPISODE_MESSAGES = (500, 3_000)
"""A program takes half a second to start."""
MEMORY_GROWTH_MAX = MESSAGE_BYTES_MAX + 64 * 1024 * 1024
WAIT_S = 60.0
NOBODY = Parent(None, started_by=0)

pytestmark = pytest.mark.timeout(7200 if IS_LONG else 300)


@pytest.fixture
def workspace() -> Generator[Path]:
    """A folder whose host is scripted, so that commands are carried out."""
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    place = Path(tempfile.mkdtemp(prefix="nb-"))
    folder = place / "ws"
    folder.mkdir()
    for name in ("a.py", "b.py"):
        (folder / name).write_text("def f(a):\n    return a\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME"):
            patch.setenv(f"XDG_{name}", str(place))
        command = [sys.executable, str(HOST), str(folder), os.devnull]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as host:
            assert host.stdout is not None
            assert host.stdout.readline() == b"ready\n"
            yield folder
            host.kill()
    shutil.rmtree(place)


def methods() -> list[str]:
    """Return everything that the server answers or hears."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    session = Session(ClientProfile.of({"capabilities": {}}))
    protocol = server.build_protocol(session, StdioTransport(nowhere, nowhere), lambda: None)
    os.close(nowhere)
    return sorted(protocol.fm.features)


def fuzzer(chance: random.Random, workspace: Path) -> Fuzzer:
    uris = [(workspace / name).as_uri() for name in ("a.py", "b.py", "new.py")]
    return Fuzzer(chance, uris, workspace.as_uri(), methods())


class KeptTransport(StdioTransport):
    """A transport without threads: what is sent is kept, what is received comes from a test."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(-1, -1)
        self._answers = answers

    def send(self, message: dict[str, Any]) -> None:
        (sent,) = MessageReader().feed(encode_message(message))
        assert not isinstance(sent, BadMessage)
        self._answers.take(sent)

    def receive(self, incoming: Any) -> None:
        self._deliver(incoming)


class InProcess:
    """The server on the event loop of the test."""

    def __init__(self, answers: Answers) -> None:
        self.transport = KeptTransport(answers)
        self.reader = MessageReader()
        self.serving: asyncio.Task[int] | None = None

    async def send(self, data: bytes) -> None:
        for incoming in self.reader.feed(data):
            self.transport.receive(incoming)
        await asyncio.sleep(0)

    async def begin(self) -> None:
        client = greet(self.transport)
        assert client is not None
        self.serving = asyncio.create_task(server._serve(self.transport, client, NOBODY))

    async def settle(self, is_done: Callable[[], bool]) -> None:
        await _until(is_done)

    async def end(self) -> None:
        self.transport.receive(None)

    async def exit_code(self) -> int:
        assert self.serving is not None
        code = await asyncio.wait_for(self.serving, WAIT_S)
        # A server ends with its process and closes nothing; here the process goes on.
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        loop: Any = asyncio.get_running_loop()
        for transport in list(loop._transports.values()):
            transport.abort()
        await asyncio.sleep(0)
        return code


class Program:
    """`nanobot-lsp` behind pipes."""

    def __init__(self, process: asyncio.subprocess.Process, answers: Answers) -> None:
        self.process = process
        self.answers = answers
        self.reading = asyncio.create_task(self._read())

    async def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        await self.process.stdin.drain()

    async def begin(self) -> None:
        """Nothing is to be done."""

    async def settle(self, is_done: Callable[[], bool]) -> None:
        await _until(lambda: is_done() or self.reading.done())

    async def end(self) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self.process.stdin.close()
            await self.process.stdin.wait_closed()

    async def exit_code(self) -> int:
        code = await asyncio.wait_for(self.process.wait(), WAIT_S)
        await self.reading
        return code

    async def _read(self) -> None:
        assert self.process.stdout is not None
        reader = MessageReader()
        while data := await self.process.stdout.read(2**16):
            for message in reader.feed(data):
                assert not isinstance(message, BadMessage), message
                self.answers.take(message)


async def _until(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    pause_s = 0.0
    while not is_done() and time.monotonic() < deadline:
        await asyncio.sleep(pause_s)
        pause_s = min(0.02, pause_s + 0.0005)


async def in_process(chance: random.Random, workspace: Path, kinds: Counter[str]) -> int:
    """Play one episode in process; return how many messages it had."""
    answers = Answers()
    connection = InProcess(answers)
    count, wanted_code = await play(
        connection, fuzzer(chance, workspace), answers, chance.randint(*EPISODE_MESSAGES)
    )
    assert await connection.exit_code() == wanted_code
    take_kinds(kinds, answers)
    return count


def test_what_has_one_right_answer_is_never_cancelled() -> None:
    for seed in range(200):
        one = Fuzzer(random.Random(seed), ["file:///a.py"], "file:///", ["textDocument/hover"])
        made = b"".join(
            one.chance.choice([one.cancel, one.known, one.unknown])() for _ in range(30)
        )
        cancelled = {
            json.dumps(message["params"]["id"])
            for message in MessageReader().feed(made)
            if not isinstance(message, BadMessage) and message["method"] == "$/cancelRequest"
        }
        for message_id in cancelled & one.wanted.codes.keys():
            assert one.wanted.codes[message_id] == [ANY]


def take_kinds(kinds: Counter[str], answers: Answers) -> None:
    for codes in answers.codes.values():
        kinds.update("result" if code is None else str(code) for code in codes)
    kinds.update({f"{code} without id": n for code, n in answers.without_id.items()})
    kinds["popup"] += answers.popups


def test_nothing_that_is_sent_in_process_is_left_unanswered(
    workspace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    chance = seeded()
    kinds: Counter[str] = Counter()
    done = episodes = 0
    process = psutil.Process()
    memory: list[int] = []
    while done < IN_PROCESS_MESSAGES:
        seed = chance.randrange(2**31)
        try:
            done += asyncio.run(in_process(random.Random(seed), workspace, kinds))
            # Also a notification and a task of ours must not fail.
            assert not [(x.name, x.getMessage()) for x in caplog.records]
        except BaseException:
            sys.stderr.write(f"episode {episodes}: random.Random({seed})\n")
            raise
        episodes += 1
        if done > IN_PROCESS_MESSAGES / 10:
            memory.append(process.memory_info().rss)
    growth = max(memory) - memory[0]
    sys.stderr.write(
        f"messages: {done}, connections: {episodes}, growth: {growth >> 20} MiB, "
        f"answers: {json.dumps(kinds)}\n"
    )
    assert growth < MEMORY_GROWTH_MAX
    assert min(kinds[key] for key in ("result", "-32600", "-32601", "-32602", "-32002")) > 0


async def through_pipes(chance: random.Random, workspace: Path, kinds: Counter[str]) -> int:
    answers = Answers()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nanobot_server.lsp", "--stdio", "--log-level", "ERROR",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        connection = Program(process, answers)
        size = chance.randint(*STDIO_EPISODE_MESSAGES)
        count, wanted_code = await play(connection, fuzzer(chance, workspace), answers, size)
        assert await connection.exit_code() == wanted_code
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    take_kinds(kinds, answers)
    return count


@pytest.mark.slow
def test_nothing_that_is_sent_through_pipes_is_left_unanswered(workspace: Path) -> None:
    chance = seeded()
    kinds: Counter[str] = Counter()
    done = programs = 0
    while done < STDIO_MESSAGES:
        seed = chance.randrange(2**31)
        try:
            done += asyncio.run(through_pipes(random.Random(seed), workspace, kinds))
        except BaseException:
            sys.stderr.write(f"program {programs}: random.Random({seed})\n")
            raise
        programs += 1
    sys.stderr.write(f"messages: {done}, programs: {programs}, answers: {json.dumps(kinds)}\n")
    assert min(kinds[key] for key in ("result", "-32600", "-32601", "-32602")) > 0
    # A few programs may all be greeted first.
    assert kinds["-32002"] > 0 or not IS_LONG
