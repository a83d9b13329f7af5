"""The gates that run programs: which run, and what they say."""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from nanobot_engine.check import Trial
from nanobot_engine.edit import EditPlan, FileEdit, TextEdit, sha256_hex
from nanobot_engine.process import Allowed, Check, GateRun, GateVerdict, code_gates

FILES = {
    "pyproject.toml": b"[tool.ruff.lint]\nselect = ['F']\n[tool.mypy]\n",
    "shop/__init__.py": b"",
    "shop/price.py": b"def total() -> int:\n    return 1\n",
    "tests/test_price.py": (
        b"from shop.price import total\n\n\ndef test_total():\n    assert total() == 1\n"
    ),
}
OLD, PATH = b"return 1", "shop/price.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, data in FILES.items():
        target = tmp_path / "code" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return tmp_path / "code"


def asked(
    root: Path,
    new: bytes,
    checks: Collection[Check],
    python: Path | None = Path(sys.executable),
    test_command: Sequence[str] = (),
) -> dict[str, GateRun]:
    data = FILES[PATH]
    start = data.index(OLD)
    edit = TextEdit(start, start + len(OLD), new, f"{PATH}::", "")
    plan = EditPlan((FileEdit(PATH, sha256_hex(data), (edit,)),))
    trial = Trial({PATH: data}, {PATH: data.replace(OLD, new)}, plan)
    allowed = Allowed(checks, python, test_command=test_command)
    return {run.gate: run for run in code_gates(root, trial, allowed)}


def test_without_permission_only_a_linter_that_runs_no_code_is_asked(root: Path) -> None:
    (root / "conftest.py").write_text("raise SystemExit('it was run')\n")

    runs = asked(root, b"return  1", ())

    assert {gate: run.verdict for gate, run in runs.items()} == {
        "imports": GateVerdict.NOT_RUN,
        "lint": GateVerdict.PASSED,
        "types": GateVerdict.NOT_RUN,
        "tests": GateVerdict.NOT_RUN,
    }
    assert runs["types"].detail == (
        "it runs your code; --check-types or the setting process.run_code asks for it"
    )
    assert runs["tests"].detail == (
        "it runs your code; --run-tests or the setting process.run_code asks for it; its files "
        "speak for 'python -m pytest' (conftest.py)"
    )


def test_a_linter_that_is_not_configured_is_not_asked(root: Path) -> None:
    (root / "pyproject.toml").unlink()

    runs = asked(root, b"return undefined", ())

    assert runs["lint"].verdict is GateVerdict.NOT_RUN
    assert runs["lint"].detail == "no linter is configured here that runs no code"


def test_a_linter_with_plugins_needs_permission(root: Path) -> None:
    (root / "pyproject.toml").unlink()
    (root / ".flake8").write_text("[flake8]\n")

    assert asked(root, b"return  1", ())["lint"].detail == (
        "it runs your code; --check-lint or the setting process.run_code asks for it"
    )


def test_everything_that_is_allowed_runs(root: Path) -> None:
    runs = asked(root, b"return 2 - 1", frozenset(Check))

    assert {run.verdict for run in runs.values()} == {GateVerdict.PASSED}
    assert {gate: run.detail for gate, run in runs.items()} == {
        "imports": "1 modules",
        "lint": "ruff: 0 diagnostics as before",
        "types": "mypy: 0 diagnostics as before",
        "tests": "1 tests pass",
    }


def test_each_gate_refuses_what_it_is_for(root: Path) -> None:
    runs = asked(root, b"return str(x)", frozenset(Check))

    assert runs["imports"].verdict is GateVerdict.PASSED
    assert runs["lint"].detail == "ruff: shop/price.py:2: F821 Undefined name `x`"
    assert runs["types"].detail.startswith("mypy: shop/price.py:2: ")
    assert runs["tests"].detail == "newly failing: tests/test_price.py::test_total"
    verdicts = {runs[gate].verdict for gate in ("lint", "types", "tests")}
    assert verdicts == {GateVerdict.REFUSED}


def test_without_an_interpreter_what_needs_one_says_so(root: Path) -> None:
    runs = asked(root, b"return 2 - 1", [Check.IMPORTS, Check.TESTS], None)

    assert {runs["imports"].detail, runs["tests"].detail} == {
        "there is no python3; the setting process.python names it"
    }


def test_ways_to_test_that_need_the_users_word_are_said(root: Path) -> None:
    (root / "tests/test_price.py").unlink()
    (root / "Makefile").write_text("test:\n\ttouch ran\n")

    run = asked(root, b"return  1", {Check.TESTS})["tests"]

    assert (run.verdict, run.detail) == (
        GateVerdict.NOT_RUN,
        "the setting process.test_command has to allow 'make test' (Makefile: target test)",
    )


def test_the_command_of_the_user_runs_the_tests(root: Path) -> None:
    (root / "Makefile").write_text("check:\n\tgrep -q 'return 1' shop/price.py\n")
    command = ("make", "check")

    found = [
        asked(root, new, {Check.TESTS}, test_command=command)["tests"].verdict
        for new in (b"return 1  # one", b"return 2")
    ]

    assert found == [GateVerdict.PASSED, GateVerdict.REFUSED]
