"""Imports of one file, added with its layout kept."""

import pytest

from nanobot_engine.refactor.change import ChangeBuilder
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.import_edit import ImportEdit, NewImport


def edited(text: str, new: NewImport) -> str:
    codebase = Codebase({"m.py": text.encode(), "p/__init__.py": b""})
    file = codebase.project.file("m.py")
    assert file is not None
    builder = ChangeBuilder(codebase.project, codebase.data_by_path)
    editor = ImportEdit(builder, file)
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
