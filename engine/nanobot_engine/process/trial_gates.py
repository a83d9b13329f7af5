"""The gates that run programs over a change: in a confined scratch copy, as far as allowed.

    imports   every touched module can be imported when it could be before
    types     the type checkers of the workspace find nothing that they did not before
    lint      its linters find nothing that they did not before
    tests     its tests do as well as before

Code of a workspace is never run by default: somebody else may have written it. A linter
that runs none of it, and does not lie in the workspace, is asked anyway.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from nanobot_engine.check import (
    NO_PYTHON,
    TOOLS,
    CheckOutcome,
    CheckResult,
    CodeTool,
    Diagnostic,
    ResultCache,
    Role,
    ScratchError,
    ScratchWorkspace,
    Trial,
    check_imports,
    check_tests,
    check_tool,
    is_configured,
    said_way,
    scratch_workspace,
    tool_program,
    why_no_tests,
)
from nanobot_engine.process.edit_review import Review
from nanobot_engine.process.record import GateRun, GateVerdict
from nanobot_engine.process.refactor_parts import Check

_ASK_FOR: Final = {
    Check.IMPORTS: "--check-imports or the setting process.run_code",
    Check.TYPES: "--check-types or the setting process.run_code",
    Check.LINT: "--check-lint or the setting process.run_code",
    Check.TESTS: "--run-tests or the setting process.run_code",
}
_CHECK_BY_ROLE: Final = {Role.TYPES: Check.TYPES, Role.LINT: Check.LINT}
_WORD: Final = {Role.TYPES: "type checker", Role.LINT: "linter"}
_VERDICT: Final = {
    CheckOutcome.NO_WORSE: GateVerdict.PASSED,
    CheckOutcome.WORSE: GateVerdict.REFUSED,
    CheckOutcome.UNKNOWN: GateVerdict.NOT_RUN,
}
# The worst of several tools is what their gate says.
_WORST_FIRST: Final = (CheckOutcome.WORSE, CheckOutcome.UNKNOWN, CheckOutcome.NO_WORSE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may run."""

    checks: Collection[Check]
    """What of the user's code."""
    python: Path | None
    """The interpreter of the workspace."""
    cancelled: Callable[[], bool] = lambda: False
    """Polled; a true answer ends what runs."""
    cache: ResultCache | None = None
    """Keeps what was found out."""
    test_command: Sequence[str] = ()
    """The user's own way to run tests; pytest or unittest without it."""
    unvouched: Collection[Check] = ()
    """What only the ledger says may run: said, and not done."""


@dataclass(frozen=True, slots=True)
class _Tooling:
    """A tool that shall run."""

    tool: CodeTool
    program: Path


def trial_of(found: Review) -> Trial:
    """Return the change of a process as checks take it."""
    before = {
        path: found.base_by_path[path].data if path in found.base_by_path else None
        for file in found.plan.files
        for path in file.touched_paths
    }
    after: dict[str, bytes | None] = dict.fromkeys(before)
    for file in found.plan.files:
        if file.result_path is not None:
            after[file.result_path] = found.result(file.path)
    return Trial(before, after, found.plan)


def code_gates(root: Path, trial: Trial, allowed: Allowed) -> list[GateRun]:
    """Ask the gates that run programs, and say of those that did not run why.

    Args:
        root: The workspace.
        trial: The change.
        allowed: What may run.
    """
    with TrialGates(root, allowed) as gates:
        return gates.ask(trial)


