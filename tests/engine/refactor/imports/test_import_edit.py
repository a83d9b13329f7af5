"""Imports of one file, added with its layout kept."""

import pytest

from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.imports.import_edit import ImportEdit, NewImport


def edited(text: str, *added: NewImport) -> str:
    codebase = Codebase({"m.py": text.encode(), "p/__init__.py": b""})
    file = codebase.project.file("m.py")
    assert file is not None
    builder = ChangeBuilder(codebase.project, codebase.data_by_path)
    editor = ImportEdit(builder, file)
    for new in added:
        editor.add(new)
    editor.finish()
    return builder.build("imports").applied(codebase.data_by_path)["m.py"].decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os  # paths\nx = os\n", "import os  # paths\nimport sys\nx = os\n"),
        ("import os; x = os\n", "import os\nimport sys; x = os\n"),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nimport sys\n\nx = 1\n'),
        ('"""Doc."""  # why\n\nx = 1\n', '"""Doc."""  # why\n\nimport sys\n\nx = 1\n'),
        ("from p import q  # ours\n", "import sys\n\nfrom p import q  # ours\n"),
        (
            "import os  # paths\n\nfrom p import q\n",
            "import os  # paths\nimport sys\n\nfrom p import q\n",
        ),
    ],
)
def test_comments_stay_with_their_imports(before: str, after: str) -> None:
    assert edited(before, NewImport("sys")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from m import b, d\n", "from m import a, b, c, d, e\n"),
        (
            "from m import (\n    b,\n    d,\n)\n",
            "from m import (\n    a,\n    b,\n    c,\n    d,\n    e,\n)\n",
        ),
        (
            f"from m import b, {'d' * 70}\n",
            f"from m import (\n    a,\n    b,\n    c,\n    {'d' * 70},\n    e,\n)\n",
        ),
        (
            f"from m import b, \\\n    {'d' * 70}\n",
            f"from m import a, c, e\nfrom m import b, \\\n    {'d' * 70}\n",
        ),
    ],
)  # fmt: skip
def test_several_names_join_one_statement(before: str, after: str) -> None:
    added = [NewImport("m", name) for name in ("e", "c", "a")]

    assert edited(before, *added) == after
