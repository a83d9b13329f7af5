"""The definitions and imports of one file, as arrays.

A row is what the index stores of a definition. Names are not copied: they are in
the text, where `name_start_byte` says. Only a scope that is not the parent's name
is kept as text: the `Server` of Go's `func (s *Server) Run()`.

The rows come from a process that has read hostile data: `checked_batch` is the door.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nanobot_indexer.syntax.definition import DEFINITION_KINDS, DefinitionRange, ImportRange
from nanobot_indexer.syntax.frames import (
    COUNTS,
    DEFINITION_SIZE_BYTES,
    IMPORT_SIZE_BYTES,
    REPLY_SIZE_BYTES_MAX,
    FrameError,
)
from nanobot_indexer.syntax.rows import (
    DEFINITION_FIELDS,
    DEFINITIONS_MAX,
    DEPTH_MAX,
    IMPORT_FIELDS,
    IMPORTS_MAX,
    NO_PARENT,
)

DEFINITION_DTYPE: Final = np.dtype(
    [(name, "<i4" if name == "parent" else "<u4") for name in DEFINITION_FIELDS]
)
"""`kind` is an index into `DEFINITION_KINDS`, `parent` -1 at the top."""
IMPORT_DTYPE: Final = np.dtype([(name, "<u4") for name in IMPORT_FIELDS])

# Fields of a definition, and what none of them may be larger than.
_ORDERED_FIELDS: Final = (
    ("start_byte", "name_start_byte"),
    ("name_end_byte", "end_byte"),
    ("signature_start_byte", "signature_end_byte"),
    ("signature_end_byte", "end_byte"),
    ("docstring_start_byte", "docstring_end_byte"),
    ("docstring_end_byte", "end_byte"),
)
_NOT_AFTER: Final = [DEFINITION_FIELDS.index(field) for field, _ in _ORDERED_FIELDS]
_NOT_BEFORE: Final = [DEFINITION_FIELDS.index(field) for _, field in _ORDERED_FIELDS]

# Of one text, as `COUNTS` says them.
_COUNTS_MAX: Final = np.array([DEFINITIONS_MAX, IMPORTS_MAX, REPLY_SIZE_BYTES_MAX, 1])

assert DEFINITION_DTYPE.itemsize == DEFINITION_SIZE_BYTES
assert IMPORT_DTYPE.itemsize == IMPORT_SIZE_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class DefinitionTable:
    """The syntax of one file.

    Invariant: rows ascend by start; parents come before their children, contain them,
    and nest at most `DEPTH_MAX` deep; all ranges lie in the text, all names are UTF-8.
    """

    rows: NDArray[Any]
    """Shape (D,), `DEFINITION_DTYPE`."""
    imports: NDArray[Any]
    """Shape (I,), `IMPORT_DTYPE`, by start."""
    names: bytes
    """Scopes and the names of imports, UTF-8."""

    def definitions(self, text: bytes) -> Iterator[DefinitionRange]:
        """Yield the definitions of the file with that text."""
        qualified: list[str] = []
        for row in self.rows.tolist():
            kind, parent, start, end, name_start, name_end, *ranges, scope_start, scope_size = row
            name = text[name_start:name_end].decode()
            scope = self.names[scope_start : scope_start + scope_size].decode()
            outer = qualified[parent] if parent >= 0 else ""
            path = ".".join(part for part in (outer, scope, name) if part)
            qualified.append(path)
            yield DefinitionRange(
                DEFINITION_KINDS[kind],
                name,
                path,
                start,
                end,
                name_start,
                name_end,
                parent if parent >= 0 else None,
                *ranges,
            )

    def import_ranges(self) -> Iterator[ImportRange]:
        """Yield the imports of the file."""
        for start, end, name_start, size in self.imports.tolist():
            yield ImportRange(start, end, self.names[name_start : name_start + size].decode())

    def lines(self, line_starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the first and the last line of every definition, 1-based, each shape (D,).

        Args:
            line_starts: Shape (lines,), where the lines of the file start.
        """
        first = np.searchsorted(line_starts, self.rows["start_byte"], side="right")
        lasts = np.maximum(self.rows["end_byte"], self.rows["start_byte"] + 1) - 1
        return first, np.maximum(np.searchsorted(line_starts, lasts, side="right"), first)


