import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanobot_indexer import IndexOptions, Skipped, SkipReason
from nanobot_indexer.workspace.source import Source, SourceReader, line_start_offsets
from nanobot_indexer.workspace.walk import FoundFile

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]


def read(root: Path, path: str, options: IndexOptions) -> Source | Skipped:
    status = (root / path).lstat()
    found = FoundFile(path, status.st_size, status.st_mtime_ns, status.st_ino)
    fd = os.open(root, os.O_RDONLY)
    try:
        with SourceReader(fd, options) as reader:
            return reader.read(found)
    finally:
        os.close(fd)


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        (b"a\0b", SkipReason.BINARY, ""),
        (b"x = '\xff'\n", SkipReason.UNKNOWN_ENCODING, ""),
        (b"x" * 101 + b"\n", SkipReason.LINE_TOO_LONG, "102 bytes, limit 100"),
        (b"x\n" * 501, SkipReason.TOO_LARGE, "1002 bytes, limit 1000"),
    ],
)
def test_a_file_is_skipped_with_its_reason(
    write_files: FilesWriter,
    options: IndexOptions,
    content: bytes,
    reason: SkipReason,
    detail: str,
) -> None:
    root = write_files({"x.py": content})
    tight = replace(options, file_size_bytes_max=1000, line_length_bytes_max=100)

    assert read(root, "x.py", tight) == Skipped("x.py", reason, detail)


def test_a_sparse_file_of_100_mb_is_skipped_unread(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"x.py": b""})
    os.truncate(root / "x.py", 100_000_000)

    skipped = read(root, "x.py", options)

    assert isinstance(skipped, Skipped)
    assert skipped.reason is SkipReason.TOO_LARGE


def test_a_nul_behind_the_probe_is_text(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files({"x.txt": b"x\n" * 5000 + b"\0"})

    assert isinstance(read(root, "x.txt", options), Source)


@pytest.mark.parametrize("replacement", ["fifo", "link", "gone"])
def test_a_file_replaced_after_the_listing_is_not_read(
    write_files: FilesWriter, options: IndexOptions, replacement: str
) -> None:
    root = write_files({"x.py": "x", "secret": "y"})
    found = FoundFile("x.py", 1, 0, 0)
    (root / "x.py").unlink()
    if replacement == "fifo":
        os.mkfifo(root / "x.py")
    elif replacement == "link":
        (root / "x.py").symlink_to("secret")
    fd = os.open(root, os.O_RDONLY)

    with SourceReader(fd, options) as reader:
        skipped = reader.read(found)
    os.close(fd)

    assert isinstance(skipped, Skipped)
    assert skipped.reason in {SkipReason.NOT_REGULAR, SkipReason.FILE_UNREADABLE}


def test_a_folder_that_became_a_link_is_not_followed(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files({"real/x.py": "x"})
    (root / "folder").symlink_to("real", target_is_directory=True)
    fd = os.open(root, os.O_RDONLY)

    with SourceReader(fd, options) as reader:
        skipped = reader.read(FoundFile("folder/x.py", 1, 0, 0))
    os.close(fd)

    assert isinstance(skipped, Skipped)
    assert skipped.reason is SkipReason.FILE_UNREADABLE


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (b"", []),
        (b"a", [0]),
        (b"a\n", [0]),
        (b"a\nb", [0, 2]),
        (b"a\r\nb\rc\n\n", [0, 3, 5, 7]),
        (b"\r", [0]),
        # Line ends of `str.splitlines`, but of no editor.
        ("a\x0bb\x0cc\x85\u2028d".encode(), [0]),
    ],
)
def test_lines_are_those_of_editors(text: bytes, starts: list[int]) -> None:
    assert line_start_offsets(text).tolist() == starts


@given(st.text(alphabet="ab\r\n\x0c").map(str.encode))
def test_lines_are_those_of_bytes_splitlines(text: bytes) -> None:
    offsets = [0]
    for line in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))

    assert line_start_offsets(text).tolist() == offsets[:-1]
