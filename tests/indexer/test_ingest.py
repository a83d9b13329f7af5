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
    IndexLockedError,
    IndexOptions,
    IndexWriteError,
    IngestCancelledError,
    IngestProgress,
    IngestReport,
    ParseStatus,
    SkipReason,
    WorkspaceUnreadableError,
    ingest,
    open_index,
)
from nanobot_indexer.volume.lock import IndexLock

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]


def settled(root: Path) -> Path:
    """Age all files, so that their time stamps prove that nothing changed."""
    for path in root.rglob("*"):
        if ".nanobot" not in path.parts:
            os.utime(path, ns=(10**18, 10**18), follow_symlinks=False)
    return root


def index_files(root: Path) -> set[str]:
    return {path.name for path in (root / ".nanobot/index").iterdir()}


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
    assert (report.generation, report.unchanged, report.text_bytes) == (1, False, 20)
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
    root = settled(write_files({"a.py": "x = 1\n", "b.bin": b"\0"}))
    first = ingest(root, options=options)

    second = ingest(root, options=options)

    assert second.unchanged
    assert replace(second, seconds=0, unchanged=False) == replace(first, seconds=0)


@pytest.mark.parametrize("change", ["content", "new", "gone", "ignored", "options", "skipped"])
def test_a_change_makes_a_new_generation(
    write_files: FilesWriter, options: IndexOptions, change: str
) -> None:
    root = settled(write_files({"a.py": "x = 1\n", "b.py": "y = 1\n", "c.bin": b"\0"}))
    ingest(root, options=options)
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

    assert (report.generation, report.unchanged) == (2, False)
    assert contents(root) == expected
    assert index_files(root) == {
        "CACHEDIR.TAG",
        "manifest.json",
        "000002-0.volume",
        "000002-skipped.json",
    }


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


def test_a_file_whose_parse_failed_is_kept_as_text_and_tried_again(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    hostile = "(\n" * 400_000
    root = settled(write_files({"bad.py": hostile, "good.py": "def f(): pass\n"}))

    report = ingest(root, options=replace(options, parse_timeout_s=1.0))

    (skip,) = report.skipped
    assert (skip.path, skip.reason) == ("bad.py", SkipReason.PARSE_TIMED_OUT)
    check_summary(report, files=2, definitions=1)
    assert contents(root)["bad.py"] == hostile.encode()
    (root / "bad.py").write_text("def fixed(): pass\n")
    check_summary(ingest(root, options=options), files=2, definitions=2)


def test_progress_is_told_from_start_to_end(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({f"{n}.txt": "12345" for n in range(3)})
    seen: list[IngestProgress] = []

    ingest(root, options=options, progress=seen.append)

    assert seen[0] == IngestProgress(0, 3, 0, "")
    assert seen[-1] == IngestProgress(3, 3, 15, "")


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
    root = write_files({"bad.py": "(\n" * 500_000})
    started = time.monotonic()

    with pytest.raises(IngestCancelledError):
        ingest(root, options=options, cancelled=lambda: time.monotonic() - started > 0.5)

    assert time.monotonic() - started < 30


def test_a_full_disk_leaves_the_old_generation(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.py": "def f(): pass\n" * 2000, "b.py": "x = 1\n", "c.bin": b"\0"})
    ingest(root, options=options)
    before, names = contents(root), index_files(root)
    (root / "b.py").write_text("x = 2\n")
    # A real error of the operating system, at one write after the other: no file
    # may grow beyond the limit.
    script = """
        import resource, sys
        from pathlib import Path
        from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexWriteError, ingest
        for limit in (0, 3, 100, 1000, 31_000, 60_500, 80_000, 100_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                ingest(Path(sys.argv[1]), options=DEFAULT_INDEX_OPTIONS)
            except IndexWriteError as error:
                print(error)
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(root)],
        capture_output=True,
        text=True,
        check=True,
    )

    messages = done.stdout.splitlines()
    assert len(messages) == 8, done
    assert all("File too large; the old index is kept" in message for message in messages)
    assert contents(root) == before
    assert index_files(root) == names
    assert ingest(root, options=options).file_count == 2


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
    assert index_files(root) == {
        "CACHEDIR.TAG",
        "manifest.json",
        f"{report.generation:06d}-0.volume",
        f"{report.generation:06d}-skipped.json",
    }


def test_a_reader_keeps_its_generation_while_new_ones_are_published(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"a.txt": "generation 1", "b.txt": "b"})
    ingest(root, options=options)
    failures: list[BaseException] = []
    opened_count = 0
    is_done = threading.Event()

    def read() -> None:
        nonlocal opened_count
        try:
            while not is_done.is_set():
                with open_index(root) as index:
                    assert index.text("a.txt") == f"generation {index.generation}".encode()
                    index.verify()
                opened_count += 1
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread.
            failures.append(error)

    old = open_index(root)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for generation in range(2, 12):
            (root / "a.txt").write_text(f"generation {generation}")
            assert ingest(root, options=options).generation == generation
    finally:
        is_done.set()
        reader.join()

    assert failures == []
    assert opened_count > 0
    assert old.text("a.txt") == b"generation 1"
    assert [hit.path for hit in old.search("generation", limit=5)] == ["a.txt"]
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


@pytest.mark.parametrize("damage", ["volume", "manifest", "version"])
def test_a_damaged_index_is_rebuilt(
    write_files: FilesWriter, options: IndexOptions, damage: str
) -> None:
    root = settled(write_files({"a.py": "def f(): pass\n"}))
    ingest(root, options=options)
    folder = root / ".nanobot/index"
    volume = folder / "000001-0.volume"
    match damage:
        case "volume":
            volume.write_bytes(volume.read_bytes()[:100])
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

    assert ingest(root, options=options).generation == 1
    assert "9" * 200 + "-0.volume" not in index_files(root)
