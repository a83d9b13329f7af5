"""What tools say in an editor can be fixed where it is said, and for the whole file."""

import json
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as t

from nanobot_server.lsp.client.client_profile import ClientProfile
from nanobot_server.lsp.document.session import Session
from nanobot_server.lsp.features.diagnostic_action import diagnostic_action

CODE = "import os\n\n\ndef f():\n    return os\n"


def diagnostic(
    line: int,
    message: str,
    source: str | None = "Ruff",
    code: int | str | None = "F401",
    severity: t.DiagnosticSeverity | None = None,
) -> t.Diagnostic:
    where = t.Range(t.Position(line, 0), t.Position(line, 1))
    return t.Diagnostic(where, message, severity=severity, code=code, source=source)


def offered(
    root: Path,
    *found: t.Diagnostic,
    only: list[str] | None = None,
    path: str = "lib/a.py",
    language: str = "python",
) -> list[t.CodeAction]:
    folder = {"uri": root.as_uri(), "name": "f"}
    session = Session(ClientProfile.of({"capabilities": {}, "workspaceFolders": [folder]}))
    uri = (root / path).as_uri()
    session.open(uri, language, 1, CODE)
    where = t.Range(t.Position(0, 0), t.Position(4, 0))
    context = t.CodeActionContext(diagnostics=list(found), only=only)
    params = t.CodeActionParams(t.TextDocumentIdentifier(uri), where, context)
    return diagnostic_action(session, params)


def arguments(action: t.CodeAction) -> Any:
    assert action.command is not None
    assert action.command.command == "nanobot.process.start"
    assert action.command.arguments is not None
    (wanted,) = action.command.arguments
    assert isinstance(wanted, dict)
    (part,) = wanted["refactorings"]
    assert part["name"] == "fix diagnostics"
    return part["arguments"]


def test_one_diagnostic_is_fixed_or_all_of_its_tool_in_the_file(tmp_path: Path) -> None:
    one = diagnostic(0, "`os` imported but unused\n  really")

    this, whole = offered(tmp_path, one)

    assert this.title == "nanobot: Fix this: `os` imported but unused really"
    assert this.kind == "quickfix"
    assert this.diagnostics == [one]
    row = ["ruff", "lib/a.py", 1, "F401", "`os` imported but unused really"]
    assert json.loads(arguments(this)["diagnostics"]) == [row]
    assert whole.title == "nanobot: Fix what ruff says about this file"
    assert arguments(whole) == {"tool": "ruff", "where": "lib/a.py"}


def test_several_are_fixed_together(tmp_path: Path) -> None:
    found = [diagnostic(n, f"bad {n}", "Checker", n) for n in range(5)]

    actions = offered(tmp_path, *found)

    titles = [action.title.removeprefix("nanobot: ") for action in actions]
    assert titles == [
        "Fix this: bad 0", "Fix this: bad 1", "Fix this: bad 2", "Fix these 5 problems",
    ]  # fmt: skip
    rows = json.loads(arguments(actions[-1])["diagnostics"])
    assert rows[4] == ["", "lib/a.py", 5, "4", "bad 4"]


def test_what_is_said_twice_is_offered_once(tmp_path: Path) -> None:
    twice = [diagnostic(1, "bad"), diagnostic(1, "bad")]

    titles = [action.title for action in offered(tmp_path, *twice)]

    assert titles.count("nanobot: Fix this: bad") == 1


def test_a_long_message_is_cut_in_the_title_and_bounded_in_the_argument(tmp_path: Path) -> None:
    this, _ = offered(tmp_path, diagnostic(0, "word " * 500))

    assert this.title.endswith("…")
    assert len(this.title) < 90
    assert len(json.loads(arguments(this)["diagnostics"])[0][4]) == 600


@pytest.mark.parametrize(
    "found",
    [
        [],
        [diagnostic(0, "unused", severity=t.DiagnosticSeverity.Hint)],
        [diagnostic(0, "  ")],
    ],
)
def test_hints_and_silence_are_no_problems(tmp_path: Path, found: list[t.Diagnostic]) -> None:
    assert offered(tmp_path, *found) == []


def test_the_filter_of_the_editor_is_kept(tmp_path: Path) -> None:
    one = diagnostic(0, "bad")

    assert offered(tmp_path, one, only=["refactor"]) == []
    assert offered(tmp_path, one, only=["quickfix"]) != []
    assert offered(tmp_path, one, only=[""]) != []


def test_only_python_below_an_open_folder_is_offered(tmp_path: Path) -> None:
    one = diagnostic(0, "bad")

    assert offered(tmp_path, one, path="a.rs", language="rust") == []
    assert offered(tmp_path, one, path="../a.py") == []


def test_a_file_with_a_comma_in_its_name_is_not_asked_about_as_a_whole(tmp_path: Path) -> None:
    titles = [one.title for one in offered(tmp_path, diagnostic(0, "bad"), path="a,b.py")]

    assert titles == ["nanobot: Fix this: bad"]
