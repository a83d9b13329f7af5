"""An answer as JSON: the one form that all fronts show. `docs/cli.md` has every key."""

from typing import Any

from nanobot_engine.ask import Answer
from nanobot_engine.context import Evidence
from nanobot_server.host.view import hit_rate


def answer_view(answer: Answer) -> dict[str, Any]:
    """Return the public view of an answer."""
    cost = answer.cost
    first = answer.first_token_seconds
    return {
        "question": answer.question.text,
        "kind": answer.question.kind.value,
        "is_found": answer.is_found,
        "answer": answer.text,
        "evidence": [
            {
                "handle": quote.handle,
                "path": quote.path,
                "start_line": quote.start_line,
                "end_line": quote.end_line,
                "quote": quote.text,
            }
            for quote in answer.evidence
        ],
        "reason": None if answer.reason is None else answer.reason.value,
        "problem": answer.problem,
        "candidates": [piece_view(piece) for piece in answer.candidates],
        "near": list(answer.near),
        "votes": cost.votes,
        "flags": cost.flags,
        "waves": cost.waves,
        "tokens": {
            "prompt": cost.prompt_tokens,
            "cached": cost.cached_tokens,
            "hit_rate": hit_rate(cost.cached_tokens, cost.prompt_tokens),
            "generated": cost.generated_tokens,
        },
        "seconds": round(answer.seconds, 3),
        "first_token_seconds": None if first is None else round(first, 3),
    }


def piece_view(piece: Evidence) -> dict[str, Any]:
    """Return the public view of a piece of the workspace that may answer a question."""
    return {
        "handle": piece.handle,
        "path": piece.path,
        "start_line": piece.start_line,
        "end_line": piece.end_line,
        "name": piece.name,
        "found_by": piece.found_by.value,
    }
