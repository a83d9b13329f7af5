"""What checks of a process may run, from what the user allowed and his settings."""

from collections.abc import Callable
from pathlib import Path

from nanobot_engine.check import results_of, workspace_python
from nanobot_engine.process import Allowed, Ledger, checks_of, goal_checks
from nanobot_server.settings import Settings


def allowed_programs(
    settings: Settings,
    root: Path,
    ledger: Ledger,
    process_id: str,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Allowed:
    """Return what checks may run, and where their results are kept.

    Args:
        settings: Say which Python, and how tests are run.
        root: The workspace.
        ledger: Has the process.
        process_id: Its goal says which checks.
        cancelled: Polled; a true answer ends what runs.
    """
    record = ledger.process(process_id)
    checks, unvouched = goal_checks(record.goal), checks_of(record.unvouched_checks)
    if settings.process.run_code:
        checks, unvouched = checks | unvouched, frozenset()
    return Allowed(
        checks,
        workspace_python(root, settings.process.python),
        cancelled=cancelled,
        test_command=settings.process.test_command_of(root),
        cache=results_of(root),
        unvouched=unvouched,
    )
