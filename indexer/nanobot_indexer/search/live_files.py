"""The live files of an index in one order: by path, whatever segment they are in.

Every list that a person or a model sees follows this order, so it does not
depend on how files are spread over segments. Built once per open index or view of
one; dead files are not in it.
"""

import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.errors import FileNotIndexedError
from nanobot_indexer.search.path_filter import PathFilter
from nanobot_indexer.search.secondary_path import is_secondary
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.file_list import files_in_order
from nanobot_indexer.volume.format import LANGUAGES, Section
from nanobot_indexer.volume.segment import Segment

# A front repeats a few filters; matching 10,000 paths costs more than a scan of their text.
_REMEMBERED_GLOBS: Final = 8


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file is."""

    segment: Segment
    file: int
    """Its index in the segment."""


class LiveFiles:
    """All live files, by UTF-8 path. Safe to share between threads.

    Args:
        segments: Of one generation. No path is alive in two of them.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments: Final = tuple(segments)
        keys = files_in_order(segments)
        self._paths = [path for path, _, _ in keys]
        self.segment_numbers: Final = np.array([one for _, one, _ in keys], dtype=np.int64)
        """Into `segments`. Shape `(live_file_count,)`."""
        self.file_numbers: Final = np.array([one for _, _, one in keys], dtype=np.int64)
        """Into the files of the segment. Shape `(live_file_count,)`."""
        self.positions: Final = self._positions()
        """Per segment, shape `(file_count,)`: the place in the order, -1 for a dead file."""
        self._matches_by_glob: dict[str, npt.NDArray[np.bool_]] = {}

    def _positions(self) -> tuple[npt.NDArray[np.int64], ...]:
        found = []
        for number, segment in enumerate(self.segments):
            own = np.flatnonzero(self.segment_numbers == number)
            places = np.full(segment.file_count, -1, dtype=np.int64)
            places[self.file_numbers[own]] = own
            found.append(places)
        return tuple(found)

    @cached_property
    def is_secondary(self) -> npt.NDArray[np.bool_]:
        """Which files are tests, examples or other people's. Shape `(live_file_count,)`."""
        return np.array([is_secondary(path) for path in self._paths], np.bool_)

    def __len__(self) -> int:
        return len(self._paths)

    def place_at(self, position: int) -> FilePlace:
        """Return the file at a place in the order."""
        segment = self.segments[int(self.segment_numbers[position])]
        return FilePlace(segment, int(self.file_numbers[position]))

    def position_of(self, path: str) -> int | None:
        """Return the place of a path in the order, or None when it is not in the index."""
        # A lone surrogate is in no path of an index.
        wanted = path.encode("utf-8", "replace")
        position = bisect.bisect_left(self._paths, wanted)
        is_there = position < len(self._paths) and self._paths[position] == wanted
        return position if is_there else None

    def place_of(self, path: str) -> FilePlace:
        """Return where a path is.

        Raises:
            FileNotIndexedError: It is not in the index.
        """
        position = self.position_of(path)
        if position is None:
            raise FileNotIndexedError(path)
        return self.place_at(position)

    def selected(
        self, *, path_glob: str | None, languages: Collection[Language] | None
    ) -> npt.NDArray[np.int64]:
        """Return the places of the files that pass both filters, ascending.

        Args:
            path_glob: Like a line of `.gitignore`; None lets everything pass.
            languages: None lets everything pass.

        Raises:
            GlobInvalidError: `path_glob` is no pattern.
        """
        kept = np.ones(len(self), dtype=np.bool_)
        if languages is not None:
            codes = np.array([LANGUAGES.index(one) for one in languages], dtype=np.int64)
            for number, segment in enumerate(self.segments):
                own = self.segment_numbers == number
                written = segment.array(Section.FILES)["language"][self.file_numbers[own]]
                kept[own] = np.isin(written, codes)
        if path_glob is not None:
            kept &= self._matches(path_glob)
        return np.flatnonzero(kept)

    def _matches(self, path_glob: str) -> npt.NDArray[np.bool_]:
        known = self._matches_by_glob.get(path_glob)
        if known is not None:
            return known
        chosen = PathFilter(path_glob)
        matches = [chosen.matches(path.decode("utf-8", "replace")) for path in self._paths]
        found = np.array(matches, dtype=np.bool_)
        if len(self._matches_by_glob) >= _REMEMBERED_GLOBS:
            self._matches_by_glob = {}
        self._matches_by_glob[path_glob] = found
        return found
