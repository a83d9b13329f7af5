"""Processes of two folders, of two editors, and of a host that is killed."""

import os
import signal
from typing import Any

import pytest
from lsprotocol import types as t

from support.terminal import Terminal

pytestmark = pytest.mark.asyncio


async def test_processes_of_two_folders_are_not_mixed_up(terminal: Terminal, opened: Any) -> None:
    other = terminal.folder / "other"
    other.mkdir()
    for folder, name in ((terminal.workspace, "total"), (other, "mean")):
        (folder / "a.py").write_text(f"def {name}(numbers):\n    return sum(numbers)\n")
    editor = await opened("vscode", folders=[terminal.workspace, other], told=("processes",))
    editor.answers = ["Later", "Later"]

    for folder, name in ((terminal.workspace, "total"), (other, "mean")):
        arguments = {"symbol": f"a.py::{name}", "new_name": f"{name}_of"}
        one = {"name": "rename", "arguments": arguments}
        goal = {"refactorings": [one], "goal": name, "uri": (folder / "a.py").as_uri()}
        assert (await editor.command("process.start", goal))["processId"] == "p1"
    await editor.until("both questions", lambda: len(editor.questions) == 2)
    second = {"processId": "p1", "uri": terminal.workspace.as_uri()}
    assert (await editor.command("process.reject", second))["state"] == "rejected"

    found = (await editor.own("processes"))["processes"]
    states = {one["goal"]: (one["workspaceUri"], one["state"]) for one in found}
    assert states == {
        "total": (terminal.workspace.as_uri(), "rejected"),
        "mean": (other.as_uri(), "waiting_for_review"),
    }
    only = await editor.own("processes", {"uri": (other / "a.py").as_uri()})
    assert [one["goal"] for one in only["processes"]] == ["mean"]
    assert len(editor.client.progress_reports) == 2
    # The host of the first folder ends with its terminal.
    os.kill(int((other / ".nanobot" / "host.lock").read_text()), signal.SIGTERM)


@pytest.mark.parametrize("name", ["neovim", "vscode"])
async def test_a_host_that_is_killed_ends_the_progress_and_resume_shows_it_again(
    name: str, terminal: Terminal, opened: Any
) -> None:
    for number in range(6):
        terminal.write(f"m{number}.py", f"def f{number}(a):\n    return a\n")
    editor = await opened(name)
    host = terminal.start_host(wave_s=0.3)
    editor.answers = ["Later"]
    goal = {"recipe": "document", "goal": "add docstrings to every public function"}
    await editor.command("process.start", goal)
    await editor.until("reports", lambda: len(editor.progress()) > 3)

    host.kill()
    await editor.until("the end", lambda: isinstance(editor.progress()[-1], t.WorkDoneProgressEnd))
    await editor.until("the user is told", editor.messages)
    (message,) = editor.messages()
    assert message == "nanobot: the host stopped; the command nanobot.process.resume continues"

    terminal.close_hosts()
    terminal.start_host(wave_s=0.1)
    resumed = await editor.command("process.resume")
    await editor.until("the question", lambda: editor.questions)

    assert resumed["processId"] == "p1"
    shown = list(editor.client.progress_reports.values())
    assert len(shown) == 2
    for reports in shown:
        assert isinstance(reports[0], t.WorkDoneProgressBegin)
        assert reports[0].percentage == 0
        assert isinstance(reports[-1], t.WorkDoneProgressEnd)
        rising = [one.percentage for one in reports[1:-1]]
        assert rising == sorted(rising)
        assert not any(isinstance(one, t.WorkDoneProgressEnd) for one in reports[:-1])


async def test_another_editor_resumes_and_shows_the_progress(
    terminal: Terminal, opened: Any
) -> None:
    for number in range(60):
        terminal.write(f"m{number}.py", f"def f{number}(a):\n    return a\n")
    first, second = await opened("neovim"), await opened("vscode")
    terminal.start_host(wave_s=0.5)
    goal = {"recipe": "document", "goal": "add docstrings to every public function"}
    await first.command("process.start", goal)
    await first.until("reports", lambda: len(first.progress()) > 2)
    assert (await first.command("process.pause"))["state"] == "paused"
    await first.until("the end", lambda: isinstance(first.progress()[-1], t.WorkDoneProgressEnd))
    assert second.progress() == []

    assert (await second.command("process.resume", "p1"))["state"] == "running"
    await second.until("reports", lambda: len(second.progress()) > 2)
    (token,) = second.client.progress_reports
    second.client.window_work_done_progress_cancel(t.WorkDoneProgressCancelParams(token))
    await second.until("the end", lambda: isinstance(second.progress()[-1], t.WorkDoneProgressEnd))

    (process,) = (await first.own("processes"))["processes"]
    assert (process["state"], process["isAlive"]) == ("cancelled", False)
    await first.until("its end", lambda: isinstance(first.progress()[-1], t.WorkDoneProgressEnd))
