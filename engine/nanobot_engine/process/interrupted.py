"""What a crash left of an accept or an undo, and how it is settled."""

from dataclasses import dataclass
from pathlib import Path

from nanobot_engine.edit import (
    NO_FILE,
    AppliedFile,
    PendingWrite,
    recover,
    sha256_hex,
    undo_applied,
)
from nanobot_engine.edit.apply import existing_file
from nanobot_engine.process.decision import accepted_plans
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import process_id_of
from nanobot_engine.process.write_journal import (
    UNDO,
    WriteJournal,
    pending_purposes,
    standing_writes,
)
from nanobot_engine.process.write_lock import only_writer


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the interrupted writes of one process."""

    process_id: str
    done: tuple[str, ...]
    """Paths that were written before the crash."""
    abandoned: tuple[str, ...]
    """Paths that are as they were."""
    conflicts: tuple[tuple[str, str], ...]
    """(path, why): somebody else changed the file meanwhile."""

    @property
    def sentence(self) -> str:
        """What happened, for people; empty when nothing was interrupted."""
        if not (self.done or self.abandoned or self.conflicts):
            return ""
        parts = [f"{len(self.done)} files had been written"] if self.done else []
        if self.abandoned:
            parts.append(f"{len(self.abandoned)} were left as they were")
        parts += [reason for _, reason in self.conflicts]
        return f"{self.process_id}: writing was interrupted; {', '.join(parts)}"


def settle(ledger: Ledger, root: Path, process_id: str) -> Settled:
    """Sort out the writes that a crash interrupted. The caller holds the write lock."""
    done: list[str] = []
    abandoned: list[str] = []
    conflicts: list[tuple[str, str]] = []
    for purpose in pending_purposes(ledger, process_id):
        report = recover(root, WriteJournal(ledger, process_id, purpose))
        done += report.done
        abandoned += report.abandoned
        conflicts += [(refusal.path, refusal.reason) for refusal in report.conflicts]
    for write in _half_moves(ledger, process_id):
        # The text also stands where it was; what is to move next may be another one.
        found = existing_file(root, write.path)
        if found is not None and sha256_hex(found[0]) == write.after_sha256:
            created = AppliedFile(write.path, None, found[0])
            undo_applied(root, created, journal=WriteJournal(ledger, process_id, UNDO))
            abandoned.append(write.path)
    return Settled(process_id, tuple(done), tuple(abandoned), tuple(conflicts))


def _half_moves(ledger: Ledger, process_id: str) -> list[PendingWrite]:
    """Return the writes that created a file at its new place and were the last of its move."""
    writes = [one.write for one in standing_writes(ledger, process_id)]
    created = {write.path: write for write in writes if write.before_sha256 == NO_FILE}
    gone = {write.path for write in writes if write.after_sha256 == NO_FILE}
    moves = {
        file.new_path: file.path
        for plan in accepted_plans(ledger, process_id)
        for file in plan.files
        if file.new_path is not None
    }
    return [write for path, write in created.items() if path in moves and moves[path] not in gone]


def settle_all(ledger: Ledger, root: Path) -> list[Settled]:
    """Sort out what a crash interrupted in all processes of a workspace.

    Returns:
        Those of which something was interrupted; cheap when nothing was.

    Raises:
        WorkspaceBusyError: An accept or undo is at work; it does the same.
    """
    rows = ledger.connection.execute(
        "SELECT DISTINCT number FROM file_write AS w WHERE NOT EXISTS"
        " (SELECT 1 FROM file_write_done AS d WHERE d.sequence=w.sequence) ORDER BY number"
    ).fetchall()
    if not rows:
        return []
    with only_writer(ledger.path):
        found = [settle(ledger, root, process_id_of(int(str(number)))) for (number,) in rows]
    return [one for one in found if one.sentence]
