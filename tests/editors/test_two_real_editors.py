"""Two on one workspace, each of them real: what one began, the other sees and can decide.

They share one host, one index and its models, and no text that is typed is lost.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from support.editor_screen import editor_screen
from support.fetched_editor import (
    RENAMED,
    RENAMING,
    REPO,
    as_bytes,
    bytes_on_disk,
    editor_environment,
    fetched_editor,
    states,
    write_files,
)
from support.host_processes import hosts, workers
from support.neovim import Neovim
from support.terminal import Terminal, wait_until

pytestmark = [pytest.mark.editor, pytest.mark.timeout(120)]

SENTENCE = "rename load_cfg to read_settings"
ATTACHED = "vim.lsp.get_clients({ name = 'nanobot', bufnr = 0 })[1]"
PROCESSES = (
    "table.concat(vim.api.nvim_buf_get_lines("
    "vim.fn.bufnr('nanobot://processes'), 0, -1, false), ' ')"
)
"""The process window, in Lua."""


@pytest.fixture
def terminal() -> Generator[Terminal]:
    # Not pytest's folder: the path of a Unix socket may have 100 bytes.
    terminal = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    shutil.copytree(REPO / "editors" / "helix", terminal.folder / "config" / "helix")
    yield terminal
    terminal.close()


def test_what_a_terminal_started_is_accepted_in_helix_and_undone_in_the_terminal(
    terminal: Terminal,
) -> None:
    write_files(terminal, RENAMING)
    started = terminal.run("process", "rename load_cfg to read_settings", "--json")
    assert started.code == 3, started.err
    process_id = json.loads(started.out)["process_id"]

    environment = editor_environment(terminal)
    command = [str(fetched_editor("helix")), "main.py"]
    with editor_screen(command, cwd=terminal.workspace, env=environment) as screen:
        while f"nanobot: {process_id} is waiting" not in screen.text:
            screen.press("Escape", pause_s=0.2)
            screen.press(" ", "n", "s")
            screen.until(f"nanobot: {process_id} is waiting|not supported for any")
        screen.press(" ", "n", "a")
        wait_until(lambda: [*states(terminal)] == ["done"], timeout_s=30)
        screen.press("Escape", pause_s=0.2)
        screen.type(":write-all")
        screen.press("Enter")
        wait_until(lambda: bytes_on_disk(terminal, RENAMED) == as_bytes(RENAMED), timeout_s=20)

    undone = terminal.run("undo", process_id)
    assert undone.code == 0, undone.err
    assert bytes_on_disk(terminal, RENAMING) == as_bytes(RENAMING)


def test_what_a_terminal_did_is_followed_in_neovim_and_nothing_typed_there_is_lost(
    neovim: Path, terminal: Terminal
) -> None:
    write_files(terminal, RENAMING)
    folder, environment = terminal.folder / "nvim", {**os.environ, **terminal.env}
    files = [terminal.workspace / name for name in ("settings.py", "main.py")]
    with Neovim(neovim, folder, environment, workspace=terminal.workspace, files=files) as editor:
        editor.until("it is attached", ATTACHED)
        editor.ex("edit main.py")
        editor.until("this one too", ATTACHED)
        typed = "# typed in Neovim \U0001f600\n"
        editor.lua(f"vim.api.nvim_buf_set_lines(0, 0, 0, false, {{ '{typed[:-1]}' }})")
        editor.ex("Nanobot processes")
        editor.until("none is listed", f"{PROCESSES}:find('no process yet', 1, true)")

        started = terminal.run("process", SENTENCE, "--json")
        assert started.code == 3, started.err
        process_id = started.json["process_id"]
        editor.until("it is listed", f"{PROCESSES}:find('waits for review', 1, true)")
        assert f"{process_id}   {SENTENCE}" in editor.text("nanobot://processes")
        (host,) = hosts(terminal.workspace)
        before = terminal.nanobot("status", "--json").json["index"]
        ingested = terminal.run("ingest", "--json").json
        assert (ingested["generation"], ingested["unchanged"]) == (before["generation"], True)

        accepted = terminal.run("accept", process_id, "--json")
        assert accepted.code == 0, accepted.err
        assert bytes_on_disk(terminal, RENAMED) == as_bytes(RENAMED)
        editor.until("it is listed as done", f"{PROCESSES}:find('done', 1, true)")
        loaded = "vim.api.nvim_buf_get_lines(vim.fn.bufnr('settings.py'), 0, -1, false)"
        editor.until("it shows the file of now", f"vim.fn.join({loaded}):find('def read_settings')")
        assert editor.text("settings.py") == RENAMED["settings.py"]
        assert editor.text("main.py") == typed + RENAMING["main.py"]

        undone = terminal.run("undo", process_id)
        assert undone.code == 0, undone.err
        assert bytes_on_disk(terminal, RENAMING) == as_bytes(RENAMING)
        editor.until("again", f"vim.fn.join({loaded}):find('def load_cfg')")
        assert editor.text("settings.py") == RENAMING["settings.py"]
        assert editor.text("main.py") == typed + RENAMING["main.py"]
        assert not editor.lua("return vim.bo[vim.fn.bufnr('settings.py')].modified")

        assert [one.pid for one in hosts(terminal.workspace)] == [host.pid]
        (listed,) = terminal.nanobot("doctor", "--json").json["hosts"]
        assert (listed["kind"], listed["pid"]) == ("workspace", host.pid)
        assert len(set(workers(terminal.workspace))) == len(workers(terminal.workspace))
        after = terminal.nanobot("status", "--json").json["index"]
        assert after["files"] == before["files"] == len(RENAMING)
