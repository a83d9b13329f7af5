"""The gate "tests": the workspace's own tests are no worse than before.

A test that newly fails is run once more, alone with the others like it: only what fails twice
counts. See `suite_run` for how they are run.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from nanobot_engine.check.outcome import (
    CheckOutcome,
    CheckResult,
    InnocentError,
    NoAnswerError,
)
from nanobot_engine.check.scratch import ScratchWorkspace
from nanobot_engine.check.suite_run import run_suite

_PROBLEMS_MAX: Final = 3
# More than these do not fail by chance.
_AGAIN_MAX: Final = 50


def check_tests(
    scratch: ScratchWorkspace,
    python: Path | None,
    before: Mapping[str, bytes | None],
    after: Mapping[str, bytes | None],
    *,
    command: Sequence[str] = (),
) -> CheckResult:
    """Run the tests before and after.

    Args:
        scratch: A copy of the workspace; left as it is after the change.
        python: The interpreter of the workspace, which may have pytest.
        before: The texts of all touched files before; None for one that is created.
        after: The texts of all touched files after; None for one that is gone.
        command: The user's own way to run them; pytest or unittest without it.
    """
    try:
        scratch.write(before)
        old = run_suite(scratch, python, command)
    except NoAnswerError as error:
        return CheckResult(CheckOutcome.UNKNOWN, f"before the change, {error}")
    try:
        scratch.write(after)
        new = run_suite(scratch, python, command)
    except InnocentError as error:
        return CheckResult(CheckOutcome.UNKNOWN, f"after the change, {error}")
    except NoAnswerError as error:
        return CheckResult(CheckOutcome.WORSE, f"after the change, {error}")
    worse = sorted(new.failed - old.failed - _moved(old.failed, new.failed, after))
    by_chance = _passing_again(scratch, python, command, worse)
    worse = [name for name in worse if name not in by_chance]
    passed, failed = new.passed | by_chance, new.failed - by_chance
    gone = _gone(old.passed, passed | failed, {*before, *after})
    problem = ""
    if worse:
        problem = f"newly failing: {_listed(worse)}"
    elif len(passed) < len(old.passed):
        problem = f"{len(passed)} tests pass, {len(old.passed)} did before"
    elif gone:
        problem = f"no longer run: {_listed(gone)}"
    if problem:
        return CheckResult(CheckOutcome.WORSE, problem)
    left = f", {len(failed)} fail as before" if failed else ""
    chance = f", {len(by_chance)} of them when run again" if by_chance else ""
    return CheckResult(CheckOutcome.NO_WORSE, f"{len(passed)} tests pass{chance}{left}")


def _moved(
    before: Collection[str], after: Collection[str], files: Mapping[str, bytes | None]
) -> frozenset[str]:
    """Return the tests that fail in a touched file as they did in one that is gone."""
    gone = {path for path, data in files.items() if data is None}
    known = {
        test for path, _, test in (name.partition("::") for name in before) if _is_in(path, gone)
    }
    parts = [(name, *name.partition("::")[::2]) for name in after]
    return frozenset(name for name, path, test in parts if test in known and _is_in(path, files))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _PROBLEMS_MAX
    return "; ".join(names[:_PROBLEMS_MAX]) + (f"; and {more} more" if more > 0 else "")


def _gone(
    before: Collection[str], after: Collection[str], touched: Collection[str]
) -> Sequence[str]:
    """Return the tests of files that nobody touched that passed and did not run again.

    Others may have come for them, so that their number says nothing. The values of
    parameters in a name may be names that changed, so of each function only the number counts.
    """
    old, new = (Counter(name.partition("[")[0] for name in names) for names in (before, after))
    return sorted(
        name
        for name, count in old.items()
        # Only pytest names files.
        if new[name] < count and ".py::" in name and not _is_in(name.partition("::")[0], touched)
    )


def _is_in(path: str, files: Collection[str]) -> bool:
    # pytest names files from a folder that need not be that of the workspace.
    return any(one == path or one.endswith(f"/{path}") for one in files)


def _passing_again(
    scratch: ScratchWorkspace,
    python: Path | None,
    command: Sequence[str],
    names: Sequence[str],
) -> frozenset[str]:
    """Return those tests that pass when they are run again; all run with the user's command."""
    if not names or len(names) > _AGAIN_MAX:
        return frozenset()
    try:
        again = run_suite(scratch, python, command, names)
    except NoAnswerError:
        return frozenset()
    return frozenset(names) & again.passed - again.failed
