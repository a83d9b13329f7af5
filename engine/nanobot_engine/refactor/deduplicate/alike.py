"""Functions that only look alike, for people to judge.

Pairs of neighbouring tokens of a shape make a signature; near signatures are candidates, and their
bags of pairs are compared before they are believed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from nanobot_engine.refactor.change import Note
from nanobot_engine.refactor.deduplicate.function_shape import FunctionShape
from nanobot_indexer.fingerprint.simhash import bit_counts, near_duplicate_groups, signatures_of

_TOKENS_MIN: Final = 80
"""Shorter bodies are alike by chance."""
_SIMILARITY_MIN: Final = 0.8
"""Pairs that both have, over pairs that one of them has."""
_DISTANCE_MAX: Final = 12
"""Bits in which signatures may differ."""
_COMPARED_MAX: Final = 40
_NOTES_MAX: Final = 20


def alike_notes(shapes: Sequence[FunctionShape], asked: tuple[str, str] | None) -> list[Note]:
    """Tell which functions look alike.

    Args:
        shapes: All functions.
        asked: Path and qualified name of the only one of interest, None for all.
    """
    long = [one for one in shapes if len(one.tokens) >= _TOKENS_MIN]
    if len(long) < 2:
        return []
    bags = [Counter(pairwise(map(str, one.tokens))) for one in long]
    sizes = [len(bag) for bag in bags]
    hashes = np.array([_hash(pair) for bag in bags for pair in bag], np.uint64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    signatures = signatures_of(bit_counts(hashes, starts), np.array(sizes, np.int64))
    found: list[tuple[float, Note]] = []
    for group in near_duplicate_groups(signatures, distance_max=_DISTANCE_MAX).groups:
        members = [int(one) for one in group[:_COMPARED_MAX]]
        for one, other in combinations(members, 2):
            similarity = _similarity(bags[one], bags[other])
            pair = (long[one], long[other])
            if similarity >= _SIMILARITY_MIN and (asked is None or asked in set(_keys(pair))):
                found.append((-similarity, _note(*pair, similarity)))
    found.sort(key=lambda one: (one[0], one[1].path, one[1].line))
    return [note for _, note in found[:_NOTES_MAX]]


def _hash(pair: tuple[str, str]) -> int:
    return int.from_bytes(blake2b("\0".join(pair).encode(), digest_size=8).digest(), "little")


def _similarity(one: Counter[tuple[str, str]], other: Counter[tuple[str, str]]) -> float:
    return (one & other).total() / (one | other).total()


def _keys(pair: tuple[FunctionShape, FunctionShape]) -> Iterator[tuple[str, str]]:
    for one in pair:
        yield one.file.path, one.scope.qualified_name


def _note(one: FunctionShape, other: FunctionShape, similarity: float) -> Note:
    name, line = other.scope.qualified_name, other.node.lineno
    text = f"{one.scope.qualified_name} looks like {name} ({other.file.path}:{line})"
    return Note(one.file.path, one.node.lineno, f"{text}, by {similarity:.0%}")
