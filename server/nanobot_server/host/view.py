"""A process as JSON: the one form that fronts, `status` and events show."""

from collections import Counter
from typing import Any

from nanobot_engine.process import Ledger, ProcessRecord, verdict_counts


def process_view(ledger: Ledger, record: ProcessRecord, *, is_alive: bool) -> dict[str, Any]:
    """Return the public view of one process. `docs/cli.md` documents every key.

    Args:
        ledger: Where `record` comes from.
        record: The process.
        is_alive: Whether some host runs it now; a process that is `running` and
            not alive was interrupted.
    """
    totals = ledger.totals(record.process_id)
    causes: Counter[str] = verdict_counts(ledger, record.process_id)
    return {
        "process_id": record.process_id,
        "state": record.state.value,
        "is_interrupted": record.state.value == "running" and not is_alive,
        "reason": record.reason,
        "recipe": record.goal.recipe,
        "goal": record.goal.sentence,
        "arguments": dict(record.goal.arguments),
        "seed": record.options.seed,
        "steps": totals.steps,
        "done": totals.done,
        "edits": totals.accepted,
        "refused": totals.refused,
        "refused_by_cause": dict(sorted(causes.items())),
        "skipped_files": len(ledger.skipped_files(record.process_id)),
        "votes": totals.votes,
        "flags": totals.flags,
        "waves": totals.waves,
        "prompt_tokens": totals.prompt_tokens,
        "cached_tokens": totals.cached_tokens,
        "generated_tokens": totals.generated_tokens,
        "seconds": round(totals.seconds, 3),
        "created_at_ms": record.created_at_ms,
    }


def event_view(view: dict[str, Any], message: str, *, is_alive: bool) -> dict[str, Any]:
    """Return the part of a view that an event carries.

    Args:
        view: What `process_view` returned.
        message: A sentence for the user, often empty.
        is_alive: Whether the process still runs. False also when its last state
            could not be recorded, so a follower need not know all states.
    """
    keys = ("process_id", "state", "steps", "done", "edits", "refused", "votes", "seconds")
    return {**{key: view[key] for key in keys}, "is_alive": is_alive, "message": message}
