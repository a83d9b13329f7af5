"""Two fronts on one workspace: one host, one index, no work done twice, no edit lost.

Both are real `nanobot-lsp` processes, or one is the command line; the host is real.
"""

import asyncio
import os
import signal
from typing import Any

import psutil
import pytest

from e2e.model_editor import ModelEditor
from e2e.renamed_workspace import FILES as THREE
from e2e.renamed_workspace import SENTENCE, shown, with_new_name
from support.host_processes import hosts
from support.terminal import Terminal

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]

FILES = {path: text for path, text in THREE.items() if path != "last.py"}
RENAMED = with_new_name(FILES)
TRIES = 3000


@pytest.fixture
def terminal(terminal: Terminal) -> Terminal:
    for path, text in FILES.items():
        terminal.write(path, text)
    return terminal


def on_disk(terminal: Terminal) -> dict[str, str]:
    return {path: (terminal.workspace / path).read_text() for path in FILES}


def save(editor: ModelEditor) -> None:
    for uri, document in editor.documents.items():
        editor.path_of(uri).write_text(document.text, newline="")


async def state_of(editor: ModelEditor) -> str:
    answer = await editor.command("process.status")
    return str(answer["processes"][-1]["state"]) if answer["processes"] else ""


async def until_state(editor: ModelEditor, state: str) -> None:
    found = ""
    for _ in range(TRIES):
        found = await state_of(editor)
        if found == state:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(found)


async def until_told(editor: ModelEditor, state: str) -> None:
    def is_told() -> bool:
        # What is told comes in its own time: an earlier state may be the newest one for a while.
        return any(one["state"] == state for one in editor.told_processes[-1:])

    await editor.until(f"it is told that it is {state}", is_told)


async def waiting(editor: ModelEditor) -> None:
    """Bring a renaming of one editor to its review."""
    editor.answers = ["Start", "Later"]
    await editor.command("process.start", SENTENCE)
    await until_state(editor, "waiting_for_review")
    await editor.until("it waits", lambda: any("wait" in one for one in editor.messages()))


async def test_fronts_that_come_at_once_share_one_host_and_one_index(
    opened: Any, terminal: Terminal
) -> None:
    a, b = await asyncio.gather(opened("vscode"), opened("neovim"))
    ingest = asyncio.to_thread(terminal.run, "ingest", "--json")

    *_, said = await asyncio.gather(
        a.command("ingest"), b.command("ingest"), a.command("search", "load"), ingest
    )
    found = [await editor.command("search", "load_cfg") for editor in (a, b)]

    assert said.code == 0, said.err
    # One that finds another alive leaves by itself.
    for _ in range(TRIES):
        if len(pids := [host.pid for host in hosts(terminal.workspace)]) == 1:
            break
        await asyncio.sleep(0.01)
    assert pids == [terminal.host_pid()]
    paths = [{hit["path"] for hit in one["hits"]} for one in found]
    assert paths == [set(FILES)] * 2
    status = await asyncio.to_thread(terminal.run, "status", "--json")
    assert status.json["index"]["files"] == len(FILES)


async def test_a_process_of_one_is_seen_and_accepted_in_the_other(
    opened: Any, terminal: Terminal
) -> None:
    a, b = await opened("vscode"), await opened("neovim")
    await waiting(a)

    assert await state_of(b) == "waiting_for_review"
    await b.command("process.accept")
    await b.until("b has it", lambda: shown(b, [*FILES]) == RENAMED)
    await until_state(a, "done")

    assert shown(a, [*FILES]) == FILES, "b has not saved it"
    assert a.applied == []
    save(b)
    assert on_disk(terminal) == RENAMED


