"""Processes and answers of the index as JSON: the one form that all fronts show."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, Protocol

from nanobot_engine.process import Ledger, ProcessRecord, gates_of
from nanobot_indexer import GrepResult, Hit, Index, Outline, ReferenceResult, Slice, SymbolHit
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.similar import SimilarChunk
from nanobot_indexer.search.text_match import TextMatch
from nanobot_server.host.review_view import gate_view

_EVENT_KEYS: Final = (
    "process_id", "state", "is_alive", "recipe", "goal", "steps", "done", "edits", "refused",
    "votes", "seconds",
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
        "cache_hit_rate": hit_rate(totals.cached_tokens, totals.prompt_tokens),
        "generated_tokens": totals.generated_tokens,
        "seconds": round(totals.seconds, 3),
        "created_at_ms": record.created_at_ms,
        "gates": [gate_view(run) for run in gates_of(ledger, record.process_id)],
    }


def hit_rate(cached_tokens: int, prompt_tokens: int) -> float | None:
    """Return which part of the prompts was not read again; None where nothing was read."""
    return round(cached_tokens / prompt_tokens, 3) if prompt_tokens else None


def hit_view(hit: Hit) -> dict[str, Any]:
    """Return the public view of one search hit."""
    return {
        "path": hit.path,
        "start_line": hit.start_line,
        "end_line": hit.end_line,
        "score": round(hit.score, 4),
        "kind": hit.kind,
        "name": hit.name,
        "handle": hit.handle,
    }


def symbol_view(hit: SymbolHit) -> dict[str, Any]:
    """Return a definition that was found by its name like a search hit."""
    definition = hit.definition
    return {
        "path": definition.path,
        "start_line": definition.start_line,
        "end_line": definition.end_line,
        # The order says it all: names are not weighed.
        "score": 0.0,
        "kind": definition.kind.value,
        "name": definition.qualified_name,
        "handle": hit.handle,
        "match": hit.match.value,
    }


def definition_view(index: Index, hit: SymbolHit) -> dict[str, Any]:
    """Return the public view of a definition.

    Args:
        index: Where `hit` comes from.
        hit: The definition.
    """
    definition = hit.definition
    header = slice(definition.signature_start_byte, definition.signature_end_byte)
    encoding = index.file(definition.path).encoding
    written = index.text(definition.path)[header].decode(encoding, "replace")
    return {
        "path": definition.path,
        "start_line": definition.start_line,
        "end_line": definition.end_line,
        "kind": definition.kind.value,
        "name": definition.qualified_name,
        "signature": " ".join(written.split()),
        "match": hit.match.value,
        "is_in_scope": hit.is_in_scope,
        "handle": hit.handle,
    }


def match_view(match: TextMatch) -> dict[str, Any]:
    """Return the public view of a match in text."""
    return {
        "path": match.path,
        "line": match.line,
        "column": match.column,
        "end_line": match.end_line,
        "end_column": match.end_column,
        "text": match.text,
        "text_column": match.text_column,
        "before": list(match.before),
        "after": list(match.after),
        "handle": match.handle,
    }


def scan_view(result: GrepResult | ReferenceResult) -> dict[str, Any]:
    """Return how much of the workspace an answer is about."""
    return {
        "files_searched": result.files_searched,
        "files_total": result.files_total,
        **cut_view(result),
    }


def similar_view(chunk: SimilarChunk) -> dict[str, Any]:
    """Return the public view of a chunk that looks like another one."""
    return asdict(chunk)


def outline_view(outline: Outline, text: str) -> dict[str, Any]:
    """Return the public view of an outline.

    Args:
        outline: The structure of a file.
        text: As it was rendered.
    """
    return {
        "path": outline.path,
        "language": outline.language.value,
        "line_count": outline.line_count,
        "handle": outline.handle,
        "entries": [asdict(entry) for entry in outline.entries],
        "head": list(outline.head),
        "tail": list(outline.tail),
        "text": text,
        **cut_view(outline),
    }


def slice_view(found: Slice) -> dict[str, Any]:
    """Return the public view of some lines."""
    return {
        "handle": found.handle,
        "path": found.path,
        "start_line": found.start_line,
        "end_line": found.end_line,
        "text": found.text,
        "found": found.found.value,
        **cut_view(found),
    }


class Cuttable(Protocol):
    """An answer that may not be the whole answer."""

    @property
    def is_complete(self) -> bool:
        """Whether it is."""

    @property
    def reason(self) -> CutReason | None:
        """Why it is not."""


def cut_view(answer: Cuttable) -> dict[str, Any]:
    """Return whether an answer is the whole answer, and why not."""
    reason = None if answer.reason is None else answer.reason.value
    return {"is_complete": answer.is_complete, "reason": reason}


def event_view(
    view: dict[str, Any], message: str, planning: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the part of a view that an event carries.

    Args:
        view: What `process_view` returned.
        message: A sentence for the user, often empty.
        planning: How far its plan is; None when that is not told now.
    """
    told = {key: view[key] for key in _EVENT_KEYS}
    return {**told, "message": message, "planning": planning}
