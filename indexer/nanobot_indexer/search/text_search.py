"""Search the chunks of an index: names, words, sentences, messages.

    question ──> scores of all chunks ──> pool ──> rules ──> hits

Suggested reading order: `question`, `chunk_table`, `bm25`, `rerank`, `best_definition`.
"""

from collections.abc import Callable, Sequence
from collections.abc import Collection as AbstractCollection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.search.best_definition import NAME_CERTAINTY_MIN, DefinitionChooser
from nanobot_indexer.search.bm25 import Collection, Scores, are_in, distinct
from nanobot_indexer.search.chunk_table import END_LINE, KIND, START_LINE, ChunkTable
from nanobot_indexer.search.hit import TEXT_KIND, Hit
from nanobot_indexer.search.question import Question, Symbol, parsed_question, whole_word_terms
from nanobot_indexer.search.rerank import (
    FILE_STEM_BONUS,
    LITERAL_BONUS,
    NO_DEFINITION_FACTOR,
    POOL_SIZE,
    SAME_CASE_BONUS,
    SCOPE_BONUS,
    SECONDARY_FACTOR,
    SYMBOL_BONUS,
    pool_of,
    with_file_share,
    with_literal_first,
)
from nanobot_indexer.search.secondary_path import is_secondary
from nanobot_indexer.search.symbol_scope import is_in_scope
from nanobot_indexer.search.verbatim import (
    MESSAGE_CHARS_MAX,
    MESSAGE_WORDS_MIN,
    chunks_with,
    scanned_chunks_with,
    verbatim_pieces,
)
from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.format import KINDS, Section
from nanobot_indexer.volume.segment import Segment

if TYPE_CHECKING:
    from nanobot_indexer.search.live_files import LiveFiles

