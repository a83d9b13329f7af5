"""Ask for every needle and count how often it is found.

A hit is right when it shows the line of the answer and is short enough to be read: a hit
of half a file answers nothing. Retrieval alone is measured; no model is asked.
"""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from nanobot_indexer.index import Index, open_index
from nanobot_indexer.needle.needle import NeedleKind, Planted

HITS_MAX: Final = 5
HIT_LINES_MAX: Final = 400
_WARM_UP: Final = 5


class Range(Protocol):
    """Lines of a file, as a hit shows them."""

    @property
    def path(self) -> str:
        """Workspace-relative."""
        ...

    @property
    def start_line(self) -> int:
        """1-based."""
        ...

    @property
    def end_line(self) -> int:
        """Inclusive."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one needle."""

    planted: Planted
    rank: int
    """Of the first right hit, 1 to 5; 0 when none is right."""
    right_hits: int
    hits: int
    seconds: float


@dataclass(frozen=True, slots=True)
class KindScore:
    """How one kind of needle did."""

    needles: int
    recall_at_1: float
    recall_at_5: float
    precision_at_5: float
    """Right hits over five. One needle is in one or two chunks: 0.2 is what to expect."""
    p50_ms: float
    p99_ms: float


Search = Callable[[Index, str, int], Sequence[Range]]
"""The hits for a question, at most so many, best first."""


def by_words(index: Index, question: str, limit: int) -> Sequence[Range]:
    """Search as `nanobot search` does by default."""
    return index.search(question, limit=limit)


def answers_of(root: Path, planted: Sequence[Planted], search: Search = by_words) -> list[Answer]:
    """Ask for every needle that is not a decoy.

    Args:
        root: An indexed haystack.
        planted: What is hidden in it.
        search: How it is asked.
    """
    asked = [place for place in planted if not place.needle.is_decoy]
    answers = []
    with open_index(root) as index:
        for place in asked[:_WARM_UP]:
            search(index, place.needle.question, HITS_MAX)
        for place in asked:
            started_s = time.perf_counter()
            hits = search(index, place.needle.question, HITS_MAX)
            seconds = time.perf_counter() - started_s
            right = [number for number, hit in enumerate(hits, 1) if is_right(hit, place)]
            rank = right[0] if right else 0
            answers.append(Answer(place, rank, len(right), len(hits), seconds))
    return answers


def is_right(hit: Range, place: Planted) -> bool:
    """Tell whether a hit shows the answer."""
    return (
        hit.path == place.path
        and hit.start_line <= place.line <= hit.end_line
        and hit.end_line - hit.start_line < HIT_LINES_MAX
    )


def scores_of(answers: Sequence[Answer]) -> dict[NeedleKind, KindScore]:
    """Sum up by kind. A kind without needles is left out."""
    scores = {}
    for kind in NeedleKind:
        own = [answer for answer in answers if answer.planted.needle.kind is kind]
        if own:
            seconds = [answer.seconds for answer in own]
            scores[kind] = KindScore(
                needles=len(own),
                recall_at_1=statistics.fmean(answer.rank == 1 for answer in own),
                recall_at_5=statistics.fmean(answer.rank > 0 for answer in own),
                precision_at_5=statistics.fmean(answer.right_hits / HITS_MAX for answer in own),
                p50_ms=1e3 * statistics.median(seconds),
                p99_ms=1e3 * quantile(seconds, 0.99),
            )
    return scores


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed.

    Args:
        values: At least one.
        share: In (0, 1]. With fewer than 1 / (1 - share) values it is the greatest.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
