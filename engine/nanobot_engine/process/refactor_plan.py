"""From the goal of a refactoring to a planned change in the ledger. Writes no user file.

    index ─> all text files ─> refactorings in turn ─> gates over the change ─> ledger

What a program can not do completely and safely, it refuses here, before anything else.
"""

import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from nanobot_engine.check import ToolAccess, workspace_python
from nanobot_engine.edit import (
    EditPlan,
    FileEdit,
    SourceUnreadableError,
    edit_to_json,
    file_to_json,
    protected_reason,
)
from nanobot_engine.edit.apply import existing_file
from nanobot_engine.process.change_gates import change_gates
from nanobot_engine.process.errors import ChangeRefusedError
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import (
    VERDICT_EDIT,
    BaseFile,
    DoubtRecord,
    GateRun,
    GateVerdict,
    NoteRecord,
    Outcome,
    Step,
)
from nanobot_engine.process.refactor_parts import Check, goal_checks, goal_parts
from nanobot_engine.process.refactor_records import (
    PlannedChange,
    record_change,
    workspace_sha256,
)
from nanobot_engine.recipe import Goal
from nanobot_engine.refactor.change import Change, Doubt, sha256_hex
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.errors import UnsafeError
from nanobot_engine.refactor.open_finding import shown_question
from nanobot_engine.refactor.sequence import planned_in_turn
from nanobot_indexer import (
    DEFAULT_INDEX_OPTIONS,
    Index,
    IndexOptions,
    IngestCancelledError,
    ingest,
    open_index,
)

log = logging.getLogger(__name__)


def plan_refactoring(
    ledger: Ledger,
    process_id: str,
    root: Path,
    *,
    overlay: Mapping[str, str],
    options: IndexOptions = DEFAULT_INDEX_OPTIONS,
    cancelled: Callable[[], bool],
) -> None:
    """Plan the change of a process and record it.

    Args:
        ledger: Not used by anybody else meanwhile.
        process_id: A process without steps.
        root: The workspace.
        overlay: Text of unsaved buffers by workspace-relative path; it stands
            in for the file on disk.
        options: Limits of the indexer.
        cancelled: Polled; a true answer ends indexing, and planning at the next file.

    Raises:
        RefactorError: It can not be done completely and safely; nothing was recorded.
        ChangeRefusedError: A gate refused it; nothing was recorded.
        IndexerError: The workspace can not be indexed.
        IngestCancelledError: It was cancelled, while indexing or later; nothing was recorded.
    """
    ingest(root, options=options, cancelled=cancelled)
    with open_index(root) as index:
        files = WorkspaceFiles(index, overlay, cancelled=cancelled)
        change, gates = planned_change(root, ledger.process(process_id).goal, files)
        skipped = [(s.path, f"{s.reason.value}: {s.detail}") for s in index.skipped]
        digest = workspace_sha256(index)
        planned = recorded_change(
            change, gates, files, overlay=overlay, skipped=skipped, sha256=digest
        )
        record_change(ledger, process_id, planned)
    log.info(
        "refactoring planned: process=%s files=%d doubts=%d notes=%d",
        process_id,
        len(change.plan.files),
        len(change.doubts),
        len(change.notes),
    )


class PlanningCancelledError(IngestCancelledError):
    """The caller asked to stop while a change was planned. Nothing was recorded."""

    def __init__(self) -> None:
        super().__init__(Path())

    def __str__(self) -> str:
        return "the planning was cancelled; nothing was changed"


