"""Search the volumes of one open index.

The text is cut into groups: each definition without what is nested in it, and
blocks of the text outside of any. Groups are scored with arrays, volume by
volume; only the best become hits.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from nanobot_indexer.errors import GlobInvalidError
from nanobot_indexer.search.occurrence import OCCURRENCES_MAX, occurrences, weights
from nanobot_indexer.search.query import Query, parsed_query
from nanobot_indexer.search.ranking import (
    IDENTIFIER_BONUS,
    LITERAL_BONUS,
    SYMBOL_BONUS,
    WORD_BONUS,
    Hit,
    best_hits,
    path_factor,
    rarity,
    text_scores,
)
from nanobot_indexer.search.symbol import SymbolTable
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.format import LANGUAGES, Section
from nanobot_indexer.volume.segment_reader import Segment

# Groups per volume that are looked at one by one, after the arrays.
POOL_SIZE: Final = 300
CONTEXT_LINES: Final = 3

_BLOCK_BITS: Final = 9
_BLOCKS_PER_SPAN_BITS: Final = 20
# More would scan long for something nobody types.
LITERAL_SIZE_BYTES_MAX: Final = 1024


@dataclass(slots=True)
class _Groups:
    """The groups of one volume in which something was found."""

    keys: npt.NDArray[np.int64]
    """Definition, or beyond all definitions a span and a block in it. Shape `(group,)`."""
    positions: npt.NDArray[np.int64]
    """Of the first occurrence in the text of the volume. Shape `(group,)`."""
    frequencies: npt.NDArray[np.float64]
    """Shape `(group, token)`."""
    has_literal: npt.NDArray[np.bool_]
    """Shape `(group,)`."""
    containing: npt.NDArray[np.int64]
    """How many groups have each token, estimated for very frequent ones. Shape `(token,)`."""
    symbol_scores: dict[int, float]
    """Added to the score of a definition that is named like the query."""
    word_factors: dict[int, float]
    """Multiplies the score of a definition that is named like a plain word of the query:
    `mail` alone is no answer to "send mail over smtp"."""
    scores: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


class Searcher:
    """Searches a fixed list of volumes. Safe to share between threads."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._symbols: list[SymbolTable | None] = [None] * len(segments)
        self._group_count = sum(
            segment.definition_count + segment.file_count for segment in segments
        )
        text_bytes = sum(len(segment.array(Section.TEXT)) for segment in segments)
        self._mean_length = text_bytes / max(1, self._group_count)

    def search(
        self, query_text: str, *, limit: int, language: Language | None, path_glob: str | None
    ) -> list[Hit]:
        """Return the best hits, best first. See `Index.search`."""
        query = parsed_query(query_text)
        spec = _parsed_glob(path_glob)
        if limit <= 0:
            return []
        found = []
        for number, segment in enumerate(self._segments):
            segment.check_text()
            found.append(self._groups(number, segment, query, _Filter(segment, language, spec)))
        containing = sum((groups.containing for groups in found), np.zeros(len(query.tokens)))
        rarities = np.array([rarity(self._group_count, int(count)) for count in containing])
        hits: list[Hit] = []
        for segment, groups in zip(self._segments, found, strict=True):
            self._score(segment, groups, query, rarities)
            hits.extend(_hits(segment, groups, query))
        return best_hits(hits, limit)

    def _groups(self, number: int, segment: Segment, query: Query, wanted: "_Filter") -> _Groups:
        token_count = len(query.tokens)
        literal = query.literal[:LITERAL_SIZE_BYTES_MAX]
        offsets = occurrences(segment, query.tokens, is_folded=True)
        offsets += occurrences(segment, [literal], is_folded=query.is_folded)
        spans = segment.array(Section.SPANS)
        per_token = []
        for token, positions in zip((*query.tokens, literal), offsets, strict=True):
            keys, files = _keys(spans, segment.definition_count, positions)
            kept = wanted.keeps(files)
            weight = weights(segment, positions, len(token))[kept]
            per_token.append((keys[kept], positions[kept], weight))
        all_keys = np.concatenate([keys for keys, _, _ in per_token])
        all_positions = np.concatenate([positions for _, positions, _ in per_token])
        keys, firsts = np.unique(all_keys, return_index=True)
        frequencies = np.zeros((len(keys), token_count))
        containing = np.zeros(token_count, dtype=np.int64)
        for column, (token_keys, _, weight) in enumerate(per_token[:token_count]):
            rows = np.searchsorted(keys, token_keys)
            frequencies[:, column] = np.bincount(rows, weights=weight, minlength=len(keys))
            containing[column] = _estimated_count(segment, offsets[column], token_keys)
        has_literal = np.isin(keys, per_token[-1][0])
        symbols, words = self._symbol_scores(number, segment, query)
        return _Groups(
            keys,
            all_positions[firsts],
            frequencies,
            has_literal,
            containing,
            wanted.kept_definitions(symbols),
            words,
        )

    def _symbol_scores(
        self, number: int, segment: Segment, query: Query
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return what names add to the scores of definitions, and what they multiply them by."""
        table = self._symbols[number]
        if table is None:
            # Two threads may both build it; either result will do.
            table = self._symbols[number] = SymbolTable(segment)
        added = {index: SYMBOL_BONUS * one for index, one in table.matches(query).items()}
        factors: dict[int, float] = {}
        for word in query.words if len(query.words) > 1 else ():
            if word.encode("utf-8", "replace").lower() not in query.tokens:
                continue
            # An identifier in prose is meant; a plain word is only a hint.
            is_identifier = not word.islower() or "_" in word
            for index, one in table.word_matches(word).items():
                if is_identifier:
                    added[index] = added.get(index, 0.0) + IDENTIFIER_BONUS * one
                else:
                    factors[index] = factors.get(index, 1.0) + WORD_BONUS * one
        return added, factors

    def _score(
        self,
        segment: Segment,
        groups: _Groups,
        query: Query,
        rarities: npt.NDArray[np.float64],
    ) -> None:
        lengths = np.full(len(groups.keys), float(1 << _BLOCK_BITS))
        is_definition = groups.keys < segment.definition_count
        definitions = segment.array(Section.DEFINITIONS)[groups.keys[is_definition]]
        lengths[is_definition] = definitions["end_byte"] - definitions["start_byte"]
        scores = text_scores(groups.frequencies, lengths, rarities, self._mean_length)
        # A single plain token is its own literal and has been counted.
        if query.tokens != (query.literal,):
            scores = scores + LITERAL_BONUS * groups.has_literal
        for index, factor in groups.word_factors.items():
            row = int(np.searchsorted(groups.keys, index))
            if row < len(groups.keys) and groups.keys[row] == index:
                scores[row] *= factor
        groups.scores = scores


class _Filter:
    """Which files of one volume the caller wants."""

    def __init__(
        self, segment: Segment, language: Language | None, spec: GitIgnoreSpec | None
    ) -> None:
        self._segment = segment
        self._code = None if language is None else LANGUAGES.index(language)
        self._spec = spec

    def kept_definitions(self, scores: dict[int, float]) -> dict[int, float]:
        """Return the definitions that lie in wanted files."""
        indices = np.array(list(scores), dtype=np.int64)
        files = np.searchsorted(self._segment.definition_starts(), indices, side="right") - 1
        return {index: scores[index] for index in indices[self.keeps(files)].tolist()}

    def keeps(self, files: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return which of these are wanted. Shape as `files`."""
        kept = np.ones(len(files), dtype=np.bool_)
        if self._code is not None:
            kept &= self._segment.array(Section.FILES)["language"][files] == self._code
        if self._spec is not None:
            unique, inverse = np.unique(files, return_inverse=True)
            matches = [
                self._spec.match_file(self._segment.path_of(file)) for file in unique.tolist()
            ]
            kept &= np.array(matches, dtype=np.bool_)[inverse]
        return kept


def _keys(
    spans: npt.NDArray[np.void], definition_count: int, positions: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the group and the file of each position."""
    if not len(spans):
        return positions, positions
    span = np.searchsorted(spans["start"], positions, side="right") - 1
    inside = positions - spans["start"][span]
    outside_key = definition_count + (span << _BLOCKS_PER_SPAN_BITS) + (inside >> _BLOCK_BITS)
    definition = spans["definition"][span].astype(np.int64)
    keys = np.where(definition >= 0, definition, outside_key)
    return keys, spans["file"][span].astype(np.int64)


def _estimated_count(
    segment: Segment, offsets: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]
) -> int:
    count = len(np.unique(keys))
    if len(offsets) >= OCCURRENCES_MAX:
        # The scan stopped early; assume that the rest is like the beginning.
        seen = (int(offsets[-1]) + 1) / len(segment.array(Section.TEXT))
        return int(count / seen)
    return count


def _hits(segment: Segment, groups: _Groups, query: Query) -> list[Hit]:
    """Return the most promising groups of one volume as hits."""
    scores = groups.scores.copy()
    row_by_key = dict(zip(groups.keys.tolist(), range(len(groups.keys)), strict=True))
    hits = []
    for index, bonus in groups.symbol_scores.items():
        row = row_by_key.get(index)
        text_score = 0.0 if row is None else float(scores[row])
        if row is not None:
            scores[row] = -1.0  # Not twice.
        hits.append((bonus + text_score, index, 0))
    hits.sort(reverse=True)
    hits = hits[:POOL_SIZE]
    best = np.argsort(-scores, kind="stable")[:POOL_SIZE]
    hits += [
        (float(scores[row]), int(groups.keys[row]), int(groups.positions[row]))
        for row in best.tolist()
        if scores[row] > 0
    ]
    return [_hit(segment, key, position, score, query) for score, key, position in hits]


def _hit(segment: Segment, key: int, position: int, score: float, query: Query) -> Hit:
    if key < segment.definition_count:
        _, definition = segment.definition(key)
        factor = path_factor(definition.path, query)
        return Hit(
            definition.path,
            definition.start_line,
            definition.end_line,
            score * factor,
            definition.kind.value,
            definition.qualified_name,
        )
    text_starts = segment.text_starts()
    file = int(np.searchsorted(text_starts, position, side="right")) - 1
    path = segment.path_of(file)
    line_starts = segment.line_starts(file)
    line = int(np.searchsorted(line_starts, position - int(text_starts[file]), side="right"))
    return Hit(
        path,
        max(1, line - CONTEXT_LINES),
        min(len(line_starts), line + CONTEXT_LINES),
        score * path_factor(path, query),
        "text",
        "",
    )


def _parsed_glob(path_glob: str | None) -> GitIgnoreSpec | None:
    if path_glob is None:
        return None
    try:
        spec = GitIgnoreSpec.from_lines([path_glob])
    except (GitIgnorePatternError, re.error) as error:
        raise GlobInvalidError(path_glob, str(error)) from error
    if not any(pattern.include is not None for pattern in spec.patterns):
        raise GlobInvalidError(path_glob, "matches nothing")
    return spec
