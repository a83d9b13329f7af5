"""The gates that run the user's code, where he allows it: in a confined scratch copy.

Nothing of a workspace is ever run by default: somebody else may have written it.
"""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from nanobot_engine.check import (
    CheckOutcome,
    CheckResult,
    ScratchError,
    check_imports,
    check_tests,
    has_tests,
    scratch_workspace,
)
from nanobot_engine.process import Check, GateRun, GateVerdict, Review

_ASK_FOR: Final = {
    Check.IMPORTS: "--check-imports or the setting process.run_code",
    Check.TESTS: "--run-tests or the setting process.run_code",
}
_VERDICT: Final = {
    CheckOutcome.NO_WORSE: GateVerdict.PASSED,
    CheckOutcome.WORSE: GateVerdict.REFUSED,
    CheckOutcome.UNKNOWN: GateVerdict.NOT_RUN,
}


def workspace_python(root: Path, configured: Path | None) -> Path | None:
    """Return the interpreter that knows the dependencies of a workspace; None without any."""
    candidates = [configured] if configured else []
    candidates += [root / ".venv/bin/python", root / "venv/bin/python"]
    found = next((path for path in candidates if path.is_file()), None)
    if found is not None:
        return found
    installed = shutil.which("python3")
    return Path(installed) if installed else None


def code_gates(
    root: Path,
    found: Review,
    checks: Collection[Check],
    *,
    python: Path | None,
    cancelled: Callable[[], bool],
) -> list[GateRun]:
    """Ask the gates that run code, and say of those that did not run why.

    Args:
        root: The workspace.
        found: The change.
        checks: What the user allowed.
        python: The interpreter of the workspace.
        cancelled: Polled; a true answer ends them.
    """
    runs = [
        GateRun(check.value, GateVerdict.NOT_RUN, f"it runs your code; {how} asks for it")
        for check, how in _ASK_FOR.items()
        if check not in checks
    ]
    if not checks:
        return runs
    if python is None:
        return runs + _not_run(checks, "there is no python3; the setting process.python names it")
    before = {
        path: found.base_by_path[path].data if path in found.base_by_path else None
        for file in found.plan.files
        for path in file.touched_paths
    }
    after: dict[str, bytes | None] = dict.fromkeys(before)
    for file in found.plan.files:
        if file.result_path is not None:
            after[file.result_path] = found.result(file.path)
    try:
        with scratch_workspace(root, cancelled=cancelled) as scratch:
            if Check.IMPORTS in checks:
                runs.append(_run(Check.IMPORTS, check_imports(scratch, python, before, after)))
            if Check.TESTS in checks and not has_tests(root):
                runs += _not_run([Check.TESTS], "there are no tests for pytest here")
            elif Check.TESTS in checks:
                runs.append(_run(Check.TESTS, check_tests(scratch, python, before, after)))
    except ScratchError as error:
        done = {run.gate for run in runs}
        runs += _not_run([one for one in checks if one.value not in done], str(error))
    return runs


def _run(check: Check, result: CheckResult) -> GateRun:
    return GateRun(check.value, _VERDICT[result.outcome], result.detail)


def _not_run(checks: Collection[Check], reason: str) -> list[GateRun]:
    return [GateRun(check.value, GateVerdict.NOT_RUN, reason) for check in checks]
