"""How a change is shown in editors of four abilities, and decided on, through `nanobot-lsp`.

The server is the real program over stdio; the host is scripted.
"""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcInternalError

from e2e.model_editor import DOCSTRING, FAR_APART, ModelEditor

pytestmark = pytest.mark.asyncio

A = "def a():\n    return 1\n"
A_AFTER = f"def a():\n    {DOCSTRING}\n    return 1\n"
BY_HUNK = {"recipe": "document", "goal": '{"by_hunk": true}'}


async def reviewed(editor: ModelEditor, *answers: str | None) -> str:
    """Open a file, have a process run over it, and answer its question."""
    uri = editor.open("a.py", A)
    editor.answers = list(answers)
    await editor.command("process.start", BY_HUNK)
    await editor.until("the question", lambda: len(editor.questions) >= len(answers))
    return uri


@pytest.mark.parametrize("name", ["emacs28", "neovim", "vscode"])
async def test_a_diff_is_shown_as_well_as_the_editor_can(name: str, start: Any) -> None:
    editor = await start(name)

    await reviewed(editor, "Show diff", "Later")

    shown = [document.uri for document in editor.client.shown_documents]
    if name in ("emacs28", "kate"):
        # They can show no document: the user is told where it is.
        assert shown == []
        said = editor.messages()[0]
        assert said.startswith("nanobot: the diff is in /")
        shown = [Path(said.removeprefix("nanobot: the diff is in ")).as_uri()]
    (uri,) = shown
    assert uri.partition(":")[0] == ("nanobot-review" if name == "vscode" else "file")
    diff = await editor.text_of(uri)
    assert f"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n def a():\n+    {DOCSTRING}\n" in diff
    assert diff.count("@@") == 2


@pytest.mark.parametrize("name", FAR_APART)
async def test_an_editor_that_shows_reviews_is_sent_one_and_asked_no_more(
    name: str, start: Any
) -> None:
    editor = await start(name, told=("review",))
    uri = await reviewed(editor, "Show diff")
    await editor.until("the review", lambda: editor.reviews)

    (review,) = editor.reviews
    (file,) = review["files"]
    (hunk,) = file["hunks"]
    assert {**review, "files": []} == {
        "processId": "p1",
        "workspaceUri": editor.workspace.as_uri(),
        "goal": "document it",
        "recipe": "document",
        "state": "waiting_for_review",
        "isWhole": False,
        "files": [],
        "refused": [],
        "notes": [],
    }
    assert (file["path"], file["uri"], file["change"], file["newUri"]) == (
        "a.py",
        uri,
        "edited",
        None,
    )
    assert hunk == {
        "hunkId": "h0",
        "title": "document a",
        "startLine": 1,
        "endLine": 1,
        "isLikely": False,
        "isFound": True,
    }
    assert await editor.text_of(file["originalUri"]) == A
    assert await editor.text_of(file["modifiedUri"]) == A_AFTER
    assert editor.client.shown_documents == []
    assert len(editor.questions) == 1
    assert review == await editor.own("review", {"processId": "p1", "uri": uri})
    assert review == await editor.own("review", {"processId": "p1"})


async def test_hunks_follow_what_the_user_types_before_them(start: Any) -> None:
    editor = await start("vscode")
    uri = await reviewed(editor, "Later")
    editor.change(uri, "import os\n\n\n" + A)

    review = await editor.own("review", {"processId": "p1"})
    titles = await editor.actions(uri, 4)

    (hunk,) = review["files"][0]["hunks"]
    assert (hunk["startLine"], hunk["isFound"]) == (4, True)
    assert "nanobot: Accept: document a" in titles
    assert await editor.text_of(review["files"][0]["originalUri"]) == A


async def test_a_hunk_whose_lines_are_gone_says_so(start: Any) -> None:
    editor = await start("vscode")
    uri = await reviewed(editor, "Later")
    editor.change(uri, "x = 1\n")

    review = await editor.own("review", {"processId": "p1"})

    (hunk,) = review["files"][0]["hunks"]
    assert hunk["isFound"] is False


