"""Take one applied file edit back and keep what the user changed since.

the file now      what happens
──────────────    ─────────────────────────────────────────────────────
the new version   the old bytes are written back exactly
the old version   nothing
anything else     three-way merge: what nanobot added goes, what the user
                  did stays; where both touched the same lines, nothing

A file that moved goes back with what the user changed in it since. One that was
created is removed, and one that was removed is created, only as long as nobody
changed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from nanobot_engine.edit.apply import ApplyJournal, FileWrite, existing_file, journalled_write
from nanobot_engine.edit.errors import (
    ApplyError,
    MergeTooLargeError,
    PathRefusedError,
    SourceError,
    SourceUnreadableError,
)
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.source import source_from_bytes, split_lines
from nanobot_engine.edit.three_way import Region, RegionKind, merge_regions


class UndoOutcome(StrEnum):
    """What `undo_file` did. Stored by value: never rename one, only add."""

    RESTORED = "restored"
    """The old bytes stand there again."""
    NOTHING_TO_DO = "nothing to do"
    MERGED = "merged"
    """The edit is out; later changes of the user are kept."""
    REFUSED = "refused"
    """The file is as it was."""


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What became of one file."""

    path: str
    outcome: UndoOutcome
    reason: str
    """A sentence that names the file; empty unless refused."""


@dataclass(frozen=True, slots=True)
class AppliedFile:
    """What accepting did to one file."""

    path: str
    before: bytes | None = field(repr=False)
    """The whole file before; None where there was none."""
    after: bytes | None = field(repr=False)
    """The whole file as it was applied; None where it was removed."""
    new_path: str | None = None
    """Where it moved to."""
    mode: int | None = None
    """Permission bits before, for a file that was removed."""


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """How one file is taken back."""

    outcome: UndoOutcome
    reason: str
    """A sentence that names the file; empty unless refused."""
    writes: tuple[FileWrite, ...] = ()


_NOTHING: Final = UndoPlan(UndoOutcome.NOTHING_TO_DO, "")


def undo_file(
    root: Path, path: str, before: bytes, after: bytes, *, journal: ApplyJournal
) -> UndoResult:
    """Take the change from `before` to `after` back.

    Args:
        root: The workspace folder.
        path: Relative to `root`, `/`-separated.
        before: The whole file before the edit was applied.
        after: The whole file as it was applied.
        journal: The write is journalled like any other.
    """
    return undo_applied(root, AppliedFile(path, before, after), journal=journal)


def undo_applied(root: Path, applied: AppliedFile, *, journal: ApplyJournal) -> UndoResult:
    """Take back what was done to one file.

    Args:
        root: The workspace folder.
        applied: What was done.
        journal: Its writes are journalled like any other.
    """
    plan = planned_undo(root, applied)
    try:
        for write in plan.writes:
            journalled_write(root, write, journal=journal)
    except (ApplyError, PathRefusedError) as error:
        return UndoResult(applied.path, UndoOutcome.REFUSED, str(error))
    return UndoResult(applied.path, plan.outcome, plan.reason)


def planned_undo(root: Path, applied: AppliedFile) -> UndoPlan:
    """Return how a file would be taken back now. Writes nothing."""
    try:
        if applied.before is None:
            return _undo_creation(root, applied)
        if applied.after is None:
            return _undo_removal(root, applied)
        if applied.new_path is not None:
            return _undo_move(root, applied, applied.new_path)
        return _undo_change(root, applied)
    except MergeTooLargeError as error:
        return _refused(f"{applied.path}: {error}; undo it by hand")
    except (PathRefusedError, SourceUnreadableError) as error:
        return _refused(str(error))


def _undo_change(root: Path, applied: AppliedFile) -> UndoPlan:
    found = existing_file(root, applied.path)
    if found is None:
        return _refused(f"{applied.path}: is gone; undo it by hand")
    current, mode = found
    wanted = _wanted(applied.path, current, applied)
    if isinstance(wanted, UndoPlan):
        return wanted
    if wanted == current:
        # It was undone already, or the user took the edit out himself.
        return _NOTHING
    outcome = UndoOutcome.RESTORED if wanted == applied.before else UndoOutcome.MERGED
    return UndoPlan(outcome, "", (FileWrite(applied.path, current, wanted, mode),))


