import os
from pathlib import Path

import numpy as np
import pytest

from nanobot_indexer import IndexWriteError, Skipped, SkipReason, VolumeCorruptError
from nanobot_indexer.volume.format import Revision, Section
from nanobot_indexer.volume.generation import (
    GenerationWriter,
    decoded_skipped,
    encoded_skipped,
    highest_number,
    read_memo,
    read_skipped,
    remove_files_except,
    with_dead,
)
from nanobot_indexer.volume.manifest import (
    NUMBER_LIMIT,
    Manifest,
    SegmentRecord,
    files_of,
    read_manifest,
    tables_size_bytes_max,
)
from nanobot_indexer.volume.packing import packed
from support.memory_segment import memory_segment

SKIPPED = [Skipped("ä.bin", SkipReason.BINARY, ""), Skipped("b", SkipReason.TOO_LARGE, "9 bytes")]
FILES = {"a.py": "def f(): pass\n", "b.py": "class B: pass\n"}


def add(
    writer: GenerationWriter, files: dict[str, str], revision: Revision = Revision.SYNTAX
) -> SegmentRecord:
    made = memory_segment(files, revision=revision)
    arrays = {section: made.array(section) for section in Section}
    return writer.add(made.text_range(0, made.text_bytes), arrays, revision)


def publish(writer: GenerationWriter, *segments: SegmentRecord, memo: bytes = b"") -> Manifest:
    return writer.publish(segments, SKIPPED, memo=memo, syntax_version=1, options={"files_max": 1})


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_published_generation_is_what_the_folder_holds(tmp_path: Path) -> None:
    writer = GenerationWriter(tmp_path)
    manifest = publish(writer, add(writer, FILES), memo=b"memo")

    assert read_manifest(tmp_path) == manifest
    assert names_in(tmp_path) == files_of(manifest) | {"manifest.json"}
    assert read_memo(tmp_path, manifest) == b"memo"
    skipped = decoded_skipped(read_skipped(tmp_path, manifest), tmp_path)
    assert list(skipped) == SKIPPED
    (record,) = manifest.segments
    assert (record.file_count, record.definition_count, record.text_bytes) == (2, 2, 28)


def test_nothing_is_seen_before_the_manifest_is_replaced(tmp_path: Path) -> None:
    writer = GenerationWriter(tmp_path)
    manifest = publish(writer, add(writer, FILES))

    add(writer, {"c.py": "x = 1\n"})

    assert read_manifest(tmp_path) == manifest
    assert len(names_in(tmp_path)) == len(files_of(manifest)) + 3


def test_no_number_is_used_twice(tmp_path: Path) -> None:
    numbers = []
    segments: list[SegmentRecord] = []
    for _ in range(4):
        # Another writer each time, as another process would.
        writer = GenerationWriter(tmp_path)
        segments.append(add(writer, FILES))
        numbers += [segments[-1].number, publish(writer, *segments).generation]

    assert numbers == sorted(set(numbers))


def test_a_writer_counts_on_from_what_a_crash_left_behind(tmp_path: Path) -> None:
    (tmp_path / "000041.volume.tmp").touch()
    (tmp_path / "000040-1.tables").touch()

    writer = GenerationWriter(tmp_path)
    manifest = publish(writer, add(writer, FILES))

    assert (manifest.segments[0].number, manifest.generation) == (42, 43)
    assert names_in(tmp_path) == files_of(manifest) | {"manifest.json"}


