"""Sentences through `nanobot-lsp`: planned by the real host, confirmed, started, reviewed.

No model is installed: what one could decide is asked the user, who is told why.
"""

import asyncio
from typing import Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException

from e2e.model_editor import ModelEditor
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

FILES = {
    "settings.py": "def load_cfg(path):\n    return path\n",
    "main.py": "from settings import load_cfg\n\n\ndef send(data):\n    return load_cfg(data)\n",
    "other.py": "def send(data):\n    return data\n",
    "rows.py": "def read_row():\n    pass\n\n\ndef read_col():\n    pass\n",
}
RENAMED = {
    "settings.py": FILES["settings.py"].replace("load_cfg", "read_settings"),
    "main.py": FILES["main.py"].replace("load_cfg", "read_settings"),
}
TAKEN = (
    "nanobot: rename function load_cfg to read_settings — "
    "'load config' was taken for load_cfg: 2 of 2 parts match"
)
APPLY, LATER = "Apply", "Later"


@pytest.fixture
def terminal(terminal: Terminal) -> Terminal:
    for path, text in FILES.items():
        terminal.write(path, text)
    return terminal


def text_of(editor: ModelEditor, path: str) -> str:
    """Return what the user sees of a file."""
    document = editor.documents.get((editor.workspace / path).as_uri())
    return (editor.workspace / path).read_text() if document is None else document.text


@pytest.mark.parametrize("name", ["emacs28", "kate", "vscode"])
async def test_a_sentence_is_planned_confirmed_done_and_reviewed(name: str, opened: Any) -> None:
    editor = await opened(name)
    editor.open("settings.py", FILES["settings.py"])
    editor.answers = ["Start", APPLY]

    result = await editor.command("process.start", {"goal": "read_settings instead of load config"})
    await editor.until("it is applied", lambda: text_of(editor, "main.py") == RENAMED["main.py"])

    assert result["plan"]["kind"] == "refactorings"
    assert text_of(editor, "settings.py") == RENAMED["settings.py"]
    plan, review = editor.questions
    assert plan.message == TAKEN
    assert [action.title for action in plan.actions or ()] == ["Start", "Cancel"]
    assert review.message == "nanobot: 3 edits in 2 files are ready"
    if editor.has_progress:
        titles = [value.title for value in editor.progress() if value.kind == "begin"]
        assert titles == ["nanobot plan", "nanobot"]


async def test_a_plan_that_the_user_does_not_want_starts_nothing(
    opened: Any, terminal: Terminal
) -> None:
    editor = await opened()
    editor.answers = ["Cancel"]

    await editor.command("process.start", "rename load_cfg to read_settings")
    await editor.until("the user is asked", lambda: editor.questions)
    status = await editor.command("process.status")

    assert status == {"processes": []}


async def test_questions_are_actions_and_their_answers_count(opened: Any) -> None:
    editor = await opened()
    editor.answers = ["function send in other.py", "Start", APPLY]

    result = await editor.command("process.start", {"goal": "rename send to post"})
    await editor.until("it is applied", lambda: "post" in text_of(editor, "other.py"))

    assert result["plan"]["kind"] == "questions"
    question = editor.questions[0]
    assert question.message == "nanobot: Which one is 'send' (symbol)?"
    assert [action.title for action in question.actions or ()] == [
        "function send in main.py",
        "function send in other.py",
        "Cancel",
    ]
    assert "post" not in text_of(editor, "main.py")


async def test_an_editor_that_can_not_ask_is_told_what_the_evidence_decided(opened: Any) -> None:
    editor = await opened("helix")
    editor.can_ask = False

    await editor.command("process.start", {"goal": "rename send to post"})
    await editor.until(
        "it waits for review", lambda: any("wait" in one for one in editor.messages())
    )

    assert len(editor.questions) == 2, "the question, and the review, which goes on as before"
    (told,) = [one for one in editor.messages() if "decided" in one]
    assert "the evidence decided: function send in main.py" in told


async def test_what_is_not_understood_is_refused_with_what_can_be_done(opened: Any) -> None:
    editor = await opened()

    result = await editor.command("process.start", {"goal": "make everything faster"})
    await editor.until("the user is told", editor.messages)

    assert result["plan"]["kind"] == "refused"
    (message,) = editor.messages()
    assert "what it can do: Rename a function" in message


