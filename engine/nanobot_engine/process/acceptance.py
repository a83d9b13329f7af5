"""Accept, reject and undo: the only ways from a ledger to the user's files.

Each may be interrupted at any point and called again: what a crash left is
settled first (`edit.recover`), and a file that already has its edits is not
written twice. One of them at a time per workspace, by a lock that dies with its
OS process.
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_engine.edit import (
    NO_FILE,
    EditPlan,
    FileEdit,
    PendingWrite,
    UndoOutcome,
    apply_plan,
    plan_refusals,
    planned_undo,
    recover,
    undo_applied,
)
from nanobot_engine.process.applied_files import standing_files
from nanobot_engine.process.edit_review import Review, review
from nanobot_engine.process.errors import LedgerError, ProcessStateError, WorkspaceBusyError
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.placing import placed_plan
from nanobot_engine.process.refactor_parts import REFACTOR
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.write_journal import (
    APPLY,
    EDITOR,
    UNDO,
    WriteJournal,
    pending_purposes,
    written_files,
)

_MODE_UNKNOWN: Final = 0o644
"""Of a file that an editor wrote; undo keeps the mode that it finds."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What accepting or undoing did to each file."""

    process_id: str
    state: ProcessState
    written: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    """(path, why), for files that were left as they are."""

    def to_json(self) -> dict[str, Any]:
        """Return the form of the command line and the host."""
        return {
            "process_id": self.process_id,
            "state": self.state.value,
            "written": list(self.written),
            "refused": [{"path": path, "reason": reason} for path, reason in self.refused],
        }


def accept(ledger: Ledger, root: Path, process_id: str) -> WriteReport:
    """Write the edits of a process to the files of `root`.

    A file that changed since is planned again by program, and left alone where
    that is not possible. So is one that an editor applied before, whatever became
    of it since. The process is `done` once any file has its edits.

    A refactoring is written whole or not at all: where one file can not be written,
    none is.

    Raises:
        ProcessStateError: It does not wait for review.
        WorkspaceBusyError: Another accept or undo is at work.
        LedgerError: The ledger can not be written; no file was touched then.
    """
    with _only_writer(ledger.path):
        _require(ledger, process_id, ProcessState.WAITING_FOR_REVIEW, "be accepted")
        refused = _settle(ledger, root, process_id)
        found = review(ledger, process_id)
        results = found.result_sha256_by_path()
        standing = _standing_paths(ledger, process_id)
        placed = placed_plan(root, found, standing, by_lines=found.is_whole)
        if found.is_whole:
            refused += [*placed.refused, *_refusals(root, placed.plan, results)]
            if refused:
                # A part of it would break what the rest refers to.
                return WriteReport(process_id, _state(ledger, process_id), (), tuple(refused))
        ledger.add_accepted_plan(process_id, placed.plan.to_json())
        journal = WriteJournal(ledger, process_id, APPLY)
        report = apply_plan(root, placed.plan, journal, result_sha256_by_path=results)
        _record_unknown(ledger, process_id, found, report.applied)
        refused += placed.refused
        refused += [(refusal.path, refusal.reason) for refusal in report.refused]
        written = tuple(sorted(_touched(found, {*report.applied, *placed.kept})))
        if written and not (found.is_whole and refused):
            reason = f"{len(written)} files written, {len(refused)} refused"
            ledger.set_state(process_id, ProcessState.DONE, verb="be accepted", reason=reason)
        return WriteReport(process_id, _state(ledger, process_id), written, tuple(refused))


def mark_applied(ledger: Ledger, process_id: str, sha256_by_path: Mapping[str, str]) -> None:
    """Record that an editor applied the edits of some files.

    The process is `done` once every planned file has its edits; until then the
    rest can be accepted, or applied by the editor later.

    Args:
        ledger: The ledger.
        process_id: A process that waits for review.
        sha256_by_path: The text that the editor shows now, by path. Files whose
            hash is not the planned one are not recorded.

    Raises:
        ProcessStateError: The process does not wait for review.
    """
    with _only_writer(ledger.path):
        _require(ledger, process_id, ProcessState.WAITING_FOR_REVIEW, "be accepted")
        found = review(ledger, process_id)
        journal = WriteJournal(ledger, process_id, EDITOR)
        after_by_path = {
            write.path: write.after_sha256 for write in written_files(ledger, process_id)
        }
        applied = [
            file
            for file in found.plan.files
            if sha256_by_path.get(file.path) == found.result_sha256(file.path)
            # An editor may say it twice.
            and any(after_by_path.get(path) != now for path, now in found.states(file).items())
        ]
        if applied:
            ledger.add_accepted_plan(process_id, EditPlan(tuple(applied)).to_json())
        for file in applied:
            _record(journal, found, file)
        standing = _standing_paths(ledger, process_id)
        if standing and all(standing.issuperset(file.touched_paths) for file in found.plan.files):
            reason = f"{len(standing)} files applied by the editor"
            ledger.set_state(process_id, ProcessState.DONE, verb="be accepted", reason=reason)


def reject(ledger: Ledger, process_id: str) -> None:
    """Drop the edits of a process.

    Raises:
        ProcessStateError: It does not wait for review, or some files have its edits
            already: those must be undone first, as nobody could after it.
        WorkspaceBusyError: An accept or undo is at work.
    """
    with _only_writer(ledger.path):
        _require(ledger, process_id, ProcessState.WAITING_FOR_REVIEW, "be rejected")
        standing = _standing_paths(ledger, process_id)
        if standing:
            state = f"applied to {', '.join(sorted(standing))}"
            raise ProcessStateError(process_id, state, "be rejected", ["undone"])
        ledger.set_state(process_id, ProcessState.REJECTED, verb="be rejected")


