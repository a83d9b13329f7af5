"""What one ingest must get right beyond the plain case; `test_ingest` has the others."""

import json
import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from nanobot_indexer import (
    IndexOptions,
    IndexWriteError,
    IngestCancelledError,
    IngestProgress,
    IngestStage,
    ParsePool,
    SkipReason,
    ingest,
    open_index,
)
from nanobot_indexer.errors import IndexUnreadableError
from nanobot_indexer.ingestion.retry import TIMED_OUT_RETRY_S
from nanobot_indexer.syntax.version import SYNTAX_VERSION
from nanobot_indexer.volume.format import SEGMENT_TEXT_BYTES
from nanobot_indexer.volume.manifest import read_manifest
from support.index_damage import sealed_manifest
from support.index_twin import check_no_left_overs, clean_build, dump_at
from support.shortage import descriptors_used_up

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

HOSTILE = "(\n" * 500_000


@pytest.fixture(scope="module")
def pool(options: IndexOptions) -> Iterator[ParsePool]:
    with ParsePool(options) as workers:
        yield workers


def settled(root: Path) -> Path:
    """Wait until the time stamps of all files prove that nothing changed."""
    time.sleep(0.1)
    return root


def ingest_cut_off(root: Path, options: IndexOptions, pool: ParsePool) -> None:
    """Ingest until everything is searchable and nothing is parsed."""

    def cut(progress: IngestProgress) -> None:
        if progress.stage is IngestStage.SYNTAX:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(root, options=options, pool=pool, progress=cut)


def call_once(calls: list[Callable[[IngestProgress], None]], progress: IngestProgress) -> None:
    if calls:
        calls.pop()(progress)


@pytest.mark.parametrize("change", ["gone", "fixed"])
def test_a_file_that_is_gone_is_not_parsed_any_more(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool, change: str
) -> None:
    fillers = {f"{n}.py": f"def f{n}(): pass\n" for n in range(40)}
    root = settled(write_files({**fillers, "bad.js": HOSTILE}))
    options = replace(options, parse_timeout_s=1.0)
    ingest_cut_off(root, options, pool)
    if change == "gone":
        (root / "bad.js").unlink()
    else:
        (root / "bad.js").write_text("function fixed() {}\n")

    report = ingest(root, options=options)

    assert report.skipped == ()
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


def test_a_skip_is_kept_whatever_its_file_is_called(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    # An invisible letter: not shown as it is.
    root = settled(write_files({"a\u200b.py": b"\0", "b.py": "x = 1\n"}))
    first = ingest(root, options=options, pool=pool)
    settled(root)

    second = ingest(root, options=options, pool=pool)

    assert [one.path for one in first.skipped] == ["a\\u200b.py"]
    assert second.skipped == first.skipped
    assert second.unchanged
    (root / "a\u200b.py").write_text("x = 2\n")
    assert ingest(root, options=options, pool=pool).skipped == ()


def test_a_folder_that_was_away_while_it_was_read_is_read_again(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({"folder/inner/a.py": "def f(): pass\n", "b.py": "x = 1\n"}))

    def move(progress: IngestProgress) -> None:
        # The walk is done, and no file was read.
        if not progress.path and progress.stage is IngestStage.TEXT:
            (root / "folder").rename(tmp_path / "away")

    with pytest.raises(FileNotFoundError):
        ingest(root, options=options, pool=pool, progress=move)
    (tmp_path / "away").rename(root / "folder")
    report = ingest(root, options=options, pool=pool, progress=partial(call_once, [move]))
    assert [(one.path, one.reason) for one in report.skipped] == [
        ("folder/inner/a.py", SkipReason.FILE_UNREADABLE)
    ]
    (tmp_path / "away").rename(root / "folder")

    report = ingest(root, options=options, pool=pool)

    assert report.skipped == ()
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


@pytest.mark.parametrize("other", ["def other(): pass\n", b"\0", "x" * 30_000, None])
def test_a_folder_that_was_another_one_while_it_was_read_is_read_again(
    write_files: FilesWriter,
    tmp_path: Path,
    options: IndexOptions,
    pool: ParsePool,
    *,
    other: str | bytes | None,
) -> None:
    root = settled(write_files({"one/inner/a.py": "def f(): pass\n", "b.py": "x = 1\n"}))
    if other is not None:
        write_files({"two/inner/a.py": other, ".gitignore": "two\naside\n"})
    else:
        write_files({"two/inner/b.py": "", ".gitignore": "two\naside\n"})
    settled(root)

    def swap() -> None:
        for before, after in (("one", "aside"), ("two", "one"), ("aside", "two")):
            (root / before).rename(root / after)

    def swapped_while_read(progress: IngestProgress) -> None:
        # Told once before any file was read, and once after all were.
        if progress.stage is IngestStage.TEXT and not progress.path:
            swap()

    ingest(root, options=options, pool=pool, progress=swapped_while_read)
    settled(root)
    ingest(root, options=options, pool=pool)

    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))
    with open_index(root) as index:
        assert index.text("one/inner/a.py") == b"def f(): pass\n"


