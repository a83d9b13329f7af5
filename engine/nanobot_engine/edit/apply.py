"""Apply an edit plan to the user's files, so that a crash can be sorted out.

Each write goes through intent ─> write ─> done. The journal makes the intent
durable before the first byte is written; `recover` looks at the hash of each
file whose intent was not settled and says which of the two versions stands there.

A file is created, replaced or removed by one write; one that moves is created at its
new place and removed from the old one. All creations come first and all removals last,
so that at every moment the text of each file stands somewhere.

This and `undo` are the only callers of the write gateway.
"""

import hashlib
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from nanobot_engine.edit.beneath import read_beneath
from nanobot_engine.edit.create import create_file_beneath
from nanobot_engine.edit.errors import (
    ApplyError,
    BaseChangedError,
    PathRefusedError,
    SourceEncodingError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from nanobot_engine.edit.landlock import beneath_only
from nanobot_engine.edit.plan import NO_FILE, EditPlan, FileEdit, apply_edits
from nanobot_engine.edit.protected import protected_reason
from nanobot_engine.edit.remove import remove_emptied_folders, remove_file_beneath
from nanobot_engine.edit.source import source_from_bytes
from nanobot_engine.edit.write import (
    FILE_SIZE_BYTES_MAX,
    check_writable,
    remove_temporary_files,
    write_file_beneath,
)


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """One intended write of a file; all that undo and recovery need."""

    path: str
    before: bytes = field(repr=False)
    """Empty for a file that is created."""
    before_sha256: str
    """`NO_FILE` for a file that is created."""
    after_sha256: str
    """`NO_FILE` for a file that is removed."""
    mode: int
    """Permission bits of the file before; of the new one where it is created."""


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


class _Phase(Enum):
    CREATE = "create"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class FileWrite:
    """One file as it stands and as it shall stand; None where there is none."""

    path: str
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)
    mode: int | None
    """Permission bits of the file before, or for one that is created; None: as the
    user's umask says."""
    like: str | None = None
    """The file whose attributes a created one gets."""

    @property
    def phase(self) -> _Phase:
        """When it is done: creations first, removals last."""
        if self.before is None:
            return _Phase.CREATE
        return _Phase.REMOVE if self.after is None else _Phase.REPLACE


_NO_RESULTS: Final[Mapping[str, str]] = MappingProxyType({})
_MODE_UNKNOWN: Final = 0o644
"""What the journal says where the user's umask decides."""


def apply_plan(
    root: Path,
    plan: EditPlan,
    journal: ApplyJournal,
    *,
    result_sha256_by_path: Mapping[str, str] = _NO_RESULTS,
) -> ApplyReport:
    """Write every file of a plan that still has its base hash.

    A file that can not be written is reported and does not stop the others.
    Calling it again with the same plan and its results writes nothing twice.

    Args:
        root: The workspace folder.
        plan: What to write.
        journal: Of the writes.
        result_sha256_by_path: What the edits lead to, by the path before, `NO_FILE`
            for a removed file. A file that has its result already counts as applied.

    Raises:
        ValueError: An edit does not fit the version it was made for: a bug.
    """
    refusal_by_path: dict[str, FileRefusal] = {}
    for phase in _Phase:
        for file in plan.files:
            if file.path in refusal_by_path or phase not in _phases(file):
                continue
            try:
                for write in _writes(root, file, result_sha256_by_path.get(file.path)):
                    if write.phase is phase:
                        journalled_write(root, write, journal=journal)
            except (ApplyError, PathRefusedError, SourceError) as error:
                refusal_by_path[file.path] = FileRefusal(file.path, str(error))
    applied = tuple(file.path for file in plan.files if file.path not in refusal_by_path)
    refused = (refusal_by_path.get(file.path) for file in plan.files)
    return ApplyReport(applied, tuple(one for one in refused if one is not None))


def plan_refusals(
    root: Path, plan: EditPlan, *, result_sha256_by_path: Mapping[str, str] = _NO_RESULTS
) -> list[FileRefusal]:
    """Return why files of a plan could not be applied now. Writes nothing."""
    refusals: list[FileRefusal] = []
    for file in plan.files:
        try:
            for write in _writes(root, file, result_sha256_by_path.get(file.path)):
                if write.before is not None:
                    check_writable(root, write.path, expected_sha256=sha256_hex(write.before))
        except (ApplyError, PathRefusedError, SourceError) as error:
            refusals.append(FileRefusal(file.path, str(error)))
    return refusals


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
            digest = _digest_beneath(root, write.path)
        except SourceUnreadableError as error:
            conflicts.append(FileRefusal(write.path, str(error)))
            continue
        if digest == NO_FILE and NO_FILE in (write.before_sha256, write.after_sha256):
            # It may have died before it removed a folder, or after it made one.
            remove_emptied_folders(root, write.path)
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


def journalled_write(root: Path, write: FileWrite, *, journal: ApplyJournal) -> None:
    """Make one write, with its intent in the journal.

    Raises:
        ApplyError: Nothing was written, and the journal says so; or it was, and the
            error says that.
        PathRefusedError: The path is protected or leaves the workspace.
    """
    _refuse_protected(write.path)
    before_sha256, after_sha256 = _digest(write.before), _digest(write.after)
    mode = _MODE_UNKNOWN if write.mode is None else write.mode
    pending = PendingWrite(write.path, write.before or b"", before_sha256, after_sha256, mode)
    journal.intent(pending)
    try:
        beneath_only(root, lambda: _write(root, write))
    except (ApplyError, PathRefusedError):
        _settle_failure(root, pending, journal)
        raise
    journal.done(write.path)


