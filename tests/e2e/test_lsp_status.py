"""Our own requests and notifications about status and processes, as four editors see them."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from pygls.exceptions import JsonRpcException

from e2e.model_editor import FAR_APART, SOURCE
from nanobot_server.lsp.connection.paced_notices import PAUSE_S
from support.terminal import GOAL, Terminal

pytestmark = pytest.mark.asyncio

ENDLESS = {"recipe": "document", "goal": '{"steps": 900, "step_s": 0.01}'}


async def test_a_status_starts_no_host(terminal: Terminal, opened: Any) -> None:
    editor = await opened()

    status = await editor.own("status")

    assert terminal.host_pid() is None
    assert status["server"]["pid"] == editor.pid
    assert status["server"]["logPath"] == str(
        terminal.folder / "state" / "nanobot" / "log" / "lsp.log"
    )
    uri = terminal.workspace.as_uri()
    workspace = {"uri": uri, "name": "ws", "isHostRunning": False, "index": None}
    assert status["workspaces"] == [workspace]
    assert [(model["role"], model["state"]) for model in status["models"]] == [
        ("main", "missing"),
        ("rlm", "missing"),
        ("memory", "missing"),
    ]
    assert status["completion"]["isOn"] is True
    # The settings that say which model are read a moment after the start.
    for _ in range(400):
        if "nanobot setup" in status["completion"]["problem"]:
            break
        await asyncio.sleep(0.05)
        status = await editor.own("status")
    assert "nanobot setup" in status["completion"]["problem"]
    assert terminal.host_pid() is None


async def test_a_status_tells_what_host_index_and_models_do(
    terminal: Terminal, opened: Any
) -> None:
    terminal.start_host(is_held=True)
    terminal.write("a.py")
    editor = await opened()
    await editor.command("search", "total")

    status = await editor.own("status")

    (workspace,) = status["workspaces"]
    assert workspace["isHostRunning"] is True
    assert workspace["index"] == {
        "state": "idle",
        "percentage": None,
        "files": 1,
        "definitions": 1,
        "problem": "",
    }
    assert status["models"][0]["state"] == "present"


@pytest.mark.parametrize("name", FAR_APART)
async def test_who_asks_is_told_of_the_status(name: str, terminal: Terminal, opened: Any) -> None:
    terminal.write("a.py")
    editor = await opened(name, told=("status",))
    await editor.until("a first status", lambda: editor.statuses)
    assert editor.statuses[0]["workspaces"][0]["isHostRunning"] is False

    await editor.command("ingest")
    await editor.until(
        "the index is told",
        lambda: (editor.statuses[-1]["workspaces"][0]["index"] or {}).get("files"),
    )

    assert editor.statuses[-1]["workspaces"][0]["isHostRunning"] is True
    assert all(one != two for one, two in pairwise(editor.statuses))
    assert editor.told_processes == []


async def test_a_host_that_somebody_else_started_is_told(terminal: Terminal, opened: Any) -> None:
    editor = await opened(told=("status", "processes"))
    terminal.write("a.py")
    await editor.until("a first status", lambda: editor.statuses)

    terminal.start_host(is_held=True)
    await editor.until(
        "the host is told", lambda: editor.statuses[-1]["workspaces"][0]["isHostRunning"]
    )
    said = await asyncio.to_thread(terminal.run, "process", GOAL)
    assert "waiting for review" in said.out, said
    await editor.until(
        "the process is told",
        lambda: [one for one in editor.told_processes if one["state"] == "waiting_for_review"],
    )

    await editor.until(
        "the index is told",
        lambda: (editor.statuses[-1]["workspaces"][0]["index"] or {}).get("files") == 1,
    )
    last = editor.told_processes[-1]
    assert (last["processId"], last["goal"], last["recipe"]) == ("p1", GOAL, "document")
    assert (last["done"], last["steps"], last["edits"], last["percentage"]) == (1, 1, 1, 100)
    assert last["workspaceUri"] == terminal.workspace.as_uri()


@pytest.mark.parametrize("name", FAR_APART)
async def test_a_process_is_told_a_few_times_a_second_and_its_end_always(
    name: str, start: Any
) -> None:
    editor = await start(name, told=("processes",))
    editor.open("a.py", SOURCE)
    editor.answers = ["Later"]

    loop = asyncio.get_running_loop()
    began = loop.time()
    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 150, "step_s": 0.01}'}
    )
    await editor.until("the question", lambda: editor.questions)
    await editor.until(
        "the end", lambda: editor.told_processes[-1]["state"] == "waiting_for_review"
    )

    told = editor.told_processes
    assert len(told) >= 3
    assert len(told) <= (loop.time() - began) / PAUSE_S + 2
    assert [one["done"] for one in told] == sorted(one["done"] for one in told)
    assert told[-1]["percentage"] == 100
    assert editor.statuses == []


@pytest.mark.parametrize("name", FAR_APART)
async def test_nobody_is_told_who_did_not_ask(name: str, start: Any) -> None:
    editor = await start(name)
    editor.open("a.py", SOURCE)
    editor.answers = ["Later"]

    await editor.command("process.start", {"recipe": "document", "goal": '{"steps": 20}'})
    await editor.until("the question", lambda: editor.questions)

    assert (editor.statuses, editor.told_processes) == ([], [])


async def test_processes_are_listed_newest_first(start: Any) -> None:
    editor = await start("vscode")
    uri = editor.open("a.py", SOURCE)
    editor.answers = ["Later", "Later"]
    for _ in range(2):
        await editor.command("process.start", ENDLESS)

    found = await editor.own("processes", {"uri": uri})
    status = await editor.own("status")

    assert [one["processId"] for one in found["processes"]] == ["p2", "p1"]
    assert {(one["state"], one["isAlive"]) for one in found["processes"]} == {("running", True)}
    assert {model["role"]: model["state"] for model in status["models"]}["main"] == "loaded"


async def test_a_host_that_dies_leaves_no_process_alive(start: Any) -> None:
    editor = await start("vscode", told=("processes", "status"))
    editor.open("a.py", SOURCE)

    await editor.command(
        "process.start", {"recipe": "document", "goal": '{"steps": 90, "step_s": 0.2, "die": true}'}
    )
    await editor.until("one that runs", lambda: editor.told_processes)
    await editor.until("the end", lambda: not editor.told_processes[-1]["isAlive"])
    await editor.until(
        "no host",
        lambda: editor.statuses and not editor.statuses[-1]["workspaces"][0]["isHostRunning"],
    )

    assert editor.told_processes[-1]["state"] == "running"


async def test_a_process_of_an_earlier_host_is_listed(terminal: Terminal, opened: Any) -> None:
    terminal.write("a.py")
    terminal.start_host(is_held=True)
    said = await asyncio.to_thread(terminal.run, "process", GOAL)
    assert "waiting for review" in said.out, said
    terminal.close_hosts()
    editor = await opened()

    found = await editor.own("processes")

    (process,) = found["processes"]
    assert process["state"] == "waiting_for_review"
    assert process["isAlive"] is False


async def test_a_workspace_without_processes_needs_no_host(terminal: Terminal, opened: Any) -> None:
    editor = await opened()

    found = await editor.own("processes")

    assert found == {"processes": []}
    assert terminal.host_pid() is None


@pytest.mark.parametrize("uri", [7, "untitled:a", ""])
async def test_what_is_no_file_has_no_processes(uri: object, opened: Any) -> None:
    editor = await opened()

    with pytest.raises(JsonRpcException) as refused:
        await editor.own("processes", {"uri": uri})

    assert refused.value.code == -32602


async def test_an_editor_hears_which_protocol_it_is(opened: Any) -> None:
    editor = await opened()

    assert editor.experimental == {"nanobot": {"protocol": 1}}
