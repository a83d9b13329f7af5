"""From what a sentence names to symbols of the codebase, ranked, with what speaks for each."""

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nanobot_engine.intent.names import symbol_table as st
from nanobot_engine.intent.names.symbol_table import Entry, SymbolTable
from nanobot_engine.intent.words.mention import Mention
from nanobot_engine.intent.words.spelling import ABBREVIATED, EXACT, Fit, fit, style_of

FUNCTIONS: Final = frozenset({st.FUNCTION, st.METHOD})
CALLABLE: Final = FUNCTIONS | {st.CLASS}
TOP_LEVEL: Final = frozenset({st.FUNCTION, st.CLASS, st.CONSTANT, st.VARIABLE})

MARGIN: Final = 0.05
"""How far ahead the best must be of what else fits."""
_SCORE_MIN: Final = 0.42
_NAMES_LOOKED_UP: Final = 24
_OTHER_KIND: Final = 0.22
_OTHER_STYLE: Final = 0.08
_HINT_MISSED: Final = 0.3
_HINT_ALIKE: Final = 0.06
_HINT_EXACT: Final = 0.9
_NESTED: Final = 0.1
_TEST: Final = 0.1
_HIDDEN = {st.LOCAL: 0.16, st.PARAMETER: 0.12}


@dataclass(frozen=True, slots=True)
class Match:
    """One symbol that may be meant."""

    entry: Entry
    score: float
    fit: Fit

    @property
    def label(self) -> str:
        """Kind and dotted name, for people."""
        return f"{self.entry.kind} {self.entry.qualified_name.replace('.<locals>', '')}"


def matches(
    table: SymbolTable, mention: Mention, wanted: Collection[str] | None = None
) -> list[Match]:
    """Return the symbols that a mention may mean, best first.

    Args:
        table: The codebase.
        mention: What the sentence names.
        wanted: Kinds that the refactoring takes; None for all.
    """
    if mention.full and mention.full != mention.text:
        # "get current context" may well be a name, and "want" a part of one.
        whole = replace(mention, text=mention.full, full="", kinds=frozenset())
        found = [one for one in matches(table, whole, wanted) if one.fit.score >= ABBREVIATED - 0.1]
        if found:
            return found
    outer, _, name = mention.text.rpartition(".")
    hints = [*mention.hints, *([outer] if outer else [])]
    if mention.is_path:
        return []
    found = [
        match
        for entry in table.named(name)
        if (match := _match(entry, Fit(EXACT, ""), mention, hints, wanted)) is not None
    ]
    if outer:
        # What stands before a dot is no hint that may be wrong.
        found = [one for one in found if hinted(one.entry, outer)]
    if not found or max(one.score for one in found) < 0.72:
        near = _near(table, name, mention, hints, wanted)
        found += [one for one in near if not outer or hinted(one.entry, outer)]
    if any(one.entry.path.endswith(".py") for one in found):
        # A stub only says again what a module defines.
        found = [one for one in found if not one.entry.path.endswith(".pyi")]
    return sorted(found, key=lambda one: (-round(one.score, 4), one.entry.key))


def _near(
    table: SymbolTable,
    name: str,
    mention: Mention,
    hints: Sequence[str],
    wanted: Collection[str] | None,
) -> list[Match]:
    fits: dict[str, Fit] = {}
    for other in table.names():
        if other != name and other not in fits:
            found_fit = fit(name, other)
            if found_fit is not None and found_fit.score >= _SCORE_MIN:
                fits[other] = found_fit
    ranked = sorted(fits, key=lambda other: (-fits[other].score, other))
    found = []
    for other in ranked[:_NAMES_LOOKED_UP]:
        for entry in table.named(other):
            match = _match(entry, fits[other], mention, hints, wanted)
            if match is not None:
                found.append(match)
    return found


