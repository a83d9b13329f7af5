"""What one scan remembers for the next, and its form on disk.

Little-endian; the parts follow each other without gaps:

    header       magic, version, CRC32 of the rest, counts and sizes
    FOLDERS      mtime_ns, then ctime_ns, inode, dev of every folder, parents before children
    FILES        size, then mtime_ns, ctime_ns, inode of every file, folder by folder
    IGNORES      size, then mtime_ns, ctime_ns, inode of every ignore file
    FOLDER_ROWS  parent, end of its files, of its skipped entries, of its ignore files; flags
    ORDER        the files in path order
    RACY         one byte per file
    REASONS      one byte per skipped entry
    KINDS        one byte per ignore file
    names        folders, files, skipped paths, their details: UTF-8, each ended by a line feed

Times of -1 are those of something so young that it has to be looked at again.
A memo is a cache: a damaged or older one is no memo.
"""

import itertools
import operator
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.workspace.file_table import FileTable
from nanobot_indexer.workspace.folder import IgnoreSource, StatIdentity
from nanobot_indexer.workspace.ignore import IgnoreKind
from nanobot_indexer.workspace.skip import Skipped, SkipReason

# Bump on every change of the layout or of the ignore rules, and say what changed.
# 1: first.
# 2: ignore rules match bytes, as Git does.
MEMO_VERSION: Final = 2
MAGIC: Final = b"nbscan\0\n"

# magic, version, CRC32, folders, files, ignores, skipped, size of the names
_HEADER: Final = struct.Struct("<8sIIIIIII")
_CRC_END: Final = struct.calcsize("<8sII")
_ALL_BITS: Final = (1 << 64) - 1
FOLDER_ROW: Final = np.dtype(
    [
        ("parent", "<i4"),
        ("files_end", "<u4"),
        ("skipped_end", "<u4"),
        ("ignores_end", "<u4"),
        ("flags", "<u4"),
    ]
)
_REASONS: Final = (SkipReason.NOT_REGULAR, SkipReason.NAME_NOT_TEXT, SkipReason.FILE_UNREADABLE)
# A folder whose own path is too long to be opened is still an entry of the one above.
_PATH_LENGTH_MAX: Final = 4096 + 256
_BYTES_OF_NO_NAME: Final = bytes({*range(32), 0x7F, ord("/")} - {ord("\n")})
_NO_NAMES: Final = frozenset({"", ".", ".."})

