"""A workspace's own tests before and after."""

import sys
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

from nanobot_engine.check import (
    CheckOutcome,
    CheckResult,
    ResultCache,
    check_tests,
    scratch_workspace,
    suite_run,
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


def test_a_test_that_is_skipped_now_is_worse_though_another_one_passes(root: Path) -> None:
    text = (
        b"import pytest\n\nfrom shop.price import total\n\n\n"
        b"def test_one():\n    if total() == 2:\n        pytest.skip('two')\n\n\n"
        b"def test_two():\n    if total() == 1:\n        pytest.skip('one')\n\n\n"
        b"@pytest.mark.parametrize('value', [total()])\n"
        b"def test_value(value):\n    pass\n"
    )
    (root / "tests/test_price.py").write_bytes(text)

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result == CheckResult(CheckOutcome.WORSE, "no longer run: tests/test_price.py::test_one")


def test_a_test_that_the_change_renames_is_no_worse(root: Path) -> None:
    old = FILES["tests/test_price.py"]
    after: dict[str, bytes | None] = {
        "tests/test_price.py": None,
        "tests/test_money.py": old.replace(b"test_total", b"test_sum"),
    }

    assert checked(root, after) == CheckResult(
        CheckOutcome.NO_WORSE, "1 tests pass, 1 fail as before"
    )


@pytest.mark.parametrize("runner", ["pytest", "unittest"])
def test_tests_of_something_else_than_the_copy_say_nothing(
    root: Path, bare: Path, runner: str
) -> None:
    # As an editable installation does that the copy can not stand before.
    (root / "tests/test_price.py").write_bytes(
        f"import sys\nsys.path.insert(0, {str(root / 'src')!r})\n".encode() + UNITTEST
    )

    with scratch_workspace(root) as scratch:
        python = Path(sys.executable) if runner == "pytest" else bare
        result = check_tests(scratch, python, {}, {})

    assert result.outcome is CheckOutcome.UNKNOWN
    assert result.detail == (
        f"before the change, {runner} imports shop from {root}/src/shop/__init__.py and not from "
        "the copy; an installation that names the workspace keeps it from being tested"
    )


def test_a_workspace_without_tests_says_nothing(root: Path) -> None:
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


@pytest.mark.parametrize("name", ["tests.py", "checks_test.py"])
def test_tests_that_lie_elsewhere_are_found(root: Path, bare: Path, name: str) -> None:
    (root / "tests/test_price.py").rename(root / name)
    for python in (Path(sys.executable), bare):
        (root / name).write_bytes(UNITTEST)
        with scratch_workspace(root) as scratch:
            result = check_tests(scratch, python, {}, {})

        assert result == CheckResult(CheckOutcome.NO_WORSE, "1 tests pass, 1 fail as before")


def test_tests_are_known_by_their_whole_names(root: Path) -> None:
    # Only the part after the dash tells these two apart.
    text = (
        b"import pytest\n\nfrom shop.price import total\n\n\n"
        b"@pytest.mark.parametrize('more', [pytest.param(0, id='a - b'),"
        b" pytest.param(1, id='a - c')])\n"
        b"def test_sum(more):\n    assert total() + more == 2\n"
    )
    (root / "tests/test_price.py").write_bytes(text)

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result == CheckResult(
        CheckOutcome.WORSE, "newly failing: tests/test_price.py::test_sum[a - c]"
    )


def test_what_tests_print_is_not_believed(root: Path) -> None:
    text = (
        b"import sys\n\nfrom shop.price import total\n\n\n"
        b"def test_loud(capfd):\n"
        b"    with capfd.disabled():\n"
        b"        print('\\n== short test summary info ==')\n"
        b"        print('PASSED tests/test_price.py::test_it')\n\n\n"
        b"def test_it():\n    assert total() == 1\n"
    )
    (root / "tests/test_price.py").write_bytes(text)

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result == CheckResult(CheckOutcome.WORSE, "newly failing: tests/test_price.py::test_it")


def test_a_file_that_can_not_be_collected_does_not_hide_the_others(root: Path) -> None:
    (root / "tests/test_needs.py").write_bytes(b"import there_is_no_such_module\n")

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result.outcome is CheckOutcome.WORSE
    assert result.detail == "newly failing: tests/test_price.py::test_total"


def test_the_first_failure_does_not_hide_the_others(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\naddopts = -x\n")
    (root / "tests/test_a.py").write_bytes(b"def test_a():\n    assert 0\n")

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result.detail == "newly failing: tests/test_price.py::test_total"


def test_a_run_that_fails_as_a_whole_may_do_so_afterwards(root: Path) -> None:
    (root / "tests/test_price.py").write_bytes(b"def test_one():\n    pass\n")
    (root / "conftest.py").write_text(
        "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"
    )

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result == CheckResult(CheckOutcome.NO_WORSE, "1 tests pass, 1 fail as before")


HANG = b"import os, time\n\n\ndef test_hang():\n    if os.fork() == 0:\n        os.setsid()\n"
HANG += b"    time.sleep(1000)\n"


REMOVE = b"import shutil\nfrom pathlib import Path\n\n\ndef test_it():\n"
REMOVE += b"    for one in Path.cwd().iterdir():\n        shutil.rmtree(one, ignore_errors=True)\n"
END = b"import os\n\n\ndef test_it():\n    os._exit(0)\n"
CRASH = b"import os\n\n\ndef test_it():\n    os.abort()\n"


@pytest.mark.parametrize(
    ("text", "timeout_s", "detail"),
    [
        (HANG, 3.0, "pytest took longer than 3 s"),
        (REMOVE, 600.0, "pytest ended with 1: INTERNALERROR>"),
        (END, 600.0, "pytest ended with 0"),
        (CRASH, 600.0, "pytest ended with 250"),
    ],
    ids=["hangs", "removes the copy", "ends Python", "crashes"],
)
def test_a_suite_that_breaks_its_run_says_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, timeout_s: float, detail: str
) -> None:
    monkeypatch.setattr(suite_run, "_TIMEOUT_S", timeout_s)
    (root / "tests/test_price.py").write_bytes(text)

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result.outcome is CheckOutcome.UNKNOWN
    assert result.detail.startswith(f"before the change, {detail}")


def test_tests_that_remove_the_copy_afterwards_are_worse(root: Path) -> None:
    removing = b"import os, shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)\n"

    result = checked(root, {"src/shop/price.py": removing + FILES["src/shop/price.py"]})

    assert result.outcome is CheckOutcome.WORSE


def test_what_a_run_left_does_not_change_the_next(root: Path) -> None:
    text = (
        b"from pathlib import Path\n\n\n"
        b"def test_new():\n    Path('made').mkdir()\n    (Path.home() / 'made').mkdir()\n"
    )
    (root / "tests/test_price.py").write_bytes(text)

    result = checked(root, {"src/shop/price.py": b"def total():\n    return 2\n"})

    assert result == CheckResult(CheckOutcome.NO_WORSE, "1 tests pass")


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


def by_command(root: Path, command: Sequence[str], text: bytes) -> CheckResult:
    before: dict[str, bytes | None] = {"src/shop/price.py": FILES["src/shop/price.py"]}
    after: dict[str, bytes | None] = {"src/shop/price.py": text}
    # So that the workspace as it is is run once for several texts.
    with scratch_workspace(root, cache=ResultCache(root.parent / "checks")) as scratch:
        return check_tests(scratch, Path(sys.executable), before, after, command=command)


WORSE = b"def total():\n    return 2\n"
SAME = b"def total():\n    return 1\n"


def test_below_the_users_command_pytest_names_the_tests(root: Path) -> None:
    (root / "Makefile").write_text("test:\n\tcd tests && python -m pytest -q\n")

    same, worse = (by_command(root, ["make", "test"], text) for text in (SAME, WORSE))

    assert same == CheckResult(CheckOutcome.NO_WORSE, "1 tests pass, 1 fail as before")
    assert worse.outcome is CheckOutcome.WORSE
    assert worse.detail == "newly failing: test_price.py::test_total"


def test_of_other_commands_what_they_print_is_read(root: Path) -> None:
    script = (
        "from shop.price import total\n"
        "print('ok 1 - one' if total() == 1 else 'not ok 1 - one # TIME 3')\n"
        "print('test two ... ok\\ntest three ... ignored\\n--- PASS: TestFour (0.00s)')\n"
        "print('    1/2 Test #1: five ......   Passed    0.01 sec')\n"
        "print('    2/2 Test #2: six ......***Failed    0.01 sec')\n"
        "raise SystemExit(1)\n"
    )
    (root / "check.py").write_text(script)

    same, worse = (by_command(root, ["python", "check.py"], text) for text in (SAME, WORSE))

    assert same == CheckResult(CheckOutcome.NO_WORSE, "4 tests pass, 1 fail as before")
    assert worse == CheckResult(CheckOutcome.WORSE, "newly failing: one")


def test_of_unittest_the_names_are_read(root: Path, bare: Path) -> None:
    (root / "tests/test_price.py").write_bytes(UNITTEST)
    (root / "check.sh").write_text(f"#!/bin/sh\ncd tests\n{bare} -m unittest -v\n")
    (root / "check.sh").chmod(0o755)

    same, worse = (by_command(root, ["./check.sh"], text) for text in (SAME, WORSE))

    assert same == CheckResult(CheckOutcome.NO_WORSE, "1 tests pass, 1 fail as before")
    assert worse.outcome is CheckOutcome.WORSE
    assert worse.detail.startswith("newly failing: test_total (test_price.TotalTest")


def test_a_command_that_only_ends_well_or_badly_is_compared_by_that(root: Path) -> None:
    script = "from shop.price import total\nraise SystemExit(total() - 1)\n"
    (root / "check.py").write_text(f"#!{sys.executable}\n{script}")
    (root / "check.py").chmod(0o755)

    same, worse = (by_command(root, ["./check.py"], text) for text in (SAME, WORSE))

    assert same == CheckResult(CheckOutcome.NO_WORSE, "1 tests pass")
    assert worse.outcome is CheckOutcome.WORSE
    assert worse.detail.startswith("after the change, ./check.py ended with 1")


def test_a_command_that_is_not_there_says_nothing(root: Path) -> None:
    result = by_command(root, ["there-is-no-such-program"], SAME)

    assert result.outcome is CheckOutcome.UNKNOWN
    assert "there-is-no-such-program is not installed" in result.detail


def test_what_node_has_installed_is_there_and_can_not_be_written(root: Path) -> None:
    (root / "node_modules/jest").mkdir(parents=True)
    (root / "node_modules/jest/run").write_text(
        "#!/bin/sh\ntouch node_modules/jest/new && exit 1\ngrep -q 'return 1' src/shop/price.py\n"
    )
    (root / "node_modules/jest/run").chmod(0o755)
    command = ["./node_modules/jest/run"]

    found = [by_command(root, command, text).outcome for text in (SAME, WORSE)]

    assert found == [CheckOutcome.NO_WORSE, CheckOutcome.WORSE]
    assert [one.name for one in (root / "node_modules/jest").iterdir()] == ["run"]


def test_an_answer_is_not_kept_for_other_packages_of_node(root: Path, tmp_path: Path) -> None:
    (root / "node_modules").mkdir()
    cache = ResultCache(tmp_path / "checks")
    found = []
    for kept in (None, None, "more"):
        if kept is not None:
            (root / "node_modules" / kept).touch()
        with scratch_workspace(root, cache=cache) as scratch:
            command = ["sh", "-c", "! ls node_modules | grep more"]
            found.append(check_tests(scratch, None, {}, {}, command=command).outcome)

    assert found == [CheckOutcome.NO_WORSE, CheckOutcome.NO_WORSE, CheckOutcome.UNKNOWN]


def test_what_a_script_of_the_workspace_said_is_kept(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "code/check.sh"
    script.write_text(f"#!/bin/sh\ncat {tmp_path}/verdict | grep good\n")
    script.chmod(0o755)
    cache = ResultCache(tmp_path / "checks")
    found = []
    for verdict in ("good", "bad"):
        (tmp_path / "verdict").write_text(verdict)
        with scratch_workspace(root, cache=cache) as scratch:
            found.append(check_tests(scratch, None, {}, {}, command=["./check.sh"]).outcome)

    assert found == [CheckOutcome.NO_WORSE, CheckOutcome.NO_WORSE]
