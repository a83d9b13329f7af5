"""Diagnostics of tools are repaired by program, and nothing new appears."""

import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from nanobot_engine.check import ToolAccess
from nanobot_engine.refactor.change import Change
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.diagnostics.fix_diagnostics import FixDiagnostics
from nanobot_engine.refactor.errors import ArgumentError, UnsafeError

RUFF = '[tool.ruff.lint]\nselect = ["F", "UP"]\n'
MYPY = "[tool.mypy]\nstrict = true\n"


def encoded(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: dedent(text).lstrip("\n").encode() for path, text in files.items()}


def planned(
    files: Mapping[str, str], *, may_run_code: bool = True, **arguments: str
) -> tuple[Change, dict[str, str]]:
    """Return the change and the texts after it."""
    data = encoded(files)
    access = ToolAccess(Path("/nowhere"), Path(sys.executable), may_run_code)
    change = FixDiagnostics().plan(Codebase(data, tools=access), arguments)
    return change, {path: text.decode() for path, text in change.applied(data).items()}


def test_the_safe_repairs_of_ruff_are_made_and_the_rest_is_told() -> None:
    files = {
        "pyproject.toml": RUFF,
        "a.py": """
            import os
            import re


            def f(x):
                print("é {}".format(x), re)
                return undefined
            """,
    }

    change, after = planned(files, tool="ruff")

    assert after["a.py"] == dedent("""
        import re


        def f(x):
            print(f"é {x}", re)
            return undefined
        """).lstrip("\n")
    assert change.title == "fix 2 of 3 diagnostics of ruff"
    assert [(note.line, note.text) for note in change.notes] == [
        (7, "left: F821 Undefined name `undefined` (which name is meant, nobody can prove)")
    ]
    (file,) = change.plan.files
    assert "F401: `os` imported but unused" in file.edits[0].label


def test_only_what_is_asked_about_is_repaired() -> None:
    text = "import os\n\nprint('{}'.format(1))\n"
    files = {"pyproject.toml": RUFF, "a.py": text, "lib/b.py": text}

    _, after = planned(files, codes="F401", where="lib")

    assert after["a.py"] == text
    assert after["lib/b.py"] == "\nprint('{}'.format(1))\n"


def test_a_code_that_the_workspace_does_not_select_can_be_asked_for() -> None:
    files = {"pyproject.toml": '[tool.ruff.lint]\nselect = ["E9"]\n', "a.py": "import os\n"}

    _, after = planned(files, codes="F401")

    assert after["a.py"] == ""


def test_an_import_that_another_module_takes_stays() -> None:
    files = {
        "pyproject.toml": RUFF,
        "a.py": "import json\nimport os\n",
        "b.py": "from a import os\n\nprint(os.name)\n",
    }

    change, after = planned(files, codes="F401")

    assert after["a.py"] == "import os\n"
    assert "`os` imported but unused" in change.notes[0].text


def test_an_unused_variable_goes_and_what_it_was_given_stays() -> None:
    files = {
        "pyproject.toml": RUFF,
        "a.py": """
            def f(path):
                data = open(path)
                try:
                    g()
                except ValueError as error:
                    pass


            def g():
                first = second = 1
                return second
            """,
    }

    _, after = planned(files, codes="F841")

    assert "\n    open(path)\n" in after["a.py"]
    assert "except ValueError:\n" in after["a.py"]
    assert "    first = second = 1\n" in after["a.py"]


def test_a_name_that_one_module_defines_is_imported() -> None:
    files = {
        "pyproject.toml": RUFF,
        "shop/__init__.py": "",
        "shop/price.py": "def total():\n    return 1\n",
        "shop/one.py": "def twice():\n    pass\n",
        "shop/two.py": "def twice():\n    pass\n",
        "shop/report.py": "print(total())\nprint(twice())\n",
    }

    change, after = planned(files, codes="F821")

    assert after["shop/report.py"] == (
        "from shop.price import total\n\nprint(total())\nprint(twice())\n"
    )
    (note,) = change.notes
    assert note.text.startswith("left: F821 Undefined name `twice` (")


