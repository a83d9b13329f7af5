"""The current generation of an index, followed from one to the next while it is used.

Segments that are in both are not opened twice: what was unpacked and checked stays
so. A generation is loaded and checked before it takes the place of the one before, so
searches are as fast right after a publish as before it. Nothing is closed here: a map
goes with the last snapshot that uses it.
"""

import gc
import threading
import weakref
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nanobot_indexer.errors import IndexMissingError, IndexUnreadableError, VolumeError
from nanobot_indexer.index import Index, opened_generation, opened_segment
from nanobot_indexer.volume.folder import MANIFEST_NAME, index_folder
from nanobot_indexer.volume.generation import read_memo, read_skipped
from nanobot_indexer.volume.manifest import Manifest, SegmentRecord
from nanobot_indexer.volume.segment import Segment

if TYPE_CHECKING:
    from nanobot_indexer.volume.segment_source import SegmentSource

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
        self._opening = threading.Lock()
        """Held while one is opened. Who only wants what is open does not wait for it."""
        self._index: Index | None = None
        self._identity: _Identity | None = None
        """Of the manifest that `_index` was opened from, or of an older one."""
        self._damaged: _Identity | None = None
        """Of a manifest that was not taken over."""
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
        index = self._index
        if index is None:
            with self._opening:
                index = self._index
                if index is None:
                    self._identity, index = self._opened()
                    self._index = index
        return index

    @property
    def is_outdated(self) -> bool:
        """Another generation than the open one was published, and can be tried."""
        if self._index is None:
            return True
        return self._found_identity() not in (None, self._identity, self._damaged)

    def follow(self) -> bool:
        """Take over what was published since; tell whether something was.

        A generation that is open is used on when the one after it can not be opened.

        Raises:
            IndexMissingError: None is open, and there is none.
            IndexUnreadableError: None is open, and there are no descriptors left.
            VolumeError: None is open, and the one that is there is damaged.
        """
        try:
            return self.advance()
        except (IndexMissingError, IndexUnreadableError, VolumeError):
            if self._index is None:
                raise
            return False

    def advance(self) -> bool:
        """Take over what was published since, or say why not; tell whether something was.

        Raises:
            IndexMissingError: There is none.
            IndexUnreadableError: There are no descriptors left. What is open is used on.
            VolumeError: The newest one is damaged. What is open is used on.
        """
        with self._opening:
            found = self._found_identity()
            if self._index is not None and found == self._identity:
                return False
            try:
                identity, index = self._opened()
                if self._index is not None:
                    # The one that is open answers meanwhile. Without one somebody waits.
                    index.prepare()
            except VolumeError:
                self._damaged = found
                raise
            self._let_go(index)
            self._identity, self._index = identity, index
            return True

    def forget(self) -> None:
        """Use nothing of what is open for the next one."""
        with self._opening:
            self._index = self._identity = self._damaged = None

    def _found_identity(self) -> _Identity | None:
        try:
            status = (self._folder / MANIFEST_NAME).stat(follow_symlinks=False)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _opened(self) -> tuple[_Identity | None, Index]:
        # Taken first: a manifest that comes in between is opened once more.
        identity = self._found_identity()
        return identity, opened_generation(self._folder, self._opened_from)

    def _opened_from(self, manifest: Manifest) -> Index:
        known = self._known_segments()
        segments: list[Segment] = []
        with ExitStack() as opened:
            for record in manifest.segments:
                segment = _same_segment(known.get(record.number), record)
                if segment is None:
                    segment = opened_segment(self._folder, record)
                    opened.callback(segment.close)
                segments.append(segment)
            skipped = read_skipped(self._folder, manifest)
            memo = read_memo(self._folder, manifest)
            opened.pop_all()
        return Index(self._folder, manifest, segments, skipped=skipped, memo=memo, is_owner=False)

    def _let_go(self, following: Index) -> None:
        """Make sure that what no snapshot uses any more does not pile up."""
        if self._index is not None:
            used = {segment.source for segment in following.segments}
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
