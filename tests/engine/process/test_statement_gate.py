"""Code that no edit touches: it means what it did, in the function where it was."""

import pytest

from nanobot_engine.edit import EditPlan, FileEdit, TextEdit, apply_edits, sha256_hex
from nanobot_engine.process.statement_gate import Statements, compared_statements
from nanobot_engine.refactor.codebase import Codebase

TEXT = """
import os


def first(a):
    return a


class Box:
    def get(self):
        if self:
            return 1
        return os.sep

    def put(self, item):
        self.item = item


last = "é"
"""


def compared(*changes: tuple[str, str], text: str = TEXT, encoding: str = "utf-8") -> Statements:
    """Compare a file with itself after replacing texts, each of which is there once."""
    data = text.encode(encoding)
    edits = []
    for old, new in changes:
        assert text.count(old) == 1, old
        at = len(text[: text.index(old)].encode(encoding))
        end = at + len(old.encode(encoding))
        edits.append(TextEdit(at, end, new.encode(encoding), "a.py::", "label"))
    edits.sort(key=lambda edit: edit.start_byte)
    plan = EditPlan((FileEdit("a.py", sha256_hex(data), tuple(edits)),))
    after = {"a.py": apply_edits(data, tuple(edits))}
    return compared_statements(Codebase({"a.py": data}), Codebase(after), plan)


@pytest.mark.parametrize(
    ("text", "opened", "closed"),
    [
        ("a = 1\nb = 2\nlast = 3\n", ("a = 1", 'a = """'), ("last", '"""\nlast')),
        ("a = 1\n-1\n+2\nlast = 3\n", ("a = 1", "a = (1"), ("last", ")\nlast")),
    ],
)
def test_an_edit_that_swallows_what_follows_is_told(
    text: str, opened: tuple[str, str], closed: tuple[str, str]
) -> None:
    found = compared(opened, closed, text=text)

    assert found.problems[0] == "a.py:2: no edit touches it, and it means something else"


def test_a_body_that_falls_to_the_function_before_is_told() -> None:
    text = TEXT.replace("self.item = item", "pass\n        self.item = item")

    found = compared(("    def put(self, item):\n", ""), text=text)

    assert found.problems == ["a.py:17: no edit touches it, and it is in another function or class"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize(
    "change",
    [
        ("def first", "def second"),
        ("class Box:", "@final\nclass Box(object):"),
        ("    def get", "    @property\n    def get"),
        ("import os", "import os\nimport sys"),
        # A condition that goes takes the indentation along.
        ("        if self:\n            return 1\n", "        return 1\n"),
        # A method becomes a function.
        ("    def put(self, item):\n        self.item", "def put(self, item):\n    self.item"),
        ("def first(a):\n    return a\n", ""),
        # What is added at the end of a body stands behind the statement.
        ("\n    def put", "        raise ValueError\n\n    def put"),
    ],
)
def test_an_edit_may_change_what_it_touches(change: tuple[str, str], encoding: str) -> None:
    assert compared(change, encoding=encoding) == Statements([], 0)


def test_what_is_only_laid_out_otherwise_is_counted() -> None:
    found = compared(("return a", "return (a)"), ("self.item = item", "self.it = item"))

    assert found == Statements([], 1)
