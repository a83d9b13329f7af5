"""What was decided about hunks, in the ledger: accepted with a plan, or rejected.

A hunk is accepted as long as the writes stand that made it so: the ledger has no second
record that a crash could leave behind, and an undo needs none.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import StrEnum

from nanobot_engine.edit import EditPlan
from nanobot_engine.process.hunk import Hunk, HunkState
from nanobot_engine.process.ledger import Ledger
from nanobot_engine.process.write_journal import StandingWrite, standing_writes


class Decision(StrEnum):
    """What a user said about a hunk; the newest counts. Stored by value."""

    REJECTED = "rejected"
    OFFERED = "offered"
    """A rejection that was taken back."""


def add_accepted_plan(
    ledger: Ledger, process_id: str, plan: EditPlan, hunks: Iterable[tuple[str, str]]
) -> int:
    """Record what is about to be written, as it was placed in today's files.

    Args:
        ledger: The ledger.
        process_id: Whose plan it is.
        plan: The edits.
        hunks: (id, path) of the hunks in it, once per path that their file touches.

    Returns:
        What the writes of the plan refer to.

    Raises:
        LedgerError: It could not be written.
    """
    number = ledger.number_of(process_id)
    with ledger.transaction():
        ledger.connection.execute(
            "INSERT INTO accepted_plan (number, plan_json, at_ms) VALUES (?, ?, ?)",
            (number, plan.to_json(), _now_ms()),
        )
        sequence = ledger.connection.last_insert_rowid()
        ledger.connection.executemany(
            "INSERT INTO accepted_hunk VALUES (?, ?, ?)",
            ((sequence, hunk, path) for hunk, path in hunks),
        )
    return sequence


def accepted_plans(ledger: Ledger, process_id: str) -> list[EditPlan]:
    """Return every accepted plan of a process, newest first."""
    rows = ledger.connection.execute(
        "SELECT plan_json FROM accepted_plan WHERE number=? ORDER BY sequence DESC",
        (ledger.number_of(process_id),),
    )
    return [EditPlan.from_json(str(plan)) for (plan,) in rows]


def decide(ledger: Ledger, process_id: str, hunks: Iterable[str], decision: Decision) -> None:
    """Record what the user said about some hunks.

    Raises:
        LedgerError: It could not be written.
    """
    number = ledger.number_of(process_id)
    with ledger.transaction():
        ledger.connection.executemany(
            "INSERT INTO decision (number, hunk, decision, at_ms) VALUES (?, ?, ?, ?)",
            ((number, hunk, decision.value, _now_ms()) for hunk in hunks),
        )


def decided(
    ledger: Ledger,
    process_id: str,
    hunks: Iterable[Hunk],
    *,
    lost: Collection[tuple[str, int | None]] = (),
) -> tuple[Hunk, ...]:
    """Return hunks with what became of them.

    Args:
        ledger: The ledger.
        process_id: Their process.
        hunks: All hunks of its plan.
        lost: (path, plan) of writes that do not count: the editor never saved them.
    """
    found = list(hunks)
    writes = [
        one
        for one in standing_writes(ledger, process_id)
        if (one.write.path, one.plan_sequence) not in lost
    ]
    accepted = _accepted(ledger, process_id, writes)
    # Ledgers before format 3 accepted whole files and did not say of which hunks.
    unnamed = {w.write.path for w in writes if w.plan_sequence is None}
    rejected = _rejected(ledger, process_id)
    states = {}
    for hunk in found:
        if hunk.hunk_id in accepted or unnamed.intersection({hunk.path, hunk.new_path}):
            states[hunk.hunk_id] = HunkState.ACCEPTED
        elif hunk.hunk_id in rejected:
            states[hunk.hunk_id] = HunkState.REJECTED
        else:
            states[hunk.hunk_id] = HunkState.OPEN
    states |= _shared_states(found, states)
    return tuple(replace(hunk, state=states[hunk.hunk_id]) for hunk in found)


def _shared_states(hunks: list[Hunk], states: dict[str, HunkState]) -> dict[str, HunkState]:
    """Return the states of what a file needs once for its other hunks."""
    by_path: defaultdict[str, set[HunkState]] = defaultdict(set)
    for hunk in hunks:
        if not hunk.is_shared:
            by_path[hunk.path].add(states[hunk.hunk_id])
    found = {}
    for hunk in hunks:
        others = by_path[hunk.path]
        if hunk.is_shared and HunkState.ACCEPTED in others:
            found[hunk.hunk_id] = HunkState.ACCEPTED
        elif hunk.is_shared and others == {HunkState.REJECTED}:
            found[hunk.hunk_id] = HunkState.REJECTED
    return found


def _accepted(ledger: Ledger, process_id: str, writes: list[StandingWrite]) -> frozenset[str]:
    rows = ledger.connection.execute(
        "SELECT plan_sequence, hunk, path FROM accepted_hunk JOIN accepted_plan"
        " ON sequence=plan_sequence WHERE number=?",
        (ledger.number_of(process_id),),
    )
    paths: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for sequence, hunk, path in rows:
        paths[str(hunk)][int(sequence)].add(str(path))
    standing = {(write.write.path, write.plan_sequence) for write in writes}
    found = set()
    for hunk, paths_by_plan in paths.items():
        # After a crash a later plan may have made the last of the writes of an earlier one.
        there = {p for plan, ps in paths_by_plan.items() for p in ps if (p, plan) in standing}
        if any(wanted <= there for wanted in paths_by_plan.values()):
            found.add(hunk)
    return frozenset(found)


def _rejected(ledger: Ledger, process_id: str) -> frozenset[str]:
    rows = ledger.connection.execute(
        "SELECT hunk, decision FROM decision WHERE number=? ORDER BY sequence",
        (ledger.number_of(process_id),),
    )
    last = {str(hunk): str(decision) for hunk, decision in rows}
    return frozenset(hunk for hunk, said in last.items() if said == Decision.REJECTED.value)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
