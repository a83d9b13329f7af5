"""What a hit is worth.

BM25 over definitions (and over blocks of text outside of any), then rules that
code search lives by: the definition of what was asked for first, the literal
words above scattered ones, tests and vendored code last, one file not too often.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.search.query import Query

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
_SATURATION: Final = 1.2
_LENGTH_SHARE: Final = 0.5
# Below it a shorter text is not more to the point.
_LENGTH_BYTES_MIN: Final = 300

SYMBOL_BONUS: Final = 3.0
IDENTIFIER_BONUS: Final = 1.5
WORD_BONUS: Final = 0.5
LITERAL_BONUS: Final = 0.4
PATH_BONUS: Final = 0.25
SECONDARY_FACTOR: Final = 0.4
_REPEAT_DECAY: Final = 0.6
_PREFIX_SIZE_MIN: Final = 4

_SECONDARY_FOLDERS: Final = frozenset(
    {
        "test",
        "tests",
        "testing",
        "testdata",
        "__tests__",
        "vendor",
        "vendored",
        "_vendor",
        "third_party",
        "compat",
        "_compat",
        "examples",
        "example",
        "benchmarks",
    }
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A range of a file that answers the query."""

    path: str
    """Workspace-relative, `/`-separated on every platform."""
    start_line: int
    """1-based."""
    end_line: int
    """1-based, inclusive."""
    score: float
    """Higher is better. Only comparable within one search."""
    kind: str
    """A `DefinitionKind`, or `text` outside of any definition."""
    name: str
    """The qualified name of the definition; empty outside of any."""


def rarity(group_count: int, containing_count: int) -> float:
    """Return how much it says that a group contains a token: BM25's inverse frequency."""
    return math.log(1.0 + (group_count - containing_count + 0.5) / (containing_count + 0.5))


def text_scores(
    frequencies: npt.NDArray[np.float64],
    lengths: npt.NDArray[np.float64],
    rarities: npt.NDArray[np.float64],
    mean_length: float,
) -> npt.NDArray[np.float64]:
    """Score groups by the tokens in them.

    Args:
        frequencies: Weighted count of each token. Shape `(group, token)`.
        lengths: In bytes. Shape `(group,)`.
        rarities: Shape `(token,)`.
        mean_length: Over all groups of the index, in bytes.

    Returns:
        Shape `(group,)`, values in [0, 1].
    """
    relative = np.maximum(lengths, _LENGTH_BYTES_MIN) / max(mean_length, _LENGTH_BYTES_MIN)
    norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * relative)
    saturated = frequencies * (_SATURATION + 1) / (frequencies + norm[:, None])
    best = rarities.sum() * (_SATURATION + 1)
    if best <= 0:
        return np.zeros(len(lengths))
    covered = ((frequencies >= 0.5) @ rarities) / rarities.sum()
    result: npt.NDArray[np.float64] = (saturated @ rarities) / best * (0.4 + 0.6 * covered)
    return result


def path_factor(path: str, query: Query) -> float:
    """Return what to multiply a score with for where it is."""
    *folders, name = path.lower().split("/")
    factor = 1.0
    is_test = name.startswith("test_") or "_test." in name or ".test." in name or ".spec." in name
    is_secondary = is_test or not _SECONDARY_FOLDERS.isdisjoint(folders)
    if is_secondary and not any(token.startswith(b"test") for token in query.tokens):
        factor = SECONDARY_FACTOR
    stem = name.partition(".")[0]
    parts = {part for one in (*folders, stem) for part in (one, *one.replace("-", "_").split("_"))}
    named = sum(_names_one_of(token.decode("utf-8", "replace"), parts) for token in query.tokens)
    return factor * (1.0 + PATH_BONUS * named / max(1, len(query.tokens)))


def _names_one_of(token: str, parts: set[str]) -> bool:
    # `smtp` in `smtplib.py`; shorter prefixes say too little.
    is_long = len(token) >= _PREFIX_SIZE_MIN
    return token in parts or (is_long and any(part.startswith(token) for part in parts))


def best_hits(hits: list[Hit], limit: int) -> list[Hit]:
    """Return the best hits, best first, with less and less for more of one file.

    Hits without a definition that overlap a better one of the same file are dropped.
    """
    chosen: list[Hit] = []
    count_by_path: dict[str, int] = {}
    texts_by_path: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.path, hit.start_line)):
        if not hit.name:
            known = texts_by_path.setdefault(hit.path, [])
            if any(
                hit.start_line <= one.end_line and one.start_line <= hit.end_line for one in known
            ):
                continue
            known.append(hit)
        seen = count_by_path.get(hit.path, 0)
        count_by_path[hit.path] = seen + 1
        score = hit.score * (_REPEAT_DECAY + (1 - _REPEAT_DECAY) / (1 + seen))
        chosen.append(
            Hit(hit.path, hit.start_line, hit.end_line, round(score, 6), hit.kind, hit.name)
        )
    chosen.sort(key=lambda hit: (-hit.score, hit.path, hit.start_line))
    return chosen[:limit]
