"""Diffs that hide nothing."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_engine.edit.diff import file_diff, unified_diff


def check_diff(before: str | bytes, after: str | bytes) -> list[str]:
    raw = [text.encode() if isinstance(text, str) else text for text in (before, after)]
    text = unified_diff("p/a.py", *raw)
    assert text == "" or text.endswith("\n")
    return text.split("\n")[:-1]


def test_no_change_is_no_diff() -> None:
    assert check_diff("x\n", "x\n") == []


def test_an_insertion() -> None:
    assert check_diff("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nNEW\ne\n") == [
        "--- a/p/a.py",
        "+++ b/p/a.py",
        "@@ -2,4 +2,5 @@",
        " b",
        " c",
        " d",
        "+NEW",
        " e",
    ]


def test_a_missing_newline_is_named() -> None:
    assert check_diff("a\nb", "a\nb\n")[2:] == [
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "\\ No newline at end of file",
        "+b",
    ]
    assert check_diff("", "a")[2:] == ["@@ -0,0 +1 @@", "+a", "\\ No newline at end of file"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_that_stay_are_not_drawn(newline: str) -> None:
    before, after = (newline.join(lines) for lines in ("ab", "aXb"))

    assert check_diff(before, after)[3:] == [" a", "+X", " b", "\\ No newline at end of file"]


def test_line_ends_that_differ_are_drawn() -> None:
    assert check_diff("a\r\nb\n", "a\nb\n")[3:] == ["-a<U+000D>", "+a", " b"]


def test_hidden_characters_are_spelled_out() -> None:
    assert check_diff("x\n", "x = '\u202e\x1b[1m\u200b'\n")[-1] == (
        "+x = '<U+202E><U+001B>[1m<U+200B>'"
    )


def test_the_encoding_of_the_file_is_used() -> None:
    before = "# coding: latin-1\nx = 'ü'\n".encode("latin-1")

    assert check_diff(before, before + b"y\n")[-2:] == [" x = 'ü'", "+y"]


def test_undecodable_bytes_are_escaped() -> None:
    assert check_diff(b"x\n", b"\xff\n")[-1] == "+\\xff"


LINES = st.lists(st.sampled_from(["a", "b", "c", "  d", ""]), max_size=30)


@given(LINES, LINES)
def test_it_is_what_difflib_says_for_plain_text(before: list[str], after: list[str]) -> None:
    expected = list(difflib.unified_diff(before, after, "a/p/a.py", "b/p/a.py", lineterm=""))

    assert check_diff(_joined(before), _joined(after)) == expected


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_a_created_a_removed_and_a_moved_file_say_so() -> None:
    assert file_diff(None, "new.py", b"", b"x\n").splitlines() == [
        "--- /dev/null", "+++ b/new.py", "@@ -0,0 +1 @@", "+x",
    ]  # fmt: skip
    assert file_diff("old.py", None, b"x\n", b"").splitlines() == [
        "--- a/old.py", "+++ /dev/null", "@@ -1 +0,0 @@", "-x",
    ]  # fmt: skip
    assert file_diff("old.py", "new.py", b"x\n", b"y\n").splitlines() == [
        "rename from old.py", "rename to new.py",
        "--- a/old.py", "+++ b/new.py", "@@ -1 +1 @@", "-x", "+y",
    ]  # fmt: skip
    assert file_diff("old.py", "new.py", b"x\n", b"x\n").splitlines() == [
        "rename from old.py", "rename to new.py",
    ]  # fmt: skip
    assert file_diff(None, "empty.py", b"", b"").splitlines() == ["--- /dev/null", "+++ b/empty.py"]
