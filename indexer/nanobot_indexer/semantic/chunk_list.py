"""The chunks of an index as semantic search sees them: one row each, with its key.

Chunks whose definitions are not known yet are not embedded: they are about to be cut
anew. They have no vectors, so they are found by their words.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.index import Index
from nanobot_indexer.search.chunk_table import ChunkTable
from nanobot_indexer.search.handle import parse_handle
from nanobot_indexer.search.text_search import SearchFilter
from nanobot_indexer.semantic.passage import chunk_keys
from nanobot_indexer.volume.format import Section

_NOTHING: Final = np.empty(0, np.int64)


class ChunkList:
    """All chunks of one index, segment by segment; dead ones keep their number.

    Args:
        index: Open as long as this is used.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        segments = [segment for segment in index.segments if segment.has_syntax]
        self._tables = [ChunkTable.of(segment) for segment in segments]
        counts = [table.count for table in self._tables]
        self._firsts = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
        self._number_by_segment = {id(one): number for number, one in enumerate(segments)}
        keys = [
            table.segment.kept("semantic keys", partial(chunk_keys, table))
            for table in self._tables
        ]
        self.keys: Final = np.concatenate([np.empty(0, np.uint64), *keys])
        """Shape `(chunk,)`."""
        masks = [
            np.ones(segment.chunk_count, np.bool_)
            if segment.live_chunks is None
            else segment.live_chunks
            for segment in segments
        ]
        self.is_live: Final = np.concatenate([np.empty(0, np.bool_), *masks])
        """Shape `(chunk,)`."""

    def table_of(self, chunk: int) -> tuple[ChunkTable, int]:
        """Return the segment of a chunk, and its number there."""
        number = int(np.searchsorted(self._firsts, chunk, side="right")) - 1
        return self._tables[number], chunk - int(self._firsts[number])

    def path_of(self, chunk: int) -> bytes:
        """Return the path of the file of a chunk."""
        table, own = self.table_of(chunk)
        return table.path_bytes(int(table.files[own]))

    def chunk_of(self, handle: str) -> int | None:
        """Return the chunk that a hit of this index names, or None."""
        parsed = parse_handle(handle)
        position = self._index.live.position_of(parsed.path)
        if position is None or parsed.chunk_id is None:
            return None
        place = self._index.live.place_at(position)
        number = self._number_by_segment.get(id(place.segment))
        if number is None:
            return None
        first, end = place.segment.chunk_file_starts[place.file : place.file + 2].tolist()
        rows = place.segment.array(Section.CHUNKS)["start_line"][first:end]
        ids = place.segment.array(Section.CHUNK_IDS)[first:end]
        own = np.flatnonzero((rows == parsed.start_line) & (ids == np.uint64(parsed.chunk_id)))
        return int(self._firsts[number]) + first + int(own[0]) if len(own) else None

    def passing(self, filters: SearchFilter) -> NDArray[np.bool_]:
        """Return which living chunks are of files that pass. Kinds are not looked at."""
        if filters.path_glob is None and filters.languages is None:
            return self.is_live
        files = self._index.live
        places = files.selected(path_glob=filters.path_glob, languages=filters.languages)
        # A dead file has the position -1: it finds the last one, which no file has.
        is_selected = np.zeros(len(files) + 1, np.bool_)
        is_selected[places] = True
        return self.is_live & is_selected[self._positions()]

    def are_secondary(self) -> NDArray[np.bool_]:
        """Return which chunks are of tests and the like. Shape `(chunk,)`."""
        flags = np.append(self._index.live.is_secondary, np.False_)
        result: NDArray[np.bool_] = flags[self._positions()]
        return result

    def _positions(self) -> NDArray[np.int64]:
        """Return the place of the file of each chunk among all files, -1 for dead ones."""
        parts = [_NOTHING]
        for segment, positions in zip(
            self._index.live.segments, self._index.live.positions, strict=True
        ):
            number = self._number_by_segment.get(id(segment))
            if number is not None:
                parts.append(positions[self._tables[number].files])
        return np.concatenate(parts)


def best_first(
    chunks: ChunkList, values: NDArray[np.float32], candidates: NDArray[np.int64], limit: int
) -> Sequence[int]:
    """Return the candidates with the greatest values; of equal ones by path, then by place."""
    if len(candidates) > limit:
        last = np.partition(values[candidates], len(candidates) - limit)[len(candidates) - limit]
        candidates = candidates[values[candidates] >= last]
    keyed = [(-float(values[one]), chunks.path_of(one), one) for one in candidates.tolist()]
    return [chunk for _, _, chunk in sorted(keyed)[:limit]]
