"""`nanobot prove needle --semantic`: the same questions, asked by words and meaning."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nanobot_indexer import Index, SearchFilter
from nanobot_indexer.needle.evaluation import Range, answers_of, quantile, scores_of
from nanobot_indexer.needle.needle import Planted
from nanobot_server.cli.output import say, table
from nanobot_server.cli.semantic import embed_workspace, semantic_search


def ask_by_meaning(
    root: Path, planted: Sequence[Planted], *, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Embed a haystack and ask for every needle again.

    Args:
        root: An indexed haystack.
        planted: What is hidden in it.
        tell: Gets one sentence per stage.

    Raises:
        HostError: The embedding model is not installed, or does not run.
    """
    tell("embedding the haystack")
    embedded = embed_workspace(root)
    with semantic_search(root, is_wanted=True) as by_semantics:
        assert by_semantics is not None  # It was asked for.

        def search(index: Index, question: str, limit: int) -> Sequence[Range]:
            return by_semantics(index, question, limit, SearchFilter()).hits

        answers = answers_of(root, planted, search)
    seconds = [answer.seconds for answer in answers]
    return {
        "embedding": embedded,
        "latency_ms": {
            "p50": round(1e3 * quantile(seconds, 0.5), 3),
            "p99": round(1e3 * quantile(seconds, 0.99), 3),
        },
        "kinds": {
            kind.value: {name: round(value, 4) for name, value in asdict(score).items()}
            for kind, score in scores_of(answers).items()
        },
    }


def say_by_meaning(view: dict[str, Any]) -> None:
    """Print what `ask_by_meaning` returned."""
    embedding = view["embedding"]
    say(f"by meaning too: {embedding['chunks']} chunks embedded in {embedding['seconds']:.0f} s")
    rows = [
        (
            kind,
            str(score["needles"]),
            f"{score['recall_at_1']:.3f}",
            f"{score['recall_at_5']:.3f}",
            f"{score['p50_ms']:.2f}",
            f"{score['p99_ms']:.2f}",
        )
        for kind, score in view["kinds"].items()
    ]
    table(("kind", "needles", "recall@1", "recall@5", "p50 ms", "p99 ms"), rows)
