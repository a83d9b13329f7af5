"""The life of a process, as a closed table of transitions.

            ┌──── resume ────┐
QUEUED ─> RUNNING ────> PAUSED          (a crash leaves RUNNING without a host:
            │  └──────> FAILED ─ resume  resume continues it as well)
            v
    WAITING_FOR_REVIEW <──undo── DONE
            ├──accept──> DONE
            ├──reject──> REJECTED
            └──accept──> PAUSED         (files changed: some steps are asked again)
every state before review ──cancel──> CANCELLED
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ProcessState(StrEnum):
    """Stored in the ledger by value: never rename a value, only add one."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    WAITING_FOR_REVIEW = "waiting_for_review"
    DONE = "done"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


_S = ProcessState

ALLOWED: Final = MappingProxyType(
    {
        _S.QUEUED: frozenset({_S.RUNNING, _S.PAUSED, _S.CANCELLED, _S.FAILED}),
        # RUNNING → RUNNING: resumed after its host was killed.
        _S.RUNNING: frozenset(
            {_S.RUNNING, _S.PAUSED, _S.FAILED, _S.WAITING_FOR_REVIEW, _S.DONE, _S.CANCELLED}
        ),
        _S.PAUSED: frozenset({_S.RUNNING, _S.CANCELLED}),
        _S.FAILED: frozenset({_S.RUNNING, _S.CANCELLED}),
        _S.WAITING_FOR_REVIEW: frozenset({_S.DONE, _S.REJECTED, _S.PAUSED}),
        _S.DONE: frozenset({_S.WAITING_FOR_REVIEW}),
        _S.REJECTED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)
assert set(ALLOWED) == set(ProcessState), "a new state needs a row"

UNFINISHED: Final = frozenset({_S.QUEUED, _S.RUNNING, _S.PAUSED, _S.FAILED})
"""States in which steps may still be open."""


def stoppable(state: ProcessState) -> frozenset[ProcessState]:
    """Return where a process may be that the user wants to go to `state` before its review."""
    return frozenset(one for one in UNFINISHED if state in ALLOWED[one])
