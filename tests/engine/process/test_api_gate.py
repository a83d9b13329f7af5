"""What others can import stays, but for what was asked."""

import pytest

from nanobot_engine.edit import sha256_hex
from nanobot_engine.edit.plan import EditPlan, FileEdit
from nanobot_engine.process.api_gate import api_problems
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import refactoring_named
from nanobot_engine.refactor.sequence import line_edits

BEFORE = b"""\
import json
from os import path as _path

from .part import piece

LIMIT = 1
_HIDDEN = 2


def load(name, *, deep=False):
    return json.loads(name)


class Base:
    pass


class Box(Base):
    def __init__(self, size):
        self.size = size

    def open(self, key=None):
        return key

    def _shut(self):
        pass
"""


def problems(
    old: bytes, new: bytes, name: str, *, path: str = "shop/box.py", **arguments: str
) -> list[str]:
    """Return what the gate says of one replacement."""
    assert old in BEFORE
    after = BEFORE.replace(old, new)
    file = FileEdit(path, sha256_hex(BEFORE), line_edits(path, BEFORE, after, ""))
    parts = [(refactoring_named(name), arguments)]
    found = api_problems(
        Codebase({path: BEFORE}), Codebase({path: after}), EditPlan((file,)), parts
    )
    return list(found)


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        (b"LIMIT = 1", b"_LIMIT = 1", "'LIMIT' is gone"),
        (b"def load(", b"def read(", "'load' is gone"),
        (b"name, *, deep=False", b"name, deep=False", "'load' was (name, *, deep=…) and is"),
        (b"deep=False", b"deep", "'load' was"),
        (b"class Box(Base)", b"class Box", "'Box' was a class of (Base) and is a class of ()"),
        (b"self, key=None", b"self", "'Box.open' was"),
        (b"self, size", b"self, size, more", "'Box.__init__' was"),
    ],
)  # fmt: skip
def test_what_nobody_asked_for_is_refused(old: bytes, new: bytes, detail: str) -> None:
    (said,) = problems(old, new, "convert format strings")

    assert said.startswith(f"shop/box.py: {detail}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"_HIDDEN = 2", b""),
        (b"def _shut", b"def _close"),
        (b"name, *, deep=False", b"name: str, *, deep: bool = True"),
        (b"import json\n", b"import json\nimport re\n"),
        (b"LIMIT = 1", b"LIMIT = 3\nMORE = 4"),
        (b"return key", b"return [key]"),
    ],
)
def test_what_is_not_public_may_change(old: bytes, new: bytes) -> None:
    assert problems(old, new, "convert format strings") == []


@pytest.mark.parametrize("path", ["shop/_box.py", "tests/helper.py", "test_box.py", "_a/box.py"])
def test_private_modules_and_tests_have_no_api(path: str) -> None:
    assert problems(b"LIMIT = 1", b"", "convert format strings", path=path) == []


def test_what_was_asked_for_may_change() -> None:
    rename = {"symbol": "shop/box.py::load", "new_name": "read"}
    assert problems(b"def load(", b"def read(", "rename", **rename) == []
    assert problems(b"LIMIT", b"MOST", "rename", **rename) != []
    remove = {"function": "shop/box.py::Box.open", "parameter": "key"}
    assert problems(b"self, key=None", b"self", "remove parameter", **remove) == []
    base = {"symbol": "shop/box.py::Base", "new_name": "Root"}
    assert problems(b"Base", b"Root", "rename", **base) == []


def test_what_an_init_passes_on_is_public() -> None:
    path = "shop/__init__.py"

    assert problems(b"import json", b"import re", "fix diagnostics", path=path) == []
    said = problems(b"import piece", b"import _piece", "fix diagnostics", path=path)
    assert said == ["shop/__init__.py: 'piece' is gone and was not asked about"]


def test_what_nobody_uses_may_be_removed_where_that_was_asked() -> None:
    assert problems(b"LIMIT = 1\n", b"", "remove dead code") == []


def test_what_a_tool_says_is_no_leave_to_change_what_it_names() -> None:
    handed = {"diagnostics": '[["ruff", "shop/box.py", 7, "N816", "Variable `LIMIT` is loud"]]'}

    said = problems(b"LIMIT", b"MOST", "fix diagnostics", **handed)

    assert said == ["shop/box.py: 'LIMIT' is gone and was not asked about"]


@pytest.mark.parametrize(("package", "is_lost"), [("from .a import *\n", True), ("", False)])
def test_a_package_goes_on_passing_on_what_moves(package: str, *, is_lost: bool) -> None:
    moved = b"def f(): ...\n"
    before = {"shop/__init__.py": package.encode(), "shop/a.py": moved, "shop/b.py": b"x = 1\n"}
    after = {**before, "shop/a.py": b"y = 1\n", "shop/b.py": b"x = 1\n" + moved}
    plan = EditPlan(
        tuple(
            FileEdit(
                path, sha256_hex(before[path]), line_edits(path, before[path], after[path], "")
            )
            for path in ("shop/a.py", "shop/b.py")
        )
    )
    parts = [(refactoring_named("move"), {"symbols": "shop/a.py::f", "target": "shop/b.py"})]

    found = list(api_problems(Codebase(before), Codebase(after), plan, parts))

    assert found == (["shop/__init__.py: 'f' came by a star and is gone"] if is_lost else [])