async def test_documents_of_a_review_follow_what_is_decided(start: Any) -> None:
    editor = await start("vscode")
    (editor.workspace / "b.py").write_text("def b():\n    return 2\n")
    uri = await reviewed(editor, "Later")
    review = await editor.own("review", {"processId": "p1"})
    first = review["files"][0]
    assert await editor.text_of(first["modifiedUri"]) == A_AFTER
    await editor.text_of(first["originalUri"])
    editor.refreshed.clear()

    await editor.command("process.accept", {"processId": "p1", "hunks": ["h0"], "uri": uri})
    shown = ""
    # As an editor does: it asks again when it is told to. What was looked up before is told too.
    while shown != A_AFTER:
        await editor.until("it is refreshed", lambda: first["originalUri"] in editor.refreshed)
        assert "lenses" in editor.refreshed
        editor.refreshed.clear()
        shown = await editor.text_of(first["originalUri"])

    assert editor.documents[uri].text == A_AFTER
    assert await editor.text_of(first["modifiedUri"]) == A_AFTER
    review = await editor.own("review", {"processId": "p1"})
    assert [file["path"] for file in review["files"]] == ["b.py"]


@pytest.mark.parametrize("told", [(), ("processes",)])
async def test_an_editor_without_a_list_of_processes_is_told_how_to_come_back(
    start: Any, told: tuple[str, ...]
) -> None:
    editor = await start("vscode", told=told)

    await reviewed(editor, "Later")
    await editor.command("process.status")
    await editor.until("the status", editor.messages)

    ways = [one for one in editor.messages() if "nanobot.process.review shows them again" in one]
    assert len(ways) == (0 if told else 1)


async def test_the_two_texts_of_a_file_have_its_path(start: Any) -> None:
    editor = await start("vscode")
    await reviewed(editor, "Later")

    review = await editor.own("review", {"processId": "p1"})

    # An editor shows the path, and takes another one for a file that was moved.
    for file in review["files"]:
        both = {urlsplit(file[key]).path for key in ("originalUri", "modifiedUri")}
        assert both == {f"/{file['path']}"}


async def test_the_diff_of_a_process_is_a_command(start: Any) -> None:
    editor = await start("neovim")
    await reviewed(editor, "Later")

    await editor.command("process.diff", "p1")

    (shown,) = editor.client.shown_documents
    assert f"+    {DOCSTRING}\n" in await editor.text_of(shown.uri)


