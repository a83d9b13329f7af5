"""An open index: one generation, mapped read-only.

Any process can open it; no server is needed. An open index keeps the generation
it found, even when a newer one is published and the files of the old one are
deleted. Opening costs the same for every size: what is used is checked when it is
first used.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

from nanobot_indexer.errors import (
    FileNotIndexedError,
    IndexClosedError,
    IndexerError,
    IndexUnreadableError,
    VolumeCorruptError,
    VolumeError,
)
from nanobot_indexer.syntax.definition import Definition
from nanobot_indexer.volume.file_list import FileList
from nanobot_indexer.volume.folder import MANIFEST_NAME, index_folder, skipped_name
from nanobot_indexer.volume.format import Revision, Section
from nanobot_indexer.volume.generation import decoded_skipped, read_memo, read_skipped
from nanobot_indexer.volume.manifest import Manifest, SegmentRecord, read_manifest
from nanobot_indexer.volume.segment import FileEntry, ImportEntry, Segment
from nanobot_indexer.volume.segment_source import FileSource
from nanobot_indexer.workspace.skip import Skipped

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from nanobot_indexer.search.hit import Hit
    from nanobot_indexer.search.live_files import LiveFiles
    from nanobot_indexer.search.similar import SimilarIndex
    from nanobot_indexer.search.symbol_index import SymbolIndex
    from nanobot_indexer.search.text_search import Searcher, SearchFilter

# A writer may publish between reading the manifest and opening what it names.
_OPEN_ATTEMPTS: Final = 10

_Opened = TypeVar("_Opened")


def open_index(root: Path) -> "Index":
    """Open the current generation of the index of a workspace.

    Args:
        root: The workspace. Nothing in it is read but the index.

    Returns:
        An index that the caller closes, best with `with`.

    Raises:
        IndexMissingError: Nothing was ingested yet.
        IndexUnreadableError: The process is out of descriptors or memory: try again.
        VolumeCorruptError: The index is damaged: ingest again.
        VolumeVersionError: Another version wrote the index: ingest again.
    """
    folder = index_folder(root)
    return opened_generation(folder, lambda manifest: Index.opened(folder, manifest))


def opened_generation(folder: Path, opened: Callable[[Manifest], _Opened]) -> _Opened:
    """Open the current generation, also while a writer replaces it by the next one.

    Args:
        folder: Of the index.
        opened: Opens what a manifest names. Called again when another one was
            published before it was done.

    Raises:
        IndexMissingError: Nothing was ingested yet.
        IndexUnreadableError: The process is out of descriptors or memory: try again.
        VolumeError: The generation is damaged.
    """
    failure: FileNotFoundError | VolumeError | None = None
    for _ in range(_OPEN_ATTEMPTS):
        manifest = read_manifest(folder)
        try:
            return opened(manifest)
        except (FileNotFoundError, VolumeError) as error:
            failure = error
            # What was just being replaced is not damaged.
            if read_manifest(folder).generation == manifest.generation:
                break
    else:
        raise IndexUnreadableError(folder, f"was replaced {_OPEN_ATTEMPTS} times meanwhile")
    if isinstance(failure, VolumeError):
        raise failure
    raise VolumeCorruptError(folder / MANIFEST_NAME, "names files that are missing")


def opened_segment(folder: Path, record: SegmentRecord) -> Segment:
    """Open one segment of a generation.

    Raises:
        FileNotFoundError: A newer generation replaced it.
        VolumeError: It is damaged.
    """
    source = FileSource(
        folder / record.volume_name, record.volume, folder / record.tables_name, record.tables
    )
    return Segment(
        source,
        revision=Revision(record.revision),
        text_bytes=record.text_bytes,
        dead=record.dead_files(),
    )


def _live_files(segments: Sequence[Segment]) -> "LiveFiles":
    # Imported when it is used: see the searches below.
    from nanobot_indexer.search.live_files import LiveFiles  # noqa: PLC0415

    return LiveFiles(segments)


class Index:
    """One generation of the index of a workspace. Use it in a `with` block.

    Safe to share between threads until it is closed.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        segments: Sequence[Segment],
        *,
        skipped: bytes,
        memo: bytes,
        is_owner: bool = True,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._segments = segments
        self._skipped_content = skipped
        self._memo = memo
        self._files = FileList(segments)
        self._is_closed = False
        self._is_owner = is_owner
        # Shared with the searcher, which needs them for filters only. Not a method: who has
        # that has the index, which has the searcher, and the maps would stay until the
        # garbage collector comes.
        self._live = cache(lambda: _live_files(segments))

    @classmethod
    def opened(cls, folder: Path, manifest: Manifest) -> Self:
        """Open what a manifest names.

        Raises:
            FileNotFoundError: A newer generation replaced some of it.
            IndexUnreadableError: The process is out of descriptors or memory.
            VolumeError: Some of it is damaged.
        """
        segments: list[Segment] = []
        try:
            # All now: the next generation deletes files that are not open.
            segments.extend(opened_segment(folder, record) for record in manifest.segments)
            skipped, memo = read_skipped(folder, manifest), read_memo(folder, manifest)
        except (FileNotFoundError, IndexerError):
            for segment in segments:
                segment.close()
            raise
        return cls(folder, manifest, segments, skipped=skipped, memo=memo)

    def overlaid(self, overlays: Sequence[Segment], hidden: Iterable[str]) -> Self:
        """Return a view in which some files are others, or gone.

        Costs a lookup per file. The view is valid until this index is closed, and
        closing the view closes nothing.

        Args:
            overlays: Their living files stand in for those of the same path, or are new;
                no path is alive twice.
            hidden: Paths that are gone.
        """
        self._require_open()
        dead_by_segment: dict[int, npt.NDArray[np.bool_]] = {}
        paths = set(hidden)
        for overlay in overlays:
            alive = overlay.live_files.nonzero()[0].tolist()
            paths.update(overlay.path_of(file) for file in alive)
        for path in paths:
            position = self.live.position_of(path)
            if position is not None:
                number = int(self.live.segment_numbers[position])
                dead = dead_by_segment.get(number)
                if dead is None:
                    dead = dead_by_segment[number] = ~self._segments[number].live_files
                dead[int(self.live.file_numbers[position])] = True
        segments = [
            segment.with_dead(dead_by_segment[number]) if number in dead_by_segment else segment
            for number, segment in enumerate(self._segments)
        ]
        return type(self)(
            self._folder,
            self._manifest,
            [*segments, *overlays],
            skipped=self._skipped_content,
            memo=self._memo,
            is_owner=False,
        )

    @property
    def generation(self) -> int:
        """Counts up with every publish."""
        return self._manifest.generation

    @property
    def manifest(self) -> Manifest:
        """What the generation is made of."""
        return self._manifest

    @property
    def segments(self) -> Sequence[Segment]:
        """What searches work on."""
        self._require_open()
        return self._segments

    @property
    def memo(self) -> bytes:
        """What the walk before this generation saw."""
        return self._memo

    @property
    def files(self) -> FileList:
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
        segment, file = self._place(path)
        return segment.entry(file)

    def text(self, path: str) -> bytes:
        """Return the raw bytes of a file as they were ingested.

        Raises:
            FileNotIndexedError: There is no such path.
            VolumeCorruptError: The bytes are not those that were ingested.
        """
        segment, file = self._place(path)
        return segment.text(file)

    def definitions(self, path: str) -> list[Definition]:
        """Return the definitions of a file, by start, outer before inner.

        Raises:
            FileNotIndexedError: There is no such path.
        """
        segment, file = self._place(path)
        return segment.definitions(file)

    def imports(self, path: str) -> list[ImportEntry]:
        """Return what a file imports, in order.

        Raises:
            FileNotIndexedError: There is no such path.
        """
        segment, file = self._place(path)
        return list(segment.imports(file))

    def all_definitions(self) -> Iterator[Definition]:
        """Yield every definition, file by file, in path order."""
        self._require_open()
        for segment, file in self._files.places():
            yield from segment.definitions(file)

    def line_of(self, path: str, byte: int) -> int:
        r"""Return the 1-based line of a byte offset.

        Lines end at `\n`, `\r\n` and lone `\r`. An offset at or behind the end is on
        the last line, and everything in an empty file is on line 1.

        Raises:
            FileNotIndexedError: There is no such path.
        """
        segment, file = self._place(path)
        return segment.line_of(file, byte)

    @property
    def live(self) -> "LiveFiles":
        """The living files: what `grep`, `outline`, `references` and `open_handle` take."""
        self._require_open()
        return self._live()

    @property
    def searcher(self) -> "Searcher":
        """Ranked search over chunks."""
        self._require_open()
        return self._searcher

    @property
    def symbols(self) -> "SymbolIndex":
        """Search by the names of definitions."""
        self._require_open()
        return self._symbols

    @property
    def similarity(self) -> "SimilarIndex":
        """Similar chunks and near-duplicates."""
        self._require_open()
        return self._similarity

    # What searches need is imported when the first one is asked for: a front opens an
    # index at its start.

    @cached_property
    def _searcher(self) -> "Searcher":
        from nanobot_indexer.search.text_search import Searcher  # noqa: PLC0415 - see above.

        return Searcher(self._segments, self._live)

    @cached_property
    def _symbols(self) -> "SymbolIndex":
        from nanobot_indexer.search.symbol_index import SymbolIndex  # noqa: PLC0415 - see above.

        return SymbolIndex(self._live())

    @cached_property
    def _similarity(self) -> "SimilarIndex":
        from nanobot_indexer.search.similar import SimilarIndex  # noqa: PLC0415 - see above.

        return SimilarIndex(self._live())

    def search(
        self, query: str, *, limit: int, filters: "SearchFilter | None" = None
    ) -> list["Hit"]:
        """Return the best chunks for names, words, a sentence or a message, best first.

        Args:
            query: What to look for.
            limit: Upper bound on hits.
            filters: What hits may be; None lets everything pass.

        Raises:
            QueryEmptyError: There is nothing in the query to look for.
            GlobInvalidError: The path filter is no pattern.
            VolumeCorruptError: The index is damaged.
        """
        self._require_open()
        return self.searcher.search(query, limit=limit, filters=filters)

    def prepare(self) -> None:
        """Load and check what searches need, so that the first one does not have to.

        Raises:
            VolumeCorruptError: The index is damaged.
        """
        self.searcher.prepare()
        self.symbols.prepare()
        for segment in self.segments:
            # Read and checked as a whole when a byte of it is first used.
            segment.text_buffer()

    def verify(self) -> None:
        """Check every byte that was not used yet.

        Raises:
            VolumeCorruptError: Something is damaged.
        """
        self._require_open()
        for segment in self._segments:
            segment.text_buffer()
            for section in Section:
                segment.array(section)
            for file in range(segment.file_count):
                segment.entry(file)
                segment.definitions(file)
                list(segment.imports(file))
        _ = self.skipped

    def close(self) -> None:
        """Give the maps back. Does nothing the second time."""
        self._is_closed = True
        if self._is_owner:
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
