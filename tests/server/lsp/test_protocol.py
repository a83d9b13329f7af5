"""Requests and answers in process: no pipes, a transport that keeps what is sent."""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from lsprotocol import types

from nanobot_server.lsp.client_profile import ClientProfile
from nanobot_server.lsp.framing import MessageReader
from nanobot_server.lsp.server import build_protocol
from nanobot_server.lsp.session import Session
from nanobot_server.lsp.transport import StdioTransport

URI = "file:///w/a.py"


class KeptTransport(StdioTransport):
    """A transport without threads that keeps what would be sent."""

    def __init__(self) -> None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        super().__init__(nowhere, nowhere)
        os.close(nowhere)
        self.sent: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(json.loads(json.dumps(message)))


class Rig:
    """A server without an editor."""

    def __init__(self) -> None:
        self.transport = KeptTransport()
        self.session = Session(ClientProfile.of({"capabilities": {}}))
        self.left = 0
        self.protocol = build_protocol(self.session, self.transport, self._leave)

    def _leave(self) -> None:
        self.left += 1

    def receive(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            self.protocol.receive({"jsonrpc": "2.0", **message})

    async def settle(self) -> list[dict[str, Any]]:
        """Let every task that can end do so; return what was sent, and forget it."""
        for _ in range(50):
            await asyncio.sleep(0)
        sent, self.transport.sent = self.transport.sent, []
        return sent


def run(scenario: Callable[[Rig], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        await scenario(Rig())

    asyncio.run(main())


def test_a_cancelled_request_stops_and_is_answered_once() -> None:
    async def scenario(rig: Rig) -> None:
        stopped = asyncio.Event()

        async def slow(_params: object) -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                stopped.set()
                raise

        rig.protocol.fm.features["test/slow"] = slow
        rig.receive({"id": 1, "method": "test/slow"})
        assert await rig.settle() == []

        cancel = {"method": "$/cancelRequest", "params": {"id": 1}}
        rig.receive(cancel, cancel)

        (answer,) = await rig.settle()
        assert (answer["id"], answer["error"]["code"]) == (1, -32800)
        assert stopped.is_set()

    run(scenario)


def test_shutdown_answers_everything_that_runs() -> None:
    async def scenario(rig: Rig) -> None:
        async def slow(_params: object) -> None:
            await asyncio.sleep(3600)

        rig.protocol.fm.features["test/slow"] = slow
        rig.receive(*({"id": n, "method": "test/slow"} for n in range(5)))
        await rig.settle()

        rig.receive({"id": "bye", "method": "shutdown"})
        codes: dict[object, int | None] = {
            answer["id"]: answer.get("error", {}).get("code") for answer in await rig.settle()
        }
        assert codes.pop("bye") is None
        assert codes == dict.fromkeys(range(5), -32800)

        rig.receive({"id": "late", "method": "test/slow"})
        assert (await rig.settle())[0]["error"]["code"] == -32600
        rig.receive({"method": "exit"})
        await rig.settle()
        assert (rig.left, rig.protocol.is_shut_down) == (1, True)

    run(scenario)


def test_an_id_that_is_in_use_is_refused() -> None:
    async def scenario(rig: Rig) -> None:
        async def slow(_params: object) -> str:
            await asyncio.sleep(0)
            return "done"

        rig.protocol.fm.features["test/slow"] = slow
        rig.receive({"id": 1, "method": "test/slow"}, {"id": 1, "method": "test/slow"})

        first, second = await rig.settle()
        assert (first["error"]["code"], second["result"]) == (-32600, "done")

    run(scenario)


def test_a_bug_in_a_feature_is_an_internal_error(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(rig: Rig) -> None:
        rig.protocol.fm.features["test/bug"] = lambda _params: 1 // 0

        rig.receive({"id": 1, "method": "test/bug"})

        (answer,) = await rig.settle()
        assert answer["error"]["code"] == -32603
        assert "ZeroDivisionError" in caplog.text

    run(scenario)


def test_a_request_sees_the_changes_sent_before_it() -> None:
    async def scenario(rig: Rig) -> None:
        rig.receive(*opened("x = 1\n"))
        for version in range(2, 30):
            change = {"text": "def f():\n    pass\n" if version % 2 else "x = 1\n"}
            document = {"uri": URI, "version": version}
            rig.receive(
                {
                    "method": "textDocument/didChange",
                    "params": {"textDocument": document, "contentChanges": [change]},
                },
                {"id": version, "method": "textDocument/codeAction", "params": at(0)},
            )

        count_by_id = {x["id"]: len(x["result"]) for x in await rig.settle()}
        assert count_by_id == {version: 1 + version % 2 for version in range(2, 30)}

    run(scenario)


def test_nothing_is_kept_after_a_thousand_messages() -> None:
    async def scenario(rig: Rig) -> None:
        rig.receive(*opened("x = 1\n"))
        for version in range(2, 1002):
            rig.receive(
                {
                    "method": "textDocument/didChange",
                    "params": {
                        "textDocument": {"uri": URI, "version": version},
                        "contentChanges": [{"text": "y"}],
                    },
                },
                {"id": version, "method": "textDocument/codeAction", "params": at(0)},
            )
            await asyncio.sleep(0)
        await rig.settle()

        assert rig.protocol._task_by_id == {}
        assert rig.protocol._notification_tasks == set()
        assert rig.protocol._request_futures == {}

    run(scenario)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({"result": {"applied": True}}, True),
        ({"result": {"applied": False}}, False),
        ({"error": {"code": -32603, "message": "no"}}, "no"),
        ({"error": 3}, "refused"),
        ({"result": 3}, "the answer has another form"),
        ({"result": None}, "the answer has another form"),
    ],
)
def test_every_answer_to_a_request_of_ours_ends_it(answer: dict[str, Any], wanted: object) -> None:
    async def scenario(rig: Rig) -> None:
        params = types.ApplyWorkspaceEditParams(types.WorkspaceEdit())
        future = rig.protocol.send_request("workspace/applyEdit", params)
        (sent,) = await rig.settle()

        rig.receive({"id": "unknown", **answer}, {"id": sent["id"], **answer})
        rig.receive({"id": sent["id"], **answer})

        error = future.exception(0)
        assert (str(error) if error else future.result(0).applied) == wanted
        assert await rig.settle() == []

    run(scenario)


def opened(text: str) -> list[dict[str, Any]]:
    item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
    return [{"method": "textDocument/didOpen", "params": {"textDocument": item}}]


def at(line: int) -> dict[str, Any]:
    place = {"line": line, "character": 0}
    whole = {"start": place, "end": place}
    return {"textDocument": {"uri": URI}, "range": whole, "context": {"diagnostics": []}}


METHODS = [
    "textDocument/codeAction",
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "textDocument/didSave",
    "textDocument/hover",
    "workspace/executeCommand",
    "workspace/didChangeWorkspaceFolders",
    "window/workDoneProgress/cancel",
    "$/cancelRequest",
    "$/setTrace",
    "initialize",
    "initialized",
    "no/such",
    "",
]


def random_value(chance: random.Random, depth: int = 0) -> Any:
    leaves: list[Any] = [
        None, True, -1, 0, 1, 7, 2**31, 2**63, 1.5, "", "x", URI, "\ud800", "file:///%zz", [], {},
        "nanobot.process.start", "nanobot.process.cancel", "nanobot.nothing",
    ]  # fmt: skip
    kind = chance.random()
    if depth > 4 or kind < 0.5:
        return chance.choice(leaves)
    keys = [
        "textDocument", "uri", "version", "range", "start", "end", "line", "character", "text",
        "contentChanges", "context", "diagnostics", "command", "arguments", "id", "token",
        "jsonrpc", "event", "added", "removed", "languageId", "only",
    ]  # fmt: skip
    if kind < 0.85:
        chosen = chance.sample(keys, chance.randint(0, 6))
        return {key: random_value(chance, depth + 1) for key in chosen}
    return [random_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]


def test_ten_thousand_random_messages_get_one_answer_each() -> None:
    async def scenario(rig: Rig) -> None:
        chance = random.Random(11)
        wanted: Counter[int] = Counter()
        for number in range(10_000):
            message: dict[str, Any] = {"jsonrpc": "2.0", "params": random_value(chance)}
            if chance.random() < 0.3:
                good = at(chance.randint(0, 3))
                message["params"] = {**good, **opened("def f():\n  pass\n")[0]["params"]}
            message["method"] = chance.choice(METHODS)
            if chance.random() < 0.6:
                message["id"] = number
                wanted[number] += 1
            if chance.random() < 0.05:
                message[chance.choice(["jsonrpc", "params"])] = random_value(chance)
            data = json.dumps(message).encode()
            framed = b"Content-Length: %d\r\n\r\n%b" % (len(data), data)
            for incoming in MessageReader().feed(framed):
                rig.protocol.receive(incoming)
            if number % 100 == 0:
                await asyncio.sleep(0)
        sent = await rig.settle()

        answered = Counter(x["id"] for x in sent if "method" not in x and x["id"] is not None)
        assert answered == wanted
        codes = Counter(x["error"]["code"] for x in sent if "error" in x)
        assert codes[-32603] == 0
        assert set(codes) == {-32600, -32601, -32602}
        rig.receive(
            *opened("def f():\n    pass\n"), {"id": "end", "method": METHODS[0], "params": at(0)}
        )
        assert len((await rig.settle())[-1]["result"]) == 2

    run(scenario)
