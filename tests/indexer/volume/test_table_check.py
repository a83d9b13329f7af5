from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nanobot_indexer.syntax.rows import DEPTH_MAX
from nanobot_indexer.volume.format import CHUNK_DTYPE, CHUNKS_PER_SEGMENT_MAX, Section
from nanobot_indexer.volume.table_check import fault_of
from support.memory_segment import memory_segment

Arrays = dict[Section, npt.NDArray[Any]]

MAX = 2**32 - 1
LINES = "x = 1  # nothing but a line that makes a chunk\n" * 80
TEXTS = {
    "a.py": "import os.path\nclass A:\n    def m(self):\n        'Say.'\n",
    "b.py": "",
    "c.go": "package c\nfunc (r *Reader) Read() {}\n",
    "d.py": LINES + "def f(): pass\n",
}
TEXT_BYTES = sum(map(len, TEXTS.values()))


@pytest.fixture(scope="module")
def good() -> Arrays:
    segment = memory_segment(TEXTS)
    return {section: segment.array(section) for section in Section}


@pytest.fixture
def arrays(good: Arrays) -> Arrays:
    return {section: rows.copy() for section, rows in good.items()}


def fault_in(arrays: Arrays, section: Section) -> str:
    found = fault_of(section, arrays[section], arrays.__getitem__, text_bytes=TEXT_BYTES)
    return found or ""


@pytest.mark.parametrize("section", Section)
def test_good_tables_have_no_fault(arrays: Arrays, section: Section) -> None:
    assert len(arrays[section])
    assert fault_in(arrays, section) == ""


@pytest.mark.parametrize(
    ("section", "row", "field", "value", "fault"),
    [
        (Section.FILES, 0, "size_bytes", MAX, "add up to the text"),
        (Section.FILES, 0, "line_count", MAX, "impossible number of lines"),
        (Section.FILES, 0, "line_count", 0, "impossible number of lines"),
        (Section.FILES, 1, "line_count", 1, "impossible number of lines"),
        (Section.FILES, 0, "chunk_count", 0, "text and no chunk"),
        (Section.FILES, 1, "chunk_count", 1, "text and no chunk"),
        (Section.FILES, 0, "path_offset", MAX, "path outside"),
        (Section.FILES, 0, "path_size", MAX, "path outside"),
        (Section.FILES, 0, "encoding_offset", MAX, "encoding outside"),
        (Section.FILES, 3, "encoding_offset", MAX, "encoding outside"),
        (Section.FILES, 0, "language", 200, "unknown language"),
        (Section.FILES, 0, "parse_status", 200, "unknown parse_status"),
        (Section.FILES, 0, "has_bom", 2, "unknown has_bom"),
        (Section.FILES, 0, "line_ending", 200, "unknown line_ending"),
        (Section.CHUNKS, 1, "file", 0, "another file"),
        (Section.CHUNKS, 0, "file", MAX, "another file"),
        (Section.CHUNKS, 0, "start_byte", 1, "does not begin"),
        (Section.CHUNKS, 0, "start_line", 2, "does not begin"),
        (Section.CHUNKS, 1, "start_byte", 9, "does not begin"),
        (Section.CHUNKS, -1, "start_byte", 0, "out of order"),
        (Section.CHUNKS, -1, "start_line", 1, "out of order"),
        (Section.CHUNKS, -1, "start_byte", MAX, "behind its file"),
        (Section.CHUNKS, -1, "start_line", MAX, "behind the last line"),
        (Section.CHUNKS, 0, "definition", -2, "no definition"),
        (Section.CHUNKS, 0, "definition", 2**31 - 1, "no definition"),
        (Section.CHUNKS, -1, "definition", 0, "no definition of its file"),
        (Section.CHUNKS, 0, "definition", 2, "no definition of its file"),
        (Section.DEFINITIONS, 0, "kind", 200, "unknown kind"),
        (Section.DEFINITIONS, 0, "parent", 0, "impossible parent"),
        (Section.DEFINITIONS, 1, "parent", 1, "impossible parent"),
        (Section.DEFINITIONS, 1, "parent", -2, "impossible parent"),
        (Section.DEFINITIONS, 2, "parent", 1, "impossible parent"),
        (Section.DEFINITIONS, 1, "end_byte", MAX, "beyond its range"),
        (Section.DEFINITIONS, 1, "end_byte", 0, "beyond its range"),
        (Section.DEFINITIONS, 1, "start_byte", MAX, "beyond its range"),
        (Section.DEFINITIONS, 1, "name_start_byte", 0, "beyond its range"),
        (Section.DEFINITIONS, 1, "name_start_byte", MAX, "beyond its range"),
        (Section.DEFINITIONS, 1, "name_size", 65535, "beyond its range"),
        (Section.DEFINITIONS, 1, "signature_start_byte", MAX, "signature outside"),
        (Section.DEFINITIONS, 1, "signature_end_byte", MAX, "signature outside"),
        (Section.DEFINITIONS, 1, "docstring_start_byte", MAX, "docstring outside"),
        (Section.DEFINITIONS, 1, "docstring_end_byte", MAX, "docstring outside"),
        (Section.DEFINITIONS, 1, "start_line", 0, "impossible lines"),
        (Section.DEFINITIONS, 1, "start_line", MAX, "impossible lines"),
        (Section.DEFINITIONS, 1, "end_line", 1, "impossible lines"),
        (Section.DEFINITIONS, 1, "end_line", MAX, "impossible lines"),
        (Section.DEFINITIONS, 2, "scope_offset", MAX, "scope outside"),
        (Section.DEFINITIONS, 2, "scope_size", 65535, "scope outside"),
        (Section.IMPORTS, 0, "start_byte", MAX, "beyond its file"),
        (Section.IMPORTS, 0, "end_byte", MAX, "beyond its file"),
        (Section.IMPORTS, 0, "name_offset", MAX, "name outside"),
        (Section.IMPORTS, 0, "name_size", MAX, "name outside"),
    ],
)
def test_a_crafted_row_is_refused(
    arrays: Arrays, section: Section, *, row: int, field: str, value: int, fault: str
) -> None:
    size = arrays[section].dtype[field].itemsize
    arrays[section][field][row] = value if value < 0 else min(value, 2 ** (8 * size) - 1)

    assert fault in fault_in(arrays, section)


