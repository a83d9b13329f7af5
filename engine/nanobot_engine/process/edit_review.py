"""From the ledger to what a user reviews: an edit plan, a diff, and refusals.

Everything here is derived from the ledger, so it is the same in every front and
after every crash.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from nanobot_engine.edit import (
    NO_FILE,
    EditError,
    EditPlan,
    FileEdit,
    TextEdit,
    apply_edits,
    edit_from_json,
    file_diff,
    file_from_json,
    sha256_hex,
    source_from_bytes,
)
from nanobot_engine.process.hunk import Hunk
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import (
    VERDICT_EDIT,
    BaseFile,
    GateRun,
    NoteRecord,
    Outcome,
    Step,
)
from nanobot_engine.process.refactor_parts import REFACTOR
from nanobot_engine.process.refactor_records import gates_of, notes_of, recipe_of
from nanobot_engine.process.verification import verdict_on, with_file_edits
from nanobot_engine.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Refusal:
    """A step without an edit, and why."""

    path: str
    label: str
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a process proposes."""

    process_id: str
    plan: EditPlan
    base_by_path: dict[str, BaseFile]
    """The text that the plan's offsets count in; a file that is created has none."""
    refused: tuple[Refusal, ...]
    is_whole: bool = False
    """Whether the files only make sense together: all are written, or none."""
    notes: tuple[NoteRecord, ...] = ()
    gates: tuple[GateRun, ...] = ()
    """What the gates over all files said last."""
    hunks: tuple[Hunk, ...] = ()
    """All of the process, also those that the plan leaves out; see `offer`."""

    def diff(self) -> str:
        """Return one unified diff over all files."""
        return "".join(diff for _, diff in self.diffs())

    def diffs(self) -> Iterator[tuple[str, str]]:
        """Return a unified diff per file, by the path before."""
        for file in self.plan.files:
            old_path = None if file.is_created else file.path
            before, after = self._before(file), self._after(file) or b""
            yield file.path, file_diff(old_path, file.result_path, before, after)

    def result(self, path: str) -> bytes:
        """Return the text of one file with its edits; of one that is removed, no text."""
        return self._after(self._file(path)) or b""

    def result_sha256(self, path: str) -> str:
        """Return the hash of one file with its edits; `NO_FILE` when it is removed."""
        after = self._after(self._file(path))
        return NO_FILE if after is None else sha256_hex(after)

    def states(self, file: FileEdit) -> dict[str, str]:
        """Return what stands at each path that a file touches once it has its edits."""
        states = dict.fromkeys(file.touched_paths, NO_FILE)
        if file.result_path is not None:
            states[file.result_path] = self.result_sha256(file.path)
        return states

    def result_sha256_by_path(self) -> dict[str, str]:
        """Return the hash of every file with its edits, by the path before."""
        return {file.path: self.result_sha256(file.path) for file in self.plan.files}

    def _file(self, path: str) -> FileEdit:
        (file,) = (f for f in self.plan.files if f.path == path)
        return file

    def _before(self, file: FileEdit) -> bytes:
        return b"" if file.is_created else self.base_by_path[file.path].data

    def _after(self, file: FileEdit) -> bytes | None:
        return None if file.is_removed else apply_edits(self._before(file), file.edits)


def review(ledger: Ledger, process_id: str, *, without: Collection[int] = ()) -> Review:
    """Collect the verified edits of a process, per file.

    Every edit passed its gates alone; here each file passes them again with all
    its edits together, and a file that does not is refused whole.

    Args:
        ledger: The ledger.
        process_id: Whose edits.
        without: Steps that are left out, as if they had not been decided.

    Raises:
        ProcessUnknownError: There is no such process.
    """
    is_whole = ledger.process(process_id).goal.recipe == REFACTOR
    recipe = recipe_of(ledger, process_id)
    collected = _Collected(ledger.steps(process_id))
    for index, outcome in ledger.outcomes(process_id).items():
        if index not in without:
            collected.add(index, outcome)
    file_by_path = collected.whole_files(recipe)
    for path in sorted(collected.edits):
        base = ledger.base_file(process_id, path)
        file = file_by_path.get(path) or FileEdit(path, base.sha256, ())
        joined = collected.joined(recipe, base, file)
        if joined is not None:
            file_by_path[path] = joined
    files = list(file_by_path.values())
    files.sort(key=lambda file: file.path)
    return Review(
        process_id=process_id,
        plan=EditPlan(tuple(files)),
        base_by_path={
            file.path: ledger.base_file(process_id, file.path)
            for file in files
            if not file.is_created
        },
        refused=tuple(collected.refused),
        is_whole=is_whole,
        notes=tuple(notes_of(ledger, process_id)),
        gates=tuple(gates_of(ledger, process_id)),
    )


class _Collected:
    """The outcomes of a process, sorted by file."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self.edits: defaultdict[str, list[TextEdit]] = defaultdict(list)
        self.refused: list[Refusal] = []
        self._files: defaultdict[str, list[FileEdit]] = defaultdict(list)
        self._labels: defaultdict[str, list[str]] = defaultdict(list)
        self._file_labels: defaultdict[str, list[str]] = defaultdict(list)
        self._texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._text_by_key: dict[str, str] = {}

    def add(self, index: int, outcome: Outcome) -> None:
        step = self._steps[index]
        if outcome.verdict != VERDICT_EDIT:
            self.refused.append(Refusal(step.path, step.label, outcome.cause, outcome.detail))
            return
        assert outcome.edit_json is not None
        document = json.loads(outcome.edit_json)
        self._text_by_key[step.item_key] = outcome.detail
        if "path" in document:
            file = file_from_json(document)
            self._files[file.path].append(file)
            self._file_labels[file.path].append(step.label)
            return
        self.edits[step.path].append(edit_from_json(document))
        self._labels[step.path].append(step.label)
        self._texts[step.path][step.item_key] = outcome.detail

    def whole_files(self, recipe: Recipe) -> dict[str, FileEdit]:
        """Return the files that steps propose whole, by path; several of one path are joined."""
        file_by_path: dict[str, FileEdit] = {}
        for path, files in sorted(self._files.items()):
            if len(files) == 1:
                file_by_path[path] = files[0]
                continue
            try:
                joined = recipe.joined(files)
            except EditError as error:
                self._refuse(path, self._file_labels[path], f"edit: {error}")
                continue
            before = source_from_bytes(path, b"")
            verdict = verdict_on(recipe, before, self._text_by_key, joined.edits)
            if verdict.ok:
                file_by_path[path] = joined
            else:
                self._refuse(path, self._file_labels[path], verdict.reason)
        return file_by_path

    def joined(self, recipe: Recipe, base: BaseFile, file: FileEdit) -> FileEdit | None:
        """Add the edits of a file's steps to it, and what it needs once for them."""
        path = base.path
        source = source_from_bytes(path, base.data)
        edits = [*file.edits, *self.edits[path]]
        try:
            joined = replace(file, edits=with_file_edits(recipe, source, self._texts[path], edits))
        except ValueError:
            self._refuse(path, self._labels[path], "edit: it overlaps another one")
            return None
        except EditError as error:
            self._refuse(path, self._labels[path], f"edit: {error}")
            return None
        verdict = verdict_on(recipe, source, self._text_by_key, joined.edits)
        if verdict.ok:
            return joined
        self._refuse(path, self._labels[path], verdict.reason)
        return None

    def _refuse(self, path: str, labels: list[str], reason: str) -> None:
        gate, _, detail = reason.partition(": ")
        self.refused += [Refusal(path, label, gate, detail) for label in labels]
