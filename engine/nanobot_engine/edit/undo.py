"""Take one applied file edit back and keep what the user changed since.

the file now      what happens
──────────────    ─────────────────────────────────────────────────────
the new version   the old bytes are written back exactly
the old version   nothing
anything else     three-way merge: what nanobot added goes, what the user
                  did stays; where both touched the same lines, nothing
"""

import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nanobot_engine.edit.apply import ApplyJournal, journalled_write
from nanobot_engine.edit.beneath import read_beneath
from nanobot_engine.edit.errors import (
    ApplyError,
    MergeTooLargeError,
    PathRefusedError,
    SourceError,
    SourceUnreadableError,
)
from nanobot_engine.edit.python_syntax import python_tree
from nanobot_engine.edit.source import source_from_bytes, split_lines
from nanobot_engine.edit.three_way import merge_lines
from nanobot_engine.edit.write import FILE_SIZE_BYTES_MAX


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
    try:
        current, status = read_beneath(root, path, size_bytes_max=FILE_SIZE_BYTES_MAX)
        is_known = current in (before, after)
        wanted = before if is_known else merged_undo(current, before=before, after=after)
        if wanted is None:
            return _refused(path, f"{path}: was changed in the same lines; undo them by hand")
        if wanted == current:
            # It was undone already, or the user took the edit out himself.
            return UndoResult(path, UndoOutcome.NOTHING_TO_DO, "")
        if wanted != before and _stops_parsing(path, current, wanted):
            return _refused(path, f"{path}: would not parse after the undo; undo it by hand")
        mode = stat.S_IMODE(status.st_mode)
        journalled_write(root, path, current, wanted, mode=mode, journal=journal)
    except MergeTooLargeError as error:
        return _refused(path, f"{path}: {error}; undo it by hand")
    except (ApplyError, PathRefusedError, SourceUnreadableError) as error:
        return _refused(path, str(error))
    outcome = UndoOutcome.RESTORED if wanted == before else UndoOutcome.MERGED
    return UndoResult(path, outcome, "")


def merged_undo(current: bytes, *, before: bytes, after: bytes) -> bytes | None:
    """Take the change out of a file that went on changing.

    Returns:
        None where both changed the same lines.

    Raises:
        MergeTooLargeError: Comparing the versions could take minutes.
    """
    merged = merge_lines(split_lines(after), split_lines(current), split_lines(before))
    return None if merged is None else b"".join(merged)


def _stops_parsing(path: str, current: bytes, wanted: bytes) -> bool:
    return path.endswith(".py") and _parses(path, current) and not _parses(path, wanted)


def _parses(path: str, data: bytes) -> bool:
    try:
        python_tree(source_from_bytes(path, data))
    except SourceError:
        return False
    return True


def _refused(path: str, reason: str) -> UndoResult:
    return UndoResult(path, UndoOutcome.REFUSED, reason)