async def test_unsaved_text_is_what_a_sentence_speaks_of(opened: Any) -> None:
    editor = await opened()
    text = FILES["settings.py"].replace("load_cfg", "load_config")
    uri = editor.open("settings.py", text, on_disk=FILES["settings.py"])
    editor.answers = ["Start", APPLY]

    await editor.command("process.start", {"goal": "rename load_config to read_settings"})
    await editor.until("it is applied", lambda: "read_settings" in editor.documents[uri].text)

    assert text_of(editor, "main.py") == FILES["main.py"]


async def test_refactorings_are_started_as_they_are_given(opened: Any) -> None:
    editor = await opened()
    editor.answers = [LATER]
    arguments = {"symbol": "settings.py::load_cfg", "new_name": "read_settings"}
    refactorings = [{"name": "rename", "arguments": arguments}]

    result = await editor.command("process.start", {"refactorings": refactorings})
    await editor.until("the user is asked", lambda: editor.questions)
    status = await editor.command("process.status", result["processId"])

    assert editor.questions[0].message == "nanobot: 3 edits in 2 files are ready"
    (process,) = status["processes"]
    assert (process["recipe"], process["state"]) == ("refactor", "waiting_for_review")
    wrong = await editor.command(
        "process.start", {"refactorings": [{"name": "rename", "arguments": {"symbol": "x"}}]}
    )
    assert wrong["error"]["code"] == "usage"
    with pytest.raises(JsonRpcException, match="'refactorings' is 'x'"):
        await editor.command("process.start", {"refactorings": "x"})


async def test_a_comment_that_asks_is_a_code_action(opened: Any) -> None:
    editor = await opened()
    text = "# nanobot: rename load_cfg to read_settings\n" + FILES["settings.py"]
    uri = editor.open("settings.py", text)
    editor.answers = ["Start", APPLY]

    actions = await editor.actions(uri, 0)
    action = actions["nanobot: rename load_cfg to read_settings"]
    assert action.command is not None
    await editor.command("process.start", *(action.command.arguments or ()))
    await editor.until("it is applied", lambda: "read_settings" in text_of(editor, "main.py"))

    assert editor.documents[uri].text == (
        "# nanobot: rename load_cfg to read_settings\n" + RENAMED["settings.py"]
    )
    assert action.title not in await editor.actions(uri, 1)


async def test_a_plan_that_is_cancelled_leaves_nothing_behind(
    opened: Any, terminal: Terminal
) -> None:
    # A model that does not answer: the plan takes as long as its user lets it.
    terminal.start_host(wave_s=600)
    editor = await opened()

    planning = asyncio.ensure_future(
        editor.command("process.start", {"goal": "rename read_rol to fetch"})
    )
    await editor.until(
        "it is shown",
        lambda: [
            one for one in editor.progress() if getattr(one, "message", "") == "asking the model"
        ],
    )
    (token,) = editor.client.progress_reports
    editor.client.window_work_done_progress_cancel(t.WorkDoneProgressCancelParams(token))
    result = await planning

    assert result == {"error": {"code": "failed", "message": "the plan was cancelled"}}
    assert editor.progress()[-1].kind == "end"
    assert (await editor.command("process.status"))["processes"] == []
    assert editor.questions == []


async def test_a_rewrite_that_the_user_chooses_is_started_about_what_he_chose(
    opened: Any, terminal: Terminal
) -> None:
    terminal.start_host()
    editor = await opened()
    chosen = "rewrite read_row in rows.py, load_cfg in settings.py"
    editor.answers = [chosen, "Start"]

    await editor.command("process.start", "reading of rows ought to skip blanks")
    await editor.until(
        "it has ended", lambda: any("passed every check" in said for said in editor.messages())
    )

    assert editor.questions[0].actions[0].title == chosen
    (process,) = (await editor.command("process.status"))["processes"]
    assert process["recipe"] == "rewrite"
    assert process["arguments"]["only"] == "rows.py::read_row\nsettings.py::load_cfg"
    assert not any("docstring" in said for said in editor.messages())


async def test_the_question_comes_after_the_answer_to_the_command(opened: Any) -> None:
    editor = await opened("emacs")
    editor.answers = ["Cancel"]
    received: list[str] = []
    take = editor.client.protocol.handle_message

    def keep(message: Any) -> Any:
        method = getattr(message, "method", "answer")
        if method in ("answer", "window/showMessageRequest"):
            received.append(method)
        return take(message)

    vars(editor.client.protocol)["handle_message"] = keep

    await editor.command("process.start", "rename load_cfg to read_settings")
    await editor.until("the user is asked", lambda: editor.questions)

    assert received == ["answer", "window/showMessageRequest"]
