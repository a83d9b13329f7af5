"""`nanobot complete`: a cursor in a file, and what is said about one that is none."""

import pytest

from support.terminal import Terminal


def test_without_a_model_it_says_what_to_do(terminal: Terminal) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("complete", "a.py:1")
    document = terminal.nanobot("complete", "a.py:2:5", "--json")

    assert said.code == document.code == 1
    assert "run 'nanobot setup'" in said.err
    assert document.json["error"]["code"] == "model_missing"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("a.py", "write it as src/app.py:10:5"),
        ("a.py:99", "the file has 3 lines"),
        ("a.py:1:99", "the line has 19 characters"),
        ("a.py:0", "the file has 3 lines"),
        ("b.py:1", "can not be read as text"),
        ("../b.py:1", "not in the workspace"),
    ],
)
def test_what_is_no_cursor_is_refused(terminal: Terminal, place: str, message: str) -> None:
    terminal.write("a.py")

    said = terminal.nanobot("complete", place)

    assert said.code in (1, 2)
    assert message in said.err


def test_a_protected_file_gets_no_suggestion_and_a_reason(terminal: Terminal) -> None:
    terminal.write("setup.py")

    said = terminal.nanobot("complete", "setup.py:1")

    assert (said.code, said.out) == (0, "")
    assert "no model is shown it" in said.err
