"""Everything derived from the text of a segment, as arrays.

A pure function of the files, in both revisions: equal files give equal tables,
whatever the segment is called and whoever builds it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.chunk.segment import segment_chunks
from nanobot_indexer.fingerprint.content import SegmentContent
from nanobot_indexer.fingerprint.postings import lexical_tables
from nanobot_indexer.syntax.definition import ParseStatus
from nanobot_indexer.volume.file_record import FileRecord
from nanobot_indexer.volume.format import (
    CHUNK_DTYPE,
    CHUNKS_PER_SEGMENT_MAX,
    DEFINITION_DTYPE,
    FILE_DTYPE,
    IMPORT_DTYPE,
    LANGUAGES,
    LINE_ENDINGS,
    PARSE_STATUSES,
    LineEnding,
    Revision,
    Section,
)

_CODE_BY_LANGUAGE: Final = {language: code for code, language in enumerate(LANGUAGES)}
_CODE_BY_STATUS: Final = {status: code for code, status in enumerate(PARSE_STATUSES)}
_CODE_BY_LINE_ENDING: Final = {ending: code for code, ending in enumerate(LINE_ENDINGS)}
_LF, _CR = ord("\n"), ord("\r")

Arrays = dict[Section, npt.NDArray[Any]]


def build_tables(files: Sequence[FileRecord], text: bytes, revision: Revision) -> Arrays:
    """Return every section of a segment.

    Args:
        files: By UTF-8 path. Their sizes add up to the text.
        text: All files, one after the other.
        revision: `LEXICAL` ignores the syntax of the files.
    """
    file_starts = np.concatenate(([0], np.cumsum([one.size_bytes for one in files]))).astype(
        np.int64
    )
    assert int(file_starts[-1]) == len(text)
    lines = _Lines(text, file_starts)
    names = _Names()
    definitions, imports, definition_starts = _syntax_tables(files, names, revision)
    cut = segment_chunks(
        text,
        file_starts,
        _rows_by_file(files, revision),
        chunks_max=CHUNKS_PER_SEGMENT_MAX,
        line_starts=lines.starts,
    )
    name_starts = name_ends = definition_ends = None
    if revision >= Revision.SYNTAX:
        begins = np.repeat(file_starts[:-1], np.diff(definition_starts))
        name_starts = definitions["name_start_byte"] + begins
        name_ends = name_starts + definitions["name_size"]
        definition_ends = definitions["end_byte"] + begins
    content = SegmentContent(
        text=text,
        file_starts=file_starts,
        paths=[one.path for one in files],
        chunk_starts=cut.starts,
        chunk_files=cut.files,
        name_starts=name_starts,
        name_ends=name_ends,
        definition_ends=definition_ends,
    )
    lexical = lexical_tables(content)
    chunks = np.zeros(len(cut.files), dtype=CHUNK_DTYPE)
    chunks["file"] = cut.files
    chunks["start_byte"] = cut.starts[:-1] - file_starts[cut.files]
    chunks["start_line"] = lines.lines_of(cut.starts[:-1], cut.files)
    chunks["definition"] = cut.definitions
    symbols = _symbol_tables(text, file_starts, definitions, definition_starts)
    file_rows = _file_rows(files, lines, cut.files, definition_starts, imports, names=names)
    return {
        Section.FILES: file_rows,
        Section.CHUNKS: chunks,
        Section.CHUNK_IDS: _chunk_ids(text, cut.starts),
        Section.SIMHASHES: lexical.simhashes,
        Section.CHUNK_LENGTHS: lexical.chunk_lengths,
        Section.TERMS: lexical.terms,
        Section.POSTING_STARTS: lexical.posting_starts,
        Section.POSTINGS: lexical.postings,
        Section.DEFINITIONS: definitions,
        **symbols,
        Section.IMPORTS: _concatenated(imports, IMPORT_DTYPE),
        Section.NAMES: np.frombuffer(bytes(names.blob), dtype=np.uint8),
    }


class _Names:
    """The blob of names, each different one once."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self._offset_by_name: dict[bytes, int] = {}

    def place(self, name: bytes) -> int:
        offset = self._offset_by_name.setdefault(name, len(self.blob))
        if offset == len(self.blob):
            self.blob += name
        return offset


