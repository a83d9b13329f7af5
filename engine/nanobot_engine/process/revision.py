"""Another plan in the place of the last one of a process.

It has a number of its own (`Ledger.plan_number`), and the process stays what it is: its id,
what was accepted of it, and what undo takes back.
"""

import time

from nanobot_engine.process.ledger import Ledger


def insert_revision(ledger: Ledger, process_id: str, reason: str) -> None:
    """Begin another plan, as a part of a transaction that also records the plan.

    Args:
        ledger: The ledger.
        process_id: Whose plan it is.
        reason: Which files have changed.
    """
    number = ledger.number_of(process_id)
    now_ms = time.time_ns() // 1_000_000
    ledger.connection.execute(
        "INSERT INTO process (number, recipe, goal, arguments_json, options_json,"
        " created_at_ms) SELECT (SELECT MIN(MIN(number), 0) - 1 FROM process), recipe, goal,"
        " arguments_json, options_json, ? FROM process WHERE number=?",
        (now_ms, number),
    )
    ledger.connection.execute(
        "INSERT INTO revision (number, plan_number, reason, at_ms) VALUES (?, ?, ?, ?)",
        (number, ledger.connection.last_insert_rowid(), reason, now_ms),
    )
