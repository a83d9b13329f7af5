"""Type checkers and linters before and after a change."""

import sys
from pathlib import Path

import pytest

from nanobot_engine.check import (
    TOOLS,
    CheckOutcome,
    CheckResult,
    CodeTool,
    Trial,
    check_tool,
    is_configured,
    scratch_workspace,
    tool_program,
)
from nanobot_engine.edit import EditPlan, FileEdit, TextEdit, sha256_hex

RUFF, MYPY = (next(tool for tool in TOOLS if tool.name == name) for name in ("ruff", "mypy"))
PYTHON = Path(sys.executable)
FILES = {
    "pyproject.toml": b"[tool.ruff]\n[tool.mypy]\nstrict = true\n",
    "shop/__init__.py": b"",
    "shop/price.py": b"import os\n\n\ndef total(count: int) -> str:\n    return count\n",
    "shop/report.py": b"from shop.price import total\n\ntotal(1).upper()\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, data in FILES.items():
        target = tmp_path / "code" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return tmp_path / "code"


def program_of(tool: CodeTool, root: Path) -> Path:
    found = tool_program(tool.name, root, PYTHON, may_run_code=True, anywhere=True)
    assert found is not None
    return found


def checked(root: Path, tool: CodeTool, old: bytes, new: bytes) -> CheckResult:
    """Replace a text in `shop/price.py`."""
    path, data = "shop/price.py", FILES["shop/price.py"]
    start = data.index(old)
    edit = TextEdit(start, start + len(old), new, f"{path}::", "")
    plan = EditPlan((FileEdit(path, sha256_hex(data), (edit,)),))
    trial = Trial({path: data}, {path: data.replace(old, new, 1)}, plan)
    with scratch_workspace(root) as scratch:
        return check_tool(scratch, tool, program_of(tool, root), PYTHON, trial)


@pytest.mark.parametrize(("tool", "count"), [(RUFF, 1), (MYPY, 1)])
def test_what_a_tool_said_before_is_no_worse(root: Path, tool: CodeTool, count: int) -> None:
    result = checked(root, tool, b"return count", b"return  count")

    assert result == CheckResult(
        CheckOutcome.NO_WORSE, f"{tool.name}: {count} diagnostic as before"
    )


def test_a_new_remark_of_the_linter_is_worse(root: Path) -> None:
    result = checked(root, RUFF, b"    return count", b"    x = 1\n    return count")

    assert result.outcome is CheckOutcome.WORSE
    assert result.detail.startswith("ruff: shop/price.py:5: F841 ")


def test_an_error_of_types_in_a_file_that_nobody_touched_is_worse(root: Path) -> None:
    # As long as before, and within the same second: caches must not miss it.
    result = checked(root, MYPY, b"-> str", b"-> int")

    assert result.outcome is CheckOutcome.WORSE
    assert [str(one) for one in result.new] == [
        'shop/report.py:3: attr-defined "int" has no attribute "upper"'
    ]


def test_a_missing_annotation_is_told_and_no_worse(root: Path) -> None:
    result = checked(root, MYPY, b"(count: int)", b"(count: int, more=None)")

    assert result.outcome is CheckOutcome.NO_WORSE
    assert "left to you: shop/price.py:4: no-untyped-def " in result.detail


def test_a_tool_that_breaks_says_so_and_nothing_about_the_change(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.ruff]\nline-length = 'long'\n")

    result = checked(root, RUFF, b"import os\n", b"")

    assert result.outcome is CheckOutcome.UNKNOWN
    assert result.detail.startswith("ruff ended with 2: ")


def test_a_configuration_that_repairs_files_does_not(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.ruff]\nfix = true\n")

    result = checked(root, RUFF, b"import os\n", b"import os\nimport re\n")

    assert result.outcome is CheckOutcome.WORSE


def test_a_tool_is_configured_by_its_own_section(root: Path) -> None:
    assert is_configured(RUFF, root)
    assert is_configured(MYPY, root)
    (root / "pyproject.toml").write_text("[tool.other]\n")
    (root / "setup.cfg").write_text("[flake8]\n")

    assert [tool.name for tool in TOOLS if is_configured(tool, root)] == ["flake8"]


def test_a_program_of_the_workspace_is_named_only_where_its_code_may_run(root: Path) -> None:
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    for name in ("python", "ruff"):
        (python.parent / name).write_text("#!/bin/sh\n")
        (python.parent / name).chmod(0o755)

    def found(*, may_run_code: bool, anywhere: bool) -> Path | None:
        return tool_program("ruff", root, python, may_run_code=may_run_code, anywhere=anywhere)

    assert found(may_run_code=True, anywhere=False) == python.parent / "ruff"
    assert found(may_run_code=False, anywhere=False) is None
    outside = found(may_run_code=False, anywhere=True)
    assert outside is not None
    assert not outside.is_relative_to(root)


# What each prints, whatever it is asked; it leaves with 1 where it is a type checker.
GARBAGE = {
    "ruff": [
        "", "nothing", "[1]", '[{"filename": "a.py"}]', "[" * 100_000,
        '[{"filename": null, "location": {"row": 1}, "code": "F401", "message": "m"}]',
        '[{"filename": "a.py", "location": {"row": null}, "code": "F401", "message": "m"}]',
        '[{"filename": "a.py", "location": {"row": -4}, "code": "F401", "message": "m"}]',
    ],
    "mypy": ["", "no such thing", "a.py: error", "\x00\xff"],
    "pyright": ["", "{}", '{"generalDiagnostics": 1}', '{"generalDiagnostics": []}'],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "printed"), [(name, printed) for name, texts in GARBAGE.items() for printed in texts]
)
def test_garbage_is_no_answer(root: Path, name: str, printed: str) -> None:
    tool = next(tool for tool in TOOLS if tool.name == name)
    (root / "printed").write_text(printed)
    program = root / "program"
    program.write_text(f"#!/bin/sh\ncat printed\nexit {max(tool.exit_codes)}\n")
    program.chmod(0o755)

    with scratch_workspace(root) as scratch:
        result = check_tool(scratch, tool, scratch.folder / "program", PYTHON, Trial({}, {}))

    assert result.outcome is CheckOutcome.UNKNOWN
    assert result.detail.startswith(f"{name} ")
