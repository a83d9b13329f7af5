import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_indexer import (
    Hit,
    IndexLockedError,
    IndexOptions,
    IndexWriteError,
    IngestCancelledError,
    IngestProgress,
    IngestReport,
    IngestStage,
    ParseStatus,
    SkipReason,
    WorkspaceUnreadableError,
    ingest,
    open_index,
)
from nanobot_indexer.volume.lock import IndexLock
from nanobot_indexer.volume.manifest import files_of, read_manifest

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]


def settled(root: Path) -> Path:
    """Wait until the time stamps of all files prove that nothing changed."""
    time.sleep(0.1)
    return root


def index_files(root: Path) -> set[str]:
    return {path.name for path in (root / ".nanobot/index").iterdir()}


def check_no_left_overs(root: Path) -> None:
    manifest = read_manifest(root / ".nanobot/index")
    assert index_files(root) == {"CACHEDIR.TAG", "manifest.json"} | files_of(manifest)


def contents(root: Path) -> dict[str, bytes]:
    with open_index(root) as index:
        index.verify()
        return {entry.path: index.text(entry.path) for entry in index.files}


def check_summary(report: IngestReport, *, files: int, definitions: int) -> None:
    assert (report.file_count, report.definition_count) == (files, definitions)


def test_a_workspace_becomes_an_index(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files({"a.py": "def f(): pass\n", "b.txt": "hello\n", "c.bin": b"\0"})

    report = ingest(root, options=options)

    check_summary(report, files=2, definitions=1)
    assert (report.unchanged, report.text_bytes) == (False, 20)
    assert [(one.path, one.reason) for one in report.skipped] == [("c.bin", SkipReason.BINARY)]
    assert contents(root) == {"a.py": b"def f(): pass\n", "b.txt": b"hello\n"}


def test_the_folder_is_private_and_ignored(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files({"a.py": "x"})

    ingest(root, options=options)

    state = root / ".nanobot"
    assert (state / ".gitignore").read_text() == "*\n"
    assert (state / "index/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172")
    for path in [state, *state.rglob("*")]:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected


def test_an_empty_workspace_is_fine(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files({})

    check_summary(ingest(root, options=options), files=0, definitions=0)
    assert contents(root) == {}


def test_a_root_that_can_not_be_listed_is_refused(tmp_path: Path, options: IndexOptions) -> None:
    (tmp_path / "file").write_text("x")

    for root in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(WorkspaceUnreadableError) as caught:
            ingest(root, options=options)
        assert str(caught.value).startswith(str(root))
    assert not (tmp_path / "gone").exists()


def test_nothing_changed_keeps_the_generation(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.py": "x = 1\n", "b.bin": b"\0"})
    ingest(root, options=options)
    settled(root)
    first = ingest(root, options=options)
    before = index_files(root)

    second = ingest(root, options=options)

    assert first.unchanged  # Only the time stamps were too young to be believed.
    assert replace(second, seconds=0) == replace(first, seconds=0)
    assert index_files(root) == before


@pytest.mark.parametrize("change", ["content", "new", "gone", "ignored", "options", "skipped"])
def test_a_change_makes_a_new_generation(
    write_files: FilesWriter, options: IndexOptions, change: str
) -> None:
    root = settled(write_files({"a.py": "x = 1\n", "b.py": "y = 1\n", "c.bin": b"\0"}))
    first = ingest(root, options=options)
    expected = {"a.py": b"x = 1\n", "b.py": b"y = 1\n"}

    match change:
        case "content":
            # Same size, so only the time tells.
            (root / "a.py").write_text("x = 2\n")
            expected["a.py"] = b"x = 2\n"
        case "new":
            (root / "n.py").write_text("")
            expected["n.py"] = b""
        case "gone":
            (root / "a.py").unlink()
            del expected["a.py"]
        case "ignored":
            (root / ".gitignore").write_text("a.py\n")
            expected = {".gitignore": b"a.py\n", "b.py": b"y = 1\n"}
        case "options":
            options = replace(options, files_max=1)
            del expected["b.py"]
        case "skipped":
            (root / "c.bin").write_text("text")
            expected["c.bin"] = b"text"
    report = ingest(root, options=options)

    assert report.generation > first.generation
    assert not report.unchanged
    assert contents(root) == expected
    check_no_left_overs(root)


def test_equal_content_is_not_parsed_again(write_files: FilesWriter, options: IndexOptions) -> None:
    root = settled(write_files({"a.py": "class A:\n    def m(self): pass\n"}))
    ingest(root, options=options)
    (root / "moved.py").write_bytes((root / "a.py").read_bytes())
    (root / "new.py").write_text("def new(): pass\n")

    # A worker that can not even start shows what needs one.
    report = ingest(root, options=replace(options, parse_memory_bytes_max=1024))

    with open_index(root) as index:
        assert [one.qualified_name for one in index.definitions("moved.py")] == ["A", "A.m"]
        assert index.definitions("moved.py")[1].parent == 0
        assert index.file("new.py").parse_status is ParseStatus.FAILED
    assert [(one.path, one.reason) for one in report.skipped] == [
        ("new.py", SkipReason.PARSE_CRASHED)
    ]


def test_a_file_whose_parse_failed_is_kept_as_text_until_it_changes(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    hostile = "(\n" * 500_000
    root = settled(write_files({"bad.js": hostile, "good.py": "def f(): pass\n"}))

    report = ingest(root, options=replace(options, parse_timeout_s=1.0))

    (skip,) = report.skipped
    assert (skip.path, skip.reason) == ("bad.js", SkipReason.PARSE_TIMED_OUT)
    check_summary(report, files=2, definitions=1)
    assert contents(root)["bad.js"] == hostile.encode()
    (root / "bad.js").write_text("function fixed() {}\n")
    check_summary(ingest(root, options=options), files=2, definitions=2)


def test_progress_is_told_from_start_to_end(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({f"{n}.txt": "12345" for n in range(3)})
    seen: list[IngestProgress] = []

    ingest(root, options=options, progress=seen.append)

    assert seen[0] == IngestProgress(IngestStage.TEXT, 0, 3, 0, 15, "", None)
    last = seen[-1]
    assert (last.stage, last.files_done, last.bytes_done, last.path) == (
        IngestStage.TEXT,
        3,
        15,
        "",
    )


def test_many_files_are_searchable_before_they_are_parsed(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({f"{n}.py": f"def found_{n}(): pass\n" for n in range(80)})
    hits: list[Hit] = []

    def look(progress: IngestProgress) -> None:
        if progress.stage is IngestStage.SYNTAX and not hits:
            with open_index(root) as index:
                assert not index.manifest.has_syntax
                assert index.file("7.py").parse_status is ParseStatus.PENDING
                hits.extend(index.search("found_7", limit=1))

    ingest(root, options=options, progress=look)

    assert [hit.path for hit in hits] == ["7.py"]
    with open_index(root) as index:
        assert index.manifest.has_syntax
        assert index.search("found_7", limit=1)[0].name == "found_7"


def test_what_was_not_parsed_when_it_was_killed_is_parsed_by_the_next(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({f"{n}.py": f"def found_{n}(): pass\n" for n in range(80)})

    def cancel(progress: IngestProgress) -> None:
        if progress.stage is IngestStage.SYNTAX:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(root, options=options, progress=cancel)
    with open_index(root) as index:
        assert len(index.files) == 80

    report = ingest(root, options=options)

    check_summary(report, files=80, definitions=80)
    check_no_left_overs(root)


def test_many_small_changes_leave_few_segments(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    content = {f"{n}.py": f"def f{n}(): pass\n" for n in range(20)}
    root = write_files(content)
    ingest(root, options=options)

    for n in range(20):
        content[f"{n}.py"] = f"def changed_{n}(): pass\n"
        (root / f"{n}.py").write_text(content[f"{n}.py"])
        ingest(root, options=options)

    with open_index(root) as index:
        assert len(index.segments) <= 10
        assert [one.name for one in index.all_definitions()] == [
            f"changed_{n}" for n in sorted(range(20), key=str)
        ]
    assert contents(root) == {path: text.encode() for path, text in content.items()}
    check_no_left_overs(root)


@pytest.mark.parametrize("calls_before", [0, 1, 3, 5])
def test_cancelling_leaves_the_old_generation(
    write_files: FilesWriter, options: IndexOptions, calls_before: int
) -> None:
    root = write_files({f"{n}.py": f"def f{n}(): pass\n" for n in range(9)})
    ingest(root, options=options)
    before, names = contents(root), index_files(root)
    (root / "0.py").write_text("changed")
    calls = iter(range(calls_before))

    with pytest.raises(IngestCancelledError):
        ingest(root, options=options, cancelled=lambda: next(calls, None) is None)

    assert contents(root) == before
    assert index_files(root) == names


def test_cancelling_does_not_wait_for_a_slow_parse(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"bad.js": "(\n" * 500_000})
    started = time.monotonic()

    with pytest.raises(IngestCancelledError):
        ingest(root, options=options, cancelled=lambda: time.monotonic() - started > 0.5)

    assert time.monotonic() - started < 30


def test_a_full_disk_leaves_the_old_generation(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    left_out = {f"{n}.bin": b"\0" for n in range(60)}
    root = write_files({"a.py": "def f(): pass\n", "b.py": "x = 1\n", **left_out})
    ingest(root, options=options)
    before = contents(root)
    (root / "b.py").write_text("x = 2\n")
    # A real error of the operating system, at one write after the other: no file
    # may grow beyond the limit.
    script = """
        import resource, sys
        from pathlib import Path
        from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexWriteError, ingest, open_index
        for limit in (0, 3, 60, 90, *range(100, 100_000, 200)):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                ingest(Path(sys.argv[1]), options=DEFAULT_INDEX_OPTIONS)
            except IndexWriteError as error:
                print(error)
            else:
                break
            with open_index(Path(sys.argv[1])) as index:
                index.verify()
                assert index.text("b.py") == b"x = 1\\n"
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(root)],
        capture_output=True,
        text=True,
        check=True,
    )

    messages = done.stdout.splitlines()
    assert len(messages) > 5, done
    assert all("File too large; the old index is kept" in message for message in messages)
    stopped = {message.partition(": ")[0].rpartition(".")[2] for message in messages}
    assert stopped >= {"lock", "volume", "tables", "json"}
    assert contents(root) == before | {"b.py": b"x = 2\n"}
    check_no_left_overs(root)


def test_kill_9_leaves_a_generation_that_works(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    content = {f"{n}.py": f"def f{n}(): pass\n" * 50 for n in range(150)}
    root = write_files(content)
    ingest(root, options=options)
    script = """
        import sys
        from pathlib import Path
        from nanobot_indexer import DEFAULT_INDEX_OPTIONS, ingest
        print("go", flush=True)
        for number in range(1000):
            (Path(sys.argv[1]) / "0.py").write_text(f"x = {number}")
            ingest(Path(sys.argv[1]), options=DEFAULT_INDEX_OPTIONS)
        """
    seed = random.randrange(2**32)
    sys.stderr.write(f"seed {seed}\n")
    delays = random.Random(seed)
    for _ in range(3):
        command = [sys.executable, "-c", textwrap.dedent(script), str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"go\n"
            time.sleep(delays.uniform(0.0, 0.4))
            writer.send_signal(signal.SIGKILL)
        assert contents(root).keys() == content.keys()

    (root / "0.py").write_text("last")
    report = ingest(root, options=options)
    assert contents(root)["0.py"] == b"last"
    assert report.file_count == len(content)
    check_no_left_overs(root)


def test_a_reader_keeps_its_generation_while_new_ones_are_published(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.txt": "number 1", "b.txt": "b"})
    ingest(root, options=options)
    failures: list[BaseException] = []
    opened_count = 0
    is_done = threading.Event()

    def read() -> None:
        nonlocal opened_count
        try:
            while not is_done.is_set():
                with open_index(root) as index:
                    assert index.text("a.txt").startswith(b"number ")
                    index.verify()
                opened_count += 1
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread.
            failures.append(error)

    old = open_index(root)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(2, 12):
            (root / "a.txt").write_text(f"number {number}")
            ingest(root, options=options)
            assert contents(root)["a.txt"] == f"number {number}".encode()
    finally:
        is_done.set()
        reader.join()

    assert failures == []
    assert opened_count > 0
    assert old.text("a.txt") == b"number 1"
    assert [hit.path for hit in old.search("number", limit=5)] == ["a.txt"]
    assert old.skipped == ()
    old.close()


def test_two_writers_do_not_meet(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files({"a.py": "x"})
    ingest(root, options=options)

    with (
        IndexLock(root / ".nanobot/index.lock", timeout_s=0.0),
        pytest.raises(IndexLockedError) as caught,
    ):
        ingest(root, options=options, lock_timeout_s=0.0)

    assert caught.value.pid == os.getpid()


@pytest.mark.parametrize("damage", ["volume", "tables", "manifest", "version"])
def test_a_damaged_index_is_rebuilt(
    write_files: FilesWriter, options: IndexOptions, damage: str
) -> None:
    root = settled(write_files({"a.py": "def f(): pass\n"}))
    ingest(root, options=options)
    folder = root / ".nanobot/index"
    volume = folder / ("000001.volume" if damage != "tables" else "000001-1.tables")
    match damage:
        case "volume" | "tables":
            volume.write_bytes(volume.read_bytes()[:50])
        case "manifest":
            (folder / "manifest.json").write_bytes(b"{")
        case "version":
            content = bytearray(volume.read_bytes())
            content[8] = 99
            volume.write_bytes(content)

    report = ingest(root, options=options)

    assert not report.unchanged
    check_summary(report, files=1, definitions=1)
    assert contents(root) == {"a.py": b"def f(): pass\n"}


@pytest.mark.parametrize("link", [".nanobot", ".nanobot/index"])
def test_a_folder_that_is_a_link_is_not_written_through(
    write_files: FilesWriter, options: IndexOptions, tmp_path: Path, link: str
) -> None:
    root = write_files({"a.py": "x"})
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(outside, target_is_directory=True)

    with pytest.raises(IndexWriteError, match="symbolic link"):
        ingest(root, options=options)

    assert list(outside.iterdir()) == []


def test_a_manifest_from_the_workspace_may_not_choose_a_huge_generation(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.py": "x", ".nanobot/index/" + "9" * 200 + "-0.volume": ""})

    assert ingest(root, options=options).generation < 10
    assert "9" * 200 + "-0.volume" not in index_files(root)
