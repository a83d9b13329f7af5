import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from nanobot_indexer import SkipReason
from nanobot_indexer.workspace.folder import RulesByFolder
from nanobot_indexer.workspace.memo import decode_memo
from nanobot_indexer.workspace.scan import Scan, scan_workspace
from support.shortage import descriptors_used_up

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]


def listed(root: Path, *, files_max: int = 1000, check: Callable[[], None] = lambda: None) -> Scan:
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return scan_workspace(fd, None, files_max=files_max, check=check)
    finally:
        os.close(fd)


def check_paths(root: Path, expected: list[str]) -> None:
    assert [found.path for found in listed(root).files] == expected


def test_files_come_in_path_order(write_files: FilesWriter) -> None:
    root = write_files({"b.py": "", "a/z.py": "", "a-b.py": "", "é.py": "", "a.py": ""})

    check_paths(root, ["a-b.py", "a.py", "a/z.py", "b.py", "é.py"])


def test_nested_ignore_files_and_negation(write_files: FilesWriter) -> None:
    root = write_files(
        {
            ".gitignore": "*.log\nout/\n",
            "a.log": "",
            "keep/.gitignore": "!a.log\n",
            "keep/a.log": "",
            "keep/b.log": "",
            "out/.gitignore": "!a.py\n",
            "out/a.py": "",
        }
    )

    check_paths(root, [".gitignore", "keep/.gitignore", "keep/a.log"])


def test_the_exclude_file_of_git_is_the_weakest(write_files: FilesWriter) -> None:
    root = write_files(
        {".git/info/exclude": "*.a\n*.b\n", ".gitignore": "!x.b\n", "x.a": "", "x.b": ""}
    )

    check_paths(root, [".gitignore", "x.b"])


@pytest.mark.parametrize(
    "folder", [".git", ".nanobot", "node_modules", "__pycache__", ".venv", "a/.mypy_cache"]
)
def test_folders_of_tools_are_not_listed(write_files: FilesWriter, folder: str) -> None:
    root = write_files({f"{folder}/x.py": "", "x.py": ""})

    check_paths(root, ["x.py"])
    assert listed(root).skipped == ()


def test_a_virtual_environment_under_any_name_is_not_listed(write_files: FilesWriter) -> None:
    root = write_files({"env/pyvenv.cfg": "", "env/lib/x.py": "", "x.py": ""})

    check_paths(root, ["x.py"])


def test_what_is_no_regular_file_is_skipped_with_its_kind(write_files: FilesWriter) -> None:
    root = write_files({"x.py": ""})
    os.mkfifo(root / "fifo.py")
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "link.py").symlink_to("x.py")
    with socket.socket(socket.AF_UNIX) as server:
        fd = os.open(root, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{fd}/sock")
        os.close(fd)

    listing = listed(root)

    assert [found.path for found in listing.files] == ["x.py"]
    assert {(one.path, one.detail) for one in listing.skipped} == {
        ("fifo.py", "FIFO"),
        ("link.py", "symbolic link"),
        ("loop", "symbolic link"),
        ("sock", "socket"),
    }
    assert {one.reason for one in listing.skipped} == {SkipReason.NOT_REGULAR}


def test_names_that_are_no_text_are_skipped_and_shown_escaped(write_files: FilesWriter) -> None:
    root = write_files({"x.py": ""})
    (Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.py"))).write_text("x")
    (root / "line\nfeed.py").write_text("x")

    listing = listed(root)

    assert [found.path for found in listing.files] == ["x.py"]
    assert [(one.path, one.reason) for one in listing.skipped] == [
        ("bad\\xff.py", SkipReason.NAME_NOT_TEXT),
        ("line\\nfeed.py", SkipReason.NAME_NOT_TEXT),
    ]


def test_a_folder_too_deep_to_open_is_skipped(tmp_path: Path) -> None:
    root_fd = fd = os.open(tmp_path, os.O_RDONLY)
    name = "d" * 200
    for _ in range(25):
        os.mkdir(name, dir_fd=fd)
        deeper = os.open(name, os.O_RDONLY, dir_fd=fd)
        if fd != root_fd:
            os.close(fd)
        fd = deeper
    os.close(fd)

    listing = scan_workspace(root_fd, None, files_max=10, check=lambda: None)
    os.close(root_fd)

    assert [one.reason for one in listing.skipped] == [SkipReason.FOLDER_UNREADABLE]
    assert listing.skipped[0].detail == "File name too long"


def test_files_beyond_the_limit_are_skipped(write_files: FilesWriter) -> None:
    root = write_files({f"{letter}.py": "" for letter in "abcd"})

    listing = listed(root, files_max=2)

    assert [found.path for found in listing.files] == ["a.py", "b.py"]
    assert [(one.path, one.reason) for one in listing.skipped] == [
        ("c.py", SkipReason.TOO_MANY_FILES),
        ("d.py", SkipReason.TOO_MANY_FILES),
    ]


def test_a_shortage_of_descriptors_is_no_unreadable_folder(write_files: FilesWriter) -> None:
    root = write_files({"a/x.py": "", "b/y.py": ""})
    with ExitStack() as shortage:
        looked_at = []

        def check() -> None:
            looked_at.append(1)
            if len(looked_at) == 2:  # The root is listed.
                shortage.enter_context(descriptors_used_up())

        with pytest.raises(OSError, match="Too many open files"):
            listed(root, check=check)


def test_a_shortage_of_descriptors_is_no_empty_ignore_file(write_files: FilesWriter) -> None:
    root = write_files({".gitignore": "*.py\n"})
    fd = os.open(root, os.O_RDONLY)
    try:
        with descriptors_used_up(), pytest.raises(OSError, match="Too many open files"):
            RulesByFolder(fd, now_ns=time.time_ns()).of("")
    finally:
        os.close(fd)


def test_an_unreadable_folder_with_a_long_path_is_remembered(tmp_path: Path) -> None:
    root_fd = fd = os.open(tmp_path, os.O_RDONLY)
    for _ in range(21):
        os.mkdir("d" * 200, dir_fd=fd)
        deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=fd)
        if fd != root_fd:
            os.close(fd)
        fd = deeper
    os.close(fd)
    try:
        scan = listed(tmp_path)
        assert scan.memo is not None
        stored = decode_memo(scan.memo.encode())
        assert stored is not None
        assert stored.equals(scan.memo)
        assert [one.reason for one in scan.skipped] == [SkipReason.FOLDER_UNREADABLE]
    finally:
        os.close(root_fd)
        subprocess.run(["rm", "-rf", tmp_path / ("d" * 200)], check=True)
