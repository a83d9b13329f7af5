"""Documents through `nanobot-lsp`: which text a process sees, and what an edit does to it.

The server is the real program over stdio; the host is scripted.
"""

import asyncio
from typing import Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException

from e2e.model_editor import EDITORS, SOURCE, WANTED

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("name", EDITORS)
async def test_one_function_is_documented_without_a_question(name: str, start: Any) -> None:
    editor = await start(name)
    uri = editor.open("a.py", SOURCE)

    actions = await editor.actions(uri, 3)
    process_id = await editor.run(actions["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert editor.documents[uri].text == WANTED
    assert editor.questions == []
    (applied,) = editor.host_calls("process.applied")
    assert applied["process_id"] == process_id
    (params,) = editor.applied
    assert params.label == "document add"
    if name in ("kate", "vim-ale"):
        assert list(params.edit.changes) == [uri]
    else:
        assert params.edit.document_changes[0].text_document.version == 1
    has_annotations = name in ("neovim", "vscode")
    assert (params.edit.change_annotations is not None) == has_annotations


async def test_an_unsaved_buffer_is_what_gets_documented(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE, on_disk="old = 1\n")

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    (call,) = editor.host_calls("process.start")
    assert call["overlay"] == {"a.py": SOURCE}
    assert call["targets"] == [{"path": "a.py", "line": 3}]
    assert editor.documents[uri].text == WANTED


async def test_a_saved_buffer_is_not_sent(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert editor.host_calls("process.start")[0]["overlay"] == {}


async def test_a_single_file_without_a_folder_works(start: Any) -> None:
    editor = await start("neovim", is_single_file=True)
    uri = editor.open("a.py", SOURCE)

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert editor.documents[uri].text == WANTED


async def test_applied_true_is_not_believed(start: Any) -> None:
    editor = await start("neovim")
    uri = editor.open("a.py", SOURCE)
    editor.on_apply = lambda _params: t.ApplyWorkspaceEditResult(applied=True)

    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the user is told", editor.messages)

    assert "1 file not changed (a.py: the editor did not apply the edit)" in editor.messages()[0]
    assert editor.host_calls("process.applied") == []


async def test_an_error_in_place_of_applied_is_survived(start: Any) -> None:
    editor = await start("emacs")
    uri = editor.open("a.py", SOURCE)

    def refuse(_params: object) -> None:
        raise JsonRpcException("Edits on 'a.py' require version 0, you have 1")

    editor.on_apply = refuse
    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the user is told", editor.messages)

    assert "1 file not changed" in editor.messages()[0]
    assert "require version 0" in editor.messages()[0]
    assert editor.host_calls("process.applied") == []
    assert await editor.actions(uri, 2)


async def test_a_file_changed_meanwhile_is_left_alone(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)
    (editor.workspace / "b.py").write_text("def b():\n    pass\n", encoding="utf-8")
    editor.answers = ["Apply"]

    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 10, "step_s": 0.05}'}
    )
    editor.change(uri, "# typed meanwhile\n" + SOURCE)
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))
    await editor.until("the user is told", editor.messages)

    assert editor.documents[uri].text == "# typed meanwhile\n" + SOURCE
    (call,) = editor.host_calls("process.applied")
    assert [file["path"] for file in call["files"]] == ["b.py"]
    assert "1 file not changed (a.py: it has changed since" in editor.messages()[0]


async def test_a_file_that_was_left_alone_can_be_applied_later(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)
    (editor.workspace / "b.py").write_text("def b():\n    pass\n", encoding="utf-8")
    editor.answers = ["Apply", "Apply"]
    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 10, "step_s": 0.05}'}
    )
    editor.change(uri, "# typed meanwhile\n" + SOURCE)
    await editor.until("the user is told", editor.messages)
    assert (await editor.command("status"))["processes"][0]["state"] == "waiting_for_review"
    # A second question would have come with the event of the partial apply.
    assert len(editor.questions) == 1

    editor.change(uri, SOURCE)
    await editor.command("process.review")
    await editor.until("the rest", lambda: len(editor.host_calls("process.applied")) == 2)

    assert editor.questions[-1].message == "nanobot: 1 docstring in 1 file is ready"
    assert [[uri for uri, *_ in editor.edits_of(params)] for params in editor.applied] == [
        [(editor.workspace / "b.py").as_uri()],
        [uri],
    ]
    assert editor.documents[uri].text == WANTED
    assert (await editor.command("status"))["processes"][0]["state"] == "done"


async def test_a_document_out_of_step_is_not_edited_until_its_full_text_arrives(
    start: Any,
) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)
    outside = t.Range(t.Position(900, 0), t.Position(901, 0))
    editor.client.text_document_did_change(
        t.DidChangeTextDocumentParams(
            t.VersionedTextDocumentIdentifier(2, uri),
            [t.TextDocumentContentChangePartial(outside, "?")],
        )
    )

    assert await editor.actions(uri, 2) == {}
    result = await editor.command("process.start", {"uri": uri, "line": 2})
    assert result["error"]["code"] == "usage"
    assert "outside a text of 5 lines" in editor.messages()[0]

    editor.documents[uri].version = 3
    editor.send_full_change(uri)
    await editor.run((await editor.actions(uri, 2))["nanobot: Document this function"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))
    assert editor.documents[uri].text == WANTED


async def test_a_change_that_emacs_sends_late_is_waited_for(start: Any) -> None:
    editor = await start("emacs")
    uri = editor.open("a.py", SOURCE)

    def keep_back(params: t.ApplyWorkspaceEditParams) -> t.ApplyWorkspaceEditResult:
        ((_, _, edits),) = editor.edits_of(params)
        editor.documents[uri].apply(edits, editor.encoding)
        return t.ApplyWorkspaceEditResult(applied=True)

    editor.on_apply = keep_back
    await editor.run((await editor.actions(uri, 3))["nanobot: Document this function"])
    await editor.until("the edit came", lambda: editor.applied)
    await asyncio.sleep(4)  # Longer than an editor is waited for that sends at once.

    assert editor.host_calls("process.applied") == []
    assert editor.messages() == []
    editor.send_full_change(uri)
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))
    assert editor.messages() == []
