"""Requests and answers in process: no pipes, a transport that keeps what is sent."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from lsprotocol import types

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.connection.transport import StdioTransport
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.server import build_protocol

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

    def __init__(self, capabilities: dict[str, Any] | None = None) -> None:
        self.transport = KeptTransport()
        self.session = Session(ClientProfile.of({"capabilities": capabilities or {}}))
        self.left = 0
        self.protocol = build_protocol(
            self.session, self.transport, self._leave, follows_log_setting=False
        )

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


def test_a_request_right_behind_shutdown_is_refused() -> None:
    async def scenario(rig: Rig) -> None:
        rig.receive({"id": 1, "method": "shutdown"}, {"id": 2, "method": "shutdown"})

        codes = {answer["id"]: answer.get("error", {}).get("code") for answer in await rig.settle()}
        assert codes == {1: None, 2: -32600}

    run(scenario)


def test_a_request_waits_for_no_pool_of_threads() -> None:
    async def scenario(rig: Rig) -> None:
        loop, release = asyncio.get_running_loop(), threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, release.wait)
        rig.receive(
            *opened("x = 1\n"), {"id": 1, "method": "textDocument/codeAction", "params": at(0)}
        )

        answers = await rig.settle()
        release.set()
        await busy

        assert [answer["id"] for answer in answers if "result" in answer] == [1]

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

        title = "nanobot: Document this function"
        has_by_id = {
            x["id"]: title in [one["title"] for one in x["result"]] for x in await rig.settle()
        }
        assert has_by_id == {version: version % 2 == 1 for version in range(2, 30)}

    run(scenario)


def test_what_comes_right_behind_the_wish_for_a_trace_is_told_whole() -> None:
    async def scenario(rig: Rig) -> None:
        async def quick(_params: object) -> None:
            """Answer nothing."""

        rig.protocol.fm.feature("test/quick")(quick)
        rig.receive(
            {"method": "$/setTrace", "params": {"value": "messages"}},
            {"id": 1, "method": "test/quick"},
            {"method": "$/setTrace", "params": {"value": "off"}},
            {"id": 2, "method": "test/quick"},
        )
        sent = await rig.settle()
        told = [one["params"]["message"] for one in sent if one.get("method") == "$/logTrace"]
        assert told == ["received request test/quick (1)", "received notification $/setTrace"]
        rig.receive({"method": "$/setTrace", "params": ["?"]}, {"method": "$/setTrace"})
        assert await rig.settle() == []

    run(scenario)


def changed(version: int, *changes: dict[str, Any]) -> dict[str, Any]:
    document = {"uri": URI, "version": version}
    params = {"textDocument": document, "contentChanges": list(changes)}
    return {"method": "textDocument/didChange", "params": params}


OUTSIDE = {"range": {"start": {"line": 9, "character": 0}, "end": {"line": 9, "character": 1}}}


def test_an_editor_that_can_send_its_text_again_is_asked_to() -> None:
    async def scenario() -> None:
        rig = Rig({"experimental": {"nanobot": {"resync": True}}})
        rig.receive(*opened("x = 1\n"), changed(2, {**OUTSIDE, "text": "?"}))
        # Those that were on their way are no reason to ask again.
        rig.receive(changed(3, {**OUTSIDE, "text": "?"}), changed(3, {"range": "?"}))

        (asked,) = await rig.settle()
        assert (asked["method"], asked["params"]) == ("nanobot/resync", {"uri": URI})
        assert "id" not in asked
        assert rig.session.snapshot(URI) is None

        rig.receive(changed(3, {"text": "again"}))
        assert await rig.settle() == []
        snapshot = rig.session.snapshot(URI)
        assert snapshot is not None
        assert snapshot.text == "again"

        rig.receive(changed(2, {"text": "stale"}))
        (asked,) = await rig.settle()
        assert asked["method"] == "nanobot/resync"

    asyncio.run(scenario())


def test_of_another_editor_the_user_hears_once_what_to_do() -> None:
    async def scenario(rig: Rig) -> None:
        rig.receive(*opened("x = 1\n"))
        rig.receive(*(changed(version, {**OUTSIDE, "text": "?"}) for version in (2, 3, 3)))

        (told,) = await rig.settle()
        assert told["method"] == "window/showMessage"
        assert told["params"]["message"].endswith("reopen the file to synchronise it again")

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
