"""Accepting hunks with what the settings say, for the command line and the host alike."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from nanobot_engine.process import (
    EVERYTHING,
    Choice,
    GateRun,
    Ledger,
    Review,
    WriteReport,
    accept,
    code_gates,
    plan_again,
    trial_of,
)
from nanobot_engine.process.refactor_again import ChangePlanner, Checker, planner_here
from nanobot_server.allowed_programs import allowed_programs
from nanobot_server.engine_options import index_options
from nanobot_server.settings import Settings


def accept_with_settings(
    ledger: Ledger,
    root: Path,
    process_id: str,
    settings: Settings,
    choice: Choice = EVERYTHING,
    *,
    plan: ChangePlanner | None = None,
) -> WriteReport:
    """Accept hunks; a refactoring that is planned again is checked as it was before.

    Args:
        ledger: The ledger.
        root: The workspace.
        process_id: A process that waits for review.
        settings: Say how to index, and which Python runs checks.
        choice: Which hunks.
        plan: Plans a refactoring again; in this thread without one.
    """
    plan = plan or planner_here(root, index_options(settings))
    check = _check(ledger, root, process_id, settings)
    return accept(ledger, root, process_id, choice, plan=plan, check=check)


def plan_again_with_settings(
    ledger: Ledger,
    root: Path,
    process_id: str,
    settings: Settings,
    choice: Choice,
    *,
    overlay: Mapping[str, str],
    plan: ChangePlanner,
) -> WriteReport:
    """Plan again what was planned for other texts than those of now, and check it as before.

    Args:
        ledger: The ledger.
        root: The workspace.
        process_id: A process that waits for review.
        settings: Say which Python runs checks.
        choice: Which hunks.
        overlay: Text of unsaved buffers by path.
        plan: Plans a refactoring again.
    """
    check = _check(ledger, root, process_id, settings)
    return plan_again(ledger, root, process_id, choice, overlay=overlay, plan=plan, check=check)


def _check(ledger: Ledger, root: Path, process_id: str, settings: Settings) -> Checker:
    """Return what asks the gates that run programs about a plan that was made again."""

    def check(found: Review) -> Sequence[GateRun]:
        allowed = allowed_programs(settings, root, ledger, process_id)
        return code_gates(root, trial_of(found), allowed)

    return check
