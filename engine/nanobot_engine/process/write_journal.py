"""The ledger as the journal of file writes: what `edit.apply` and undo rely on."""

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from nanobot_engine.edit import PendingWrite
from nanobot_engine.process.ledger import Ledger

APPLY: Final = "apply"
UNDO: Final = "undo"
EDITOR: Final = "editor"

_DONE: Final = 1
_ABANDONED: Final = 0


class WriteJournal:
    """The writes of one process for one purpose (`apply`, `undo` or `editor`)."""

    def __init__(
        self, ledger: Ledger, process_id: str, purpose: str, *, plan_sequence: int | None = None
    ) -> None:
        """Open the journal.

        Args:
            ledger: Where it is.
            process_id: Whose writes.
            purpose: What for.
            plan_sequence: The accepted plan that new writes belong to; None for an undo.
        """
        self._ledger = ledger
        self._number = ledger.number_of(process_id)
        self._purpose = purpose
        self._plan_sequence = plan_sequence

    def intent(self, write: PendingWrite) -> None:
        """Store an intention; durable when this returns.

        Raises:
            LedgerError: It could not be stored; nothing may be written then.
        """
        with self._ledger.transaction():
            self._ledger.connection.execute(
                "INSERT INTO file_write (number, path, purpose, before_sha256, after_sha256,"
                " before, mode, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._number,
                    write.path,
                    self._purpose,
                    write.before_sha256,
                    write.after_sha256,
                    zlib.compress(write.before),
                    write.mode,
                    time.time_ns() // 1_000_000,
                ),
            )
            if self._plan_sequence is not None:
                self._ledger.connection.execute(
                    "INSERT INTO write_plan VALUES (?, ?)",
                    (self._ledger.connection.last_insert_rowid(), self._plan_sequence),
                )

    def done(self, path: str) -> None:
        """Settle the intent of `path`: the new version stands there."""
        self._settle(path, _DONE)

    def abandoned(self, path: str) -> None:
        """Settle the intent of `path`: nothing was written."""
        self._settle(path, _ABANDONED)

    def pending(self) -> Sequence[PendingWrite]:
        """Return the intents that are not settled, oldest first."""
        rows = self._ledger.connection.execute(
            "SELECT path, before, before_sha256, after_sha256, mode FROM file_write AS w"
            " WHERE number=? AND purpose=? AND NOT EXISTS (SELECT 1 FROM file_write_done AS d"
            " WHERE d.sequence=w.sequence) ORDER BY sequence",
            (self._number, self._purpose),
        )
        return [
            PendingWrite(str(path), zlib.decompress(bytes(before)), str(old), str(new), int(mode))
            for path, before, old, new, mode in rows
        ]

    def _settle(self, path: str, done: int) -> None:
        self._ledger.connection.execute(
            "INSERT OR IGNORE INTO file_write_done SELECT MAX(sequence), ? FROM file_write"
            " WHERE number=? AND purpose=? AND path=?",
            (done, self._number, self._purpose, path),
        )


def pending_purposes(ledger: Ledger, process_id: str) -> list[str]:
    """Return for which purposes a crash left writes unsettled."""
    rows = ledger.connection.execute(
        "SELECT DISTINCT purpose FROM file_write AS w WHERE number=? AND NOT EXISTS"
        " (SELECT 1 FROM file_write_done AS d WHERE d.sequence=w.sequence) ORDER BY purpose",
        (ledger.number_of(process_id),),
    )
    return [str(purpose) for (purpose,) in rows]


@dataclass(frozen=True, slots=True)
class StandingWrite:
    """A write of a process that no undo took back."""

    write: PendingWrite
    purpose: str
    plan_sequence: int | None
    """Of the accepted plan it belongs to; None in ledgers before format 3."""


def standing_writes(ledger: Ledger, process_id: str) -> list[StandingWrite]:
    """Return the writes of a process that stand, oldest first: several of one file, too."""
    rows = ledger.connection.execute(
        "SELECT w.sequence, path, purpose, before, before_sha256, after_sha256, mode, plan_sequence"
        " FROM file_write AS w JOIN file_write_done AS d USING (sequence)"
        " LEFT JOIN write_plan USING (sequence) WHERE number=? AND done=1 ORDER BY w.sequence",
        (ledger.number_of(process_id),),
    )
    by_path: dict[str, list[tuple[int, StandingWrite]]] = {}
    for sequence, path, purpose, before, before_sha256, after_sha256, mode, plan in rows:
        if purpose == UNDO:
            # An undo takes back all that was ever done to a file.
            by_path.pop(str(path), None)
            continue
        write = PendingWrite(
            str(path),
            zlib.decompress(bytes(before)),
            str(before_sha256),
            str(after_sha256),
            int(mode),
        )
        one = StandingWrite(write, str(purpose), None if plan is None else int(plan))
        by_path.setdefault(str(path), []).append((int(sequence), one))
    found = sorted((pair for pairs in by_path.values() for pair in pairs), key=itemgetter(0))
    return [one for _, one in found]


def base_texts(ledger: Ledger, process_id: str) -> dict[str, bytes]:
    """Return every text that a write of a process, also one undone, found; by its hash."""
    rows = ledger.connection.execute(
        "SELECT before_sha256, before FROM file_write WHERE number=? AND before_sha256<>''"
        " GROUP BY before_sha256",
        (ledger.number_of(process_id),),
    )
    return {str(digest): zlib.decompress(bytes(before)) for digest, before in rows}
