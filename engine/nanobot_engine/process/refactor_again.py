"""Plan a refactoring again, because the files are not those that it was planned for.

The new plan takes the place of the old one in the same process, under a number of its
own (`Ledger.plan_number`), and waits for a review of its own. What a model judged about a
place that still reads the same stays judged; other places are left to the user.

Where a part of it was accepted already, it is planned for the files as they would be
without that part: the hunks that stand are the same in the new plan, and stay accepted.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nanobot_engine.edit import (
    EditPlan,
    FileEdit,
    edit_from_json,
    edit_to_json,
    file_from_json,
    planned_undo,
    sha256_hex,
    sorted_edits,
)
from nanobot_engine.process.applied_files import standing_files, text_without
from nanobot_engine.process.edit_review import Review
from nanobot_engine.process.errors import ChangeNotPlannedError, ChangeRefusedError
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.placing import NO_OVERLAY
from nanobot_engine.process.record import (
    VERDICT_EDIT,
    VERDICT_REFUSED,
    DoubtRecord,
    GateRun,
    GateVerdict,
    Outcome,
)
from nanobot_engine.process.refactor_plan import WorkspaceFiles, planned_change, recorded_change
from nanobot_engine.process.refactor_records import (
    PlannedChange,
    insert_change,
    planned_on,
    workspace_sha256,
)
from nanobot_engine.process.revision import insert_revision
from nanobot_engine.recipe import Goal
from nanobot_engine.refactor.change import ChangedFiles
from nanobot_engine.refactor.errors import RefactorError
from nanobot_engine.refactor.open_finding import OpenFinding
from nanobot_indexer import (
    DEFAULT_INDEX_OPTIONS,
    Index,
    IndexerError,
    IndexOptions,
    ingest,
    open_index,
)

Checker = Callable[[Review], Sequence[GateRun]]
"""Asks the gates that run the user's code, or says why they did not run."""

_NOT_JUDGED = "the files changed since; nobody judged it again"


def NO_CHECK(_found: Review) -> Sequence[GateRun]:  # noqa: N802 - a value that is called
    """Ask no gate that runs code."""
    return ()


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change that is to be planned for the files of now."""

    goal: Goal
    instead: Mapping[str, bytes | None] = field(default_factory=dict)
    """Texts that stand in for those of files, by path; None for no file."""
    unless: str | None = None
    """Nothing is planned where all files hash to this, see `workspace_sha256`."""
    overlay: Mapping[str, str] = field(default_factory=dict)
    """Text of unsaved buffers by path."""


ChangePlanner = Callable[[ChangeRequest], PlannedChange | None]
"""Brings the index up to date and does what `change_of` does, here or in another OS process.

Raises:
    IndexerError: The workspace can not be indexed.
    RefactorError: It can not be done completely and safely.
    ProcessError: A gate refused it, or it was not planned for another reason.
