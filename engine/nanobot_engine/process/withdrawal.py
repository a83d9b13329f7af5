"""Steps whose edits are taken out again, because a check over all edits got worse by them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from nanobot_engine.process.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a step has no edit any more."""

    gate: str
    detail: str


def withdraw(ledger: Ledger, process_id: str, withdrawals: Mapping[int, Withdrawal]) -> None:
    """Record that steps with an edit are refused, once and for all.

    Args:
        ledger: The ledger.
        process_id: Whose steps.
        withdrawals: By step; one that was withdrawn before stays as it is.

    Raises:
        LedgerError: It could not be written.
    """
    now_ms = time.time_ns() // 1_000_000
    number = ledger.plan_number(process_id)
    with ledger.transaction():
        ledger.connection.executemany(
            "INSERT OR IGNORE INTO withdrawal VALUES (?, ?, ?, ?, ?)",
            ((number, index, w.gate, w.detail, now_ms) for index, w in withdrawals.items()),
        )
