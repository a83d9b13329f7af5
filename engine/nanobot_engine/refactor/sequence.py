"""Several refactorings in a row as one change.

Each sees the files that the one before left. What comes out is compared with the
files at the start, line by line, so that a review shows one difference per place however
many steps led there.
"""

import difflib
from collections.abc import Mapping, Sequence
from itertools import accumulate

from nanobot_engine.edit import NO_FILE, EditPlan, FileEdit, TextEdit
from nanobot_engine.edit.source import split_lines
from nanobot_engine.refactor.change import Change, Doubt, Note, sha256_hex
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.refactoring import Refactoring

_LINES_COMPARED_MAX = 20_000


def planned_in_turn(
    codebase: Codebase, steps: Sequence[tuple[Refactoring, Mapping[str, str]]]
) -> Change:
    """Plan refactorings one after the other.

    Args:
        codebase: The files at the start.
        steps: Each with its arguments, which speak of the files it will see.

    Raises:
        RefactorError: One of them can not be done; none is then.
    """
    if len(steps) == 1:
        refactoring, arguments = steps[0]
        return refactoring.plan(codebase, arguments)
    data: Mapping[str, bytes] = codebase.data_by_path
    moves: dict[str, str] = {}
    titles: list[str] = []
    doubts: list[Doubt] = []
    notes: list[Note] = []
    for index, (refactoring, arguments) in enumerate(steps):
        current = (
            codebase
            if index == 0
            else Codebase(data, server_root=codebase.server_root, tools=codebase.tools)
        )
        change = refactoring.plan(current, arguments)
        data = change.applied(data)
        for file in change.plan.files:
            if file.new_path is not None:
                origin = next((old for old, new in moves.items() if new == file.path), file.path)
                moves[origin] = file.new_path
        titles.append(change.title)
        # A doubt counts in files that the reader never sees; it is told instead.
        notes += change.notes
        notes += [Note(d.reference.file.path, d.reference.line, d.question) for d in change.doubts]
    plan = plan_between(codebase.data_by_path, data, moves, "; ".join(titles))
    return Change("; ".join(titles), plan, tuple(doubts), tuple(notes))


def plan_between(
    before: Mapping[str, bytes], after: Mapping[str, bytes], moves: Mapping[str, str], label: str
) -> EditPlan:
    """Return the edits that lead from one set of files to another.

    Args:
        before: All files, by path.
        after: The same afterwards.
        moves: New path by old path, for files that are still the same file.
        label: Of every edit.
    """
    files = []
    arrived = set(moves.values())
    for path in sorted(before.keys() | after.keys()):
        new_path = moves.get(path, path)
        if path in before and new_path in after:
            edits = line_edits(path, before[path], after[new_path], label)
            if edits or new_path != path:
                moved_to = new_path if new_path != path else None
                files.append(FileEdit(path, sha256_hex(before[path]), edits, moved_to))
        elif path in before:
            files.append(FileEdit(path, sha256_hex(before[path]), (), is_removed=True))
        elif path not in arrived:
            edit = TextEdit(0, 0, after[path], f"{path}::", label)
            files.append(FileEdit(path, NO_FILE, (edit,)))
    return EditPlan(tuple(files))


def line_edits(path: str, before: bytes, after: bytes, label: str) -> tuple[TextEdit, ...]:
    """Return edits of whole lines that lead from one text to another.

    Args:
        path: Of the file; every edit says so in its `step_key`.
        before: The text that they count in.
        after: What they lead to.
        label: Of every edit.
    """
    if before == after:
        return ()
    old, new = split_lines(before), split_lines(after)
    if len(old) + len(new) > _LINES_COMPARED_MAX:
        return (TextEdit(0, len(before), after, f"{path}::", label),)
    starts = [0, *accumulate(map(len, old))]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        TextEdit(starts[i1], starts[i2], b"".join(new[j1:j2]), f"{path}::", label)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    )
