"""One file on its way into a segment: what was read, and what is known of its syntax."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.syntax.definition import ParseStatus
from nanobot_indexer.syntax.language import Language, language_of
from nanobot_indexer.syntax.table import DefinitionTable
from nanobot_indexer.volume.format import DEFINITION_DTYPE, IMPORT_DTYPE
from nanobot_indexer.workspace.encoding import TextEncoding

_SAME_FIELDS: Final = (
    "kind", "parent", "start_byte", "end_byte", "name_start_byte", "signature_start_byte",
    "signature_end_byte", "docstring_start_byte", "docstring_end_byte",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileSyntax:
    """Definitions and imports of one file as rows, whatever segment it is in."""

    definitions: npt.NDArray[np.void]
    """`DEFINITION_DTYPE`; scopes refer to `names`."""
    imports: npt.NDArray[np.void]
    """`IMPORT_DTYPE`; names refer to `names`."""
    names: bytes
    status: ParseStatus


def no_syntax(status: ParseStatus) -> FileSyntax:
    """Return the syntax of a file without any."""
    return FileSyntax(np.zeros(0, DEFINITION_DTYPE), np.zeros(0, IMPORT_DTYPE), b"", status)


@dataclass(slots=True)
class FileRecord:
    """One file of a segment that is being made. The text is kept by the segment."""

    path: str
    size_bytes: int
    sha256: bytes
    encoding: str
    has_bom: bool
    language: Language
    syntax: FileSyntax


def file_record(path: str, text: bytes, sha256: bytes, encoding: TextEncoding) -> FileRecord:
    """Return a file as it was read, its syntax unknown."""
    return FileRecord(
        path=path,
        size_bytes=len(text),
        sha256=sha256,
        encoding=encoding.name,
        has_bom=encoding.has_bom,
        language=language_of(path, text),
        syntax=no_syntax(ParseStatus.PENDING),
    )


def stored_syntax(
    table: DefinitionTable, line_starts: npt.NDArray[np.int64], status: ParseStatus
) -> FileSyntax:
    """Turn what a parser said about one file into the rows of a segment.

    Args:
        table: Of the file.
        line_starts: Byte offset of every line. Shape `(line_count,)`.
        status: Of the file.
    """
    parsed = table.rows
    rows = np.zeros(len(parsed), dtype=DEFINITION_DTYPE)
    for field in _SAME_FIELDS:
        rows[field] = parsed[field]
    rows["name_size"] = parsed["name_end_byte"] - parsed["name_start_byte"]
    rows["scope_offset"], rows["scope_size"] = parsed["scope_start"], parsed["scope_size_bytes"]
    rows["start_line"], rows["end_line"] = table.lines(line_starts)
    imports = np.zeros(len(table.imports), dtype=IMPORT_DTYPE)
    for field in ("start_byte", "end_byte"):
        imports[field] = table.imports[field]
    imports["name_offset"] = table.imports["name_start"]
    imports["name_size"] = table.imports["name_size_bytes"]
    return FileSyntax(rows, imports, table.names, status)


def rebased(
    rows: npt.NDArray[Any], field: str, names: npt.NDArray[np.uint8] | bytes, *, start: int
) -> tuple[npt.NDArray[Any], bytes]:
    """Return rows whose names lie in a blob of their own, and the blob.

    Args:
        rows: With `<field>_offset` and `<field>_size`.
        field: Which name.
        names: What the offsets refer to now.
        start: Where the new blob will begin.
    """
    moved = rows.copy()
    blob = bytearray()
    for number in np.flatnonzero(rows[f"{field}_size"]).tolist():
        offset, size = int(rows[f"{field}_offset"][number]), int(rows[f"{field}_size"][number])
        moved[f"{field}_offset"][number] = start + len(blob)
        blob += bytes(names[offset : offset + size])
    return moved, bytes(blob)
