"""What classes of the standard library have, without running them."""

import pytest

from nanobot_engine.python.standard_library import StandardLibrary
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.rename.rename import Rename
from support.refactored import check, planned

LIBRARY = StandardLibrary()


@pytest.mark.parametrize(
    ("base", "name", "expected"),
    [
        ("logging.Formatter", "formatMessage", True),
        ("logging.Formatter", "paint", False),
        # Inherited, assigned in `__init__`, imported from a private module.
        ("logging.StreamHandler", "acquire", True),
        ("argparse.Action", "dest", True),
        ("collections.abc.MutableMapping", "pop", True),
        ("io.StringIO", "getvalue", True),
        ("io.StringIO", "paint", False),
        # Every object has it.
        ("threading.Thread", "__eq__", True),
        ("pydantic.BaseModel", "paint", None),
        ("logging.NoSuchClass", "paint", None),
        ("", "paint", None),
    ],
)
def test_what_a_class_has(base: str, name: str, *, expected: bool | None) -> None:
    assert LIBRARY.has(base, name) is expected


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("logging.Formatter", "formatMessage"),
        ("logging.StreamHandler", "acquire"),
        ("io.StringIO", "getvalue"),
        ("dict", "setdefault"),
        ("collections.abc.MutableMapping", "pop"),
    ],
)
def test_a_name_that_a_class_of_the_standard_library_gives_is_not_renamed(
    base: str, name: str
) -> None:
    text = f"import collections.abc, io, logging\nclass Own({base}):\n    def {name}(self): ...\n"

    with pytest.raises(UnsafeError, match=rf"m\.py:2: Own has '{name}' of .*, which keeps"):
        planned(Rename(), {"m.py": text}, symbol=f"m.py::Own.{name}", new_name="other")


def test_a_name_that_is_not_in_the_standard_library_is_the_class_s_own() -> None:
    text = "import logging\nclass Own(logging.Formatter):\n    def paint(self): ...\n"

    change = check(
        Rename(),
        {"m.py": text},
        {"m.py": text.replace("paint", "color")},
        symbol="m.py::Own.paint",
        new_name="color",
    )

    assert not change.notes
    assert not [e for file in change.plan.files for e in file.edits if e.is_likely]


def test_a_name_that_a_class_of_another_package_may_give_is_only_likely_the_class_s_own() -> None:
    text = "from web import View\nclass Own(View):\n    def paint(self): ...\nOwn().paint()\n"

    change = check(
        Rename(),
        {"m.py": text},
        {"m.py": text.replace("paint", "color")},
        symbol="m.py::Own.paint",
        new_name="color",
    )

    assert [note.text for note in change.notes] == [
        "Own has a base class outside of the workspace that may define 'paint', too"
    ]
    assert all(e.is_likely for file in change.plan.files for e in file.edits)