def test_types_that_a_program_knows_are_said() -> None:
    files = {
        "pyproject.toml": MYPY,
        "shop/__init__.py": "",
        "shop/price.py": """
            def show(name: str = None, *, on: bool = True):
                print(name, on)


            def value(x: int):
                return x


            def known() -> int:
                return 1  # type: ignore[no-any-return]  # why
            """,
    }

    change, after = planned(files, tool="mypy")

    text = after["shop/price.py"]
    assert "def show(name: str | None = None, *, on: bool = True) -> None:\n" in text
    assert "def value(x: int):\n" in text
    assert "    return 1  # why\n" in text
    assert [note.text.split()[1] for note in change.notes] == ["no-untyped-def"]


def test_a_repair_that_brings_something_new_is_not_made() -> None:
    files = {
        "pyproject.toml": MYPY,
        "shop/__init__.py": "",
        # None does as a key only where nobody says that it must not.
        "shop/price.py": """
            def size(name: str = None) -> int:
                return len(name)
            """,
        "shop/other.py": """
            def shown(name: str = None) -> str:
                return f"{name}"
            """,
    }

    change, after = planned(files, tool="mypy")

    assert "name: str = None" in after["shop/price.py"]
    assert "name: str | None = None" in after["shop/other.py"]
    assert change.title == "fix 1 of 2 diagnostics of mypy"


def test_a_tool_that_runs_code_needs_permission() -> None:
    files = {"pyproject.toml": MYPY, "a.py": "x: int = ''\n"}

    with pytest.raises(ArgumentError, match="mypy: it runs your code; --check-types"):
        planned(files, may_run_code=False, tool="mypy")


def test_without_anything_to_repair_nothing_is_changed() -> None:
    clean = {"pyproject.toml": RUFF, "a.py": "x = 1\n"}
    with pytest.raises(UnsafeError, match="ruff: says nothing of what is asked about"):
        planned(clean, tool="ruff")

    broken = {"pyproject.toml": RUFF, "a.py": "print(undefined)\n"}
    with pytest.raises(UnsafeError, match="no program can repair any of the 1 diagnostics"):
        planned(broken, tool="ruff")


@pytest.mark.parametrize(
    ("codes", "tool"), [("F401", "ruff"), ("no-untyped-def", "mypy"), ("reportX", "pyright")]
)
def test_codes_say_whose_they_are(codes: str, tool: str) -> None:
    try:
        planned({"a.py": "x = 1\n"}, may_run_code=tool == "ruff", codes=codes)
    except (ArgumentError, UnsafeError) as error:
        assert str(error).startswith(f"{tool}: ")  # noqa: PT017 - either of two errors
    else:
        pytest.fail("nothing is to repair")


def test_line_ends_and_encodings_stay() -> None:
    data = "# coding: latin-1\r\nimport os\r\nprint('é {}'.format(1))\r\n".encode("latin-1")
    codebase = Codebase(
        {"pyproject.toml": RUFF.encode(), "a.py": data},
        tools=ToolAccess(Path("/nowhere"), None, may_run_code=False),
    )

    with pytest.raises(UnsafeError):
        # ruff reads UTF-8 only: it says nothing that can be believed about this file.
        FixDiagnostics().plan(codebase, {"tool": "ruff"})
    text = b"import os\r\nprint('\xc3\xa9 {}'.format(1))\r\n"
    codebase = Codebase(
        {"pyproject.toml": RUFF.encode(), "a.py": text},
        tools=ToolAccess(Path("/nowhere"), None, may_run_code=False),
    )
    change = FixDiagnostics().plan(codebase, {"tool": "ruff"})
    assert change.applied(codebase.data_by_path)["a.py"] == b"print(f'\xc3\xa9 {1}')\r\n"