@pytest.mark.parametrize("damaged", ["manifest.json", "000001.volume"])
def test_a_rebuilt_index_counts_on(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool, damaged: str
) -> None:
    root = write_files({"a.py": "x = 1\n"})
    folder = root / ".nanobot/index"
    first = ingest(root, options=options, pool=pool)
    numbers = {one.number for one in read_manifest(folder).segments}
    (folder / damaged).write_bytes(b"{")

    second = ingest(root, options=options, pool=pool)

    assert second.generation > first.generation
    assert numbers.isdisjoint(one.number for one in read_manifest(folder).segments)


def test_readers_of_a_damaged_index_keep_what_they_can_use_until_it_is_rebuilt(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_files({f"{n}.py": f"def f{n}(): pass\n" for n in range(3)})
    ingest(root, options=options, pool=pool)
    (memo,) = (root / ".nanobot/index").glob("*.memo")
    memo.write_bytes(b"")
    calls = iter(range(3))

    with pytest.raises(IngestCancelledError):
        ingest(root, options=options, pool=pool, cancelled=lambda: next(calls, None) is None)

    memo.write_bytes(b"")
    names = {path.name for path in memo.parent.iterdir()}
    assert {"000001.volume", "000001-1.tables", "manifest.json"} <= names


def test_a_folder_that_was_away_while_it_was_walked_is_walked_again(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({"x/d/sub/a.py": "def f(): pass\n", "x/b.py": ""}))
    asked = 0

    def move() -> bool:
        nonlocal asked
        asked += 1
        # Asked once per folder: x/d was listed, what is in it was not.
        if asked == 4:
            (root / "x").rename(root / "y")
        return False

    ingest(root, options=options, pool=pool, cancelled=move)
    (root / "y").rename(root / "x")
    settled(root)

    ingest(root, options=options, pool=pool)

    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


def test_a_publish_that_fails_after_the_new_manifest_has_its_name_loses_no_file(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({"a.txt": "one\n"}))
    ingest(root, options=options, pool=pool)
    write_files({"a.txt": "another\n"})
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def take_descriptors(progress: IngestProgress) -> None:
        # Everything is read. One descriptor is left: the manifest takes it, and after its
        # rename there is none to sync the folder with.
        if progress.files_done:
            free = os.dup(0)
            os.close(free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, limits[1]))

    try:
        with pytest.raises(IndexWriteError, match="Too many open files"):
            ingest(root, options=options, pool=pool, progress=take_descriptors)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    with open_index(root) as index:
        index.verify()
        assert index.text("a.txt") == b"another\n"
    ingest(root, options=options, pool=pool)
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))
    check_no_left_overs(root)


BROKEN_BYTES = 1024
"""No worker can even start with so little memory."""


def test_a_file_that_always_crashes_its_worker_changes_nothing(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({f"{n}.py": f"def f{n}(): pass\n" for n in range(9)}))
    with ParsePool(replace(options, parse_memory_bytes_max=BROKEN_BYTES)) as broken:
        first = ingest(root, options=options, pool=broken)
        settled(root)
        (root / "3.py").touch()

        second = ingest(root, options=options, pool=broken)

        assert {one.reason for one in first.skipped} == {SkipReason.PARSE_CRASHED}
        assert second.skipped == first.skipped
        assert second.unchanged
        with open_index(root) as index:
            assert len(index.segments) == 1
            assert not any(record.dead for record in index.manifest.segments)


@pytest.mark.parametrize("count", [3, 40])
def test_files_that_crashed_by_the_fault_of_the_machine_are_well_after_the_next_ingest(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool, *, count: int
) -> None:
    root = settled(write_files({f"{n}.py": f"def f{n}(): pass\n" for n in range(count)}))
    with ParsePool(replace(options, parse_memory_bytes_max=BROKEN_BYTES)) as broken:
        assert len(ingest(root, options=options, pool=broken).skipped) == count

    report = ingest(root, options=options, pool=pool)

    assert report.skipped == ()
    assert report.definition_count == count
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


@pytest.mark.parametrize("age_s", [0.0, TIMED_OUT_RETRY_S + 60, -TIMED_OUT_RETRY_S - 60])
def test_a_file_that_took_too_long_is_tried_again_after_some_time(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool, *, age_s: float
) -> None:
    root = settled(write_files({"slow.js": HOSTILE[:100_000], "b.txt": "words\n"}))
    with ParsePool(replace(options, parse_timeout_s=0.001)) as hasty:
        first = ingest(root, options=options, pool=hasty)
    assert [one.reason for one in first.skipped] == [SkipReason.PARSE_TIMED_OUT]
    (tables,) = (root / ".nanobot/index").glob("*.tables")
    written_s = tables.stat().st_mtime - age_s
    os.utime(tables, (written_s, written_s))

    second = ingest(root, options=options, pool=pool)

    assert second.skipped == (() if age_s else first.skipped)
    assert second.unchanged == (age_s == 0.0)


