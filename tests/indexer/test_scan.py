import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from nanobot_indexer import SkipReason
from nanobot_indexer.workspace.folder import RACY_NS, is_racy_stamp
from nanobot_indexer.workspace.memo import ScanMemo, decode_memo
from nanobot_indexer.workspace.scan import Scan, scan_workspace

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

PAST_NS = 1_700_000_000_123_456_789
NOW_NS = time.time_ns() // 10**9 * 10**9 + 123_456_789

_listed_folders: list[int] = []
_audit_state = {"is_on": False, "is_added": False}


def _audit(event: str, args: tuple[object, ...]) -> None:
    if _audit_state["is_on"] and event == "os.scandir":
        _listed_folders.append(1)


@contextmanager
def counted_listings() -> Iterator[list[int]]:
    """Count the folders that Python lists, by its own audit events."""
    if not _audit_state["is_added"]:
        sys.addaudithook(_audit)
        _audit_state["is_added"] = True
    _listed_folders.clear()
    _audit_state["is_on"] = True
    try:
        yield _listed_folders
    finally:
        _audit_state["is_on"] = False


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Give up the rights of root, which may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def scanned(
    root: Path,
    memo: ScanMemo | None = None,
    *,
    files_max: int = 1000,
    check: Callable[[], None] = lambda: None,
) -> Scan:
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return scan_workspace(fd, memo, files_max=files_max, check=check)
    finally:
        os.close(fd)


def stored(scan: Scan) -> ScanMemo:
    """Send a memo through its form on disk."""
    assert scan.memo is not None
    memo = decode_memo(scan.memo.encode())
    assert memo is not None
    assert memo.equals(scan.memo)
    return memo


def settle() -> None:
    """Let everything get old enough for its time stamps to prove something."""
    time.sleep(1.5 * RACY_NS / 1e9)


def check_same(one: Scan, other: Scan) -> None:
    assert one.files.paths == other.files.paths
    assert np.array_equal(one.files.sizes_bytes, other.files.sizes_bytes)
    assert np.array_equal(one.files.mtimes_ns, other.files.mtimes_ns)
    assert np.array_equal(one.files.ctimes_ns, other.files.ctimes_ns)
    assert np.array_equal(one.files.inodes, other.files.inodes)
    assert one.skipped == other.skipped
    assert sorted(one.folders) == sorted(other.folders)
    assert sorted(one.closed_folders) == sorted(other.closed_folders)


TREE = {
    ".gitignore": "*.log\nout/\n",
    "a.py": "1",
    "a/b/c.py": "2",
    "a/b/d/e.py": "3",
    "a/x.log": "",
    "env/pyvenv.cfg": "",
    "env/lib/x.py": "",
    "out/x.py": "",
    "z/.gitignore": "!x.log\n",
    "z/x.log": "",
}


