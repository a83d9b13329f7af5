"""How the host brings processes before the user: refactorings, and checks over all edits."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from nanobot_engine.process import (
    CHECKS,
    Allowed,
    Check,
    GateRun,
    GateVerdict,
    Ledger,
    ProcessState,
    check_edits,
    close_recipe,
    close_refactoring,
    code_gates,
    gates_of,
    has_open_doubts,
    last_review,
    leave_doubts,
    parts_from_json,
    recipe_of,
    refactor_goal,
    trial_of,
)
from nanobot_engine.process.settlement import settle_open_steps
from nanobot_engine.recipe import Goal, document
from nanobot_engine.recipe.fix_diagnostics import FixDiagnosticsRecipe
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_server.allowed_programs import allowed_programs
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
    try:
        return refactor_goal(
            parts_from_json(parts),
            sentence=params.optional_text("goal") or "",
            checks=_wanted(params, settings),
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
    recipe = recipe_of(ledger, process_id)

    async def finish() -> None:
        if isinstance(recipe, FixDiagnosticsRecipe):
            await _finish_one_by_one(ledger, process_id, root, settings)
            return
        found = last_review(ledger, process_id)
        runs: list[GateRun] = []

        def check(allowed: Allowed) -> None:
            runs.extend(code_gates(root, trial_of(found), allowed))

        await _checked(ledger, process_id, root, settings, check)
        close_refactoring(ledger, process_id, found, runs if found.plan.files else ())

    ledger.set_state(process_id, ProcessState.RUNNING, verb="run")
    if has_open_doubts(ledger, process_id):
        if judge is not None:
            await judge(finish)
            return
        await settle_open_steps(ledger, process_id, recipe)
        leave_doubts(ledger, process_id, _NO_MODEL)
    await finish()


async def _finish_one_by_one(
    ledger: Ledger, process_id: str, root: Path, settings: Settings
) -> None:
    """Ask the last gates about edits that do not need each other; withdraw those at fault."""
    last_review(ledger, process_id)  # No step is open any more.

    def check(allowed: Allowed) -> None:
        check_edits(ledger, process_id, root, allowed)

    await _checked(ledger, process_id, root, settings, check)
    refused = [run for run in gates_of(ledger, process_id) if run.verdict is GateVerdict.REFUSED]
    close_refactoring(ledger, process_id, last_review(ledger, process_id), refused)


def with_checks(goal: Goal, params: Params, settings: Settings) -> Goal:
    """Return the goal of a recipe with what may run programs over its edits."""
    # Nobody waits for all tests over one definition under the cursor.
    is_small = goal.recipe == document.NAME and bool(goal.arguments.get("only"))
    checks = ",".join(_wanted(params, settings, is_default=not is_small))
    return replace(goal, arguments={**goal.arguments, CHECKS: checks})


async def run_recipe(
    ledger: Ledger,
    process_id: str,
    root: Path,
    settings: Settings,
    *,
    ask: Callable[[Finisher], Awaitable[None]],
) -> None:
    """Run a process of a recipe, and check all its edits together before its review.

    Args:
        ledger: Not used by anybody else meanwhile.
        process_id: A process with steps.
        root: The workspace.
        settings: Say which Python runs checks.
        ask: Decides every step, and then awaits what it was given.
    """

    async def finish() -> None:
        def check(allowed: Allowed) -> None:
            check_edits(ledger, process_id, root, allowed)

        await _checked(ledger, process_id, root, settings, check)
        close_recipe(ledger, process_id)

    await ask(finish)


def _wanted(params: Params, settings: Settings, *, is_default: bool = True) -> list[Check]:
    checks = params.choices("checks", Check) or frozenset()
    return sorted(frozenset(Check) if is_default and settings.process.run_code else checks)


async def _checked(
    ledger: Ledger,
    process_id: str,
    root: Path,
    settings: Settings,
    check: Callable[[Allowed], None],
) -> None:
    """Run checks in a thread. Cancelled, they are killed before anybody thinks they ended."""
    stopped = False
    allowed = allowed_programs(settings, root, ledger, process_id, cancelled=lambda: stopped)
    work = asyncio.create_task(asyncio.to_thread(check, allowed))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        stopped = True
        await work
        raise
