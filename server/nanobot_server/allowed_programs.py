"""What checks of a process may run, from its goal and the user's settings."""

from collections.abc import Callable
from pathlib import Path

from nanobot_engine.check import ResultCache, workspace_python
from nanobot_engine.process import Allowed, Ledger, goal_checks
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
        ledger: The results are kept beside it.
        process_id: Its goal says which checks.
        cancelled: Polled; a true answer ends what runs.
    """
    return Allowed(
        goal_checks(ledger.process(process_id).goal),
        workspace_python(root, settings.process.python),
        cancelled=cancelled,
        test_command=settings.process.test_command_of(root),
        cache=ResultCache(ledger.path.parent / "checks"),
    )