def _undo_move(root: Path, applied: AppliedFile, new_path: str) -> UndoPlan:
    moved, old = existing_file(root, new_path), existing_file(root, applied.path)
    if moved is None:
        if old is not None:
            return _NOTHING
        return _refused(f"{new_path}: is gone, so it can not move back; undo it by hand")
    current, mode = moved
    wanted = _wanted(new_path, current, applied)
    if isinstance(wanted, UndoPlan):
        return wanted
    if old is not None and old[0] != wanted:
        return _refused(f"{applied.path}: is there again, so {new_path} can not move back")
    removal = FileWrite(new_path, current, None, mode)
    creation = FileWrite(applied.path, None, wanted, mode, like=new_path)
    outcome = UndoOutcome.RESTORED if wanted == applied.before else UndoOutcome.MERGED
    return UndoPlan(outcome, "", (removal,) if old is not None else (creation, removal))


def _undo_creation(root: Path, applied: AppliedFile) -> UndoPlan:
    found = existing_file(root, applied.path)
    if found is None:
        return _NOTHING
    current, mode = found
    if current != applied.after:
        return _refused(f"{applied.path}: was changed since it was created; remove it by hand")
    return UndoPlan(UndoOutcome.RESTORED, "", (FileWrite(applied.path, current, None, mode),))


def _undo_removal(root: Path, applied: AppliedFile) -> UndoPlan:
    found = existing_file(root, applied.path)
    if found is None:
        creation = FileWrite(applied.path, None, applied.before, applied.mode)
        return UndoPlan(UndoOutcome.RESTORED, "", (creation,))
    if found[0] == applied.before:
        return _NOTHING
    return _refused(f"{applied.path}: is there again with another text; undo it by hand")


def _wanted(path: str, current: bytes, applied: AppliedFile) -> bytes | UndoPlan:
    """Return the text without the edits, or why it can not be told."""
    before, after = applied.before, applied.after
    assert before is not None
    assert after is not None
    if current in (before, after):
        return before
    wanted = merged_undo(current, before=before, after=after)
    if wanted is None:
        return _refused(f"{path}: was changed in the same lines; undo them by hand")
    if wanted not in (before, current) and _stops_parsing(path, current, wanted):
        return _refused(f"{path}: would not parse after the undo; undo it by hand")
    return wanted


def merged_undo(current: bytes, *, before: bytes, after: bytes) -> bytes | None:
    """Take the change out of a file that went on changing.

    Lines that were changed right beside it stay changed, as long as its own are as it left
    them.

    Returns:
        None where both changed the same lines.

    Raises:
        MergeTooLargeError: Comparing the versions could take minutes.
    """
    merged: list[bytes] = []
    for region in merge_regions(split_lines(after), split_lines(current), split_lines(before)):
        lines: Sequence[bytes] | None = region.merged
        if region.kind is RegionKind.CONFLICT:
            lines = _taken_out(region)
        if lines is None:
            return None
        merged += lines
    return b"".join(merged)


def _taken_out(region: Region) -> list[bytes] | None:
    """Return lines of now without a change, when only lines on one side of it are others."""
    after, now, before = region.base, region.mine, region.other
    size = min(len(after), len(before))
    head = next((at for at in range(size) if after[at] != before[at]), size)
    rest = range(size - head)
    tail = next((at for at in rest if after[-1 - at] != before[-1 - at]), size - head)
    made, restored = after[head : len(after) - tail], before[head : len(before) - tail]
    count = len(made)
    places = [at for at in range(len(now) - count + 1) if now[at : at + count] == made]
    if not made or len(places) != 1:
        return None
    at = places[0]
    is_head_same = now[:at] == after[:head]
    is_tail_same = now[at + count :] == after[len(after) - tail :]
    if not is_head_same and not is_tail_same:
        return None
    return [*now[:at], *restored, *now[at + count :]]


def _stops_parsing(path: str, current: bytes, wanted: bytes) -> bool:
    return path.endswith(".py") and _parses(path, current) and not _parses(path, wanted)


def _parses(path: str, data: bytes) -> bool:
    try:
        python_tree(source_from_bytes(path, data))
    except SourceError:
        return False
    return True


def _refused(reason: str) -> UndoPlan:
    return UndoPlan(UndoOutcome.REFUSED, reason)
