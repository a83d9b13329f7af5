"""Accept, reject and undo: the only ways from a ledger to the user's files.

Each may be interrupted at any point and called again: what a crash left is
settled first (`edit.recover`), and a file that already has its edits is not
written twice. One of them at a time per workspace, by a lock that dies with its
OS process.
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_engine.edit import (
    EditError,
    EditPlan,
    FileEdit,
    PendingWrite,
    UndoOutcome,
    apply_edits,
    apply_plan,
    read_source,
    recover,
    replan,
    source_from_bytes,
    undo_file,
)
from nanobot_engine.process.errors import ProcessStateError, WorkspaceBusyError
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.review import Review, review
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.write_journal import (
    APPLY,
    EDITOR,
    UNDO,
    WriteJournal,
    pending_purposes,
    written_files,
)

_SOURCE_BYTES_MAX: Final = 64 * 1024 * 1024


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
    that is not possible. The process is `done` once anything was written.

    Raises:
        ProcessStateError: It does not wait for review.
        WorkspaceBusyError: Another accept or undo is at work.
        LedgerError: The ledger can not be written; no file was touched then.
    """
    with _only_writer(ledger.path):
        _require(ledger, process_id, ProcessState.WAITING_FOR_REVIEW, "be accepted")
        refused = _settle(ledger, root, process_id)
        found = review(ledger, process_id)
        files, not_placed = _placed(root, found)
        plan = EditPlan(tuple(files))
        ledger.add_accepted_plan(process_id, plan.to_json())
        report = apply_plan(root, plan, WriteJournal(ledger, process_id, APPLY))
        refused += not_placed
        refused += [(refusal.path, refusal.reason) for refusal in report.refused]
        if report.applied:
            reason = f"{len(report.applied)} files written, {len(refused)} refused"
            ledger.set_state(process_id, ProcessState.DONE, verb="be accepted", reason=reason)
        state = ledger.process(process_id).state
        return WriteReport(process_id, state, report.applied, tuple(refused))


def mark_applied(ledger: Ledger, process_id: str, sha256_by_path: Mapping[str, str]) -> None:
    """Record that an editor applied the edits of some files.

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
        applied = []
        for file_edit in found.plan.files:
            after = source_from_bytes(file_edit.path, found.result(file_edit.path))
            if sha256_by_path.get(file_edit.path) == after.sha256:
                applied.append(file_edit)
        if not applied:
            return
        ledger.add_accepted_plan(process_id, EditPlan(tuple(applied)).to_json())
        for file_edit in applied:
            base = found.base_by_path[file_edit.path]
            after_sha256 = sha256_by_path[file_edit.path]
            journal.intent(
                PendingWrite(file_edit.path, base.data, base.sha256, after_sha256, 0o644)
            )
            journal.done(file_edit.path)
        reason = f"{len(applied)} files applied by the editor"
        ledger.set_state(process_id, ProcessState.DONE, verb="be accepted", reason=reason)


def reject(ledger: Ledger, process_id: str) -> None:
    """Drop the edits of a process.

    Raises:
        ProcessStateError: It does not wait for review.
    """
    ledger.set_state(process_id, ProcessState.REJECTED, verb="be rejected")


def undo(ledger: Ledger, root: Path, process_id: str) -> WriteReport:
    """Take back what was accepted, keeping what the user changed since.

    The process waits for review again once every file was restored.

    Raises:
        ProcessStateError: Nothing of it was accepted.
        WorkspaceBusyError: Another accept or undo is at work.
        LedgerError: The ledger can not be written; no file was touched then.
    """
    with _only_writer(ledger.path):
        _require(ledger, process_id, ProcessState.DONE, "be undone")
        refused = _settle(ledger, root, process_id)
        journal = WriteJournal(ledger, process_id, UNDO)
        restored: list[str] = []
        standing = written_files(ledger, process_id)
        if not standing and not refused:
            raise ProcessStateError(process_id, "done without edits", "be undone", ["accepted"])
        for write in standing:
            after = _after(ledger, process_id, write)
            result = undo_file(root, write.path, write.before, after, journal=journal)
            if result.outcome is UndoOutcome.REFUSED:
                refused.append((write.path, result.reason))
                continue
            restored.append(write.path)
            if result.outcome is UndoOutcome.NOTHING_TO_DO:
                # Nothing was written, so nothing was journalled: say it is settled.
                journal.intent(write)
                journal.done(write.path)
        if not refused:
            reason = f"{len(restored)} files restored"
            ledger.set_state(
                process_id, ProcessState.WAITING_FOR_REVIEW, verb="be undone", reason=reason
            )
        state = ledger.process(process_id).state
        return WriteReport(process_id, state, tuple(restored), tuple(refused))


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


def _placed(root: Path, found: Review) -> tuple[list[FileEdit], list[tuple[str, str]]]:
    """Place the edits in the files as they are today."""
    files: list[FileEdit] = []
    refused: list[tuple[str, str]] = []
    for file_edit in found.plan.files:
        base = found.base_by_path[file_edit.path]
        try:
            now = read_source(root, file_edit.path, size_bytes_max=_SOURCE_BYTES_MAX)
            if now.sha256 == file_edit.base_sha256:
                files.append(file_edit)
                continue
            result = found.result(file_edit.path)
            if now.data == result:
                files.append(file_edit)  # Written by an accept that was interrupted.
                continue
            before = source_from_bytes(file_edit.path, base.data)
            again = replan(file_edit, before, now)
        except EditError as error:
            refused.append((file_edit.path, str(error)))
            continue
        refused += [(file_edit.path, gone.reason) for gone in again.refused]
        if again.file is not None:
            files.append(again.file)
    return files, refused


def _after(ledger: Ledger, process_id: str, write: PendingWrite) -> bytes:
    """Return the text that `write` left behind."""
    for text in ledger.accepted_plans(process_id):
        for file_edit in EditPlan.from_json(text).files:
            if file_edit.path == write.path and file_edit.base_sha256 == write.before_sha256:
                return apply_edits(write.before, file_edit.edits)
    return write.before


@contextmanager
def _only_writer(ledger_path: Path) -> Iterator[None]:
    """Keep a second accept or undo out of the workspace."""
    with ledger_path.with_name("write.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusyError(ledger_path.parent.parent) from error
        yield
