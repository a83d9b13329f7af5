"""A workspace's own tests before and after."""

import sys
from pathlib import Path

import pytest

from nanobot_engine.check import (
    CheckOutcome,
    CheckResult,
    check_tests,
    has_tests,
    scratch_workspace,
)

FILES = {
    "src/shop/__init__.py": b"",
    "src/shop/price.py": b"def total(): return 1\n",
    "tests/test_price.py": (
        b"from shop.price import total\n\n"
        b"def test_total():\n    assert total() == 1\n\n"
        b"def test_wrong():\n    assert total() == 2\n"
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, data in FILES.items():
        target = tmp_path / "code" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return tmp_path / "code"


def checked(root: Path, after: dict[str, bytes | None]) -> CheckResult:
    before = {path: FILES.get(path) for path in after}
    with scratch_workspace(root) as scratch:
        return check_tests(scratch, Path(sys.executable), before, after)


def test_tests_that_fail_as_before_are_no_worse(root: Path) -> None:
    result = checked(root, {"src/shop/price.py": b"def total():\n    return 1\n"})

    assert result == CheckResult(CheckOutcome.NO_WORSE, "1 tests pass, 1 fail as before")


def test_a_test_that_fails_now_is_worse(root: Path) -> None:
    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result == CheckResult(
        CheckOutcome.WORSE, "newly failing: tests/test_price.py::test_total"
    )


def test_tests_that_can_not_be_collected_are_worse(root: Path) -> None:
    result = checked(root, {"src/shop/price.py": b"def amount():\n    return 1\n"})

    assert result == CheckResult(CheckOutcome.WORSE, "newly failing: tests/test_price.py")


def test_tests_that_are_gone_are_worse(root: Path) -> None:
    result = checked(root, {"tests/test_price.py": b"def test_wrong():\n    assert 0\n"})

    assert result == CheckResult(CheckOutcome.WORSE, "0 tests pass, 1 did before")


def test_a_workspace_without_tests_says_nothing(root: Path) -> None:
    assert has_tests(root)
    (root / "tests/test_price.py").unlink()

    with scratch_workspace(root) as scratch:
        result = check_tests(scratch, Path(sys.executable), {}, {})

    assert result.outcome is CheckOutcome.UNKNOWN
    assert "before the change, pytest ended with 5" in result.detail
