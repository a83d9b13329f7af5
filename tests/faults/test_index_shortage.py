"""An ingest and its readers when the machine runs out of something."""

import os
import resource
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from nanobot_indexer import (
    IndexOptions,
    IndexWriteError,
    ParsePool,
    WorkspaceUnreadableError,
    ingest,
)
from support.index_twin import (
    STATE,
    check_no_left_overs,
    clean_build,
    dump_at,
    environment_of_tests,
)

FILES = {
    "a.py": "def reader(): pass\n",
    "b.txt": "words of a reader\n" * 50,
    "c/d/e/f.py": "class Deep:\n    def m(self): pass\n",
    ".gitignore": "*.secret\n",
    "key.secret": "never indexed\n",
}


def write_workspace(root: Path) -> Path:
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    time.sleep(0.05)
    return root


def change_workspace(root: Path) -> None:
    (root / "a.py").write_text("def changed_reader(): pass\n")
    (root / "new.py").write_text("class New: pass\n")
    (root / "c/d/e/g.txt").write_text("more words\n")
    (root / "c/.gitignore").write_text("*.log\n")
    (root / "c/x.log").write_text("never indexed\n")


def run_script(script: str, *arguments: str) -> list[str]:
    """Run Python in a process of its own and return the lines that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment_of_tests(),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_ingest_short_of_descriptors_says_so_and_loses_nothing(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_workspace(memory_path / "workspace")
    ingest(root, options=options, pool=pool)
    before = dump_at(root)
    change_workspace(root)
    # One descriptor more each time, until it gets through.
    script = """
        import os, resource, sys
        from pathlib import Path
        from nanobot_indexer import *
        from nanobot_indexer.volume.canonical_dump import dump_hash
        from support.index_twin import dump_at
        root = Path(sys.argv[1])
        options = IndexOptions(2**20, 20_000, 60.0, 2**30, 1, 1000)
        free = os.dup(0)
        os.close(free)
        roomy = resource.getrlimit(resource.RLIMIT_NOFILE)
        before = dump_at(root)
        for limit in range(free, free + 400):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, roomy[1]))
            try:
                report = ingest(root, options=options)
            except IndexerError as error:
                print(type(error).__name__, error)
            else:
                print("done", report.skipped)
            resource.setrlimit(resource.RLIMIT_NOFILE, roomy)
            if "report" in globals():
                break
            assert dump_at(root) == before
        """
    lines = run_script(script, str(root))

    assert lines[-1] == "done ()"
    assert len(lines) > 20
    assert all("Too many open files" in line for line in lines[:-1])
    names = {line.partition(" ")[0] for line in lines[:-1]}
    assert names <= {"IndexWriteError", "IndexUnreadableError"}
    assert dump_at(root) == dump_at(clean_build(root, memory_path / "clean", options, pool))
    assert dump_at(root) != before
    check_no_left_overs(root)


def test_a_reader_short_of_descriptors_says_so(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_workspace(memory_path / "workspace")
    ingest(root, options=options, pool=pool)
    script = """
        import os, resource, sys
        from pathlib import Path
        from nanobot_indexer import *
        root = Path(sys.argv[1])
        with open_index(root) as index:
            expected = index.search("reader", limit=9)
        free = os.dup(0)
        os.close(free)
        roomy = resource.getrlimit(resource.RLIMIT_NOFILE)
        for limit in range(free, free + 50):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, roomy[1]))
            try:
                with open_index(root) as index:
                    assert index.search("reader", limit=9) == expected
            except IndexerError as error:
                print(type(error).__name__, error)
            else:
                print("done")
                break
        """
    lines = run_script(script, str(root))

    assert lines[-1] == "done"
    assert 1 < len(lines) < 20
    for line in lines[:-1]:
        assert line.startswith("IndexUnreadableError")
        assert "Too many open files; the index is kept" in line


def test_a_reader_short_of_memory_says_so(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = memory_path / "workspace"
    root.mkdir()
    (root / "large.txt").write_text("a line of a large file\n" * 80_000)
    ingest(root, options=options, pool=pool)
    script = """
        import resource, sys
        from pathlib import Path
        from nanobot_indexer import *
        root = Path(sys.argv[1])
        with open_index(root) as index:
            index.search("line", limit=1)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        for spare in (2**18, 2**19):
            resource.setrlimit(resource.RLIMIT_AS, (used + spare, -1))
            try:
                open_index(root).close()
            except IndexerError as error:
                print(type(error).__name__, error)
        """
    lines = run_script(script, str(root))

    assert lines
    assert all(line.startswith("IndexUnreadableError") for line in lines), lines


def test_a_search_short_of_memory_says_so(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = memory_path / "workspace"
    root.mkdir()
    lines = (f"word{n} of line {7 * n} in a file{3 * n}\n" for n in range(30_000))
    (root / "large.txt").write_text("".join(lines))
    ingest(root, options=options, pool=pool)
    # A little more room each time, until it gets through.
    script = """
        import resource, sys
        from pathlib import Path
        from nanobot_indexer import *
        root = Path(sys.argv[1])
        with open_index(root) as index:
            index.verify()
        for spare in range(400):
            with open_index(root) as index:
                used = int(Path("/proc/self/statm").read_text().split()[0])
                limit = used * resource.getpagesize() + spare * 2**17
                resource.setrlimit(resource.RLIMIT_AS, (limit, -1))
                try:
                    index.verify()
                except IndexerError as error:
                    told = f"{type(error).__name__} {error}"
                else:
                    told = "done"
                resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
            print(told)
            if told == "done":
                break
        """
    lines_told = run_script(script, str(root))

    assert lines_told[-1] == "done"
    assert len(lines_told) > 1
    assert all(line.startswith("IndexUnreadableError") for line in lines_told[:-1])
    assert all("Cannot allocate memory" in line for line in lines_told[:-1])


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB; a plain folder where this process may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k,mode=700", "tmpfs", str(place)]
    is_mounted = False
    if shutil.which("mount"):
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield place
    if is_mounted:
        subprocess.run(["umount", "-l", str(place)], check=True, capture_output=True)


@contextmanager
def room_left(place: Path, pages: int) -> Iterator[None]:
    """Leave some room on the disk; or let no file grow beyond it, which needs no rights."""
    if os.path.ismount(place):
        status = os.statvfs(place)
        free = status.f_bavail * status.f_frsize - 4096 * pages
        with (place / "ballast").open("wb") as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(1, free))
        yield
        (place / "ballast").unlink()
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * pages, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def refusal_of_ingest(root: Path, options: IndexOptions, pool: ParsePool) -> str | None:
    """Ingest; return the words of the refusal when the disk refused."""
    try:
        ingest(root, options=options, pool=pool)
    except IndexWriteError as error:
        return str(error)
    return None


def test_a_disk_that_fills_up_at_any_write_costs_nothing(
    tiny_disk: Path, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_workspace(tiny_disk / "workspace")
    ingest(root, options=options, pool=pool)
    before = dump_at(root)
    change_workspace(root)
    refusals: list[str] = []
    # A little more room each time, until it gets through.
    for pages in range(200):
        with room_left(tiny_disk, pages):
            refusal = refusal_of_ingest(root, options, pool)
        if refusal is None:
            break
        refusals.append(refusal)
        assert dump_at(root) == before
        assert not list((root / STATE / "index").glob("*.tmp"))

    assert len(refusals) > 3
    words = ("No space left on device", "File too large")
    assert all(any(word in refusal for word in words) for refusal in refusals)
    clean = clean_build(root, tmp_path / "clean", options, pool)
    assert dump_at(root) == dump_at(clean)
    check_no_left_overs(root)


def test_a_disk_without_inodes_costs_nothing(
    tiny_disk: Path, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_workspace(tiny_disk / "workspace")
    ingest(root, options=options, pool=pool)
    before = dump_at(root)
    change_workspace(root)
    status = os.statvfs(tiny_disk)
    refusals: list[str] = []
    for room in range(20):
        if os.path.ismount(tiny_disk):
            count = status.f_files - status.f_ffree + room
            remount(tiny_disk, f"nr_inodes={count}")
        refusal = refusal_of_ingest(root, options, pool)
        if refusal is None:
            break
        refusals.append(refusal)
        assert dump_at(root) == before

    assert len(refusals) > 1 or not os.path.ismount(tiny_disk)
    assert all("No space left on device" in refusal for refusal in refusals)
    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


def test_a_disk_that_became_read_only_keeps_its_index(
    tiny_disk: Path, tmp_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    root = write_workspace(tiny_disk / "workspace")
    ingest(root, options=options, pool=pool)
    before = dump_at(root)
    change_workspace(root)
    if os.path.ismount(tiny_disk):
        remount(tiny_disk, "ro")
        refusal = refusal_of_ingest(root, options, pool)
        assert refusal is not None
        assert "Read-only file system" in refusal
        assert dump_at(root) == before
        remount(tiny_disk, "rw")

    ingest(root, options=options, pool=pool)

    assert dump_at(root) == dump_at(clean_build(root, tmp_path / "clean", options, pool))


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


@pytest.mark.parametrize("call", range(12))
@pytest.mark.parametrize("gone", ["", STATE, f"{STATE}/index"])
def test_a_folder_that_vanishes_during_an_ingest_is_told(
    memory_path: Path, options: IndexOptions, pool: ParsePool, *, gone: str, call: int
) -> None:
    root = write_workspace(memory_path / "workspace")
    for n in range(40):
        (root / f"{n}.py").write_text(f"def f{n}(): pass\n")
    calls = iter(range(call))

    def vanish() -> bool:
        if next(calls, None) is None:
            shutil.rmtree(root / gone, ignore_errors=True)
        return False

    # Whatever is told is told in our words; what it could not see, it can not tell.
    with suppress(IndexWriteError, WorkspaceUnreadableError):
        ingest(root, options=options, pool=pool, cancelled=vanish)

    root.mkdir(exist_ok=True)
    ingest(root, options=options, pool=pool)
    assert dump_at(root) == dump_at(clean_build(root, memory_path / "clean", options, pool))