async def test_both_accept_at_the_same_time_and_it_is_done_once(
    opened: Any, terminal: Terminal
) -> None:
    a, b = await opened("vscode"), await opened("neovim")
    a.open("settings.py", FILES["settings.py"])
    b.open("settings.py", FILES["settings.py"])
    await waiting(a)

    await asyncio.gather(a.command("process.accept"), b.command("process.accept"))
    await until_state(a, "done")

    def is_at_rest(editor: ModelEditor) -> bool:
        # The slower one may find that it has been decided.
        has_heard = any("there is nothing to review" in one for one in editor.messages())
        return shown(editor, [*FILES]) == (FILES if has_heard else RENAMED)

    await a.until("both are at rest", lambda: is_at_rest(a) and is_at_rest(b))
    assert RENAMED in (shown(a, [*FILES]), shown(b, [*FILES]))
    await asyncio.sleep(0.5)
    for editor in (a, b):
        assert [one for one in editor.messages() if "can not" in one or "not changed" in one] == []
        if shown(editor, [*FILES]) == RENAMED:
            save(editor)
    assert on_disk(terminal) == RENAMED


async def test_a_text_that_another_editor_has_not_saved_is_left_alone(
    opened: Any, terminal: Terminal
) -> None:
    a, b = await opened("vscode"), await opened("neovim")
    a.open("settings.py", FILES["settings.py"])
    uri = b.open("settings.py", FILES["settings.py"])
    typed = "# b is typing here\n" + FILES["settings.py"]
    b.change(uri, typed)
    await waiting(a)

    found = await b.command("search", "typing here")
    await a.command("process.accept")
    await until_state(a, "done")
    save(a)

    assert [hit["path"] for hit in found["hits"]] == ["settings.py"]
    assert on_disk(terminal) == RENAMED
    assert b.documents[uri].text == typed
    assert b.applied == []


async def test_a_process_of_an_editor_that_left_goes_on_in_the_other(
    opened: Any, terminal: Terminal
) -> None:
    files = {f"m{n}.py": f"def first_{n}(a):\n    print(a)\n    return a\n" for n in range(30)}
    for path, text in files.items():
        terminal.write(path, text)
    terminal.start_host(wave_s=0.3, is_held=True)
    a, b = await opened("vscode"), await opened("neovim")
    b.answers = ["Later"]
    await a.command("process.start", {"recipe": "document"})
    await a.until("it runs", lambda: len(a.progress()) > 2)

    (pid,) = [child.pid for child in psutil.Process().children() if is_server_of(child, a)]
    os.kill(pid, signal.SIGKILL)
    await until_state(b, "paused")
    await b.command("process.resume")
    await b.until("it is ready", lambda: b.questions)

    assert "docstrings in" in b.questions[0].message
    assert await state_of(b) == "waiting_for_review"


def is_server_of(process: psutil.Process, editor: ModelEditor) -> bool:
    return bool(process.pid == editor.client._server.pid)


async def test_what_was_started_before_the_host_was_found_is_told(
    opened: Any, terminal: Terminal
) -> None:
    editor = await opened(told=("status", "processes"))
    assert (await editor.own("processes"))["processes"] == []

    # They are as fast as that: mostly nothing runs any more when the host is found.
    started = await asyncio.to_thread(terminal.run, "process", SENTENCE, "--json")
    await until_told(editor, "waiting_for_review")

    assert editor.told_processes[-1]["processId"] == started.json["process_id"]


@pytest.mark.parametrize(
    ("command", "states"),
    [("accept", ["waiting_for_review", "done"]), ("reject", ["waiting_for_review", "rejected"])],
)
async def test_what_is_decided_in_a_terminal_is_told(
    command: str, states: list[str], opened: Any, terminal: Terminal
) -> None:
    editor = await opened(told=("processes",))
    await waiting(editor)
    await until_told(editor, "waiting_for_review")
    process_id = editor.told_processes[-1]["processId"]

    def told() -> list[str]:
        found = [one["state"] for one in editor.told_processes]
        return found[found.index("waiting_for_review") :]

    said = await asyncio.to_thread(terminal.run, command, process_id)
    assert said.code == 0, said.err
    await editor.until("it is told", lambda: list(dict.fromkeys(told())) == states)

    if command == "accept":
        await asyncio.to_thread(terminal.run, "undo", process_id)
        await editor.until("and the undo", lambda: told()[-1] == "waiting_for_review")
