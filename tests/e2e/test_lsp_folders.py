"""Several workspace folders in one editor: each has its host, which every command finds.

The server and the hosts are the real programs, which no model is installed for.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as t

from e2e.model_editor import ModelEditor
from support.terminal import Terminal, host_pid, wait_until

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180)]

CODE = "def read{name}(a):\n    return a\n\n\nprint(read{name}(1))\n"


@pytest.fixture
def folders(terminal: Terminal) -> Iterator[dict[str, Path]]:
    """Two folders side by side, and one inside of the first."""
    made = {
        "one": terminal.workspace,
        "two": terminal.folder / "two",
        "inner": terminal.workspace / "sub" / "inner",
    }
    for name, folder in made.items():
        folder.mkdir(parents=True, exist_ok=True)
        code = CODE.format(name=name.capitalize())
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    yield made
    others = [made["two"], made["inner"]]
    for pid in filter(None, map(host_pid, others)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not any(map(host_pid, others)), timeout_s=30)


def opened_file(editor: ModelEditor, path: Path) -> str:
    return editor.open(str(path), path.read_text(encoding="utf-8"))


async def actions(editor: ModelEditor, uri: str) -> dict[str, t.CodeAction]:
    at = t.Position(0, 5)
    found = await editor.client.text_document_code_action_async(
        t.CodeActionParams(t.TextDocumentIdentifier(uri), t.Range(at, at), t.CodeActionContext([]))
    )
    return {one.title.removeprefix("nanobot: "): one for one in found}


def change_folders(editor: ModelEditor, *, added: Any = (), removed: Any = ()) -> None:
    event = t.WorkspaceFoldersChangeEvent(
        [t.WorkspaceFolder(one.as_uri(), one.name) for one in added],
        [t.WorkspaceFolder(one.as_uri(), one.name) for one in removed],
    )
    editor.client.workspace_did_change_workspace_folders(t.DidChangeWorkspaceFoldersParams(event))


async def state(editor: ModelEditor, folder: Path, process_id: str = "p1") -> str:
    argument = {"processId": process_id, "uri": folder.as_uri()}
    answer = await editor.command("process.status", argument)
    (view,) = answer["processes"] if "processes" in answer else [{"state": str(answer)}]
    return str(view["state"])


async def test_each_folder_has_its_host_and_its_processes(
    opened: Any, folders: dict[str, Path]
) -> None:
    editor = await opened("vscode", folders=[folders["one"], folders["two"], folders["inner"]])
    uris = {name: opened_file(editor, folders[name] / f"{name}.py") for name in folders}

    # All are called p1: what is answered and applied must not be mixed up.
    for name, uri in uris.items():
        found = await actions(editor, uri)
        editor.answers.append("Later")
        wanted = f"read_{name}"
        assert await editor.run(found[f"Rename `read{name.capitalize()}` to `{wanted}`"]) == "p1"
    for name in ("one", "two", "inner"):
        await editor.until(f"{name} is planned", lambda: len(editor.questions) == len(folders))
        assert await state(editor, folders[name]) == "waiting_for_review"
    assert len({host_pid(folder) for folder in folders.values()} - {None}) == len(folders)

    await editor.command("process.reject", {"processId": "p1", "uri": uris["inner"]})
    await editor.command("process.accept", {"processId": "p1", "uri": uris["two"]})
    await editor.until("it is applied", lambda: "read_two" in editor.documents[uris["two"]].text)
    assert "readOne" in editor.documents[uris["one"]].text
    assert "readInner" in editor.documents[uris["inner"]].text
    assert await state(editor, folders["one"]) == "waiting_for_review"
    assert await state(editor, folders["inner"]) == "rejected"
    everything = await editor.command("process.status")
    assert len(everything["processes"]) == len(folders)


async def test_commands_without_a_file_are_about_the_folder_in_use(
    opened: Any, folders: dict[str, Path]
) -> None:
    editor = await opened("neovim", folders=[folders["one"], folders["two"]])

    async def found(argument: Any) -> set[str]:
        answer = await editor.command("search", argument)
        return {hit["path"] for hit in answer["hits"]}

    assert await found("readOne") == {"one.py", "sub/inner/inner.py"}
    opened_file(editor, folders["two"] / "two.py")
    assert await found("readTwo") == {"two.py"}
    one = folders["one"] / "one.py"
    assert "one.py" in await found({"query": "readOne", "uri": one.as_uri()})
    assert "one.py" in await found({"query": "readOne", "uri": folders["one"].as_uri()})
    outside = {"query": "read", "uri": folders["one"].parent.joinpath("x.py").as_uri()}
    answer = await editor.command("search", outside)
    assert "lies in no open folder" in answer["error"]["message"]


async def test_a_folder_is_opened_and_closed_meanwhile(
    opened: Any, folders: dict[str, Path]
) -> None:
    editor = await opened("neovim", folders=[folders["one"]])
    uri = opened_file(editor, folders["two"] / "two.py")
    assert await actions(editor, uri) == {}

    change_folders(editor, added=[folders["two"]])
    found = await actions(editor, uri)
    editor.answers = ["Later"]
    await editor.run(found["Rename `readTwo` to `read_two`"])
    await editor.until("it is planned", lambda: editor.questions)
    host = host_pid(folders["two"])
    change_folders(editor, removed=[folders["two"]])
    assert await actions(editor, uri) == {}
    # Nobody else needs the host.
    await editor.until("the host leaves", lambda: host_pid(folders["two"]) is None)

    change_folders(editor, added=[folders["two"]])
    assert await state(editor, folders["two"]) == "waiting_for_review"
    assert host_pid(folders["two"]) != host
    await editor.command("process.accept", {"processId": "p1", "uri": uri})
    await editor.until("it is applied", lambda: "read_two" in editor.documents[uri].text)


async def test_an_inner_folder_takes_its_files_and_gives_them_back(
    opened: Any, folders: dict[str, Path]
) -> None:
    editor = await opened("vscode", folders=[folders["one"]])
    uri = opened_file(editor, folders["inner"] / "inner.py")

    async def target() -> str:
        action = (await actions(editor, uri))["Move `readInner` to the new module read_inner.py"]
        assert action.command is not None
        assert action.command.arguments is not None
        argument: Any = action.command.arguments[0]
        return str(argument["refactorings"][0]["arguments"]["target"])

    assert await target() == "sub/inner/read_inner.py"
    change_folders(editor, added=[folders["inner"]])
    assert await target() == "read_inner.py"
    change_folders(editor, removed=[folders["inner"]])
    assert await target() == "sub/inner/read_inner.py"


async def test_what_runs_in_a_folder_that_is_closed_is_paused(start: Any, place: Path) -> None:
    editor = await start("vscode")
    folder = place / "ws"
    uri = editor.open("a.py", "def add(a, b):\n    return a + b\n")
    goal = '{"steps": 400, "step_s": 0.05}'
    await editor.command("process.start", {"recipe": "document", "goal": goal, "uri": uri})
    await editor.until("it runs", editor.progress)

    change_folders(editor, added=[place], removed=[folder])
    await editor.until("the user is told", editor.messages)
    (message,) = editor.messages()
    assert message == (
        "nanobot: p1 of ws is paused, because its folder was closed; open it and use the "
        "command nanobot.process.resume"
    )
    await editor.until("progress ends", lambda: editor.progress()[-1].kind == "end")
