"""Find definitions by name: exactly, in part, by initials, or with typing mistakes.

    exact > another case > prefix > initials and humps > inside > letters in order > misspelled

A later kind of match is only looked for when the earlier ones did not fill the
answer, and the last two only when no name is or begins like the query: next to
those they are noise. Every kind is looked for in all segments before the next, so
the answer does not depend on how files are spread over them.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.errors import QueryEmptyError
from nanobot_indexer.search.cut_reason import CutReason
from nanobot_indexer.search.handle import range_handle
from nanobot_indexer.search.live_files import FilePlace, LiveFiles
from nanobot_indexer.search.name_distance import edit_distances
from nanobot_indexer.search.pattern import compiled_expression
from nanobot_indexer.search.symbol_names import SymbolNames, letter_mask
from nanobot_indexer.search.symbol_scope import is_in_scope
from nanobot_indexer.syntax.definition import Definition, DefinitionKind
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.format import KINDS, Section

NAME_BYTES_MAX: Final = 256

_SEPARATOR: Final = re.compile(r"\.|::|#|->|/")
_INSIDE_BYTES_MIN: Final = 3
_IN_ORDER_BYTES_MIN: Final = 3
# Letters in order say nothing in a name many times as long.
_IN_ORDER_LENGTH_FACTOR: Final = 3
_ONE_MISTAKE_BYTES_MIN: Final = 4
_TWO_MISTAKES_BYTES_MIN: Final = 5

Array = npt.NDArray[np.int64]


class Match(StrEnum):
    """How a name matches, best first. Part of JSON documents: never rename a value."""

    EXACT = "exact"
    CASE = "case"
    """Another case."""
    PREFIX = "prefix"
    HUMPS = "humps"
    """Letters of the query begin parts of the name, or follow each other in one."""
    INSIDE = "inside"
    IN_ORDER = "in_order"
    """All letters are there in their order, the first one first."""
    FUZZY = "fuzzy"
    """A typing mistake or two away."""


_STRONG: Final = frozenset({Match.EXACT, Match.CASE, Match.PREFIX})
_WEAK: Final = frozenset({Match.IN_ORDER, Match.FUZZY})
_RANK_BY_MATCH: Final = {match: rank for rank, match in enumerate(Match)}


@dataclass(frozen=True, slots=True)
class SymbolHit:
    """A definition whose name matches."""

    definition: Definition
    match: Match
    cost: int
    """How far the name is from the query, within its kind of match: letters more, or mistakes."""
    is_in_scope: bool
    """The scope matches as well, if the query has one, like `Runner.run`."""
    handle: str


@dataclass(frozen=True, slots=True)
class SymbolResult:
    """What was found."""

    hits: tuple[SymbolHit, ...]
    """Best first."""
    is_complete: bool
    reason: CutReason | None
    """Why there may be more; None when it is complete."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the caller asked for."""

    name: bytes
    folded: bytes
    scope: bytes
    """Folded, its components joined by dots; empty for none."""
    kind_codes: Array | None
    is_selected: npt.NDArray[np.bool_] | None
    """Per place in the order of files; None when all are."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Definitions of one segment that match in one way."""

    number: int
    definitions: Array
    costs: Array
    """Shape as `definitions`."""


