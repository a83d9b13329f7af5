"""Check tables before they are believed: after this, nothing in them points outside.

A checksum finds accidents. It does not find a table that someone made: a
workspace may bring its own `.nanobot`. Each section is checked when it is first
used, against the sections it points into.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nanobot_indexer.syntax.rows import DEPTH_MAX
from nanobot_indexer.volume.format import (
    CHUNKS_PER_SEGMENT_MAX,
    KINDS,
    LANGUAGES,
    LINE_ENDINGS,
    PARSE_STATUSES,
    Section,
)

_LINE_FEED: Final = ord("\n")

Array = npt.NDArray[Any]
ArrayOf = Callable[[Section], Array]
"""Returns another section, itself checked."""


def fault_of(section: Section, rows: Array, array: ArrayOf, *, text_bytes: int) -> str | None:
    """Return what is wrong with a section of a segment, or None.

    Args:
        section: Which one.
        rows: What is in it.
        array: The other sections. Asked for what this one points into and no more.
        text_bytes: Size of the text of the segment.
    """
    check = _CHECK_BY_SECTION.get(section)
    # The first fault counts: what comes after it relies on there being none.
    return None if check is None else next(check(_Known(array, text_bytes), rows), None)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a section is checked against."""

    array: ArrayOf
    text_bytes: int


def _files(known: _Known, files: Array) -> Iterator[str]:
    if int(files["size_bytes"].sum(dtype=np.uint64)) != known.text_bytes:
        yield "files do not add up to the text"
    sizes, line_counts = files["size_bytes"], files["line_count"]
    if ((files["chunk_count"] == 0) != (sizes == 0)).any():
        yield "a file has text and no chunk, or a chunk and no text"
    if ((line_counts == 0) != (sizes == 0)).any() or (line_counts > sizes).any():
        yield "a file has an impossible number of lines"
    names_size = len(known.array(Section.NAMES))
    for field in ("path", "encoding"):
        if _reaches_beyond(files[f"{field}_offset"], files[f"{field}_size"], names_size):
            yield f"a file has its {field} outside of the names"
    codes = (
        ("language", LANGUAGES),
        ("parse_status", PARSE_STATUSES),
        ("has_bom", (0, 1)),
        ("line_ending", LINE_ENDINGS),
    )
    for field, values in codes:
        if (files[field] >= len(values)).any():
            yield f"a file has an unknown {field}"


def _chunks(known: _Known, chunks: Array) -> Iterator[str]:
    files = known.array(Section.FILES)
    counts = files["chunk_count"].astype(np.int64)
    if counts.sum() != len(chunks) or len(chunks) > CHUNKS_PER_SEGMENT_MAX:
        yield "files do not add up to the chunks"
    if not len(chunks):
        return
    if (chunks["file"] != np.repeat(np.arange(len(files)), counts)).any():
        yield "a chunk belongs to another file"
    is_first = np.zeros(len(chunks), dtype=np.bool_)
    is_first[(np.cumsum(counts) - counts)[counts > 0]] = True
    starts, lines = chunks["start_byte"], chunks["start_line"]
    if starts[is_first].any() or (lines[is_first] != 1).any():
        yield "a file does not begin with its first chunk"
    later = ~is_first[1:]
    if ((starts[1:] <= starts[:-1]) | (lines[1:] <= lines[:-1]))[later].any():
        yield "chunks are out of order"
    if (starts >= files["size_bytes"][chunks["file"]]).any():
        yield "a chunk begins behind its file"
    if (lines > files["line_count"][chunks["file"]]).any():
        yield "a chunk begins behind the last line"
    yield from _chunk_definitions(known, chunks, files)


def _chunk_definitions(known: _Known, chunks: Array, files: Array) -> Iterator[str]:
    definition_counts = files["definition_count"].astype(np.int64)
    if definition_counts.sum() != len(known.array(Section.DEFINITIONS)):
        yield "files do not add up to the definitions"
    ends = np.cumsum(definition_counts)
    owners, own_ends = chunks["definition"], ends[chunks["file"]]
    own_starts = own_ends - definition_counts[chunks["file"]]
    if ((owners != -1) & ((owners < own_starts) | (owners >= own_ends))).any():
        yield "a chunk belongs to no definition of its file"


def _per_chunk(known: _Known, rows: Array) -> Iterator[str]:
    if len(rows) != len(known.array(Section.CHUNKS)):
        yield "not one row per chunk"


def _terms(_known: _Known, terms: Array) -> Iterator[str]:
    if (terms[1:] <= terms[:-1]).any():
        yield "terms are out of order"


def _posting_starts(known: _Known, starts: Array) -> Iterator[str]:
    terms, postings = known.array(Section.TERMS), known.array(Section.POSTINGS)
    yield from _start_faults(starts, len(terms), len(postings), "postings")


def _postings(known: _Known, postings: Array) -> Iterator[str]:
    if len(postings) and int(postings.max()) >> 3 >= len(known.array(Section.CHUNKS)):
        yield "a posting belongs to no chunk"


