import hashlib
import os
import random
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanobot_indexer import (
    DefinitionKind,
    Language,
    ParseStatus,
    VolumeCorruptError,
    VolumeError,
    VolumeVersionError,
)
from nanobot_indexer.syntax.definition import DefinitionRange
from nanobot_indexer.volume.format import HEADER, HEADER_SIZE_BYTES, Section
from nanobot_indexer.volume.segment_reader import Segment
from nanobot_indexer.volume.segment_writer import SealedSegment, SegmentWriter
from nanobot_indexer.workspace.encoding import TextEncoding
from nanobot_indexer.workspace.source import Source, line_start_offsets

PYTHON = b"class A:\n    def m(self):\n        return 1\n\n\ndef f():\n    pass\n"
RANGES = (
    DefinitionRange(DefinitionKind.CLASS, "A", "A", 0, 42, 6, 7, None),
    DefinitionRange(DefinitionKind.METHOD, "m", "A.m", 13, 42, 17, 18, 0),
    DefinitionRange(DefinitionKind.FUNCTION, "f", "f", 45, 62, 49, 50, None),
)


def written(
    path: Path,
    text_by_path: Mapping[str, bytes],
    definitions_by_path: Mapping[str, tuple[DefinitionRange, ...]],
) -> SealedSegment:
    path.unlink(missing_ok=True)
    writer = SegmentWriter(path, generation=7)
    try:
        for name in sorted(text_by_path, key=str.encode):
            text = text_by_path[name]
            encoding = TextEncoding("utf-8", has_bom=False)
            digest = hashlib.sha256(text).digest()
            source = Source(name, text, digest, encoding, line_start_offsets(text))
            index = writer.add(source, Language.PYTHON)
            definitions = definitions_by_path.get(name, ())
            writer.set_definitions(index, definitions, ParseStatus.PARSED)
        return writer.seal()
    finally:
        writer.close()


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, SealedSegment]:
    path = tmp_path / "000007-0.volume"
    sealed = written(path, {"a.py": PYTHON, "b.py": b"", "c.py": b"x = 1"}, {"a.py": RANGES})
    return path, sealed


def opened(path: Path, sealed: SealedSegment) -> Segment:
    return Segment(path, generation=7, header_crc32=sealed.header_crc32)


def content_of(segment: Segment) -> list[object]:
    """Read everything there is, checking everything there is to check."""
    segment.check_text()
    return [
        (segment.entry(index), segment.text(index), segment.definitions(index))
        for index in range(segment.file_count)
    ]


def test_what_was_written_is_read(small: tuple[Path, SealedSegment]) -> None:
    segment = opened(*small)

    a, b, c = (segment.entry(index) for index in range(3))
    assert (a.path, b.path, c.path) == ("a.py", "b.py", "c.py")
    assert (a.line_count, b.line_count, c.line_count) == (7, 0, 1)
    assert a.sha256 == hashlib.sha256(PYTHON).hexdigest()
    assert segment.text(0) == PYTHON
    shown = [
        (one.kind, one.qualified_name, one.start_line, one.end_line, one.parent)
        for one in segment.definitions(0)
    ]
    assert shown == [
        (DefinitionKind.CLASS, "A", 1, 3, None),
        (DefinitionKind.METHOD, "A.m", 2, 3, 0),
        (DefinitionKind.FUNCTION, "f", 6, 7, None),
    ]
    segment.close()


def test_spans_cut_the_text_at_the_innermost_definition(
    small: tuple[Path, SealedSegment],
) -> None:
    segment = opened(*small)

    spans = segment.array(Section.SPANS).tolist()
    segment.close()

    # (offset in the text, file, definition)
    assert spans[:6] == [(0, 0, -1), (0, 0, 0), (13, 0, 1), (42, 0, -1), (45, 0, 2), (62, 0, -1)]


def test_truncation_at_every_byte_is_refused(small: tuple[Path, SealedSegment]) -> None:
    path, sealed = small
    content = path.read_bytes()

    for size in reversed(range(len(content))):
        os.truncate(path, size)
        with pytest.raises(VolumeCorruptError):
            opened(path, sealed)


