"""How well a name of the code fits what somebody wrote, and why.

"load config" fits `load_cfg` by its parts: each is the other's beginning or its
abbreviation. Misspelled names fit by few changed letters.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

EXACT: Final = 1.0
ANY_CASE: Final = 0.94
SAME_PARTS: Final = 0.9
TYPO: Final = 0.78
ABBREVIATED: Final = 0.8
SOME_PARTS: Final = 0.5
_SHORTEST_TYPO_CHARS: Final = 4
_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_VOWELS: Final = re.compile(r"[aeiou]")
# Abbreviations that drop letters out of order, or stand for another spelling.
_SHORT_LINES: Final = """
config cfg conf; configuration cfg conf config; context ctx; message msg; number num no;
parameter param; argument arg; arguments args; parameters params; directory dir; function func fn;
attribute attr; attributes attrs; initialize init; initialise init; database db; document doc;
documentation docs; environment env; exception exc err; expression expr; object obj; string str;
integer int; source src; destination dest dst; temporary tmp temp; value val; reference ref;
request req; response resp; index idx; length len; maximum max; minimum min; previous prev;
variable var; specification spec; repository repo; application app; connection conn; error err;
keyword kw; keywords kw kwargs; password passwd pwd; authentication auth; utilities utils util
"""
_SHORT: Final = {
    words[0]: frozenset(words[1:])
    for words in (entry.split() for entry in _SHORT_LINES.replace("\n", " ").split(";"))
}


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a name fits."""

    score: float
    """0 (not at all) to 1 (the same)."""
    reason: str


@lru_cache(maxsize=65_536)
def parts_of(name: str) -> tuple[str, ...]:
    """Return the words of an identifier or a phrase, in lower case."""
    return tuple(part.lower() for part in _PART.findall(name))


def fit(written: str, name: str) -> Fit | None:
    """Say how well a name fits what was written; None when it does not."""
    if written == name:
        return Fit(EXACT, "exactly")
    if written.lower() == name.lower():
        return Fit(ANY_CASE, "but for upper and lower case")
    mine, theirs = parts_of(written), parts_of(name)
    if not mine or not theirs:
        return None
    if mine == theirs or "".join(mine) == "".join(theirs):
        # Who means the private one of two writes its underscore.
        is_hidden = name.startswith("_") and not written.startswith("_")
        return Fit(SAME_PARTS - 0.06 * is_hidden, "the same words")
    matched = [_best(part, theirs) for part in mine]
    count = sum(score > 0 for score in matched)
    if count == len(mine) == len(theirs):
        in_order = all(_alike(a, b) for a, b in zip(mine, theirs, strict=True))
        mean = sum(matched) / count
        score = ABBREVIATED * mean - (0.0 if in_order else 0.1)
        return Fit(score, f"{count} of {count} parts match")
    return _near(written, name) or _partly(mine, theirs, matched)


def _near(written: str, name: str) -> Fit | None:
    """Return the fit of a misspelled name."""
    distance = letters_apart(written.lower(), name.lower(), most=2)
    if distance is None or len(written) < _SHORTEST_TYPO_CHARS * distance:
        return None
    return Fit(TYPO - 0.06 * (distance - 1), f"{distance} changed letters")


def _partly(mine: tuple[str, ...], theirs: tuple[str, ...], matched: list[float]) -> Fit | None:
    """Return the fit where one has parts that the other does not have."""
    count, total = sum(score > 0 for score in matched), max(len(mine), len(theirs))
    if not count or count not in {len(mine), len(theirs)} or count * 2 < len(mine):
        return None
    return Fit(SOME_PARTS * sum(matched) / total + 0.1, f"{count} of {total} parts match")


def _best(part: str, others: tuple[str, ...]) -> float:
    return max(_alike(part, other) for other in others)


@lru_cache(maxsize=65_536)
def _alike(one: str, other: str) -> float:
    """Return 1 for equal parts, less for beginnings, abbreviations and plurals, else 0."""
    if one == other:
        return 1.0
    if one.rstrip("s") == other.rstrip("s"):
        return 0.97
    short, long = sorted((one, other), key=len)
    scores = (
        (short in _SHORT.get(long, ()), 0.95),
        (len(short) >= 3 and long.startswith(short), 0.93),
        (len(short) >= 2 and _VOWELS.sub("", long) == short, 0.9),
        (_is_shortened(short, long), 0.86),
        (len(short) >= 5 and letters_apart(one, other, most=1) is not None, 0.85),
    )
    return next((score for holds, score in scores if holds), 0.0)


def _is_shortened(short: str, long: str) -> bool:
    """Tell whether letters were left out inside: `opts`, `mgr`, `fmt`."""
    if len(short) < 3 or (short[0], short[-1]) != (long[0], long[-1]):
        return False
    rest = iter(long)
    return len(short) * 3 >= len(long) and all(letter in rest for letter in short)


def letters_apart(one: str, other: str, *, most: int) -> int | None:
    """Count changed, missing, added and swapped letters; None for more than `most`.

    Source: the restricted edit distance of F. J. Damerau, "A technique for computer
    detection and correction of spelling errors", CACM 7(3), 1964.
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, theirs in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (mine != theirs))
            if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def style_of(name: str) -> str:
    """Return how a name is written: "constant", "class" or "function"."""
    bare = name.strip("_")
    if bare.isupper() and len(bare) > 1:
        return "constant"
    return "class" if bare[:1].isupper() else "function"


def in_style_of(words: str, old_name: str) -> str:
    """Write words as one identifier, in the style of an existing name.

    `read settings` becomes `read_settings` for a function, `ReadSettings` for a class and
    `READ_SETTINGS` for a constant. What is one identifier already stays as it is.
    """
    if words.isidentifier():
        return words
    parts = [part for part in re.split(r"[^\w]+", words) if part]
    style = style_of(old_name)
    if style == "constant":
        return "_".join(parts).upper()
    if style == "class":
        return "".join(part[:1].upper() + part[1:] for part in parts)
    return "_".join(parts).lower()
