import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_indexer import IndexOptions, Language, ParsePool, ParseStatus, ingest, open_index
from nanobot_indexer.ingestion.batch import SegmentBatch
from nanobot_indexer.ingestion.compaction import (
    SMALL_SEGMENTS_MAX,
    compact,
    record_of,
    segments_to_compact,
)
from nanobot_indexer.ingestion.working_set import WorkingSet
from nanobot_indexer.volume.canonical_dump import dump_lines
from nanobot_indexer.volume.file_list import FileList
from nanobot_indexer.volume.file_record import FileRecord, no_syntax
from nanobot_indexer.volume.format import (
    CHUNKS_PER_SEGMENT_MAX,
    SEGMENT_TEXT_BYTES,
    Revision,
    Section,
)
from support.index_twin import clean_build, dump_at
from support.memory_segment import memory_segment

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture(scope="module")
def pool(options: IndexOptions) -> Iterator[ParsePool]:
    with ParsePool(options) as workers:
        yield workers


@contextmanager
def working_set(folder: Path) -> Iterator[WorkingSet]:
    made = WorkingSet(folder, None)
    try:
        yield made
    finally:
        made.close()


def add(
    target: WorkingSet, content_by_path: Mapping[str, str], revision: Revision = Revision.SYNTAX
) -> None:
    made = memory_segment(content_by_path, revision=revision)
    arrays = {section: made.array(section) for section in Section}
    target.add(made.text_range(0, made.text_bytes), arrays, revision)


def add_tiny(target: WorkingSet, number: int, count: int, text: bytes = b"x") -> None:
    """Add as many files of a byte as fit, and whatever does not in further segments."""
    batch = SegmentBatch(target, lambda _files, _text: None)
    digest = hashlib.sha256(text).digest()
    syntax = no_syntax(ParseStatus.TEXT)
    for file in range(count):
        path = f"{number:02d}/{file:05d}.txt"
        batch.add(
            FileRecord(path, len(text), digest, "utf-8", False, Language.TEXT, syntax),  # noqa: FBT003 - has no mark.
            text,
        )
    batch.flush()


def said(target: WorkingSet) -> list[str]:
    segments = [target.segment(record.number) for record in target.records]
    return list(dump_lines(FileList(segments), ()))


def test_many_small_segments_become_one_that_says_the_same(tmp_path: Path) -> None:
    with working_set(tmp_path) as target:
        for n in range(SMALL_SEGMENTS_MAX + 1):
            add(
                target,
                {f"{n}.py": f"class C{n}:\n    def m(self): pass\n", f"{n}.go": "package a\n"},
            )
        before = said(target)

        numbers = segments_to_compact(target)
        compact(target, numbers)

        assert numbers == list(range(1, SMALL_SEGMENTS_MAX + 2))
        assert len(target.records) == 1
        assert said(target) == before
        assert segments_to_compact(target) == []


def test_few_small_segments_stay(tmp_path: Path) -> None:
    with working_set(tmp_path) as target:
        for n in range(SMALL_SEGMENTS_MAX):
            add(target, {f"{n}.py": f"x = {n}\n"})

        assert segments_to_compact(target) == []


def test_segments_without_syntax_do_not_count(tmp_path: Path) -> None:
    with working_set(tmp_path) as target:
        for n in range(SMALL_SEGMENTS_MAX + 1):
            add(target, {f"{n}.py": f"x = {n}\n"}, Revision.LEXICAL)

        assert segments_to_compact(target) == []


def test_a_mostly_dead_segment_is_written_anew(tmp_path: Path) -> None:
    with working_set(tmp_path) as target:
        add(target, {"a.py": "x = 1\n", "b.py": "y = 2\n", "c.py": "def f(): pass\n"})
        add(target, {"d.py": "x = 1\n"})
        target.kill([(1, 2)])
        assert segments_to_compact(target) == [1]
        before = said(target)

        compact(target, [1])

        assert said(target) == before
        assert [(record.number, record.file_count) for record in target.records] == [(2, 1), (3, 2)]
        assert segments_to_compact(target) == []


def test_a_half_dead_segment_stays(tmp_path: Path) -> None:
    with working_set(tmp_path) as target:
        add(target, {"a.py": "x = 1\n", "b.py": "y = 2\n"})
        target.kill([(1, 0)])

        assert segments_to_compact(target) == []


@pytest.mark.parametrize("text", [b"x", b""])
def test_segments_full_of_tiny_files_are_not_small(tmp_path: Path, text: bytes) -> None:
    # Else every ingest of such a workspace would write all of it again.
    with working_set(tmp_path) as target:
        for n in range(SMALL_SEGMENTS_MAX + 1):
            add_tiny(target, n, CHUNKS_PER_SEGMENT_MAX, text)
        assert len(target.records) == SMALL_SEGMENTS_MAX + 1

        assert segments_to_compact(target) == []


def test_more_tiny_files_than_fit_go_into_several_segments(tmp_path: Path) -> None:
    with working_set(tmp_path) as target:
        for n in range(10):
            add_tiny(target, n, 1000)
        before = said(target)

        compact(target, segments_to_compact(target))

        assert [record.file_count for record in target.records] == [CHUNKS_PER_SEGMENT_MAX, 1808]
        assert said(target) == before
        assert segments_to_compact(target) == []


def test_a_stored_file_is_a_record_again(tmp_path: Path) -> None:
    made = memory_segment({"a.go": "package a\nfunc (r *R) F() {}\n"})

    record = record_of(made, 0)

    assert (record.path, record.language, record.encoding) == ("a.go", Language.GO, "utf-8")
    assert record.sha256 == hashlib.sha256(made.text(0)).digest()
    assert record.syntax.status is ParseStatus.PARSED
    assert record.syntax.names == b"R"


def test_nothing_is_parsed_again(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_files({"0.py": "def first(): pass\n"})
    ingest(root, options=options, pool=pool)
    for n in range(1, SMALL_SEGMENTS_MAX):
        (root / f"{n}.py").write_text(f"def f{n}(): pass\n")
        ingest(root, options=options, pool=pool)
    with open_index(root) as index:
        assert len(index.segments) == SMALL_SEGMENTS_MAX
    (root / "words.txt").write_text("no parser is asked\n")

    # Whatever is parsed from here on fails.
    with ParsePool(replace(options, parse_memory_bytes_max=1024)) as broken:
        report = ingest(root, options=options, pool=broken)

    assert report.skipped == ()
    with open_index(root) as index:
        assert len(index.segments) == 1
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


def test_a_file_larger_than_a_segment_is_compacted_alone(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    options = replace(options, file_size_bytes_max=4 * SEGMENT_TEXT_BYTES)
    lines = b"".join(b"%d a line of a log that is longer than most\n" % n for n in range(200_000))
    assert len(lines) > SEGMENT_TEXT_BYTES
    root = write_files({"a.py": "x = 1\n", "big.log": lines, "c.py": "def f(): pass\n"})
    ingest(root, options=options, pool=pool)
    for n in range(SMALL_SEGMENTS_MAX + 1):
        (root / f"d{n}.py").write_text(f"def f{n}(): pass\n")
        ingest(root, options=options, pool=pool)

    with open_index(root) as index:
        assert len(index.segments) <= SMALL_SEGMENTS_MAX
        assert index.line_of("big.log", len(lines)) == 200_000
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))
