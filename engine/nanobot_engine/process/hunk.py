"""The parts of a review that a user can say yes or no to.

A hunk is what happens at one place of one file: edits that share lines, or that a file is
created, moved or removed. Its id depends on the process, the file, the steps and the texts
only: it stays the same when lines before it come and go, and after every crash.

Every hunk has one of three states:

    open       nobody decided yet, or what was decided was undone
    accepted   it stands in the user's file
    rejected   it is left out; named once more, it can still be accepted
"""

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate
from typing import Final

from nanobot_engine.edit import FileEdit, TextEdit, apply_edits, sha256_hex
from nanobot_engine.edit.source import split_lines
from nanobot_engine.refactor.sequence import line_edits

_ID_DIGITS: Final = 12
"""Of a million hunks of one process two are alike with a chance of 1 in 500."""


class HunkKind(StrEnum):
    """What a hunk does to its file. Shown to users by value."""

    EDITED = "edited"
    CREATED = "created"
    MOVED = "moved"
    REMOVED = "removed"


class HunkState(StrEnum):
    """What became of a hunk. Shown to users by value."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place of one file of a plan."""

    hunk_id: str
    path: str
    """Of the file as it was planned for; of one that is created, its place."""
    kind: HunkKind
    line: int
    """1-based, in the text in which the accepted hunks stand; 0 for the whole file."""
    line_count: int
    """How many lines of that text go; 0 for an insertion before `line`."""
    new_line_count: int
    """How many lines come in their place."""
    edits: tuple[TextEdit, ...]
    """Of the text that was planned for; none of a file that moves or is removed."""
    new_path: str | None = None
    """Where the file moves to."""
    state: HunkState = HunkState.OPEN
    votes_ahead: int = 0
    """By how many votes of a model it won; 0 where a program decided."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is proposed: one line per different reason."""
        if self.kind is HunkKind.MOVED:
            return (f"moved to {self.new_path}",)
        if self.kind is HunkKind.REMOVED:
            return ("removed",)
        return tuple(dict.fromkeys(edit.label for edit in self.edits))

    @property
    def is_likely(self) -> bool:
        """Whether it is only probable that it belongs there: somebody should look at it."""
        return any(edit.is_likely for edit in self.edits)

    @property
    def is_shared(self) -> bool:
        """Whether it is what the file needs once for others: it comes and goes with them."""
        return self.kind is HunkKind.EDITED and not any(edit.step_key for edit in self.edits)


def hunks_of(process_id: str, file: FileEdit, base: bytes) -> list[Hunk]:
    """Split what happens to one file into hunks, in the order of its text.

    Args:
        process_id: Whose plan it is.
        file: What happens.
        base: The text that its edits count in; empty for one that is created.
    """
    ids = _Ids(process_id, file.path)
    if file.is_created:
        text = file.edits[0].new_text
        hunk_id = ids.next(HunkKind.CREATED, b"", text)
        count = len(split_lines(text))
        return [Hunk(hunk_id, file.path, HunkKind.CREATED, 0, 0, count, file.edits)]
    if file.is_removed:
        hunk_id = ids.next(HunkKind.REMOVED, b"", b"")
        return [Hunk(hunk_id, file.path, HunkKind.REMOVED, 0, 0, 0, ())]
    found: list[Hunk] = []
    if file.new_path is not None:
        hunk_id = ids.next(HunkKind.MOVED, b"", file.new_path.encode(errors="surrogateescape"))
        found.append(Hunk(hunk_id, file.path, HunkKind.MOVED, 0, 0, 0, (), file.new_path))
    starts = [0, *accumulate(len(line) for line in split_lines(base))]
    for edits in _grouped(file.edits, starts):
        first, past = _lines(edits[0], starts)[0], _lines(edits[-1], starts)[1]
        old = base[starts[first] : starts[past]]
        shift = starts[first]
        inside = [
            replace(e, start_byte=e.start_byte - shift, end_byte=e.end_byte - shift) for e in edits
        ]
        new = apply_edits(old, inside)
        hunk_id = ids.next(HunkKind.EDITED, old, new, *_names(edits))
        counts = (first + 1, past - first, len(split_lines(new)))
        found.append(Hunk(hunk_id, file.path, HunkKind.EDITED, *counts, tuple(edits)))
    return found


