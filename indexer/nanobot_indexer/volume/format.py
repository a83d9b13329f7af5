"""The layout of the index: what is in a volume, in its tables, and as what.

A segment is one volume (text) and one file of tables (everything derived from
the text). Tables come in revisions: `LEXICAL` is made at once, `SYNTAX` when the
parse workers are done; both describe the same volume.
"""

from enum import IntEnum, StrEnum
from typing import Any, Final

import numpy as np

from nanobot_indexer.fingerprint.content import CHUNKS_MAX
from nanobot_indexer.options import TEXT_SIZE_BYTES_LIMIT
from nanobot_indexer.syntax.definition import DEFINITION_KINDS, ParseStatus
from nanobot_indexer.syntax.language import Language

VOLUME_MAGIC: Final = b"NANOVOL\0"
TABLES_MAGIC: Final = b"NANOTAB\0"

# Bump on every change of the layout or of what a table means, and say what changed.
# An index is a cache: an old one is rebuilt, never migrated.
# 1: one file per volume with text, folded text, lines, files, definitions, spans, symbols.
# 2: segments of text and tables; chunks, postings, signatures, imports; no folded copy.
# 3: signatures are made of terms; chunks are stored in columns.
FORMAT_VERSION: Final = 3

SEGMENT_TEXT_BYTES: Final = 8 * 1024 * 1024
"""A segment is closed when its text reaches this. One larger file may exceed it."""
SEGMENT_TEXT_BYTES_MAX: Final = SEGMENT_TEXT_BYTES + TEXT_SIZE_BYTES_LIMIT
CHUNKS_PER_SEGMENT_MAX: Final = CHUNKS_MAX
TEXT_SECTION: Final = 0
"""The only section of a volume: the raw bytes of the files, one after the other."""


class Revision(IntEnum):
    """How much of a segment is known."""

    LEXICAL = 0
    """Chunks by lines, definitions unknown."""
    SYNTAX = 1
    """Definitions known, chunks follow them."""


class Section(IntEnum):
    """The sections of a file of tables. Stored by value: never reuse one."""

    FILES = 1
    """`FILE_DTYPE` per file, by UTF-8 path."""
    CHUNKS = 2
    """`CHUNK_DTYPE` per chunk, file by file, by start. One ends where the next one of
    its file starts, or with the file."""
    CHUNK_IDS = 3
    """u64 per chunk: a hash of its bytes."""
    SIMHASHES = 4
    """u64 per chunk."""
    CHUNK_LENGTHS = 5
    """u16 per chunk: its tokens, for BM25."""
    TERMS = 6
    """u64 per term, ascending: the hash of a token in a field."""
    POSTING_STARTS = 7
    """u32 per term and one more, into POSTINGS."""
    POSTINGS = 8
    """u16: chunk << 3 | code of the frequency; ascending inside of a term."""
    DEFINITIONS = 9
    """`DEFINITION_DTYPE` per definition: file by file, by start, outer before inner."""
    SYMBOLS = 10
    """The different names of the definitions with A-Z as a-z, sorted, each ended by a
    line feed."""
    SYMBOL_STARTS = 11
    """u32 per symbol and one more, into SYMBOLS."""
    SYMBOL_DEFINITION_STARTS = 12
    """u32 per symbol and one more, into SYMBOL_DEFINITIONS."""
    SYMBOL_DEFINITIONS = 13
    """u32: the definitions of each symbol, ascending inside of a symbol."""
    IMPORTS = 14
    """`IMPORT_DTYPE` per imported name, file by file, by start."""
    NAMES = 15
    """Paths, encodings, scopes and imported names, referred to by offset and size."""


FILE_DTYPE: Final = np.dtype(
    [
        ("path_offset", "<u4"),
        ("path_size", "<u4"),
        ("encoding_offset", "<u4"),
        ("size_bytes", "<u4"),
        ("line_count", "<u4"),
        ("definition_count", "<u4"),
        ("import_count", "<u4"),
        ("chunk_count", "<u2"),
        ("encoding_size", "u1"),
        ("language", "u1"),  # index into LANGUAGES
        ("parse_status", "u1"),  # index into PARSE_STATUSES
        ("has_bom", "u1"),
        ("line_ending", "u1"),  # index into LINE_ENDINGS
        ("zero", "u1"),
        ("sha256", "u1", (32,)),
    ]
)
CHUNK_DTYPE: Final = np.dtype(
    [
        ("file", "<u4"),
        ("start_byte", "<u4"),  # in the file
        ("start_line", "<u4"),  # 1-based
        ("definition", "<i4"),  # in the segment, -1 for none
    ]
)
DEFINITION_DTYPE: Final = np.dtype(
    [
        ("kind", "u1"),  # index into KINDS
        ("zero", "u1"),
        ("name_size", "<u2"),
        ("parent", "<i4"),  # among the definitions of the file, -1 for none
        ("start_byte", "<u4"),
        ("end_byte", "<u4"),
        ("name_start_byte", "<u4"),
        ("start_line", "<u4"),
        ("end_line", "<u4"),
        ("signature_start_byte", "<u4"),
        ("signature_end_byte", "<u4"),
        ("docstring_start_byte", "<u4"),
        ("docstring_end_byte", "<u4"),
        ("scope_offset", "<u4"),  # what stands before the name beyond the parent's
        ("scope_size", "<u2"),
        ("padding", "<u2"),
    ]
)
IMPORT_DTYPE: Final = np.dtype(
    [
        ("start_byte", "<u4"),
        ("end_byte", "<u4"),
        ("name_offset", "<u4"),
        ("name_size", "<u4"),
    ]
)

DTYPE_BY_SECTION: Final[dict[Section, np.dtype[Any]]] = {
    Section.FILES: FILE_DTYPE,
    Section.CHUNKS: CHUNK_DTYPE,
    Section.CHUNK_IDS: np.dtype("<u8"),
    Section.SIMHASHES: np.dtype("<u8"),
    Section.CHUNK_LENGTHS: np.dtype("<u2"),
    Section.TERMS: np.dtype("<u8"),
    Section.POSTING_STARTS: np.dtype("<u4"),
    Section.POSTINGS: np.dtype("<u2"),
    Section.DEFINITIONS: DEFINITION_DTYPE,
    Section.SYMBOLS: np.dtype("u1"),
    Section.SYMBOL_STARTS: np.dtype("<u4"),
    Section.SYMBOL_DEFINITION_STARTS: np.dtype("<u4"),
    Section.SYMBOL_DEFINITIONS: np.dtype("<u4"),
    Section.IMPORTS: IMPORT_DTYPE,
    Section.NAMES: np.dtype("u1"),
}

# Stored by position: append only, never reorder.
LANGUAGES: Final = tuple(Language)
KINDS: Final = DEFINITION_KINDS
PARSE_STATUSES: Final = tuple(ParseStatus)


class LineEnding(StrEnum):
    """How the lines of a file end. Stored by position."""

    NONE = "none"
    """One line, or none."""
    LF = "lf"
    CRLF = "crlf"
    CR = "cr"
    MIXED = "mixed"


LINE_ENDINGS: Final = tuple(LineEnding)

assert set(DTYPE_BY_SECTION) == set(Section)
# Positions in the text of a segment are stored in 32 bits.
assert SEGMENT_TEXT_BYTES_MAX < 2**32
