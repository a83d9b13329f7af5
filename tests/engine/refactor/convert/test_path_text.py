"""What is known about texts that are paths."""

import pytest

from nanobot_engine.refactor.convert.os_path import ConvertOsPath
from nanobot_engine.refactor.errors import UnsafeError
from support.refactored import check, encoded, planned


def test_the_folder_of_an_own_file_becomes_text_of_a_path() -> None:
    before = "import os.path\nimport sys\n\nsys.path[0:0] = [{}]\n"
    files = {"m.py": before.format("os.path.dirname(os.path.dirname(__file__))")}

    check(
        ConvertOsPath(),
        files,
        {
            "m.py": "import sys\nfrom pathlib import Path\n\n"
            "sys.path[0:0] = [str(Path(__file__).parent.parent)]\n"
        },
    )
    with pytest.raises(UnsafeError, match="end in a slash"):
        planned(ConvertOsPath(), files, strict="yes")


_MAKING = """
    import os

    def touch(path: str):
        folder = os.path.dirname(path)
        if {}:
            os.makedirs(folder)
"""


def test_a_folder_that_is_made_where_it_is_missing_becomes_a_path() -> None:
    files = {"m.py": _MAKING.format("folder and not os.path.exists(folder)")}

    change = check(
        ConvertOsPath(),
        files,
        {
            "m.py": """
                import os
                from pathlib import Path

                def touch(path: str):
                    folder = Path(path).parent
                    if not folder.exists():
                        os.makedirs(folder)
            """
        },
    )

    assert "ends in a slash" in change.notes[0].text
    # `Path("")` is there, and empty text is not.
    for test in ("folder and os.path.exists(folder)", "folder or not os.path.exists(folder)"):
        files = {"m.py": _MAKING.format(test)}
        try:
            after = planned(ConvertOsPath(), files).applied(encoded(files))["m.py"]
        except UnsafeError:
            continue
        assert b"folder = os.path.dirname(path)" in after
