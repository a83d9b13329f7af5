"""Sentences at the terminal: understood, asked about, refused."""

import asyncio
import io

import pytest

from nanobot_engine.intent import Question
from nanobot_server.cli.sentence import TerminalChooser
from support.terminal import Terminal

SETTINGS = "def load_cfg(path, strict=False):\n    return path\n"
MAIN = "from settings import load_cfg\n\n\ndef send(data):\n    return load_cfg(data)\n"


@pytest.fixture
def workspace(terminal: Terminal) -> Terminal:
    terminal.write("settings.py", SETTINGS)
    terminal.write("main.py", MAIN)
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
    assert said.json["error"]["code"] == "usage"
    message = said.json["error"]["message"]
    assert "function send in main.py; function send in other.py" in message
    assert "--yes" in message


def test_evidence_decides_with_yes_and_it_is_said(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "rename send to post", "--plan", "--json", "--yes")

    assert said.code == 0, said
    (part,) = said.json["understood"]
    assert part["open"] == ["symbol"]
    assert "of 2 that 'send' can mean" in part["summary"]


def test_what_is_no_refactoring_is_refused_with_what_can_be_asked(workspace: Terminal) -> None:
    said = workspace.nanobot("process", "make everything faster")

    assert said.code == 2
    assert "what it can do: Rename a function" in said.err


def test_a_person_is_asked_until_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = Question("Which one is 'send'?", ("one", "two"), is_about_words=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("7\nx\n2\n"))

    index = asyncio.run(TerminalChooser().choose(question))

    assert index == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("Which one [1]") == 3
