import gc
import random
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanobot_indexer import (
    DefinitionKind,
    Language,
    ParseStatus,
    VolumeCorruptError,
    VolumeError,
)
from nanobot_indexer.ingestion.compaction import record_of
from nanobot_indexer.volume.container import write_container
from nanobot_indexer.volume.format import (
    FORMAT_VERSION,
    LINE_ENDINGS,
    TABLES_MAGIC,
    VOLUME_MAGIC,
    LineEnding,
    Revision,
    Section,
)
from nanobot_indexer.volume.generation import GenerationWriter
from nanobot_indexer.volume.manifest import SegmentRecord
from nanobot_indexer.volume.packing import packed
from nanobot_indexer.volume.segment import FileEntry, ImportEntry, Segment
from nanobot_indexer.volume.segment_source import FileSource, MemorySource
from nanobot_indexer.volume.tables import build_tables
from support.memory_segment import memory_segment

MIXED = {
    "a.py": "import os, sys\nclass A:\n    def m(self):\n        'Say.'\n        return 1\n",
    "b.txt": "",
    "c.go": 'package c\nimport "fmt"\nfunc (r *Reader) Read() { fmt.Print() }\n',
    "d.md": "# One\ntext\n## Two\n",
}


def slow_lines(text: bytes) -> list[bytes]:
    """Split one byte at a time: the reference for everything about lines."""
    lines: list[bytes] = []
    line = b""
    for place, code in enumerate(text):
        byte = bytes([code])
        line += byte
        is_pair = byte == b"\r" and text[place + 1 : place + 2] == b"\n"
        if byte == b"\n" or (byte == b"\r" and not is_pair):
            lines.append(line)
            line = b""
    return [*lines, line] if line else lines


def slow_line_of(text: bytes, byte: int) -> int:
    end = 0
    lines = slow_lines(text)
    for number, line in enumerate(lines, start=1):
        end += len(line)
        if byte < end:
            return number
    return max(1, len(lines))


def slow_line_ending(text: bytes) -> LineEnding:
    lines = slow_lines(text)
    found = {line[len(line.rstrip(b"\r\n")) :][-2:] for line in lines}
    # Empty lines before it are not part of an ending.
    found = {b"\r\n" if end == b"\r\n" else end[-1:] for end in found} - {b""}
    if len(found) > 1:
        return LineEnding.MIXED
    names = {b"\n": LineEnding.LF, b"\r\n": LineEnding.CRLF, b"\r": LineEnding.CR}
    return names[found.pop()] if found else LineEnding.NONE


PIECES = st.sampled_from(["x", "def f(): pass", "\n", "\r\n", "\r", "é", "y" * 700])
CONTENTS = st.lists(PIECES, max_size=30).map("".join)
WORKSPACES = st.lists(CONTENTS, min_size=1, max_size=5).map(
    lambda contents: {f"{n}.txt": content for n, content in enumerate(contents)}
)


