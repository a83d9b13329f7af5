"""Which definition of a chunk answers a question.

A chunk may hold several short definitions, and which of them is meant is a guess: it
shows in measurements: one right chunk in six lost its function when hits were cut down
to the best definition. So a chunk stays whole unless the question is a name, and a
definition has some of it in its own, or one definition holds all others. Otherwise the
guess only names the hit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.search.chunk_table import (
    END,
    NAME_SIZE,
    NAME_START,
    START,
    ChunkTable,
)
from nanobot_indexer.search.question import Question
from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.volume.format import KINDS

NAME_FACTOR: Final = 0.5
"""What a word in the name of a definition adds to one in its text."""
NAME_CERTAINTY_MIN: Final = 0.5
"""A symbol of a question that is at least as certain is what the question asks for."""
_DEFINITIONS_MAX: Final = 64
# More than all words of a question together.
_NAMED: Final = 1e6
_NEEDLES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class ChosenDefinition:
    """The definition that a hit is named after."""

    index: int
    """In the segment."""
    is_hit: bool
    """The hit is this definition, not the chunk."""


class DefinitionChooser:
    """Chooses for one question.

    Args:
        question: What is looked for.
        rarities: Of its groups. Shape `(group,)`.
        kinds: Only definitions of these kinds are chosen, and are hits themselves.
    """

    def __init__(
        self,
        question: Question,
        rarities: NDArray[np.float64],
        kinds: Collection[DefinitionKind] | None,
    ) -> None:
        order = np.argsort(-rarities, kind="stable")[:_NEEDLES_MAX].tolist()
        self._needles = [
            (question.words[group].encode("utf-8", "replace"), float(rarities[group]))
            for group in order
            if rarities[group] > 0
        ]
        self._is_name = any(one.certainty >= NAME_CERTAINTY_MIN for one in question.symbols)
        self._codes = None if kinds is None else [KINDS.index(kind) for kind in kinds]

    def chosen(self, table: ChunkTable, chunk: int) -> ChosenDefinition | None:
        """Return the definition to name a chunk after; None when it is in none."""
        found = table.definitions_in(chunk)
        if self._codes is not None:
            found = found[table.are_of_kinds(found, self._codes)]
        own = found[:_DEFINITIONS_MAX].tolist()
        if not own:
            around = table.definition_around(chunk)
            return None if around is None else ChosenDefinition(around, is_hit=False)
        rows = table.rows_of(own)
        start, end = table.byte_range(chunk)
        first, last = rows[0][START], rows[0][END]
        # The outermost one comes first, when there is one.
        is_first_all = start <= first and last <= end and all(row[END] <= last for row in rows)
        if len(own) == 1 or (is_first_all and self._codes is None and not self._is_name):
            return ChosenDefinition(own[0], is_hit=is_first_all or self._codes is not None)
        text = table.text_of(chunk).lower()
        needles = [needle for needle in self._needles if needle[0] in text]
        worths = [self._worth(text, needles, row, start) for row in rows] if needles else [0.0]
        best = max(worths)
        if best <= 0:
            index = own[0] if is_first_all or self._codes is not None else None
            index = table.definition_around(chunk) if index is None else index
            return None if index is None else ChosenDefinition(index, is_hit=index == own[0])
        # Of equal ones the smallest, then the first.
        place = min(
            (place for place, worth in enumerate(worths) if worth == best),
            key=lambda place: rows[place][END] - rows[place][START],
        )
        is_named = self._is_name and best >= _NAMED
        return ChosenDefinition(own[place], is_hit=is_named or self._codes is not None)

    def _worth(
        self, text: bytes, needles: Sequence["_Needle"], row: tuple[Any, ...], start: int
    ) -> float:
        """Return how much of the question a definition has. `start` is that of the text."""
        own, end = max(0, row[START] - start), row[END] - start
        name, name_end = row[NAME_START] - start, row[NAME_START] - start + row[NAME_SIZE]
        covered = named = 0.0
        for needle, weight in needles:
            # The name is a part of the whole.
            if text.find(needle, own, end) >= 0:
                covered += weight
                if text.find(needle, name, name_end) >= 0:
                    named += weight
        return _NAMED + named if self._is_name and named > 0 else NAME_FACTOR * named + covered


_Needle = tuple[bytes, float]
