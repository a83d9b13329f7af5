"""Place verified edits again in a file that changed meanwhile.

No model is asked. A docstring was written for one definition; where that
definition still stands byte for byte, it still fits, wherever the definition
moved. Every other docstring is refused, and the gates run again on what is left.

Edits of any other kind belong together: they are placed by a three-way merge of lines,
all of them or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nanobot_engine.edit.docstring import docstring_offset, inserted_text
from nanobot_engine.edit.errors import MergeTooLargeError, SourceError
from nanobot_engine.edit.gates import (
    BytesKeptGate,
    Gate,
    OnlyDocstringsChangedGate,
    ParsesGate,
    run_gates,
)
from nanobot_engine.edit.plan import FileEdit, TextEdit, apply_edits, sorted_edits
from nanobot_engine.edit.python_syntax import (
    PythonDefinition,
    PythonModule,
    parse_source,
    python_tree,
)
from nanobot_engine.edit.source import SourceFile, split_lines
from nanobot_engine.edit.three_way import RegionKind, merge_regions


@dataclass(frozen=True, slots=True)
class EditRefusal:
    """An edit that could not be placed again."""

    path: str
    edit: TextEdit
    reason: str
    """A sentence that names the file and the edit."""


@dataclass(frozen=True, slots=True)
class Replan:
    """What is left of the edits of one file."""

    file: FileEdit | None
    """For the file as it is now, verified; None when no edit is left."""
    refused: tuple[EditRefusal, ...]


def replan(file_edit: FileEdit, before: SourceFile, now: SourceFile) -> Replan:
    """Move the docstring insertions of one file to where they belong now.

    Args:
        file_edit: Verified against `before`.
        before: The version that was planned for.
        now: The version that stands there.

    Raises:
        ValueError: `file_edit` was not made for `before`: a bug.
    """
    if file_edit.base_sha256 != before.sha256:
        msg = f"{file_edit.path}: the edit was made for another version than `before`"
        raise ValueError(msg)
    try:
        places = _Places(parse_source(before), parse_source(now))
    except SourceError as error:
        return _all_refused(file_edit, str(error))
    placed: list[TextEdit] = []
    refused: list[EditRefusal] = []
    for edit in file_edit.edits:
        offset = places.offset_now(edit)
        if offset is None:
            refused.append(_refusal(file_edit.path, edit, "changed since"))
        else:
            placed.append(replace(edit, start_byte=offset, end_byte=offset))
    if not placed:
        return Replan(None, tuple(refused))
    edits = sorted_edits(placed)
    reason = _gates_refusal(before, now, edits)
    if reason:
        return _all_refused(file_edit, reason)
    return Replan(FileEdit(file_edit.path, now.sha256, edits), tuple(refused))


def replan_lines(file_edit: FileEdit, before: SourceFile, now: SourceFile) -> Replan:
    """Move the edits of one file to where their lines are now.

    Args:
        file_edit: Verified against `before`; its file is neither created nor removed.
        before: The version that was planned for.
        now: The version that stands there.

    Returns:
        All edits, or none where one of them touches lines that changed.

    Raises:
        ValueError: `file_edit` was not made for `before`: a bug.
    """
    if file_edit.base_sha256 != before.sha256:
        msg = f"{file_edit.path}: the edit was made for another version than `before`"
        raise ValueError(msg)
    planned = split_lines(apply_edits(before.data, file_edit.edits))
    try:
        regions = merge_regions(split_lines(before.data), planned, split_lines(now.data))
    except MergeTooLargeError as error:
        return _all_refused(file_edit, str(error))
    edits: list[TextEdit] = []
    base_at = now_at = 0
    for region in regions:
        base_end = base_at + sum(map(len, region.base))
        now_end = now_at + sum(map(len, region.other))
        if region.kind is RegionKind.CONFLICT:
            return _all_refused(file_edit, "the same lines changed since")
        if region.kind is RegionKind.MINE:
            labels = [e.label for e in file_edit.edits if _touches(e, base_at, base_end)]
            label = "; ".join(dict.fromkeys(labels))
            text = b"".join(region.mine)
            edits.append(TextEdit(now_at, now_end, text, file_edit.edits[0].step_key, label))
        base_at, now_at = base_end, now_end
    gates: list[Gate] = [BytesKeptGate(keeps_last_newline=False)]
    if _parses(now):
        gates.append(ParsesGate())
    verdict = run_gates(gates, now, apply_edits(now.data, edits), edits)
    if not verdict.ok:
        return _all_refused(file_edit, verdict.reason)
    return Replan(replace(file_edit, base_sha256=now.sha256, edits=tuple(edits)), ())


def moved_edits(
    edits: Sequence[TextEdit], before: bytes, now: bytes, *, one_side: bool = False
) -> dict[TextEdit, TextEdit | None]:
    """Return edits of a text as they count in another one, where their lines still stand there.

    Args:
        edits: Of `before`, in any order.
        before: The text that they were made for.
        now: The text that stands there.
        one_side: Whether an insertion between two lines needs only one of them: for one that
            stands, so that its place is known.

    Returns:
        The same edit at its place in `now`, by the edit; None where its lines, or for an
        insertion those around it, are not the same.

    Raises:
        MergeTooLargeError: Comparing the texts could take minutes.
    """
    lines = split_lines(before)
    kept: list[tuple[int, int, int]] = []
    base_at = now_at = 0
    for region in merge_regions(lines, lines, split_lines(now)):
        base_end = base_at + sum(map(len, region.base))
        if region.kind is RegionKind.UNCHANGED:
            # One run of lines may come in several regions.
            is_more = bool(kept) and kept[-1][1:] == (base_at, now_at - base_at)
            start = kept.pop()[0] if is_more else base_at
            kept.append((start, base_end, now_at - base_at))
        base_at, now_at = base_end, now_at + sum(map(len, region.other))
    found = {edit: _moved(edit, before, kept) for edit in edits}
    if one_side:
        found = {edit: to or _moved_beside(edit, before, kept) for edit, to in found.items()}
    return found


def _moved(edit: TextEdit, before: bytes, kept: Sequence[tuple[int, int, int]]) -> TextEdit | None:
    # With the line before an insertion between two lines: it belongs to both.
    start = before.rfind(b"\n", 0, max(0, edit.start_byte - 1)) + 1
    end = before.find(b"\n", edit.end_byte) + 1 or len(before)
    for base_start, base_end, shift in kept:
        if base_start <= start and end <= base_end:
            return replace(edit, start_byte=edit.start_byte + shift, end_byte=edit.end_byte + shift)
    return None


def _moved_beside(
    edit: TextEdit, before: bytes, kept: Sequence[tuple[int, int, int]]
) -> TextEdit | None:
    """Place an insertion between two lines by the only one of them that is there."""
    at = edit.start_byte
    if at != edit.end_byte or (at and before[at - 1 : at] != b"\n"):
        return None
    above = before.rfind(b"\n", 0, max(0, at - 1)) + 1
    below = before.find(b"\n", at) + 1 or len(before)
    sides = [(above, at), (at, below)]
    shifts = {
        shift
        for start, end in sides
        for base_start, base_end, shift in kept
        if start < end and base_start <= start and end <= base_end
    }
    if len(shifts) != 1:
        return None
    (shift,) = shifts
    return replace(edit, start_byte=at + shift, end_byte=at + shift)


def _touches(edit: TextEdit, start: int, end: int) -> bool:
    return edit.start_byte <= end and start <= edit.end_byte


def _parses(source: SourceFile) -> bool:
    if not source.path.endswith((".py", ".pyi")):
        return False
    try:
        python_tree(source)
    except SourceError:
        return False
    return True


class _Places:
    """Which definition of the new version is which one of the old."""

    def __init__(self, before: PythonModule, now: PythonModule) -> None:
        data = before.source.data
        self._before = before
        self._now = now
        self._definition_by_offset = {
            docstring_offset(data, definition): definition
            for definition in before.definitions
            if not definition.has_docstring
        }

    def offset_now(self, edit: TextEdit) -> int | None:
        """Return where `edit` belongs now; None when that is not certain."""
        definition = self._definition_by_offset.get(edit.start_byte)
        if definition is None or edit.start_byte != edit.end_byte:
            return None
        twins_before = _twins(self._before, definition)
        twins_now = _twins(self._now, definition)
        # Equal twins (two branches of an `if`) are told apart by their order only.
        if len(twins_before) != len(twins_now):
            return None
        moved = twins_now[twins_before.index(definition)]
        return moved.start_byte + edit.start_byte - definition.start_byte


def _twins(module: PythonModule, like: PythonDefinition) -> list[PythonDefinition]:
    return [
        definition
        for definition in module.definitions
        if definition.qualified_name == like.qualified_name
        and definition.own_source == like.own_source
        and definition.indent == like.indent
    ]


def _gates_refusal(before: SourceFile, now: SourceFile, edits: Sequence[TextEdit]) -> str:
    # The texts were verified for `before`; reading them back needs no model.
    text_by_step_key = {edit.step_key: inserted_text(edit, before) or "" for edit in edits}
    gates = (ParsesGate(), OnlyDocstringsChangedGate(text_by_step_key), BytesKeptGate())
    verdict = run_gates(gates, now, apply_edits(now.data, edits), edits)
    return verdict.reason


def _all_refused(file_edit: FileEdit, reason: str) -> Replan:
    refusals = (_refusal(file_edit.path, edit, reason) for edit in file_edit.edits)
    return Replan(None, tuple(refusals))


def _refusal(path: str, edit: TextEdit, reason: str) -> EditRefusal:
    return EditRefusal(path, edit, f"{path}: {edit.label}: {reason}")