def _definitions(known: _Known, definitions: Array) -> Iterator[str]:
    files = known.array(Section.FILES)
    counts = files["definition_count"].astype(np.int64)
    if counts.sum() != len(definitions):
        yield "files do not add up to the definitions"
    if (definitions["kind"] >= len(KINDS)).any():
        yield "a definition has an unknown kind"
    own_index = np.arange(len(definitions)) - np.repeat(np.cumsum(counts) - counts, counts)
    if ((definitions["parent"] < -1) | (definitions["parent"] >= own_index)).any():
        yield "a definition has an impossible parent"
    if _is_deeper(definitions["parent"], np.arange(len(definitions)) - own_index, DEPTH_MAX):
        yield f"definitions nest more than {DEPTH_MAX} deep"
    sizes = np.repeat(files["size_bytes"], counts).astype(np.int64)
    ends = definitions["end_byte"].astype(np.int64)
    name_starts = definitions["name_start_byte"].astype(np.int64)
    name_ends = name_starts + definitions["name_size"]
    if ((definitions["start_byte"] > name_starts) | (name_ends > ends) | (ends > sizes)).any():
        yield "a definition reaches beyond its range"
    for field in ("signature", "docstring"):
        start, end = definitions[f"{field}_start_byte"], definitions[f"{field}_end_byte"]
        if ((start > end) | (end > sizes)).any():
            yield f"a definition has its {field} outside of its file"
    lines, last_lines = definitions["start_line"], definitions["end_line"]
    line_counts = np.repeat(np.maximum(files["line_count"], 1), counts)
    if ((lines < 1) | (lines > last_lines) | (last_lines > line_counts)).any():
        yield "a definition has impossible lines"
    if _reaches_beyond(
        definitions["scope_offset"], definitions["scope_size"], len(known.array(Section.NAMES))
    ):
        yield "a definition has its scope outside of the names"


def _symbol_starts(known: _Known, starts: Array) -> Iterator[str]:
    yield from _start_faults(starts, len(starts) - 1, len(known.array(Section.SYMBOLS)), "symbols")
    # The line feed that ends a name is part of it here.
    if (starts[1:] <= starts[:-1]).any():
        yield "a symbol is empty"
    is_end = known.array(Section.SYMBOLS) == _LINE_FEED
    if not is_end[starts[1:] - 1].all() or np.count_nonzero(is_end) != len(starts) - 1:
        yield "a symbol does not end with the only line feed in it"


def _symbol_definition_starts(known: _Known, starts: Array) -> Iterator[str]:
    symbol_count = len(known.array(Section.SYMBOL_STARTS)) - 1
    carriers = known.array(Section.SYMBOL_DEFINITIONS)
    yield from _start_faults(starts, symbol_count, len(carriers), "symbol definitions")


def _symbol_definitions(known: _Known, rows: Array) -> Iterator[str]:
    definition_count = len(known.array(Section.DEFINITIONS))
    if len(rows) != definition_count or (rows >= definition_count).any():
        yield "a symbol names no definition"


def _imports(known: _Known, imports: Array) -> Iterator[str]:
    files = known.array(Section.FILES)
    counts = files["import_count"].astype(np.int64)
    if counts.sum() != len(imports):
        yield "files do not add up to the imports"
    sizes = np.repeat(files["size_bytes"], counts)
    if ((imports["start_byte"] > imports["end_byte"]) | (imports["end_byte"] > sizes)).any():
        yield "an import reaches beyond its file"
    names_size = len(known.array(Section.NAMES))
    if _reaches_beyond(imports["name_offset"], imports["name_size"], names_size):
        yield "an import has its name outside of the names"


def _start_faults(starts: Array, count: int, size: int, what: str) -> Iterator[str]:
    if not len(starts) or len(starts) != count + 1:
        yield f"not one start per row of the {what}"
    if starts[0] != 0 or int(starts[-1]) != size or (starts[1:] < starts[:-1]).any():
        yield f"starts of the {what} are out of order"


def _is_deeper(parents: Array, file_firsts: Array, depth_max: int) -> bool:
    """Tell whether any row has more ancestors than allowed.

    Args:
        parents: Index of each row's parent among the rows of its file, -1 for none.
        file_firsts: The first row of the file of each row.
        depth_max: So many levels, the outermost counted.
    """
    above = np.where(parents >= 0, parents + file_firsts, -1)
    level = above
    for _ in range(depth_max):
        level = level[level >= 0]
        if not len(level):
            return False
        level = above[level]
    return bool((level >= 0).any())


def _reaches_beyond(offsets: Array, sizes: Array, section_size: int) -> bool:
    ends = offsets.astype(np.int64) + sizes
    return bool((ends > section_size).any())


# SYMBOLS and NAMES are bytes: checked by what points into them.
_CHECK_BY_SECTION: Final[Mapping[Section, Callable[[_Known, Array], Iterator[str]]]] = {
    Section.FILES: _files,
    Section.CHUNKS: _chunks,
    Section.CHUNK_IDS: _per_chunk,
    Section.SIMHASHES: _per_chunk,
    Section.CHUNK_LENGTHS: _per_chunk,
    Section.TERMS: _terms,
    Section.POSTING_STARTS: _posting_starts,
    Section.POSTINGS: _postings,
    Section.DEFINITIONS: _definitions,
    Section.SYMBOL_STARTS: _symbol_starts,
    Section.SYMBOL_DEFINITION_STARTS: _symbol_definition_starts,
    Section.SYMBOL_DEFINITIONS: _symbol_definitions,
    Section.IMPORTS: _imports,
}
