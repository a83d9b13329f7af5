import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nanobot_indexer.watch.inotify import Inotify
from nanobot_indexer.watch.watcher import PATHS_MAX, WatchedFolders, WorkspaceWatcher
from nanobot_indexer.workspace.scan import Scan, scan_workspace

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

DEADLINE_S = 60
# Longer than any batch waits; a silent watcher is believed after it.
SILENCE_S = 0.15


class Follower:
    """A caller of the watcher that keeps what it knows like an index does."""

    def __init__(self, watcher: WorkspaceWatcher, root: Path) -> None:
        self.watcher = watcher
        self.root = root
        self.known: dict[str, tuple[int, int]] = {}
        self.paths: set[str] = set()
        """All that were told one by one."""
        self.scans = 0
        self.may_poll = False

    def take(self, timeout_s: float) -> bool:
        batch = self.watcher.take(timeout_s)
        if batch is None:
            return False
        if batch.scan is not None:
            self.scans += 1
            self.known = listed(batch.scan)
        self.paths |= batch.paths
        for path in batch.paths:
            try:
                status = (self.root / path).lstat()
                self.known[path] = (status.st_size, status.st_mtime_ns)
            except (FileNotFoundError, NotADirectoryError):
                self.known.pop(path, None)
        return True

    def settle(self) -> None:
        """Take until what is known is what is there."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            self.take(0.1)
            assert not self.watcher.problem or self.may_poll
            if self.known == listed(scanned(self.root)):
                return
        assert self.known == listed(scanned(self.root))

    def drain(self) -> None:
        while self.take(SILENCE_S):
            pass
        self.paths.clear()
        self.scans = 0


def listed(scan: Scan) -> dict[str, tuple[int, int]]:
    return {found.path: (found.size_bytes, found.mtime_ns) for found in scan.files}


def scanned(root: Path) -> Scan:
    fd = os.open(root, os.O_RDONLY)
    try:
        return scan_workspace(fd, None, files_max=100_000, check=lambda: None)
    finally:
        os.close(fd)


def watching(root: Path, *, poll_s: float = 60.0, retry_s: float = 60.0) -> WorkspaceWatcher:
    return WorkspaceWatcher(root, files_max=100_000, poll_s=poll_s, retry_s=retry_s)


TREE = {
    ".gitignore": "*.log\nout/\n",
    "a.py": "1",
    "a/b.py": "2",
    "a/deep/c.py": "3",
    "env/pyvenv.cfg": "",
    "env/lib/x.py": "",
    "node_modules/m/index.js": "",
    "out/x.py": "",
    ".git/info/exclude": "",
}


def test_the_first_batch_is_the_whole_workspace(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    with watching(root) as watcher:
        batch = watcher.take(DEADLINE_S)

        assert batch is not None
        assert batch.scan is not None
        assert batch.scan.files.paths == (".gitignore", "a.py", "a/b.py", "a/deep/c.py")
        assert watcher.problem == ""
        assert watcher.is_running
    assert not watcher.is_running
    assert watcher.take(DEADLINE_S) is None


def test_changed_files_are_told_by_name(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        (root / "a/b.py").write_text("changed")
        (root / "a/deep/new.py").write_text("new")
        (root / "a.py").unlink()
        (root / "a/deep/c.py").rename(root / "a/moved.py")
        follower.settle()

        assert follower.paths == {
            "a/b.py",
            "a/deep/new.py",
            "a.py",
            "a/deep/c.py",
            "a/moved.py",
        }
        assert follower.scans == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda root: shutil.copytree(root / "a", root / "copy"),
        lambda root: (root / "a").rename(root / "b"),
        lambda root: (root / "a").rename(root / "node_modules/a"),
        lambda root: shutil.rmtree(root / "a"),
        lambda root: (root / ".gitignore").write_text("b.py\n"),
        lambda root: (root / "a/.nanobotignore").write_text("deep/\n"),
        lambda root: (root / ".gitignore").unlink(),
        lambda root: (root / ".git/info/exclude").write_text("c.py\n"),
        lambda root: (root / "env/pyvenv.cfg").unlink(),
        lambda root: (root / "a/pyvenv.cfg").touch(),
        lambda root: (root / "node_modules/m").rename(root / "m"),
    ],
)
def test_a_change_of_many_files_at_once_is_a_scan(
    write_files: FilesWriter, change: Callable[[Path], object]
) -> None:
    root = write_files(TREE)
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        before = dict(follower.known)
        change(root)
        follower.settle()

        assert follower.scans > 0
        assert follower.known != before


def test_what_comes_later_in_a_new_or_moved_folder_is_told(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        (root / "new/deep").mkdir(parents=True)
        (root / "a").rename(root / "moved")
        (root / "a").mkdir()
        follower.settle()
        follower.drain()
        for path in ("new/deep/x.py", "moved/deep/y.py", "a/z.py"):
            (root / path).write_text("x")
        follower.settle()

        assert follower.paths == {"new/deep/x.py", "moved/deep/y.py", "a/z.py"}


def test_what_comes_between_a_listing_and_its_watch_is_found(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    late = iter(["a/late.py", "a/deep/new/late.py"])

    def scan_and_change(root_fd: int) -> Scan:
        scan = scan_workspace(root_fd, None, files_max=100, check=lambda: None)
        path = root / next(late)
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        return scan

    root_fd = os.open(root, os.O_RDONLY)
    with Inotify() as inotify:
        watched = WatchedFolders(inotify, root_fd, scan_and_change)
        paths = watched.sync().files.paths
        assert watched.take(inotify.read())
    os.close(root_fd)

    assert "a/late.py" in paths
    # This one is younger than the last listing, but the folder above was watched by then.
    assert "a/deep/new/late.py" not in paths
    assert watched.needs_scan


def test_what_is_ignored_is_silent(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        (root / "a/x.log").write_text("x")
        (root / "out/y.py").write_text("x")
        (root / "out/sub").mkdir()
        (root / "node_modules/m/index.js").write_text("x")
        (root / "a/__pycache__").mkdir()
        (root / "a/__pycache__/x.pyc").write_text("x")
        (root / "env/lib/x.py").write_text("x")
        (root / "env/new.py").write_text("x")
        (root / ".git/index").write_text("x")
        (root / ".nanobot").mkdir()

        assert not follower.take(SILENCE_S)


def test_the_output_of_cargo_is_silent_where_cargo_is(write_files: FilesWriter) -> None:
    root = write_files({"Cargo.toml": "", "target": "", "sub/target": ""})
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        (root / "target").write_text("x")
        (root / "sub/target").write_text("x")
        follower.settle()

        assert follower.paths == {"sub/target"}


def test_an_exclude_file_in_a_new_folder_is_noticed(write_files: FilesWriter) -> None:
    root = write_files({".git/HEAD": "", "x.py": "", "y.py": ""})
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        (root / ".git/info").mkdir()
        follower.drain()
        (root / ".git/info/exclude").write_text("x.py\n")
        follower.settle()

        assert set(follower.known) == {"y.py"}


def test_what_the_kernel_does_not_tell_is_found_by_a_scan(write_files: FilesWriter) -> None:
    root = write_files({"a.py": ""})
    elsewhere = root.with_name("elsewhere.py")
    elsewhere.hardlink_to(root / "a.py")
    with WorkspaceWatcher(root, files_max=10, rescan_s=0.05) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        elsewhere.write_text("longer")
        follower.settle()

        assert follower.known["a.py"][0] == len("longer")
        assert follower.paths == set()


def test_a_folder_with_a_path_as_long_as_can_be_is_watched(tmp_path: Path) -> None:
    root_fd = fd = os.open(tmp_path, os.O_RDONLY)
    # Together 4,091 bytes: what a call may take, but not behind another folder.
    for length in [200] * 20 + [71]:
        os.mkdir("d" * length, dir_fd=fd)
        deeper = os.open("d" * length, os.O_RDONLY, dir_fd=fd)
        if fd != root_fd:
            os.close(fd)
        fd = deeper
    try:
        with watching(tmp_path) as watcher:
            batch = watcher.take(DEADLINE_S)
            assert batch is not None
            assert batch.scan is not None
            assert len(batch.scan.folders[-1]) == 4091
            os.close(os.open("y", os.O_CREAT | os.O_WRONLY, dir_fd=fd))

            told = watcher.take(DEADLINE_S)
            assert told is not None
            assert told.paths == {batch.scan.folders[-1] + "/y"}
    finally:
        os.close(fd)
        os.close(root_fd)
        subprocess.run(["rm", "-rf", tmp_path / ("d" * 200)], check=True)


def test_a_watcher_without_a_thread_keeps_no_descriptor(tmp_path: Path) -> None:
    script = """
