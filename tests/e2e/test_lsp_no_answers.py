"""The whole job in an editor that answers no request of a server, as Vim with ALE."""

import asyncio
from typing import Any

import pytest
from lsprotocol import types as t

from e2e.model_editor import ModelEditor
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

BEFORE = "def load_cfg(path):\n    return '\U0001f600', load_cfg(path)\n"
AFTER = BEFORE.replace("load_cfg", "read_settings")


async def until_offered(editor: ModelEditor, uri: str, title: str) -> t.CodeAction:
    for _ in range(1000):
        found = await editor.actions(uri, 0)
        if title in found:
            return found[title]
        await asyncio.sleep(0.01)
    raise AssertionError(sorted(found))


async def test_a_sentence_starts_at_once_and_is_accepted_and_undone_by_code_actions(
    opened: Any, terminal: Terminal
) -> None:
    terminal.write("a.py", BEFORE)
    editor = await opened("vim-ale")
    uri = editor.open("a.py", BEFORE)

    def apply(params: t.ApplyWorkspaceEditParams) -> Any:
        editor.apply_all(params)
        # Nobody waits for an answer, so this one does not count.
        return t.ApplyWorkspaceEditResult(applied=False)

    editor.on_apply = apply
    await editor.command("process.start", "rename load_cfg to read_settings")
    accept = await until_offered(editor, uri, "nanobot: Accept all of p1")
    await editor.until("it is told", lambda: len(editor.messages()) == 2)
    plan, waits = editor.messages()
    assert plan == "nanobot: rename function load_cfg to read_settings"
    assert waits.endswith(
        "accept or reject them by code actions or the command nanobot.process.accept"
    )
    assert editor.questions == []

    await editor.run(accept)
    await editor.until("it is applied", lambda: editor.documents[uri].text == AFTER)
    undo = await until_offered(editor, uri, "nanobot: Undo p1")
    await editor.run(undo)
    await editor.until("it is undone", lambda: editor.documents[uri].text == BEFORE)
