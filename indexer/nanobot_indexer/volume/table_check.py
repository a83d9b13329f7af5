"""Check the tables of a volume: after this, nothing in them can point outside.

A checksum finds accidents. It does not find a volume that someone made: a
workspace may bring its own `.nanobot`.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nanobot_indexer.volume.format import KINDS, LANGUAGES, PARSE_STATUSES, Section

Arrays = Mapping[Section, npt.NDArray[Any]]


def check_tables(arrays: Arrays) -> str | None:
    """Return what is wrong with the tables, or None.

    Args:
        arrays: Every section, as its rows.
    """
    for check in (_files_fault, _lines_fault, _definitions_fault, _spans_fault):
        fault = check(arrays)
        if fault is not None:
            return fault
    return None


def _files_fault(arrays: Arrays) -> str | None:
    files = arrays[Section.FILES]
    names_size = len(arrays[Section.NAMES])
    totals = (
        ("size_bytes", Section.TEXT),
        ("line_count", Section.LINES),
        ("definition_count", Section.DEFINITIONS),
    )
    for field, section in totals:
        # 32-bit counts of fewer than 2**32 rows can not overflow 64 bits.
        if int(files[field].sum(dtype=np.uint64)) != len(arrays[section]):
            return f"files do not add up to section {section.name.lower()}"
    for field in ("path", "encoding"):
        if _reaches_beyond(files[f"{field}_offset"], files[f"{field}_size"], names_size):
            return f"a file has its {field} outside of the names"
    codes = (("language", LANGUAGES), ("parse_status", PARSE_STATUSES), ("has_bom", (0, 1)))
    for field, values in codes:
        if (files[field] >= len(values)).any():
            return f"a file has an unknown {field}"
    return None


def _lines_fault(arrays: Arrays) -> str | None:
    files, lines = arrays[Section.FILES], arrays[Section.LINES]
    counts = files["line_count"].astype(np.int64)
    if ((counts == 0) != (files["size_bytes"] == 0)).any():
        return "a file has text but no lines, or lines but no text"
    filled = counts > 0
    firsts = (np.cumsum(counts) - counts)[filled]
    lasts = firsts + counts[filled] - 1
    if lines[firsts].any() or (lines[lasts] >= files["size_bytes"][filled]).any():
        return "lines do not match their file"
    is_first = np.zeros(len(lines), dtype=np.bool_)
    is_first[firsts] = True
    if (lines[1:] <= lines[:-1])[~is_first[1:]].any():
        return "lines are out of order"
    return None


def _definitions_fault(arrays: Arrays) -> str | None:
    files, definitions = arrays[Section.FILES], arrays[Section.DEFINITIONS]
    if (definitions["kind"] >= len(KINDS)).any():
        return "a definition has an unknown kind"
    counts = files["definition_count"].astype(np.int64)
    own_index = np.arange(len(definitions)) - np.repeat(np.cumsum(counts) - counts, counts)
    if ((definitions["parent"] < -1) | (definitions["parent"] >= own_index)).any():
        return "a definition has an impossible parent"
    return _ranges_fault(files, definitions) or _definition_names_fault(arrays)


def _ranges_fault(files: npt.NDArray[Any], definitions: npt.NDArray[Any]) -> str | None:
    byte_chain = ("start_byte", "name_start_byte", "name_end_byte", "end_byte")
    for before, after in (*pairwise(byte_chain), ("start_line", "end_line")):
        if (definitions[before] > definitions[after]).any():
            return f"a definition has its {after} before its {before}"
    sizes = np.repeat(files["size_bytes"], files["definition_count"])
    line_counts = np.repeat(np.maximum(files["line_count"], 1), files["definition_count"])
    lines_outside = (definitions["start_line"] < 1) | (definitions["end_line"] > line_counts)
    if (lines_outside | (definitions["end_byte"] > sizes)).any():
        return "a definition reaches beyond its file"
    return None


def _definition_names_fault(arrays: Arrays) -> str | None:
    definitions = arrays[Section.DEFINITIONS]
    symbols_size, names_size = len(arrays[Section.SYMBOLS]), len(arrays[Section.NAMES])
    # One byte more than the name: the line feed that ends it.
    if _reaches_beyond(definitions["symbol_offset"], definitions["symbol_size"], symbols_size - 1):
        return "a definition has its name outside of the symbols"
    # A search looks a match up by its offset.
    symbol_offsets = definitions["symbol_offset"].astype(np.int64)
    if symbol_offsets[:1].any() or (np.diff(symbol_offsets) <= 0).any():
        return "symbols are out of order"
    if _reaches_beyond(definitions["qualified_offset"], definitions["qualified_size"], names_size):
        return "a definition has its qualified name outside of the names"
    return None


def _spans_fault(arrays: Arrays) -> str | None:
    spans = arrays[Section.SPANS]
    file_count, definition_count = len(arrays[Section.FILES]), len(arrays[Section.DEFINITIONS])
    if not len(spans):
        return "spans are missing" if file_count else None
    starts = spans["start"]
    if starts[0] != 0 or (starts[1:] < starts[:-1]).any() or starts[-1] > len(arrays[Section.TEXT]):
        return "spans are out of order"
    if (spans["file"] >= file_count).any():
        return "a span belongs to no file"
    if ((spans["definition"] < -1) | (spans["definition"] >= definition_count)).any():
        return "a span belongs to no definition"
    return None


def _reaches_beyond(offsets: npt.NDArray[Any], sizes: npt.NDArray[Any], section_size: int) -> bool:
    ends = offsets.astype(np.int64) + sizes
    return bool((ends > section_size).any())