class TrialGates:
    """The gates over one copy, for one or more trials. Its `with` block removes the copy."""

    def __init__(self, root: Path, allowed: Allowed) -> None:
        self._root = root
        self._allowed = allowed
        self._stack = ExitStack()
        self._scratch: ScratchWorkspace | None = None
        self._tools: dict[Check, list[_Tooling]] = {}
        self.new: list[tuple[Check, Diagnostic]] = []
        """What checkers newly said about the last trial."""

    def ask(self, trial: Trial, only: Collection[Check] = frozenset(Check)) -> list[GateRun]:
        """Ask gates about a change.

        Args:
            trial: It names every path that an earlier trial of this copy named.
            only: Which.
        """
        self.new = []
        runs = []
        for check in Check:
            if check not in only:
                continue
            reason = self._reason_against(check)
            if reason:
                runs.append(GateRun(check.value, GateVerdict.NOT_RUN, reason))
                continue
            try:
                result = self._asked(check, trial)
            except ScratchError as error:
                result = CheckResult(CheckOutcome.UNKNOWN, str(error))
            self.new += ((check, one) for one in result.new)
            detail = result.detail + self._lacks()
            runs.append(GateRun(check.value, _VERDICT[result.outcome], detail))
        return runs

    def _reason_against(self, check: Check) -> str:
        if check not in self._tools:
            self._tools[check], reason = _tools(self._root, check, self._allowed)
            if reason:
                return reason
        return _reason_against(self._root, check, self._allowed, has_tool=bool(self._tools[check]))

    def _lacks(self) -> str:
        """Return a remark about what ran with less around it than there should be."""
        lacks = self._scratch.lacks if self._scratch is not None else set()
        return f" (the kernel did not confine: {', '.join(sorted(lacks))})" if lacks else ""

    def _asked(self, check: Check, trial: Trial) -> CheckResult:
        if self._scratch is None:
            allowed = self._allowed
            copied = scratch_workspace(self._root, cancelled=allowed.cancelled, cache=allowed.cache)
            self._scratch = self._stack.enter_context(copied)
        return _asked(check, self._scratch, self._tools[check], self._allowed, trial)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()


def _reason_against(root: Path, check: Check, allowed: Allowed, *, has_tool: bool) -> str:
    """Return why a check can not run; empty when it can."""
    if has_tool:
        return ""
    if check not in allowed.checks and check in allowed.unvouched:
        return (
            "it runs your code, and was not allowed by you here: "
            f"start again with {_ASK_FOR[check]}"
        )
    if check not in allowed.checks:
        way = said_way(root) if check is Check.TESTS and not allowed.test_command else ""
        return f"it runs your code; {_ASK_FOR[check]} asks for it{way}"
    if check is Check.TESTS:
        return "" if allowed.test_command else why_no_tests(root, allowed.python)
    return "" if allowed.python is not None else NO_PYTHON


def _tools(root: Path, check: Check, allowed: Allowed) -> tuple[list[_Tooling], str]:
    """Return the tools of a check that can run, or why none does."""
    role = next((role for role, one in _CHECK_BY_ROLE.items() if one is check), None)
    if role is None:
        return [], ""
    may_run_code = check in allowed.checks
    known = [tool for tool in TOOLS if tool.role is role]
    wanted = [tool for tool in known if is_configured(tool, root)]
    may_be_asked = [tool for tool in wanted if may_run_code or not tool.runs_code]
    if not may_run_code and all(tool.runs_code for tool in wanted or known):
        return [], ""
    found = []
    for tool in may_be_asked or known:
        program = tool_program(
            tool.name,
            root,
            allowed.python,
            may_run_code=may_run_code,
            anywhere=bool(wanted),
        )
        if program is not None and (wanted or may_run_code):
            found.append(_Tooling(tool, program))
    if found:
        return (found if wanted else found[:1]), ""
    if not wanted and not may_run_code:
        return [], f"no {_WORD[role]} is configured here that runs no code"
    names = " or ".join(tool.name for tool in may_be_asked or known)
    return [], f"{names} is not installed where it may be run from"


def _asked(
    check: Check,
    scratch: ScratchWorkspace,
    tools: list[_Tooling],
    allowed: Allowed,
    trial: Trial,
) -> CheckResult:
    # A linter needs no interpreter; the others did not come here without one.
    interpreter = allowed.python or Path()
    if check is Check.IMPORTS:
        return check_imports(scratch, interpreter, trial.before, trial.after)
    if check is Check.TESTS:
        before, after = trial.before, trial.after
        return check_tests(scratch, allowed.python, before, after, command=allowed.test_command)
    results = [check_tool(scratch, one.tool, one.program, interpreter, trial) for one in tools]
    worst = next(one for one in _WORST_FIRST if any(r.outcome is one for r in results))
    new = tuple(one for result in results for one in result.new)
    return CheckResult(worst, "; ".join(result.detail for result in results), new)
