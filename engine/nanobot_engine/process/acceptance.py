"""Accept and reject: the only ways from a ledger to the user's files.

Each may be interrupted at any point and called again: what a crash left is settled first
(`interrupted`), and a file that already has its edits is not written twice. Which hunks
stand is read from the writes that stand, so no crash can make the two differ.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from nanobot_engine.edit import (
    NO_FILE,
    EditPlan,
    FileEdit,
    PathRefusedError,
    PendingWrite,
    SourceUnreadableError,
    apply_plan,
    plan_refusals,
    sha256_hex,
)
from nanobot_engine.edit.apply import existing_file
from nanobot_engine.process.decision import Decision, add_accepted_plan, decide, decided
from nanobot_engine.process.edit_review import Review
from nanobot_engine.process.errors import PartRefusedError, ProcessStateError
from nanobot_engine.process.hunk import Hunk, HunkState
from nanobot_engine.process.interrupted import settle
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.offer import EVERYTHING, Choice, Offer, Part
from nanobot_engine.process.placing import NO_OVERLAY, NOTHING_PLACED, Placed, Placing, placed_plan
from nanobot_engine.process.recipe_again import AskedAgain, ask_again
from nanobot_engine.process.refactor_again import (
    NO_CHECK,
    ChangePlanner,
    Checker,
    planned_again,
    planner_here,
)
from nanobot_engine.process.refactor_parts import REFACTOR
from nanobot_engine.process.state import ProcessState
from nanobot_engine.process.subset_gate import part_refusal
from nanobot_engine.process.write_journal import APPLY, EDITOR, WriteJournal, standing_writes
from nanobot_engine.process.write_lock import only_writer
from nanobot_engine.process.write_report import WriteReport
from nanobot_engine.recipe import document

_MODE_UNKNOWN: Final = 0o644
"""Of a file that an editor wrote; undo keeps the mode that it finds."""


def accept(
    ledger: Ledger,
    root: Path,
    process_id: str,
    choice: Choice = EVERYTHING,
    *,
    plan: ChangePlanner | None = None,
    check: Checker = NO_CHECK,
) -> WriteReport:
    """Write hunks of a process to the files of `root`.

    An edit of a file that changed since is placed again by program. Where one can not be
    placed, its step is asked again about the file of now: the process is paused then, and
    resumed it waits for another review. It waits as long as a hunk is open, then it is `done`.

    What is chosen of a refactoring is written whole or not at all, and only when the gates
    over all files pass with it alone. When a file changed since, nothing is written: the
    refactoring is planned again and waits for another review.

    Args:
        ledger: The ledger.
        root: The workspace.
        process_id: A process that waits for review.
        choice: Which hunks; a rejected one that is named is accepted after all.
        plan: Plans a refactoring again; in this thread without one.
        check: Asks the gates that run code about a plan that was made again.

    Raises:
        ProcessStateError: It does not wait for review.
        ChoiceError: It has no such hunk or file.
        WorkspaceBusyError: Another accept or undo is at work.
        LedgerError: The ledger can not be written; no file was touched then.
    """
    with only_writer(ledger.path):
        _require(ledger, process_id, "be accepted")
        settled = settle(ledger, root, process_id)
        offer = Offer(ledger, process_id, lost=_unsaved(ledger, root, process_id))
        wanted = offer.chosen(choice)
        part = offer.part(wanted)
        refused = [*settled.conflicts, *part.refused]
        taken = [hunk.hunk_id for hunk in wanted if hunk.state is HunkState.REJECTED]
        decide(ledger, process_id, taken, Decision.OFFERED)
        placed, replanned, refused = _placed(
            ledger,
            root,
            offer,
            part=part,
            wanted=wanted,
            refused=refused,
            plan=plan or planner_here(root),
            check=check,
        )
        written, more = _written(ledger, root, process_id, part=part, placed=placed, wanted=wanted)
        again = _asked_again(ledger, root, process_id, _lost(placed, wanted))
        if replanned or again.is_new_plan:
            offer = Offer(ledger, process_id)
        open_count = _close(ledger, process_id, offer, f"{len(written)} files written")
        return WriteReport(
            process_id,
            ledger.process(process_id).state,
            written,
            (*refused, *more, *again.refused),
            recovered=settled.sentence,
            replanned=replanned,
            asked_again=again.steps,
            hunks_open=open_count,
        )


def _placed(
    ledger: Ledger,
    root: Path,
    offer: Offer,
    *,
    part: Part,
    wanted: Collection[Hunk],
    refused: list[tuple[str, str]],
    plan: ChangePlanner,
    check: Checker,
) -> tuple[Placed, str, list[tuple[str, str]]]:
    """Place hunks in the files of now; those of a refactoring as they were planned, or none.

    Returns:
        What is to be written; why a refactoring has another plan now, mostly empty; and
        (path, why), of which one is enough to write nothing of a refactoring.
    """
    process_id = offer.planned.process_id
    placed = placed_plan(root, part.review, _placing(ledger, process_id))
    if not offer.planned.is_whole:
        return placed, "", [*refused, *placed.unfit]
    if refused:
        return NOTHING_PLACED, "", refused
    error = part_refusal(root, offer, wanted)
    if error is not None:
        return NOTHING_PLACED, "", [(process_id, str(error))]
    replanned, refused = planned_again(
        ledger, process_id, root, placed.unfit, plan=plan, check=check
    )
    if refused or replanned:
        return NOTHING_PLACED, replanned, refused
    refused = _refusals(root, placed.plan, part.review.result_sha256_by_path())
    return NOTHING_PLACED if refused else placed, "", refused


def plan_again(
    ledger: Ledger,
    root: Path,
    process_id: str,
    choice: Choice = EVERYTHING,
    *,
    overlay: Mapping[str, str] = NO_OVERLAY,
    plan: ChangePlanner | None = None,
    check: Checker = NO_CHECK,
) -> WriteReport:
    """Plan again what was planned for other texts than those of now. Writes no file.

    For an editor that can not apply some hunks: it shows other texts. A refactoring is
    planned again as a whole; of a recipe, what fits moves along, and the rest is asked again.

    Args:
        ledger: The ledger.
        root: The workspace.
        process_id: A process that waits for review.
        choice: Which hunks.
        overlay: Text of unsaved buffers by path; it stands in for the file on disk.
        plan: Plans a refactoring again; in this thread without one.
        check: Asks the gates that run code about a plan that was made again.

    Returns:
        With nothing written; `replanned` says why there is another plan, if there is one.

    Raises:
        ProcessStateError: It does not wait for review.
        ChoiceError: It has no such hunk or file.
        WorkspaceBusyError: An accept or undo is at work.
        LedgerError: The ledger can not be written.
    """
    with only_writer(ledger.path):
        _require(ledger, process_id, "be planned again")
        settled = settle(ledger, root, process_id)
        unsaved = {one for one in _unsaved(ledger, root, process_id) if one[0] not in overlay}
        offer = Offer(ledger, process_id, lost=unsaved)
        wanted = offer.chosen(choice)
        part = offer.part(wanted)
        placed = placed_plan(root, part.review, _placing(ledger, process_id), overlay)
        again, replanned, refused = AskedAgain(), "", list(placed.unfit)
        if offer.planned.is_whole:
            replanned, refused = planned_again(
                ledger,
                process_id,
                root,
                placed.unfit,
                plan=plan or planner_here(root),
                check=check,
                overlay=overlay,
            )
        else:
            bases = {file.path: file.base_sha256 for file in part.review.plan.files}
            changed = [f.path for f in placed.plan.files if f.base_sha256 != bases[f.path]]
            lost = {**{path: {} for path in changed}, **_lost(placed, wanted)}
            again = _asked_again(ledger, root, process_id, lost, overlay)
            if again.is_new_plan:
                replanned = f"{', '.join(sorted(lost))}: changed since"
        open_count = _close(ledger, process_id, Offer(ledger, process_id), "planned again")
        return WriteReport(
            process_id,
            ledger.process(process_id).state,
            (),
            (*refused, *again.refused),
            recovered=settled.sentence,
            replanned=replanned,
            asked_again=again.steps,
            hunks_open=open_count,
        )


def mark_applied(
    ledger: Ledger,
    process_id: str,
    sha256_by_path: Mapping[str, str],
    choice: Choice = EVERYTHING,
) -> None:
    """Record that an editor applied some hunks.

    The process is `done` once no hunk is open; until then the rest can be accepted, or
    applied by the editor later. Two editors may have applied the same at once: what stands
    already is not recorded again.

    Args:
        ledger: The ledger.
        process_id: A process that waits for review, or is done.
        sha256_by_path: The text that the editor shows now, by path. Files whose
            hash is not the planned one are not recorded.
        choice: Which hunks the editor was asked to apply.

    Raises:
        ProcessStateError: The process does not wait for review, and not all of it stands.
        ChoiceError: It has no such hunk or file.
    """
    with only_writer(ledger.path):
        standing = {
            (one.write.path, one.write.after_sha256) for one in standing_writes(ledger, process_id)
        }
        if sha256_by_path and standing >= set(sha256_by_path.items()):
            return
        _require(ledger, process_id, "be accepted")
        offer = Offer(ledger, process_id)
        wanted = offer.chosen(choice)
        part = offer.part(wanted)
        found = part.review
        applied = [
            file
            for file in found.plan.files
            if sha256_by_path.get(file.path) == found.result_sha256(file.path)
        ]
        if applied:
            plan = EditPlan(tuple(applied))
            sequence = add_accepted_plan(ledger, process_id, plan, _named(part, wanted, applied))
            journal = WriteJournal(ledger, process_id, EDITOR, plan_sequence=sequence)
            for file in applied:
                _record(journal, found, file)
        _close(ledger, process_id, offer, "applied by the editor")


def reject(
    ledger: Ledger, process_id: str, choice: Choice = EVERYTHING, *, root: Path | None = None
) -> ProcessState:
    """Drop hunks of a process.

    Without an open hunk left it is `rejected`, or `done` when some were accepted.

    Args:
        ledger: The ledger.
        process_id: A process that waits for review.
        choice: Which hunks.
        root: The workspace, for the gates over what is left of a refactoring.

    Returns:
        The state of the process now.

    Raises:
        ProcessStateError: It does not wait for review.
        ChoiceError: It has no such hunk or file.
        PartRefusedError: What would be left of a refactoring can not stand alone.
        WorkspaceBusyError: An accept or undo is at work.
    """
    with only_writer(ledger.path):
        _require(ledger, process_id, "be rejected")
        offer = Offer(ledger, process_id)
        dropped = {hunk.hunk_id for hunk in offer.chosen(choice)}
        rest = [hunk for hunk in offer.open_hunks if hunk.hunk_id not in dropped]
        if offer.planned.is_whole and rest:
            error = part_refusal(root, offer, rest)
            if error is not None:
                raise error
        decide(ledger, process_id, sorted(dropped), Decision.REJECTED)
        _close(ledger, process_id, offer, f"{len(dropped)} hunks rejected")
        return ledger.process(process_id).state


def chosen_part(ledger: Ledger, process_id: str, choice: Choice, root: Path | None) -> Review:
    """Return some hunks of a process as a plan of their own.

    Args:
        ledger: The ledger.
        process_id: A process that waits for review.
        choice: Which hunks.
        root: The workspace, for the gates over a part of a refactoring.

    Raises:
        ProcessStateError: It does not wait for review.
        ChoiceError: It has no such hunk or file.
        PartRefusedError: They can not stand without the others.
    """
    _require(ledger, process_id, "be accepted")
    offer = Offer(ledger, process_id)
    wanted = offer.chosen(choice)
    part = offer.part(wanted)
    if part.refused:
        raise PartRefusedError(process_id, part.refused[0][1])
    error = part_refusal(root, offer, wanted) if offer.planned.is_whole else None
    if error is not None:
        raise error
    return part.review


def _lost(placed: Placed, wanted: Collection[Hunk]) -> dict[str, dict[str, str]]:
    """Return why edits fit nowhere, by path and step."""
    found: dict[str, dict[str, str]] = {}
    for one in placed.refused:
        if one.edit.step_key:
            found.setdefault(one.path, {})[one.edit.step_key] = one.reason
    for one in placed.refused:
        if one.path not in found:
            # What the file needs once for all its steps.
            keys = (e.step_key for hunk in wanted if hunk.path == one.path for e in hunk.edits)
            found[one.path] = {key: one.reason for key in keys if key}
    return found


def _asked_again(
    ledger: Ledger,
    root: Path,
    process_id: str,
    lost: Mapping[str, Mapping[str, str]],
    overlay: Mapping[str, str] = NO_OVERLAY,
) -> AskedAgain:
    if not lost:
        return AskedAgain()
    unsaved = {one for one in _unsaved(ledger, root, process_id) if one[0] not in overlay}
    offer = Offer(ledger, process_id, lost=unsaved)
    placing = _placing(ledger, process_id)
    return ask_again(ledger, process_id, root, lost, offer=offer, placing=placing, overlay=overlay)


def _placing(ledger: Ledger, process_id: str) -> Placing:
    recipe = ledger.process(process_id).goal.recipe
    if recipe == REFACTOR:
        return Placing.EXACT
    return Placing.DOCSTRINGS if recipe == document.NAME else Placing.LINES


def _refusals(
    root: Path, plan: EditPlan, result_sha256_by_path: Mapping[str, str]
) -> list[tuple[str, str]]:
    found = plan_refusals(root, plan, result_sha256_by_path=result_sha256_by_path)
    return [(refusal.path, refusal.reason) for refusal in found]


def _require(ledger: Ledger, process_id: str, verb: str) -> None:
    now, wanted = ledger.process(process_id).state, ProcessState.WAITING_FOR_REVIEW
    if now is not wanted:
        raise ProcessStateError(process_id, now.value, verb, [wanted.value])


def _unsaved(ledger: Ledger, root: Path, process_id: str) -> set[tuple[str, int | None]]:
    """Return what an editor applied and never saved: the file is as it was before."""
    last = {one.write.path: one for one in standing_writes(ledger, process_id)}
    found: set[tuple[str, int | None]] = set()
    for path, one in last.items():
        if one.purpose != EDITOR:
            continue
        try:
            there = existing_file(root, path)
        except (PathRefusedError, SourceUnreadableError):
            continue
        digest = NO_FILE if there is None else sha256_hex(there[0])
        if digest == one.write.before_sha256:
            found.add((path, one.plan_sequence))
    return found


def _written(
    ledger: Ledger,
    root: Path,
    process_id: str,
    *,
    part: Part,
    placed: Placed,
    wanted: Collection[Hunk],
) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Write what was placed; return the paths that changed, and (path, why) of others."""
    if not placed.plan.files:
        return (), []
    found = part.review
    lost = {(one.path, one.edit.step_key, one.edit.new_text) for one in placed.refused}
    kept = [
        hunk
        for hunk in wanted
        if not any((hunk.path, e.step_key, e.new_text) in lost for e in hunk.edits)
    ]
    named = _named(part, kept, placed.plan.files)
    sequence = add_accepted_plan(ledger, process_id, placed.plan, named)
    journal = WriteJournal(ledger, process_id, APPLY, plan_sequence=sequence)
    results = found.result_sha256_by_path()
    report = apply_plan(root, placed.plan, journal, result_sha256_by_path=results)
    noted = {
        one.write.path
        for one in standing_writes(ledger, process_id)
        if one.plan_sequence == sequence
    }
    for file in found.plan.files:
        # What had its text already and nobody told the ledger: undo needs to know.
        if file.path in report.applied and not noted.issuperset(file.touched_paths):
            _record(journal, found, file, noted)
    applied = [file for file in found.plan.files if file.path in report.applied]
    paths = sorted({path for file in applied for path in file.touched_paths})
    return tuple(paths), [(refusal.path, refusal.reason) for refusal in report.refused]


