"""Undo: taking back all that stands of a process, and keeping what the user changed since."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import UndoOutcome, planned_undo, undo_applied
from nanobot_engine.edit.errors import MergeTooLargeError
from nanobot_engine.process.applied_files import (
    Standing,
    standing_files,
    stops_parsing,
    text_without,
)
from nanobot_engine.process.decision import accepted_plans
from nanobot_engine.process.errors import ProcessStateError
from nanobot_engine.process.interrupted import settle
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.refactor_parts import REFACTOR
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.write_journal import UNDO, WriteJournal, standing_writes
from nanobot_engine.process.write_lock import only_writer
from nanobot_engine.process.write_report import ShownUndo, WriteReport

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


_NOTHING_SHOWN: Final[Mapping[str, bytes]] = MappingProxyType({})


def undo(
    ledger: Ledger, root: Path, process_id: str, *, shown: Mapping[str, bytes] = _NOTHING_SHOWN
) -> WriteReport:
    """Take back what was accepted, all at once or hunk by hunk, keeping what the user changed.

    A process that is done waits for review again once every file was restored; one of which
    only some hunks were accepted stays in its state. A refactoring is taken back whole or not
    at all.

    Args:
        ledger: The ledger.
        root: The workspace.
        process_id: Whose.
        shown: Texts that an editor shows, saved or not, by path. Nobody writes their files:
            the report says how the editor has to change them. It counts as done, and one
            that does not comes to the same as an edit applied by hand: the next review finds
            the edits there.

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
        standing = standing_files(ledger, process_id, root, shown)
        # With a plan and nothing standing, an undo was killed after its last file.
        if not standing and not refused and not accepted_plans(ledger, process_id):
            raise ProcessStateError(process_id, "done without edits", "be undone", ["accepted"])
        if ledger.process(process_id).goal.recipe == REFACTOR:
            refused += [
                (one.applied.path, why) for one in standing if (why := _refusal(root, one, shown))
            ]
            if refused:
                # Half of it taken back would be worse than all of it or nothing.
                return WriteReport(process_id, state, (), tuple(refused), settled.sentence)
        restored: list[str] = []
        changed: list[ShownUndo] = []
        journal = WriteJournal(ledger, process_id, UNDO)
        for one in standing:
            if _is_shown(one, shown):
                reason, change = _taken_out(one, shown[one.applied.path])
                changed += [] if change is None else [change]
                if not reason:
                    _settle(one, journal)
            else:
                reason = _take_back(root, one, journal)
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
        return WriteReport(
            process_id,
            state,
            tuple(restored),
            tuple(refused),
            settled.sentence,
            shown=tuple(changed),
        )


def _refusal(root: Path, standing: Standing, shown: Mapping[str, bytes]) -> str:
    if _is_shown(standing, shown):
        return _taken_out(standing, shown[standing.applied.path])[0]
    return standing.reason or planned_undo(root, standing.applied).reason


def _is_shown(standing: Standing, shown: Mapping[str, bytes]) -> bool:
    """Say whether an editor takes it back: no file comes, goes or moves.

    An editor shows a file in another encoding than UTF-8 with other bytes than it has.
    """
    applied = standing.applied
    if applied.before is None or applied.after is None or applied.new_path is not None:
        return False
    return applied.path in shown and _is_utf8(applied.before) and _is_utf8(applied.after)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _taken_out(standing: Standing, data: bytes) -> tuple[str, ShownUndo | None]:
    """Return why a text can not be taken back, or how it is; nothing of both for no change."""
    path = standing.applied.path
    if standing.reason:
        return standing.reason, None
    mark = BOM_UTF8 if (standing.applied.after or b"").startswith(BOM_UTF8) else b""
    if mark and not data.startswith(mark):
        # Editors show a text without it.
        reason, change = _taken_out(standing, mark + data)
        if change is not None:
            change = ShownUndo(path, data, change.after.removeprefix(mark))
        return reason, change
    try:
        wanted = text_without(path, data, standing)
    except MergeTooLargeError as error:
        return f"{path}: {error}; undo it by hand", None
    if wanted is None:
        return f"{path}: was changed in the same lines; undo them by hand", None
    if wanted not in (data, standing.applied.before) and stops_parsing(path, data, wanted):
        return f"{path}: would not parse after the undo; undo it by hand", None
    return "", None if wanted == data else ShownUndo(path, data, wanted)


def _settle(standing: Standing, journal: WriteJournal) -> None:
    """Journal that nothing of it stands any more, without a write."""
    for write in standing.writes:
        journal.intent(write)
        journal.done(write.path)


def _take_back(root: Path, standing: Standing, journal: WriteJournal) -> str:
    """Restore one file; return why not, empty when it was."""
    if standing.reason:
        return standing.reason
    result = undo_applied(root, standing.applied, journal=journal)
    if result.outcome is UndoOutcome.REFUSED:
        return result.reason
    if result.outcome is UndoOutcome.NOTHING_TO_DO:
        # Nothing was written, so nothing was journalled: say it is settled.
        _settle(standing, journal)
    return ""
