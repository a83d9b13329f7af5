"""Modules that can be imported before and after."""

import sys
from pathlib import Path

import pytest

from nanobot_engine.check import CheckOutcome, CheckResult, check_imports, scratch_workspace

FILES = {
    "shop/__init__.py": b"",
    "shop/price.py": b"def total(): return 1\n",
    "shop/report.py": b"from shop.price import total\n",
    "shop/broken.py": b"import there_is_no_such_module\n",
    "shop/loud.py": b"print('loud'); raise SystemExit(0)\n",
    "scripts/json.py": b"raise RuntimeError\n",
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
        result = check_imports(scratch, Path(sys.executable), before, after)
    assert not scratch.folder.exists()
    return result


def test_modules_that_can_still_be_imported_are_no_worse(root: Path) -> None:
    result = checked(
        root,
        {
            "shop/price.py": None,
            "shop/money/__init__.py": b"",
            "shop/money/price.py": FILES["shop/price.py"],
            "shop/report.py": b"from shop.money.price import total\n",
        },
    )

    assert result == CheckResult(CheckOutcome.NO_WORSE, "3 modules")


def test_a_dangling_import_is_worse(root: Path) -> None:
    result = checked(root, {"shop/price.py": b"\n", "shop/report.py": FILES["shop/report.py"]})

    assert result.outcome is CheckOutcome.WORSE
    assert result.detail.startswith("shop.report: ImportError: cannot import name 'total'")


def test_a_cycle_that_breaks_an_import_is_worse(root: Path) -> None:
    result = checked(
        root,
        {
            "shop/price.py": b"from shop.report import tax\ndef total(): return 1\n",
            "shop/report.py": b"from shop.price import total\ntax = 1\n",
        },
    )

    assert result.outcome is CheckOutcome.WORSE
    assert "circular import" in result.detail


def test_a_module_that_could_not_be_imported_before_need_not_be_after(root: Path) -> None:
    result = checked(
        root,
        {
            "shop/broken.py": None,
            "shop/moved.py": FILES["shop/broken.py"],
            "shop/loud.py": b"raise SystemExit(1)\n",
        },
    )

    assert result == CheckResult(CheckOutcome.NO_WORSE, "0 modules, 2 that could not be before")


def test_a_module_does_not_stand_in_for_one_of_python(root: Path) -> None:
    result = checked(root, {"shop/report.py": b"import json\njson.dumps\n"})

    assert result == CheckResult(CheckOutcome.NO_WORSE, "1 modules")


def test_an_interpreter_that_does_not_run_says_nothing(root: Path) -> None:
    with scratch_workspace(root) as scratch:
        python = scratch.folder / "no-python"
        result = check_imports(scratch, python, {"shop/price.py": b""}, {"shop/price.py": b""})

    assert result.outcome is CheckOutcome.UNKNOWN
    assert "importing ended with 127" in result.detail


def test_what_a_module_writes_into_the_answers_does_no_harm(root: Path) -> None:
    forged = (
        "import pathlib\nhome = pathlib.Path.home()\n"
        "for path in home.iterdir():\n"
        "    path.is_file() and path.write_text('[1]\\n{\\n[[\\n' + '[' * 100000 + '\\n')\n"
    )

    result = checked(root, {"shop/price.py": forged.encode()})

    assert result == CheckResult(CheckOutcome.NO_WORSE, "1 modules")


def test_a_module_that_removes_the_answers_says_nothing(root: Path) -> None:
    removing = "import os, shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)\n"
    before = dict.fromkeys(["shop/price.py", "shop/report.py"], removing.encode())

    with scratch_workspace(root) as scratch:
        result = check_imports(scratch, Path(sys.executable), before, before)

    assert result.outcome is CheckOutcome.UNKNOWN
    assert "importing ended with" in result.detail


def test_a_module_that_starts_something_is_not_waited_for(root: Path) -> None:
    starting = "import os, time\nif os.fork() == 0:\n    time.sleep(1000)\n"

    result = checked(root, {"shop/price.py": starting.encode()})

    assert result == CheckResult(CheckOutcome.NO_WORSE, "1 modules")


def test_modules_of_ours_are_none_of_the_workspace(root: Path) -> None:
    # Files beside the script that imports have these names.
    result = checked(root, {"shop/price.py": b"import scratch\nimport trial\n"})

    assert result.outcome is CheckOutcome.WORSE
    assert "No module named 'scratch'" in result.detail
