"""The ledger as the journal of file writes: what `edit.apply` and undo rely on."""

import time
import zlib
from collections.abc import Sequence
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

    def __init__(self, ledger: Ledger, process_id: str, purpose: str) -> None:
        self._ledger = ledger
        self._number = ledger.number_of(process_id)
        self._purpose = purpose

    def intent(self, write: PendingWrite) -> None:
        """Store an intention; durable when this returns."""
        self._ledger.connection.execute(
            "INSERT INTO file_write (number, path, purpose, before_sha256, after_sha256, before,"
            " mode, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
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


def written_files(ledger: Ledger, process_id: str) -> list[PendingWrite]:
    """Return the writes of a process that still stand: the newest per file, unless undone."""
    rows = ledger.connection.execute(
        "SELECT path, purpose, before, before_sha256, after_sha256, mode FROM file_write AS w"
        " JOIN file_write_done AS d USING (sequence) WHERE number=? AND d.done=1"
        " ORDER BY sequence",
        (ledger.number_of(process_id),),
    )
    standing: dict[str, PendingWrite] = {}
    for path, purpose, before, before_sha256, after_sha256, mode in rows:
        if purpose == UNDO:
            standing.pop(str(path), None)
        else:
            standing[str(path)] = PendingWrite(
                str(path),
                zlib.decompress(bytes(before)),
                str(before_sha256),
                str(after_sha256),
                int(mode),
            )
    return list(standing.values())