def _write(root: Path, write: FileWrite) -> None:
    expected_sha256 = _digest(write.before)
    if write.after is None:
        remove_file_beneath(root, write.path, expected_sha256=expected_sha256)
    elif write.before is None:
        create_file_beneath(root, write.path, write.after, mode=write.mode, like=write.like)
    else:
        write_file_beneath(root, write.path, write.after, expected_sha256=expected_sha256)


def sha256_hex(data: bytes) -> str:
    """Return the lower-case hex digest that plans and journals carry."""
    return hashlib.sha256(data).hexdigest()


def existing_file(root: Path, path: str) -> tuple[bytes, int] | None:
    """Return the bytes and permission bits of a file; None where there is none.

    Raises:
        PathRefusedError: `path` leaves the workspace.
        SourceUnreadableError: Something else stands there, or it can not be read.
    """
    try:
        data, status = read_beneath(root, path, size_bytes_max=FILE_SIZE_BYTES_MAX)
    except SourceMissingError:
        return None
    return data, stat.S_IMODE(status.st_mode)


def _refuse_protected(path: str) -> None:
    reason = protected_reason(path)
    if reason is not None:
        raise PathRefusedError(path, f"{reason}; it is protected, edit it by hand")


def _phases(file: FileEdit) -> tuple[_Phase, ...]:
    if file.is_created:
        return (_Phase.CREATE,)
    if file.is_removed:
        return (_Phase.REMOVE,)
    return (_Phase.REPLACE,) if file.new_path is None else (_Phase.CREATE, _Phase.REMOVE)


def _writes(root: Path, file: FileEdit, result_sha256: str | None) -> list[FileWrite]:
    """Return what is left to write for one file; nothing when it has its result."""
    # Before a file is read: a refusal must not depend on what is there.
    for path in file.touched_paths:
        _refuse_protected(path)
    if file.is_created:
        text = apply_edits(b"", file.edits)
        is_there = _is_there(root, file.path, text)
        return [] if is_there else [FileWrite(file.path, None, text, None)]
    found = existing_file(root, file.path)
    if found is None:
        if _is_gone_as_planned(root, file, result_sha256):
            return []
        raise SourceMissingError(file.path, "No such file or directory")
    data, mode = found
    if sha256_hex(data) != file.base_sha256:
        if file.new_path is None and sha256_hex(data) == result_sha256:
            return []
        raise BaseChangedError(file.path)
    removal = FileWrite(file.path, data, None, mode)
    if file.is_removed:
        return [removal]
    after = apply_edits(data, file.edits)
    if file.edits:
        _check_encoding(file.path, data, after)
    if file.new_path is None:
        return [] if after == data else [FileWrite(file.path, data, after, mode)]
    creation = FileWrite(file.new_path, None, after, mode, like=file.path)
    return [removal] if _is_there(root, file.new_path, after) else [creation, removal]


def _check_encoding(path: str, before: bytes, after: bytes) -> None:
    """Check that a text stays one in its encoding, whoever planned its edits.

    Raises:
        SourceEncodingError: It is none, or would be none or another one.
    """
    if b"\0" in before or b"\0" in after:
        # UTF-16 without a BOM decodes as UTF-8 and is none.
        raise SourceEncodingError(path, "holds NUL bytes, so it is no text; nothing was written")
    old, new = source_from_bytes(path, before), source_from_bytes(path, after)
    if (old.encoding, old.has_bom) != (new.encoding, new.has_bom):
        reason = f"would change from {old.encoding} to {new.encoding}, or its BOM"
        raise SourceEncodingError(path, f"{reason}; nothing was written")


def _is_gone_as_planned(root: Path, file: FileEdit, result_sha256: str | None) -> bool:
    if file.new_path is None:
        return file.is_removed
    return _digest_beneath(root, file.new_path) == result_sha256


def _is_there(root: Path, path: str, after: bytes) -> bool:
    """Say whether a file that is to be created stands there already.

    Raises:
        BaseChangedError: Another one does.
    """
    digest = _digest_beneath(root, path)
    if digest not in (NO_FILE, sha256_hex(after)):
        raise BaseChangedError(path, "is there already")
    return digest != NO_FILE


def _digest(data: bytes | None) -> str:
    return NO_FILE if data is None else sha256_hex(data)


def _digest_beneath(root: Path, path: str) -> str:
    found = existing_file(root, path)
    return NO_FILE if found is None else sha256_hex(found[0])


def _settle_failure(root: Path, write: PendingWrite, journal: ApplyJournal) -> None:
    """Tell the journal what stands there after a write that failed."""
    try:
        digest = _digest_beneath(root, write.path)
    except (SourceUnreadableError, PathRefusedError):
        # Unreadable: whatever is there, it is not ours.
        journal.abandoned(write.path)
        return
    if digest == write.after_sha256:
        journal.done(write.path)
    else:
        journal.abandoned(write.path)
