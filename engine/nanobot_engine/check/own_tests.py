"""The gate "tests": the workspace's own tests are no worse than before.

A test that newly fails is run once more, alone with the others like it: only what fails twice
counts. See `suite_run` for how they are run.
"""

from collections.abc import Mapping, Sequence
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
    worse = sorted(new.failed - old.failed)
    by_chance = _passing_again(scratch, python, command, worse)
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
