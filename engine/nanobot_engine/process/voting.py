"""First answer ahead by k, over what answers mean.

Source: the voting rule of MAKER (E. Meyerson et al., arXiv 2511.09030, 2025):
sample until one answer leads every other by k. A vote is counted for a class of
candidates that the recipe calls the same; a red-flagged answer is no vote.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nanobot_engine.recipe import Candidate

Agrees = Callable[[Candidate, Candidate], bool]


@dataclass(frozen=True, slots=True)
class Tally:
    """The state of one vote."""

    winner: Candidate | None
    """The candidate to use, once one class leads by k; None before."""
    margin: int
    """Votes of the leading class minus votes of the second, 0 without votes."""
    votes: int


def tally(candidates: Sequence[Candidate], *, ahead_by: int, agrees: Agrees) -> Tally:
    """Count votes in the order in which they were drawn.

    Args:
        candidates: The unflagged answers, oldest first. The order matters: a
            candidate joins the first class whose founder it agrees with.
        ahead_by: k, at least 1.
        agrees: Symmetric; need not be transitive.

    Returns:
        Deterministic in `candidates`. The winner is the member of the leading
        class that agrees with the most members, the oldest of equals.
    """
    assert ahead_by >= 1
    classes: list[list[Candidate]] = []
    for candidate in candidates:
        home = next((c for c in classes if agrees(c[0], candidate)), None)
        if home is None:
            classes.append([candidate])
        else:
            home.append(candidate)
    # sorted() is stable: the older class comes first among equals.
    ranked = sorted(classes, key=len, reverse=True)
    if not ranked:
        return Tally(None, 0, 0)
    second = len(ranked[1]) if len(ranked) > 1 else 0
    margin = len(ranked[0]) - second
    winner = _most_central(ranked[0], agrees) if margin >= ahead_by else None
    return Tally(winner, margin, len(candidates))


def _most_central(members: Sequence[Candidate], agrees: Agrees) -> Candidate:
    support = [sum(agrees(member, other) for other in members) for member in members]
    return members[support.index(max(support))]
