"""The layout in code: stable numbers, the document about it, and an index of every version."""

import base64
import hashlib
import itertools
import json
import re
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nanobot_indexer import IndexOptions, VolumeVersionError, ingest, open_index
from nanobot_indexer.volume.format import (
    CHUNK_DTYPE,
    CHUNKS_PER_SEGMENT_MAX,
    DEFINITION_DTYPE,
    FILE_DTYPE,
    FORMAT_VERSION,
    IMPORT_DTYPE,
    KINDS,
    LANGUAGES,
    LINE_ENDINGS,
    PARSE_STATUSES,
    Revision,
    Section,
)
from nanobot_indexer.volume.segment import Segment
from support.documented_tables import Tables, chunk_rows, definition_rows
from support.golden_index import LEXICAL, PARSED, SKIPPED
from support.memory_segment import memory_segment

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs/formats/index.md").read_text()
KEPT = ROOT / "tests/data/index"
BYTES_BY_TYPE = {"u8": 1, "u16": 2, "u32": 4, "i32": 4, "32 bytes": 32}

# What is stored by position or by size. A change here is a new version of the format,
# unless something was added to the end of a list.
STORED = 3
SIZES = {"file": 68, "chunk": 16, "definition": 52, "import": 16}
STORED_VALUES = {
    "languages": (
        LANGUAGES,
        (
            "text python javascript typescript tsx go rust java c cpp csharp "
            "ruby php bash lua markdown json toml yaml"
        ),
    ),
    "kinds": (
        KINDS,
        (
            "function method class struct union enum interface trait module namespace "
            "type constant variable macro section"
        ),
    ),
    "statuses": (PARSE_STATUSES, "text parsed partial failed pending"),
    "endings": (LINE_ENDINGS, "none lf crlf cr mixed"),
}


def test_rows_have_the_sizes_of_this_version() -> None:
    dtypes = (FILE_DTYPE, CHUNK_DTYPE, DEFINITION_DTYPE, IMPORT_DTYPE)

    assert FORMAT_VERSION == STORED
    assert [dtype.itemsize for dtype in dtypes] == list(SIZES.values())


def test_sections_keep_their_numbers() -> None:
    assert {section.name: section.value for section in Section} == {
        "FILES": 1,
        "CHUNKS": 2,
        "CHUNK_IDS": 3,
        "SIMHASHES": 4,
        "CHUNK_LENGTHS": 5,
        "TERMS": 6,
        "POSTING_STARTS": 7,
        "POSTINGS": 8,
        "DEFINITIONS": 9,
        "SYMBOLS": 10,
        "SYMBOL_STARTS": 11,
        "SYMBOL_DEFINITION_STARTS": 12,
        "SYMBOL_DEFINITIONS": 13,
        "IMPORTS": 14,
        "NAMES": 15,
    }


@pytest.mark.parametrize("what", STORED_VALUES)
def test_values_keep_their_positions(what: str) -> None:
    values, stored = STORED_VALUES[what]

    assert [str(value) for value in values][: len(stored.split())] == stored.split()
    assert len(set(values)) == len(values) <= 256


def test_a_posting_has_room_for_every_chunk() -> None:
    assert (CHUNKS_PER_SEGMENT_MAX - 1) << 3 | 7 == 2**16 - 1


def workspace_of(version: int, folder: Path) -> Path:
    """Return a workspace with a kept index."""
    shutil.copytree(KEPT / f"format_{version}", folder / ".nanobot/index")
    return folder


def test_a_reader_made_from_the_document_reads_what_ours_reads(tmp_path: Path) -> None:
    root = workspace_of(FORMAT_VERSION, tmp_path)
    folder = root / ".nanobot/index"
    document = json.loads((folder / "manifest.json").read_text())
    body = document["body"]
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    skipped = (folder / f"{body['generation']:06d}-skipped.json").read_bytes()

    assert zlib.crc32(canonical.encode()) == document["crc32"]
    assert body["format"] == FORMAT_VERSION
    assert zlib.crc32(skipped) == body["skipped_crc32"]
    assert json.loads(skipped) == [[one.path, one.reason, one.detail] for one in SKIPPED]
    with open_index(root) as index:
        for record, segment in zip(body["segments"], index.segments, strict=True):
            name = f"{record['number']:06d}"
            content = (folder / f"{name}-{record['revision']}.tables").read_bytes()
            volume = (folder / f"{name}.volume").read_bytes()
            (offset,) = struct.unpack_from("<Q", volume, 24 + 8)
            text = volume[offset : offset + record["text_bytes"]]
            tables = Tables(content, record["tables_crc32"])
            check_rows(tables, segment)
            check_files(tables, text, base64.b64decode(record["dead"]), segment)


