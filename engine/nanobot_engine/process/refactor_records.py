"""What only refactorings keep in the ledger: doubts, notes, and gates over all files."""

import functools
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from nanobot_engine.edit import TextEdit, edit_from_json, file_from_json
from nanobot_engine.process.allowance import Subject, insert_seal, is_vouched
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.record import (
    BaseFile,
    DoubtRecord,
    GateRun,
    GateVerdict,
    NoteRecord,
    Outcome,
    Step,
)
from nanobot_engine.process.refactor_parts import REFACTOR
from nanobot_engine.recipe import Judgement, JudgeRecipe, Recipe, recipe_named
from nanobot_engine.recipe.fix_diagnostics import AskedStatement, FixDiagnosticsRecipe
from nanobot_engine.refactor.open_finding import OpenFinding
from nanobot_indexer import Index

_NOT_VOUCHED: Final = "its tool was not allowed by you here; start again to ask it"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change as the ledger stores it."""

    base_files: Sequence[BaseFile]
    skipped: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    outcomes: Sequence[Outcome]
    """Of the files; doubts have none yet."""
    doubts: Sequence[DoubtRecord]
    notes: Sequence[NoteRecord]
    gates: Sequence[GateRun]
    workspace_sha256: str
    """Of all files that it was planned for, see `workspace_sha256`."""


def record_change(ledger: Ledger, process_id: str, change: PlannedChange) -> None:
    """Record a whole planned change, once and all or nothing."""
    with ledger.transaction():
        insert_change(ledger, process_id, change)


def insert_change(ledger: Ledger, process_id: str, change: PlannedChange) -> None:
    """Do what `record_change` does, as a part of somebody's transaction."""
    number = ledger.plan_number(process_id)
    ledger.insert_steps(
        process_id,
        base_files=change.base_files,
        skipped=change.skipped,
        steps=change.steps,
    )
    ledger.insert_outcomes(process_id, change.outcomes)
    ledger.connection.executemany(
        "INSERT INTO doubt VALUES (?, ?, ?, ?)",
        ((number, d.step_index, d.question, d.edit_json) for d in change.doubts),
    )
    doubts = sorted(change.doubts, key=lambda one: one.step_index)
    questions = [doubt.question for doubt in doubts]
    if any(_is_asked_again(OpenFinding.from_question(one)) for one in questions):
        insert_seal(ledger.connection, ledger.path, number, Subject.FINDINGS, questions)
    ledger.connection.executemany(
        "INSERT INTO note VALUES (?, ?, ?, ?, ?)",
        ((number, i, n.path, n.line, n.text) for i, n in enumerate(change.notes)),
    )
    ledger.connection.execute(
        "INSERT INTO planned_on VALUES (?, ?)", (number, change.workspace_sha256)
    )
    _insert_gates(ledger, number, change.gates)


def workspace_sha256(index: Index, instead: Mapping[str, str | None] = MappingProxyType({})) -> str:
    """Return one hash over all files of an index and their places.

    Args:
        index: The files.
        instead: Hashes that stand in for those of the index by path, None for no file.
    """
    found: dict[str, str | None] = {entry.path: entry.sha256 for entry in index.files}
    found |= instead
    digest = hashlib.sha256()
    for path in sorted(found, key=lambda one: one.encode(errors="surrogateescape")):
        if found[path] is not None:
            digest.update(f"{path}\0{found[path]}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def planned_on(ledger: Ledger, process_id: str) -> str | None:
    """Return the hash of all files that a change was planned for; None in old ledgers."""
    row = ledger.connection.execute(
        "SELECT sha256 FROM planned_on WHERE number=?", (ledger.plan_number(process_id),)
    ).fetchone()
    return None if row is None else str(row[0])


def add_gate_runs(ledger: Ledger, process_id: str, gates: Sequence[GateRun]) -> None:
    """Record what gates said, after what they said before."""
    with ledger.transaction():
        _insert_gates(ledger, ledger.plan_number(process_id), gates)


def add_outcomes(ledger: Ledger, process_id: str, outcomes: Sequence[Outcome]) -> None:
    """Record what became of steps that nobody was asked about."""
    with ledger.transaction():
        ledger.insert_outcomes(process_id, outcomes)


def notes_of(ledger: Ledger, process_id: str) -> list[NoteRecord]:
    """Return what the user should know about a change."""
    rows = ledger.connection.execute(
        "SELECT path, line, note FROM note WHERE number=? ORDER BY note_index",
        (ledger.plan_number(process_id),),
    )
    return [NoteRecord(str(path), int(line), str(text)) for path, line, text in rows]


def gates_of(ledger: Ledger, process_id: str) -> list[GateRun]:
    """Return what each gate said last, in the order in which they first ran."""
    rows = ledger.connection.execute(
        "SELECT gate, verdict, detail FROM gate_run WHERE number=? ORDER BY sequence",
        (ledger.plan_number(process_id),),
    )
    last = {
        str(gate): GateRun(str(gate), GateVerdict(str(verdict)), str(detail))
        for gate, verdict, detail in rows
    }
    return list(last.values())


def recipe_of(ledger: Ledger, process_id: str) -> Recipe:
    """Return the recipe that asks and verifies the steps of a process.

    Raises:
        RecipeError: This version has no such recipe.
    """
    goal = ledger.process(process_id).goal
    if goal.recipe != REFACTOR:
        return recipe_named(goal.recipe, goal.arguments)
    steps = ledger.steps(process_id)
    number = ledger.plan_number(process_id)
    rows = list(
        ledger.connection.execute(
            "SELECT step_index, question, edit_json FROM doubt WHERE number=? ORDER BY step_index",
            (number,),
        )
    )
    questions = [str(question) for _, question, _ in rows]
    asks = functools.partial(
        is_vouched, ledger.connection, ledger.path, number, Subject.FINDINGS, questions
    )
    findings: dict[str, AskedStatement] = {}
    judgements: dict[str, Judgement] = {}
    for index, question, edit in rows:
        key, found = steps[int(index)].item_key, OpenFinding.from_question(str(question))
        made = edit_from_json(json.loads(str(edit)))
        if found is None:
            judgements[key] = Judgement(str(question), made)
        else:
            if _is_asked_again(found) and not asks():
                # The ledger names the program, and may come from anywhere.
                found = replace(found, program="", python="", root="", unchecked=_NOT_VOUCHED)
            findings[key] = AskedStatement(found, made)
    # A change that asks about diagnostics asks about nothing else.
    if findings:
        return FixDiagnosticsRecipe(findings, _repairs(ledger, process_id))
    return JudgeRecipe(judgements)


def _is_asked_again(found: OpenFinding | None) -> bool:
    """Tell whether a tool is to be run for a finding."""
    return found is not None and not found.unchecked


def _repairs(ledger: Ledger, process_id: str) -> dict[str, tuple[TextEdit, ...]]:
    """Return what programs do to files, by path."""
    documents = (
        json.loads(outcome.edit_json)
        for outcome in ledger.outcomes(process_id).values()
        if outcome.edit_json is not None
    )
    files = (file_from_json(one) for one in documents if "path" in one)
    return {file.path: file.edits for file in files}


def _insert_gates(ledger: Ledger, number: int, gates: Sequence[GateRun]) -> None:
    now_ms = time.time_ns() // 1_000_000
    ledger.connection.executemany(
        "INSERT INTO gate_run (number, gate, verdict, detail, at_ms) VALUES (?, ?, ?, ?, ?)",
        ((number, g.gate, g.verdict.value, g.detail, now_ms) for g in gates),
    )
