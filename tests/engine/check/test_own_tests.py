"""A workspace's own tests before and after."""

import sys
import venv
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


def test_a_test_that_fails_by_chance_is_run_again(root: Path) -> None:
    # Each run finds what the one before left where builds are kept.
    luck = (
        b"from pathlib import Path\n\n"
        b"def test_luck():\n"
        b"    runs = Path.home() / 'builds/runs'\n"
        b"    runs.parent.mkdir(exist_ok=True)\n"
        b"    count = len(runs.read_text()) if runs.exists() else 0\n"
        b"    runs.write_text('x' * (count + 1))\n"
        b"    assert count != 1\n"
    )
    (root / "tests/test_luck.py").write_bytes(luck)

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 1\n"})

    assert result == CheckResult(
        CheckOutcome.NO_WORSE, "2 tests pass, 1 of them when run again, 1 fail as before"
    )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an interpreter without pytest."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin/python"


UNITTEST = (
    b"import unittest\n\nfrom shop.price import total\n\n\n"
    b"class TotalTest(unittest.TestCase):\n"
    b"    def test_total(self):\n        'Say one.'\n        self.assertEqual(total(), 1)\n\n"
    b"    def test_wrong(self):\n        self.assertEqual(total(), 2)\n\n"
    b"    @unittest.skip('never')\n    def test_never(self):\n        pass\n"
)


@pytest.mark.parametrize("package", [True, False], ids=["package", "folder"])
@pytest.mark.parametrize(
    ("text", "outcome", "detail"),
    [
        (b"def total():\n    return 1\n", CheckOutcome.NO_WORSE, "1 tests pass, 1 fail as before"),
        (b"def total():\n    return 2\n", CheckOutcome.WORSE, "test_price.TotalTest.test_total"),
        (b"def amount():\n    return 2\n", CheckOutcome.WORSE, "test_price"),
    ],
)
def test_without_pytest_unittest_runs(
    root: Path, bare: Path, *, package: bool, text: bytes, outcome: CheckOutcome, detail: str
) -> None:
    (root / "tests/test_price.py").write_bytes(UNITTEST)
    if package:
        (root / "tests/__init__.py").touch()

    with scratch_workspace(root) as scratch:
        before: dict[str, bytes | None] = {"src/shop/price.py": FILES["src/shop/price.py"]}
        result = check_tests(scratch, bare, before, {"src/shop/price.py": text})

    assert result.outcome is outcome
    assert detail in result.detail
