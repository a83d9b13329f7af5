"""The documents say what the program does: every command, option, key, method and column."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from nanobot_engine.process import Ledger
from nanobot_server.cli.app import COMMANDS
from nanobot_server.host import errors
from nanobot_server.host.protocol import PROTOCOL_VERSION
from nanobot_server.host.service import WorkspaceService
from nanobot_server.host.view import event_view
from nanobot_server.settings import Settings
from support.documents import documented_keys, keys_of
from support.scripted_models_host import ScriptedModels
from support.terminal import GOAL, Said, Terminal

REPO = Path(__file__).resolve().parents[2]
CLI = (REPO / "docs" / "cli.md").read_text()
PROTOCOL = (REPO / "docs" / "host.md").read_text()
LEDGER = (REPO / "docs" / "formats" / "ledger.md").read_text()


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    """A workspace with one of everything, and a process that waits for review."""
    opened = Terminal(Path(tempfile.mkdtemp(prefix="nb-")))
    opened.write("a.py")
    opened.write("odd.py", "def odd():\n    print(1)\n")  # "Return the sum" is no vote here.
    opened.write("broken.py", "def broken(:\n")
    (opened.workspace / "binary.py").write_bytes(b"\0\0")
    opened.start_host(wave_s=0.2)  # Slow enough to be paused.
    yield opened
    opened.close()


def printed(terminal: Terminal, *arguments: str) -> Said:
    said = terminal.nanobot(*arguments, "--json")
    assert said.out.startswith("{"), said
    return said


def check_keys(command: str, document: Any) -> None:
    missing = keys_of(document) - documented_keys(CLI, command)
    assert not missing, f"say in docs/cli.md what they mean: {sorted(missing)}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(terminal: Terminal, command: str) -> None:
    said = terminal.nanobot(command, "--help")
    options = set(re.findall(r"--[a-z-]+", said.out))

    (section,) = re.findall(rf"^## `nanobot {command}\b.*?(?=^## |\Z)", CLI, re.M | re.S)
    everywhere = set(re.findall(r"--[a-z-]+", CLI.partition("## Exit codes")[0])) | {"--help"}
    assert options - everywhere <= set(re.findall(r"--[a-z-]+", section))
    assert set(re.findall(r"--[a-z-]+", section)) - everywhere <= set(
        re.findall(r"--[a-z-]+", said.out)
    ) | {"--accept", "--detach"}


def test_every_section_is_a_command() -> None:
    assert sorted(re.findall(r"^## `nanobot (\w+)", CLI, re.M)) == sorted(COMMANDS)


def test_every_key_of_the_life_of_a_process_is_documented(terminal: Terminal) -> None:
    check_keys("process", printed(terminal, "process", GOAL, "--plan").json)
    check_keys("process", printed(terminal, "process", GOAL).json)
    check_keys("status", printed(terminal, "status").json)
    status = printed(terminal, "status", "p1").json
    assert status["processes"][0]["skipped"]
    check_keys("status", status)
    diff = printed(terminal, "diff", "p1").json
    assert diff["files"]
    assert diff["refused"]
    check_keys("diff", diff)
    check_keys("accept", printed(terminal, "accept", "p1").json)
    terminal.write("a.py", "\n")
    undone = printed(terminal, "undo", "p1").json
    assert undone["refused"]
    check_keys("undo", undone)
    terminal.write("a.py")
    check_keys("process", printed(terminal, "process", GOAL, "--accept").json)
    terminal.write("a.py")
    check_keys("process", printed(terminal, "process", GOAL, "--detach").json)
    check_keys("pause", printed(terminal, "pause", "p3").json)
    check_keys("cancel", printed(terminal, "cancel", "p3").json)
    printed(terminal, "process", GOAL, "--detach")
    printed(terminal, "pause", "p4")
    check_keys("resume", printed(terminal, "resume", "p4").json)
    check_keys("reject", printed(terminal, "reject", "p4").json)


def test_every_key_of_a_refactoring_is_documented(terminal: Terminal) -> None:
    terminal.write("a.py")
    rename = ("--refactor", "rename", "--set", "symbol=a.py::total", "--set", "new_name=b")
    check_keys("process", printed(terminal, "process", *rename, "--plan").json)
    check_keys("process", printed(terminal, "process", *rename).json)
    check_keys("diff", printed(terminal, "diff", "p1").json)


@pytest.mark.parametrize("arguments", [["doctor"], ["ingest"], ["search", "total"]])
def test_every_key_of_other_commands_is_documented(
    terminal: Terminal, arguments: list[str]
) -> None:
    printed(terminal, "ingest")

    check_keys(arguments[0], printed(terminal, *arguments).json)


def test_an_error_document_has_the_documented_keys(terminal: Terminal) -> None:
    assert keys_of(printed(terminal, "diff", "p99").json) == {"error", "code", "message"}
    assert {"error", "code", "message"} <= documented_keys(CLI, "Error document")


def test_every_error_code_and_exit_code_is_documented() -> None:
    codes = {
        value
        for name, value in vars(errors).items()
        if name.isupper() and isinstance(value, str) and name != "STATE_FOLDER_NAME"
    }
    assert codes == {"usage", "busy", "not_found", "model_missing", "unavailable", "failed"}
    for code in codes:
        assert f"| `{code}` |" in CLI
        assert f"`{code}`" in PROTOCOL
    from nanobot_server.cli import output

    for name, exit_code in vars(output).items():
        if name.startswith("EXIT_"):
            assert re.search(rf"^\| {exit_code} \|", CLI, re.M), name


def test_the_protocol_lists_the_methods_of_the_host(tmp_path: Path) -> None:
    service = WorkspaceService(tmp_path, Settings(), ScriptedModels(0))
    listed = re.findall(r"^\| `([a-z._]+)` \|", PROTOCOL.partition("## Events")[0], re.M)

    assert listed == list(service._methods)
    service._ledger.close()


def test_the_protocol_lists_the_keys_of_an_event(terminal: Terminal) -> None:
    view = printed(terminal, "status", "p1").json["processes"][0]
    row = PROTOCOL.partition("## Events")[2]

    assert all(f"`{key}`" in row for key in event_view(view, "", None))
    assert f"protocol {PROTOCOL_VERSION} " in PROTOCOL


def test_every_column_of_the_ledger_is_documented(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        columns = columns_by_table(ledger.connection)
        (version,) = ledger.connection.execute("PRAGMA user_version").fetchone() or (0,)

    sections = dict(re.findall(r"^## `(\w+)`: .*?\n(.*?)(?=^## |\Z)", LEDGER, re.M | re.S))
    assert set(sections) == set(columns)
    for table, names in columns.items():
        rows = re.findall(r"^\| (`.*?) \|", sections[table], re.M)
        assert re.findall(r"`(\w+)`", " ".join(rows)) == names, table
    assert f"This page describes format {version}." in LEDGER


def columns_by_table(connection: apsw.Connection) -> dict[str, list[str]]:
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall()
    return {
        str(table): [
            str(column)
            for (column,) in connection.execute(f"SELECT name FROM pragma_table_info('{table}')")
        ]
        for (table,) in tables
    }


@pytest.mark.parametrize("path", sorted(REPO.glob("docs/**/*.md")), ids=lambda path: path.name)
def test_no_link_leads_nowhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target
