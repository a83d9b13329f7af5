"""The gate "tests": the workspace's own tests are no worse than before.

They run with pytest, or with unittest where the interpreter has no pytest. A test that
newly fails is run once more, alone with the others like it: only what fails twice counts.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanobot_engine.check.confined import ConfinedRun, run_confined
from nanobot_engine.check.import_check import package_roots
from nanobot_engine.check.outcome import CheckOutcome, CheckResult, NoAnswerError
from nanobot_engine.check.scratch import ScratchWorkspace

_TIMEOUT_S: Final = 600.0
_CONFIGURATION: Final = ("pytest.ini", "conftest.py", "tests", "test")
_PROBLEMS_MAX: Final = 3
# More than these do not fail by chance.
_AGAIN_MAX: Final = 50
# A line of pytest's summary; an error has the file alone when it could not be collected.
_LINE: Final = re.compile(
    r"^(PASSED|FAILED|ERROR|XPASS|XFAIL|SKIPPED) (\S[^\n]*?)(?: - .*)?$", re.M
)
# What pytest leaves with when it ran all tests, whatever became of them.
_RAN: Final = frozenset({0, 1})
_COMMAND: Final = (
    "-m", "pytest", "-q", "-rA", "--no-header", "--tb=no", "--color=no", "-p", "no:cacheprovider",
)  # fmt: skip
_NO_PYTEST: Final = re.compile(r"No module named '?pytest'?\s*$")
_UNITTEST: Final = ("-m", "unittest")
_NOT_LOADED: Final = "unittest.loader._FailedTest."
# What unittest says of a test, with the first line of its docstring between.
_UNITTEST_LINE: Final = re.compile(
    r"^([\w.]+) \(([\w.]+)\)(?:\n[^\n]*?)? \.\.\. (?:[^\n]*?)"
    r"(ok|FAIL|ERROR|expected failure|unexpected success|skipped [^\n]*)$",
    re.M,
)


@dataclass(frozen=True, slots=True)
class _Tests:
    passed: frozenset[str]
    failed: frozenset[str]


def has_tests(root: Path) -> bool:
    """Tell whether a workspace looks like one with tests."""
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
        python: The interpreter of the workspace, which may have pytest.
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
    by_chance = _passing_again(scratch, python, worse)
    worse = [name for name in worse if name not in by_chance]
    if worse:
        more = len(worse) - _PROBLEMS_MAX
        end = f"; and {more} more" if more > 0 else ""
        named = "; ".join(worse[:_PROBLEMS_MAX])
        return CheckResult(CheckOutcome.WORSE, f"newly failing: {named}{end}")
    passed, failed = new.passed | by_chance, new.failed - by_chance
    if len(passed) < len(old.passed):
        detail = f"{len(passed)} tests pass, {len(old.passed)} did before"
        return CheckResult(CheckOutcome.WORSE, detail)
    left = f", {len(failed)} fail as before" if failed else ""
    chance = f", {len(by_chance)} of them when run again" if by_chance else ""
    return CheckResult(CheckOutcome.NO_WORSE, f"{len(passed)} tests pass{chance}{left}")


def _passing_again(scratch: ScratchWorkspace, python: Path, names: Sequence[str]) -> frozenset[str]:
    """Return those tests that pass when they are run again."""
    if not names or len(names) > _AGAIN_MAX:
        return frozenset()
    try:
        again = _run(scratch, python, names)
    except NoAnswerError:
        return frozenset()
    return frozenset(names) & again.passed - again.failed


def _run(scratch: ScratchWorkspace, python: Path, only: Sequence[str] = ()) -> _Tests:
    """Run tests, or take what they did when the copy was like this before."""
    passed, failed = scratch.answered(
        ["tests", _COMMAND, *only], [python], lambda: _ran(scratch, python, only)
    )
    return _Tests(frozenset(passed), frozenset(failed))


def _ran(
    scratch: ScratchWorkspace, python: Path, only: Sequence[str]
) -> tuple[list[str], list[str]]:
    run = _confined(scratch, [str(python), *_COMMAND, *only])
    if run.exit_code == 1 and _NO_PYTEST.search(run.output):
        return _ran_unittest(scratch, python, only)
    summary = run.output.rpartition("short test summary info")[2]
    found = [(kind, name) for kind, name in _LINE.findall(summary)]
    passed = {name for kind, name in found if kind in {"PASSED", "XFAIL", "XPASS"}}
    failed = {name for kind, name in found if kind in {"FAILED", "ERROR"}}
    if run.exit_code not in _RAN and not (passed or failed):
        raise NoAnswerError(f"pytest ended with {run.exit_code}: {_last_line(run)}")
    if run.exit_code == 1 and not failed:
        raise NoAnswerError(f"pytest ended with 1 and names no test: {_last_line(run)}")
    return sorted(passed), sorted(failed)


def _ran_unittest(
    scratch: ScratchWorkspace, python: Path, only: Sequence[str]
) -> tuple[list[str], list[str]]:
    arguments = ["-v", *only] if only else ["discover", "-v", *_start_folder(scratch.folder)]
    run = _confined(scratch, [str(python), *_UNITTEST, *arguments])
    passed, failed = set(), set()
    for method, owner, verdict in _UNITTEST_LINE.findall(run.output):
        # Before Python 3.11 only the class stands in the brackets.
        name = owner if owner.endswith(f".{method}") else f"{owner}.{method}"
        # A module that can not be imported has a test of its own.
        name = name.removeprefix(_NOT_LOADED)
        if verdict in {"ok", "expected failure"}:
            passed.add(name)
        elif not verdict.startswith("skipped"):
            failed.add(name)
    if not (passed or failed):
        raise NoAnswerError(f"unittest ended with {run.exit_code}: {_last_line(run)}")
    if run.exit_code not in _RAN or (run.exit_code == 1 and not failed):
        raise NoAnswerError(f"unittest ended with {run.exit_code}: {_last_line(run)}")
    return sorted(passed - failed), sorted(failed)


def _start_folder(folder: Path) -> list[str]:
    """Return where unittest looks: a folder of tests that is no package is not found from above."""
    found = [name for name in ("tests", "test") if (folder / name).is_dir()]
    if not found or (folder / found[0] / "__init__.py").is_file():
        return []
    return ["-s", found[0]]


def _confined(scratch: ScratchWorkspace, command: Sequence[str]) -> ConfinedRun:
    roots = package_roots(scratch.folder)
    run = run_confined(
        command,
        folder=scratch.folder,
        home=scratch.home,
        environment={"PYTHONPATH": os.pathsep.join(map(str, roots)), "COLUMNS": "1000"},
        timeout_s=_TIMEOUT_S,
        cancelled=scratch.cancelled,
    )
    scratch.lacks.update(run.lacks)
    # Tests that could not write say nothing about the change.
    scratch.check_space()
    if run.exit_code is None:
        raise NoAnswerError(f"tests took longer than {_TIMEOUT_S:.0f} s")
    return run


def _last_line(run: ConfinedRun) -> str:
    return run.output.strip().rpartition("\n")[2]
