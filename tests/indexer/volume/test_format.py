import pytest

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
    Section,
)

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