def undo(ledger: Ledger, root: Path, process_id: str) -> WriteReport:
    """Take back what was accepted, keeping what the user changed since.

    The process waits for review again once every file was restored. One of which
    an editor applied some files still does, and can be undone as well. A refactoring
    is taken back whole or not at all.

    Raises:
        ProcessStateError: Nothing of it was accepted.
        WorkspaceBusyError: Another accept or undo is at work.
        LedgerError: The ledger can not be written; no file was touched then.
    """
    with _only_writer(ledger.path):
        state = ledger.process(process_id).state
        is_partly_applied = state is ProcessState.WAITING_FOR_REVIEW and bool(
            _standing_paths(ledger, process_id)
        )
        if not is_partly_applied:
            _require(ledger, process_id, ProcessState.DONE, "be undone")
        refused = _settle(ledger, root, process_id)
        journal = WriteJournal(ledger, process_id, UNDO)
        restored: list[str] = []
        standing = standing_files(ledger, process_id)
        # With a plan and nothing standing, an undo was killed after its last file.
        if not standing and not refused and not ledger.accepted_plans(process_id):
            raise ProcessStateError(process_id, "done without edits", "be undone", ["accepted"])
        if ledger.process(process_id).goal.recipe == REFACTOR:
            plans = [(one.applied.path, planned_undo(root, one.applied)) for one in standing]
            refused += [(path, plan.reason) for path, plan in plans if plan.reason]
            if refused:
                # Half of it taken back would be worse than all of it or nothing.
                return WriteReport(process_id, state, (), tuple(refused))
        for one in standing:
            result = undo_applied(root, one.applied, journal=journal)
            if result.outcome is UndoOutcome.REFUSED:
                refused.append((one.applied.path, result.reason))
                continue
            restored += [write.path for write in one.writes]
            if result.outcome is UndoOutcome.NOTHING_TO_DO:
                # Nothing was written, so nothing was journalled: say it is settled.
                for write in one.writes:
                    journal.intent(write)
                    journal.done(write.path)
        if not is_partly_applied and not refused:
            reason = f"{len(restored)} files restored"
            ledger.set_state(
                process_id, ProcessState.WAITING_FOR_REVIEW, verb="be undone", reason=reason
            )
        return WriteReport(process_id, _state(ledger, process_id), tuple(restored), tuple(refused))


def _state(ledger: Ledger, process_id: str) -> ProcessState:
    return ledger.process(process_id).state


def _refusals(
    root: Path, plan: EditPlan, result_sha256_by_path: Mapping[str, str]
) -> list[tuple[str, str]]:
    found = plan_refusals(root, plan, result_sha256_by_path=result_sha256_by_path)
    return [(refusal.path, refusal.reason) for refusal in found]


def _require(ledger: Ledger, process_id: str, state: ProcessState, verb: str) -> None:
    now = ledger.process(process_id).state
    if now is not state:
        raise ProcessStateError(process_id, now.value, verb, [state.value])


def _settle(ledger: Ledger, root: Path, process_id: str) -> list[tuple[str, str]]:
    """Sort out the writes that a crash interrupted."""
    conflicts: list[tuple[str, str]] = []
    for purpose in pending_purposes(ledger, process_id):
        report = recover(root, WriteJournal(ledger, process_id, purpose))
        conflicts += [(refusal.path, refusal.reason) for refusal in report.conflicts]
    return conflicts


def _standing_paths(ledger: Ledger, process_id: str) -> frozenset[str]:
    """Return which files have the edits of a process, as far as the ledger knows."""
    return frozenset(write.path for write in written_files(ledger, process_id))


def _touched(found: Review, paths: set[str]) -> set[str]:
    return {
        touched for file in found.plan.files if file.path in paths for touched in file.touched_paths
    }


def _record_unknown(
    ledger: Ledger, process_id: str, found: Review, applied: tuple[str, ...]
) -> None:
    """Journal what had its text already and nobody told the ledger: undo needs to know."""
    standing = _standing_paths(ledger, process_id)
    journal = WriteJournal(ledger, process_id, APPLY)
    for file in found.plan.files:
        if file.path in applied and not standing.issuperset(file.touched_paths):
            _record(journal, found, file)


def _record(journal: WriteJournal, found: Review, file: FileEdit) -> None:
    """Journal the writes of a file that somebody else did."""
    for path, after_sha256 in found.states(file).items():
        is_base = path == file.path and not file.is_created
        data = found.base_by_path[file.path].data if is_base else b""
        before_sha256 = file.base_sha256 if is_base else NO_FILE
        journal.intent(PendingWrite(path, data, before_sha256, after_sha256, _MODE_UNKNOWN))
        journal.done(path)


@contextmanager
def _only_writer(ledger_path: Path) -> Iterator[None]:
    """Keep a second accept or undo out of the workspace."""
    # Never through a link: the workspace may be somebody else's work.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    path = ledger_path.with_name("write.lock")
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        # What is no file of ours can be removed; a full or read-only disk is another matter.
        is_other_thing = error.errno in {errno.ELOOP, errno.EISDIR, errno.ENXIO}
        advice = "remove it" if is_other_thing else "make the folder writable or free some space"
        raise LedgerError(path, f"{error.strerror}; {advice} and try again") from error
    with os.fdopen(descriptor, "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusyError(ledger_path.parent.parent) from error
        yield