FLAG_CLOSED: Final = 1
"""A virtual environment: nothing in it is listed."""
FLAG_UNREADABLE: Final = 2
"""It could not be listed; its entry in the memo keeps it from being forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class ScanMemo:
    """The folders and files of one scan, folder by folder, parents before children."""

    folder_names: list[str]
    """The first is the root, with an empty name."""
    folder_paths: list[str]
    folder_rows: npt.NDArray[Any]
    """Shape `(folder_count,)`: parent, ends of the ranges of the folder, flags."""
    folder_identities: npt.NDArray[np.int64]
    """Shape `(4, folder_count)`: mtime_ns, ctime_ns, inode, dev."""
    file_names: list[str]
    file_paths: list[str]
    """Folder by folder, like `file_names`."""
    file_identities: npt.NDArray[np.int64]
    """Shape `(4, file_count)`: size, mtime_ns, ctime_ns, inode."""
    are_racy: npt.NDArray[np.bool_]
    ignore_sources: list[IgnoreSource]
    """The last is `.git/info/exclude`, which no folder owns."""
    skipped: list[Skipped]
    """Only what an unchanged folder would skip again."""
    order: npt.NDArray[np.uint32]
    """Shape `(file_count,)`: the files in path order."""
    files: FileTable
    """The same files in path order."""

    def equals(self, other: "ScanMemo") -> bool:
        """Tell whether both say the same, so that one of them need not be stored."""
        return (
            self.folder_names == other.folder_names
            and self.file_names == other.file_names
            and self.ignore_sources == other.ignore_sources
            and self.skipped == other.skipped
            and np.array_equal(self.folder_rows, other.folder_rows)
            and np.array_equal(self.folder_identities, other.folder_identities)
            and np.array_equal(self.file_identities, other.file_identities)
            and np.array_equal(self.are_racy, other.are_racy)
        )

    def encode(self) -> bytes:
        """Return the bytes that `decode_memo` reads."""
        ignores = columns_of([source.identity for source in self.ignore_sources])
        names = "".join(
            f"{name}\n"
            for part in (
                self.folder_names[1:],
                self.file_names,
                [one.path for one in self.skipped],
                [one.detail.replace("\n", " ") for one in self.skipped],
            )
            for name in part
        ).encode()
        parts = (
            self.folder_identities.astype("<i8"),
            self.file_identities.astype("<i8"),
            ignores.astype("<i8"),
            self.folder_rows.astype(FOLDER_ROW),
            self.order.astype("<u4"),
            self.are_racy.astype("u1"),
            bytes(_REASONS.index(one.reason) for one in self.skipped),
            bytes(int(source.kind) for source in self.ignore_sources),
        )
        rest = b"".join(bytes(part) for part in parts) + names
        counts = struct.pack(
            "<IIIII",
            len(self.folder_names),
            len(self.file_names),
            len(self.ignore_sources),
            len(self.skipped),
            len(names),
        )
        crc = zlib.crc32(rest, zlib.crc32(counts))
        return struct.pack("<8sII", MAGIC, MEMO_VERSION, crc) + counts + rest


def path_order(file_paths: list[str]) -> npt.NDArray[np.uint32]:
    """Return the files in the order of their UTF-8 paths. Shape `(file_count,)`."""
    # Python compares strings by code point, which is the same order.
    order = sorted(range(len(file_paths)), key=file_paths.__getitem__)
    return np.array(order, dtype=np.uint32)


def sorted_files(
    paths: tuple[str, ...],
    identities: npt.NDArray[np.int64],
    are_racy: npt.NDArray[np.bool_],
    order: npt.NDArray[np.uint32],
) -> FileTable:
    """Return the files of a memo in path order.

    Args:
        paths: In path order already.
        identities: Folder by folder, shape `(4, file_count)`.
        are_racy: Folder by folder.
        order: The files in path order.
    """
    sizes, mtimes, ctimes, inodes = identities[:, order]
    return FileTable(paths, sizes, mtimes, ctimes, inodes.view(np.uint64), are_racy[order])


def columns_of(rows: Sequence[tuple[int, int, int, int]]) -> npt.NDArray[np.int64]:
    """Return the columns of rows of four numbers, shape `(4, row_count)`."""
    try:
        columns = np.array(rows, dtype=np.int64)
    except OverflowError:
        # An inode of an overlay, or a date after the year 2262 that someone set.
        columns = np.array(
            [[number & _ALL_BITS for number in row] for row in rows], dtype=np.uint64
        ).view(np.int64)
    return np.ascontiguousarray(columns.reshape(-1, 4).T)


def decode_memo(data: bytes) -> ScanMemo | None:
    """Return the memo in these bytes, or None when they are not whole, or not of this version.

    What is returned can be used without further checks: names have no separators and
    are none of `.` and `..`, so no path leads out of the workspace.
    """
    if len(data) < _HEADER.size:
        return None
    magic, version, crc, *counts = _HEADER.unpack_from(data)
    if (magic, version) != (MAGIC, MEMO_VERSION) or crc != zlib.crc32(data[_CRC_END:]):
        return None
    folders, files, ignores, skipped, names_size = counts
    row_sizes = (32 * folders, 32 * files, 32 * ignores, FOLDER_ROW.itemsize * folders)
    sizes = (*row_sizes, 4 * files, files, skipped, ignores, names_size)
    if not folders or not ignores or len(data) != _HEADER.size + sum(sizes):
        return None
    ends = [_HEADER.size]
    for size in sizes:
        ends.append(ends[-1] + size)
    parts = [memoryview(data)[start:end] for start, end in itertools.pairwise(ends)]
    rows = np.frombuffer(parts[3], dtype=FOLDER_ROW)
    names = _names_of(bytes(parts[8]), folders - 1, files, skipped)
    if names is None or not _are_rows_sound(rows, files, skipped, ignores - 1):
        return None
    folder_paths = _folder_paths(names[0], rows["parent"].tolist())
    if folder_paths is None:
        return None
    return _checked_memo(parts, rows, names, folder_paths)


def _checked_memo(
    parts: list[memoryview],
    rows: npt.NDArray[Any],
    names: tuple[list[str], ...],
    folder_paths: list[str],
) -> ScanMemo | None:
    folder_names, file_names, skipped_paths, details = names
    order = np.frombuffer(parts[4], dtype="<u4")
    racy = np.frombuffer(parts[5], dtype="u1")
    reasons, kinds = bytes(parts[6]), bytes(parts[7])
    if (
        (racy > 1).any()
        or (order >= len(file_names)).any()
        or max(reasons, default=0) >= len(_REASONS)
        or max(kinds) > max(IgnoreKind)
    ):
        return None
    file_paths = _file_paths(folder_paths, rows["files_end"].tolist(), file_names)
    paths = tuple([file_paths[index] for index in order.tolist()])
    # Strictly ascending: so the order is one, and no path comes twice.
    if not all(map(operator.lt, paths, paths[1:])) or len(set(folder_paths)) < len(folder_paths):
        return None
    file_identities, are_racy = _int_columns(parts[1]), racy.astype(np.bool_)
    return ScanMemo(
        folder_names=folder_names,
        folder_paths=folder_paths,
        folder_rows=rows,
        folder_identities=_int_columns(parts[0]),
        file_names=file_names,
        file_paths=file_paths,
        file_identities=file_identities,
        are_racy=are_racy,
        ignore_sources=[
            IgnoreSource(IgnoreKind(kind), StatIdentity(*identity))
            for kind, identity in zip(kinds, _int_columns(parts[2]).T.tolist(), strict=True)
        ],
        skipped=[
            Skipped(path, _REASONS[reason], detail)
            for path, reason, detail in zip(skipped_paths, reasons, details, strict=True)
        ],
        order=order,
        files=sorted_files(paths, file_identities, are_racy, order),
    )


def _int_columns(part: memoryview) -> npt.NDArray[np.int64]:
    return np.frombuffer(part, dtype="<i8").reshape(4, -1)


def _names_of(blob: bytes, *counts: int) -> tuple[list[str], ...] | None:
    """Split the names into folders, files, skipped paths and their details."""
    folders, files, skipped = counts
    try:
        lines = blob.decode().split("\n")
    except UnicodeDecodeError:
        return None
    if len(lines) != folders + files + 2 * skipped + 1 or lines[-1]:
        return None
    names = lines[: folders + files]
    named = "\n".join(names).encode()
    if len(named.translate(None, _BYTES_OF_NO_NAME)) != len(named):
        return None
    if not _NO_NAMES.isdisjoint(names):
        return None
    rest = lines[folders + files : -1]
    return ["", *names[:folders]], names[folders:], rest[:skipped], rest[skipped:]


def _are_rows_sound(rows: npt.NDArray[Any], files: int, skipped: int, ignores: int) -> bool:
    parents = rows["parent"]
    if parents[0] != -1 or (parents[1:] < 0).any():
        return False
    if (parents[1:] >= np.arange(1, len(rows))).any():
        return False
    for field, count in (("files_end", files), ("skipped_end", skipped), ("ignores_end", ignores)):
        ends = rows[field].astype(np.int64)
        if ends[-1] != count or (np.diff(ends, prepend=0) < 0).any():
            return False
    return True


def _folder_paths(names: list[str], parents: list[int]) -> list[str] | None:
    paths = [""]
    for name, parent in zip(names[1:], parents[1:], strict=True):
        path = f"{paths[parent]}/{name}" if parent else name
        if len(path) > _PATH_LENGTH_MAX:
            return None
        paths.append(path)
    return paths


def _file_paths(folder_paths: list[str], ends: list[int], names: list[str]) -> list[str]:
    paths: list[str] = []
    start = 0
    for folder, end in zip(folder_paths, ends, strict=True):
        prefix = f"{folder}/" if folder else ""
        paths.extend([prefix + name for name in names[start:end]])
        start = end
    return paths