EMPTY_TABLE: Final = DefinitionTable(
    np.empty(0, dtype=DEFINITION_DTYPE), np.empty(0, dtype=IMPORT_DTYPE), b""
)


@dataclass(frozen=True, slots=True, eq=False)
class SyntaxBatch:
    """The syntax of some texts, one after the other in the same arrays.

    Every text keeps its own numbers: positions count from its start, parents from its
    first definition, names from the first of its names.
    """

    rows: NDArray[Any]
    """Shape (D,), `DEFINITION_DTYPE`."""
    imports: NDArray[Any]
    """Shape (I,), `IMPORT_DTYPE`."""
    names: bytes
    counts: NDArray[np.int64]
    """Shape (N, 4): per text its definitions, imports, bytes of names, 1 for errors."""
    starts: NDArray[np.int64]
    """Shape (N+1, 4): the sums of the counts before each text; the last row is of all."""

    @property
    def text_count(self) -> int:
        """N."""
        return len(self.counts)

    def table(self, text: int) -> DefinitionTable:
        """Return the syntax of one of the texts."""
        (row, imported, name, _), (row_end, imported_end, name_end, _) = self.starts[
            text : text + 2
        ].tolist()
        return DefinitionTable(
            self.rows[row:row_end], self.imports[imported:imported_end], self.names[name:name_end]
        )

    def has_errors(self, text: int) -> bool:
        """Tell whether the tree of one of the texts is partial."""
        return bool(self.counts[text, 3])


def checked_table(
    payload: bytes, *, definition_count: int, import_count: int, text: bytes
) -> DefinitionTable:
    """Return the syntax that was written down of one text.

    Args:
        payload: `SyntaxRows.payload`.
        definition_count: How many rows of definitions it has.
        import_count: How many rows of imports.
        text: No range may reach beyond it.

    Raises:
        FrameError: The payload is not the syntax of such a text.
    """
    own = definition_count * DEFINITION_SIZE_BYTES + import_count * IMPORT_SIZE_BYTES
    if own > len(payload):
        raise FrameError(f"payload ends at {len(payload)} of {own}")
    counts = COUNTS.pack(definition_count, import_count, len(payload) - own, 0)
    return checked_batch(counts + payload, [text]).table(0)


def checked_batch(payload: bytes, texts: Sequence[bytes]) -> SyntaxBatch:
    """Return the syntax that a reply says.

    Args:
        payload: From a worker that may be broken.
        texts: What it was asked about. No range may reach beyond its text.

    Raises:
        FrameError: The payload is not the syntax of such texts.
    """
    rows_start = COUNTS.size * len(texts)
    if rows_start > len(payload):
        raise FrameError(f"payload ends at {len(payload)} of {rows_start}")
    counts = np.frombuffer(payload, "<u4", 4 * len(texts)).astype(np.int64).reshape(-1, 4)
    if (counts > _COUNTS_MAX).any():
        raise FrameError(f"impossible counts, at most {counts.max(axis=0).tolist()}")
    starts = np.zeros((len(texts) + 1, 4), dtype=np.int64)
    np.cumsum(counts, axis=0, out=starts[1:])
    definition_count, import_count, names_size_bytes, _ = starts[-1].tolist()
    imports_start = rows_start + definition_count * DEFINITION_SIZE_BYTES
    names_start = imports_start + import_count * IMPORT_SIZE_BYTES
    if names_start + names_size_bytes != len(payload):
        raise FrameError(f"payload ends at {len(payload)} of {names_start + names_size_bytes}")
    batch = SyntaxBatch(
        np.frombuffer(payload, DEFINITION_DTYPE, definition_count, rows_start),
        np.frombuffer(payload, IMPORT_DTYPE, import_count, imports_start),
        payload[names_start:],
        counts,
        starts,
    )
    text_sizes = np.array([len(text) for text in texts], dtype=np.int64)
    if definition_count:
        _check_definitions(batch, text_sizes)
    if import_count:
        _check_imports(batch, text_sizes)
    _check_names(batch, texts)
    return batch