class SymbolIndex:
    """The names of the live files. Safe to share between threads.

    Args:
        files: The live files. Names are prepared when they are first asked for, and kept
            with their segment.
    """

    def __init__(self, files: LiveFiles) -> None:
        self._files = files
        self._is_whole = all(segment.has_syntax for segment in files.segments)

    def find(
        self,
        text: str,
        *,
        limit: int,
        kinds: Collection[DefinitionKind] | None = None,
        languages: Collection[Language] | None = None,
        path_glob: str | None = None,
        matches: Collection[Match] = tuple(Match),
    ) -> SymbolResult:
        """Return the definitions whose names match, best first.

        Args:
            text: A name, a part of one, or its initials; or with its scope, `Runner.run`
                or `a::b::c`. A scope may be a module: `json.dumps`.
            limit: Upper bound on hits.
            kinds: Only these; None for all.
            languages: Only files of these; None for all.
            path_glob: Only paths that match, written like a line of `.gitignore`.
            matches: Which kinds of match count.

        Raises:
            QueryEmptyError: There is no name in `text`.
            GlobInvalidError: `path_glob` is no pattern.
        """
        wanted = self._wanted(text, kinds, languages, path_glob)
        limit = max(0, limit)
        seen = [np.zeros(segment.definition_count, np.bool_) for segment in self._files.segments]
        hits: list[SymbolHit] = []
        in_scope_count = 0
        is_cut = False
        has_strong = False
        for match in (one for one in Match if one in matches):
            if in_scope_count > limit:
                is_cut = True
                break
            if has_strong and match in _WEAK:
                break
            found = [
                self._kept(self._matching(match, number, wanted), wanted, seen[number])
                for number in range(len(self._files.segments))
            ]
            for hit in self._best(match, found, wanted, limit + 1):
                hits.append(hit)
                in_scope_count += hit.is_in_scope
                has_strong |= hit.is_in_scope and match in _STRONG
        hits.sort(key=lambda hit: (not hit.is_in_scope, _RANK_BY_MATCH[hit.match]))
        is_cut |= len(hits) > limit
        reason = CutReason.LIMIT if is_cut else None if self._is_whole else CutReason.SYNTAX
        return SymbolResult(tuple(hits[:limit]), reason is None, reason)

    def definition(self, text: str, *, limit: int) -> SymbolResult:
        """Return the definitions of a name, best first: those in the same case if any.

        Args:
            text: A name, with its scope or without.
            limit: Upper bound on hits.

        Raises:
            QueryEmptyError: There is no name in `text`.
        """
        result = self.find(text, limit=limit, matches=(Match.EXACT, Match.CASE))
        best = [hit for hit in result.hits if hit.is_in_scope]
        exact = [hit for hit in best if hit.match is Match.EXACT]
        return SymbolResult(tuple(exact or best), result.is_complete, result.reason)

    def prepare(self) -> None:
        """Prepare the names of all segments that were not asked for yet.

        Raises:
            VolumeCorruptError: A segment is damaged.
        """
        for number in range(len(self._files.segments)):
            names = self._prepared(number)
            _ = names.humps, names.letter_masks, names.symbols

    def _wanted(
        self,
        text: str,
        kinds: Collection[DefinitionKind] | None,
        languages: Collection[Language] | None,
        path_glob: str | None,
    ) -> _Wanted:
        stripped = text.strip().removesuffix("()")
        components = [part for part in _SEPARATOR.split(stripped) if part.strip()]
        if not components:
            raise QueryEmptyError(text)
        *scope, name = (part.strip().encode("utf-8", "replace") for part in components)
        name = name[:NAME_BYTES_MAX].replace(b"\n", b" ")
        is_selected = None
        if languages is not None or path_glob is not None:
            is_selected = np.zeros(len(self._files), np.bool_)
            selected = self._files.selected(path_glob=path_glob, languages=languages)
            is_selected[selected] = True
        kind_codes = None
        if kinds is not None:
            kind_codes = np.array([KINDS.index(kind) for kind in kinds], np.int64)
        return _Wanted(name, name.lower(), b".".join(scope).lower(), kind_codes, is_selected)

    def _prepared(self, number: int) -> SymbolNames:
        segment = self._files.segments[number]
        return SymbolNames.of(segment)

    def _matching(self, match: Match, number: int, wanted: _Wanted) -> _Found:
        """Return what matches in one segment, alive or dead."""
        names = self._prepared(number)
        if not len(names):
            return _Found(number, np.zeros(0, np.int64), np.zeros(0, np.int64))
        return _Found(number, *_FIND_BY_MATCH[match](names, wanted))

    def _kept(self, found: _Found, wanted: _Wanted, seen: npt.NDArray[np.bool_]) -> _Found:
        """Return what is alive, passes the filters and did not match better already."""
        definitions = found.definitions
        names = self._prepared(found.number)
        positions = self._files.positions[found.number][names.files[definitions]]
        kept = (positions >= 0) & ~seen[definitions]
        if wanted.is_selected is not None:
            kept &= wanted.is_selected[positions]
        if wanted.kind_codes is not None:
            codes = names.segment.array(Section.DEFINITIONS)["kind"][definitions]
            kept &= np.isin(codes, wanted.kind_codes)
        seen[definitions] = True
        return _Found(found.number, definitions[kept], found.costs[kept])

    def _best(
        self, match: Match, found: Sequence[_Found], wanted: _Wanted, count: int
    ) -> list[SymbolHit]:
        """Return the best of one kind of match over all segments."""
        columns: list[npt.NDArray[np.int64]] = []
        for one in found:
            if not len(one.definitions):
                continue
            names = self._prepared(one.number)
            table = names.segment.array(Section.DEFINITIONS)[one.definitions]
            positions = self._files.positions[one.number][names.files[one.definitions]]
            is_heading = table["kind"] == KINDS.index(DefinitionKind.SECTION)
            is_outside = ~is_in_scope(names, one.definitions, wanted.scope)
            order = (
                table["start_byte"].astype(np.int64),
                positions,
                self._files.is_secondary[positions],
                is_heading,
                one.costs,
                is_outside,
                np.full(len(positions), one.number),
                one.definitions,
            )
            columns.append(np.stack([column.astype(np.int64) for column in order]))
        if not columns:
            return []
        rows = np.concatenate(columns, axis=1)  # (key, definition)
        best = np.lexsort(rows[:6])[:count]
        return [
            self._hit(match, number, definition, cost, is_in_scope=not is_outside)
            for cost, is_outside, number, definition in rows[4:, best].T.tolist()
        ]

    def _hit(
        self, match: Match, number: int, index: int, cost: int, *, is_in_scope: bool
    ) -> SymbolHit:
        names = self._prepared(number)
        definition = names.segment.definition(index)
        place = FilePlace(names.segment, int(names.files[index]))
        handle = range_handle(place, definition.start_line, definition.end_line)
        return SymbolHit(definition, match, cost, is_in_scope, str(handle))


