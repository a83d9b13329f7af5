"""Refactorings on the command line: their arguments, and what they would do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nanobot_engine.process import GateRun, Part, refactor_goal
from nanobot_engine.process.record import NoteRecord
from nanobot_engine.process.refactor_plan import (
    WorkspaceFiles,
    doubt_label,
    file_label,
    planned_change,
)
from nanobot_engine.recipe import Goal
from nanobot_engine.refactor.errors import ArgumentError
from nanobot_indexer import IndexOptions, ingest, open_index
from nanobot_server.cli.output import counted, print_json, remark, say, table
from nanobot_server.cli.refreshed_index import check_state_folder
from nanobot_server.host.errors import USAGE, HostError
from nanobot_server.host.index_repair import damage_of_index, forget_index, rebuilt
from nanobot_server.host.review_view import file_view, gate_view


def parts_of(refactor: str | None, values: Sequence[str]) -> list[Part]:
    """Return what `--refactor NAME --set KEY=VALUE` asks for; nothing without a name.

    Raises:
        HostError: A value has no key, or there is no name.
    """
    if refactor is None:
        if values:
            raise HostError(USAGE, f"--set {values[0]}: needs --refactor NAME")
        return []
    arguments: dict[str, str] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key:
            raise HostError(USAGE, f"--set {value}: must be KEY=VALUE")
        # Several symbols, say: one after the other.
        arguments[key] = f"{arguments[key]}\n{text}" if key in arguments else text
    return [Part(refactor, arguments)]


def goal_of(parts: Sequence[Part], sentence: str) -> Goal:
    """Return the goal of a process that does these parts.

    Raises:
        HostError: A part names no refactoring, or its arguments do not fit it.
    """
    try:
        return refactor_goal(parts, sentence=sentence)
    except ArgumentError as error:
        raise HostError(USAGE, str(error)) from error


def prepare_index(root: Path, options: IndexOptions) -> None:
    """Bring the index of a workspace up to date, also a damaged one."""
    check_state_folder(root)
    damage = damage_of_index(root)
    if damage is not None:
        remark(rebuilt(damage))
        forget_index(root)
    ingest(root, options=options)


def show_refactoring(
    root: Path,
    goal: Goal,
    options: IndexOptions,
    *,
    words: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Show what a refactoring would do, without starting a process.

    Args:
        root: The workspace.
        goal: Its parts.
        options: Of the index.
        words: How a sentence was understood; part of the document.
        as_json: Whether to print JSON.

    Raises:
        RefactorError, ChangeRefusedError: It can not be done.
    """
    prepare_index(root, options)
    with open_index(root) as index:
        change, gates = planned_change(root, goal, WorkspaceFiles(index, {}))
    notes = [NoteRecord(note.path, note.line, note.text) for note in change.notes]
    if as_json:
        print_json(
            {
                "recipe": goal.recipe,
                "arguments": dict(goal.arguments),
                **words,
                "title": change.title,
                "files": [
                    {**file_view(file), "edits": len(file.edits)} for file in change.plan.files
                ],
                "doubts": [
                    {
                        "path": doubt.path,
                        "line": doubt.line,
                        "question": doubt.question,
                    }
                    for doubt in change.doubts
                ],
                "notes": [
                    {"path": note.path, "line": note.line, "note": note.text} for note in notes
                ],
                "gates": [gate_view(run) for run in gates],
            }
        )
        return
    table(("file", "change"), [(file.path, file_label(file)) for file in change.plan.files])
    for doubt in change.doubts:
        remark(f"to be judged: {doubt.path}: {doubt_label(doubt)}")
    for note in notes:
        remark(note_text(note))
    say(gates_text(gates))
    say(f"{change.title}: {counted(len(change.plan.files), 'file')}")


def gates_text(gates: Sequence[GateRun]) -> str:
    """Return what gates said, one a line."""
    return "\n".join(f"# {run.gate}: {run.verdict.value} ({run.detail})" for run in gates)


def note_text(note: NoteRecord) -> str:
    """Return a note with its place."""
    place = f"{note.path}:{note.line}" if note.line else note.path
    return f"note {place}: {note.text}"
