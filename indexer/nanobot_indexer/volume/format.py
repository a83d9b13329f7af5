"""The layout of one volume.

    header | section table | CRC of both | text | folded | lines | files |
    definitions | spans | symbols | names

All numbers are little-endian. Sections start at multiples of 8 and follow each
other in the order above; the bytes between them are zero.
"""

import struct
from enum import IntEnum
from typing import Any, Final

import numpy as np

from nanobot_indexer.options import TEXT_SIZE_BYTES_LIMIT
from nanobot_indexer.syntax.definition import DefinitionKind, ParseStatus
from nanobot_indexer.syntax.language import Language

MAGIC: Final = b"NANOVOL\0"

# Bump on every change of the layout, and say what changed. A volume is a cache:
# an old one is rebuilt, never migrated.
# 1: text, folded text, lines, files, definitions, spans, symbols, names.
FORMAT_VERSION: Final = 1

HEADER: Final = struct.Struct("<8sIIQQ")  # magic, version, section count, generation, file size
SECTION: Final = struct.Struct("<QQII")  # offset, size in bytes, CRC32, zero
HEADER_CRC: Final = struct.Struct("<I")
ALIGNMENT_BYTES: Final = 8


class Section(IntEnum):
    """The sections, in their order in the file."""

    TEXT = 0
    """The raw bytes of the files, one after the other."""
    FOLDED = 1
    """The same with A-Z as a-z: what a search without regard to case scans."""
    LINES = 2
    """`LINE_DTYPE` per line: its byte offset in its file."""
    FILES = 3
    """`FILE_DTYPE` per file, in path order."""
    DEFINITIONS = 4
    """`DEFINITION_DTYPE` per definition: file by file, by start."""
    SPANS = 5
    """`SPAN_DTYPE`: where in the text the innermost definition changes."""
    SYMBOLS = 6
    """The names of the definitions, each ended by a line feed, in their order."""
    NAMES = 7
    """Paths, encodings and qualified names, referred to by offset."""


HEADER_SIZE_BYTES: Final = HEADER.size + SECTION.size * len(Section) + HEADER_CRC.size + 4
TEXT_SIZE_BYTES_MAX: Final = TEXT_SIZE_BYTES_LIMIT
"""A volume that would grow beyond it is sealed and the next one begun."""

LINE_DTYPE: Final = np.dtype("<u4")
FILE_DTYPE: Final = np.dtype(
    [
        ("path_offset", "<u4"),
        ("path_size", "<u4"),
        ("encoding_offset", "<u4"),
        ("encoding_size", "<u4"),
        ("size_bytes", "<u4"),
        ("crc32", "<u4"),
        ("line_count", "<u4"),
        ("definition_count", "<u4"),
        ("language", "u1"),  # index into LANGUAGES
        ("parse_status", "u1"),  # index into PARSE_STATUSES
        ("has_bom", "u1"),
        ("zero", "u1"),
        ("sha256", "u1", (32,)),
    ]
)
DEFINITION_DTYPE: Final = np.dtype(
    [
        ("kind", "<u4"),  # index into KINDS
        ("parent", "<i4"),  # index among the definitions of the file, -1 for none
        ("start_byte", "<u4"),
        ("end_byte", "<u4"),
        ("name_start_byte", "<u4"),
        ("name_end_byte", "<u4"),
        ("start_line", "<u4"),
        ("end_line", "<u4"),
        ("symbol_offset", "<u4"),
        ("symbol_size", "<u4"),
        ("qualified_offset", "<u4"),
        ("qualified_size", "<u4"),
    ]
)
SPAN_DTYPE: Final = np.dtype(
    [
        ("start", "<u4"),  # offset in the text of the volume
        ("file", "<u4"),
        ("definition", "<i4"),  # index in the volume, -1 for none
    ]
)

DTYPE_BY_SECTION: Final[dict[Section, np.dtype[Any]]] = {
    Section.TEXT: np.dtype("u1"),
    Section.FOLDED: np.dtype("u1"),
    Section.LINES: LINE_DTYPE,
    Section.FILES: FILE_DTYPE,
    Section.DEFINITIONS: DEFINITION_DTYPE,
    Section.SPANS: SPAN_DTYPE,
    Section.SYMBOLS: np.dtype("u1"),
    Section.NAMES: np.dtype("u1"),
}

# Stored by position: append only, never reorder.
LANGUAGES: Final = (
    Language.TEXT,
    Language.PYTHON,
    Language.JAVASCRIPT,
    Language.TYPESCRIPT,
    Language.TSX,
    Language.GO,
    Language.RUST,
    Language.JAVA,
    Language.C,
    Language.CPP,
)
KINDS: Final = (
    DefinitionKind.FUNCTION,
    DefinitionKind.METHOD,
    DefinitionKind.CLASS,
    DefinitionKind.STRUCT,
    DefinitionKind.UNION,
    DefinitionKind.ENUM,
    DefinitionKind.INTERFACE,
    DefinitionKind.TRAIT,
    DefinitionKind.MODULE,
    DefinitionKind.NAMESPACE,
    DefinitionKind.TYPE,
    DefinitionKind.CONSTANT,
    DefinitionKind.VARIABLE,
    DefinitionKind.MACRO,
)
PARSE_STATUSES: Final = (
    ParseStatus.TEXT,
    ParseStatus.PARSED,
    ParseStatus.PARTIAL,
    ParseStatus.FAILED,
)

assert set(LANGUAGES) == set(Language)  # A new language needs a code.
assert set(KINDS) == set(DefinitionKind)
assert set(PARSE_STATUSES) == set(ParseStatus)
assert set(DTYPE_BY_SECTION) == set(Section)
# Sections are mapped as arrays, so the first one must start aligned.
assert HEADER_SIZE_BYTES % ALIGNMENT_BYTES == 0
# Positions in the text of a volume are stored in 32 bits.
assert TEXT_SIZE_BYTES_MAX < 2**32


def aligned(offset: int) -> int:
    """Return the next offset at which a section may start."""
    return -(-offset // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
