"""The proof as a whole: make a haystack, index it, ask, sum up."""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nanobot_indexer.needle.evaluation import (
    Answer,
    KindScore,
    answers_of,
    quantile,
    scores_of,
)
from nanobot_indexer.needle.exact import exact_needles
from nanobot_indexer.needle.haystack import Haystack, make_haystack
from nanobot_indexer.needle.indexing import IndexingCost, measured_indexing
from nanobot_indexer.needle.needle import Needle, NeedleKind
from nanobot_indexer.needle.paraphrase import PAIRS, paraphrased_needles
from nanobot_indexer.needle.structure import structural_needles

EXACT_RECALL_AT_1_MIN: Final = 1.0
STRUCTURAL_RECALL_AT_5_MIN: Final = 0.95
NEEDLES_MAX: Final = 1000
"""Pairs of parameters for structural needles are finite."""


@dataclass(frozen=True, slots=True)
class NeedleOptions:
    """What is to be proved."""

    tokens: int
    """Least size of the haystack."""
    needles: int
    """Of all kinds together, 1 to `NEEDLES_MAX`. A third of each kind, as far as the table
    of paraphrases reaches; the rest is exact and structural."""
    seed: int


@dataclass(frozen=True, slots=True)
class NeedleReport:
    """What was measured."""

    options: NeedleOptions
    haystack: Haystack
    indexing: IndexingCost
    score_by_kind: dict[NeedleKind, KindScore]
    answers: tuple[Answer, ...]

    @property
    def met_by_bar(self) -> dict[str, bool]:
        """Say for each bar whether it is met."""
        bars = {}
        if exact := self.score_by_kind.get(NeedleKind.EXACT):
            bars["exact recall@1 = 1.00"] = exact.recall_at_1 >= EXACT_RECALL_AT_1_MIN
        if structural := self.score_by_kind.get(NeedleKind.STRUCTURAL):
            bars["structural recall@5 >= 0.95"] = (
                structural.recall_at_5 >= STRUCTURAL_RECALL_AT_5_MIN
            )
        return bars

    def document(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        seconds = [answer.seconds for answer in self.answers]
        return {
            "options": asdict(self.options),
            "haystack": {
                "files": self.haystack.files,
                "size_bytes": self.haystack.size_bytes,
                "tokens": self.haystack.tokens,
                "decoys": sum(place.needle.is_decoy for place in self.haystack.planted),
            },
            "indexing": asdict(self.indexing),
            "latency_ms": {
                "p50": round(1e3 * quantile(seconds, 0.5), 3),
                "p99": round(1e3 * quantile(seconds, 0.99), 3),
            },
            "kinds": {
                kind.value: {name: round(value, 4) for name, value in asdict(score).items()}
                for kind, score in self.score_by_kind.items()
            },
            "bars": self.met_by_bar,
            "answers": [
                {
                    "kind": answer.planted.needle.kind.value,
                    "form": answer.planted.needle.form.value,
                    "question": answer.planted.needle.question,
                    "path": answer.planted.path,
                    "line": answer.planted.line,
                    "depth": round(answer.planted.depth, 4),
                    "rank": answer.rank,
                    "ms": round(1e3 * answer.seconds, 3),
                }
                for answer in self.answers
            ],
        }


def prove_needle(
    folder: Path, options: NeedleOptions, *, tell: Callable[[str], None]
) -> NeedleReport:
    """Hide needles in a haystack, index it and ask for them.

    Args:
        folder: An empty or missing folder; the haystack and its index stay in it.
        options: How large, how many, which.
        tell: Gets one sentence per stage.

    Raises:
        NothingInstalledError: There is nothing to make hay of.
        HaystackNotWrittenError: The disk refused.
        HaystackNotIndexedError: Indexing failed.
    """
    assert 0 < options.needles <= NEEDLES_MAX
    tell(f"making a haystack of {options.tokens:,} tokens")
    haystack = make_haystack(
        folder, tokens=options.tokens, needles=needles_of(options), seed=options.seed
    )
    tell(f"indexing {haystack.files:,} files, {haystack.size_bytes / 1e6:.1f} MB")
    indexing = measured_indexing(folder)
    tell(f"asking for {options.needles} needles")
    answers = answers_of(folder, haystack.planted)
    return NeedleReport(options, haystack, indexing, scores_of(answers), tuple(answers))


def needles_of(options: NeedleOptions) -> list[Needle]:
    """Return the needles of a proof with their decoys."""
    # Not the generator of the haystack: the same needles lie in haystacks of all sizes.
    order = random.Random(f"needles {options.seed}")  # noqa: S311  # Must be the same again.
    paraphrased = min(options.needles // 3, len(PAIRS))
    structural = (options.needles - paraphrased) // 2
    exact = options.needles - paraphrased - structural
    return [
        *exact_needles(order, exact),
        *structural_needles(order, structural),
        *paraphrased_needles(order, paraphrased),
    ]
