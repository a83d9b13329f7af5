"""An open index: one generation, mapped read-only.

Any process can open it; no server is needed. An open index keeps the generation
it found, even when a newer one is published and the files of the old one are
deleted.
"""

import bisect
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, overload

import numpy as np

from nanobot_indexer.errors import (
    FileNotIndexedError,
    IndexClosedError,
    VolumeCorruptError,
    VolumeError,
)
from nanobot_indexer.search.ranking import Hit
from nanobot_indexer.search.searcher import Searcher
from nanobot_indexer.syntax.definition import Definition
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.folder import MANIFEST_NAME, index_folder, skipped_name
from nanobot_indexer.volume.generation import decoded_skipped, read_skipped
from nanobot_indexer.volume.manifest import Manifest, read_manifest
from nanobot_indexer.volume.segment_reader import FileEntry, Segment
from nanobot_indexer.workspace.skip import Skipped

# A writer may publish between reading the manifest and opening what it names.
_OPEN_ATTEMPTS: Final = 10


def open_index(root: Path) -> "Index":
    """Open the current generation of the index of a workspace.

    Costs a checksum over the tables, not over the text.

    Args:
        root: The workspace. Nothing in it is read but the index.

    Returns:
        An index that the caller closes, best with `with`.

    Raises:
        IndexMissingError: Nothing was ingested yet.
        VolumeCorruptError: The index is damaged: ingest again.
        VolumeVersionError: Another version wrote the index: ingest again.
    """
    folder = index_folder(root)
    for _ in range(_OPEN_ATTEMPTS):
        manifest = read_manifest(folder)
        try:
            return Index(folder, manifest)
        except FileNotFoundError:
            if read_manifest(folder).generation == manifest.generation:
                break
        except VolumeError:
            # A damaged index that was just being replaced is not damaged.
            if read_manifest(folder).generation == manifest.generation:
                raise
    raise VolumeCorruptError(folder / MANIFEST_NAME, "names files that are missing")


class Files(Sequence[FileEntry]):
    """All files of a generation, in path order. Entries are decoded when asked for."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._starts = [0]
        for segment in segments:
            self._starts.append(self._starts[-1] + segment.file_count)

    def place_of(self, index: int) -> tuple[Segment, int]:
        """Return the volume of a file and its index there."""
        number = bisect.bisect_right(self._starts, index) - 1
        return self._segments[number], index - self._starts[number]

    def find(self, path: str) -> tuple[Segment, int] | None:
        """Return the volume of a path and its index there, or None."""
        try:
            wanted = path.encode()
        except UnicodeEncodeError:
            return None
        index = bisect.bisect_left(range(len(self)), wanted, key=self._path_key)
        if index < len(self) and self._path_key(index) == wanted:
            return self.place_of(index)
        return None

    def _path_key(self, index: int) -> bytes:
        segment, inside = self.place_of(index)
        return segment.path_of(inside).encode()

    @overload
    def __getitem__(self, index: int) -> FileEntry: ...

    @overload
    def __getitem__(self, index: slice) -> list[FileEntry]: ...

    def __getitem__(self, index: int | slice) -> FileEntry | list[FileEntry]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        # `range` knows about negative indices and about the ends.
        segment, inside = self.place_of(range(len(self))[index])
        return segment.entry(inside)

    def __len__(self) -> int:
        return self._starts[-1]


class Index:
    """One generation of the index of a workspace. Use it in a `with` block.

    Safe to share between threads until it is closed.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._segments: list[Segment] = []
        self._is_closed = False
        try:
            for sealed in manifest.segments:
                segment = Segment(
                    folder / sealed.name,
                    generation=manifest.generation,
                    header_crc32=sealed.header_crc32,
                )
                self._segments.append(segment)
            # Read now: the next generation deletes it.
            self._skipped_content = read_skipped(folder, manifest)
        except (FileNotFoundError, VolumeError):
            self.close()
            raise
        self._files = Files(self._segments)
        self._searcher = Searcher(self._segments)

    @property
    def generation(self) -> int:
        """Counts up with every ingest that changed something."""
        return self._manifest.generation

    @property
    def manifest(self) -> Manifest:
        """What the generation is made of."""
        return self._manifest

    @property
    def files(self) -> Sequence[FileEntry]:
        """All files, in the order of their UTF-8 paths."""
        self._require_open()
        return self._files

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Every file that was left out, or kept without definitions, and why."""
        path = self._folder / skipped_name(self._manifest.generation)
        return decoded_skipped(self._skipped_content, path)

    def file(self, path: str) -> FileEntry:
        """Return what is known about a file.

        Raises:
            FileNotIndexedError: There is no such path.
        """
        segment, index = self._place(path)
        return segment.entry(index)

    def text(self, path: str) -> bytes:
        """Return the raw bytes of a file as they were ingested.

        Raises:
            FileNotIndexedError: There is no such path.
            VolumeCorruptError: The bytes are not those that were ingested.
        """
        segment, index = self._place(path)
        return segment.text(index)

    def definitions(self, path: str) -> list[Definition]:
        """Return the definitions of a file, by start, outer before inner.

        Raises:
            FileNotIndexedError: There is no such path.
        """
        segment, index = self._place(path)
        return segment.definitions(index)

    def all_definitions(self) -> Iterator[Definition]:
        """Yield every definition, file by file."""
        self._require_open()
        for segment in self._segments:
            for index in range(segment.file_count):
                yield from segment.definitions(index)

    def line_of(self, path: str, byte: int) -> int:
        r"""Return the 1-based line of a byte offset.

        Lines end at `\n`, `\r\n` and lone `\r`. An offset at or behind the end is on
        the last line, and everything in an empty file is on line 1.

        Raises:
            FileNotIndexedError: There is no such path.
        """
        segment, index = self._place(path)
        line = int(np.searchsorted(segment.line_starts(index), max(0, byte), side="right"))
        return max(1, line)

    def search(
        self,
        query: str,
        *,
        limit: int,
        language: Language | None = None,
        path_glob: str | None = None,
    ) -> list[Hit]:
        """Search names and text.

        Args:
            query: An identifier, words, or text to find as it stands. Capitals make the
                literal match case-sensitive. Case is folded for ASCII only.
            limit: Upper bound on hits.
            language: Only files of this language.
            path_glob: Only paths that match, written like a line of `.gitignore`.

        Returns:
            The best hits, best first. A hit inside of a definition is the innermost
            one; elsewhere it is the line with three lines around it.

        Raises:
            QueryEmptyError: The query is empty.
            GlobInvalidError: `path_glob` is no pattern.
            VolumeCorruptError: The text is damaged.
        """
        self._require_open()
        return self._searcher.search(query, limit=limit, language=language, path_glob=path_glob)

    def verify(self) -> None:
        """Check every byte that `open_index` left unchecked.

        Raises:
            VolumeCorruptError: The text or a name is damaged.
        """
        self._require_open()
        for segment in self._segments:
            segment.check_text()
            for index in range(segment.file_count):
                segment.text(index)
                segment.definitions(index)
        _ = self.skipped

    def close(self) -> None:
        """Give the maps back. Does nothing the second time."""
        self._is_closed = True
        for segment in self._segments:
            segment.close()

    def _place(self, path: str) -> tuple[Segment, int]:
        self._require_open()
        place = self._files.find(path)
        if place is None:
            raise FileNotIndexedError(path)
        return place

    def _require_open(self) -> None:
        if self._is_closed:
            raise IndexClosedError(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
