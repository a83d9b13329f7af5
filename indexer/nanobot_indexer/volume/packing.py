"""Tables as they are stored: whole numbers in as few bytes as most of them need.

A column of numbers is stored in 1, 2 or 4 bytes each, whatever is smallest in all,
with the few that do not fit listed behind it. Rows that ascend are stored as
differences. Searches get plain arrays: a section is unpacked when it is first used.

    u32 count, u32 width in bytes, u32 exception count, u32 zero
    count numbers of that width, padded to a multiple of 8
    per exception: u32 index, u32 value
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.volume.format import CHUNK_DTYPE, DEFINITION_DTYPE, Section

_COLUMN: Final = struct.Struct("<IIII")
_EXCEPTION: Final = np.dtype([("index", "<u4"), ("value", "<u4")])
_DTYPE_BY_WIDTH: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("u1"),
    2: np.dtype("<u2"),
    4: np.dtype("<u4"),
}
_COUNT_MAX: Final = 1 << 24
_TERM_BYTES: Final = 6

Numbers = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]


class PackingError(Exception):
    """Stored bytes are no such table. The caller knows which file they are from."""


def packed_column(values: Numbers) -> bytes:
    """Return a column as stored. Values are in [0, 2^32)."""
    width = min(_DTYPE_BY_WIDTH, key=lambda size: _packed_size(values, size))
    dtype = _DTYPE_BY_WIDTH[width]
    # The largest number of a width marks an exception, but for the widest.
    limit = np.iinfo(dtype).max if width < 4 else 1 << 32
    places = np.flatnonzero(values >= limit)
    exceptions = np.zeros(len(places), dtype=_EXCEPTION)
    exceptions["index"], exceptions["value"] = places, values[places]
    numbers = np.minimum(values, limit if width < 4 else limit - 1).astype(dtype).tobytes()
    head = _COLUMN.pack(len(values), width, len(places), 0)
    return head + numbers + bytes(-len(numbers) % 8) + exceptions.tobytes()


def unpacked_columns(data: bytes | memoryview, count: int) -> list[Numbers]:
    """Return the columns that a section is made of, all of one length.

    Args:
        data: The section.
        count: How many columns it has.

    Raises:
        PackingError: It is not such a section.
    """
    columns = []
    place = 0
    for _ in range(count):
        column, place = _unpacked_column(data, place)
        columns.append(column)
    if place != len(data) or len({len(column) for column in columns}) > 1:
        raise PackingError("columns do not fill the section")
    return columns


def packed(section: Section, rows: Rows) -> bytes:
    """Return a section as it is stored."""
    packer = _PACKERS.get(section)
    return rows.tobytes() if packer is None else packer[0](rows)


def unpacked(section: Section, data: memoryview) -> Rows | None:
    """Return a section as searches use it; None when it is stored as it is.

    Raises:
        PackingError: The bytes are no such section.
    """
    packer = _PACKERS.get(section)
    return None if packer is None else packer[1](data)


def _packed_size(values: Numbers, width: int) -> int:
    if width == 4:
        return 4 * len(values)
    limit = np.iinfo(_DTYPE_BY_WIDTH[width]).max
    return width * len(values) + _EXCEPTION.itemsize * int(np.count_nonzero(values >= limit))


def _unpacked_column(data: bytes | memoryview, place: int) -> tuple[Numbers, int]:
    if len(data) - place < _COLUMN.size:
        raise PackingError("a column is cut off")
    count, width, exception_count, zero = _COLUMN.unpack_from(data, place)
    dtype = _DTYPE_BY_WIDTH.get(width)
    if dtype is None or count > _COUNT_MAX or exception_count > count or zero:
        raise PackingError("a column has an impossible head")
    start = place + _COLUMN.size
    exceptions_start = start + count * width + -(count * width) % 8
    end = exceptions_start + exception_count * _EXCEPTION.itemsize
    if end > len(data):
        raise PackingError("a column is cut off")
    values = np.frombuffer(data, dtype, count, start).astype(np.int64)
    if exception_count:
        exceptions = np.frombuffer(data, _EXCEPTION, exception_count, exceptions_start)
        if (exceptions["index"] >= count).any():
            raise PackingError("an exception belongs to no row")
        values[exceptions["index"]] = exceptions["value"]
    return values, end


def _zigzag(values: Numbers) -> Numbers:
    return np.where(values >= 0, 2 * values, -2 * values - 1)


def _unzigzag(values: Numbers) -> Numbers:
    return np.where(values & 1, -(values >> 1) - 1, values >> 1)


def _differences(values: Numbers) -> Numbers:
    return np.diff(values, prepend=np.int64(0))


def _packed_definitions(rows: Rows) -> bytes:
    column = {name: rows[name].astype(np.int64) for name in DEFINITION_DTYPE.names or ()}
    start, signature_end = column["start_byte"], column["signature_end_byte"]
    has_signature = signature_end > 0
    has_docstring = column["docstring_end_byte"] > 0
    columns: Sequence[Numbers] = (
        column["kind"],
        column["name_size"],
        # Siblings have one parent, and it is the row before the first of them.
        _zigzag(_differences(column["parent"])),
        _zigzag(_differences(start)),
        column["end_byte"] - start,
        column["name_start_byte"] - start,
        np.where(has_signature, _zigzag(column["signature_start_byte"] - start) + 1, 0),
        np.where(has_signature, signature_end - column["signature_start_byte"], 0),
        np.where(has_docstring, _zigzag(column["docstring_start_byte"] - start) + 1, 0),
        np.where(has_docstring, column["docstring_end_byte"] - column["docstring_start_byte"], 0),
        _zigzag(_differences(column["start_line"])),
        column["end_line"] - column["start_line"],
        np.where(column["scope_size"] > 0, column["scope_offset"] + 1, 0),
        column["scope_size"],
    )
    return b"".join(packed_column(values) for values in columns)


def _unpacked_definitions(data: memoryview) -> Rows:
    (kind, name_size, parents, starts, sizes, name_offsets, signatures, signature_sizes,
     docstrings, docstring_sizes, lines, line_counts, scopes, scope_sizes) = unpacked_columns(
        data, 14
    )  # fmt: skip
    start = np.cumsum(_unzigzag(starts))
    start_line = np.cumsum(_unzigzag(lines))
    signature_start = np.where(signatures > 0, start + _unzigzag(signatures - 1), 0)
    docstring_start = np.where(docstrings > 0, start + _unzigzag(docstrings - 1), 0)
    columns = {
        "kind": kind,
        "name_size": name_size,
        "parent": np.cumsum(_unzigzag(parents)),
        "start_byte": start,
        "end_byte": start + sizes,
        "name_start_byte": start + name_offsets,
        "start_line": start_line,
        "end_line": start_line + line_counts,
        "signature_start_byte": signature_start,
        "signature_end_byte": signature_start + signature_sizes,
        "docstring_start_byte": docstring_start,
        "docstring_end_byte": docstring_start + docstring_sizes,
        "scope_offset": np.maximum(scopes - 1, 0),
        "scope_size": scope_sizes,
    }
    return _rows(DEFINITION_DTYPE, columns)


def _rows(dtype: np.dtype[Any], columns: Mapping[str, Numbers]) -> Rows:
    rows = np.zeros(len(next(iter(columns.values()))), dtype=dtype)
    for name, values in columns.items():
        info = np.iinfo(dtype[name])
        if len(values) and (values.min() < info.min or values.max() > info.max):
            raise PackingError(f"{name} is out of range")
        rows[name] = values
    return rows


def _packed_chunks(rows: Rows) -> bytes:
    files = _differences(rows["file"].astype(np.int64))
    columns = [
        _zigzag(files),
        _zigzag(_differences(rows["definition"].astype(np.int64))),
    ]
    # The first chunk of a file starts anew; its row is told by the file.
    for name in ("start_byte", "start_line"):
        values = rows[name].astype(np.int64)
        columns.append(np.where(files == 0, _zigzag(_differences(values)), values))
    return b"".join(packed_column(values) for values in columns)


def _unpacked_chunks(data: memoryview) -> Rows:
    files, definitions, *starts = unpacked_columns(data, 4)
    columns = {
        "file": np.cumsum(_unzigzag(files)),
        "definition": np.cumsum(_unzigzag(definitions)),
    }
    firsts = np.flatnonzero(files)
    runs = np.diff(firsts, append=len(files))
    for name, values in zip(("start_byte", "start_line"), starts, strict=True):
        steps = _unzigzag(values)
        steps[firsts] = values[firsts]
        sums = np.cumsum(steps)
        # What was summed up before the file does not count; before the first one nothing was.
        sums[len(files) - int(runs.sum()) :] -= np.repeat(sums[firsts] - values[firsts], runs)
        columns[name] = sums
    return _rows(CHUNK_DTYPE, columns)


def _packed_terms(terms: Rows) -> bytes:
    # The two highest of the eight bytes are zero.
    return terms.astype("<u8").view("u1").reshape(-1, 8)[:, :_TERM_BYTES].tobytes()


def _unpacked_terms(data: memoryview) -> Rows:
    if len(data) % _TERM_BYTES:
        raise PackingError("terms end inside of one")
    stored = np.frombuffer(data, np.uint8).reshape(-1, _TERM_BYTES)
    terms = np.zeros((len(stored), 8), dtype=np.uint8)
    terms[:, :_TERM_BYTES] = stored
    return terms.reshape(-1).view("<u8")


def _packed_starts(starts: Rows) -> bytes:
    numbers = starts.astype(np.int64)
    return packed_column(numbers[1:] - numbers[:-1])


def _unpacked_starts(data: memoryview) -> Rows:
    (counts,) = unpacked_columns(data, 1)
    starts = np.concatenate(([0], np.cumsum(counts)))
    if starts[-1] >= 1 << 32:
        raise PackingError("starts are out of range")
    return starts.astype("<u4")


def _packed_numbers(values: Rows) -> bytes:
    return packed_column(values.astype(np.int64))


def _unpacked_numbers(data: memoryview) -> Rows:
    (values,) = unpacked_columns(data, 1)
    return values.astype("<u4")


_PACKERS: Final[dict[Section, tuple[Callable[[Rows], bytes], Callable[[memoryview], Rows]]]] = {
    Section.CHUNKS: (_packed_chunks, _unpacked_chunks),
    Section.TERMS: (_packed_terms, _unpacked_terms),
    Section.POSTING_STARTS: (_packed_starts, _unpacked_starts),
    Section.DEFINITIONS: (_packed_definitions, _unpacked_definitions),
    Section.SYMBOL_STARTS: (_packed_starts, _unpacked_starts),
    Section.SYMBOL_DEFINITION_STARTS: (_packed_starts, _unpacked_starts),
    Section.SYMBOL_DEFINITIONS: (_packed_numbers, _unpacked_numbers),
}
