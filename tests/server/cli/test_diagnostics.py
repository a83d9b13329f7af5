"""A report is handed over at the terminal, and what it says is fixed."""

import json
import os
import subprocess

import pytest

from support.terminal import NANOBOT, Terminal

CODE = """\
import os


def forget(path):
    try:
        os.remove(path)
    except FileNotFoundError:
        pass
"""
SAID = "Use `contextlib.suppress(FileNotFoundError)` instead of `try`-`except`-`pass`"
REPORT = f"a.py:5:5: SIM105 {SAID}\nFound 1 error.\n"


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("", "the report is empty"),
        ("make tea\n", "no line says 'path:line: message'"),
        ("/etc/hosts:1: bad\n", "none is about a line of a file of this workspace"),
    ],
)
def test_garbage_is_refused(terminal: Terminal, report: str, words: str) -> None:
    terminal.write("report.txt", report)

    said = terminal.nanobot("process", "fix these", "--diagnostics", "report.txt")

    assert said.code == 2
    assert words in said.err


def test_what_is_no_text_or_not_there_is_refused(terminal: Terminal) -> None:
    terminal.write("report.txt").write_bytes(b"\xff\xfe\x00")

    binary = terminal.nanobot("process", "--diagnostics", "report.txt")
    missing = terminal.nanobot("process", "--diagnostics", "other.txt")

    assert binary.err == "nanobot: --diagnostics report.txt: is no UTF-8 text\n"
    assert missing.err == "nanobot: --diagnostics other.txt: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rename load to read"], 'goes with a goal like "fix these"'),
        (["--refactor", "rename"], "--diagnostics and --refactor: only one of them"),
    ],
)
def test_something_else_is_not_asked_as_well(
    terminal: Terminal, arguments: list[str], words: str
) -> None:
    terminal.write("report.txt", REPORT)

    said = terminal.nanobot("process", *arguments, "--diagnostics", "report.txt")

    assert said.code == 2
    assert words in said.err


def test_what_a_report_says_is_fixed_and_the_linter_asked_again(terminal: Terminal) -> None:
    terminal.write("a.py", CODE)
    terminal.write("ruff.toml", '[lint]\nselect = ["F"]\n')
    terminal.start_host()

    # On standard input, as behind a pipe.
    run = subprocess.run(
        [str(NANOBOT), "process", "fix these", "--diagnostics", "-", "--json"],
        cwd=terminal.workspace,
        env={**os.environ, **terminal.env},
        input=REPORT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    shown = terminal.nanobot("diff", "p1")

    assert run.returncode == 3, run
    assert json.loads(run.stdout)["edits"] == 1
    assert "+    with contextlib.suppress(FileNotFoundError):" in shown.out
    assert "+import contextlib" in shown.out
    assert (terminal.workspace / "a.py").read_text() == CODE
