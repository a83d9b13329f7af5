"""Accepting hunks with what the settings say, for the command line and the host alike."""

from collections.abc import Sequence
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
    trial_of,
)
from nanobot_engine.process.refactor_again import ChangePlanner, planner_here
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

    def check(found: Review) -> Sequence[GateRun]:
        allowed = allowed_programs(settings, root, ledger, process_id)
        return code_gates(root, trial_of(found), allowed)

    plan = plan or planner_here(root, index_options(settings))
    return accept(ledger, root, process_id, choice, plan=plan, check=check)
