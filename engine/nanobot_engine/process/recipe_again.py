"""Ask steps of a recipe again, because their files are not those that they were asked about.

The plan is made again for the texts of now, as a revision of the same process: what was
written, rejected or still fits stays as it is, and the steps whose edits fit nowhere are open
again. The process is paused then, and goes on like any other.

A file of which something was accepted counts as it would be without that, see
`applied_files`: the hunks that stand are the same in the new plan, and stay accepted.
"""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nanobot_engine.edit import (
    EditError,
    FileEdit,
    SourceFile,
    TextEdit,
    edit_from_json,
    edit_to_json,
    moved_edits,
    replan,
    sha256_hex,
    sorted_edits,
    source_from_bytes,
)
from nanobot_engine.edit.apply import existing_file
from nanobot_engine.process.applied_files import standing_files, text_without
from nanobot_engine.process.hunk import Hunk, HunkState, hunks_of
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.offer import Offer
from nanobot_engine.process.placing import Placing
from nanobot_engine.process.record import (
    VERDICT_EDIT,
    VERDICT_REFUSED,
    AskedStep,
    BaseFile,
    Outcome,
    Step,
)
from nanobot_engine.process.refactor_records import recipe_of
from nanobot_engine.process.revision import insert_revision
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.verification import verdict_on, with_file_edits

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What became of steps whose edits fit nowhere."""

    steps: tuple[AskedStep, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    """(path, why): what can not be asked again."""
    is_new_plan: bool = False
    """Whether the process has another plan now."""


@dataclass(slots=True)
class _File:
    """One file of the new plan."""

    base: BaseFile
    outcomes: dict[int, Outcome | None] = field(default_factory=dict)
    """By step: what becomes of those that had an edit; None where it is asked again."""
    labels: dict[int, str] = field(default_factory=dict)


class _UnfitError(EditError):
    """A file of which nothing can be asked again."""


def ask_again(
    ledger: Ledger,
    process_id: str,
    root: Path,
    lost: Mapping[str, Mapping[str, str]],
    *,
    offer: Offer,
    placing: Placing,
    overlay: Mapping[str, str],
) -> AskedAgain:
    """Open steps again whose edits do not fit the files of now.

    All of it is one transaction: after a crash the steps are open again, or nothing is.

    Args:
        ledger: The ledger. The caller holds the write lock.
        process_id: A process of a recipe that waits for review.
        root: The workspace.
        lost: Why the edit of a step fits nowhere, by path and the key of the step.
        offer: What it offers, with what was decided.
        placing: How its edits are placed in files that changed.
        overlay: Text of unsaved buffers by path.

    Raises:
        LedgerError: It could not be written; nothing is asked again then.
    """
    asking = _Asking(ledger, process_id, root, offer=offer, placing=placing, overlay=overlay)
    files: dict[str, _File] = {}
    refused: list[tuple[str, str]] = []
    for path, reason_by_key in lost.items():
        try:
            files[path] = asking.file(path, reason_by_key)
        except EditError as error:
            more = f"; it can not be asked again: {error}"
            reasons = [f"{reason}{more}" for reason in reason_by_key.values()]
            refused += [(path, reason) for reason in reasons or [str(error)]]
    if not files:
        return AskedAgain(refused=tuple(refused))
    steps = asking.steps(files, lost)
    refused += [
        (asking.step(index).path, outcome.detail)
        for file in files.values()
        for index, outcome in file.outcomes.items()
        if outcome is not None and outcome.cause == _GONE
    ]
    _record(ledger, process_id, asking, files, steps)
    log.info("steps asked again: process=%s steps=%d files=%d", process_id, len(steps), len(files))
    return AskedAgain(steps, tuple(refused), is_new_plan=True)


_GONE = "gone"


class _Asking:
    """Works out the new plan. Writes nothing."""

    def __init__(
        self,
        ledger: Ledger,
        process_id: str,
        root: Path,
        *,
        offer: Offer,
        placing: Placing,
        overlay: Mapping[str, str],
    ) -> None:
        self._process_id = process_id
        self._root = root
        self._placing = placing
        self._overlay = overlay
        self._ledger = ledger
        self._recipe = recipe_of(ledger, process_id)
        self.all_steps: Sequence[Step] = ledger.steps(process_id)
        self.outcomes = ledger.outcomes(process_id)
        shown = {path: _encoded(text) for path, text in overlay.items()}
        standing = standing_files(ledger, process_id, root, shown)
        self._standing = {one.applied.path: one for one in standing}
        self._hunks: dict[str, list[Hunk]] = {}
        for hunk in offer.hunks:
            self._hunks.setdefault(hunk.path, []).append(hunk)

    def step(self, index: int) -> Step:
        return self.all_steps[index]

    def steps(
        self, files: Mapping[str, _File], lost: Mapping[str, Mapping[str, str]]
    ) -> tuple[AskedStep, ...]:
        """Return what is asked again, in order."""
        found = []
        for step in self.all_steps:
            file = files.get(step.path)
            if file is None or file.outcomes.get(step.index, _KEPT) is not None:
                continue
            label = file.labels[step.index]
            reason = lost[step.path].get(step.item_key, f"{step.path}: {label}: changed since")
            found.append(AskedStep(step.path, label, reason))
        return tuple(found)

    def file(self, path: str, reason_by_key: Mapping[str, str]) -> _File:
        """Return a file as it is planned for again.

        Raises:
            EditError: It can not be.
        """
        old = self._ledger.base_file(self._process_id, path)
        data = self._without_what_stands(path)
        source = source_from_bytes(path, data)
        items = {item.key: item for item in self._recipe.enumerate(source)}
        made = _File(BaseFile(path, sha256_hex(data), data, path in self._overlay))
        moved = self._moved(path, old, source, reason_by_key)
        for step in self.all_steps:
            outcome = self.outcomes.get(step.index)
            if step.path != path or outcome is None or outcome.verdict != VERDICT_EDIT:
                continue
            item = items.get(step.item_key)
            if step.index in moved:
                text = json.dumps(edit_to_json(moved[step.index]), sort_keys=True)
                made.outcomes[step.index] = replace(outcome, edit_json=text)
            elif _is_whole_file(outcome):
                made.outcomes[step.index] = outcome
            elif item is None:
                detail = f"{path}: {step.label}: is not there any more, or needs nothing now"
                made.outcomes[step.index] = _refused(step, _GONE, detail)
            elif self._state(path, step.item_key) is HunkState.REJECTED:
                made.outcomes[step.index] = _refused(step, "rejected", "you left it out")
            else:
                made.outcomes[step.index] = None
                made.labels[step.index] = item.label
        return made

    def _without_what_stands(self, path: str) -> bytes:
        """Return the text of now without what was accepted of the process.

        Raises:
            EditError: There is no such text.
        """
        found = existing_file(self._root, path)
        if path in self._overlay:
            data = _encoded(self._overlay[path])
        elif found is None:
            raise _UnfitError(f"{path}: is gone")
        else:
            data = found[0]
        standing = self._standing.get(path)
        without = data if standing is None else text_without(path, data, standing)
        if without is None:
            raise _UnfitError(f"{path}: was changed in the lines of what was accepted of it")
        return without

    def _moved(
        self, path: str, old: BaseFile, source: SourceFile, reason_by_key: Mapping[str, str]
    ) -> dict[int, TextEdit]:
        """Return the edits that are as good for the new text, by step, at their places there.

        Raises:
            EditError: What was accepted can not be told from what changed since.
        """
        edits: dict[int, TextEdit] = {}
        for step in self.all_steps:
            outcome = self.outcomes.get(step.index)
            if step.path != path or outcome is None or outcome.edit_json is None:
                continue
            if not _is_whole_file(outcome) and step.item_key not in reason_by_key:
                edits[step.index] = edit_from_json(json.loads(outcome.edit_json))
        places = self._places(path, old, source, list(edits.values()))
        moved = {index: to for index, edit in edits.items() if (to := places[edit]) is not None}
        if not self._fit(source, moved):
            # What is open is asked again as well.
            accepted = HunkState.ACCEPTED
            moved = {i: e for i, e in moved.items() if self._state(path, e.step_key) is accepted}
        stands = {hunk.hunk_id for hunk in self._hunks[path] if hunk.state is HunkState.ACCEPTED}
        planned = self._planned(source, moved)
        ids = {hunk.hunk_id for hunk in hunks_of(self._process_id, planned, source.data)}
        if not stands <= ids or not self._fit(source, moved):
            raise _UnfitError(
                f"{path}: what was accepted of it can not be told from what changed since"
            )
        return moved

    def _places(
        self, path: str, old: BaseFile, source: SourceFile, edits: Sequence[TextEdit]
    ) -> dict[TextEdit, TextEdit | None]:
        """Return where edits belong in the new text, None where that is not certain."""
        if not edits:
            return {}
        accepted = HunkState.ACCEPTED
        stand = [edit for edit in edits if self._state(path, edit.step_key) is accepted]
        by_lines = moved_edits(edits, old.data, source.data)
        by_lines |= moved_edits(stand, old.data, source.data, one_side=True)
        if self._placing is not Placing.DOCSTRINGS:
            return by_lines
        before = source_from_bytes(path, old.data)
        again = replan(FileEdit(path, before.sha256, sorted_edits(edits)), before, source)
        kept = {} if again.file is None else {edit.step_key: edit for edit in again.file.edits}
        # One that stands need not fit its definition any more.
        return {
            edit: kept.get(edit.step_key) or (by_lines[edit] if edit in stand else None)
            for edit in edits
        }

    def _planned(self, source: SourceFile, moved: Mapping[int, TextEdit]) -> FileEdit:
        """Return the file with what is kept of its edits.

        Raises:
            EditError: They do not go together.
        """
        texts = {self.step(index).item_key: self.outcomes[index].detail for index in moved}
        try:
            edits = with_file_edits(self._recipe, source, texts, list(moved.values()))
        except ValueError as error:
            raise _UnfitError(f"{source.path}: {error}") from error
        return FileEdit(source.path, source.sha256, edits)

    def _fit(self, source: SourceFile, moved: Mapping[int, TextEdit]) -> bool:
        if not moved:
            return True
        texts = {self.step(index).item_key: self.outcomes[index].detail for index in moved}
        try:
            planned = self._planned(source, moved)
        except EditError:
            return False
        return verdict_on(self._recipe, source, texts, planned.edits).ok

    def _state(self, path: str, key: str) -> HunkState:
        """Return what was decided about the edit of a step."""
        for hunk in self._hunks[path]:
            if any(edit.step_key == key for edit in hunk.edits):
                return hunk.state
        return HunkState.OPEN


_KEPT = Outcome(-1, VERDICT_EDIT, "", "", None, 0)
"""Stands for the outcome of a step that the new plan does not touch."""


def _record(
    ledger: Ledger,
    process_id: str,
    asking: _Asking,
    files: Mapping[str, _File],
    asked: Collection[AskedStep],
) -> None:
    """Put the new plan in the place of the last one, and pause the process if it has to ask."""
    outcomes: list[Outcome] = []
    steps: list[Step] = []
    for step in asking.all_steps:
        file = files.get(step.path)
        outcome = asking.outcomes.get(step.index)
        label = step.label
        if file is not None and step.index in file.outcomes:
            outcome, label = file.outcomes[step.index], file.labels.get(step.index, label)
        steps.append(replace(step, label=label))
        outcomes += [] if outcome is None else [outcome]
    paths = sorted({step.path for step in steps})
    bases = [
        files[path].base if path in files else ledger.base_file(process_id, path) for path in paths
    ]
    skipped = ledger.skipped_files(process_id)
    changed = ", ".join(sorted(files))
    with ledger.transaction():
        insert_revision(ledger, process_id, f"{changed}: changed since")
        ledger.insert_steps(process_id, base_files=bases, skipped=skipped, steps=steps)
        ledger.insert_outcomes(process_id, outcomes)
        if asked:
            reason = f"{len(asked)} of {len(steps)} steps are asked again: {changed} changed since"
            ledger.insert_state(
                process_id, ProcessState.PAUSED, verb="be asked again", reason=reason
            )


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")


def _refused(step: Step, cause: str, detail: str) -> Outcome:
    return Outcome(step.index, VERDICT_REFUSED, cause, detail, None, 0)


def _is_whole_file(outcome: Outcome) -> bool:
    return outcome.edit_json is not None and "path" in json.loads(outcome.edit_json)
