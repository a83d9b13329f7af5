"""One order out of two: by reciprocal ranks.

    worth = 1 / (K + rank by words) + WEIGHT / (K + rank by meaning)

Ranks and not scores, because a sum of word weights and a cosine have nothing in common.

Source: G. Cormack, C. Clarke, S. Büttcher, "Reciprocal Rank Fusion outperforms Condorcet
and individual Rank Learning Methods", SIGIR 2009.
"""

from collections.abc import Hashable, Sequence
from typing import Final, TypeVar

# Chosen on click, sqlparse, attrs and networkx. Flat from 5 to 20, worse at 60.
RANK_OFFSET: Final = 10
MEANING_WEIGHT: Final = 1.0

Key = TypeVar("Key", bound=Hashable)


def fused(
    by_words: Sequence[Key], by_meaning: Sequence[Key], *, certain: Sequence[Key] = ()
) -> list[tuple[Key, float]]:
    """Return everything in both orders, best first, with what it is worth.

    Args:
        by_words: Best first, each once.
        by_meaning: Best first, each once. Of equal ones what words found comes first.
        certain: These come before everything else, in this order: the first `by_words`.
    """
    worth: dict[Key, float] = {}
    for rank, key in enumerate(by_words, 1):
        worth[key] = 1.0 / (RANK_OFFSET + rank)
    for rank, key in enumerate(by_meaning, 1):
        worth[key] = worth.get(key, 0.0) + MEANING_WEIGHT / (RANK_OFFSET + rank)
    for place, key in enumerate(certain):
        worth[key] = 1.0 + 1.0 / (1 + place)
    # Stable: what was put in first stays first among equals.
    return sorted(worth.items(), key=lambda item: -item[1])
