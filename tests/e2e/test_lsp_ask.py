"""Questions through `nanobot-lsp`; the host is scripted."""

import asyncio
from typing import Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException

from e2e.model_editor import SOURCE

pytestmark = pytest.mark.asyncio


async def test_a_question_shows_what_is_read_and_the_answer(start: Any) -> None:
    editor = await start("vscode")
    editor.change(editor.open("a.py", SOURCE), SOURCE + "# new\n")

    answer = await editor.command("ask", "how many?")
    await editor.until("the end", lambda: isinstance(editor.progress()[-1], t.WorkDoneProgressEnd))

    assert answer["answer"] == "40"
    assert editor.messages() == ["nanobot: 40 (a.py:3)"]
    begin, report, _ = editor.progress()
    assert (begin.title, begin.cancellable) == ("nanobot ask", True)
    assert report.message == "reading a.py, b.py"
    (asked,) = editor.host_calls("ask")
    assert (asked["question"], asked["timeout_s"]) == ("how many?", 120)
    (buffer,) = editor.host_calls("index.buffer")
    assert buffer["text"].endswith("# new\n")


async def test_a_question_that_is_stopped_is_cancelled_in_the_host(start: Any) -> None:
    editor = await start("helix")
    params = t.ExecuteCommandParams("nanobot.ask", [{"question": "hang", "timeout": 9}])
    asking = editor.client.protocol.send_request("workspace/executeCommand", params, msg_id="q")
    await editor.until("the question", lambda: editor.host_calls("ask"))

    editor.client.cancel_request(t.CancelParams("q"))

    with pytest.raises(JsonRpcException, match="cancelled"):
        await asyncio.wrap_future(asking)
    (asked,) = editor.host_calls("ask")
    (cancelled,) = await editor.until("the end", lambda: editor.host_calls("ask.cancel"))
    assert (asked["timeout_s"], cancelled) == (9, {"token": asked["token"]})


@pytest.mark.parametrize(
    "wrong", [{"question": ""}, {}, 3, {"question": "a", "timeout": 0}, {"question": 1}]
)
async def test_a_wrong_question_is_refused(start: Any, wrong: Any) -> None:
    editor = await start("helix")

    with pytest.raises(JsonRpcException, match=r"nanobot\.ask"):
        await editor.command("ask", wrong)
