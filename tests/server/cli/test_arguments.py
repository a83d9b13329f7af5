import os
import subprocess
import sys

import pytest

from support.terminal import GOAL, Terminal

NOBODY = 65534
COMMANDS_IN = [
    ["process", GOAL], ["ingest"], ["search", "x"], ["grep", "x"], ["similar", "a.py:1"],
    ["outline", "a.py"], ["slice", "a.py:1-2"], ["definition", "x"], ["references", "x"],
    ["doctor"], ["status"], ["diff", "p1"], ["accept", "p1"], ["reject", "p1"],
    ["undo", "p1"], ["resume", "p1"], ["pause", "p1"], ["cancel", "p1"],
]  # fmt: skip


def at(arguments: list[str], path: object) -> list[str]:
    return [*arguments, str(path)] if arguments == ["ingest"] else [*arguments, "--in", str(path)]


@pytest.mark.parametrize("arguments", COMMANDS_IN, ids=lambda found: found[0])
def test_a_workspace_that_is_not_there_is_named(terminal: Terminal, arguments: list[str]) -> None:
    missing = terminal.folder / "nope"

    said = terminal.nanobot(*at(arguments, missing))

    assert said.code == 2
    assert said.out == ""
    assert said.err == f"nanobot: {missing}: not a folder; name the folder of a project\n"


def test_a_file_is_no_workspace(terminal: Terminal) -> None:
    path = terminal.write("a.py")

    said = terminal.nanobot("process", GOAL, "--in", str(path), "--json")

    assert said.code == 2
    assert said.json["error"]["code"] == "usage"
    assert said.json["error"]["message"].endswith("not a folder; name the folder of a project")


def test_an_environment_that_can_not_write_file_names_is_refused(terminal: Terminal) -> None:
    terminal.write("ä.py")
    terminal.env = {
        **terminal.env, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0",
    }  # fmt: skip

    said = terminal.run("grep", "total")

    assert said.code == 1
    assert said.err == (
        "nanobot: file names: they are UTF-8, and this environment has ascii; set PYTHONUTF8=1\n"
    )


def test_a_folder_that_may_not_be_listed_is_named(terminal: Terminal) -> None:
    locked = terminal.workspace / "locked"
    locked.mkdir(mode=0o000)
    # Root may list every folder, so this user gives that up for the command.
    terminal.folder.chmod(0o755)
    terminal.workspace.chmod(0o755)
    program = (
        "import os, sys\n"
        # Before the user changes, who may not read every Python.
        "from nanobot_server.cli import main\n"
        "from nanobot_server.cli.app import COMMANDS, app_with\n"
        "app_with(COMMANDS)\n"
        f"if os.getuid() == 0: os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        f"sys.argv = ['nanobot', 'process', {GOAL!r}, '--in', {str(locked)!r}]\n"
        "main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "HOME": str(terminal.folder), "XDG_RUNTIME_DIR": "/nonexistent"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (f"nanobot: {locked}: Permission denied; choose a folder you may read\n")
    locked.chmod(0o700)


@pytest.mark.parametrize("verb", ["diff", "accept", "reject", "undo", "resume", "pause", "cancel"])
def test_a_workspace_without_a_process_says_how_to_start_one(terminal: Terminal, verb: str) -> None:
    said = terminal.nanobot(verb, "p1")

    assert said.code == 2
    assert said.err == (
        f"nanobot: {terminal.workspace}: no process was started here; "
        "'nanobot process GOAL' starts one\n"
    )
    assert not (terminal.workspace / ".nanobot").exists()


def test_status_of_a_process_creates_nothing(terminal: Terminal) -> None:
    said = terminal.nanobot("status", "p1")

    assert said.code == 2
    assert "no process was started here" in said.err
    assert not (terminal.workspace / ".nanobot").exists()


@pytest.mark.parametrize("verb", ["diff", "accept", "reject", "undo", "resume", "pause", "cancel"])
@pytest.mark.parametrize("process_id", ["p2", "2", "p", "p-1", "p" + 30 * "9", "π1"])
def test_an_unknown_process_is_a_usage_error(
    reviewed_once: Terminal, verb: str, process_id: str
) -> None:
    said = reviewed_once.nanobot(verb, process_id, "--json")

    assert said.code == 2
    assert said.json["error"] == {
        "code": "not_found",
        "message": f"{process_id}: no such process here; 'nanobot status' lists them",
    }
