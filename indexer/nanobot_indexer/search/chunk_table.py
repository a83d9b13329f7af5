"""What ranking needs to know about the chunks of one segment, as arrays.

Made when a segment is first searched, and kept with it. Nothing here depends on which
of its files are alive.
"""

from collections.abc import Collection
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.search.hit import Handle
from nanobot_indexer.search.symbol_names import SymbolNames
from nanobot_indexer.volume.format import DEFINITION_DTYPE, Section
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
    def names(self) -> SymbolNames:
        """The names of the definitions."""
        return SymbolNames.of(self.segment)

    def postings_of(self, terms: NDArray[np.uint64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return where the postings of each term begin and end: nowhere for an unknown one.

        Args:
            terms: Ascending ones are found faster. Shape `(term,)`, as both results.
        """
        if not len(self.terms):
            return np.zeros(len(terms), np.uint32), np.zeros(len(terms), np.uint32)
        places = self.terms.searchsorted(terms)
        # A term behind the last one has the place behind it: that one is another.
        is_missing = self.terms.take(places, mode="clip") != terms
        begins = self.posting_starts.take(places, mode="clip")
        places += 1
        ends = self.posting_starts.take(places, mode="clip")
        np.copyto(ends, begins, where=is_missing)
        return begins, ends

    @cached_property
    def definition_files(self) -> NDArray[np.int64]:
        """The file of each definition. Shape `(definition,)`."""
        return self.names.files

    @cached_property
    def name_offsets(self) -> NDArray[np.int64]:
        """Where the name of each definition starts in the text. Shape `(definition,)`."""
        starts: NDArray[np.int64] = self._file_starts[self.definition_files]
        starts += self._definitions["name_start_byte"]
        return starts

    @cached_property
    def definition_chunks(self) -> NDArray[np.int64]:
        """The chunk in which the name of each definition starts. Shape `(definition,)`."""
        chunks: NDArray[np.int64] = np.searchsorted(self.starts, self.name_offsets, "right") - 1
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

    def are_of_kinds(
        self, definitions: NDArray[np.int64], codes: Collection[int]
    ) -> NDArray[np.bool_]:
        """Tell which definitions are of some kinds, given by their codes. Shape as given."""
        kinds = self._definitions["kind"][definitions]
        result: NDArray[np.bool_] = np.isin(kinds, list(codes))
        return result

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
        return self._text(int(self.starts[chunk]), int(self.ends[chunk]))

    def have_text(self, chunks: NDArray[np.int64], text: bytes, *, is_small: bool) -> list[bool]:
        """Tell which chunks have a text letter for letter.

        Args:
            chunks: Shape `(chunk,)`, as the result.
            text: What to look for.
            is_small: Its small letters match capitals, too.
        """
        buffer, begin, _ = self._buffer
        starts, ends = self.starts[chunks] + begin, self.ends[chunks] + begin
        return [
            buffer.find(text, start, end) >= 0 or (is_small and text in buffer[start:end].lower())
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]

    def _text(self, start: int, end: int) -> bytes:
        # `Segment.text_range`, without asking each time whether the text was checked.
        buffer, begin, _ = self._buffer
        return bytes(buffer[begin + start : begin + end])

    @cached_property
    def _buffer(self) -> tuple[Any, int, int]:
        return self.segment.text_buffer()

    def row_of(self, definition: int) -> tuple[Any, ...]:
        """Return the row of a definition as a tuple, in the order of `DEFINITION_DTYPE`."""
        row: tuple[Any, ...] = self._definitions[definition].item()
        return row

    def name_of(self, definition: int) -> bytes:
        """Return the name of a definition, without its scope."""
        start = int(self.name_offsets[definition])
        return self._text(start, start + self.row_of(definition)[NAME_SIZE])

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
        return self._text(start, start + row[NAME_SIZE]).decode("utf-8", "replace")

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
