"""A whole process through `nanobot-lsp`, as four editors would see it.

The server is the real program over stdio; the host is scripted.
"""

from typing import Any

import pytest
from lsprotocol import types as t

from e2e.model_editor import DOCSTRING, EDITORS, FAR_APART, SOURCE, WANTED, text_at

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("name", FAR_APART)
async def test_progress_begins_rises_and_ends(name: str, start: Any) -> None:
    editor = await start(name)
    editor.open("a.py", SOURCE)
    editor.answers = ["Later"]

    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 20, "step_s": 0.03}'}
    )
    await editor.until("the question", lambda: editor.questions)

    shown = editor.progress()
    if not editor.has_progress:
        assert shown == []
        return
    assert isinstance(shown[0], t.WorkDoneProgressBegin)
    assert shown[0].percentage == 0
    assert shown[0].cancellable is True
    assert isinstance(shown[-1], t.WorkDoneProgressEnd)
    reports = [value for value in shown if isinstance(value, t.WorkDoneProgressReport)]
    percentages = [value.percentage or 0 for value in reports]
    assert len(reports) >= 3
    assert percentages == sorted(percentages)
    assert str(reports[-1].message).endswith("/20 documented")


@pytest.mark.parametrize("name", EDITORS)
async def test_a_workspace_process_asks_and_edits_open_and_closed_files(
    name: str, start: Any
) -> None:
    editor = await start(name)
    uri = editor.open("a.py", SOURCE)
    crlf = "def b():\r\n    return '\U0001f600'\r\n\r\n\r\ndef c():\r\n    return 2"
    closed = editor.workspace / "b.py"
    closed.write_bytes(crlf.encode())
    editor.answers = ["Show diff", "Apply"]

    actions = await editor.actions(uri, 0)
    await editor.run(actions["nanobot: Document every public function in this workspace"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    assert [item.message for item in editor.questions] == [
        "nanobot: 3 docstrings in 2 files are ready"
    ] * 2
    assert editor.documents[uri].text == WANTED
    assert editor.documents[closed.as_uri()].text == crlf.replace(
        "():\r\n", f"():\r\n    {DOCSTRING}\r\n"
    )
    ((call),) = editor.host_calls("process.applied")
    assert [file["path"] for file in call["files"]] == ["a.py", "b.py"]
    if name in ("emacs28", "kate", "vim-ale"):  # They show no documents of a server.
        (message,) = [one for one in editor.messages() if "the diff is in" in one]
        shown = text_at(message.rpartition(" ")[2])
    else:
        (shown,) = editor.shown_texts
    assert f"+    {DOCSTRING}\n" in shown


async def test_cancel_in_the_progress_display(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", SOURCE)

    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 900, "step_s": 0.05}'}
    )
    await editor.until("a report", lambda: len(editor.progress()) > 2)
    (token,) = editor.client.progress_reports
    editor.client.window_work_done_progress_cancel(t.WorkDoneProgressCancelParams(token))
    await editor.until("the end", lambda: isinstance(editor.progress()[-1], t.WorkDoneProgressEnd))

    assert editor.host_calls("process.cancel") == [{"process_id": "p1"}]
    assert editor.applied == []


async def test_pause_resume_and_cancel_commands_need_no_id(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    started = await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 900, "step_s": 0.02}'}
    )
    paused = await editor.command("process.pause")
    resumed = await editor.command("process.resume", "p1")
    cancelled = await editor.command("process.cancel")

    assert started["processId"] == "p1"
    assert (paused["state"], cancelled["state"]) == ("paused", "cancelled")
    assert resumed["processId"] == "p1"


async def test_a_host_that_dies_ends_the_progress_with_one_message(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", SOURCE)

    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 90, "step_s": 0.2, "die": true}'}
    )
    await editor.until("the user is told", editor.messages)
    await editor.until("the end", lambda: isinstance(editor.progress()[-1], t.WorkDoneProgressEnd))

    assert editor.messages() == [
        "nanobot: the host stopped; the command nanobot.process.resume continues"
    ]


async def test_what_the_host_refuses_is_said_once(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    result = await editor.command(
        "process.start", {"recipe": "document", "goal": '{"error": "model_missing"}'}
    )
    await editor.until("the user is told", editor.messages)

    assert result["error"]["code"] == "model_missing"
    assert len(editor.messages()) == 1
    assert editor.messages()[0].startswith("nanobot: workspace: another process runs")


async def test_a_refused_definition_is_explained(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"refuse": "the votes disagree"}'}
    )
    await editor.until("the user is told", editor.messages)

    assert editor.messages() == ["nanobot: no docstring passed every check (a: the votes disagree)"]


async def test_a_failed_process_shows_its_reason(start: Any) -> None:
    editor = await start("vscode")
    editor.open("a.py", SOURCE)

    await editor.command("process.start", {"recipe": "document", "goal": '{"fail": "disk full"}'})
    await editor.until("the user is told", editor.messages)

    assert editor.messages() == ["nanobot: disk full"]


async def test_search_and_status_answer_from_the_host(start: Any) -> None:
    editor = await start("helix")
    editor.open("a.py", SOURCE)

    found = await editor.command("search", {"query": "add", "limit": 3})
    status = await editor.command("status")

    assert found["hits"][0]["path"] == "a.py"
    assert status["processes"] == []
    (message,) = editor.messages()
    assert message.startswith("nanobot: no process in this workspace; no index yet; ")


@pytest.mark.parametrize("name", ["emacs28", "kate", "vscode"])
async def test_what_waits_is_accepted_or_rejected_at_its_line_or_for_its_file(
    name: str, start: Any
) -> None:
    editor = await start(name)
    uri = editor.open("a.py", "def a():\n    return 1\n")
    texts = {name: f"def {name}():\n    return 2\n" for name in ("b", "c")}
    for module, text in texts.items():
        (editor.workspace / f"{module}.py").write_text(text)
    editor.answers = ["Later"]
    goal = {"recipe": "document", "goal": '{"by_hunk": true}'}
    await editor.command("process.start", goal)
    await editor.until("the user is told", editor.messages)

    here = await editor.actions(uri, 1)
    elsewhere = await editor.actions(uri, 0)
    assert "nanobot: Accept: document a" in here
    assert "nanobot: Accept: document a" not in elsewhere
    assert "nanobot: Reject: the change of this file (p1)" in elsewhere
    await editor.run(here["nanobot: Accept: document a"])
    await editor.until("the host hears of it", lambda: editor.host_calls("process.applied"))

    (call,) = editor.host_calls("process.applied")
    assert (call["hunks"], [file["path"] for file in call["files"]]) == (["h0"], ["a.py"])
    assert editor.documents[uri].text == f"def a():\n    {DOCSTRING}\n    return 1\n"
    b, c = (editor.open(f"{module}.py", text) for module, text in texts.items())
    whole = await editor.actions(b, 0)
    await editor.run(whole["nanobot: Reject: the change of this file (p1)"])
    assert editor.host_calls("process.reject")[0]["paths"] == ["b.py"]
    await editor.until("nothing of b waits", lambda: len(editor.host_calls("process.review")) > 3)
    titles = [title for title in await editor.actions(b, 1) if "Accept: " in title]
    assert titles == []
    assert "nanobot: Accept: document c" in await editor.actions(c, 1)
    assert not [title for title in await editor.actions(uri, 1) if "Accept: " in title]
