"""Reports of tools are read whatever wrote them, and garbage is refused in clear words."""

import json
from pathlib import Path

import pytest

from nanobot_engine.check.diagnostic import Diagnostic
from nanobot_engine.check.report import (
    DIAGNOSTICS_MAX,
    Reported,
    ReportError,
    from_json,
    read_report,
    to_json,
    tool_named,
)

ROOT = Path("/home/me/space")


def one(text: str) -> Reported:
    (found,) = read_report(text, ROOT)
    return found


@pytest.mark.parametrize(
    ("line", "tool", "code", "message"),
    [
        ("a/b.py:3:5: F841 Local variable `x` is unused", "ruff", "F841",
         "Local variable `x` is unused"),
        ("a/b.py:3:5: F401 [*] `os` unused", "ruff", "F401", "`os` unused"),
        ('a/b.py:3: error: Bad thing  [arg-type]', "mypy", "arg-type", "Bad thing"),
        ("/home/me/space/a/b.py:3:5 - error: Bad (reportCallIssue)", "pyright", "reportCallIssue",
         "Bad"),
        ("a/b.py:3: something is wrong", "", "", "something is wrong"),
    ],
)  # fmt: skip
def test_lines_of_text_are_read(line: str, tool: str, code: str, message: str) -> None:
    noise = "Found 1 error in 1 file\n"

    assert one(line + "\n" + noise) == Reported(tool, Diagnostic("a/b.py", 3, code, message))


def test_notes_are_no_diagnostics() -> None:
    text = "a.py:1: note: see this\na.py:2: error: Bad  [misc]\n"

    assert one(text).diagnostic.line == 2


def test_json_of_ruff_is_read() -> None:
    row = {"filename": "/home/me/space/a.py", "location": {"row": 7, "column": 1}, "code": "B904"}

    found = one(json.dumps([{**row, "message": "chain it"}]))

    assert found == Reported("ruff", Diagnostic("a.py", 7, "B904", "chain it"))


def test_json_of_mypy_has_an_object_per_line() -> None:
    rows = [
        {"file": "a.py", "line": line, "message": "bad", "hint": None, "code": "arg-type",
         "severity": severity}
        for line, severity in ((3, "error"), (4, "note"))
    ]  # fmt: skip

    found = one("\n".join(map(json.dumps, rows)))

    assert found == Reported("mypy", Diagnostic("a.py", 3, "arg-type", "bad"))


def test_json_of_pyright_counts_lines_from_zero() -> None:
    row: dict[str, object] = {
        "file": "/home/me/space/a.py",
        "severity": "error",
        "message": "bad\n  thing",
    }
    row |= {"rule": "reportIndexIssue", "range": {"start": {"line": 4, "character": 0}}}

    found = one(json.dumps({"version": "1", "generalDiagnostics": [row]}))

    assert found == Reported("pyright", Diagnostic("a.py", 5, "reportIndexIssue", "bad thing"))


def test_sarif_is_read_and_an_unknown_tool_stays_unknown() -> None:
    place = {
        "artifactLocation": {"uri": "file:///home/me/space/a%20b.py"},
        "region": {"startLine": 2},
    }
    result = {
        "ruleId": "R1",
        "message": {"text": "bad"},
        "locations": [{"physicalLocation": place}],
    }
    run = {"tool": {"driver": {"name": "Checker"}}, "results": [result, {"ruleId": 3}]}

    found = one(json.dumps({"version": "2.1.0", "runs": [run]}))

    assert found == Reported("", Diagnostic("a b.py", 2, "R1", "bad"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the report is empty"),
        ("hello\nworld\n", "no line says 'path:line: message'"),
        ("[1, 2, {}]", "none is about a line of a file of this workspace"),
        ("{\"runs\": 3}", "none is about a line of a file of this workspace"),
        ("../../etc/passwd:1: bad", "none is about a line of a file of this workspace"),
        ("/etc/passwd:1: bad", "none is about a line of a file of this workspace"),
        ("a.py:0: bad", "none is about a line of a file of this workspace"),
        ("[" * 100_000, "no line says"),
        ("\n".join(f"a.py:{n}: bad" for n in range(1, DIAGNOSTICS_MAX + 2)), "too many"),
    ],
)  # fmt: skip
def test_garbage_is_refused_in_clear_words(text: str, words: str) -> None:
    with pytest.raises(ReportError, match=words):
        read_report(text, ROOT)


def test_what_is_stored_is_read_back() -> None:
    known = Reported("mypy", Diagnostic("a.py", 3, "misc", "bad"))
    found = [known, Reported("", Diagnostic("b.py", 1, "", "x"))]

    assert from_json(to_json(found)) == found


def test_what_would_steer_a_terminal_or_break_a_line_is_taken_out() -> None:
    row = ["ruff", "a.py", 1, "X\n1", "bad\n{\x1b[2J} \u202e thing"]
    (found,) = from_json(json.dumps([row]))

    assert found.diagnostic == Diagnostic("a.py", 1, "X 1", "bad { [2J} thing")


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[1]", '[["ruff","/etc/a.py",1,"",""]]', '[["ruff","../a.py",1,"","m"]]',
     '[["ruff","a.py",true,"c"]]', "[" * 100_000],
)  # fmt: skip
def test_what_no_front_would_say_is_refused(text: str) -> None:
    with pytest.raises(ReportError, match="diagnostics: "):
        from_json(text)


def test_tools_are_known_by_what_they_call_themselves() -> None:
    names = ("Ruff", "Pylance", "Pyright", "mypy", "clippy")
    assert [tool_named(name) for name in names] == ["ruff", "pyright", "pyright", "mypy", ""]