def test_what_can_not_be_said_about_a_file_stays_when_it_is_touched(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({"slow.js": HOSTILE[:100_000]}))
    with ParsePool(replace(options, parse_timeout_s=0.001)) as hasty:
        first = ingest(root, options=options, pool=hasty)
    (root / "slow.js").touch()

    second = ingest(root, options=options, pool=pool)

    assert [one.reason for one in first.skipped] == [SkipReason.PARSE_TIMED_OUT]
    assert second.skipped == first.skipped


def test_a_new_segment_that_vanishes_is_told_as_what_it_is(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_files({f"{n}.py": f"def f{n}(): pass\n" for n in range(40)})

    def remove(progress: IngestProgress) -> None:
        if progress.stage is IngestStage.SYNTAX:
            for path in (root / ".nanobot/index").glob("*.volume"):
                path.unlink()

    with pytest.raises(IndexWriteError, match="was removed while it was used"):
        ingest(root, options=options, pool=pool, progress=remove)
    assert ingest(root, options=options, pool=pool).definition_count == 40


def test_no_descriptor_for_the_root_is_not_the_fault_of_the_root(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_files({"a.py": "x = 1\n"})

    with descriptors_used_up(), pytest.raises(IndexUnreadableError, match="raise the limit"):
        ingest(root, options=options, pool=pool)


def test_descriptors_are_counted_after_the_old_index_took_its_own(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    # Segments that are too large to be merged, and as many as ask for most of the spare ones.
    deep = "/".join("d" * 15)
    root = write_files({f"{deep}/a.py": "def f(): pass\n"})
    options = replace(options, file_size_bytes_max=SEGMENT_TEXT_BYTES)
    text = ("#" * 63 + "\n") * 33_000
    for n in range(24):
        (root / f"{n}.txt").write_text(text)
        ingest(root, options=options, pool=pool)
    with open_index(root) as index:
        assert len(index.segments) > 20
    (root / deep / "a.py").write_text("def changed(): pass\n")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    told = []
    for count in range(50, 160):
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + count, limits[1]))
        try:
            report = ingest(root, options=options, pool=pool)
        except IndexUnreadableError as error:
            told.append(error.reason)
        else:
            break
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    assert report.skipped == ()
    assert set(told) == {"Too many open files"}
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


def test_other_limits_hold_for_files_that_did_not_change(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({"long.txt": "x" * 500 + "\n", "short.txt": "x\n"}))
    ingest(root, options=options, pool=pool)

    strict = ingest(root, options=replace(options, line_length_bytes_max=100), pool=pool)
    back = ingest(root, options=options, pool=pool)

    assert [(one.path, one.reason) for one in strict.skipped] == [
        ("long.txt", SkipReason.LINE_TOO_LONG)
    ]
    assert (strict.file_count, back.file_count) == (1, 2)
    assert back.skipped == ()


def test_definitions_of_another_version_are_not_used_again(
    write_files: FilesWriter, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({"a.py": "def f(): pass\n"}))
    ingest(root, options=options, pool=pool)
    manifest = root / ".nanobot/index/manifest.json"
    body = json.loads(manifest.read_bytes())["body"]
    manifest.write_bytes(sealed_manifest({**body, "syntax_version": 0}))

    # Whatever is parsed fails.
    with ParsePool(replace(options, parse_memory_bytes_max=BROKEN_BYTES)) as broken:
        report = ingest(root, options=options, pool=broken)

    assert [one.reason for one in report.skipped] == [SkipReason.PARSE_CRASHED]
    assert read_manifest(manifest.parent).syntax_version == SYNTAX_VERSION


def test_an_ingest_that_runs_out_of_descriptors_is_told_and_the_next_one_is_whole(
    write_files: FilesWriter, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = settled(write_files({"a.txt": "words\n"}))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    shortage = ExitStack()

    def starve_while_files_are_read(progress: IngestProgress) -> None:
        # Told once before any file is read, and once after all were.
        if not progress.path and progress.files_done == 0:
            shortage.enter_context(descriptors_used_up())
        else:
            shortage.close()

    with shortage, pytest.raises(IndexUnreadableError, match=r"a\.txt: .*Too many open files"):
        ingest(root, options=options, pool=pool, progress=starve_while_files_are_read)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits

    second = ingest(root, options=options, pool=pool)

    assert second.skipped == ()
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))
