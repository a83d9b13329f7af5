"""The segments of the generation in the making.

Starts as those of the previous generation. Files die, segments are added,
replaced and dropped; nothing of it is seen before it is published.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.errors import VolumeCorruptError
from nanobot_indexer.index import Index, opened_segment
from nanobot_indexer.volume.file_list import files_in_order
from nanobot_indexer.volume.format import Revision, Section
from nanobot_indexer.volume.generation import GenerationWriter, with_dead
from nanobot_indexer.volume.manifest import Manifest, SegmentRecord
from nanobot_indexer.volume.segment import Segment
from nanobot_indexer.workspace.skip import Skipped

# A table of all files costs as much as some hundred searches.
_FINDS_WITHOUT_TABLE: Final = 256

Arrays = Mapping[Section, npt.NDArray[Any]]


class WorkingSet:
    """Owned by the writer, on one thread. Close it.

    Args:
        folder: Of the index.
        previous: What to start from; None to start from nothing. Its segments are
            used and not closed.
    """

    def __init__(self, folder: Path, previous: Index | None) -> None:
        self._folder = folder
        self._writer = GenerationWriter(folder)
        self._records: dict[int, SegmentRecord] = {}
        self._segments: dict[int, Segment] = {}
        self._own: dict[int, Segment] = {}
        self.is_changed = previous is None
        """Whether a publish would show something else than `previous`."""
        if previous is not None:
            for record, segment in zip(previous.manifest.segments, previous.segments, strict=True):
                self._records[record.number] = record
                self._segments[record.number] = segment
        self._initial = tuple(self._segments.items())
        self._killed: set[tuple[int, int]] = set()
        self._find_count = 0
        self._place_by_path: dict[bytes, tuple[int, int]] = {}

    @property
    def records(self) -> Sequence[SegmentRecord]:
        """The segments, oldest first."""
        return tuple(self._records.values())

    def segment(self, number: int) -> Segment:
        """Return an open segment, with the files alive that are so now.

        Raises:
            IndexUnreadableError: The process is out of descriptors or memory.
            VolumeError: What was written is damaged or was taken away.
        """
        record = self._records[number]
        segment = self._segments.get(number)
        if segment is None:
            try:
                segment = opened_segment(self._folder, record)
            except FileNotFoundError as error:
                # We hold the lock, so no newer generation replaced it.
                path = self._folder / record.volume_name
                raise VolumeCorruptError(path, "was removed while it was used") from error
            self._segments[number] = segment
            self._own[number] = segment
            return segment
        dead = record.dead_files()
        return segment if dead is None else segment.with_dead(dead)

    def find(self, path: str) -> tuple[int, int] | None:
        """Return the number of the segment and the index of a live file, or None.

        Only in what was there from the start: what was added since is not asked for.
        """
        place = self._initial_place(path.encode())
        if place is None or place in self._killed or place[0] not in self._records:
            return None
        return place

    def _initial_place(self, path: bytes) -> tuple[int, int] | None:
        """Return where a file was at the start: one by search, many by a table of all."""
        self._find_count += 1
        if self._find_count > _FINDS_WITHOUT_TABLE:
            if not self._place_by_path:
                segments = [segment for _, segment in self._initial]
                self._place_by_path = {
                    name: (self._initial[index][0], file)
                    for name, index, file in files_in_order(segments)
                }
            return self._place_by_path.get(path)
        for number, segment in self._initial:
            file = segment.find(path)
            if file is not None and segment.live_files[file]:
                return number, file
        return None

    def kill(self, files: Iterable[tuple[int, int]]) -> None:
        """Mark files as dead.

        Args:
            files: (number of the segment, index of the file).
        """
        files_by_number: dict[int, list[int]] = {}
        for number, file in files:
            files_by_number.setdefault(number, []).append(file)
        for number, dying in files_by_number.items():
            segment = self.segment(number)
            dead = ~segment.live_files
            dead[dying] = True
            self._killed.update((number, file) for file in dying)
            self.is_changed = True
            if dead.all():
                del self._records[number]
                continue
            rows = segment.array(Section.FILES)
            self._records[number] = with_dead(self._records[number], dead, rows)

    def add(self, text: bytes, arrays: Arrays, revision: Revision) -> None:
        """Write a new segment."""
        record = self._writer.add(text, arrays, revision)
        self._records[record.number] = record
        self.is_changed = True

    def replace_tables(self, number: int, arrays: Arrays, revision: Revision) -> None:
        """Write better tables of a segment."""
        self._records[number] = self._writer.add_tables(self._records[number], arrays, revision)
        self._release(number)
        self.is_changed = True

    def drop(self, number: int) -> None:
        """Leave a segment out, because its files are in others now."""
        del self._records[number]
        self._release(number)
        self.is_changed = True

    def publish(
        self,
        skipped: Sequence[Skipped],
        *,
        memo: bytes,
        syntax_version: int,
        options: Mapping[str, float],
    ) -> Manifest:
        """Make this the current generation.

        Raises:
            IndexWriteError: The disk refused.
        """
        manifest = self._writer.publish(
            self.records, skipped, memo=memo, syntax_version=syntax_version, options=options
        )
        self.is_changed = False
        return manifest

    def dead_share(self, number: int) -> float:
        """Return how much of the text of a segment is dead, in [0, 1]."""
        record = self._records[number]
        return record.dead_text_bytes / max(1, record.text_bytes)

    def live_files(self, number: int) -> list[int]:
        """Return the live files of a segment."""
        found: list[int] = np.flatnonzero(self.segment(number).live_files).tolist()
        return found

    def close(self) -> None:
        """Close what was opened here."""
        for segment in self._own.values():
            segment.close()
        self._own.clear()
        self._segments.clear()

    def _release(self, number: int) -> None:
        """Close a segment that will not be used again: its pages count as memory."""
        self._segments.pop(number, None)
        segment = self._own.pop(number, None)
        if segment is not None:
            segment.close()
