"""Text that changes between a plan and its review, through `nanobot-lsp` and the real host."""

import asyncio
from typing import Any

import pytest

from e2e.model_editor import ModelEditor
from support.terminal import CODE, MODEL_FILE, Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

THREE = "\n\n".join(CODE.replace("total", f"total_{number}") for number in range(3))
APPLY, LATER = "Apply", "Later"


@pytest.fixture
def terminal(terminal: Terminal) -> Terminal:
    terminal.write("a.py", THREE)
    return terminal


async def documented(editor: ModelEditor) -> str:
    """Have all functions documented and leave the review for later; return the open file."""
    uri = editor.open("a.py", THREE)
    editor.answers = [LATER]
    await editor.command("process.start", {"recipe": "document", "goal": "document everything"})
    await editor.until("the review", lambda: editor.questions)
    await editor.until("it waits", lambda: any("wait" in said for said in editor.messages()))
    editor.questions.clear()
    return uri


async def test_a_definition_that_the_user_changed_is_asked_again(
    terminal: Terminal, opened: Any
) -> None:
    editor = await opened("vscode")
    terminal.start_host(is_held=True)
    uri = await documented(editor)
    changed = THREE.replace("return ", "return 1 + ", 2).replace("return 1 + ", "return ", 1)
    assert changed != THREE
    editor.change(uri, changed)
    editor.answers = [APPLY, APPLY]

    await editor.command("process.review")
    await editor.until("all of it", lambda: editor.documents[uri].text.count('"""') == 6)

    assert "nanobot: changed since, and asked again: total_1 in a.py" in editor.messages()
    asked = [question.message for question in editor.questions]
    assert asked == ["nanobot: 3 docstrings in 1 file are ready"] * 2
    assert "return 1 + " in editor.documents[uri].text
    assert (terminal.workspace / "a.py").read_text() == THREE, "it is the editor's to save"
    for _ in range(100):
        (process,) = (await editor.command("process.status"))["processes"]
        if process["state"] == "done":
            break
        await asyncio.sleep(0.1)
    assert (process["state"], process["steps"]) == ("done", 3)


async def test_without_a_model_what_changed_waits_until_it_can_be_asked(
    terminal: Terminal, opened: Any
) -> None:
    editor = await opened("vscode")
    terminal.start_host(is_held=True)
    uri = await documented(editor)
    (terminal.models / MODEL_FILE).unlink()
    editor.change(uri, THREE.replace("return ", "return 1 + "))
    editor.answers = [APPLY]

    await editor.command("process.review")
    told = "; the command nanobot.process.resume goes on"
    await editor.until("it is told", lambda: any(told in said for said in editor.messages()))

    (process,) = (await editor.command("process.status"))["processes"]
    assert (process["state"], process["done"], process["steps"]) == ("paused", 0, 3)
    (terminal.models / MODEL_FILE).touch()
    editor.answers = [APPLY]
    await editor.command("process.resume")
    await editor.until("all of it", lambda: editor.documents[uri].text.count('"""') == 6)


async def test_edits_that_only_move_are_applied_where_they_belong_now(
    terminal: Terminal, opened: Any
) -> None:
    editor = await opened("vscode")
    terminal.start_host(is_held=True)
    uri = await documented(editor)
    editor.change(uri, "import os\n\n\n" + THREE)
    editor.answers = [APPLY]

    await editor.command("process.review")
    await editor.until("all of it", lambda: editor.documents[uri].text.count('"""') == 6)

    assert editor.documents[uri].text.startswith("import os\n")
    assert len(editor.questions) == 1


async def test_unsaved_text_of_other_languages_is_worked_on_as_it_is(
    terminal: Terminal, opened: Any
) -> None:
    text = "function load(path) {\n  return path;\n}\n"
    terminal.write("b.js", text)
    editor = await opened("vscode")
    uri = editor.open("b.js", text + "load(1);\n", on_disk=text, language="javascript")
    editor.answers = [APPLY]
    arguments = {"symbol": "b.js::load", "new_name": "fetchAll"}

    await editor.command(
        "process.start", {"refactorings": [{"name": "rename", "arguments": arguments}]}
    )
    await editor.until("it is applied", lambda: "fetchAll(1)" in editor.documents[uri].text)

    assert "load" not in editor.documents[uri].text


async def test_a_refactoring_is_planned_again_for_what_the_editor_shows(
    terminal: Terminal, opened: Any
) -> None:
    terminal.write("b.py", "from a import total_0\n\nX = total_0([])\n")
    editor = await opened("vscode")
    uri = editor.open("a.py", THREE)
    editor.answers = [LATER]
    arguments = {"symbol": "a.py::total_0", "new_name": "sum_of"}
    refactorings = [{"name": "rename", "arguments": arguments}]
    await editor.command("process.start", {"refactorings": refactorings})
    await editor.until("the review", lambda: editor.questions)
    await editor.until("it waits", lambda: any("wait" in said for said in editor.messages()))
    editor.change(uri, THREE + "\n\nY = total_0([1])\n")
    editor.answers = [APPLY, APPLY]

    await editor.command("process.review")
    await editor.until("all of it", lambda: "Y = sum_of([1])" in editor.documents[uri].text)

    assert any("it is planned again" in said for said in editor.messages())
    assert [question.message for question in editor.questions[1:]] == [
        "nanobot: 3 edits in 2 files are ready",
        "nanobot: 4 edits in 2 files are ready",
    ]
    other = (terminal.workspace / "b.py").as_uri()
    await editor.until("the other", lambda: "X = sum_of" in editor.documents[other].text)


@pytest.mark.parametrize("name", ["emacs28", "kate", "vscode"])
async def test_only_what_was_accepted_is_applied_where_it_belongs_now(
    name: str, terminal: Terminal, opened: Any
) -> None:
    editor = await opened(name)
    terminal.start_host(is_held=True)
    uri = await documented(editor)
    moved = "import os\n\n\n" + THREE
    editor.change(uri, moved)

    at = moved.splitlines().index("def total_1(numbers):") + 1
    actions = await editor.actions(uri, at)
    (title,) = (one for one in actions if one.startswith("nanobot: Accept: ") and "file" not in one)
    await editor.run(actions[title])
    await editor.until("it is applied", lambda: editor.documents[uri].text != moved)
    review: dict[str, Any] = {"files": []}
    for _ in range(100):
        review = await editor.own("review", {"processId": "p1"})
        if sum(len(file["hunks"]) for file in review["files"]) == 2:
            break
        await asyncio.sleep(0.05)

    assert editor.documents[uri].text.count('"""') == 2
    lines = editor.documents[uri].text.splitlines()
    assert '"""' in lines[lines.index("def total_1(numbers):") + 1]
    (file,) = review["files"]
    assert [hunk["isFound"] for hunk in file["hunks"]] == [True, True]
    assert [lines[hunk["startLine"] - 1] for hunk in file["hunks"]] == [
        "def total_0(numbers):",
        "def total_2(numbers):",
    ]