def _check_definitions(batch: SyntaxBatch, text_sizes: NDArray[np.int64]) -> None:
    numbers = batch.rows.view("<u4").reshape(len(batch.rows), -1)
    (kinds, parents, starts, ends, name_starts, name_ends, _, _, _, _, scopes, scope_sizes) = (
        numbers.T
    )
    counts = batch.counts[:, 0]
    # A few wide operations instead of many: thousands of small files are checked.
    if (
        (numbers[:, _NOT_AFTER] > numbers[:, _NOT_BEFORE]).any()
        or (name_starts >= name_ends).any()
        or kinds.max() >= len(DEFINITION_KINDS)
        or (ends > np.repeat(text_sizes, counts)).any()
        or (scopes.astype(np.int64) + scope_sizes > np.repeat(batch.counts[:, 2], counts)).any()
    ):
        raise FrameError("a definition lies outside of the text")
    firsts = np.repeat(batch.starts[:-1, 0], counts)
    own = np.arange(len(numbers))
    if ((starts[:-1] > starts[1:]) & (own[1:] != firsts[1:])).any():
        raise FrameError("definitions out of order")
    is_top = parents == np.uint32(NO_PARENT)
    outer = np.where(is_top, own, parents + firsts)
    if ((outer >= own) & ~is_top).any():
        raise FrameError("a definition has an impossible parent")
    if ((starts[outer] > starts) | (ends[outer] < ends)).any():
        raise FrameError("a definition reaches out of its parent")
    ancestor = outer
    for _ in range(DEPTH_MAX):
        if is_top[ancestor].all():
            break
        ancestor = outer[ancestor]
    else:
        raise FrameError("definitions are nested too deep")


def _check_imports(batch: SyntaxBatch, text_sizes: NDArray[np.int64]) -> None:
    imports = batch.imports
    counts = batch.counts[:, 1]
    name_ends = imports["name_start"].astype(np.int64) + imports["name_size_bytes"]
    if (
        (imports["start_byte"] > imports["end_byte"])
        | (imports["end_byte"] > np.repeat(text_sizes, counts))
        | (imports["name_size_bytes"] == 0)
        | (name_ends > np.repeat(batch.counts[:, 2], counts))
    ).any():
        raise FrameError("an import lies outside of the text")
    is_first = np.zeros(len(imports) + 1, dtype=np.bool_)
    is_first[batch.starts[:, 1]] = True
    starts = imports["start_byte"]
    if ((starts[:-1] > starts[1:]) & ~is_first[1:-1]).any():
        raise FrameError("imports out of order")


def _check_names(batch: SyntaxBatch, texts: Sequence[bytes]) -> None:
    """Check that all names are UTF-8, those in the texts and those beside them."""
    is_plain = batch.names.isascii()
    for number, text in enumerate(texts):
        if is_plain and text.isascii():
            continue
        table = batch.table(number)
        if not text.isascii() and len(table.rows):
            _check_text(text, [table.rows["name_start_byte"], table.rows["name_end_byte"]])
        if not table.names.isascii():
            _check_text(table.names, _name_bounds(table))


def _name_bounds(table: DefinitionTable) -> list[NDArray[Any]]:
    scopes = np.stack((table.rows["scope_start"], table.rows["scope_size_bytes"]))
    scopes = scopes[:, scopes[1] > 0].astype(np.int64)
    names = np.stack((table.imports["name_start"], table.imports["name_size_bytes"]))
    starts, sizes = np.concatenate((scopes, names.astype(np.int64)), axis=1)
    return [starts, starts + sizes]


def _check_text(text: bytes, bounds: list[NDArray[Any]]) -> None:
    """Check that the ranges of `text` between the bounds are UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        is_text = False
    else:
        # All of it is: then a range is, when it begins and ends between characters.
        codes = np.append(np.frombuffer(text, dtype=np.uint8), 0)
        is_text = not any(((codes[ends] & 0xC0) == 0x80).any() for ends in bounds)
    if is_text:
        return
    for start, end in zip(*(one.tolist() for one in bounds), strict=True):
        try:
            text[start:end].decode()
        except UnicodeDecodeError as error:
            raise FrameError(f"a name is not UTF-8: {text[start:end]!r}") from error