@settings(deadline=None)  # The first text of a language loads its parser.
@given(WORKSPACES)
def test_lines_are_those_of_a_slow_reading(content_by_path: dict[str, str]) -> None:
    segment = memory_segment(content_by_path)

    for file, content in enumerate(content_by_path.values()):
        text = content.encode()
        entry = segment.entry(file)
        assert entry.line_count == len(slow_lines(text))
        assert entry.line_ending is slow_line_ending(text)
        for byte in {-1, 0, *range(0, len(text) + 3, 1 + len(text) // 50), len(text)}:
            assert segment.line_of(file, byte) == slow_line_of(text, byte), byte


@settings(deadline=None)  # The first text of a language loads its parser.
@given(WORKSPACES)
def test_chunks_cover_every_byte_once(content_by_path: dict[str, str]) -> None:
    segment = memory_segment(content_by_path)

    for file, content in enumerate(content_by_path.values()):
        text = content.encode()
        first, end = segment.chunk_file_starts[file : file + 2].tolist()
        ranges = [segment.chunk_range(chunk) for chunk in range(first, end)]
        assert [one[0] for one in ranges] == [file] * len(ranges)
        assert [one[1] for one in ranges] == [0, *(one[2] for one in ranges)][: len(ranges)]
        assert not ranges or ranges[-1][2] == len(text)
        assert bool(ranges) == bool(text)
        lines = [segment.chunk_lines(chunk) for chunk in range(first, end)]
        for (_, start, stop), (first_line, last_line) in zip(ranges, lines, strict=True):
            assert (first_line, last_line) == (
                slow_line_of(text, start),
                slow_line_of(text, stop - 1),
            )


def test_a_return_and_a_feed_of_two_files_are_two_line_ends() -> None:
    segment = memory_segment({"a.txt": "one\r", "b.txt": "\ntwo"})

    assert [segment.entry(file).line_ending for file in (0, 1)] == [LineEnding.CR, LineEnding.LF]
    assert [segment.entry(file).line_count for file in (0, 1)] == [1, 2]
    assert (segment.line_of(0, 3), segment.line_of(1, 0), segment.line_of(1, 1)) == (1, 1, 2)


def test_a_file_is_described() -> None:
    segment = memory_segment({"ä/a.py": "x = 1\r\ny = 2\r\n"})

    assert segment.entry(0) == FileEntry(
        path="ä/a.py",
        language=Language.PYTHON,
        size_bytes=14,
        sha256="5bfee2d980860c58e9fe987d5845afaef0c892b330fdffce44eaa775d78d8e95",
        encoding="utf-8",
        has_bom=False,
        line_count=2,
        line_ending=LineEnding.CRLF,
        parse_status=ParseStatus.PARSED,
    )


def test_definitions_come_outer_before_inner() -> None:
    segment = memory_segment(MIXED)

    (outer, inner) = segment.definitions(0)
    assert (outer.name, outer.kind, outer.parent) == ("A", DefinitionKind.CLASS, None)
    assert (inner.qualified_name, inner.kind, inner.parent) == ("A.m", DefinitionKind.METHOD, 0)
    assert (inner.start_line, inner.end_line) == (3, 5)
    assert segment.definition(1) == inner
    text = segment.text(0)
    assert text[inner.name_start_byte : inner.name_end_byte] == b"m"
    assert text[inner.docstring_start_byte : inner.docstring_end_byte] == b"'Say.'"
    assert text[inner.signature_start_byte : inner.signature_end_byte] == b"def m(self)"


def test_a_receiver_is_part_of_the_qualified_name() -> None:
    segment = memory_segment(MIXED)

    (method,) = segment.definitions(2)
    assert (method.name, method.qualified_name, method.parent) == ("Read", "Reader.Read", None)
    assert segment.definition(2) == method
    assert segment.definition(2).path == "c.go"


def test_every_definition_is_the_same_alone_and_among_others() -> None:
    segment = memory_segment(MIXED)

    listed = [one for file in range(segment.file_count) for one in segment.definitions(file)]
    assert [segment.definition(n) for n in range(segment.definition_count)] == listed
    assert [one.qualified_name for one in listed] == ["A", "A.m", "Reader.Read", "One", "One.Two"]


def test_imports_are_kept_with_their_statement() -> None:
    segment = memory_segment(MIXED)

    assert list(segment.imports(0)) == [ImportEntry("os", 0, 14), ImportEntry("sys", 0, 14)]
    assert list(segment.imports(1)) == []
    (imported,) = segment.imports(2)
    assert imported.name == "fmt"
    assert segment.text(2)[imported.start_byte : imported.end_byte] == b'"fmt"'


def test_files_are_found_by_path() -> None:
    segment = memory_segment({"a.py": "", "b/c.py": "", "ü.py": ""}, dead=["a.py"])

    assert [segment.path_of(file) for file in range(3)] == ["a.py", "b/c.py", "ü.py"]
    assert [segment.find(path.encode()) for path in ("a.py", "b/c.py", "ü.py")] == [0, 1, 2]
    assert [segment.find(path) for path in (b"", b"a", b"b", b"z", b"\xff")] == [None] * 5


def test_dead_files_are_still_there_and_flagged() -> None:
    segment = memory_segment(MIXED, dead=["a.py", "d.md"])

    assert segment.live_files.tolist() == [False, True, True, False]
    assert segment.file_count == 4
    assert segment.live_chunks is not None
    files = segment.array(Section.CHUNKS)["file"]
    assert segment.live_chunks.tolist() == [file == 2 for file in files.tolist()]
    assert segment.text(0).startswith(b"import os")


def test_chunks_die_with_their_files_however_often() -> None:
    first = memory_segment(MIXED, dead=["a.py"])
    alive = first.live_chunks
    assert alive is not None

    second = first.with_dead(np.array([True, False, True, False]))

    fewer = second.live_chunks
    assert fewer is not None
    files = first.array(Section.CHUNKS)["file"]
    assert set(files[alive].tolist()) == {2, 3}
    assert set(files[fewer].tolist()) == {3}


def test_all_alive_needs_no_flags() -> None:
    segment = memory_segment(MIXED)

    assert segment.live_chunks is None
    other = segment.with_dead(np.array([True, False, False, False]))
    assert other.live_chunks is not None
    assert not other.live_chunks[0]
    assert segment.live_chunks is None
    assert segment.live_files.all()


def test_flags_of_another_number_of_files_are_refused() -> None:
    segment = memory_segment(MIXED).with_dead(np.zeros(3, np.bool_))

    with pytest.raises(VolumeCorruptError, match="one flag per file"):
        _ = segment.live_files


def test_lexical_tables_know_no_definitions() -> None:
    segment = memory_segment(MIXED, revision=Revision.LEXICAL)

    assert not segment.has_syntax
    assert segment.definition_count == 0
    assert segment.definitions(0) == []
    assert list(segment.imports(0)) == []
    assert segment.entry(0).parse_status is ParseStatus.PENDING


def test_syntax_is_stored_again_as_it_was() -> None:
    first = memory_segment(MIXED)
    order = [0, 2, 3]

    # The files of a part of it, at other places, behind other names.
    filler = memory_segment({"0.go": "package z\nfunc (z *Zebra) Zoom() {}\n"})
    files = [record_of(filler, 0), *(record_of(first, file) for file in order)]
    text = filler.text(0) + b"".join(first.text(file) for file in order)
    arrays = build_tables(files, text, Revision.SYNTAX)
    second = Segment(
        MemorySource(text, arrays), revision=Revision.SYNTAX, text_bytes=len(text), dead=None
    )

    for there, here in enumerate(order, start=1):
        assert second.entry(there) == first.entry(here)
        assert second.definitions(there) == first.definitions(here)
        assert list(second.imports(there)) == list(first.imports(here))
        assert second.syntax_of(there).status is first.syntax_of(here).status
    for section in Section:
        second.array(section)


@pytest.mark.parametrize("path", [b"", b"/a", b"../a", b"a/./b", b"a//b", b"a/.."])
def test_a_path_that_leads_elsewhere_is_refused(path: bytes) -> None:
    arrays = {section: memory_segment({"a": "x"}).array(section).copy() for section in Section}
    arrays[Section.NAMES] = np.frombuffer(path, np.uint8)
    arrays[Section.FILES]["path_size"] = len(path)
    arrays[Section.FILES]["encoding_size"] = 0
    arrays[Section.FILES]["path_offset"] = arrays[Section.FILES]["encoding_offset"] = 0
    segment = Segment(MemorySource(b"x", arrays), revision=Revision.SYNTAX, text_bytes=1, dead=None)

    with pytest.raises(VolumeCorruptError, match="has the path"):
        segment.path_of(0)


@pytest.mark.parametrize("name", [b"", b"none", b"hex", b"UTF8", b"utf-16", b"idna", b"a\0b"])
def test_an_encoding_that_nobody_wrote_is_refused(name: bytes) -> None:
    arrays = {section: memory_segment({"a": "x"}).array(section).copy() for section in Section}
    arrays[Section.NAMES] = np.frombuffer(b"a" + name, np.uint8)
    arrays[Section.FILES]["path_offset"] = 0
    arrays[Section.FILES]["encoding_offset"] = 1
    arrays[Section.FILES]["encoding_size"] = len(name)
    segment = Segment(MemorySource(b"x", arrays), revision=Revision.SYNTAX, text_bytes=1, dead=None)

    with pytest.raises(VolumeCorruptError, match="has the encoding"):
        segment.entry(0)


def test_a_name_that_is_not_text_is_refused() -> None:
    arrays = {section: memory_segment({"a": "x"}).array(section).copy() for section in Section}
    arrays[Section.NAMES][:] = 0xFF
    segment = Segment(MemorySource(b"x", arrays), revision=Revision.SYNTAX, text_bytes=1, dead=None)

    with pytest.raises(VolumeCorruptError, match="is not UTF-8"):
        segment.path_of(0)


def written(folder: Path, content_by_path: dict[str, str]) -> SegmentRecord:
    """Write a segment."""
    made = memory_segment(content_by_path)
    text = made.text_range(0, made.text_bytes)
    arrays = {section: made.array(section) for section in Section}
    return GenerationWriter(folder).add(text, arrays, Revision.SYNTAX)


def opened(folder: Path, record: SegmentRecord) -> FileSource:
    return FileSource(
        folder / record.volume_name, record.volume, folder / record.tables_name, record.tables
    )


def test_a_segment_is_the_same_in_memory_and_on_disk(tmp_path: Path) -> None:
    made = memory_segment(MIXED)
    source = opened(tmp_path, written(tmp_path, MIXED))
    segment = Segment(source, revision=Revision.SYNTAX, text_bytes=made.text_bytes, dead=None)

    source.check_all()
    for section in Section:
        assert segment.array(section).dtype == made.array(section).dtype
        assert segment.array(section).tobytes() == made.array(section).tobytes()
    assert [segment.text(file) for file in range(4)] == [made.text(file) for file in range(4)]
    assert segment.definitions(2) == made.definitions(2)
    segment.close()


@pytest.mark.parametrize("text", [b"", b"a", b"a" * 10_000])
def test_a_volume_of_another_size_than_its_tables_say_is_refused(
    tmp_path: Path, text: bytes
) -> None:
    record = written(tmp_path, MIXED)
    sealed = write_container(
        tmp_path / "1.volume", magic=VOLUME_MAGIC, version=FORMAT_VERSION, sections=[(0, text)]
    )
    source = FileSource(tmp_path / "1.volume", sealed, tmp_path / record.tables_name, record.tables)
    segment = Segment(source, revision=Revision.SYNTAX, text_bytes=record.text_bytes, dead=None)

    with pytest.raises(VolumeCorruptError, match="text has"):
        segment.text_buffer()
    with pytest.raises(VolumeCorruptError, match="text has"):
        segment.text(0)
    segment.close()


def test_a_segment_that_was_used_is_gone_as_soon_as_nobody_has_it(tmp_path: Path) -> None:
    record = written(tmp_path, MIXED)
    source = opened(tmp_path, record)
    segment = Segment(source, revision=Revision.SYNTAX, text_bytes=record.text_bytes, dead=None)
    for section in Section:
        segment.array(section)
    remembered = weakref.ref(segment)

    gc.disable()
    try:
        del segment
        assert remembered() is None
    finally:
        gc.enable()
        source.close()


def test_a_section_that_ends_inside_of_a_row_is_refused(tmp_path: Path) -> None:
    made = memory_segment(MIXED)
    arrays = {section: packed(section, made.array(section)) for section in Section}
    arrays[Section.FILES] = arrays[Section.FILES][:-1]
    sealed = write_container(
        tmp_path / "1-1.tables",
        magic=TABLES_MAGIC,
        version=FORMAT_VERSION,
        sections=list(arrays.items()),
    )
    record = written(tmp_path, MIXED)
    volume = tmp_path / record.volume_name
    other = FileSource(volume, record.volume, tmp_path / "1-1.tables", sealed)

    with pytest.raises(VolumeCorruptError, match="inside a row"):
        other.rows(Section.FILES)
    other.close()


def test_flipped_bits_in_tables_are_found_or_harmless(tmp_path: Path) -> None:
    record = written(tmp_path, MIXED)
    source = opened(tmp_path, record)
    good = {section: source.rows(section).tobytes() for section in Section}
    source.close()
    seed = random.randrange(2**32)
    sys.stderr.write(f"seed {seed}\n")
    draw = random.Random(seed)
    (tables,) = tmp_path.glob("*.tables")
    content = tables.read_bytes()
    found = 0
    for _ in range(200):
        damaged = bytearray(content)
        damaged[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        tables.write_bytes(damaged)
        try:
            other = opened(tmp_path, record)
            rows = {section: other.rows(section) for section in Section}
        except VolumeError:
            found += 1
            continue
        assert {section: one.tobytes() for section, one in rows.items()} == good
        other.close()
    assert found > 100


def test_every_line_ending_has_its_number() -> None:
    assert len(set(LINE_ENDINGS)) == len(LineEnding)
