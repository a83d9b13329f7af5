"""Files that change outside of the editor where the host does not watch, with a real host."""

from typing import Any

import pytest
from lsprotocol import types as t

from support.terminal import Terminal

pytestmark = pytest.mark.asyncio

WATCHED = t.WORKSPACE_DID_CHANGE_WATCHED_FILES


async def paths(editor: Any, word: str) -> list[str]:
    return [hit["path"] for hit in (await editor.command("search", word))["hits"]]


@pytest.mark.parametrize("name", ["helix", "kate"])
async def test_what_an_editor_saves_or_sees_change_is_found(
    name: str, terminal: Terminal, opened: Any
) -> None:
    terminal.set("[index]\nwatch = false")
    terminal.write("a.py")
    editor = await opened(name)
    assert await paths(editor, "total") == ["a.py"]

    workspace = editor.capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if can_watch := bool(watching and watching.dynamic_registration):
        await editor.until("a registration", lambda: WATCHED in editor.registered)
    await editor.own("status")
    assert (WATCHED in editor.registered) is can_watch
    path = terminal.write("b.py", "def cheese():\n    return 1\n")
    if can_watch:
        change = t.FileEvent(path.as_uri(), t.FileChangeType.Created)
        editor.client.workspace_did_change_watched_files(t.DidChangeWatchedFilesParams([change]))
    else:
        uri = t.TextDocumentIdentifier(path.as_uri())
        editor.client.text_document_did_save(t.DidSaveTextDocumentParams(uri))

    assert await paths(editor, "cheese") == ["b.py"]


async def test_where_the_host_watches_no_editor_is_asked_to(
    terminal: Terminal, opened: Any
) -> None:
    terminal.write("a.py")
    editor = await opened("vscode")
    await editor.command("ingest")
    await editor.until("the index", editor.messages)

    assert await paths(editor, "total") == ["a.py"]
    assert WATCHED not in editor.registered
