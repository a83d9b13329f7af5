"""How the host runs a process that refactors: by program, and by a model where it must."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from nanobot_engine.check import workspace_python
from nanobot_engine.process import (
    Allowed,
    Check,
    Ledger,
    ProcessState,
    close_refactoring,
    code_gates,
    goal_checks,
    has_open_doubts,
    last_review,
    leave_doubts,
    parts_from_json,
    refactor_goal,
    trial_of,
)
from nanobot_engine.recipe import Goal
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.host.params import Params
from nanobot_server.settings import Settings

_NO_MODEL: Final = "no model is installed to judge it; 'nanobot setup' installs one"

Finisher = Callable[[], Awaitable[None]]


def goal_of_params(params: Params, settings: Settings) -> Goal | None:
    """Return the goal that `process.start` asks for; None when it is no refactoring.

    Raises:
        HostError: The parts or their arguments are wrong.
    """
    parts = params.optional_objects("refactorings")
    if not parts:
        return None
    checks = params.choices("checks", Check) or frozenset()
    if settings.process.run_code:
        checks = frozenset(Check)
    try:
        return refactor_goal(
            parts_from_json(parts),
            sentence=params.optional_text("goal") or "",
            checks=sorted(checks),
        )
    except ArgumentError as error:
        raise HostError(USAGE, str(error)) from error


async def run_refactoring(
    ledger: Ledger,
    process_id: str,
    root: Path,
    settings: Settings,
    *,
    judge: Callable[[Finisher], Awaitable[None]] | None,
) -> None:
    """Bring a planned change before the user.

    Args:
        ledger: Not used by anybody else meanwhile.
        process_id: A process whose change is planned.
        root: The workspace.
        settings: Say which Python runs checks.
        judge: Lets a model decide what only a name speaks for, and then awaits what it
            was given; None when no model is installed.
    """

    async def finish() -> None:
        stopped = False
        found = last_review(ledger, process_id)
        allowed = Allowed(
            goal_checks(ledger.process(process_id).goal),
            workspace_python(root, settings.process.python),
            cancelled=lambda: stopped,
        )
        work = asyncio.create_task(asyncio.to_thread(code_gates, root, trial_of(found), allowed))
        try:
            runs = await asyncio.shield(work)
        except asyncio.CancelledError:
            # What runs in the copy is killed before anybody thinks that it ended.
            stopped = True
            await work
            raise
        close_refactoring(ledger, process_id, found, runs if found.plan.files else ())

    ledger.set_state(process_id, ProcessState.RUNNING, verb="run")
    if has_open_doubts(ledger, process_id):
        if judge is not None:
            await judge(finish)
            return
        leave_doubts(ledger, process_id, _NO_MODEL)
    await finish()
