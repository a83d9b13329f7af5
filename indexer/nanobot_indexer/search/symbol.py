"""Which definitions are named like the query.

exact > another case > prefix > all parts > inside.
"""

import re
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.search.query import Query, identifier_parts
from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment_reader import Segment

EXACT: Final = 1.0
OTHER_CASE: Final = 0.8
PREFIX: Final = 0.7
ALL_PARTS: Final = 0.6
INSIDE: Final = 0.3

_SUBSTRING_SIZE_MIN: Final = 3
_MATCHES_MAX: Final = 5_000
# `run` of the wrong class is a worse answer than `Runner.run` of the right one.
_WRONG_SCOPE: Final = 0.6


class SymbolTable:
    """The names of the definitions of one volume, folded once for all queries."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._names = segment.array(Section.SYMBOLS).tobytes()
        self._folded = self._names.lower()
        definitions = segment.array(Section.DEFINITIONS)
        self._offsets = definitions["symbol_offset"].astype(np.int64)
        self._sizes = definitions["symbol_size"].astype(np.int64)

    def matches(self, query: Query) -> dict[int, float]:
        """Return the score in (0, 1] of each definition whose name matches the whole query."""
        if query.qualified:
            return self._qualified_matches(query)
        is_one_word = len(query.words) == 1
        found = self._name_matches(query.words[0]) if is_one_word else {}
        parts = [part.lower() for word in query.words for part in identifier_parts(word)]
        if len(parts) > 1:
            for index, score in self._part_matches(parts).items():
                found[index] = max(found.get(index, 0.0), score)
        return found

    def word_matches(self, word: str) -> dict[int, float]:
        """Return the definitions that one word of a longer query names in full."""
        return {
            index: score for index, score in self._name_matches(word).items() if score >= OTHER_CASE
        }

    def _qualified_matches(self, query: Query) -> dict[int, float]:
        *_, name = query.qualified
        wanted = ".".join(query.qualified).lower()
        scores: dict[int, float] = {}
        for index, score in self._name_matches(name).items():
            _, definition = self._segment.definition(index)
            qualified = f".{definition.qualified_name}".lower()
            is_in_scope = qualified.endswith(f".{wanted}")
            scores[index] = score if is_in_scope else score * _WRONG_SCOPE
        return scores

    def _name_matches(self, word: str) -> dict[int, float]:
        exact = word.encode("utf-8", "replace")
        folded = exact.lower()
        if len(folded) < _SUBSTRING_SIZE_MIN:
            # Nearly every name holds it; only whole names are worth a match.
            pattern = rb"^" + re.escape(folded) + rb"$"
        else:
            pattern = re.escape(folded)
        scores: dict[int, float] = {}
        for index, offset in self._found(pattern):
            start, size = int(self._offsets[index]), int(self._sizes[index])
            if size == len(folded):
                is_exact = self._names[start : start + size] == exact
                score = EXACT if is_exact else OTHER_CASE
            else:
                share = len(folded) / size
                score = (PREFIX if offset == start else INSIDE) * (0.5 + 0.5 * share)
            scores[index] = max(scores.get(index, 0.0), score)
        return scores

    def _part_matches(self, parts: list[str]) -> dict[int, float]:
        common: npt.NDArray[np.int64] | None = None
        for part in dict.fromkeys(parts):
            needle = re.escape(part.encode("utf-8", "replace"))
            found = np.unique([index for index, _ in self._found(needle)]).astype(np.int64)
            common = found if common is None else np.intersect1d(common, found)
            if not common.size:
                return {}
        assert common is not None
        size = sum(len(part) for part in parts)
        shares = np.minimum(1.0, size / np.maximum(1, self._sizes[common]))
        scores = ALL_PARTS * (0.5 + 0.5 * shares)
        return dict(zip(common.tolist(), scores.tolist(), strict=True))

    def _found(self, pattern: bytes) -> list[tuple[int, int]]:
        """Return (definition, offset of the match in the symbols), by offset."""
        offsets = []
        for match in re.finditer(pattern, self._folded, re.MULTILINE):
            offsets.append(match.start())
            if len(offsets) >= _MATCHES_MAX:
                break
        indices = np.searchsorted(self._offsets, offsets, side="right") - 1
        return list(zip(indices.tolist(), offsets, strict=True))
