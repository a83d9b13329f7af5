"""What a crash left of an accept or an undo, and how it is settled."""

from dataclasses import dataclass
from pathlib import Path

from nanobot_engine.edit import recover
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import process_id_of
from nanobot_engine.process.write_journal import WriteJournal, pending_purposes
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
    return Settled(process_id, tuple(done), tuple(abandoned), tuple(conflicts))


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