import os, sys, threading
from pathlib import Path
from nanobot_indexer.watch.watcher import WorkspaceWatcher

threading.stack_size(1 << 46)  # More than there is: no thread can start.
before = os.listdir("/proc/self/fd")
for _ in range(3):
    try:
        WorkspaceWatcher(Path(sys.argv[1]), files_max=1)
    except RuntimeError:
        print("refused")
assert os.listdir("/proc/self/fd") == before
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], check=True, capture_output=True, text=True
    )

    assert done.stdout == "refused\n" * 3


def test_a_storm_of_thousands_ends_with_the_truth(write_files: FilesWriter) -> None:
    folders = 40
    root = write_files({f"p{n % folders}/f{n}.py": "1" for n in range(2000)})
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        for number in range(2000):
            path = root / f"p{number % folders}/f{number}.py"
            if number % 3 == 0:
                path.unlink()
            elif number % 3 == 1:
                path.write_text("other")
            else:
                path.rename(root / f"p{(number + 1) % folders}/g{number}.py")
        follower.settle()

        assert len(follower.known) == 2000 - len(range(0, 2000, 3))


def test_many_changed_files_in_one_moment_are_a_scan(write_files: FilesWriter) -> None:
    count = PATHS_MAX + 500
    root = write_files({f"f{number}.py": "1" for number in range(count)})
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.drain()
        for number in range(count):
            os.utime(root / f"f{number}.py", (1, 1))
        follower.settle()

        assert len(follower.known) == count


