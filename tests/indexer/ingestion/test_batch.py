import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanobot_indexer import ParseStatus
from nanobot_indexer.ingestion.batch import SegmentBatch
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.volume.file_record import FileRecord, file_record, no_syntax
from nanobot_indexer.volume.format import CHUNKS_PER_SEGMENT_MAX, SEGMENT_TEXT_BYTES, Revision
from nanobot_indexer.workspace.encoding import TextEncoding

UTF_8 = TextEncoding("utf-8", has_bom=False)


@pytest.fixture
def working_set(tmp_path: Path) -> Iterator[WorkingSet]:
    made = WorkingSet(tmp_path, None)
    yield made
    made.close()


def add(batch: SegmentBatch, path: str, text: bytes) -> None:
    batch.add(file_record(path, text, hashlib.sha256(text).digest(), UTF_8), text)


def test_files_are_collected_until_they_are_flushed(working_set: WorkingSet) -> None:
    batch = SegmentBatch(working_set, None)
    add(batch, "a.py", b"x = 1\n")
    add(batch, "b.py", b"")
    assert len(working_set.records) == 0

    batch.flush()
    batch.flush()

    (record,) = working_set.records
    assert (record.file_count, record.text_bytes, record.revision) == (2, 6, Revision.LEXICAL)
    assert working_set.segment(1).path_of(1) == "b.py"


def test_a_full_segment_is_closed_before_the_next_file(working_set: WorkingSet) -> None:
    batch = SegmentBatch(working_set, None)
    half = (b"word " * 200 + b"\n") * (SEGMENT_TEXT_BYTES // 2002)
    for n in range(3):
        add(batch, f"{n}.txt", half)
    batch.flush()

    assert [record.file_count for record in working_set.records] == [2, 1]
    assert all(record.text_bytes <= SEGMENT_TEXT_BYTES for record in working_set.records)


def test_a_large_file_has_a_segment_of_its_own(working_set: WorkingSet) -> None:
    batch = SegmentBatch(working_set, None)
    add(batch, "a.txt", b"a")
    add(batch, "b.txt", (b"z" * 1023 + b"\n") * (SEGMENT_TEXT_BYTES // 1024 + 1))
    add(batch, "c.txt", b"c")
    batch.flush()

    assert [record.file_count for record in working_set.records] == [1, 1, 1]
    assert working_set.records[1].text_bytes > SEGMENT_TEXT_BYTES
    assert working_set.records[1].chunk_count <= CHUNKS_PER_SEGMENT_MAX


def test_syntax_is_filled_in_before_tables_are_made(working_set: WorkingSet) -> None:
    seen: list[bytes] = []

    def enrich(files: list[FileRecord], text: bytes) -> None:
        seen.append(text)
        for file in files:
            file.syntax = no_syntax(ParseStatus.FAILED)

    batch = SegmentBatch(working_set, enrich)
    add(batch, "a.py", b"x = 1\n")
    add(batch, "b.py", b"y = 2\n")
    batch.flush()

    assert seen == [b"x = 1\ny = 2\n"]
    assert working_set.segment(1).entry(0).parse_status is ParseStatus.FAILED
    assert working_set.records[0].revision == Revision.SYNTAX
