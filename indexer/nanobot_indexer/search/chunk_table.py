"""What ranking needs to know about the chunks of one segment, as arrays.

Made when a segment is first searched, from its tables alone. Everything here is true
of a chunk whatever else is in its segment.
"""

import bisect
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.search.handle import Handle
from nanobot_indexer.syntax.definition import DefinitionKind
from nanobot_indexer.volume.format import DEFINITION_DTYPE, KINDS, Section
from nanobot_indexer.volume.segment import Segment

# Where the fields of a definition are in its row: a row as a tuple is read at a tenth of
# the price of a field of an array.
KIND, PARENT, START, END, NAME_START, NAME_SIZE, START_LINE, END_LINE, SCOPE, SCOPE_SIZE = (
    list(DEFINITION_DTYPE.names or ()).index(field)
    for field in (
        "kind",
        "parent",
        "start_byte",
        "end_byte",
        "name_start_byte",
        "name_size",
        "start_line",
        "end_line",
        "scope_offset",
        "scope_size",
    )
)

_NAME_END: Final = b"\n"


class ChunkTable:
    """The chunks of one segment. Safe to share between threads."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.terms: NDArray[np.uint64] = segment.array(Section.TERMS)
        self.posting_starts: NDArray[np.uint32] = segment.array(Section.POSTING_STARTS)
        self.postings: NDArray[np.uint16] = segment.array(Section.POSTINGS)
        self.lengths: NDArray[np.uint16] = segment.array(Section.CHUNK_LENGTHS)
        self.count = segment.chunk_count
        chunks = segment.array(Section.CHUNKS)
        self.files: NDArray[np.int64] = chunks["file"].astype(np.int64)
        """Shape `(chunk,)`."""
        self._start_lines: NDArray[np.uint32] = chunks["start_line"]
        self._ids: NDArray[np.uint64] = segment.array(Section.CHUNK_IDS)
        self._file_starts = segment.file_starts
        self._first_definitions = segment.definition_starts
        self._definitions: NDArray[Any] = segment.array(Section.DEFINITIONS)
        self.starts: NDArray[np.int64] = self._file_starts[self.files] + chunks["start_byte"]
        """Offsets in the text of the segment, ascending. Shape `(chunk,)`."""
        self.ends: NDArray[np.int64] = np.append(self.starts[1:], self._file_starts[-1])
        """Shape `(chunk,)`. Empty files have no chunk, so chunks lie side by side."""

    @classmethod
    def of(cls, segment: Segment) -> "ChunkTable":
        """Return the table of a segment, made once, whichever of its files are alive."""
        return segment.kept("chunk table", lambda: cls(segment))

    @cached_property
    def secondary(self) -> NDArray[np.int8]:
        """Whether a file is a test and the like: 1, 0, or -1 until somebody says.

        Shape `(file,)`; filled in by who finds out.
        """
        return np.full(self.segment.file_count, -1, np.int8)

    @cached_property
    def definition_files(self) -> NDArray[np.int64]:
        """The file of each definition. Shape `(definition,)`."""
        counts = np.diff(self.segment.definition_starts)
        return np.repeat(np.arange(len(counts)), counts)

    @cached_property
    def definition_chunks(self) -> NDArray[np.int64]:
        """The chunk in which the name of each definition starts. Shape `(definition,)`."""
        rows = self._definitions
        offsets = self.segment.file_starts[self.definition_files] + rows["name_start_byte"]
        chunks: NDArray[np.int64] = np.searchsorted(self.starts, offsets, side="right") - 1
        return chunks

    @cached_property
    def definitions_by_chunk(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The definitions that start in each chunk: bounds of shape `(chunk + 1,)`, indices."""
        order = np.argsort(self.definition_chunks, kind="stable")
        bounds = np.searchsorted(self.definition_chunks[order], np.arange(self.count + 1))
        return bounds, order

    def definitions_in(self, chunk: int) -> NDArray[np.int64]:
        """Return the definitions whose names start in a chunk, outer before inner."""
        bounds, order = self.definitions_by_chunk
        return order[bounds[chunk] : bounds[chunk + 1]]

    @cached_property
    def lacks_definition(self) -> NDArray[np.bool_]:
        """Which chunks start no definition, though their file has some. Shape `(chunk,)`.

        Imports, constants, the rest of a long function: what they are part of is
        usually the better answer. A text without definitions is another thing.
        """
        result = np.diff(self.segment.definition_starts)[self.files] > 0
        result[self.definition_chunks] = False
        return result

    def definitions_named(self, folded: bytes) -> list[int]:
        """Return the definitions with a name, in small letters."""
        starts = self.segment.array(Section.SYMBOL_STARTS)
        symbols = self.segment.array(Section.SYMBOLS)

        def symbol(number: int) -> bytes:
            return symbols[int(starts[number]) : int(starts[number + 1]) - 1].tobytes()

        count = len(starts) - 1
        number = bisect.bisect_left(range(count), folded, key=symbol)
        if number == count or symbol(number) != folded:
            return []
        bounds = self.segment.array(Section.SYMBOL_DEFINITION_STARTS)
        owned = self.segment.array(Section.SYMBOL_DEFINITIONS)
        found: list[int] = owned[int(bounds[number]) : int(bounds[number + 1])].tolist()
        return found

    def rows_of(self, definitions: list[int]) -> list[tuple[Any, ...]]:
        """Return `row_of` of several definitions."""
        rows = self._definitions
        first, last = (definitions[0], definitions[-1]) if definitions else (0, -1)
        # Nearly always one run of rows, and a slice costs a third of a selection.
        is_run = last - first == len(definitions) - 1
        found: list[tuple[Any, ...]]
        found = (rows[first : last + 1] if is_run else rows[definitions]).tolist()
        return found

    def definition_around(self, chunk: int) -> int | None:
        """Return the definition that a chunk is or lies in."""
        index = int(self.segment.array(Section.CHUNKS)["definition"][chunk])
        return index if index >= 0 else None

    def byte_range(self, chunk: int) -> tuple[int, int]:
        """Return where a chunk starts and ends in its file."""
        base = int(self._file_starts[self.files[chunk]])
        return int(self.starts[chunk]) - base, int(self.ends[chunk]) - base

    def text_of(self, chunk: int) -> bytes:
        """Return the text of a chunk."""
        return self.segment.text_range(int(self.starts[chunk]), int(self.ends[chunk]))

    def row_of(self, definition: int) -> tuple[Any, ...]:
        """Return the row of a definition as a tuple, in the order of `DEFINITION_DTYPE`."""
        row: tuple[Any, ...] = self._definitions[definition].item()
        return row

    def kind_of(self, definition: int) -> DefinitionKind:
        """Return what a definition is."""
        kind: DefinitionKind = KINDS[self.row_of(definition)[KIND]]
        return kind

    def name_of(self, definition: int) -> str:
        """Return the name of a definition, without its scope."""
        file = self.definition_files[definition]
        return self._name(int(self._file_starts[file]), self.row_of(definition))

    def qualified_name_of(self, definition: int) -> str:
        """Return what `Segment.definition` calls it, without a look at the rest of the file."""
        file = self.definition_files[definition]
        first, base = int(self._first_definitions[file]), int(self._file_starts[file])
        parts: list[str] = []
        while True:
            row = self.row_of(definition)
            parts.append(self._name(base, row))
            if size := row[SCOPE_SIZE]:
                scope = self._names[0][row[SCOPE] : row[SCOPE] + size]
                parts.append(scope.decode("utf-8", "replace"))
            if row[PARENT] < 0:
                return ".".join(part for part in reversed(parts) if part)
            definition = first + row[PARENT]

    def _name(self, base: int, row: tuple[Any, ...]) -> str:
        start = base + row[NAME_START]
        name = self.segment.text_range(start, start + row[NAME_SIZE])
        return name.decode("utf-8", "replace")

    def handle_of(self, chunk: int) -> Handle:
        """Return what `chunk_handle` does, without looking the tables up again."""
        first = int(self._start_lines[chunk])
        file = int(self.files[chunk])
        if chunk + 1 < self.count and self.files[chunk + 1] == file:
            last = int(self._start_lines[chunk + 1]) - 1
        else:
            last = int(self.segment.array(Section.FILES)["line_count"][file])
        path = self.path_bytes(file).decode("utf-8", "replace")
        return Handle(path, first, max(first, last), int(self._ids[chunk]))

    @cached_property
    def _names(self) -> tuple[bytes, list[int], list[int]]:
        rows: NDArray[Any] = self.segment.array(Section.FILES)
        blob = self.segment.array(Section.NAMES).tobytes()
        return blob, rows["path_offset"].tolist(), rows["path_size"].tolist()

    def path_bytes(self, file: int) -> bytes:
        """Return the UTF-8 path of a file. Cheaper than `Segment.path_of`, and unchecked."""
        blob, offsets, sizes = self._names
        return blob[offsets[file] : offsets[file] + sizes[file]]
