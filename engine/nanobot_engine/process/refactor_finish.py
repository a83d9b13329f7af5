"""The end of a process that refactors: doubts that nobody judged, gates that run code."""

import logging
from collections.abc import Callable, Sequence

from nanobot_engine.process.edit_review import Review, review
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import VERDICT_REFUSED, GateRun, GateVerdict, Outcome
from nanobot_engine.process.refactor_records import add_gate_runs, add_outcomes
from nanobot_engine.process.state import ProcessState

log = logging.getLogger(__name__)

Checker = Callable[[Review], Sequence[GateRun]]
"""Asks the gates that run the user's code, or says why they did not run."""


def has_open_doubts(ledger: Ledger, process_id: str) -> bool:
    """Tell whether some steps wait for a model."""
    return len(ledger.steps(process_id)) > len(ledger.outcomes(process_id))


def leave_doubts(ledger: Ledger, process_id: str, reason: str) -> None:
    """Leave every step without an outcome to the user.

    Args:
        ledger: The ledger.
        process_id: A process with steps.
        reason: Why nobody judged them.
    """
    decided = ledger.outcomes(process_id)
    left = [
        Outcome(step.index, VERDICT_REFUSED, "not judged", reason, None, 0)
        for step in ledger.steps(process_id)
        if step.index not in decided
    ]
    if left:
        add_outcomes(ledger, process_id, left)


def finish_refactoring(ledger: Ledger, process_id: str, check: Checker) -> None:
    """Ask the last gates and bring the change before the user; see `close_refactoring`."""
    found = last_review(ledger, process_id)
    close_refactoring(ledger, process_id, found, check(found) if found.plan.files else ())


def last_review(ledger: Ledger, process_id: str) -> Review:
    """Return the change as the last gates shall see it: no doubt is open any more."""
    leave_doubts(ledger, process_id, "the budget of the process is used up")
    return review(ledger, process_id)


def close_refactoring(
    ledger: Ledger, process_id: str, found: Review, runs: Sequence[GateRun]
) -> None:
    """Record what the last gates said and end the process.

    Without a refusal it waits for review, or is done where nothing changes. It fails
    with the reason where a gate refuses; resumed, the gates are asked again.

    Args:
        ledger: The ledger.
        process_id: A process that runs.
        found: What `last_review` returned.
        runs: Of the gates that run the user's code.
    """
    if runs:
        add_gate_runs(ledger, process_id, runs)
    refused = [run for run in runs if run.verdict is GateVerdict.REFUSED]
    if refused:
        reason = "; ".join(f"{run.gate}: {run.detail}" for run in refused)
        ledger.set_state(process_id, ProcessState.FAILED, verb="fail", reason=reason)
    else:
        state = ProcessState.WAITING_FOR_REVIEW if found.plan.files else ProcessState.DONE
        ledger.set_state(process_id, state, verb="finish")
    log.info(
        "refactoring finished: process=%s files=%d gates=%d refused=%d",
        process_id,
        len(found.plan.files),
        len(runs),
        len(refused),
    )
