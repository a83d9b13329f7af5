"""The whole job by code actions alone, as in an editor that can give no command."""

from typing import Any

import pytest

from e2e.model_editor import SOURCE, WANTED, ModelEditor

pytestmark = pytest.mark.asyncio

SLOW = {"recipe": "document", "goal": '{"steps": 900, "step_s": 0.05}'}


async def offered(editor: ModelEditor, uri: str) -> dict[str, Any]:
    return {
        title: action
        for title, action in (await editor.actions(uri, 0)).items()
        if action.kind == "source.nanobot" and title.endswith(" p1")
    }


async def until_offered(editor: ModelEditor, uri: str, *titles: str) -> dict[str, Any]:
    for _ in range(500):
        found = await offered(editor, uri)
        if sorted(found) == sorted(f"nanobot: {title} p1" for title in titles):
            return found
    raise AssertionError(sorted(found))


@pytest.mark.parametrize("name", ["kate", "vim-ale"])
async def test_a_process_is_paused_resumed_and_stopped(name: str, start: Any) -> None:
    editor = await start(name)
    uri = editor.open("a.py", SOURCE)
    assert await offered(editor, uri) == {}

    await editor.command("process.start", SLOW)
    running = await until_offered(editor, uri, "Stop", "Pause")
    await editor.run(running["nanobot: Pause p1"])
    paused = await until_offered(editor, uri, "Resume", "Stop")
    await editor.run(paused["nanobot: Resume p1"])
    running = await until_offered(editor, uri, "Stop", "Pause")
    await editor.run(running["nanobot: Stop p1"])

    await until_offered(editor, uri)
    assert editor.host_calls("process.cancel") == [{"process_id": "p1"}]


async def test_edits_are_reviewed_and_accepted(start: Any) -> None:
    editor = await start("kate")
    uri = editor.open("a.py", SOURCE)
    editor.answers = ["Later", "Later"]
    await editor.command("process.start", {"recipe": "document", "goal": "{}"})

    await editor.until("the first question is answered", editor.messages)
    waiting = await until_offered(editor, uri, "Review", "Accept all of", "Reject all of")
    await editor.run(waiting["nanobot: Review p1"])
    await editor.until("it is asked again", lambda: len(editor.questions) == 2)
    await editor.run(waiting["nanobot: Accept all of p1"])

    await until_offered(editor, uri, "Undo")
    assert editor.documents[uri].text == WANTED


async def test_an_editor_that_shows_processes_is_not_offered_it_twice(start: Any) -> None:
    editor = await start("kate", told=("processes",))
    uri = editor.open("a.py", SOURCE)

    await editor.command("process.start", SLOW)

    assert await offered(editor, uri) == {}
