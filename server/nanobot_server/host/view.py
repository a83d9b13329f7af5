"""A process as JSON: the one form that fronts, `status` and events show."""

from typing import Any, Final

from nanobot_engine.process import Ledger, ProcessRecord
from nanobot_indexer import Hit

_EVENT_KEYS: Final = (
    "process_id", "state", "is_alive", "steps", "done", "edits", "refused", "votes", "seconds",
)  # fmt: skip


def process_view(ledger: Ledger, record: ProcessRecord, *, is_alive: bool) -> dict[str, Any]:
    """Return the public view of one process. `docs/cli.md` documents every key.

    Args:
        ledger: Where `record` comes from.
        record: The process.
        is_alive: Whether some host runs it now; a process that is `running` and
            not alive was interrupted.
    """
    totals = ledger.totals(record.process_id)
    return {
        "process_id": record.process_id,
        "state": record.state.value,
        "is_alive": is_alive,
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
        "refused_by_cause": ledger.refused_by_cause(record.process_id),
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


def hit_view(hit: Hit) -> dict[str, Any]:
    """Return the public view of one search hit."""
    return {
        "path": hit.path,
        "start_line": hit.start_line,
        "end_line": hit.end_line,
        "score": round(hit.score, 4),
        "kind": hit.kind,
        "name": hit.name,
    }


def event_view(view: dict[str, Any], message: str) -> dict[str, Any]:
    """Return the part of a view that an event carries.

    Args:
        view: What `process_view` returned.
        message: A sentence for the user, often empty.
    """
    return {**{key: view[key] for key in _EVENT_KEYS}, "message": message}
