import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from nanobot_indexer import IndexOptions
from nanobot_indexer.unsaved_text import is_left_out, unsaved_record
from nanobot_indexer.volume.file_record import FileRecord, file_record
from nanobot_indexer.workspace.file_table import FoundFile
from nanobot_indexer.workspace.scan import Scan, scan_workspace
from nanobot_indexer.workspace.source import Source, SourceReader

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]


@contextmanager
def opened(root: Path) -> Iterator[int]:
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def left_out(root: Path, path: str) -> bool:
    with opened(root) as root_fd:
        return is_left_out(root_fd, path)


def record_of(root: Path, path: str, text: bytes, options: IndexOptions) -> FileRecord | None:
    with opened(root) as root_fd:
        return unsaved_record(root_fd, path, text, options)


def facts_of(record: FileRecord) -> tuple[object, ...]:
    return (
        record.path,
        record.size_bytes,
        record.sha256,
        record.encoding,
        record.has_bom,
        record.language,
    )


def scanned(root_fd: int) -> Scan:
    return scan_workspace(root_fd, None, files_max=10_000, check=lambda: None)


@pytest.mark.parametrize(
    "path",
    [
        "secret.env",
        "hidden/deep/a.py",
        "app/own.log",
        ".git/config",
        ".nanobot/ledger.db",
        "../outside.py",
        "/etc/passwd",
        "a//b.py",
        "a/./b.py",
        "",
        "line\nfeed.py",
        "lone\udc80.py",
        "venv/lib/a.py",
        "rust/target/debug/a.rs",
    ],
)
def test_what_a_walk_would_not_list_is_left_out(path: str, write_files: FilesWriter) -> None:
    root = write_files(
        {
            ".gitignore": "*.env\nhidden/\n",
            "app/.gitignore": "*.log\n!own.txt\n",
            "venv/pyvenv.cfg": "",
            "rust/Cargo.toml": "",
        }
    )

    assert left_out(root, path)


@pytest.mark.parametrize("path", ["new.py", "app/new/deeper/a.py", "own.log", "target/a.rs"])
def test_there_need_be_no_file(path: str, write_files: FilesWriter) -> None:
    root = write_files({"app/.gitignore": "*.log\n"})

    assert not left_out(root, path)


def test_nothing_lies_behind_a_link_a_file_or_a_pipe(write_files: FilesWriter) -> None:
    root = write_files({"real/a.py": "", "file.py": ""})
    (root / "linked").symlink_to("real", target_is_directory=True)
    (root / "link.py").symlink_to("file.py")
    os.mkfifo(root / "pipe.py")

    assert not left_out(root, "real/a.py")
    for path in ("linked/a.py", "linked/new.py", "link.py", "pipe.py", "file.py/a.py", "real"):
        assert left_out(root, path)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_rule_of_a_walk(seed: int, write_files: FilesWriter) -> None:
    print(f"seed: {seed}")  # noqa: T201 - for whoever repeats it.
    rng = random.Random(seed)
    names = ["a", "b", "c", "g", "h", "target", "x.py", "d.txt", "e.log", "f.md", "pyvenv.cfg"]
    weights = [3, 3, 3, 3, 3, 2, 3, 3, 3, 3, 1]
    lines = ["*.log", "!e.log", "/a", "b/", "x.py", "d*", "!d.txt", "**/a/x.py", "target/"]
    files: dict[str, str] = {"Cargo.toml": "", ".gitignore": "*.log\n"}
    folders = [""]
    for _ in range(300):
        folder = rng.choice(folders)
        (name,) = rng.choices(names, weights)
        if "." in name:
            files[f"{folder}{name}"] = "x\n"
        elif f"{folder}{name}/" not in folders and folder.count("/") < 5:
            folders.append(f"{folder}{name}/")
            if rng.random() < 0.5:
                text = "".join(f"{line}\n" for line in rng.sample(lines, 2))
                files[f"{folder}{name}/{rng.choice(['.gitignore', '.ignore'])}"] = text
    root = write_files(files)

    with opened(root) as root_fd:
        listed = {one.path for one in scanned(root_fd).files}
        kept = {path for path in files if not is_left_out(root_fd, path)}

    assert kept == listed
    assert 10 < len(kept) < len(files)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("bundle.min.js", b"x=1\n"),
        ("package-lock.json", b"{}\n" * 100_000),
        ("data.py", b"\0\0"),
        ("wide.txt", "wide".encode("utf-16")),
        ("broken.py", b"x = '\xff'\n"),
        ("long.py", b"x" * 30_000),
        ("huge.py", b"x = 1\n" * 500_000),
    ],
)
def test_a_text_that_would_be_skipped_has_no_record(
    path: str, text: bytes, write_files: FilesWriter, options: IndexOptions
) -> None:
    assert record_of(write_files({}), path, text, options) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", b"x = 1\n"),
        ("a.py", b""),
        ("a.py", "# -*- coding: latin-1 -*-\n# é\n".encode("latin-1")),
        ("a.txt", "\ufeffbutter\r\n".encode()),
        ("deep/er/a.unknown", "é".encode()),
    ],
)
def test_the_record_is_that_of_a_file_with_this_text(
    path: str, text: bytes, write_files: FilesWriter, options: IndexOptions
) -> None:
    unsaved = record_of(write_files({}), path, text, options)
    root = write_files({path: text})
    with opened(root) as root_fd, SourceReader(root_fd, options) as reader:
        found = reader.find(path)
        assert isinstance(found, FoundFile)
        source = reader.read(found)

    assert isinstance(source, Source)
    assert unsaved is not None
    stored = file_record(path, source.text, source.sha256, source.encoding)
    assert facts_of(unsaved) == facts_of(stored)
