import os
from pathlib import Path

import pytest

from nanobot_server.lsp.document.saved_text import has_bytes_of, has_text_of, read_regular


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"x = 1\n", "x = 1\n"),
        (b"", ""),
        ("é\r\n".encode(), "é\r\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        ("\ufeffé\n".encode(), "é\n"),
        ("# -*- coding: latin-1 -*-\n# é\n".encode("latin-1"), "# -*- coding: latin-1 -*-\n# é\n"),
        ("# coding: koi8-r\n# привет\n".encode("koi8-r"), "# coding: koi8-r\n# привет\n"),
        ("naïve\n".encode("latin-1"), "naïve\n"),
        ("€\n".encode("cp1252"), "€\n"),
        (b"na\xefve\n", "na\ufffdve\n"),
        ("wide é\n".encode("utf-16"), "wide é\n"),
        ("\ufeffwide é\n".encode("utf-32-be"), "wide é\n"),
        (b"no end", "no end\n"),
    ],
)
def test_a_file_has_its_text_in_any_encoding(content: bytes, text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(content)

    assert has_text_of(path, text)
    assert not has_text_of(path, text + "more")
    assert not has_text_of(path, "x" + text)


@pytest.mark.parametrize(
    ("content", "expected"),
    [("é\n".encode(), True), ("é\n".encode("latin-1"), False), ("\ufeffé\n".encode(), False)],
)
def test_bytes_are_those_of_utf_8(content: bytes, expected: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case of the table.
    path = tmp_path / "a.py"
    path.write_bytes(content)

    assert has_bytes_of(path, "é\n") is expected


def test_nothing_waits_for_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    paths = [tmp_path / "pipe.py", tmp_path / "folder.py", tmp_path / "gone.py", Path("/dev/zero")]

    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only how many.
    for path in paths:
        assert read_regular(path, size_bytes_max=100) is None
        assert not has_text_of(path, "x")
        assert not has_bytes_of(path, "x")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - only how many.


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"")
    os.truncate(path, 1 << 40)

    assert read_regular(path, size_bytes_max=1 << 20) is None
    assert not has_text_of(path, "x = 1\n")
    assert not has_bytes_of(path, "x = 1\n")


def test_a_file_that_holds_more_than_it_says_is_not_taken_for_whole() -> None:
    # The kernel says 0 bytes for this regular file, as for one that grows while it is read.
    assert read_regular(Path("/proc/self/status"), size_bytes_max=10) is None


def test_a_file_of_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"12345")

    assert read_regular(path, size_bytes_max=5) == b"12345"
    assert read_regular(path, size_bytes_max=4) is None
