import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nanobot_server.cli import app
from nanobot_server.cli.app import COMMANDS, app_with
from support.terminal import NANOBOT, Terminal


def test_every_command_can_be_registered() -> None:
    registered = app_with(COMMANDS).registered_commands

    assert [command.name for command in registered] == list(COMMANDS)


def test_a_command_does_not_import_the_others() -> None:
    program = (
        "import sys; from nanobot_server.cli.app import app_with; app_with(['grep']); "
        "print(*(name for name in sys.modules if name.startswith('nanobot_server.cli.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    imported = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert imported & set(COMMANDS) == {"grep"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["process", "--json"], "say what to do"),
        (["process", "x", "--budget", "0", "--json"], "--budget"),
        (["status", "--nope", "--json"], "--nope"),
        (["nonsense", "--json"], "nonsense"),
        (["search", "x", "--limit", "201", "--json"], "--limit"),
        (["process", "x", "--seed", "-1", "--json"], "--seed"),
    ],
)
def test_a_wrong_command_line_is_a_json_document_too(
    terminal: Terminal, arguments: list[str], words: str
) -> None:
    said = terminal.nanobot(*arguments)

    assert said.code == 2
    assert said.json["error"]["code"] == "usage"
    assert words in said.json["error"]["message"]
    assert said.err == ""


@pytest.mark.parametrize(
    ("arguments", "helped"),
    [
        (["process"], "nanobot process --help"),
        (["status", "--nope"], "nanobot status --help"),
        (["search", "x", "--kind", "nix"], "nanobot search --help"),
        (["nonsense"], "nanobot --help"),
        (["--nonsense"], "nanobot --help"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    terminal: Terminal, arguments: list[str], helped: str
) -> None:
    said = terminal.nanobot(*arguments)

    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("nanobot: ")
    assert said.err.endswith(f"see '{helped}'\n")


def test_no_command_at_all_shows_the_help(terminal: Terminal) -> None:
    said = terminal.nanobot()

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("Usage: nanobot ")


def test_what_each_command_does_is_one_whole_line(terminal: Terminal) -> None:
    said = terminal.nanobot("--help")

    lines = said.out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert not [line for line in lines if "..." in line]


@pytest.mark.parametrize("command", COMMANDS)
def test_options_name_what_they_take(terminal: Terminal, command: str) -> None:
    said = terminal.nanobot(command, "--help")

    assert said.code == 0
    assert not re.search(r"--[a-z-]+ <|\[\[", said.out), said.out


def test_the_installed_command_answers_in_text_and_json(terminal: Terminal) -> None:
    version = terminal.run("--version")
    status = terminal.run("status", "--json")

    assert version.out.startswith("nanobot ")
    assert json.loads(status.out) == {"processes": [], "index": None}
    assert (version.code, status.code) == (0, 0)
    assert not (terminal.workspace / ".nanobot").exists()


def test_an_interruption_before_a_command_has_begun_is_told(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(app, "app_with", interrupted)

    text, document = terminal.nanobot("status"), terminal.nanobot("status", "--json")

    assert (text.code, text.out, text.err) == (130, "", "nanobot: interrupted\n")
    assert document.code == 130
    assert document.json["error"]["code"] == "interrupted"


def test_json_with_help_still_helps(terminal: Terminal) -> None:
    said = terminal.nanobot("diff", "--json", "--help")

    assert said.code == 0
    assert "Usage" in said.out


@pytest.mark.parametrize("arguments", [["grep", "name", "--limit", "200"], ["status"], ["--help"]])
def test_a_reader_that_has_enough_is_no_error(terminal: Terminal, arguments: list[str]) -> None:
    terminal.write("a.py", "\n\n".join(f"def name_{i}(): return {i}" for i in range(200)))
    # A short answer is written when the command ends, unless this is set.
    terminal.env = {**terminal.env, "PYTHONUNBUFFERED": ""}
    command = terminal.start(*arguments)
    assert command.stdout is not None
    assert command.stderr is not None

    command.stdout.close()
    err = command.stderr.read()
    command.stderr.close()

    assert (command.wait(60), err) == (1, "")


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["text", "json"])
def test_an_output_that_is_full_is_told(terminal: Terminal, as_json: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [NANOBOT, "status", *as_json],
            cwd=terminal.workspace,
            env={**os.environ, **terminal.env},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    said = "nanobot: standard output: No space left on device; free some space and try again\n"
    assert done.stderr == said


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_no_error(terminal: Terminal, closed: str) -> None:
    terminal.write("a.py")
    done = subprocess.run(
        ["sh", "-c", f'"$0" "$@" {closed}', NANOBOT, "grep", "total", "--limit", "1"],
        cwd=terminal.workspace,
        env={**os.environ, **terminal.env},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert done.returncode == 0
    assert terminal.nanobot("doctor", "--json").json["index"]["files"] == 1
