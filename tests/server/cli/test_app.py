import json
import subprocess
import sys

import pytest

from nanobot_server.cli.app import COMMANDS, app_with
from support.terminal import Terminal


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
        (["process", "--json"], "Missing argument"),
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


@pytest.mark.parametrize("arguments", [["process"], ["status", "--nope"], ["nonsense"]])
def test_a_wrong_command_line_is_a_usage_error(terminal: Terminal, arguments: list[str]) -> None:
    said = terminal.nanobot(*arguments)

    assert said.code == 2
    assert said.out == ""
    assert "--help" in said.err


def test_the_installed_command_answers_in_text_and_json(terminal: Terminal) -> None:
    version = terminal.run("--version")
    status = terminal.run("status", "--json")

    assert version.out.startswith("nanobot ")
    assert json.loads(status.out) == {"processes": [], "index": None}
    assert (version.code, status.code) == (0, 0)
    assert not (terminal.workspace / ".nanobot").exists()


def test_json_with_help_still_helps(terminal: Terminal) -> None:
    said = terminal.nanobot("diff", "--json", "--help")

    assert said.code == 0
    assert "Usage" in said.out


def test_a_reader_that_has_enough_is_no_error(terminal: Terminal) -> None:
    terminal.write("a.py", "\n\n".join(f"def name_{i}(): return {i}" for i in range(200)))
    command = terminal.start("search", "name", "--limit", "200")
    assert command.stdout is not None
    assert command.stderr is not None

    command.stdout.close()
    err = command.stderr.read()
    command.stderr.close()
    command.wait(60)

    assert "Traceback" not in err