def _match(
    entry: Entry,
    how: Fit,
    mention: Mention,
    hints: Sequence[str],
    wanted: Collection[str] | None,
) -> Match | None:
    if wanted is not None and entry.kind not in wanted:
        return None
    score = how.score
    if mention.kinds and entry.kind not in mention.kinds:
        score -= _OTHER_KIND
    elif entry.kind not in mention.kinds:
        score -= _HIDDEN.get(entry.kind, 0.0)
    if entry.kind in CALLABLE and "<locals>" in entry.qualified_name:
        score -= _NESTED
    if mention.new_name and how.score < EXACT:
        is_alike = style_of(mention.new_name) == style_of(entry.name)
        score -= 0.0 if is_alike else _OTHER_STYLE
    for hint in hints:
        fulfilled = hinted(entry, hint)
        # `dump` is much like `dumps`, and is not meant by it where there are both.
        is_like = 0.0 if fulfilled >= _HINT_EXACT else _HINT_ALIKE
        score += 0.02 * fulfilled - is_like if fulfilled else -_HINT_MISSED
    if entry.is_test and not any("test" in hint for hint in hints):
        score -= _TEST
    return Match(entry, score, how) if score >= _SCORE_MIN else None


def hinted(entry: Entry, hint: str) -> float:
    """Return how well an entry is where a hint says: 0 (not) to 1."""
    path = entry.path
    if "/" in hint or (path.endswith(hint) and "." in hint):
        bare = hint.strip("/").removesuffix("*").rstrip("/")
        is_there = path == bare or path.endswith(f"/{bare}") or f"/{bare}/" in f"/{path}"
        return 1.0 if is_there else 0.0
    if hint.endswith((".py", ".pyi")):
        # A path that is not there, perhaps with another suffix or folder.
        how = fit(hint.rpartition(".")[0], path.rpartition("/")[2].rpartition(".")[0])
        return 0.6 if how is not None and how.score >= 0.75 else 0.0
    module = [part for part in path.rpartition(".")[0].split("/") if part != "__init__"]
    here = [*module, *entry.owners]
    wanted = hint.split(".")
    best = 0.0
    for start in range(len(here) - len(wanted) + 1):
        fits = [fit(a, b) for a, b in zip(wanted, here[start:], strict=False)]
        scores = [one.score if one is not None else 0.0 for one in fits]
        if min(scores) >= 0.7:
            # What is written last names the nearest owner, most of the time.
            is_nearest = start + len(wanted) == len(here)
            level = EXACT if min(scores) == EXACT else 0.8 * min(scores)
            best = max(best, level - (0.0 if is_nearest else 0.1))
    is_own_init = bool(entry.owners) and entry.owners[-1] == "__init__" and best > 0
    return min(1.0, best + 0.1) if is_own_init else best


def one_family(table: SymbolTable, found: Sequence[Match]) -> list[Match]:
    """Leave one of those members that inheritance makes one: renaming it renames all.

    Args:
        table: The codebase.
        found: About equally good, best first.
    """
    kept: list[Match] = []
    shared: set[tuple[str, str]] = set()
    for match in found:
        entry = match.entry
        if (entry.origin_path, entry.origin_name) in shared:
            continue
        kept.append(match)
        if entry.kind not in {st.METHOD, st.ATTRIBUTE} or len(found) == 1:
            continue
        references = table.codebase.references
        symbol = references.symbol(entry.origin_path, entry.origin_name)
        if symbol is not None:
            family: dict[tuple[str, str], set[str]] = {}
            for of in references.find(symbol).classes:
                outer = of.file.names.scope_by_node[of.node].qualified_name
                bases = {ast.unparse(base).rpartition(".")[2] for base in of.node.bases}
                family[of.file.path, f"{outer}.{symbol.name}"] = bases
            shared.update(family)
            kept[-1] = _first_owner(match, found, family)
    return kept


def _first_owner(
    match: Match, found: Sequence[Match], family: Mapping[tuple[str, str], Collection[str]]
) -> Match:
    """Return the member of the class that the others of a family derive from."""
    owners = {name.rpartition(".")[0].rpartition(".")[2] for _, name in family}
    for one in found:
        bases = family.get((one.entry.origin_path, one.entry.origin_name))
        is_as_good = round(one.score, 4) == round(match.score, 4)
        if bases is not None and is_as_good and not owners & {*bases}:
            return one
    return match


def with_references(table: SymbolTable, found: Sequence[Match]) -> list[Match]:
    """Put what is referred to more often first, and say how often."""
    counted = []
    for match in found:
        references = table.codebase.references
        symbol = references.symbol(match.entry.origin_path, match.entry.origin_name)
        count = len(references.find(symbol).found) if symbol is not None else 0
        reason = f"{count} references"
        if match.fit.reason:
            reason = f"{match.fit.reason}, {reason}"
        counted.append((count, replace(match, fit=Fit(match.fit.score, reason))))
    counted.sort(key=lambda one: -one[0])
    return [match for _, match in counted]