def test_an_unchanged_workspace_is_not_listed_again(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    settle()
    first = scanned(root)
    with counted_listings() as listings:
        second = scanned(root, stored(first))

    assert listings == []
    check_same(second, first)
    assert first.is_memo_new
    assert not second.is_memo_new
    assert second.changes_since(first.files).are_none


def test_only_a_changed_folder_is_listed_again(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    settle()
    first = scanned(root)
    (root / "a/b/new.py").write_text("x")
    (root / "a/b/c.py").write_text("changed")
    (root / "a/b/d/e.py").unlink()
    with counted_listings() as listings:
        second = scanned(root, stored(first))

    changes = second.changes_since(first.files)
    assert len(listings) == 2
    assert [one.path for one in changes.added] == ["a/b/new.py"]
    assert [one.path for one in changes.changed] == ["a/b/c.py"]
    assert changes.removed == ("a/b/d/e.py",)
    check_same(second, scanned(root))


def test_a_written_file_shows_without_a_listing(write_files: FilesWriter) -> None:
    root = write_files(TREE)
    settle()
    first = scanned(root)
    with (root / "a/b/c.py").open("a") as file:
        file.write("more")
    with counted_listings() as listings:
        second = scanned(root, stored(first))

    assert listings == []
    assert [one.path for one in second.changes_since(first.files).changed] == ["a/b/c.py"]
    assert second.is_memo_new


@pytest.mark.parametrize("name", [".gitignore", ".ignore", ".nanobotignore"])
@pytest.mark.parametrize("folder", ["", "a"])
def test_a_changed_ignore_file_judges_all_below_again(
    write_files: FilesWriter, name: str, folder: str
) -> None:
    path = f"{folder}/{name}".lstrip("/")
    root = write_files({path: "# keep\n", "a/b/x.py": "", "a/b/y.py": ""})
    settle()
    first = scanned(root)
    # In place, so that no folder changes.
    (root / path).write_text("x.py\n")
    second = scanned(root, stored(first))
    settle()
    (root / path).write_text("y.py\n")
    third = scanned(root, stored(second))

    assert set(first.files.paths) == {path, "a/b/x.py", "a/b/y.py"}
    assert set(second.files.paths) == {path, "a/b/y.py"}
    assert set(third.files.paths) == {path, "a/b/x.py"}


def test_a_changed_exclude_file_of_git_judges_all_again(write_files: FilesWriter) -> None:
    root = write_files({".git/info/exclude": "", "a/x.py": "", "a/y.py": ""})
    settle()
    first = scanned(root)
    (root / ".git/info/exclude").write_text("x.py\n")

    assert first.files.paths == ("a/x.py", "a/y.py")
    assert scanned(root, stored(first)).files.paths == ("a/y.py",)


def test_a_young_file_counts_as_changed_next_time(write_files: FilesWriter) -> None:
    root = write_files({"old.py": "1"})
    settle()
    (root / "young.py").write_text("2")
    first = scanned(root)
    settle()
    second = scanned(root, stored(first))
    third = scanned(root, stored(second))

    assert [one.path for one in second.changes_since(first.files).changed] == ["young.py"]
    assert third.changes_since(second.files).are_none


def test_what_is_young_is_remembered_as_unknown(write_files: FilesWriter) -> None:
    root = write_files({".gitignore": "", ".git/info/exclude": "", "a/x.py": ""})
    young_paths = [root, root / "a", root / ".gitignore", root / ".git/info/exclude"]
    for path in young_paths:  # Of the next second, so that a busy machine may take its time.
        os.utime(path, ns=(0, time.time_ns() + 10**9))
    young = stored(scanned(root))
    for path in young_paths:
        os.utime(path, ns=(0, PAST_NS))
    settle()
    old = stored(scanned(root))

    assert (young.folder_identities[:2] == -1).all()
    assert [source.is_racy for source in young.ignore_sources] == [True, True]
    assert (old.folder_identities[:2] != -1).all()
    assert [source.is_racy for source in old.ignore_sources] == [False, False]


@pytest.mark.parametrize(
    ("stamp_ns", "racy"),
    [
        (NOW_NS, True),
        (NOW_NS - RACY_NS + 1, True),
        (NOW_NS - RACY_NS - 1, False),
        # A clock of whole seconds may stand still for two.
        (NOW_NS - NOW_NS % 10**9 - 10**9, True),
        (NOW_NS - NOW_NS % 10**9 - 2 * 10**9, False),
        (NOW_NS + 10**9 + 1, True),
        # Set by hand, which says nothing about the last change. Years ahead: the real clock
        # is asked, too, and a long run of tests may have lasted many minutes by now.
        (NOW_NS + 10**17 + 1, False),
    ],
)
def test_a_stamp_is_racy_as_long_as_the_clock_may_not_have_moved(
    stamp_ns: int, *, racy: bool
) -> None:
    assert is_racy_stamp(stamp_ns, NOW_NS) is racy


def test_nanobotignore_takes_back_and_defaults_stay(write_files: FilesWriter) -> None:
    root = write_files(
        {
            ".gitignore": "gen/\n*.txt\n",
            ".nanobotignore": "!gen/\n!keep.txt\nsecret/\n!node_modules/\n",
            "gen/x.py": "",
            "keep.txt": "",
            "drop.txt": "",
            "secret/x.py": "",
            "node_modules/x.js": "",
            ".idea/x.xml": "",
            ".DS_Store": "",
        }
    )

    assert scanned(root).files.paths == (".gitignore", ".nanobotignore", "gen/x.py", "keep.txt")


def test_output_of_cargo_is_left_out_beside_its_manifest_only(write_files: FilesWriter) -> None:
    root = write_files(
        {"crate/Cargo.toml": "", "crate/target/x.rs": "", "other/target/y.py": "", "build/z.py": ""}
    )

    assert scanned(root).files.paths == ("build/z.py", "crate/Cargo.toml", "other/target/y.py")


def test_an_unreadable_folder_is_skipped_and_found_when_it_opens(
    write_files: FilesWriter,
) -> None:
    root = write_files({"a.py": "", "closed/x.py": "", "closed/deep/y.py": ""})
    root.chmod(0o755)
    (root / "closed").chmod(0)
    settle()
    fd = os.open(root, os.O_RDONLY)
    try:
        with ordinary_user():
            first = scan_workspace(fd, None, files_max=10, check=lambda: None)
            again = scan_workspace(fd, stored(first), files_max=10, check=lambda: None)
        (root / "closed").chmod(0o755)
        with ordinary_user():
            second = scan_workspace(fd, stored(again), files_max=10, check=lambda: None)
    finally:
        (root / "closed").chmod(0o755)
        os.close(fd)

    assert first.files.paths == again.files.paths == ("a.py",)
    assert [(one.path, one.reason, one.detail) for one in first.skipped] == [
        ("closed", SkipReason.FOLDER_UNREADABLE, "Permission denied")
    ]
    assert again.skipped == first.skipped
    assert not again.is_memo_new
    assert second.files.paths == ("a.py", "closed/deep/y.py", "closed/x.py")
    assert second.skipped == ()


def test_what_changes_during_a_long_scan_is_young() -> None:
    assert is_racy_stamp(time.time_ns() // 1000 * 1000 + 1, time.time_ns() - 60 * 10**9)


def test_links_lead_nowhere(write_files: FilesWriter, tmp_path: Path) -> None:
    root = write_files({"a/x.py": ""})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("")
    (root / "a/up").symlink_to(root, target_is_directory=True)
    (root / "a/self").symlink_to("self")
    (root / "a/out").symlink_to(outside, target_is_directory=True)
    (root / "a/zero").symlink_to("/dev/zero")
    scan = scanned(root)

    assert scan.files.paths == ("a/x.py",)
    assert {(one.path, one.detail) for one in scan.skipped} == {
        ("a/out", "symbolic link"),
        ("a/self", "symbolic link"),
        ("a/up", "symbolic link"),
        ("a/zero", "symbolic link"),
    }


def test_a_folder_replaced_by_a_link_is_given_up(write_files: FilesWriter, tmp_path: Path) -> None:
    root = write_files({"a/x.py": "", "b/x.py": ""})
    settle()
    first = scanned(root)
    shutil.move(root / "a", tmp_path / "elsewhere")
    (root / "a").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    second = scanned(root, stored(first))

    assert second.files.paths == ("b/x.py",)
    check_same(second, scanned(root))


@pytest.fixture
def deep_root_fd(tmp_path: Path) -> Iterator[int]:
    """A folder with a thousand folders in each other, and a file in the last."""
    root_fd = fd = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=fd)
        deeper = os.open("d", os.O_RDONLY, dir_fd=fd)
        if fd != root_fd:
            os.close(fd)
        fd = deeper
    os.close(os.open("x.py", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    yield root_fd
    # One by one: to remove so deep a tree at once takes more stack than there is.
    os.unlink("d/" * 1000 + "x.py", dir_fd=root_fd)
    for depth in range(1000, 0, -1):
        os.rmdir("d/" * depth, dir_fd=root_fd)
    os.close(root_fd)


def test_a_tree_a_thousand_folders_deep(deep_root_fd: int) -> None:
    settle()
    first = scan_workspace(deep_root_fd, None, files_max=10, check=lambda: None)
    second = scan_workspace(deep_root_fd, stored(first), files_max=10, check=lambda: None)

    assert first.files.paths == ("d/" * 1000 + "x.py",)
    check_same(second, first)


def test_times_beyond_64_bits_of_nanoseconds_are_no_trouble(write_files: FilesWriter) -> None:
    root = write_files({"a.py": "", "b.py": ""})
    far = 2**34 - 1  # The last second that common file systems store, in the year 2514.
    os.utime(root / "a.py", (far, far))
    settle()
    first = scanned(root)
    second = scanned(root, stored(first))

    assert first.files.paths == ("a.py", "b.py")
    assert second.changes_since(first.files).are_none


def test_a_scan_beyond_the_limit_is_whole_folders_first_and_has_no_memo(
    write_files: FilesWriter,
) -> None:
    root = write_files(dict.fromkeys(("b/x.py", "b/y.py", "c/z.py", "z.py"), ""))
    settle()
    full = scanned(root)
    cut = scanned(root, stored(full), files_max=2)

    assert cut.files.paths == ("b/x.py", "z.py")
    assert cut.memo is None
    assert [(one.path, one.reason) for one in cut.skipped] == [
        ("b/y.py", SkipReason.TOO_MANY_FILES),
        ("c", SkipReason.TOO_MANY_FILES),
    ]


def test_skips_beyond_the_limit_are_counted_and_not_all_listed(tmp_path: Path) -> None:
    for number in range(1200):
        (tmp_path / f"{number:04}.py").touch()
    scan = scanned(tmp_path, files_max=100)

    assert len(scan.files) == 100
    assert len(scan.skipped) == 1001
    assert scan.skipped[0].detail == "limit 100, 100 more"


def test_a_scan_can_be_given_up(write_files: FilesWriter) -> None:
    class GivenUpError(Exception):
        pass

    def give_up() -> None:
        raise GivenUpError

    with pytest.raises(GivenUpError):
        scanned(write_files(TREE), check=give_up)


def test_a_memo_of_another_root_does_no_harm(write_files: FilesWriter, tmp_path: Path) -> None:
    root = write_files(TREE)
    other = tmp_path / "other"
    shutil.copytree(root, other)
    (other / "a/b/c.py").unlink()
    settle()

    check_same(scanned(other, stored(scanned(root))), scanned(other))


class _Churn:
    """Random changes of a small tree, of every kind that a scan has to notice."""

    def __init__(self, root: Path, rng: random.Random) -> None:
        self.root = root
        self.rng = rng

    def change(self) -> None:
        actions = (self.write, self.write, self.remove, self.rename, self.ignore, self.odd)
        self.rng.choice(actions)()

    def folder(self) -> Path:
        folders = [
            self.root,
            *(p for p in self.root.rglob("*") if p.is_dir() and not p.is_symlink()),
        ]
        return self.rng.choice(folders)

    def entry(self) -> Path | None:
        entries = [p for p in self.root.rglob("*") if p != self.root]
        return self.rng.choice(entries) if entries else None

    def write(self) -> None:
        name = self.rng.choice(["x.py", "y.log", "z.txt", "sub/n.py", "out/m.py", "pyvenv.cfg"])
        path = self.folder() / name
        if not path.parent.is_dir() and path.parent.exists():
            return
        path.parent.mkdir(exist_ok=True)
        if not path.is_dir() and not path.is_fifo():
            path.write_text("x" * self.rng.randrange(9))

    def remove(self) -> None:
        entry = self.entry()
        if entry is None:
            return
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()

    def rename(self) -> None:
        entry = self.entry()
        target = self.folder() / self.rng.choice(["moved", "x.py", "sub"])
        if entry is not None and not target.exists() and not target.is_relative_to(entry):
            entry.rename(target)

    def ignore(self) -> None:
        name = self.rng.choice([".gitignore", ".ignore", ".nanobotignore"])
        lines = self.rng.sample(["*.log", "!y.log", "sub/", "/x.py", "out", "!out", "z*"], k=2)
        path = self.folder() / name
        if not path.is_dir():
            path.write_text("\n".join(lines))

    def odd(self) -> None:
        path = self.folder() / self.rng.choice(["fifo", "link", "bad\udcff.py"])
        if os.path.lexists(path):
            return
        if path.name == "fifo":
            os.mkfifo(path)
        elif path.name == "link":
            path.symlink_to("x.py")
        else:
            path.write_text("")


@pytest.mark.parametrize("seed", range(3))
def test_a_scan_with_a_memo_finds_what_one_without_does(
    write_files: FilesWriter, seed: int
) -> None:
    rng = random.Random(seed)
    root = write_files(TREE)
    churn = _Churn(root, rng)
    scan = scanned(root)
    for _ in range(40):
        for _ in range(rng.randrange(4)):
            churn.change()
        if rng.random() < 0.5:
            settle()
        memo = stored(scan)
        scan = scanned(root, memo)
        check_same(scan, scanned(root))
