"""Several refactorings in a row as one change.

Each sees the files that the one before left. Their edits are joined to edits of the files
at the start, so that a review shows one difference per place however many steps led there,
and the reasons of all of them.

A doubt of one part is judged like that of any other change, beside all that the others do.
One whose place another part changes, or whose answer names what a later part takes away,
is a note: nobody can say any more what a yes would write.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from types import MappingProxyType

from nanobot_engine.edit import NO_FILE, EditPlan, FileEdit, TextEdit
from nanobot_engine.edit.source import split_lines
from nanobot_engine.refactor.change import Change, Doubt, Note, sha256_hex
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.composition import before_edits, composed, fits_between
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.open_finding import shown_question
from nanobot_engine.refactor.refactoring import Refactoring

_LINES_COMPARED_MAX = 20_000
_WORD = re.compile(rb"\w+")


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
    before = codebase.data_by_path
    data: Mapping[str, bytes] = before
    trace = _Trace(before)
    for index, (refactoring, arguments) in enumerate(steps):
        current = (
            codebase
            if index == 0
            else Codebase(data, server_root=codebase.server_root, tools=codebase.tools)
        )
        change = refactoring.plan(current, arguments)
        trace.add(data, change)
        data = change.applied(data)
    title = "; ".join(trace.titles)
    plan = plan_between(
        before, data, trace.moves, title, paths=trace.touched, edits_by_path=trace.known_edits
    )
    doubts, notes = trace.judged_later(plan)
    return Change(title, plan, doubts, notes)


@dataclass(frozen=True, slots=True)
class _PartDoubt:
    """A doubt as one part had it, and as it counts at the start where that can be said."""

    doubt: Doubt
    at_start: Doubt | None
    part: int


class _Trace:
    """What became of the files at the start, part by part."""

    def __init__(self, before: Mapping[str, bytes]) -> None:
        self.titles: list[str] = []
        self.touched: set[str] = set()
        self.known_edits: dict[str, tuple[TextEdit, ...]] = {}
        """What leads from a file at the start to what is there now, by its path."""
        self._before = before
        self._origins: dict[str, str | None] = {}
        """Where a file was at the start, by where it is; None where it was not."""
        self._removed: set[str] = set()
        self._doubts: list[_PartDoubt] = []
        self._notes: list[Note] = []
        self._gone: list[set[bytes]] = []
        """The words that each part took away somewhere."""

    @property
    def moves(self) -> dict[str, str]:
        """Where files at the start are now, by where they were."""
        return {
            origin: path
            for path, origin in self._origins.items()
            if origin is not None and origin != path
        }

    def add(self, data: Mapping[str, bytes], change: Change) -> None:
        """Take one part: its doubts, which count in its text, and then its edits."""
        for doubt in change.doubts:
            at_start = self._at_start(data, change.title, doubt)
            self._doubts.append(_PartDoubt(doubt, at_start, len(self.titles)))
        self._notes += change.notes
        gone: set[bytes] = set()
        # What leaves a place before what comes there.
        for file in sorted(change.plan.files, key=lambda one: one.is_created):
            self.touched.update(file.touched_paths)
            text = b"" if file.is_created else data[file.path]
            for edit in file.edits:
                gone |= _words(text[edit.start_byte : edit.end_byte]) - _words(edit.new_text)
            self._add_file(text, change.title, file)
        self._gone.append(gone)
        self.titles.append(change.title)

    def judged_later(self, plan: EditPlan) -> tuple[tuple[Doubt, ...], tuple[Note, ...]]:
        """Return the doubts that can be judged beside a plan, and the others as notes."""
        edits_by_path = {file.path: file.edits for file in plan.files if not file.is_removed}
        doubts, notes = [], list(self._notes)
        for one in self._doubts:
            moved, said = one.at_start, _words(one.doubt.edit.new_text)
            is_outdated = any(said & gone for gone in self._gone[one.part + 1 :])
            if (
                moved is None
                or one.doubt.reference is None
                or is_outdated
                or moved.path in self._removed
                or not fits_between(moved.edit, edits_by_path.get(moved.path, ()))
            ):
                question = shown_question(one.doubt.question)
                notes.append(Note(one.doubt.path, one.doubt.line, question))
            else:
                doubts.append(moved)
        return tuple(doubts), tuple(notes)

    def _origin(self, path: str) -> str | None:
        return self._origins.get(path, path if path in self._before else None)

    def _add_file(self, text: bytes, title: str, file: FileEdit) -> None:
        origin = None if file.is_created else self._origin(file.path)
        self._origins.pop(file.path, None)
        if file.result_path is None:
            # What is made there again is another file.
            self._origins[file.path] = None
            if origin is not None:
                self._removed.add(origin)
                self.known_edits.pop(origin, None)
            return
        if file.result_path != file.path:
            self._origins[file.path] = None
        self._origins[file.result_path] = origin
        if origin is None:
            return
        named = [
            replace(edit, step_key=f"{origin}::", label=_reason(title, edit.label))
            for edit in file.edits
        ]
        made = self.known_edits.get(origin, ())
        self.known_edits[origin] = composed(self._before[origin], made, text, named)

    def _at_start(self, data: Mapping[str, bytes], title: str, doubt: Doubt) -> Doubt | None:
        """Return a doubt of the next part as it counts in the files at the start."""
        path = doubt.path
        origin = self._origin(path)
        if origin is None:
            return None
        edit = before_edits(doubt.edit, self.known_edits.get(origin, ()))
        if edit is None:
            return None
        line = self._before[origin].count(b"\n", 0, edit.start_byte) + 1
        line += doubt.line - data[path].count(b"\n", 0, doubt.edit.start_byte) - 1
        question = doubt.question
        numbered = f"line {doubt.line}: "
        if question.startswith(numbered):
            question = f"line {line}: {question.removeprefix(numbered)}"
        edit = replace(edit, step_key=f"{origin}::", label=_reason(title, edit.label))
        return replace(doubt, edit=edit, question=question, origin=(origin, line))


def _reason(title: str, label: str) -> str:
    return label if title in label else f"{title}: {label}"


def _words(text: bytes) -> set[bytes]:
    return set(_WORD.findall(text))


def plan_between(
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    moves: Mapping[str, str],
    label: str,
    *,
    paths: Iterable[str] | None = None,
    edits_by_path: Mapping[str, tuple[TextEdit, ...]] = MappingProxyType({}),
) -> EditPlan:
    """Return the edits that lead from one set of files to another.

    Args:
        before: All files, by path.
        after: The same afterwards.
        moves: New path by old path, for files that are still the same file.
        label: Of every edit that is not given.
        paths: Where something may be different, before or afterwards; all without.
        edits_by_path: Edits that are known to lead to the text afterwards, by path before.

    Raises:
        UnsafeError: A file moved away and another one stands in its place: no plan has both.
    """
    files = []
    arrived = {new for old, new in moves.items() if old in before}
    for path in sorted(before.keys() | after.keys() if paths is None else set(paths)):
        new_path = moves.get(path, path)
        if path in before and new_path in after:
            if new_path != path and path in after:
                raise UnsafeError(
                    f"{path}: it moves to {new_path} and another file takes its place; "
                    "do these in two runs"
                )
            edits = edits_by_path.get(path)
            if edits is None:
                edits = line_edits(path, before[path], after[new_path], label)
            if edits or new_path != path:
                moved_to = new_path if new_path != path else None
                files.append(FileEdit(path, sha256_hex(before[path]), edits, moved_to))
        elif path in before:
            files.append(FileEdit(path, sha256_hex(before[path]), (), is_removed=True))
        elif path in after and path not in arrived:
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