class WorkspaceFiles(Mapping[str, bytes]):
    """All text files of a workspace, read from its index when they are needed."""

    def __init__(
        self,
        index: Index,
        overlay: Mapping[str, str],
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the files.

        Args:
            index: Has their texts.
            overlay: Unsaved texts that stand in for them, by path.
            cancelled: Polled with every file that is read; a true answer ends whatever
                reads them, with `PlanningCancelledError`.
        """
        self._index = index
        self._cancelled = cancelled
        self._overlay = {
            path: text.encode("utf-8", errors="surrogatepass") for path, text in overlay.items()
        }
        self._paths = dict.fromkeys([*(entry.path for entry in index.files), *self._overlay])

    def __getitem__(self, path: str) -> bytes:
        if self._cancelled():
            raise PlanningCancelledError
        if path in self._overlay:
            return self._overlay[path]
        if path not in self._paths:
            raise KeyError(path)
        return self._index.text(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def planned_change(
    root: Path, goal: Goal, files: Mapping[str, bytes], *, free: Collection[str] = ()
) -> tuple[Change, tuple[GateRun, ...]]:
    """Plan a change and ask the gates that run nothing.

    Args:
        root: The workspace.
        goal: What is asked for.
        files: All its files as the change shall see them.
        free: Paths that count as free though something stands there: it is of this change.

    Raises:
        RefactorError: It can not be done completely and safely.
        ChangeRefusedError: A gate refused it.
    """
    # A language server reads the code as a type checker does, and may run as much of it.
    checks = goal_checks(goal)
    tools = ToolAccess(root, workspace_python(root, None), bool(checks & {Check.LINT, Check.TYPES}))
    server_root = root if Check.TYPES in checks else None
    codebase = Codebase(files, server_root=server_root, tools=tools)
    parts = goal_parts(goal)
    change = planned_in_turn(codebase, parts)
    _check_places(root, change.plan, free)
    gates = change_gates(codebase, change.applied(files), change.plan, parts)
    refused = next((run for run in gates if run.verdict is GateVerdict.REFUSED), None)
    if refused is not None:
        raise ChangeRefusedError(change.title, refused.gate, refused.detail)
    return change, gates


def _check_places(root: Path, plan: EditPlan, free: Collection[str]) -> None:
    """Refuse what the write gateway would refuse anyway: half a change helps nobody."""
    for file in plan.files:
        for path in file.touched_paths:
            reason = protected_reason(path)
            if reason is not None:
                raise UnsafeError(f"{path}: {reason}; it is protected, so this is left to you")
        target = file.result_path
        is_new = target is not None and (file.is_created or target != file.path)
        if target is not None and is_new and target not in free:
            try:
                is_free = existing_file(root, target) is None
            except SourceUnreadableError:
                is_free = False
            if not is_free:
                raise UnsafeError(f"{target}: is there already, and is not indexed")


def recorded_change(
    change: Change,
    gates: tuple[GateRun, ...],
    files: Mapping[str, bytes],
    *,
    overlay: Mapping[str, str],
    skipped: list[tuple[str, str]],
    sha256: str,
) -> PlannedChange:
    """Return a change as the ledger stores it: a step per file and per doubt.

    Args:
        change: What was planned.
        gates: What gates said about it.
        files: What it was planned for.
        overlay: Text of unsaved buffers among them.
        skipped: (path, reason) of files that were left out.
        sha256: See `workspace_sha256`.
    """
    steps: list[Step] = []
    outcomes: list[Outcome] = []
    for file in change.plan.files:
        index = len(steps)
        steps.append(Step(index, f"{file.path}::", file.path, file_label(file)))
        text = json.dumps(file_to_json(file), sort_keys=True)
        outcomes.append(Outcome(index, VERDICT_EDIT, "", change.title, text, 0))
    doubts: list[DoubtRecord] = []
    for doubt in change.doubts:
        index = len(steps)
        path = doubt.path
        key = f"{path}::#{doubt.edit.start_byte}"
        steps.append(Step(index, key, path, doubt_label(doubt)))
        text = json.dumps(edit_to_json(doubt.edit), sort_keys=True)
        doubts.append(DoubtRecord(index, doubt.question, text))
    existing = {file.path for file in change.plan.files if not file.is_created}
    existing |= {doubt.path for doubt in change.doubts}
    base_files = [
        BaseFile(path, sha256_hex(files[path]), files[path], path in overlay)
        for path in sorted(existing)
    ]
    notes = [NoteRecord(note.path, note.line, note.text) for note in change.notes]
    return PlannedChange(base_files, skipped, steps, outcomes, doubts, notes, gates, sha256)


def file_label(file: FileEdit) -> str:
    """Return what happens to a file, for people."""
    if file.is_created:
        return "created"
    if file.is_removed:
        return "removed"
    edits = f"{len(file.edits)} edit{'' if len(file.edits) == 1 else 's'}"
    if file.new_path is None:
        return edits
    return f"moved to {file.new_path}" + (f", {edits}" if file.edits else "")


def doubt_label(doubt: Doubt) -> str:
    """Return a doubt for people: where, and what is asked."""
    return f"line {doubt.line}: {shown_question(doubt.question)}"