async def test_documents_that_nobody_made_say_so(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", A)

    for uri in (
        "nanobot-review://before.p1.0/a.py",
        "nanobot-review:",
        "nanobot-answer:/1/answer.md",
    ):
        assert await editor.text_of(uri) == "nanobot: this is not kept any more.\n"


async def test_a_question_that_is_open_does_not_keep_hunks_from_being_accepted(start: Any) -> None:
    editor = await start("vscode")
    (editor.workspace / "b.py").write_text("def b():\n    return 2\n")
    editor.may_answer.clear()
    uri = await reviewed(editor)
    await editor.until("the question", lambda: editor.questions)

    actions = await editor.actions(uri, 1)
    await editor.run(actions["nanobot: Accept: document a"])
    await editor.until("it is applied", lambda: editor.documents[uri].text == A_AFTER)
    editor.answers = ["Apply"]
    editor.may_answer.set()
    await editor.until("the rest", lambda: len(editor.host_calls("process.applied")) == 2)

    assert editor.documents[uri].text == A_AFTER


async def test_two_hunks_that_are_accepted_at_once_are_both_applied(start: Any) -> None:
    editor = await start("vscode")
    other = (editor.workspace / "b.py").as_uri()
    (editor.workspace / "b.py").write_text("def b():\n    return 2\n")
    uri = await reviewed(editor, "Later")

    for hunk in ("h0", "h1"):
        await editor.command("process.accept", {"processId": "p1", "hunks": [hunk]})
    await editor.until("both", lambda: len(editor.host_calls("process.applied")) == 2)

    assert editor.documents[uri].text == A_AFTER
    assert DOCSTRING in editor.documents[other].text
    calls = editor.host_calls("process.applied")
    assert [(call["hunks"], call["files"][0]["path"]) for call in calls] == [
        (["h0"], "a.py"),
        (["h1"], "b.py"),
    ]


async def lenses(editor: ModelEditor, uri: str) -> list[tuple[int, str]]:
    found = await editor.lenses(uri)
    return [(lens.range.start.line, lens.command.title) for lens in found if lens.command]


@pytest.mark.parametrize("name", ["emacs28", "kate", "vscode"])
async def test_lenses_are_where_something_is_to_be_decided_and_go_when_it_was(
    name: str, start: Any
) -> None:
    editor = await start(name)
    (editor.workspace / "b.py").write_text("def b():\n    return 2\n")
    uri = await reviewed(editor, "Later")
    other = editor.open("c.py", "x = 1\n")

    assert await lenses(editor, other) == []
    assert await lenses(editor, uri) == [
        (0, "nanobot: Accept the change"),
        (0, "Reject"),
        (0, "Show diff"),
        (1, "Accept: document a"),
        (1, "Reject"),
        (1, "Show diff"),
    ]
    editor.change(uri, "import os\n\n\n" + A)
    assert (4, "Accept: document a") in await lenses(editor, uri)
    editor.change(uri, A)
    accept = (await editor.lenses(uri))[3].command
    await editor.command(accept.command.removeprefix("nanobot."), *accept.arguments)
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert editor.documents[uri].text == A_AFTER
    # What waits now is looked up after that.
    for _ in range(100):
        if not (left := await lenses(editor, uri)):
            break
        await asyncio.sleep(0.05)
    assert left == []


async def test_a_lens_rejects(start: Any) -> None:
    editor = await start("vscode")
    (editor.workspace / "b.py").write_text("def b():\n    return 2\n")
    uri = await reviewed(editor, "Later")
    editor.refreshed.clear()

    reject = (await editor.lenses(uri))[1].command
    await editor.command(reject.command.removeprefix("nanobot."), *reject.arguments)
    await editor.until("it is refreshed", lambda: "lenses" in editor.refreshed)

    assert editor.host_calls("process.reject")[0]["paths"] == ["a.py"]
    assert await lenses(editor, uri) == []
    assert editor.documents[uri].text == A


async def test_a_change_whose_lines_are_gone_is_said_at_the_top(start: Any) -> None:
    editor = await start("vscode")
    uri = await reviewed(editor, "Later")

    editor.change(uri, "x = 1\n")

    assert await lenses(editor, uri) == [
        (0, "nanobot: Accept the change"),
        (0, "Reject"),
        (0, "Show diff"),
        (0, "1 change is for other lines than these"),
    ]


NOTED = {
    "by_hunk": True,
    "notes": [{"path": "a.py", "line": 2, "note": "a string has this name"}],
    "likely": True,
    "refuse_too": "the votes disagree",
}
SAID = [
    (1, "note", "a string has this name"),
    (1, "likely", "likely, not proved: document a"),
    (0, "refused", "no edit for a: the votes disagree"),
]


def said(notes: list[Any]) -> list[tuple[int, str, str]]:
    assert {note.source for note in notes} <= {"nanobot"}
    assert {note.severity for note in notes} <= {
        t.DiagnosticSeverity.Information,
        t.DiagnosticSeverity.Hint,
    }
    return sorted((note.range.start.line, note.code, note.message) for note in notes)


@pytest.mark.parametrize("name", ["helix", "neovim", "vscode"])
async def test_what_a_user_should_know_stands_where_it_applies_until_it_is_decided(
    name: str, start: Any
) -> None:
    editor = await start(name)
    uri = editor.open("a.py", A)
    editor.answers = ["Later"]
    await editor.command("process.start", {"recipe": "document", "goal": json.dumps(NOTED)})
    await editor.until("the question", lambda: editor.questions)

    await editor.until("notes", lambda: editor.has_notes(uri))
    assert said(await editor.notes(uri)) == sorted(SAID)
    if name in ("neovim", "vscode"):
        same = await editor.notes_since_last(uri)
        assert isinstance(same, t.RelatedUnchangedDocumentDiagnosticReport)
    count = editor.client.diagnostic_refresh_count
    await editor.command("process.reject", {"processId": "p1"})
    await editor.until("no notes", lambda: editor.has_no_notes(uri, count))
    assert await editor.notes(uri) == []


@pytest.mark.parametrize("name", ["helix", "vscode"])
async def test_an_editor_that_can_not_make_a_change_is_shown_the_patch(
    name: str, start: Any
) -> None:
    editor = await start(name, without_edits=True)

    uri = await reviewed(editor)
    await editor.until("the user is told", lambda: "accept p1" in " ".join(editor.messages()))

    assert editor.messages()[-1] == (
        "nanobot: this editor does not change files for a language server; "
        "'nanobot accept p1' in a terminal writes the change"
    )
    (patch,) = editor.client.shown_documents
    assert patch.uri.startswith("file:")
    assert f"+    {DOCSTRING}\n" in await editor.text_of(patch.uri)
    assert (editor.applied, editor.questions) == ([], [])
    assert editor.documents[uri].text == A
    assert editor.host_calls("process.applied") == []


async def test_a_refused_edit_is_said_once_with_its_reason(start: Any) -> None:
    editor = await start("helix")
    uri = editor.open("a.py", A)
    editor.answers = ["Apply"]
    editor.on_apply = lambda _params: t.ApplyWorkspaceEditResult(
        applied=False, failure_reason="read-only buffer"
    )

    await editor.command("process.start", BY_HUNK)
    await editor.until("the user is told", editor.messages)

    (said,) = editor.messages()
    assert said == (
        "nanobot: 1 file not changed (a.py: read-only buffer); "
        "the command nanobot.process.review tries again"
    )
    assert editor.documents[uri].text == A
    await editor.until("a note", lambda: editor.has_notes(uri))
    notes = await editor.notes(uri)
    assert [(one.code, one.message) for one in notes] == [
        ("not-changed", "not changed: read-only buffer")
    ]


async def test_an_error_for_an_edit_is_said_once_with_its_text(start: Any) -> None:
    editor = await start("helix")
    uri = editor.open("a.py", A)
    editor.answers = ["Apply"]

    def fail(_params: t.ApplyWorkspaceEditParams) -> t.ApplyWorkspaceEditResult:
        raise JsonRpcInternalError("no such window")

    editor.on_apply = fail
    await editor.command("process.start", BY_HUNK)
    await editor.until("the user is told", editor.messages)

    (said,) = editor.messages()
    assert said == (
        "nanobot: 1 file not changed (a.py: no such window); "
        "the command nanobot.process.review tries again"
    )
    assert editor.documents[uri].text == A


async def until_lenses(editor: ModelEditor, uri: str, *, are_there: bool) -> None:
    for _ in range(200):
        if bool(await editor.lenses(uri)) == are_there:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await lenses(editor, uri))


async def test_what_waits_is_seen_by_another_editor_until_it_is_decided(start: Any) -> None:
    editor, other = await start("vscode"), await start("neovim")
    uri = editor.open("a.py", A)
    assert other.open("a.py", A) == uri
    await other.command("process.status")
    editor.answers = ["Later"]
    await editor.command("process.start", BY_HUNK)
    await until_lenses(other, uri, are_there=True)

    await editor.command("process.accept", {"processId": "p1", "hunks": ["h0"], "uri": uri})
    await until_lenses(other, uri, are_there=False)

    assert other.questions == []


async def test_what_waits_of_an_earlier_session_is_seen(start: Any) -> None:
    earlier = await start("vscode")
    await reviewed(earlier, "Later")
    editor = await start("vscode")
    uri = editor.open("a.py", A)

    await editor.command("process.status")

    await until_lenses(editor, uri, are_there=True)


async def test_an_answer_is_kept_to_read(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", A)

    answer = await editor.command("ask", "How many?")

    assert answer["uri"].startswith("nanobot-answer:/")
    text = await editor.text_of(answer["uri"])
    assert text.startswith("# How many?\n\n40\n\n`a.py:3-")
