"""The files that one scan found, as columns, and what differs between two scans."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file that is not ignored. Nothing of it was read."""

    path: str
    """Workspace-relative, `/`-separated."""
    size_bytes: int
    mtime_ns: int
    inode: int


def found_file(path: str, status: os.stat_result) -> FoundFile:
    """Return a file by its status."""
    return FoundFile(path, status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True, slots=True, eq=False)
class FileTable:
    """Files in the order of their UTF-8 paths; every column has the shape `(file_count,)`.

    Times and inodes are only compared: a value outside 64 bits is kept modulo 2^64.
    """

    paths: tuple[str, ...]
    sizes_bytes: npt.NDArray[np.int64]
    mtimes_ns: npt.NDArray[np.int64]
    ctimes_ns: npt.NDArray[np.int64]
    inodes: npt.NDArray[np.uint64]
    are_racy: npt.NDArray[np.bool_]
    """The file was so young that it may have changed again without a new time stamp."""

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[FoundFile]:
        return map(
            FoundFile,
            self.paths,
            self.sizes_bytes.tolist(),
            self.mtimes_ns.tolist(),
            self.inodes.tolist(),
        )

    def found(self, index: int) -> FoundFile:
        """Return one file."""
        return FoundFile(
            self.paths[index],
            int(self.sizes_bytes[index]),
            int(self.mtimes_ns[index]),
            int(self.inodes[index]),
        )

    def changes_since(self, previous: "FileTable") -> "FileChanges":
        """Return what differs from an earlier table of the same workspace.

        A file that was racy then counts as changed: what was read of it then may be
        older than what is there now.
        """
        if self.paths == previous.paths:
            here = there = np.arange(len(self.paths))
            added: tuple[FoundFile, ...] = ()
            removed: tuple[str, ...] = ()
        else:
            index_by_path = dict(zip(previous.paths, range(len(previous.paths)), strict=True))
            places = np.fromiter(
                (index_by_path.get(path, -1) for path in self.paths), np.int64, len(self.paths)
            )
            here = np.flatnonzero(places >= 0)
            there = places[here]
            added = tuple(self.found(index) for index in np.flatnonzero(places < 0).tolist())
            is_left = np.ones(len(previous.paths), dtype=np.bool_)
            is_left[there] = False
            removed = tuple(previous.paths[index] for index in np.flatnonzero(is_left).tolist())
        differs = previous.are_racy[there].copy()
        differs |= self.sizes_bytes[here] != previous.sizes_bytes[there]
        differs |= self.mtimes_ns[here] != previous.mtimes_ns[there]
        differs |= self.ctimes_ns[here] != previous.ctimes_ns[there]
        differs |= self.inodes[here] != previous.inodes[there]
        changed = tuple(self.found(index) for index in here[differs].tolist())
        return FileChanges(added, changed, removed)


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What an index of the earlier files has to do. All in path order."""

    added: tuple[FoundFile, ...]
    changed: tuple[FoundFile, ...]
    """To be read again; the content may turn out to be the same."""
    removed: tuple[str, ...]

    @property
    def are_none(self) -> bool:
        """Nothing has to be done."""
        return not (self.added or self.changed or self.removed)
