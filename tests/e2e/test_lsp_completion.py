"""Suggestions in editors of both kinds, from a scripted host."""

import asyncio
from typing import Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException

from e2e.model_editor import EDITORS, ModelEditor

pytestmark = pytest.mark.asyncio

# What the scripted host suggests; see there for the lines that script it.
TEXT = "(numbers)"
BEFORE = 'x = "\U0001f600\u00e9"; y = sum'
GHOSTLY = ["neovim", "vscode"]
LISTING = ["emacs", "helix"]


def end_of(text: str, encoding: str) -> t.Position:
    line = text.rsplit("\n", maxsplit=1)[-1]
    sizes = {"utf-8": len(line.encode()), "utf-16": len(line.encode("utf-16-le")) // 2}
    return t.Position(text.count("\n"), sizes.get(encoding, len(line)))


def inline(uri: str, at: t.Position, *, is_invoked: bool = False) -> t.InlineCompletionParams:
    kinds = t.InlineCompletionTriggerKind
    kind = kinds.Invoked if is_invoked else kinds.Automatic
    return t.InlineCompletionParams(
        t.InlineCompletionContext(kind), t.TextDocumentIdentifier(uri), at
    )


async def ghost(editor: Any, uri: str, at: t.Position, *, is_invoked: bool = False) -> list[Any]:
    found = await editor.client.text_document_inline_completion_async(
        inline(uri, at, is_invoked=is_invoked)
    )
    return list(found.items)


@pytest.mark.parametrize("name", EDITORS)
async def test_an_editor_is_offered_what_it_knows_and_only_that(start: Any, name: str) -> None:
    editor = await start(name)

    offered = editor.offered

    assert (offered.inline_completion_provider is not None) is (name in GHOSTLY)
    assert (offered.completion_provider is not None) is (name not in GHOSTLY)


@pytest.mark.parametrize("name", GHOSTLY)
async def test_a_suggestion_is_inserted_at_the_cursor(start: Any, name: str) -> None:
    editor = await start(name)
    text = f"# one\n\f\n{BEFORE}"
    uri = editor.open("a.py", f"{text} + 1\nlast\n")
    at = end_of(text, editor.encoding)

    (item,) = await ghost(editor, uri, at)

    assert (item.insert_text, item.range) == (TEXT, t.Range(at, at))
    (call,) = editor.host_calls("completion")
    assert (call["path"], call["before"], call["after"]) == ("a.py", text, " + 1\nlast\n")
    assert (call["head"], call["is_explicit"]) == ("", False)
    await ghost(editor, uri, at, is_invoked=True)
    assert editor.host_calls("completion")[-1]["is_explicit"] is True


@pytest.mark.parametrize("name", LISTING)
async def test_without_ghost_text_it_is_the_last_item_of_a_list(start: Any, name: str) -> None:
    editor = await start(name)
    uri = editor.open("a.py", f"{BEFORE}\n")
    at = end_of(BEFORE, editor.encoding)

    found = await editor.client.text_document_completion_async(
        t.CompletionParams(t.TextDocumentIdentifier(uri), at)
    )

    assert found.is_incomplete
    (item,) = found.items
    start_of_word = t.Position(at.line, at.character - 3)
    assert item.text_edit == t.TextEdit(t.Range(start_of_word, at), "sum(numbers)")
    assert (item.label, item.filter_text, item.detail) == ("sum(numbers)",) * 2 + ("nanobot",)
    assert item.sort_text > "zzz\uffff"


async def test_a_large_document_sends_what_is_near_and_how_it_begins(start: Any) -> None:
    editor = await start("neovim")
    lines = [f"line_{number} = {number}\n" for number in range(40_000)]
    uri = editor.open("a.py", "".join(lines))

    await ghost(editor, uri, t.Position(20_000, 5))

    (call,) = editor.host_calls("completion")
    assert len(call["before"]) <= 16_384
    assert call["before"].endswith("\nline_")
    assert call["before"].startswith("line_")
    assert call["after"].startswith("20000 = 20000\n")
    assert len(call["after"]) <= 8_192
    assert call["head"].startswith("line_0 = 0\n")


async def test_what_the_editor_cancels_is_cancelled_in_the_host(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", "hang")
    asking = asyncio.ensure_future(
        asyncio.wrap_future(
            editor.client.protocol.send_request(
                t.TEXT_DOCUMENT_INLINE_COMPLETION, inline(uri, t.Position(0, 4)), msg_id="c1"
            )
        )
    )
    await editor.until("the request", lambda: editor.host_calls("completion"))

    editor.client.protocol.notify(t.CANCEL_REQUEST, t.CancelParams("c1"))

    with pytest.raises(JsonRpcException, match="cancelled"):
        await asking
    (asked,) = editor.host_calls("completion")
    (cancelled,) = await editor.until("the end", lambda: editor.host_calls("completion.cancel"))
    assert cancelled == {"token": asked["token"]}


async def test_a_host_that_has_no_suggestions_is_left_alone_for_a_while(start: Any) -> None:
    editor = await start("neovim")
    uri = editor.open("a.py", "missing")

    for _ in range(3):
        assert await ghost(editor, uri, t.Position(0, 7)) == []
    assert len(editor.host_calls("completion")) == 1

    # Who asks for one is told again, and nobody gets a message.
    assert await ghost(editor, uri, t.Position(0, 7), is_invoked=True) == []
    assert len(editor.host_calls("completion")) == 2
    assert editor.messages() == []
    status = await editor.client.protocol.send_request_async("nanobot/status", {})
    assert "no model" in str(status)


async def test_an_editor_can_switch_it_off(place: Any, env: Any) -> None:
    editor = ModelEditor("neovim", place / "ws", place / "calls")
    editor.options = {"completion": {"enabled": False}}
    await editor.start(env, [place / "ws"])
    uri = editor.open("a.py", "x =")

    async with asyncio.timeout(30):
        is_on = True
        while is_on:
            status = await editor.client.protocol.send_request_async("nanobot/status", {})
            is_on = status.completion.isOn

    assert await ghost(editor, uri, t.Position(0, 3), is_invoked=True) == []
    assert editor.host_calls("completion") == []
    await editor.client.shutdown_session()
    await editor.client.stop()


async def test_settings_of_the_editor_reach_the_host(place: Any, env: Any) -> None:
    editor = ModelEditor("vscode", place / "ws", place / "calls")
    editor.options = {"completion": {"delay_ms": 300, "lines_max": 2}}
    await editor.start(env, [place / "ws"])
    uri = editor.open("a.py", "x =")

    async with asyncio.timeout(30):
        while True:
            await ghost(editor, uri, t.Position(0, 3))
            call = editor.host_calls("completion")[-1]
            if call.get("delay_ms") == 300:
                break
            await asyncio.sleep(0.05)

    assert call["lines_max"] == 2
    await editor.client.shutdown_session()
    await editor.client.stop()


async def test_documents_that_are_out_of_step_or_outside_get_nothing(start: Any) -> None:
    editor = await start("neovim")
    uri = editor.open("a.py", "x = 1\n")
    outside = (editor.workspace.parent / "outside.py").as_uri()
    editor.client.text_document_did_open(
        t.DidOpenTextDocumentParams(t.TextDocumentItem(outside, "python", 1, "x = 1\n"))
    )
    nowhere = t.Position(99, 0)

    assert await ghost(editor, outside, t.Position(0, 3)) == []
    assert await ghost(editor, uri, nowhere) == []
    editor.client.text_document_did_change(
        t.DidChangeTextDocumentParams(
            t.VersionedTextDocumentIdentifier(2, uri),
            [t.TextDocumentContentChangePartial(t.Range(nowhere, nowhere), "lost")],
        )
    )
    assert await ghost(editor, uri, t.Position(0, 3)) == []
    assert editor.host_calls("completion") == []


async def test_a_slow_answer_leaves_the_list_empty(start: Any) -> None:
    editor = await start("helix")
    uri = editor.open("a.py", "hang")

    found = await asyncio.wait_for(
        editor.client.text_document_completion_async(
            t.CompletionParams(t.TextDocumentIdentifier(uri), t.Position(0, 4))
        ),
        20,
    )

    assert (found.is_incomplete, list(found.items)) == (True, [])
