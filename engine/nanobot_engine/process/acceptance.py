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
from nanobot_engine.process.edit_review import Review, review
from nanobot_engine.process.errors import LedgerError, ProcessStateError, WorkspaceBusyError
from nanobot_engine.process.ledger import Ledger
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

    Raises:
        ProcessStateError: It does not wait for review.
        WorkspaceBusyError: Another accept or undo is at work.
        LedgerError: The ledger can not be written; no file was touched then.
    """
    with _only_writer(ledger.path):
        _require(ledger, process_id, ProcessState.WAITING_FOR_REVIEW, "be accepted")
        refused = _settle(ledger, root, process_id)
        found = review(ledger, process_id)
        placed = _placed(root, found, _standing_paths(ledger, process_id))
        ledger.add_accepted_plan(process_id, placed.plan.to_json())
        journal = WriteJournal(ledger, process_id, APPLY)
        report = apply_plan(root, placed.plan, journal)
        standing = _standing_paths(ledger, process_id)
        for path in report.applied:
            if path not in standing:
                # It had its text already and nobody told the ledger: undo needs to know.
                _record(journal, found, path)
        refused += placed.refused
        refused += [(refusal.path, refusal.reason) for refusal in report.refused]
        written = tuple(sorted({*report.applied, *placed.kept}))
        if written:
            reason = f"{len(written)} files written, {len(refused)} refused"
            ledger.set_state(process_id, ProcessState.DONE, verb="be accepted", reason=reason)
        state = ledger.process(process_id).state
        return WriteReport(process_id, state, written, tuple(refused))


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
            file_edit
            for file_edit in found.plan.files
            if sha256_by_path.get(file_edit.path) == _result_sha256(found, file_edit.path)
            # An editor may say it twice.
            and sha256_by_path[file_edit.path] != after_by_path.get(file_edit.path)
        ]
        if applied:
            ledger.add_accepted_plan(process_id, EditPlan(tuple(applied)).to_json())
        for file_edit in applied:
            _record(journal, found, file_edit.path)
        standing = _standing_paths(ledger, process_id)
        if standing and all(file_edit.path in standing for file_edit in found.plan.files):
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
    an editor applied some files still does, and can be undone as well.

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
        standing = sorted(written_files(ledger, process_id), key=lambda write: write.path)
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
        if not is_partly_applied and not refused:
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


@dataclass(frozen=True, slots=True)
class _Placed:
    """A plan as it fits the files of today."""

    plan: EditPlan
    kept: list[str]
    """Paths that an editor applied before and that changed since."""
    refused: list[tuple[str, str]]


def _placed(root: Path, found: Review, standing: frozenset[str]) -> _Placed:
    """Place the edits in the files as they are today."""
    files: list[FileEdit] = []
    kept: list[str] = []
    refused: list[tuple[str, str]] = []
    for file_edit in found.plan.files:
        base = found.base_by_path[file_edit.path]
        try:
            now = read_source(root, file_edit.path, size_bytes_max=_SOURCE_BYTES_MAX)
            if now.sha256 == file_edit.base_sha256:
                files.append(file_edit)
                continue
            if now.data == found.result(file_edit.path):
                # Written by an editor, or by an accept that was interrupted.
                files.append(file_edit)
                continue
            if file_edit.path in standing:
                kept.append(file_edit.path)
                continue
            before = source_from_bytes(file_edit.path, base.data)
            again = replan(file_edit, before, now)
        except EditError as error:
            refused.append((file_edit.path, str(error)))
            continue
        refused += [(file_edit.path, gone.reason) for gone in again.refused]
        if again.file is not None:
            files.append(again.file)
    return _Placed(EditPlan(tuple(files)), kept, refused)


def _standing_paths(ledger: Ledger, process_id: str) -> frozenset[str]:
    """Return which files have the edits of a process, as far as the ledger knows."""
    return frozenset(write.path for write in written_files(ledger, process_id))


def _record(journal: WriteJournal, found: Review, path: str) -> None:
    """Journal a write that somebody else did."""
    base = found.base_by_path[path]
    after_sha256 = _result_sha256(found, path)
    journal.intent(PendingWrite(path, base.data, base.sha256, after_sha256, _MODE_UNKNOWN))
    journal.done(path)


def _result_sha256(found: Review, path: str) -> str:
    return source_from_bytes(path, found.result(path)).sha256


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
