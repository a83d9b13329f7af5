import io
import sys
from typing import Any

import pytest

from nanobot_server.cli.output import remark, say, table
from support.terminal import GOAL, Terminal

# What rich would turn into an emoji, spaces, or nothing.
HOSTILE = "def total(d):\r\n\tx = d[:x:]\r\n\treturn d[:smile:], '[bold]', x\r\n"


class TerminalStream(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, text: str, **options: Any) -> str:
    monkeypatch.setattr(sys, "stdout", stream)
    say(text, **options)
    return stream.getvalue()


@pytest.mark.parametrize("text", [HOSTILE, "a\x1b[31mb\x07", "[red]x[/red]", "x" * 500])
def test_a_result_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert printed(monkeypatch, io.StringIO(), text) == f"{text}\n"


def test_a_result_does_not_command_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = printed(monkeypatch, TerminalStream(), "a\x1b]0;title\x07\x9b1m\tb")

    assert shown == "a\\x1b]0;title\\x07\\x9b1m\tb\n"


def test_a_remark_does_not_command_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    remark("left out \x1b[2J[bold] :smile:.py")

    assert capsys.readouterr().err == "left out \\x1b[2J[bold] :smile:.py\n"


def test_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    table(("id", "state"), [("p1", "done"), ("p10", "")])

    assert capsys.readouterr().out == "id   state\np1   done\np10\n"


def test_a_diff_shows_the_very_text(terminal: Terminal) -> None:
    path = terminal.workspace / "a.py"
    path.write_bytes(HOSTILE.encode())
    terminal.start_host()
    assert terminal.nanobot("process", GOAL).code == 3

    diff = terminal.nanobot("diff", "p1").out
    assert terminal.nanobot("accept", "p1").code == 0

    kept = [line[1:] for line in diff.split("\n") if line[:1] in {" ", "+"}]
    # A diff is for reading: it draws line ends only where they differ.
    written = path.read_bytes().decode().replace("\r\n", "\n")
    assert "\n".join(kept).removeprefix("++ b/a.py\n") == written.rstrip("\n")


def test_json_is_json_in_any_character_set(terminal: Terminal) -> None:
    terminal.write("ä.py", "größe = '🙂'\n")
    terminal.env = {**terminal.env, "PYTHONIOENCODING": "latin-1"}

    said = terminal.run("grep", "größe", "--json")

    (match,) = said.json["matches"]
    assert (match["path"], match["text"]) == ("ä.py", "größe = '🙂'")
