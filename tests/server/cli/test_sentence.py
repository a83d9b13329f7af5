"""Sentences at the terminal: understood, asked about, refused."""

import io
from pathlib import Path

import pytest

from nanobot_server.cli.sentence import person_chooses
from support.documents import documented_keys, keys_of
from support.screen import at_terminal
from support.terminal import Terminal

CLI = (Path(__file__).resolve().parents[3] / "docs" / "cli.md").read_text()

SETTINGS = "def load_cfg(path, strict=False):\n    return path\n"
MAIN = "from settings import load_cfg\n\n\ndef send(data):\n    return load_cfg(data)\n"


@pytest.fixture
def workspace(terminal: Terminal) -> Terminal:
    terminal.write("settings.py", SETTINGS)
    terminal.write("main.py", MAIN)
    terminal.write("rows.py", "def read_row():\n    pass\n\n\ndef read_col():\n    pass\n")
    terminal.write("other.py", "def send(data):\n    return data\n")
    return terminal


def test_a_plan_says_what_was_taken_for_what(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "read_settings instead of load config", "--plan")

    assert said.code == 0, said
    assert "'load config' was taken for load_cfg: 2 of 2 parts match" in said.err
    assert "rename load_cfg to read_settings: 2 files" in said.out


def test_a_sentence_is_carried_out(workspace: Terminal) -> None:
    said = workspace.nanobot(
        "process", "rename load_cfg to read_settings and send in main.py to post", "--accept"
    )

    assert said.code == 0, said
    assert (workspace.workspace / "main.py").read_text() == (
        "from settings import read_settings\n\n\ndef post(data):\n    return read_settings(data)\n"
    )
    assert "def read_settings(path" in (workspace.workspace / "settings.py").read_text()
    assert "def send(data)" in (workspace.workspace / "other.py").read_text()


def test_what_is_ambiguous_is_refused_where_nobody_can_be_asked(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "rename send to post", "--plan", "--json")

    assert said.code == 2
    assert keys_of(said.json) <= documented_keys(CLI, "process") | {"error", "code", "message"}
    assert said.json["error"]["code"] == "usage"
    (question,) = said.json["questions"]
    assert question["options"] == ["function send in main.py", "function send in other.py"]
    message = said.json["error"]["message"]
    assert "function send in main.py; function send in other.py" in message
    assert "--yes" in message


def test_evidence_decides_with_yes_and_it_is_said(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "rename send to post", "--plan", "--json", "--yes")

    assert said.code == 0, said
    (part,) = said.json["understood"]
    assert part["open"] == ["symbol"]
    (decided,) = said.json["decided"]
    assert (decided["option"], decided["by"]) == ("function send in main.py", "evidence")
    assert keys_of(said.json) <= documented_keys(CLI, "process")
    assert "of 2 that 'send' can mean" in part["summary"]


def test_what_the_evidence_decided_is_said_before_anything_runs(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "rename send to post", "--yes")

    assert said.code == 3, said
    assert (
        "Which one is 'send' (symbol)? the evidence decided: function send in main.py "
        "(not: function send in other.py)"
    ) in said.err


def test_the_document_of_a_process_says_how_its_sentence_was_understood(
    workspace: Terminal,
) -> None:
    said = workspace.nanobot("process", "read_settings instead of load config", "--json")

    assert said.code == 3
    assert said.json["state"] == "waiting_for_review"
    (part,) = said.json["understood"]
    assert part["arguments"]["symbol"] == "settings.py::load_cfg"
    assert keys_of(said.json) <= documented_keys(CLI, "process")


def test_that_no_model_could_be_asked_is_said(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "rename read_rol to fetch", "--plan", "--yes")

    assert said.code == 0, said
    assert "no model was asked: " in said.err
    assert "run 'nanobot setup'" in said.err


def test_the_person_at_the_terminal_is_asked_and_the_answer_counts(workspace: Terminal) -> None:
    with at_terminal(workspace, "process", "rename send to post", "--plan") as (command, screen):
        screen.until("Which one [1]?")
        screen.type("2\n")
        screen.until("rename send to post: ")
        assert command.wait(30) == 0

    assert "1  function send in main.py" in screen.text
    assert "other.py  1 edit" in screen.text


def test_ctrl_c_at_a_question_starts_nothing(workspace: Terminal) -> None:
    with at_terminal(workspace, "process", "rename send to post") as (command, screen):
        screen.until("Which one [1]?")
        screen.type("\x03")
        assert command.wait(30) == 130

    assert "nanobot: interrupted" in screen.text
    assert workspace.nanobot("status", "--json").json["processes"] == []


def test_ctrl_c_ends_a_plan_that_waits_for_a_model(workspace: Terminal) -> None:
    workspace.start_host(wave_s=60)
    with at_terminal(workspace, "process", "rename read_rol to fetch") as (command, screen):
        screen.until("asking the model")
        screen.type("\x03")
        assert command.wait(30) == 130

    assert workspace.nanobot("status", "--json").json["processes"] == []


def test_what_is_no_refactoring_is_refused_with_what_can_be_asked(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "make everything faster")

    assert said.code == 2
    assert "what it can do: Rename a function" in said.err


def test_a_person_is_asked_until_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("7\nx\n2\n"))

    option = person_chooses("Which one is 'send'?", ["one", "two"])

    assert option == "two"
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("Which one [1]") == 3