def _definitions_of(names: SymbolNames, symbols: Array, costs: Array) -> tuple[Array, Array]:
    """Return the definitions of some symbols, with the cost of each."""
    starts = names.definition_starts.astype(np.int64)
    counts = starts[symbols + 1] - starts[symbols]
    ends = np.cumsum(counts)
    places = np.arange(int(ends[-1]) if len(ends) else 0)
    places += np.repeat(starts[symbols] - (ends - counts), counts)
    return names.definitions[places].astype(np.int64), np.repeat(costs, counts)


def _same_name(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    symbol = names.find(wanted.folded)
    symbols = np.array([] if symbol is None else [symbol], np.int64)
    return _definitions_of(names, symbols, np.zeros(len(symbols), np.int64))


def _exact(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    definitions, costs = _same_name(names, wanted)
    is_same = _is_spelled(names, definitions, wanted.name)
    return definitions[is_same], costs[is_same]


def _other_case(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    definitions, costs = _same_name(names, wanted)
    is_other = ~_is_spelled(names, definitions, wanted.name)
    return definitions[is_other], costs[is_other]


def _is_spelled(names: SymbolNames, definitions: Array, name: bytes) -> npt.NDArray[np.bool_]:
    """Return which definitions have exactly this name. They have it folded."""
    if not len(definitions):
        return np.zeros(0, np.bool_)
    table = names.segment.array(Section.DEFINITIONS)["name_start_byte"][definitions]
    begins = names.segment.file_starts[names.files[definitions]] + table
    buffer, begin, end = names.segment.text_buffer()
    text = np.frombuffer(buffer, dtype=np.uint8, count=end - begin, offset=begin)
    spelled = text[begins[:, None] + np.arange(len(name))]
    is_same: npt.NDArray[np.bool_] = (spelled == np.frombuffer(name, np.uint8)).all(axis=1)
    return is_same


def _prefixed(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    symbols = np.array(names.with_prefix(wanted.folded), np.int64)
    return _definitions_of(names, symbols, names.sizes[symbols] - len(wanted.folded))


def _containing(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    if len(wanted.folded) < _INSIDE_BYTES_MIN:
        return _nothing()
    symbols = names.containing(wanted.folded)
    return _definitions_of(names, symbols, names.sizes[symbols] - len(wanted.folded))


def _by_humps(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    letters = _plain_letters(wanted.folded)
    if len(letters) < 2:
        return _nothing()
    # Each letter begins a part, or follows the one before it.
    first, others = letters[0], letters[1:]
    steps = [f"(?:{_written(letter)}|[^\n]*?{_written(letter, is_hump=True)})" for letter in others]
    return _in_humps(names, f"^{_written(first, is_hump=True)}{''.join(steps)}", letters, None)


def _in_order(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    letters = _plain_letters(wanted.folded)
    if len(letters) < _IN_ORDER_BYTES_MIN:
        return _nothing()
    first, others = letters[0], letters[1:]
    steps = [f"[^\n]*?(?:{_written(letter)}|{_written(letter, is_hump=True)})" for letter in others]
    expression = f"^{_written(first, is_hump=True)}{''.join(steps)}"
    return _in_humps(names, expression, letters, _IN_ORDER_LENGTH_FACTOR * len(letters))


def _in_humps(
    names: SymbolNames, expression: str, letters: str, size_max: int | None
) -> tuple[Array, Array]:
    """Return the definitions whose hump form matches. They cost what is left of the name."""
    blob, starts = names.humps
    mask = letter_mask(letters.encode())
    first = ord(_written(letters[0], is_hump=True))
    begins = np.frombuffer(blob, dtype=np.uint8)[starts[:-1]]
    has_letters = (names.letter_masks & mask) == mask
    near = np.flatnonzero(has_letters[names.symbols] & (begins == first))
    sizes = starts[near + 1] - starts[near]
    if size_max is not None:
        near, sizes = near[sizes <= size_max + 1], sizes[sizes <= size_max + 1]
    forms = b"".join(
        blob[start : start + size]
        for start, size in zip(starts[near].tolist(), sizes.tolist(), strict=True)
    )
    regex = compiled_expression(expression)
    places = np.array([match.start() for match in regex.finditer(forms)], np.int64)
    rows = np.searchsorted(np.cumsum(sizes), places, side="right")
    return near[rows], sizes[rows] - 1 - len(letters)


def _misspelled(names: SymbolNames, wanted: _Wanted) -> tuple[Array, Array]:
    size = len(wanted.folded)
    if size < _ONE_MISTAKE_BYTES_MIN:
        return _nothing()
    distance_max = 2 if size >= _TWO_MISTAKES_BYTES_MIN else 1
    mask = letter_mask(wanted.folded)
    missing: Array = np.bitwise_count(mask & ~names.letter_masks).astype(np.int64)
    foreign: Array = np.bitwise_count(names.letter_masks & ~mask).astype(np.int64)
    length_gap = np.abs(names.sizes - size)
    # One mistake changes one letter in each direction at most.
    near = np.flatnonzero(
        (length_gap <= distance_max) & (missing <= distance_max) & (foreign <= distance_max)
    )
    others = names.matrix(near, size + distance_max)
    distances = edit_distances(wanted.folded, others, names.sizes[near], distance_max=distance_max)
    is_near = distances <= distance_max
    return _definitions_of(names, near[is_near], distances[is_near])


def _nothing() -> tuple[Array, Array]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


_FIND_BY_MATCH: Final[dict[Match, Callable[[SymbolNames, _Wanted], tuple[Array, Array]]]] = {
    Match.EXACT: _exact,
    Match.CASE: _other_case,
    Match.PREFIX: _prefixed,
    Match.HUMPS: _by_humps,
    Match.INSIDE: _containing,
    Match.IN_ORDER: _in_order,
    Match.FUZZY: _misspelled,
}
assert tuple(_FIND_BY_MATCH) == tuple(Match)


def _plain_letters(folded: bytes) -> str:
    """Return the letters and digits of a query; empty when it has others."""
    text = folded.replace(b"_", b"").decode("utf-8", "replace")
    return text if text.isascii() and text.isalnum() else ""


def _written(letter: str, *, is_hump: bool = False) -> str:
    return letter.upper() if is_hump else letter