_SYMBOL_DEFINITIONS_MAX: Final = 64
"""A name that is defined more often is looked at by its text alone."""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What hits may be. None lets everything pass."""

    languages: AbstractCollection[Language] | None = None
    path_glob: str | None = None
    """Like a line of `.gitignore`."""
    kinds: AbstractCollection[DefinitionKind] | None = None
    """Hits are definitions of these kinds."""

    @property
    def is_open(self) -> bool:
        """Whether everything passes."""
        return self.languages is None and self.path_glob is None and self.kinds is None


EVERYTHING: Final = SearchFilter()
_NO_DEFINITION: Final = -1
_NO_FLAGS: Final = np.empty(0, np.bool_)
_NOTHING: Final = np.empty(0, np.int64)
_UNKNOWN: Final = -1


class Searcher:
    """Searches a fixed list of segments. Safe to share between threads.

    Args:
        segments: Of one generation; no path is alive in two of them.
        files: Returns their live files, when the caller has them: filters need them.
    """

    def __init__(
        self, segments: Sequence[Segment], files: Callable[[], "LiveFiles"] | None = None
    ) -> None:
        self._segments = tuple(segments)
        self._given_files = files

    def search(self, query: str, *, limit: int, filters: SearchFilter | None = None) -> list[Hit]:
        """Return the best hits for a question, best first. One hit per chunk.

        Args:
            query: Names, words, a sentence, a message, or several of them.
            limit: Upper bound on the number of hits.
            filters: What hits may be; None lets everything pass. How rare a word is does not
                depend on them.

        Raises:
            QueryEmptyError: There is nothing to look for.
            GlobInvalidError: The path filter is no pattern.
            VolumeCorruptError: A segment is damaged.
        """
        question = parsed_question(query)
        filters = EVERYTHING if filters is None else filters
        allowed = None if filters.is_open else self._allowed(filters)
        collection = self._collection
        if limit <= 0 or not collection.chunk_count:
            return []
        scores = collection.scores(question)
        values = scores.values
        if allowed is not None:
            values *= allowed
        pool = pool_of(values)
        named = self._named(question, filters, allowed, pool)
        if named:
            pool = distinct(pool, np.fromiter(named, np.int64, len(named)))
        whole, pieces = self._literal(question, scores, allowed, is_named=bool(named))
        for chunks in (whole, pieces):
            if 0 < len(chunks) <= POOL_SIZE:
                pool = distinct(pool, chunks)
        worth = self._worth(question, values, pool, named)
        if len(whole) or len(pieces):
            is_whole = are_in(pool, whole)
            is_literal = is_whole | are_in(pool, pieces)
            worth[is_literal] += LITERAL_BONUS * (worth.max(initial=0.0) or 1.0)
            worth = with_literal_first(worth, is_whole)
        chooser = DefinitionChooser(question, scores.rarities, filters.kinds)
        return self._hits(pool, worth, named, chooser, limit)

    def prepare(self) -> None:
        """Load what every search needs, so that the first one does not have to.

        Raises:
            VolumeCorruptError: A segment is damaged.
        """
        _ = self._collection, self._chunk_files
        if self._collection.chunk_count:
            _ = self._definition_factors, self._secondary
        for table in self._collection.tables:
            _ = table.definitions_by_chunk, table.names.blob, table.names.starts

    @cached_property
    def _collection(self) -> Collection:
        tables = [ChunkTable.of(segment) for segment in self._segments]
        return Collection(tables, [segment.live_chunks for segment in self._segments])

    @cached_property
    def _files(self) -> "LiveFiles":
        if self._given_files is not None:
            return self._given_files()
        # Imported when a filter asks: the first search of a process is waited for.
        from nanobot_indexer.search.live_files import LiveFiles  # noqa: PLC0415

        return LiveFiles(self._segments)

    @cached_property
    def _chunk_files(self) -> NDArray[np.int64]:
        """A number for the file of each chunk, different in different segments."""
        tables = self._collection.tables
        firsts = np.cumsum([0, *(table.segment.file_count for table in tables)])
        parts = [table.files + first for table, first in zip(tables, firsts, strict=False)]
        return np.concatenate(parts or [np.empty(0, np.int64)])

    @cached_property
    def _definition_factors(self) -> NDArray[np.float64]:
        lacking = [table.lacks_definition for table in self._collection.tables]
        return np.where(np.concatenate(lacking), NO_DEFINITION_FACTOR, 1.0)

    @cached_property
    def _secondary(self) -> NDArray[np.int8]:
        """`ChunkTable.secondary` of all files, numbered as in `_chunk_files`."""
        return np.concatenate([table.secondary for table in self._collection.tables])

    def _allowed(self, filters: SearchFilter) -> NDArray[np.bool_]:
        """Return which chunks pass. Shape `(chunk,)`."""
        tables = self._collection.tables
        parts = []
        files = self._files
        places = files.selected(path_glob=filters.path_glob, languages=filters.languages)
        # A dead file has the position -1: it finds the last one, which no file has.
        is_selected = np.zeros(len(files) + 1, np.bool_)
        is_selected[places] = True
        for table, positions in zip(tables, files.positions, strict=True):
            is_kept = is_selected[positions][table.files]
            if filters.kinds is not None:
                codes = [KINDS.index(kind) for kind in filters.kinds]
                is_kind = np.isin(table.segment.array(Section.DEFINITIONS)["kind"], codes)
                has_kind = np.zeros(table.count, np.bool_)
                has_kind[table.definition_chunks[is_kind]] = True
                is_kept &= has_kind
            parts.append(is_kept)
        return np.concatenate([_NO_FLAGS, *parts])

    def _named(
        self,
        question: Question,
        filters: SearchFilter,
        allowed: NDArray[np.bool_] | None,
        pool: NDArray[np.int64],
    ) -> dict[int, tuple[float, int]]:
        """Return the chunks that define a symbol of the question.

        Returns:
            Per chunk its bonus, and the definition that the hit will be: the one that
            the question names, not one that it mentions.
        """
        found: dict[int, tuple[float, int]] = {}
        codes = None if filters.kinds is None else [KINDS.index(kind) for kind in filters.kinds]
        for symbol in question.symbols:
            parts = self._definitions_named(symbol, codes, allowed)
            if sum(len(chunks) for _, _, chunks in parts) > _SYMBOL_DEFINITIONS_MAX:
                # What is called `__init__` is told by the other words of the question.
                flags = [are_in(chunks, pool) for _, _, chunks in parts]
                parts = [
                    (table, definitions[is_pooled], chunks[is_pooled])
                    for (table, definitions, chunks), is_pooled in zip(parts, flags, strict=True)
                ]
            for table, definitions, chunks in parts:
                bonuses = _symbol_bonuses(table, symbol, definitions)
                rows = zip(definitions.tolist(), chunks.tolist(), bonuses, strict=True)
                for index, chunk, bonus in rows:
                    if bonus > found.get(chunk, (0.0, _NO_DEFINITION))[0]:
                        is_meant = symbol.certainty >= NAME_CERTAINTY_MIN
                        found[chunk] = (bonus, index if is_meant else _NO_DEFINITION)
        return found

    def _definitions_named(
        self, symbol: Symbol, codes: list[int] | None, allowed: NDArray[np.bool_] | None
    ) -> list[tuple[ChunkTable, NDArray[np.int64], NDArray[np.int64]]]:
        """Return the live definitions with a name that pass the filters, and their chunks."""
        collection = self._collection
        masks = [mask for mask in (collection.is_live, allowed) if mask is not None]
        found = []
        for first, table in zip(collection.starts.tolist(), collection.tables, strict=False):
            definitions = table.names.definitions_named(symbol.folded)
            if not len(definitions):
                continue
            if codes is not None:
                definitions = definitions[table.are_of_kinds(definitions, codes)]
            chunks = table.definition_chunks[definitions] + first
            for mask in masks:
                definitions, chunks = definitions[mask[chunks]], chunks[mask[chunks]]
            found.append((table, definitions, chunks))
        return found

    def _literal(
        self,
        question: Question,
        scores: Scores,
        allowed: NDArray[np.bool_] | None,
        *,
        is_named: bool,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the chunks that have the question letter for letter, and those with a piece.

        All of them pass the filters.
        """
        collection = self._collection

        def passing(chunks: NDArray[np.int64]) -> NDArray[np.int64]:
            return chunks if allowed is None else chunks[allowed[chunks]]

        def verified(text: str, chunks: NDArray[np.int64]) -> NDArray[np.int64]:
            return chunks_with(collection, text, passing(chunks), scores.values)

        if len(question.literal):
            return passing(collection.having(question.literal)), _NOTHING
        whole = _NOTHING
        word_count = len(question.text.split())
        if word_count >= MESSAGE_WORDS_MIN and len(question.text) <= MESSAGE_CHARS_MAX:
            whole = verified(question.text, collection.having_all(scores))
        # A qualified name that is defined somewhere is meant as a name.
        pieces = () if is_named else verbatim_pieces(question.text)
        if not pieces:
            return whole, _NOTHING
        found = [
            verified(piece, collection.having_each(whole_word_terms(piece))) for piece in pieces
        ]
        chunks = distinct(*found)
        if word_count > 1:
            return whole, chunks
        if not len(chunks):
            chunks = self._first(passing(scanned_chunks_with(collection, pieces[0])))
        return chunks, _NOTHING

    def _first(self, chunks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return as many as the pool has room for, by path and place, ascending."""
        if len(chunks) <= POOL_SIZE:
            return chunks
        numbers = self._collection.numbers_of(chunks)
        own = chunks - self._collection.starts[numbers]
        places = np.empty(len(chunks), np.int64)
        for number, table in enumerate(self._collection.tables):
            is_own = numbers == number
            places[is_own] = self._files.positions[number][table.files[own[is_own]]]
        return np.sort(chunks[np.lexsort((own, places))[:POOL_SIZE]])

    def _worth(
        self,
        question: Question,
        values: NDArray[np.float64],
        pool: NDArray[np.int64],
        named: dict[int, tuple[float, int]],
    ) -> NDArray[np.float64]:
        """Return the final scores of a pool. Shape `(pool,)`."""
        files = self._chunk_files[pool]
        worth = values[pool] * self._definition_factors[pool]
        top = float(worth.max(initial=0.0)) or 1.0
        worth = with_file_share(worth, files)
        for chunk, (bonus, _) in named.items():
            worth[np.searchsorted(pool, chunk)] += bonus * top
        if not question.is_about_tests:
            worth *= np.where(self._are_secondary(pool, files), SECONDARY_FACTOR, 1.0)
        return worth

    def _are_secondary(
        self, pool: NDArray[np.int64], files: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        known = self._secondary
        for place in np.flatnonzero(known[files] == _UNKNOWN).tolist():
            table, own = self._collection.table_of(int(pool[place]))
            file = int(table.files[own])
            table.secondary[file] = is_secondary(table.path_bytes(file))
            known[files[place]] = table.secondary[file]
        result: NDArray[np.bool_] = known[files] == 1
        return result

    def _hits(
        self,
        pool: NDArray[np.int64],
        worth: NDArray[np.float64],
        named: dict[int, tuple[float, int]],
        chooser: DefinitionChooser,
        limit: int,
    ) -> list[Hit]:
        if not len(pool):
            return []
        count = min(limit, len(pool))
        last = np.partition(worth, len(worth) - count)[len(worth) - count]
        # Equal ones are put in the order of their paths, so all of them are needed.
        best = np.flatnonzero((worth >= last) & (worth > 0))
        chunks = pool[best]
        numbers = self._collection.numbers_of(chunks)
        own = chunks - self._collection.starts[numbers]
        columns = (numbers, own, chunks, worth[best])
        keys = []
        for number, place, chunk, value in zip(*(one.tolist() for one in columns), strict=True):
            table = self._collection.tables[number]
            keys.append((-value, table.path_bytes(int(table.files[place])), place, chunk, table))
        keys.sort(key=lambda key: key[:3])
        hits = []
        for negative, _, place, chunk, table in keys[:limit]:
            definition = named.get(chunk, (0.0, _NO_DEFINITION))[1]
            hits.append(_hit(table, place, -negative, definition, chooser))
        return hits


def _symbol_bonuses(
    table: ChunkTable, symbol: Symbol, definitions: NDArray[np.int64]
) -> list[float]:
    """Return what definitions with the name of a symbol gain, as shares of the best score."""
    if not len(definitions):
        return []
    is_there = np.zeros(len(definitions), np.bool_)
    for scope in symbol.scopes:
        is_there |= is_in_scope(table.names, definitions, scope)
    written = symbol.written.encode("utf-8", "replace")
    files = table.definition_files[definitions].tolist()
    bonuses = []
    for index, file, is_inside in zip(definitions.tolist(), files, is_there.tolist(), strict=True):
        bonus = SYMBOL_BONUS
        if symbol.scopes and not is_inside:
            # `config.load` may also be a method of what someone called `config`.
            bonuses.append(0.5 * bonus if symbol.certainty == 1.0 else 0.0)
            continue
        if is_inside:
            bonus += SCOPE_BONUS
        if table.name_of(index) == written:
            bonus += SAME_CASE_BONUS
        file_name = table.path_bytes(file).rpartition(b"/")[2]
        if file_name.partition(b".")[0].lower() == symbol.folded:
            bonus += FILE_STEM_BONUS
        bonuses.append(bonus * symbol.certainty)
    return bonuses


def _hit(
    table: ChunkTable, chunk: int, score: float, definition: int, chooser: DefinitionChooser
) -> Hit:
    handle = table.handle_of(chunk)
    start_line, end_line = handle.start_line, handle.end_line
    kind, name = TEXT_KIND, ""
    found = chooser.chosen(table, chunk) if definition < 0 else None
    if definition >= 0 or found is not None:
        index = definition if found is None else found.index
        row = table.row_of(index)
        kind, name = KINDS[row[KIND]].value, table.qualified_name_of(index)
        if found is None or found.is_hit:
            start_line, end_line = row[START_LINE], row[END_LINE]
    return Hit(handle.path, start_line, end_line, round(score, 6), kind, name, str(handle))