def check_rows(tables: Tables, segment: Segment) -> None:
    rows = {
        Section.CHUNKS: chunk_rows(tables),
        Section.DEFINITIONS: definition_rows(tables),
        Section.CHUNK_IDS: tables.numbers(3, "Q"),
        Section.SIMHASHES: tables.numbers(4, "Q"),
        Section.CHUNK_LENGTHS: tables.numbers(5, "H"),
        Section.TERMS: tables.terms(),
        Section.POSTING_STARTS: tables.starts(7),
        Section.POSTINGS: tables.numbers(8, "H"),
        Section.SYMBOLS: list(tables.section[10]),
        Section.SYMBOL_STARTS: tables.starts(11),
        Section.SYMBOL_DEFINITION_STARTS: tables.starts(12),
        Section.SYMBOL_DEFINITIONS: tables.columns(13)[0],
        Section.IMPORTS: list(struct.iter_unpack("<4I", tables.section[14])),
    }
    for section, found in rows.items():
        assert found == segment.array(section).tolist(), section.name
    symbols = tables.section[10].split(b"\n")[:-1]
    assert symbols == sorted(set(symbols))


def check_files(tables: Tables, text: bytes, dead: bytes, segment: Segment) -> None:
    start = 0
    for file, row in enumerate(struct.iter_unpack("<7IH6B32s", tables.section[1])):
        own = text[start : start + row[3]]
        entry = segment.entry(file)
        start += row[3]
        assert tables.name(row[0], row[1]) == entry.path
        assert tables.name(row[2], row[8]) == entry.encoding
        assert own == segment.text(file)
        assert hashlib.sha256(own).digest() == row[14]
        assert (row[4], row[12]) == (entry.line_count, LINE_ENDINGS.index(entry.line_ending))
        assert (row[5], row[6]) == (
            len(segment.definitions(file)),
            len(list(segment.imports(file))),
        )
        is_dead = bool(dead) and bool(dead[file // 8] & 0x80 >> file % 8)
        assert is_dead == (not segment.live_files[file])
    assert start == len(text)


@pytest.mark.parametrize("version", range(1, FORMAT_VERSION + 1))
def test_a_kept_index_of_every_version_is_read_or_made_again(
    tmp_path: Path, options: IndexOptions, version: int
) -> None:
    root = workspace_of(version, tmp_path)
    if version == FORMAT_VERSION:
        with open_index(root) as index:
            index.verify()
            texts = {entry.path: index.text(entry.path) for entry in index.files}
            names = [one.qualified_name for one in index.definitions("a/reader.py")]
        assert texts == {
            path: text.encode()
            for path, text in {**PARSED, **LEXICAL}.items()
            if path != "gone.txt"
        }
        assert names == ["Reader", "Reader.read"]
    else:
        with pytest.raises(VolumeVersionError, match=f"format {version}"):
            open_index(root)
    (root / "new.py").write_text("def new(): pass\n")

    ingest(root, options=options)

    with open_index(root) as index:
        index.verify()
        assert [entry.path for entry in index.files] == ["new.py"]


def test_what_a_table_means_is_what_it_meant_when_its_version_was_kept(tmp_path: Path) -> None:
    """A change of tokens, hashes, signatures or cuts is a new version of the format.

    Raise `FORMAT_VERSION`, say what changed in its log, and keep an index of the new one
    with `tests/support/golden_index.py`.
    """
    made = memory_segment(LEXICAL, revision=Revision.LEXICAL)

    with open_index(workspace_of(FORMAT_VERSION, tmp_path)) as index:
        (kept,) = [one for one in index.segments if not one.has_syntax]
        for section in Section:
            assert np.array_equal(kept.array(section), made.array(section)), section.name


def fields_of(heading: str) -> dict[str, str]:
    """Return the types of the fields in the table under a heading of the document."""
    table = DOCUMENT.partition(f"\n{heading}")[2].partition("\n\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()[2:]]
    return {
        name: one
        for _, names, types, *_ in rows
        for name, one in zip(names.split(", "), itertools.cycle(types.split(", ")), strict=False)
    }


@pytest.mark.parametrize(
    ("heading", "dtype"),
    [
        ("FILES, 68", FILE_DTYPE),
        ("CHUNKS:", CHUNK_DTYPE),
        ("DEFINITIONS; bytes", DEFINITION_DTYPE),
        ("IMPORTS, 16", IMPORT_DTYPE),
    ],
)
def test_the_document_names_every_field_and_its_type(heading: str, dtype: np.dtype[Any]) -> None:
    fields = fields_of(heading)

    names = [name for name in dtype.names or () if name != "padding"]
    is_stored_as_rows = heading.startswith(("FILES", "IMPORTS"))
    assert set(fields) == {name for name in names if is_stored_as_rows or name != "zero"}
    for name, written in fields.items():
        assert BYTES_BY_TYPE[written] == dtype[name].itemsize, name
        assert written.startswith("i") == (dtype[name].kind == "i")


def test_the_document_names_every_section_and_this_version() -> None:
    named = dict(re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", DOCUMENT, re.MULTILINE))

    assert named == {str(section.value): section.name for section in Section}
    assert f"describes format {FORMAT_VERSION};" in DOCUMENT
