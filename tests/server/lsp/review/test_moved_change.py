"""Edits of whole lines in a text that was changed elsewhere."""

import hashlib

import pytest

from nanobot_server.lsp.document.session import DocumentSnapshot
from nanobot_server.lsp.document.text_buffer import split_lines
from nanobot_server.lsp.review.edit_plan import PlanEdit, PlanFile
from nanobot_server.lsp.review.moved_change import moved_change
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange

BASE = "é\nb\nc\nd\n"


def check_moved(now: str, *edits: tuple[int, int, str]) -> str | None:
    """Return what edits of the bytes of `BASE` make of another text."""
    planned = tuple(PlanEdit(start, end, text, "edit") for start, end, text in edits)
    result = BASE.encode()
    for start, end, text in reversed(edits):
        result = result[:start] + text.encode() + result[end:]
    before, after = (hashlib.sha256(one).hexdigest() for one in (BASE.encode(), result))
    file = PlanFile("a.py", before, after, planned)
    change = FileChange.checked(file, BaseText("file:///a.py", 1, BASE.encode()))
    snapshot = DocumentSnapshot("file:///a.py", None, "python", 2, tuple(split_lines(now)))
    moved = moved_change(change, snapshot)
    assert moved is None or moved.base.version == 2
    return None if moved is None else moved.result.decode()


@pytest.mark.parametrize(
    ("now", "made"),
    [
        ("new\né\nb\nc\nd\n", "new\né\nc\nX\nd\n"),
        ("é\nb\nc\nd\nnew", "é\nc\nX\nd\nnew"),
        ("é\nb\nb2\nc\nd\n", "é\nb2\nc\nX\nd\n"),
        ("é\nB\nc\nd\n", None),
        ("", None),
    ],
)
def test_lines_go_and_come_where_they_are_now(now: str, made: str | None) -> None:
    assert check_moved(now, (3, 5, ""), (7, 7, "X\n")) == made


def test_a_part_of_a_line_is_not_moved() -> None:
    assert check_moved(BASE + "e\n", (4, 5, "x\n")) is None