def test_a_longer_file_is_refused(small: tuple[Path, SealedSegment]) -> None:
    path, sealed = small
    path.write_bytes(path.read_bytes() + b"\0" * 8)

    with pytest.raises(VolumeCorruptError):
        opened(path, sealed)


def test_every_damaged_byte_of_the_header_is_refused(small: tuple[Path, SealedSegment]) -> None:
    path, sealed = small
    content = path.read_bytes()

    for position in range(HEADER_SIZE_BYTES):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        with pytest.raises(VolumeError):
            opened(path, sealed)


def test_flipped_bits_are_found_wherever_they_are(small: tuple[Path, SealedSegment]) -> None:
    path, sealed = small
    content = path.read_bytes()
    seed = random.randrange(2**32)
    sys.stderr.write(f"seed {seed}\n")
    for bit in random.Random(seed).sample(range(len(content) * 8), 200):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(VolumeError):
            content_of(opened(path, sealed))


def test_another_format_version_is_named(small: tuple[Path, SealedSegment]) -> None:
    path, sealed = small
    content = bytearray(path.read_bytes())
    magic, _, *rest = HEADER.unpack_from(content)
    HEADER.pack_into(content, 0, magic, 99, *rest)
    path.write_bytes(content)

    with pytest.raises(VolumeVersionError, match="format 99"):
        opened(path, sealed)


def test_the_volume_of_another_generation_is_refused(small: tuple[Path, SealedSegment]) -> None:
    path, sealed = small

    with pytest.raises(VolumeCorruptError, match="another index"):
        Segment(path, generation=8, header_crc32=sealed.header_crc32)
    with pytest.raises(VolumeCorruptError, match="another index"):
        Segment(path, generation=7, header_crc32=sealed.header_crc32 ^ 1)


def test_a_closed_segment_gives_its_map_back(small: tuple[Path, SealedSegment]) -> None:
    segment = opened(*small)
    segment.close()

    with pytest.raises(ValueError, match="closed"):
        segment._map.size()


@st.composite
def files(draw: st.DrawFn) -> tuple[dict[str, bytes], dict[str, tuple[DefinitionRange, ...]]]:
    names = draw(
        st.lists(st.from_regex(r"[a-zé]{1,8}(/[a-z]{1,4})?\.py", fullmatch=True), unique=True)
    )
    texts = {name: draw(st.binary(max_size=60)) for name in names}
    definitions = {name: tuple(draw(nested_ranges(len(texts[name])))) for name in names}
    return texts, definitions


@st.composite
def nested_ranges(draw: st.DrawFn, size: int) -> list[DefinitionRange]:
    found: list[DefinitionRange] = []
    open_ranges: list[tuple[int, int]] = []  # (end, index)
    for start in sorted(draw(st.sets(st.integers(0, size), max_size=4))):
        while open_ranges and open_ranges[-1][0] <= start:
            open_ranges.pop()
        limit, parent = open_ranges[-1] if open_ranges else (size, None)
        end = draw(st.integers(start, limit))
        kind = draw(st.sampled_from(DefinitionKind))
        name = draw(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5))
        found.append(DefinitionRange(kind, name, f"x.{name}", start, end, start, end, parent))
        open_ranges.append((end, len(found) - 1))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_write_then_read_is_identity(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: tuple[dict[str, bytes], dict[str, tuple[DefinitionRange, ...]]],
) -> None:
    texts, definitions = drawn
    path = tmp_path_factory.getbasetemp() / "000007-0.volume"
    sealed = written(path, texts, definitions)
    segment = opened(path, sealed)

    names = [segment.path_of(index) for index in range(segment.file_count)]
    assert names == sorted(texts, key=str.encode)
    for index, name in enumerate(names):
        assert segment.text(index) == texts[name]
        read = tuple(
            DefinitionRange(
                one.kind,
                one.name,
                one.qualified_name,
                one.start_byte,
                one.end_byte,
                one.name_start_byte,
                one.name_end_byte,
                one.parent,
            )
            for one in segment.definitions(index)
        )
        assert read == definitions[name]
        lines = segment.line_starts(index).tolist()
        assert lines == line_start_offsets(texts[name]).tolist()
    segment.check_text()
    segment.close()