def _named(part: Part, hunks: Collection[Hunk], files: Sequence[FileEdit]) -> list[tuple[str, str]]:
    """Return (id, path) of the hunks in some files of a part, for the ledger."""
    file_by_path = {file.path: file for file in files}
    found = []
    for hunk in hunks:
        file = part.file_by_path.get(hunk.path)
        placed = None if file is None else file_by_path.get(file.path)
        if placed is not None and not hunk.is_shared:
            found += [(hunk.hunk_id, path) for path in placed.touched_paths]
    return found


def _record(
    journal: WriteJournal, found: Review, file: FileEdit, noted: Collection[str] = ()
) -> None:
    """Journal the writes of a file that somebody else did."""
    for path, after_sha256 in found.states(file).items():
        if path in noted:
            continue
        is_base = path == file.path and not file.is_created
        data = found.base_by_path[file.path].data if is_base else b""
        before_sha256 = file.base_sha256 if is_base else NO_FILE
        journal.intent(PendingWrite(path, data, before_sha256, after_sha256, _MODE_UNKNOWN))
        journal.done(path)


def _close(ledger: Ledger, process_id: str, offer: Offer, reason: str) -> int:
    """End the review of a process when nothing of it is open; return how much is."""
    if ledger.process(process_id).state is ProcessState.PAUSED:
        return sum(hunk.state is HunkState.OPEN for hunk in offer.hunks)  # Some are asked again.
    states = [hunk.state for hunk in decided(ledger, process_id, offer.hunks)]
    open_count = states.count(HunkState.OPEN)
    if not open_count:
        rejected = states.count(HunkState.REJECTED)
        more = f"; {rejected} of {len(states)} hunks rejected" if rejected else ""
        state = ProcessState.DONE if HunkState.ACCEPTED in states else ProcessState.REJECTED
        if state is ProcessState.REJECTED:
            reason, more = "", ""
        ledger.set_state(process_id, state, verb="be decided", reason=f"{reason}{more}")
    return open_count