"""


def change_of(
    root: Path, index: Index, request: ChangeRequest, texts: Mapping[str, bytes]
) -> PlannedChange | None:
    """Plan a change for the files of an index.

    Args:
        root: The workspace.
        index: Its files.
        request: What is to be planned.
        texts: Of these files and of unsaved buffers, by path.

    Returns:
        The change; None where the files are those that it was planned for before.

    Raises:
        RefactorError: It can not be done completely and safely.
        ChangeRefusedError: A gate refused it.
    """
    instead = request.instead
    digests = {path: None if data is None else sha256_hex(data) for path, data in instead.items()}
    sha256 = workspace_sha256(index, digests)
    if request.unless == sha256:
        return None
    files = ChangedFiles(
        texts,
        [path for path, data in instead.items() if data is None],
        {path: data for path, data in instead.items() if data is not None},
    )
    change, gates = planned_change(root, request.goal, files, free=instead.keys())
    skipped = [(s.path, f"{s.reason.value}: {s.detail}") for s in index.skipped]
    return recorded_change(
        change, gates, files, overlay=request.overlay, skipped=skipped, sha256=sha256
    )


def planner_here(root: Path, options: IndexOptions = DEFAULT_INDEX_OPTIONS) -> ChangePlanner:
    """Return a planner that works in this thread.

    Args:
        root: The workspace.
        options: Of the index.
    """

    def plan(request: ChangeRequest) -> PlannedChange | None:
        ingest(root, options=options)
        with open_index(root) as index:
            return change_of(root, index, request, WorkspaceFiles(index, request.overlay))

    return plan


def planned_again(
    ledger: Ledger,
    process_id: str,
    root: Path,
    unfit: Sequence[tuple[str, str]],
    *,
    plan: ChangePlanner,
    check: Checker,
    overlay: Mapping[str, str] = NO_OVERLAY,
) -> tuple[str, list[tuple[str, str]]]:
    """Plan a refactoring again where files of the workspace changed since.

    Args:
        ledger: The ledger. The caller holds the write lock.
        process_id: A refactoring that waits for review.
        root: The workspace.
        unfit: (path, why) of files of its plan that changed.
        plan: Plans it.
        check: Asks the gates that run code.
        overlay: Text of unsaved buffers by path.

    Returns:
        Why there is another plan now, empty when there is none; and (path, why) when it
        could not be made. Both are empty when the old plan is good for the files of today.
    """
    known = planned_on(ledger, process_id)
    if not unfit and known is None:
        return "", []
    try:
        request = ChangeRequest(
            ledger.process(process_id).goal,
            _without_what_stands(ledger, process_id, root, overlay),
            unless=None if unfit else known,
            overlay=overlay,
        )
        made = plan(request)
        if made is None:
            return "", []
        return _again(ledger, process_id, made, unfit=unfit, check=check)
    except IndexerError as error:
        # The files that are written are known to fit; nothing more can be said.
        return "", [(path, f"{why}; {error}") for path, why in unfit]
    except (RefactorError, ChangeRefusedError, ChangeNotPlannedError) as error:
        place = unfit[0][0] if unfit else process_id
        why = "; ".join(why for _, why in unfit) or "other files have changed since"
        reason = f"{why}, and it can not be planned again: {error}"
        return "", [(place, reason)]


def _without_what_stands(
    ledger: Ledger, process_id: str, root: Path, overlay: Mapping[str, str]
) -> dict[str, bytes | None]:
    """Return the texts without what was accepted, by path; None where no file would be.

    What the user changed in these files since is in them, but where that shares lines with
    what stands: such a file counts as it was before all of it.
    """
    found: dict[str, bytes | None] = {}
    shown = {path: text.encode("utf-8", errors="surrogatepass") for path, text in overlay.items()}
    for one in standing_files(ledger, process_id, root, shown):
        path = one.applied.path
        if path in shown:
            found[path] = text_without(path, shown[path], one) or one.applied.before
            continue
        undone = planned_undo(root, one.applied)
        if one.reason or undone.reason:
            if one.applied.new_path is not None:
                found[one.applied.new_path] = None
            found[one.applied.path] = one.applied.before
        else:
            found |= {write.path: write.after for write in undone.writes}
    return found


def _again(
    ledger: Ledger,
    process_id: str,
    made: PlannedChange,
    *,
    unfit: Sequence[tuple[str, str]],
    check: Checker,
) -> tuple[str, list[tuple[str, str]]]:
    if _is_same(ledger, process_id, made, are_open_files_same=not unfit):
        return "", list(unfit)
    made = _with_judgements(ledger, process_id, made)
    runs = tuple(check(_review_of(process_id, made)))
    refused = [f"{run.gate}: {run.detail}" for run in runs if run.verdict is GateVerdict.REFUSED]
    if refused:
        place = unfit[0][0] if unfit else process_id
        return "", [(place, f"files have changed since; planned again, {'; '.join(refused)}")]
    why = "; ".join(why for _, why in unfit) or "other files have changed since it was planned"
    _record(ledger, process_id, replace(made, gates=(*made.gates, *runs)), why)
    return why, []


def _is_same(
    ledger: Ledger, process_id: str, made: PlannedChange, *, are_open_files_same: bool
) -> bool:
    """Say whether a plan was made again as it was.

    Where only files changed of which nothing is open, the same edits are the same plan.
    """
    old = ledger.outcomes(process_id)
    steps = ledger.steps(process_id)
    if [(s.item_key, s.path) for s in steps] != [(s.item_key, s.path) for s in made.steps]:
        return False
    is_same = all(
        _without_base(known) == _without_base(new) if are_open_files_same else known == new
        for known, new in ((old[one.step_index].edit_json, one.edit_json) for one in made.outcomes)
    )
    return is_same and _doubts(ledger, process_id) == [
        (doubt.step_index, doubt.question, doubt.edit_json) for doubt in made.doubts
    ]


def _without_base(edit_json: str | None) -> object:
    document = None if edit_json is None else json.loads(edit_json)
    if isinstance(document, dict):
        document.pop("base_sha256", None)
    return document


def _doubts(ledger: Ledger, process_id: str) -> list[tuple[int, str, str]]:
    rows = ledger.connection.execute(
        "SELECT step_index, question, edit_json FROM doubt WHERE number=? ORDER BY step_index",
        (ledger.plan_number(process_id),),
    )
    return [(int(index), str(question), str(edit)) for index, question, edit in rows]


def _with_judgements(ledger: Ledger, process_id: str, made: PlannedChange) -> PlannedChange:
    """Decide every doubt: as the model did where the line reads the same, else left open."""
    outcomes = ledger.outcomes(process_id)
    steps = ledger.steps(process_id)
    known: dict[tuple[str, str, bytes], Outcome] = {}
    for index, question, edit_json in _doubts(ledger, process_id):
        path = steps[index].path
        data = ledger.base_file(process_id, path).data
        if index in outcomes:
            known[path, question, _line(data, edit_json)] = outcomes[index]
    data_by_path = {file.path: file.data for file in made.base_files}
    decided = []
    for doubt in made.doubts:
        path = made.steps[doubt.step_index].path
        line = _line(data_by_path[path], doubt.edit_json)
        decided.append(_judged(doubt, known.get((path, doubt.question, line))))
    return replace(made, outcomes=(*made.outcomes, *decided))


def _judged(doubt: DoubtRecord, known: Outcome | None) -> Outcome:
    index = doubt.step_index
    if known is None:
        return Outcome(index, VERDICT_REFUSED, "not judged", _NOT_JUDGED, None, 0)
    edit = doubt.edit_json if known.verdict == VERDICT_EDIT else None
    if edit is not None and OpenFinding.from_question(doubt.question) is not None:
        edit = _written(edit, known.edit_json or edit)
    return replace(known, step_index=index, edit_json=edit)


def _written(place: str, known: str) -> str:
    """Return what a model wrote, where it belongs now: the question is about the same text."""
    here, made = (edit_from_json(json.loads(text)) for text in (place, known))
    moved = replace(
        made, start_byte=here.start_byte, end_byte=here.end_byte, step_key=here.step_key
    )
    return json.dumps(edit_to_json(moved), sort_keys=True)


def _line(data: bytes, edit_json: str) -> bytes:
    """Return the line of a doubt."""
    start = edit_from_json(json.loads(edit_json)).start_byte
    first = data.rfind(b"\n", 0, start) + 1
    last = data.find(b"\n", start)
    return data[first : len(data) if last < 0 else last].strip()


def _review_of(process_id: str, made: PlannedChange) -> Review:
    """Return the change as gates that run code look at it."""
    file_by_path: dict[str, FileEdit] = {}
    bases = {file.path: file for file in made.base_files}
    for outcome in made.outcomes:
        step = made.steps[outcome.step_index]
        if outcome.edit_json is None:
            continue
        document = json.loads(outcome.edit_json)
        if "path" in document:
            file_by_path[step.path] = file_from_json(document)
            continue
        file = file_by_path.get(step.path) or FileEdit(step.path, bases[step.path].sha256, ())
        edits = sorted_edits([*file.edits, edit_from_json(document)])
        file_by_path[step.path] = replace(file, edits=edits)
    files = tuple(sorted(file_by_path.values(), key=lambda one: one.path))
    return Review(process_id, EditPlan(files), bases, (), is_whole=True)


def _record(ledger: Ledger, process_id: str, made: PlannedChange, reason: str) -> None:
    """Put a plan in the place of the last one, all or nothing."""
    with ledger.transaction():
        insert_revision(ledger, process_id, reason)
        insert_change(ledger, process_id, made)
