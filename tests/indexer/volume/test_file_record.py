import numpy as np
import pytest

from nanobot_indexer import Language, ParseStatus
from nanobot_indexer.chunk.line_offsets import line_starts_of
from nanobot_indexer.syntax.extract import Extractor
from nanobot_indexer.syntax.table import DefinitionTable, checked_table
from nanobot_indexer.volume.file_record import file_record, no_syntax, rebased, stored_syntax
from nanobot_indexer.volume.format import DEFINITION_DTYPE, IMPORT_DTYPE
from nanobot_indexer.workspace.encoding import TextEncoding

GO = b'package c\nimport "fmt"\n\nfunc (r *Reader) Read() {\n\tfmt.Print()\n}\n'


def parsed(text: bytes, language: Language) -> DefinitionTable:
    rows = Extractor(language).syntax(text)
    return checked_table(
        rows.payload(),
        definition_count=rows.definition_count,
        import_count=rows.import_count,
        text=text,
    )


def test_a_file_that_was_read_awaits_its_syntax() -> None:
    record = file_record("a.py", b"x = 1\n", b"\1" * 32, TextEncoding("utf-8", has_bom=True))

    assert (record.language, record.size_bytes, record.has_bom) == (Language.PYTHON, 6, True)
    assert record.syntax.status is ParseStatus.PENDING
    assert len(record.syntax.definitions) == len(record.syntax.imports) == 0


def test_what_a_parser_said_becomes_rows() -> None:
    syntax = stored_syntax(parsed(GO, Language.GO), line_starts_of(GO), ParseStatus.PARTIAL)

    (row,) = syntax.definitions
    assert syntax.status is ParseStatus.PARTIAL
    assert (row["start_line"], row["end_line"], row["parent"]) == (4, 6, -1)
    name_end = row["name_start_byte"] + row["name_size"]
    assert GO[row["name_start_byte"] : name_end] == b"Read"
    scope_end = row["scope_offset"] + row["scope_size"]
    assert syntax.names[row["scope_offset"] : scope_end] == b"Reader"
    (imported,) = syntax.imports
    name_end = imported["name_offset"] + imported["name_size"]
    assert syntax.names[imported["name_offset"] : name_end] == b"fmt"


def test_a_file_without_syntax_has_rows_of_the_right_kind() -> None:
    syntax = no_syntax(ParseStatus.TEXT)

    assert syntax.definitions.dtype == DEFINITION_DTYPE
    assert syntax.imports.dtype == IMPORT_DTYPE


@pytest.mark.parametrize("start", [0, 1000])
def test_names_move_to_a_blob_of_their_own(start: int) -> None:
    names = b"..abc....de"
    rows = np.zeros(4, IMPORT_DTYPE)
    rows["name_offset"], rows["name_size"] = [2, 5, 9, 2], [3, 0, 2, 3]

    moved, blob = rebased(rows, "name", names, start=start)

    assert blob == b"abcdeabc"
    offsets = moved["name_offset"][[0, 2, 3]] - start
    assert offsets.tolist() == [0, 3, 5]
    assert moved["name_size"].tolist() == [3, 0, 2, 3]
    assert rows["name_offset"].tolist() == [2, 5, 9, 2]
