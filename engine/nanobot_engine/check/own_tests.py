"""The gate "tests": the workspace's own tests are no worse than before."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.check.confined import run_confined
from nanobot_engine.check.import_check import package_roots
from nanobot_engine.check.outcome import CheckOutcome, CheckResult, NoAnswerError
from nanobot_engine.check.scratch import ScratchWorkspace

_TIMEOUT_S: Final = 600.0
_CONFIGURATION: Final = ("pytest.ini", "conftest.py", "tests", "test")
_PROBLEMS_MAX: Final = 3
# A line of pytest's summary; an error has the file alone when it could not be collected.
_LINE: Final = re.compile(
    r"^(PASSED|FAILED|ERROR|XPASS|XFAIL|SKIPPED) (\S[^\n]*?)(?: - .*)?$", re.M
)
# What pytest leaves with when it ran all tests, whatever became of them.
_RAN: Final = frozenset({0, 1})
_COMMAND: Final = (
    "-m", "pytest", "-q", "-rA", "--no-header", "--tb=no", "--color=no", "-p", "no:cacheprovider",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tests:
    passed: frozenset[str]
    failed: frozenset[str]


def has_tests(root: Path) -> bool:
    """Tell whether a workspace looks like one with tests for pytest."""
    return any((root / name).exists() for name in _CONFIGURATION) or any(root.glob("test_*.py"))


def check_tests(
    scratch: ScratchWorkspace,
    python: Path,
    before: Mapping[str, bytes | None],
    after: Mapping[str, bytes | None],
) -> CheckResult:
    """Run the tests before and after.

    Args:
        scratch: A copy of the workspace; left as it is after the change.
        python: The interpreter of the workspace, which has pytest.
        before: The texts of all touched files before; None for one that is created.
        after: The texts of all touched files after; None for one that is gone.
    """
    try:
        scratch.write(before)
        old = _run(scratch, python)
    except NoAnswerError as error:
        return CheckResult(CheckOutcome.UNKNOWN, f"before the change, {error}")
    try:
        scratch.write(after)
        new = _run(scratch, python)
    except NoAnswerError as error:
        return CheckResult(CheckOutcome.WORSE, f"after the change, {error}")
    worse = sorted(new.failed - old.failed)
    if worse:
        more = len(worse) - _PROBLEMS_MAX
        end = f"; and {more} more" if more > 0 else ""
        named = "; ".join(worse[:_PROBLEMS_MAX])
        return CheckResult(CheckOutcome.WORSE, f"newly failing: {named}{end}")
    if len(new.passed) < len(old.passed):
        detail = f"{len(new.passed)} tests pass, {len(old.passed)} did before"
        return CheckResult(CheckOutcome.WORSE, detail)
    left = f", {len(new.failed)} fail as before" if new.failed else ""
    return CheckResult(CheckOutcome.NO_WORSE, f"{len(new.passed)} tests pass{left}")


def _run(scratch: ScratchWorkspace, python: Path) -> _Tests:
    """Run all tests, or take what they did when the copy was like this before."""
    passed, failed = scratch.answered(["tests", _COMMAND], [python], lambda: _ran(scratch, python))
    return _Tests(frozenset(passed), frozenset(failed))


def _ran(scratch: ScratchWorkspace, python: Path) -> tuple[list[str], list[str]]:
    roots = package_roots(scratch.folder)
    run = run_confined(
        [str(python), *_COMMAND],
        folder=scratch.folder,
        home=scratch.home,
        environment={"PYTHONPATH": os.pathsep.join(map(str, roots)), "COLUMNS": "1000"},
        timeout_s=_TIMEOUT_S,
        cancelled=scratch.cancelled,
    )
    scratch.lacks.update(run.lacks)
    if run.exit_code is None:
        raise NoAnswerError(f"tests took longer than {_TIMEOUT_S:.0f} s")
    summary = run.output.rpartition("short test summary info")[2]
    found = [(kind, name) for kind, name in _LINE.findall(summary)]
    passed = {name for kind, name in found if kind in {"PASSED", "XFAIL", "XPASS"}}
    failed = {name for kind, name in found if kind in {"FAILED", "ERROR"}}
    if run.exit_code not in _RAN and not (passed or failed):
        last = run.output.strip().rpartition("\n")[2]
        raise NoAnswerError(f"pytest ended with {run.exit_code}: {last}")
    return sorted(passed), sorted(failed)