class _Lines:
    """The lines of the files of a segment. No line goes over the end of a file."""

    def __init__(self, text: bytes, file_starts: npt.NDArray[np.int64]) -> None:
        self.starts = line_starts_of(text, file_starts)
        self._bounds = np.searchsorted(self.starts, file_starts)
        self.counts = np.diff(self._bounds)
        self.endings = _endings(text, file_starts, self.counts)

    def lines_of(
        self, offsets: npt.NDArray[np.int64], files: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return the 1-based line in its file of each offset in the segment."""
        lines: npt.NDArray[np.int64] = np.searchsorted(self.starts, offsets, side="right")
        return lines - self._bounds[files]


def _endings(
    text: bytes, file_starts: npt.NDArray[np.int64], line_counts: npt.NDArray[np.int64]
) -> list[LineEnding]:
    """Return how the lines of each file end."""
    content = np.frombuffer(text, dtype=np.uint8)
    last = max(len(content) - 1, 0)
    crlf = cr = np.zeros(len(line_counts), dtype=np.int64)
    if b"\r" in text:
        returns = np.flatnonzero(content == _CR)
        is_pair = content[np.minimum(returns + 1, last)] == _LF
        # A line feed that begins the next file ends nothing of this one.
        is_pair &= (returns < last) & ~np.isin(returns + 1, file_starts)
        crlf = np.diff(np.searchsorted(returns[is_pair], file_starts))
        cr = np.diff(np.searchsorted(returns[~is_pair], file_starts))
    is_open = np.zeros(len(line_counts), dtype=np.bool_)
    filled = line_counts > 0
    last_bytes = content[file_starts[1:][filled] - 1]
    is_open[filled] = (last_bytes != _LF) & (last_bytes != _CR)
    lf = line_counts - is_open - crlf - cr
    used = (lf > 0).astype(int) + (crlf > 0) + (cr > 0)
    choices = [LineEnding.NONE, LineEnding.MIXED, LineEnding.LF, LineEnding.CRLF]
    picks = np.select([used == 0, used > 1, lf > 0, crlf > 0], [0, 1, 2, 3], default=4)
    return [(*choices, LineEnding.CR)[pick] for pick in picks.tolist()]


def _syntax_tables(
    files: Sequence[FileRecord], names: _Names, revision: Revision
) -> tuple[npt.NDArray[Any], list[npt.NDArray[Any]], npt.NDArray[np.int64]]:
    """Return the definitions, the imports per file, and where each file's definitions start."""
    parts, imports, counts = [], [], []
    for one in files:
        if revision < Revision.SYNTAX:
            counts.append(0)
            imports.append(np.zeros(0, IMPORT_DTYPE))
            continue
        syntax = one.syntax
        parts.append(_placed(syntax.definitions, "scope", syntax.names, names))
        imports.append(_placed(syntax.imports, "name", syntax.names, names))
        counts.append(len(syntax.definitions))
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return _concatenated(parts, DEFINITION_DTYPE), imports, starts


def _rows_by_file(
    files: Sequence[FileRecord], revision: Revision
) -> list[npt.NDArray[Any] | None] | None:
    """Return the definitions of the files that a parser has seen."""
    if revision < Revision.SYNTAX:
        return None
    seen = {ParseStatus.PARSED, ParseStatus.PARTIAL}
    return [one.syntax.definitions if one.syntax.status in seen else None for one in files]


def _placed(
    rows: npt.NDArray[Any], field: str, own_names: bytes, names: _Names
) -> npt.NDArray[Any]:
    named = np.flatnonzero(rows[f"{field}_size"])
    if not len(named):
        return rows
    rows = rows.copy()
    offsets, sizes = rows[f"{field}_offset"], rows[f"{field}_size"]
    for number in named.tolist():
        offset = int(offsets[number])
        offsets[number] = names.place(own_names[offset : offset + int(sizes[number])])
    return rows


def _concatenated(parts: Sequence[npt.NDArray[Any]], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    # `np.concatenate` compares the fields of all rows first, which takes longer than copying.
    rows = np.empty(sum(map(len, parts)), dtype=dtype)
    start = 0
    for part in parts:
        rows[start : start + len(part)] = part
        start += len(part)
    return rows


def _chunk_ids(text: bytes, chunk_starts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    view = memoryview(text)
    bounds = chunk_starts.tolist()
    digests = [
        hashlib.blake2b(view[start:end], digest_size=8).digest() for start, end in pairwise(bounds)
    ]
    return np.frombuffer(b"".join(digests), dtype="<u8")


def _symbol_tables(
    text: bytes,
    file_starts: npt.NDArray[np.int64],
    definitions: npt.NDArray[Any],
    definition_starts: npt.NDArray[np.int64],
) -> Mapping[Section, npt.NDArray[Any]]:
    offsets = definitions["name_start_byte"] + np.repeat(
        file_starts[:-1], np.diff(definition_starts)
    )
    ends = offsets + definitions["name_size"]
    names = [text[start:end] for start, end in zip(offsets.tolist(), ends.tolist(), strict=True)]
    # The line feed ends a symbol, so it may not be part of one.
    if b"".join(names).find(b"\n") >= 0:
        names = [name.replace(b"\n", b" ") for name in names]
    owners: defaultdict[bytes, list[int]] = defaultdict(list)
    for index, name in enumerate(b"\n".join(names).lower().split(b"\n") if names else ()):
        owners[name].append(index)
    symbols = sorted(owners)
    starts = np.cumsum([0, *(len(name) + 1 for name in symbols)])
    counts = np.cumsum([0, *(len(owners[name]) for name in symbols)])
    indices = list(chain.from_iterable(owners[name] for name in symbols))
    blob = b"".join(name + b"\n" for name in symbols)
    return {
        Section.SYMBOLS: np.frombuffer(blob, dtype=np.uint8),
        Section.SYMBOL_STARTS: starts.astype("<u4"),
        Section.SYMBOL_DEFINITION_STARTS: counts.astype("<u4"),
        Section.SYMBOL_DEFINITIONS: np.array(indices, dtype="<u4"),
    }


def _file_rows(
    files: Sequence[FileRecord],
    lines: _Lines,
    chunk_files: npt.NDArray[np.int64],
    definition_starts: npt.NDArray[np.int64],
    imports: Sequence[npt.NDArray[Any]],
    *,
    names: _Names,
) -> npt.NDArray[Any]:
    rows = np.zeros(len(files), dtype=FILE_DTYPE)
    paths = [one.path.encode() for one in files]
    encodings = [one.encoding.encode() for one in files]
    rows["path_offset"] = [names.place(path) for path in paths]
    rows["path_size"] = [len(path) for path in paths]
    rows["encoding_offset"] = [names.place(encoding) for encoding in encodings]
    rows["encoding_size"] = [len(encoding) for encoding in encodings]
    rows["size_bytes"] = [one.size_bytes for one in files]
    rows["line_count"] = lines.counts
    rows["chunk_count"] = np.bincount(chunk_files, minlength=len(files))
    rows["language"] = [_CODE_BY_LANGUAGE[one.language] for one in files]
    rows["parse_status"] = [_CODE_BY_STATUS[one.syntax.status] for one in files]
    rows["definition_count"] = np.diff(definition_starts)
    rows["import_count"] = [len(one) for one in imports]
    rows["has_bom"] = [one.has_bom for one in files]
    rows["line_ending"] = [_CODE_BY_LINE_ENDING[one] for one in lines.endings]
    if files:
        rows["sha256"] = np.frombuffer(
            b"".join(one.sha256 for one in files), dtype=np.uint8
        ).reshape(len(files), 32)
    return rows