def narrowed(
    file: FileEdit,
    base: bytes,
    *,
    standing: Sequence[TextEdit],
    wanted: Sequence[TextEdit],
    has_moved: bool,
    moves: bool,
) -> tuple[FileEdit | None, bytes]:
    """Return a part of a plan, made for the text in which another part stands.

    Args:
        file: The whole plan of a file that is neither created nor removed.
        base: What it was made for.
        standing: The edits of `base` that the text has already, sorted.
        wanted: All edits of `base` that it shall have, sorted.
        has_moved: Whether the file stands at its new place.
        moves: Whether it shall move there now.

    Returns:
        The part, None where nothing is left to do; and the text it counts in.
    """
    now = apply_edits(base, standing)
    old, new = set(standing), set(wanted)
    if old <= new:
        edits = tuple(shifted([edit for edit in wanted if edit not in old], standing))
    else:
        # What the file needs once, an import, is another edit for more of its steps.
        labels = dict.fromkeys(edit.label for edit in wanted if edit not in old)
        edits = line_edits(file.path, now, apply_edits(base, wanted), "; ".join(labels))
    if not edits and not moves:
        return None, now
    path = file.new_path if has_moved and file.new_path is not None else file.path
    digest = sha256_hex(now) if standing else file.base_sha256
    return FileEdit(path, digest, edits, file.new_path if moves else None), now


def shifted(edits: Sequence[TextEdit], made: Sequence[TextEdit]) -> list[TextEdit]:
    """Return edits of a text as they count once others of the same text were made.

    Args:
        edits: Sorted; none overlaps any of `made`.
        made: Sorted.
    """
    starts = [edit.start_byte for edit in made]
    sizes = [len(edit.new_text) - (edit.end_byte - edit.start_byte) for edit in made]
    shifts = [0, *accumulate(sizes)]
    found = []
    for edit in edits:
        shift = shifts[bisect_right(starts, edit.start_byte)]
        start, end = edit.start_byte + shift, edit.end_byte + shift
        found.append(replace(edit, start_byte=start, end_byte=end))
    return found


class _Ids:
    """Makes the ids of one file: equal hunks are told apart by their order."""

    def __init__(self, process_id: str, path: str) -> None:
        self._key = f"{process_id}\0{path}\0".encode(errors="surrogateescape")
        self._seen: Counter[bytes] = Counter()

    def next(self, kind: HunkKind, old: bytes, new: bytes, *keys: bytes) -> str:
        digest = hashlib.sha256(self._key)
        for part in (kind.value.encode(), old, new, *keys):
            digest.update(len(part).to_bytes(8, "little") + part)
        same = digest.digest()
        digest.update(self._seen[same].to_bytes(8, "little"))
        self._seen[same] += 1
        return digest.hexdigest()[:_ID_DIGITS]


def _names(edits: Sequence[TextEdit]) -> list[bytes]:
    """Return what steps are about, but for those that are called by their place only."""
    names = dict.fromkeys(edit.step_key.partition("::")[2] for edit in edits)
    return [name.encode(errors="surrogateescape") for name in names if not name.startswith("#")]


def _place(edit: TextEdit) -> tuple[int, int]:
    return edit.start_byte, edit.end_byte


def _lines(edit: TextEdit, starts: Sequence[int]) -> tuple[int, int]:
    """Return the first line of an edit and the first after it, 0-based.

    Whole lines that are inserted between two others touch neither.
    """
    first = min(bisect_right(starts, edit.start_byte) - 1, len(starts) - 1)
    is_between = edit.start_byte == starts[first] and edit.new_text.endswith((b"\n", b"\r"))
    if edit.start_byte == edit.end_byte:
        past = first if is_between else first + 1
    else:
        past = bisect_right(starts, edit.end_byte - 1)
    last_line = len(starts) - 1
    return min(first, last_line), min(past, last_line)


def _grouped(edits: Sequence[TextEdit], starts: Sequence[int]) -> list[list[TextEdit]]:
    """Put edits together that share a line, or whose step is one and whose lines touch."""
    groups: list[list[TextEdit]] = []
    past_group = -1
    for edit in edits:
        first, past = _lines(edit, starts)
        last = groups[-1][-1] if groups else None
        shares = last is not None and first < past_group
        touches = last is not None and first == past_group and last.step_key == edit.step_key
        if shares or touches:
            groups[-1].append(edit)
        else:
            groups.append([edit])
        past_group = max(past_group, past) if shares or touches else past
    return groups
