"""The files of a generation, found by path and in path order."""

from collections.abc import Sequence
from typing import overload

from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment import FileEntry, Segment


def files_in_order(segments: Sequence[Segment]) -> list[tuple[bytes, int, int]]:
    """Return every live file as (path, number of its segment, index there), by path."""
    keys = []
    for number, segment in enumerate(segments):
        table = segment.array(Section.FILES)
        names = segment.array(Section.NAMES).tobytes()
        offsets, sizes = table["path_offset"].tolist(), table["path_size"].tolist()
        for file in segment.live_files.nonzero()[0].tolist():
            start = offsets[file]
            keys.append((names[start : start + sizes[file]], number, file))
    keys.sort()
    return keys


class FileList(Sequence[FileEntry]):
    """All live files, in the order of their UTF-8 paths. Entries are decoded when asked for.

    Finding one file needs no list; the order of all is made when it is first used.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._order: list[tuple[bytes, int, int]] | None = None

    def find(self, path: str) -> tuple[Segment, int] | None:
        """Return the segment of a live file and its index there, or None."""
        try:
            wanted = path.encode()
        except UnicodeEncodeError:
            return None
        for segment in reversed(self._segments):
            file = segment.find(wanted)
            if file is not None and segment.live_files[file]:
                return segment, file
        return None

    def places(self) -> list[tuple[Segment, int]]:
        """Return the segment of every file and its index there, in path order."""
        return [(self._segments[number], file) for _, number, file in self._ordered()]

    def _ordered(self) -> list[tuple[bytes, int, int]]:
        if self._order is None:
            self._order = files_in_order(self._segments)
        return self._order

    @overload
    def __getitem__(self, index: int) -> FileEntry: ...

    @overload
    def __getitem__(self, index: slice) -> list[FileEntry]: ...

    def __getitem__(self, index: int | slice) -> FileEntry | list[FileEntry]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        _, number, file = self._ordered()[index]
        return self._segments[number].entry(file)

    def __len__(self) -> int:
        return len(self._ordered())
