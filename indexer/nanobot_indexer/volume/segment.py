"""One segment, as searches see it: text, tables, and which files are alive.

The tables come from a file or from memory (unsaved buffers); nothing above can
tell. A section is checked when it is first used, then kept.
"""

import bisect
import codecs
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.errors import IndexUnreadableError, VolumeCorruptError
from nanobot_indexer.syntax.definition import Definition, ParseStatus
from nanobot_indexer.syntax.language import Language
from nanobot_indexer.volume.file_record import FileSyntax, rebased
from nanobot_indexer.volume.format import (
    KINDS,
    LANGUAGES,
    LINE_ENDINGS,
    PARSE_STATUSES,
    LineEnding,
    Revision,
    Section,
)
from nanobot_indexer.volume.index_file import OUT_OF_MEMORY
from nanobot_indexer.volume.segment_source import SegmentSource
from nanobot_indexer.volume.table_check import fault_of

_Kept = TypeVar("_Kept")

_ASCII: Final = bytes(range(128))


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One indexed file."""

    path: str
    """Workspace-relative, `/`-separated."""
    language: Language
    size_bytes: int
    sha256: str
    encoding: str
    has_bom: bool
    line_count: int
    line_ending: LineEnding
    parse_status: ParseStatus


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """One imported name of a file."""

    name: str
    start_byte: int
    end_byte: int
    """Of the whole statement, exclusive."""


class Segment:
    """Safe to share between threads until it is closed.

    Args:
        source: Owned from now on.
        revision: How much is known.
        text_bytes: Size of the text.
        dead: One flag per file: deleted or superseded. None when all are alive.
    """

    def __init__(
        self,
        source: SegmentSource,
        *,
        revision: Revision,
        text_bytes: int,
        dead: npt.NDArray[np.bool_] | None,
    ) -> None:
        self._source = source
        self.revision = revision
        self.text_bytes = text_bytes
        self._dead = dead
        self._arrays: dict[Section, npt.NDArray[Any]] = {}
        self._derived: dict[str, npt.NDArray[Any]] = {}
        self._kept: dict[str, Any] = {}
        self._lock = threading.RLock()

    def with_dead(self, dead: npt.NDArray[np.bool_]) -> "Segment":
        """Return the same segment with other files alive. It shares everything."""
        other = Segment(self._source, revision=self.revision, text_bytes=self.text_bytes, dead=dead)
        other._arrays = self._arrays
        other._derived = {k: v for k, v in self._derived.items() if k != "live_chunks"}
        other._kept = self._kept
        return other

    @property
    def path(self) -> Path:
        """The file of tables, for messages."""
        return self._source.path

    @property
    def source(self) -> SegmentSource:
        """Where the bytes come from."""
        return self._source

    @property
    def has_syntax(self) -> bool:
        """Whether the definitions are known."""
        return self.revision >= Revision.SYNTAX

    @property
    def file_count(self) -> int:
        """How many files it holds, dead ones included."""
        return len(self.array(Section.FILES))

    @property
    def chunk_count(self) -> int:
        """How many chunks it holds, those of dead files included."""
        return len(self.array(Section.CHUNKS))

    @property
    def definition_count(self) -> int:
        """How many definitions it holds, those of dead files included."""
        return len(self.array(Section.DEFINITIONS))

    def array(self, section: Section) -> npt.NDArray[Any]:
        """Return one section, checked. A view; drop it before `close`.

        Raises:
            IndexUnreadableError: There is not enough memory.
            VolumeCorruptError: It is damaged.
        """
        found = self._arrays.get(section)
        if found is not None:
            return found
        with self._lock:
            try:
                rows = self._source.rows(section)
                fault = fault_of(section, rows, self.array, text_bytes=self.text_bytes)
            except MemoryError as error:
                raise IndexUnreadableError(self.path, OUT_OF_MEMORY) from error
            if fault is not None:
                raise VolumeCorruptError(self.path, fault)
            self._arrays[section] = rows
        return rows

    def kept(self, name: str, make: Callable[[], _Kept]) -> _Kept:
        """Return something that was made of this segment, made when it is first asked for.

        Args:
            name: The same name gives the same thing, also for `with_dead`.
            make: Its result must not depend on which files are alive.
        """
        found: _Kept | None = self._kept.get(name)
        if found is None:
            found = make()
            self._kept[name] = found
        return found

    @property
    def live_files(self) -> npt.NDArray[np.bool_]:
        """Shape `(file_count,)`."""
        if self._dead is None:
            return np.ones(self.file_count, dtype=np.bool_)
        if len(self._dead) != self.file_count:
            raise VolumeCorruptError(self.path, "not one flag per file in the manifest")
        return ~self._dead

    @property
    def live_chunks(self) -> npt.NDArray[np.bool_] | None:
        """Shape `(chunk_count,)`; None when all are alive."""
        if self._dead is None:
            return None
        found = self._derived.get("live_chunks")
        if found is None:
            found = self.live_files[self.array(Section.CHUNKS)["file"]]
            self._derived["live_chunks"] = found
        return found

    @property
    def file_starts(self) -> npt.NDArray[np.int64]:
        """Where each file starts in the text. Shape `(file_count + 1,)`."""
        return self._starts("size_bytes")

    @property
    def chunk_file_starts(self) -> npt.NDArray[np.int64]:
        """The first chunk of each file. Shape `(file_count + 1,)`."""
        return self._starts("chunk_count")

    @property
    def definition_starts(self) -> npt.NDArray[np.int64]:
        """The first definition of each file. Shape `(file_count + 1,)`."""
        return self._starts("definition_count")

    def text_buffer(self) -> tuple[Any, int, int]:
        """Return what to scan: bytes or a map, and where the text starts and ends in it.

        Raises:
            VolumeCorruptError: It is damaged.
        """
        buffer, begin, stop = self._source.text()
        if stop - begin != self.text_bytes:
            raise VolumeCorruptError(
                self.path, f"its text has {stop - begin} bytes, should have {self.text_bytes}"
            )
        return buffer, begin, stop

    def text_range(self, start: int, end: int) -> bytes:
        """Return a copy of a part of the text of the segment."""
        buffer, begin, stop = self.text_buffer()
        return bytes(buffer[min(begin + start, stop) : min(begin + end, stop)])

    def text(self, file: int) -> bytes:
        """Return the raw bytes of a file."""
        starts = self.file_starts
        return self.text_range(int(starts[file]), int(starts[file + 1]))

    def path_of(self, file: int) -> str:
        """Return the path of a file."""
        row = self.array(Section.FILES)[file]
        path = self._name(int(row["path_offset"]), int(row["path_size"]))
        if not path or path.startswith("/") or {"", ".", ".."} & set(path.split("/")):
            raise VolumeCorruptError(self.path, f"file {file} has the path {path!r}")
        return path

    def find(self, path: bytes) -> int | None:
        """Return the file with a path, dead or alive, or None."""

        def key(file: int) -> bytes:
            return self.path_of(file).encode()

        file = bisect.bisect_left(range(self.file_count), path, key=key)
        return file if file < self.file_count and key(file) == path else None

    def language_of(self, file: int) -> Language:
        """Return the language of a file."""
        return LANGUAGES[int(self.array(Section.FILES)["language"][file])]

    def entry(self, file: int) -> FileEntry:
        """Return what is known about a file."""
        row = self.array(Section.FILES)[file]
        encoding = self._name(int(row["encoding_offset"]), int(row["encoding_size"]))
        if not _is_known(encoding):
            raise VolumeCorruptError(self.path, f"file {file} has the encoding {encoding!r}")
        return FileEntry(
            path=self.path_of(file),
            language=LANGUAGES[int(row["language"])],
            size_bytes=int(row["size_bytes"]),
            sha256=row["sha256"].tobytes().hex(),
            encoding=encoding,
            has_bom=bool(row["has_bom"]),
            line_count=int(row["line_count"]),
            line_ending=LINE_ENDINGS[int(row["line_ending"])],
            parse_status=PARSE_STATUSES[int(row["parse_status"])],
        )

    def line_of(self, file: int, byte: int) -> int:
        """Return the 1-based line of a byte of a file; the last one for what is behind it."""
        chunks = self.array(Section.CHUNKS)
        first, end = self.chunk_file_starts[file : file + 2]
        starts = chunks["start_byte"][first:end]
        number = int(np.searchsorted(starts, byte, side="right")) - 1
        if number < 0:
            return 1
        chunk = chunks[int(first) + number]
        begin = int(self.file_starts[file])
        stop = min(begin + max(0, byte) + 1, int(self.file_starts[file + 1]))
        within = self.text_range(begin + int(chunk["start_byte"]), stop)
        # The byte itself may end its line; that begins no further one.
        return int(chunk["start_line"]) + max(0, len(line_starts_of(within)) - 1)

    def chunk_range(self, chunk: int) -> tuple[int, int, int]:
        """Return the file of a chunk and its byte range in that file."""
        chunks = self.array(Section.CHUNKS)
        file, start = int(chunks["file"][chunk]), int(chunks["start_byte"][chunk])
        if chunk + 1 < len(chunks) and chunks["file"][chunk + 1] == file:
            return file, start, int(chunks["start_byte"][chunk + 1])
        return file, start, int(self.array(Section.FILES)["size_bytes"][file])

    def chunk_lines(self, chunk: int) -> tuple[int, int]:
        """Return the first and the last line of a chunk, 1-based."""
        chunks = self.array(Section.CHUNKS)
        file, first = int(chunks["file"][chunk]), int(chunks["start_line"][chunk])
        if chunk + 1 < len(chunks) and chunks["file"][chunk + 1] == file:
            return first, max(first, int(chunks["start_line"][chunk + 1]) - 1)
        return first, max(first, int(self.array(Section.FILES)["line_count"][file]))

    def definitions(self, file: int) -> list[Definition]:
        """Return the definitions of a file, by start, outer before inner."""
        path = self.path_of(file)
        first, end = (int(start) for start in self.definition_starts[file : file + 2])
        rows = self.array(Section.DEFINITIONS)[first:end]
        if not len(rows):
            return []
        text = self.text(file)
        found: list[Definition] = []
        for row in rows.tolist():
            outer = found[row[3]].qualified_name if row[3] >= 0 else ""
            found.append(self._definition(path, text, row, outer))
        return found

    def definition(self, index: int) -> Definition:
        """Return one definition, by its index in the segment."""
        file = int(np.searchsorted(self.definition_starts, index, side="right")) - 1
        first = int(self.definition_starts[file])
        table = self.array(Section.DEFINITIONS)
        chain = [index - first]
        while (parent := int(table["parent"][first + chain[-1]])) >= 0:
            chain.append(parent)
        path, text = self.path_of(file), self.text(file)
        outer = ""
        for own in reversed(chain[1:]):
            outer = self._qualified(text, table[first + own].tolist(), outer)
        return self._definition(path, text, table[index].tolist(), outer)

    def syntax_of(self, file: int) -> FileSyntax:
        """Return the stored syntax of a file, to be stored again elsewhere."""
        names = self.array(Section.NAMES)
        first, end = (int(start) for start in self.definition_starts[file : file + 2])
        definitions, scopes = rebased(
            self.array(Section.DEFINITIONS)[first:end], "scope", names, start=0
        )
        first, end = (int(start) for start in self._starts("import_count")[file : file + 2])
        imports, imported = rebased(
            self.array(Section.IMPORTS)[first:end], "name", names, start=len(scopes)
        )
        status = PARSE_STATUSES[int(self.array(Section.FILES)["parse_status"][file])]
        return FileSyntax(definitions, imports, scopes + imported, status)

    def imports(self, file: int) -> Iterator[ImportEntry]:
        """Yield what a file imports, in order."""
        starts = self._starts("import_count")
        rows = self.array(Section.IMPORTS)[int(starts[file]) : int(starts[file + 1])]
        for start, end, offset, size in rows.tolist():
            yield ImportEntry(self._name(offset, size), start, end)

    def close(self) -> None:
        """Give the maps back."""
        self._arrays = {}
        self._derived = {}
        self._kept = {}
        self._source.close()

    def _starts(self, field: str) -> npt.NDArray[np.int64]:
        found = self._derived.get(field)
        if found is None:
            counts = self.array(Section.FILES)[field]
            found = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
            self._derived[field] = found
        return found

    def _name(self, offset: int, size: int) -> str:
        raw = self.array(Section.NAMES)[offset : offset + size].tobytes()
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise VolumeCorruptError(self.path, f"a name at {offset} is not UTF-8") from error

    def _qualified(self, text: bytes, row: tuple[int, ...], outer: str) -> str:
        name = text[row[6] : row[6] + row[2]].decode("utf-8", "replace")
        scope = self._name(row[13], row[14]) if row[14] else ""
        return ".".join(part for part in (outer, scope, name) if part)

    def _definition(self, path: str, text: bytes, row: tuple[int, ...], outer: str) -> Definition:
        name_end = row[6] + row[2]
        return Definition(
            path=path,
            kind=KINDS[row[0]],
            name=text[row[6] : name_end].decode("utf-8", "replace"),
            qualified_name=self._qualified(text, row, outer),
            start_byte=row[4],
            end_byte=row[5],
            start_line=row[7],
            end_line=row[8],
            name_start_byte=row[6],
            name_end_byte=name_end,
            parent=None if row[3] < 0 else row[3],
            signature_start_byte=row[9],
            signature_end_byte=row[10],
            docstring_start_byte=row[11],
            docstring_end_byte=row[12],
        )


@lru_cache(maxsize=256)
def _is_known(encoding: str) -> bool:
    """Tell whether text can be decoded so, by a codec that agrees with ASCII."""
    try:
        is_normal_name = codecs.lookup(encoding).name == encoding
        # As it is decoded to be shown: some codecs know no replacement.
        return is_normal_name and _ASCII.decode(encoding, "replace") == _ASCII.decode("ascii")
    except (LookupError, ValueError):
        # LookupError: a codec that is not for text, or none.
        return False
