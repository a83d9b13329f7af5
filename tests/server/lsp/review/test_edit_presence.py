"""Edits that are there, or not, in a text that was typed in."""

import hashlib

import pytest

from nanobot_server.lsp.document.text_buffer import split_lines
from nanobot_server.lsp.review.edit_plan import PlanEdit, PlanFile
from nanobot_server.lsp.review.edit_presence import has_edits
from nanobot_server.lsp.review.workspace_edit import BaseText, FileChange

BASE = "def a():\n    x\n\n\ndef b():\n    x\n"
DOC = '    """Do."""\n'
MADE = BASE.replace("def a():\n", f"def a():\n{DOC}")


def check_presence(now: str, base: str = BASE, at: int = 9, new: str = DOC) -> bool:
    """Say whether an insertion into a text is in another one."""
    result = base[:at] + new + base[at:]
    before, after = (hashlib.sha256(one.encode()).hexdigest() for one in (base, result))
    file = PlanFile("a.py", before, after, (PlanEdit(at, at, new, "doc"),))
    change = FileChange.checked(file, BaseText("file:///a.py", 1, base.encode()))
    return has_edits(change, split_lines(now))


@pytest.mark.parametrize(
    "now",
    [
        MADE,
        "import os\n" + MADE,
        MADE + "y = 1\n",
        MADE.replace("    x", "    typed", 1),
        MADE.replace("def a():", "def a(typed):"),
        MADE.replace("def b", "# typed\ndef b"),
    ],
)
def test_an_edit_with_what_was_typed_since_is_there(now: str) -> None:
    assert check_presence(now)


@pytest.mark.parametrize(
    "now",
    [
        BASE,
        "import os\n" + BASE,
        BASE.replace("def b():\n", f"def b():\n{DOC}"),
        BASE.replace("    x", "    typed", 1),
        MADE.replace("Do.", "Do more."),
        "",
    ],
)
def test_an_edit_that_was_not_made_or_is_changed_is_not_there(now: str) -> None:
    assert not check_presence(now)