@pytest.mark.parametrize(
    ("section", "field", "fault"),
    [
        (Section.CHUNKS, "chunk_count", "add up to the chunks"),
        (Section.CHUNKS, "definition_count", "add up to the definitions"),
        (Section.DEFINITIONS, "definition_count", "add up to the definitions"),
        (Section.IMPORTS, "import_count", "add up to the imports"),
    ],
)
@pytest.mark.parametrize("count", [0, 100, MAX])
def test_a_crafted_count_is_refused(
    arrays: Arrays, section: Section, field: str, *, fault: str, count: int
) -> None:
    files = arrays[Section.FILES]
    files[field][0] = min(count, np.iinfo(files.dtype[field]).max)

    assert fault in fault_in(arrays, section)


def test_text_without_a_chunk_is_refused(arrays: Arrays) -> None:
    counts = arrays[Section.FILES]["chunk_count"]
    counts[1], counts[0] = counts[0], 0

    assert "text and no chunk" in fault_in(arrays, Section.FILES)


def test_more_chunks_than_postings_can_name_are_refused(arrays: Arrays) -> None:
    count = CHUNKS_PER_SEGMENT_MAX + 1
    arrays[Section.CHUNKS] = np.zeros(count, CHUNK_DTYPE)
    arrays[Section.FILES]["chunk_count"] = 0
    arrays[Section.FILES]["chunk_count"][0] = count

    assert "add up to the chunks" in fault_in(arrays, Section.CHUNKS)


@pytest.mark.parametrize("section", [Section.CHUNK_IDS, Section.SIMHASHES, Section.CHUNK_LENGTHS])
@pytest.mark.parametrize("change", ["fewer", "more"])
def test_there_is_one_row_per_chunk(arrays: Arrays, section: Section, change: str) -> None:
    rows = arrays[section]
    arrays[section] = rows[:-1] if change == "fewer" else np.append(rows, rows[:1])

    assert "one row per chunk" in fault_in(arrays, section)


@pytest.mark.parametrize("order", ["swapped", "twice"])
def test_terms_ascend(arrays: Arrays, order: str) -> None:
    terms = arrays[Section.TERMS]
    terms[:2] = terms[1::-1] if order == "swapped" else terms[0]

    assert "terms are out of order" in fault_in(arrays, Section.TERMS)


def test_a_posting_of_no_chunk_is_refused(arrays: Arrays) -> None:
    arrays[Section.POSTINGS][0] = len(arrays[Section.CHUNKS]) << 3

    assert "no chunk" in fault_in(arrays, Section.POSTINGS)


STARTS = [Section.POSTING_STARTS, Section.SYMBOL_STARTS, Section.SYMBOL_DEFINITION_STARTS]


def cut(starts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return starts[:-1]


def shifted(starts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    starts[0] = 1
    return starts


def too_far(starts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    starts[-1] = MAX
    return starts


def descending(starts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    starts[1] = starts[-1]
    return starts


def none(starts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return starts[:0]


@pytest.mark.parametrize("section", STARTS)
@pytest.mark.parametrize("change", [cut, shifted, too_far, descending, none])
def test_crafted_starts_are_refused(
    arrays: Arrays, section: Section, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
) -> None:
    arrays[section] = change(arrays[section])

    assert fault_in(arrays, section)


def test_an_empty_symbol_is_refused(arrays: Arrays) -> None:
    arrays[Section.SYMBOL_STARTS][1] = 0

    assert "empty" in fault_in(arrays, Section.SYMBOL_STARTS)


@pytest.mark.parametrize(("byte", "place"), [("x", -1), ("\n", 0)])
def test_a_symbol_ends_with_its_only_line_feed(arrays: Arrays, byte: str, place: int) -> None:
    arrays[Section.SYMBOLS][place] = ord(byte)

    assert "line feed" in fault_in(arrays, Section.SYMBOL_STARTS)


@pytest.mark.parametrize("change", ["fewer", "beyond"])
def test_symbols_name_the_definitions(arrays: Arrays, change: str) -> None:
    rows = arrays[Section.SYMBOL_DEFINITIONS]
    if change == "fewer":
        arrays[Section.SYMBOL_DEFINITIONS] = rows[:-1]
    else:
        rows[0] = len(rows)

    assert "names no definition" in fault_in(arrays, Section.SYMBOL_DEFINITIONS)


def test_definitions_nest_no_deeper_than_people_write(arrays: Arrays) -> None:
    # Every level makes the qualified names below it longer.
    rows = np.repeat(arrays[Section.DEFINITIONS][:1], DEPTH_MAX + 2)
    rows["parent"] = np.arange(-1, DEPTH_MAX + 1)
    arrays[Section.FILES]["definition_count"] = 0
    arrays[Section.FILES]["definition_count"][0] = len(rows)
    arrays[Section.DEFINITIONS] = rows

    assert "nest" in fault_in(arrays, Section.DEFINITIONS)
    arrays[Section.DEFINITIONS] = rows[:-1]
    arrays[Section.FILES]["definition_count"][0] -= 1
    assert fault_in(arrays, Section.DEFINITIONS) == ""
