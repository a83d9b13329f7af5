"""The current generation of an index, followed from one to the next while it is used.

Segments that are in both are not opened twice: what was unpacked and checked stays
so, and searches are as fast right after a publish as before it. Nothing is closed
here: a map goes with the last snapshot that uses it.
"""

import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Final

from nanobot_indexer.errors import IndexMissingError, VolumeCorruptError, VolumeError
from nanobot_indexer.index import Index, opened_segment
from nanobot_indexer.volume.folder import MANIFEST_NAME, index_folder
from nanobot_indexer.volume.generation import read_memo, read_skipped
from nanobot_indexer.volume.manifest import Manifest, SegmentRecord, read_manifest
from nanobot_indexer.volume.segment import Segment, SegmentSource

# A writer may publish between reading the manifest and opening what it names.
_OPEN_ATTEMPTS: Final = 10

# Each has two descriptors.
_UNUSED_SEGMENTS_MAX: Final = 32

_Identity = tuple[int, int, int]


class LiveGeneration:
    """Safe to share between threads.

    Args:
        root: The workspace.
    """

    def __init__(self, root: Path) -> None:
        self._folder = index_folder(root)
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._identity: _Identity | None = None
        """Of the manifest that `_index` was opened from."""
        self._unused: list[weakref.ref[SegmentSource]] = []

    @property
    def manifest(self) -> Manifest | None:
        """What the generation is made of that was opened last; None before."""
        index = self._index
        return None if index is None else index.manifest

    def index(self) -> Index:
        """Return the generation that was opened last; the caller does not close it.

        Raises:
            IndexMissingError: There is none.
            VolumeError: It is damaged.
        """
        with self._lock:
            if self._index is None:
                self._identity, self._index = self._opened()
            return self._index

    def follow(self) -> bool:
        """Open what was published since; tell whether something was.

        A generation that is open is used on when the one after it can not be opened.

        Raises:
            IndexMissingError: None is open, and there is none.
            VolumeError: None is open, and the one that is there is damaged.
        """
        with self._lock:
            if self._index is not None and self._identity == self._found_identity():
                return False
            try:
                self._identity, self._index = self._opened()
            except (IndexMissingError, VolumeError):
                if self._index is None:
                    raise
                return False
            return True

    def forget(self) -> None:
        """Use nothing of what is open for the next one."""
        with self._lock:
            self._index = self._identity = None

    def _found_identity(self) -> _Identity | None:
        try:
            status = (self._folder / MANIFEST_NAME).stat(follow_symlinks=False)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _opened(self) -> tuple[_Identity | None, Index]:
        error: FileNotFoundError | VolumeError | None = None
        for _ in range(_OPEN_ATTEMPTS):
            # Taken first: a manifest that comes in between is opened once more.
            identity = self._found_identity()
            manifest = read_manifest(self._folder)
            try:
                return identity, self._opened_from(manifest)
            except (FileNotFoundError, VolumeError) as failure:
                error = failure
                if read_manifest(self._folder).generation == manifest.generation:
                    break
        if isinstance(error, VolumeError):
            raise error
        raise VolumeCorruptError(self._folder / MANIFEST_NAME, "names files that are missing")

    def _opened_from(self, manifest: Manifest) -> Index:
        known = self._known_segments()
        segments: list[Segment] = []
        opened: list[Segment] = []
        try:
            for record in manifest.segments:
                segment = _same_segment(known.get(record.number), record)
                if segment is None:
                    segment = opened_segment(self._folder, record)
                    opened.append(segment)
                segments.append(segment)
            skipped = read_skipped(self._folder, manifest)
            memo = read_memo(self._folder, manifest)
        except (FileNotFoundError, VolumeError):
            for segment in opened:
                segment.close()
            raise
        self._let_go({segment.source for segment in segments})
        return Index(self._folder, manifest, segments, skipped=skipped, memo=memo, is_owner=False)

    def _let_go(self, used: set[SegmentSource]) -> None:
        """Make sure that what no snapshot uses any more does not pile up."""
        if self._index is not None:
            before = {segment.source for segment in self._index.segments}
            self._unused += [weakref.ref(source) for source in before - used]
        self._unused = [source for source in self._unused if source() is not None]
        if len(self._unused) > _UNUSED_SEGMENTS_MAX:
            # Segments and their checks refer to each other, so they are not freed at once.
            gc.collect()

    def _known_segments(self) -> dict[int, tuple[SegmentRecord, Segment]]:
        if self._index is None:
            return {}
        pairs = zip(self._index.manifest.segments, self._index.segments, strict=True)
        return {record.number: (record, segment) for record, segment in pairs}


def _same_segment(
    known: tuple[SegmentRecord, Segment] | None, record: SegmentRecord
) -> Segment | None:
    """Return a known segment with the files alive that a record says, or None."""
    if known is None:
        return None
    before, segment = known
    if before == record:
        return segment
    dead = record.dead_files()
    # Its seals are compared too: equal ones are of equal bytes.
    if dead is None or _without_dead(before) != _without_dead(record):
        return None
    return segment.with_dead(dead)


def _without_dead(record: SegmentRecord) -> SegmentRecord:
    return replace(record, dead="", dead_text_bytes=0, dead_definition_count=0)