@pytest.mark.parametrize("name", ["9" * 12, "9" * 40, "-1", "x", "", "1e9"])
def test_a_number_that_was_never_counted_is_not_believed(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.volume").touch()

    assert highest_number(tmp_path) == 0
    writer = GenerationWriter(tmp_path)
    publish(writer, add(writer, FILES))
    assert read_manifest(tmp_path).generation == 2


def test_left_overs_are_removed_and_other_files_are_not(tmp_path: Path) -> None:
    ours = {"1.volume", "1-0.tables", "2.memo", "2-skipped.json", "manifest.json.tmp"}
    others = {"CACHEDIR.TAG", "manifest.json", "notes.txt"}
    for name in ours | others:
        (tmp_path / name).touch()

    remove_files_except(tmp_path, frozenset({"1.volume"}))

    assert names_in(tmp_path) == others | {"1.volume"}


def test_a_file_that_can_not_be_removed_is_left(tmp_path: Path) -> None:
    (tmp_path / "1.volume").mkdir()
    (tmp_path / "2.volume").touch()

    remove_files_except(tmp_path, frozenset())
    remove_files_except(tmp_path / "gone", frozenset())

    assert names_in(tmp_path) == {"1.volume"}


def test_a_folder_that_is_gone_can_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    writer = GenerationWriter(folder)
    folder.rmdir()

    with pytest.raises(IndexWriteError, match="No such file"):
        add(writer, FILES)
    with pytest.raises(IndexWriteError, match="No such file"):
        publish(writer)
    with pytest.raises(IndexWriteError, match="No such file"):
        GenerationWriter(folder)


def test_better_tables_keep_the_volume_and_what_is_dead(tmp_path: Path) -> None:
    writer = GenerationWriter(tmp_path)
    record = add(writer, FILES, Revision.LEXICAL)
    made = memory_segment(FILES)
    arrays = {section: made.array(section) for section in Section}
    dead = np.array([True, False])
    first = publish(writer, with_dead(record, dead, arrays[Section.FILES]))

    better = writer.add_tables(first.segments[0], arrays, Revision.SYNTAX)
    second = publish(writer, better)

    assert first.segments[0].dead_definition_count == 1  # As counted from those arrays.
    assert (better.number, better.volume_crc32) == (record.number, record.volume_crc32)
    assert (better.revision, better.definition_count, better.dead_definition_count) == (1, 2, 1)
    assert better.dead_text_bytes == 14
    assert second.text_bytes == 14
    assert second.has_syntax
    assert not first.has_syntax
    flags = better.dead_files()
    assert flags is not None
    assert flags.tolist() == [True, False]
    assert (tmp_path / first.segments[0].tables_name).exists() is False


@pytest.mark.parametrize("damage", ["cut", "flipped", "longer", "empty"])
@pytest.mark.parametrize("what", ["skipped", "memo"])
def test_a_damaged_list_is_refused(tmp_path: Path, damage: str, what: str) -> None:
    writer = GenerationWriter(tmp_path)
    manifest = publish(writer, memo=b"0123456789")
    (path,) = tmp_path.glob("*.memo" if what == "memo" else "*-skipped.json")
    content = path.read_bytes()
    damaged = {
        "cut": content[:-1],
        "flipped": bytes([content[0] ^ 1]) + content[1:],
        "longer": content + b" ",
        "empty": b"",
    }[damage]
    path.write_bytes(damaged)
    read = read_memo if what == "memo" else read_skipped

    with pytest.raises(VolumeCorruptError, match=r"checksum|at most"):
        read(tmp_path, manifest)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}x", b"[1]", b'[["a"]]', b'[["a","no reason",""]]', b"[" * 10_000]
)
def test_what_is_no_list_of_skipped_files_is_refused(content: bytes) -> None:
    with pytest.raises(VolumeCorruptError, match="skipped"):
        decoded_skipped(content, Path("1-skipped.json"))


def test_everything_has_its_name_before_the_manifest_counts(tmp_path: Path) -> None:
    # A reader that opens at any moment of many publishes finds all that is named.
    writer = GenerationWriter(tmp_path)
    segment = add(writer, FILES)
    publish(writer, segment)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            for _ in range(50):
                publish(writer, segment)
            status = 0
        finally:
            # Not the exit of a test run.
            os._exit(status)
    seen = set()
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        manifest = read_manifest(tmp_path)
        try:
            read_skipped(tmp_path, manifest)
        except FileNotFoundError:
            assert read_manifest(tmp_path).generation > manifest.generation
        seen.add(manifest.generation)
    assert ended == (pid, 0)
    assert len(seen) > 1


def test_a_list_that_grew_is_refused_before_it_is_read(tmp_path: Path) -> None:
    writer = GenerationWriter(tmp_path)
    manifest = publish(writer, add(writer, FILES), memo=b"memo")
    for suffix in ("-skipped.json", ".memo"):
        # All hole: it takes no room on the disk, and would take it in memory.
        os.truncate(tmp_path / f"{manifest.generation:06d}{suffix}", 2**40)

    with pytest.raises(VolumeCorruptError, match="not a file of at most"):
        read_skipped(tmp_path, manifest)
    with pytest.raises(VolumeCorruptError, match="not a file of at most 4 bytes"):
        read_memo(tmp_path, manifest)


@pytest.mark.parametrize("size_bytes", [2 * 2**20])
def test_tables_of_the_densest_text_are_within_their_limit(size_bytes: int) -> None:
    dense = {"a.py": "a=1\n" * (size_bytes // 16), "b.go": "var a=1\n" * 5000}
    made = memory_segment(dense)

    stored = sum(len(packed(section, made.array(section))) for section in Section)

    assert stored < tables_size_bytes_max(made.text_bytes) / 2


@pytest.mark.parametrize("size_bytes_max", [2, 3, 40, 200, 300, 1000])
def test_a_list_that_is_too_long_ends_early(size_bytes_max: int) -> None:
    skipped = [Skipped("x" * 9 * (9 - n), SkipReason.BINARY, "\u20ac") for n in range(9)]

    listed = encoded_skipped(skipped, size_bytes_max=size_bytes_max)

    read = decoded_skipped(listed, Path("skipped"))
    assert len(listed) <= size_bytes_max
    assert list(read) == skipped[: len(read)]
    assert (len(read) == len(skipped)) == (size_bytes_max == 1000)
    assert len(read) > 0 or size_bytes_max < 200


def test_a_file_that_is_not_ours_does_not_make_numbers_come_again(tmp_path: Path) -> None:
    (tmp_path / f"{NUMBER_LIMIT // 2 - 1}.x").touch()
    segments: list[SegmentRecord] = []
    for _ in range(3):
        writer = GenerationWriter(tmp_path)
        segments.append(add(writer, FILES))
        publish(writer, *segments)

    assert len({one.number for one in segments}) == 3
    assert read_manifest(tmp_path).segments == tuple(segments)
