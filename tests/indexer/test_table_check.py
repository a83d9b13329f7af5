from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from nanobot_indexer import IndexOptions, ingest, open_index
from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.table_check import check_tables

Arrays = dict[Section, npt.NDArray[Any]]

MAX = 2**32 - 1


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, options: IndexOptions) -> Arrays:
    root = tmp_path_factory.mktemp("tables")
    (root / "a.py").write_text("class A:\n    def m(self): pass\n")
    (root / "b.py").write_text("")
    (root / "c.py").write_text("x = 1\n")
    ingest(root, options=options)
    with open_index(root) as index:
        return {section: index._segments[0].array(section).copy() for section in Section}


@pytest.fixture
def arrays(good: Arrays) -> Arrays:
    return {section: rows.copy() for section, rows in good.items()}


def test_good_tables_have_no_fault(arrays: Arrays) -> None:
    assert check_tables(arrays) is None


@pytest.mark.parametrize(
    ("section", "row", "field", "value", "fault"),
    [
        (Section.FILES, 0, "size_bytes", MAX, "add up"),
        (Section.FILES, 0, "line_count", 0, "add up"),
        (Section.FILES, 0, "definition_count", MAX, "add up"),
        (Section.FILES, 0, "path_offset", MAX, "path outside"),
        (Section.FILES, 0, "path_size", MAX, "path outside"),
        (Section.FILES, 0, "encoding_size", MAX, "encoding outside"),
        (Section.FILES, 0, "language", 200, "unknown language"),
        (Section.FILES, 0, "parse_status", 200, "unknown parse_status"),
        (Section.FILES, 0, "has_bom", 2, "unknown has_bom"),
        (Section.DEFINITIONS, 0, "kind", 200, "unknown kind"),
        (Section.DEFINITIONS, 0, "parent", 0, "impossible parent"),
        (Section.DEFINITIONS, 1, "parent", 1, "impossible parent"),
        (Section.DEFINITIONS, 1, "parent", -2, "impossible parent"),
        (Section.DEFINITIONS, 1, "end_byte", MAX, "beyond its file"),
        (Section.DEFINITIONS, 1, "start_byte", MAX, "before"),
        (Section.DEFINITIONS, 1, "name_end_byte", MAX, "before"),
        (Section.DEFINITIONS, 1, "start_line", 0, "beyond its file"),
        (Section.DEFINITIONS, 1, "end_line", MAX, "beyond its file"),
        (Section.DEFINITIONS, 1, "symbol_size", MAX, "outside of the symbols"),
        (Section.DEFINITIONS, 1, "symbol_offset", 0, "out of order"),
        (Section.DEFINITIONS, 1, "qualified_offset", MAX, "outside of the names"),
        (Section.SPANS, 0, "start", 1, "spans are out of order"),
        (Section.SPANS, 1, "start", MAX, "spans are out of order"),
        (Section.SPANS, 0, "file", 3, "no file"),
        (Section.SPANS, 0, "definition", 3, "no definition"),
        (Section.SPANS, 0, "definition", -2, "no definition"),
    ],
)
def test_a_crafted_row_is_refused(
    arrays: Arrays, section: Section, *, row: int, field: str, value: int, fault: str
) -> None:
    arrays[section][field][row] = value

    assert fault in (check_tables(arrays) or "")


@pytest.mark.parametrize(
    "lines", [[1, 9, 0], [0, 0, 0], [9, 0, 0], [0, MAX, 0], [0, 9, 9], [0, 9, 6]]
)
def test_crafted_lines_are_refused(arrays: Arrays, lines: list[int]) -> None:
    arrays[Section.LINES] = np.array(lines, dtype="<u4")

    assert "lines" in (check_tables(arrays) or "")


def test_missing_spans_are_refused(arrays: Arrays) -> None:
    arrays[Section.SPANS] = arrays[Section.SPANS][:0]

    assert check_tables(arrays) == "spans are missing"