@pytest.mark.parametrize("seed", range(2))
def test_random_changes_end_with_the_truth(write_files: FilesWriter, seed: int) -> None:
    rng = random.Random(seed)
    root = write_files(TREE)
    with watching(root) as watcher:
        follower = Follower(watcher, root)
        for _ in range(40):
            folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
            folder = rng.choice(folders)
            name = rng.choice(["x.py", "y.log", "sub", "out", ".gitignore", "pyvenv.cfg", "m/n"])
            target = folder / name
            match rng.randrange(4):
                case 0 if not target.exists() and target.parent.is_dir():
                    target.mkdir()
                case 1 if folder not in {root, target} and not target.exists():
                    elsewhere = rng.choice(folders) / "moved"
                    if not elsewhere.exists() and not elsewhere.is_relative_to(folder):
                        folder.rename(elsewhere)
                case 2 if folder != root:
                    shutil.rmtree(folder)
                case _ if target.parent.is_dir() and not target.is_dir():
                    target.write_text(rng.choice(["*.py\n", "sub/\n", "!x.py\n"]))
            if rng.random() < 0.3:
                follower.take(0.02)
        follower.settle()


def test_closing_is_prompt_even_in_the_middle_of_a_scan(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}").mkdir()
    for _ in range(20):
        watcher = watching(tmp_path)
        started = time.monotonic()
        watcher.close()
        watcher.close()
        assert time.monotonic() - started < 30
        assert not watcher.is_running


def test_a_waiting_caller_wakes_up_at_close(tmp_path: Path) -> None:
    watcher = watching(tmp_path)
    assert watcher.take(DEADLINE_S) is not None
    threading.Timer(0.05, watcher.close).start()
    started = time.monotonic()

    assert watcher.take(DEADLINE_S) is None
    assert time.monotonic() - started < DEADLINE_S


def test_a_caller_can_be_called(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    called = threading.Event()
    with WorkspaceWatcher(root, files_max=10, on_change=called.set) as watcher:
        assert called.wait(DEADLINE_S)
        assert watcher.take(0) is not None
        called.clear()
        (root / "a.py").write_text("x")

        assert called.wait(DEADLINE_S)


def test_a_root_that_is_moved_away_and_comes_back(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    with watching(root, poll_s=0.05, retry_s=0.2) as watcher:
        follower = Follower(watcher, root)
        follower.settle()
        follower.may_poll = True
        root.rename(root.with_name("elsewhere"))
        deadline = time.monotonic() + DEADLINE_S
        while not watcher.problem and time.monotonic() < deadline:
            time.sleep(0.01)
        assert watcher.problem
        root.mkdir()
        (root / "other.py").write_text("x")
        follower.settle()
        while watcher.problem and time.monotonic() < deadline:
            time.sleep(0.01)

        assert watcher.problem == ""
        assert set(follower.known) == {"other.py"}


# Leaves too few descriptors for a queue and a scan at once, but enough for a scan.
POLLING = """
import os, resource, sys
from pathlib import Path
from nanobot_indexer.watch.inotify import Inotify
from nanobot_indexer.watch.watcher import WorkspaceWatcher

root = Path(sys.argv[1])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
free = [os.open("/dev/null", os.O_RDONLY) for _ in range(6)]
resource.setrlimit(resource.RLIMIT_NOFILE, (free[-1] + 1, hard))
for fd in free[1:]:
    os.close(fd)
with WorkspaceWatcher(root, files_max=10, poll_s=0.05, retry_s=0.5) as watcher:
    assert watcher.take(60).scan.files.paths == ("a.py",)
    assert watcher.problem == "Too many open files", watcher.problem
    (root / "b.py").touch()
    while watcher.take(60).scan.files.paths != ("a.py", "b.py"):
        pass
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    while watcher.problem:
        watcher.take(0.05)
    while watcher.take(0.3):
        pass
    (root / "c.py").touch()
    assert watcher.take(60).paths == {"c.py"}
print("done")
"""


def test_what_can_not_be_watched_is_polled(write_files: FilesWriter) -> None:
    root = write_files({"a.py": ""})
    done = subprocess.run(
        [sys.executable, "-c", POLLING, str(root)],
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )

    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr
    assert "workspace polled" in done.stderr
