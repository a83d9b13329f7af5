"""Undo: taking back all that stands of a process, and keeping what the user changed since."""

from pathlib import Path
from typing import Final

from nanobot_engine.edit import UndoOutcome, planned_undo, undo_applied
from nanobot_engine.process.applied_files import Standing, standing_files
from nanobot_engine.process.decision import accepted_plans
from nanobot_engine.process.errors import ProcessStateError
from nanobot_engine.process.interrupted import settle
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.refactor_parts import REFACTOR
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.write_journal import UNDO, WriteJournal, standing_writes
from nanobot_engine.process.write_lock import only_writer
from nanobot_engine.process.write_report import WriteReport

_PARTLY: Final = frozenset(
    {
        ProcessState.WAITING_FOR_REVIEW,
        # Some of its steps are asked again.
        ProcessState.PAUSED,
        ProcessState.FAILED,
        ProcessState.CANCELLED,
    }
)
"""States in which only some hunks may stand."""


def undo(ledger: Ledger, root: Path, process_id: str) -> WriteReport:
    """Take back what was accepted, all at once or hunk by hunk, keeping what the user changed.

    A process that is done waits for review again once every file was restored; one of which
    only some hunks were accepted stays in its state. A refactoring is taken back whole or not
    at all.

    Raises:
        ProcessStateError: Nothing of it was accepted, or it runs.
        WorkspaceBusyError: Another accept or undo is at work.
        LedgerError: The ledger can not be written; no file was touched then.
    """
    with only_writer(ledger.path):
        state = ledger.process(process_id).state
        settled = settle(ledger, root, process_id)
        is_partly_applied = state in _PARTLY and bool(standing_writes(ledger, process_id))
        if not is_partly_applied and state is not ProcessState.DONE:
            raise ProcessStateError(process_id, state.value, "be undone", ["done"])
        refused = list(settled.conflicts)
        standing = standing_files(ledger, process_id, root)
        # With a plan and nothing standing, an undo was killed after its last file.
        if not standing and not refused and not accepted_plans(ledger, process_id):
            raise ProcessStateError(process_id, "done without edits", "be undone", ["accepted"])
        if ledger.process(process_id).goal.recipe == REFACTOR:
            refused += [(one.applied.path, why) for one in standing if (why := _refusal(root, one))]
            if refused:
                # Half of it taken back would be worse than all of it or nothing.
                return WriteReport(process_id, state, (), tuple(refused), settled.sentence)
        restored: list[str] = []
        for one in standing:
            reason = _take_back(root, one, WriteJournal(ledger, process_id, UNDO))
            if reason:
                refused.append((one.applied.path, reason))
            else:
                restored += [write.path for write in one.writes]
        if not is_partly_applied and not refused:
            reason = f"{len(restored)} files restored"
            ledger.set_state(
                process_id, ProcessState.WAITING_FOR_REVIEW, verb="be undone", reason=reason
            )
        state = ledger.process(process_id).state
        return WriteReport(process_id, state, tuple(restored), tuple(refused), settled.sentence)


def _refusal(root: Path, standing: Standing) -> str:
    return standing.reason or planned_undo(root, standing.applied).reason


def _take_back(root: Path, standing: Standing, journal: WriteJournal) -> str:
    """Restore one file; return why not, empty when it was."""
    if standing.reason:
        return standing.reason
    result = undo_applied(root, standing.applied, journal=journal)
    if result.outcome is UndoOutcome.REFUSED:
        return result.reason
    if result.outcome is UndoOutcome.NOTHING_TO_DO:
        # Nothing was written, so nothing was journalled: say it is settled.
        for write in standing.writes:
            journal.intent(write)
            journal.done(write.path)
    return ""
