"""Apply an edit plan to the user's files, so that a crash can be sorted out.

Each file goes through intent ─> write ─> done. The journal makes the intent
durable before the first byte is written; `recover` looks at the hash of each
file whose intent was not settled and says which of the two versions stands there.

This and `undo` are the only callers of the write gateway.
"""

import hashlib
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nanobot_engine.edit.beneath import read_beneath
from nanobot_engine.edit.errors import (
    ApplyError,
    BaseChangedError,
    PathRefusedError,
    SourceUnreadableError,
)
from nanobot_engine.edit.plan import EditPlan, FileEdit, apply_edits
from nanobot_engine.edit.protected import protected_reason
from nanobot_engine.edit.write import (
    FILE_SIZE_BYTES_MAX,
    remove_temporary_files,
    write_file_beneath,
)


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """One intended replacement of a file; all that undo and recovery need."""

    path: str
    before: bytes = field(repr=False)
    before_sha256: str
    after_sha256: str
    mode: int
    """Permission bits of the file before."""


class ApplyJournal(Protocol):
    """Remembers what is being written. Calls for one path come in order."""

    def intent(self, write: PendingWrite) -> None:
        """Store an intention; durable when this returns."""
        ...

    def done(self, path: str) -> None:
        """Settle the intent of `path`: the new version stands there."""
        ...

    def abandoned(self, path: str) -> None:
        """Settle the intent of `path`: nothing was written."""
        ...

    def pending(self) -> Sequence[PendingWrite]:
        """Return the intents that are not settled, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class FileRefusal:
    """A file that was left as it is, and why."""

    path: str
    reason: str
    """A sentence that names the file."""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What became of each file of a plan."""

    applied: tuple[str, ...]
    """Paths that hold the new version now, also those that already did."""
    refused: tuple[FileRefusal, ...]


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What became of each write that a crash interrupted."""

    done: tuple[str, ...]
    """Hold the new version."""
    abandoned: tuple[str, ...]
    """Hold the old version."""
    conflicts: tuple[FileRefusal, ...]
    """Hold neither; their intents stay pending until the user decided."""


def apply_plan(root: Path, plan: EditPlan, journal: ApplyJournal) -> ApplyReport:
    """Write every file of a plan that still has its base hash.

    A file that can not be written is reported and does not stop the others.
    Calling it again with the same plan writes nothing twice.

    Raises:
        ValueError: An edit does not fit the version it was made for: a bug.
    """
    applied: list[str] = []
    refused: list[FileRefusal] = []
    for file in plan.files:
        try:
            _apply_file(root, file, journal)
        except (ApplyError, PathRefusedError, SourceUnreadableError) as error:
            refused.append(FileRefusal(file.path, str(error)))
        else:
            applied.append(file.path)
    return ApplyReport(tuple(applied), tuple(refused))


def recover(root: Path, journal: ApplyJournal) -> RecoveryReport:
    """Settle what a crash interrupted; running it again changes nothing more.

    Call it before anything else writes in this workspace.
    """
    done: list[str] = []
    abandoned: list[str] = []
    conflicts: list[FileRefusal] = []
    for write in journal.pending():
        remove_temporary_files(root, write.path)
        try:
            data, _ = read_beneath(root, write.path, size_bytes_max=FILE_SIZE_BYTES_MAX)
        except SourceUnreadableError as error:
            conflicts.append(FileRefusal(write.path, str(error)))
            continue
        digest = sha256_hex(data)
        if digest == write.after_sha256:
            journal.done(write.path)
            done.append(write.path)
        elif digest == write.before_sha256:
            journal.abandoned(write.path)
            abandoned.append(write.path)
        else:
            reason = f"{write.path}: changed by another program while an edit was interrupted"
            conflicts.append(FileRefusal(write.path, reason))
    return RecoveryReport(tuple(done), tuple(abandoned), tuple(conflicts))


def journalled_write(
    root: Path,
    path: str,
    before: bytes,
    after: bytes,
    *,
    mode: int,
    journal: ApplyJournal,
) -> None:
    """Replace `before` by `after` on disk, with its intent in the journal.

    Raises:
        ApplyError: Nothing was written, and the journal says so; or the file was
            replaced and the error says that.
        PathRefusedError: `path` is protected or leaves the workspace.
    """
    reason = protected_reason(path)
    if reason is not None:
        raise PathRefusedError(path, f"{reason}; it is protected, edit it by hand")
    write = PendingWrite(path, before, sha256_hex(before), sha256_hex(after), mode)
    journal.intent(write)
    try:
        write_file_beneath(root, path, after, expected_sha256=write.before_sha256)
    except (ApplyError, PathRefusedError):
        _settle_failure(root, write, journal)
        raise
    journal.done(path)


def sha256_hex(data: bytes) -> str:
    """Return the lower-case hex digest that plans and journals carry."""
    return hashlib.sha256(data).hexdigest()


def _apply_file(root: Path, file: FileEdit, journal: ApplyJournal) -> None:
    # Before the file is read: a refusal must not depend on what is there.
    reason = protected_reason(file.path)
    if reason is not None:
        raise PathRefusedError(file.path, f"{reason}; it is protected, edit it by hand")
    data, status = read_beneath(root, file.path, size_bytes_max=FILE_SIZE_BYTES_MAX)
    if sha256_hex(data) != file.base_sha256:
        if _is_applied(data, file):
            return
        raise BaseChangedError(file.path)
    after = apply_edits(data, file.edits)
    if after != data:
        mode = stat.S_IMODE(status.st_mode)
        journalled_write(root, file.path, data, after, mode=mode, journal=journal)


def _is_applied(data: bytes, file: FileEdit) -> bool:
    """Say whether `data` is what the plan leads to; only insertions can be told."""
    pieces: list[bytes] = []
    position = 0
    shift = 0
    for edit in file.edits:
        start_byte = edit.start_byte + shift
        end_byte = start_byte + len(edit.new_text)
        if edit.start_byte != edit.end_byte or data[start_byte:end_byte] != edit.new_text:
            return False
        pieces.append(data[position:start_byte])
        position = end_byte
        shift += len(edit.new_text)
    pieces.append(data[position:])
    return sha256_hex(b"".join(pieces)) == file.base_sha256


def _settle_failure(root: Path, write: PendingWrite, journal: ApplyJournal) -> None:
    """Tell the journal what stands there after a write that failed."""
    try:
        data, _ = read_beneath(root, write.path, size_bytes_max=FILE_SIZE_BYTES_MAX)
    except (SourceUnreadableError, PathRefusedError):
        # Gone or unreadable: whatever is there, it is not ours.
        journal.abandoned(write.path)
        return
    if sha256_hex(data) == write.after_sha256:
        journal.done(write.path)
    else:
        journal.abandoned(write.path)
