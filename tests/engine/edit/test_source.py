"""Facts about a file that edits keep."""

import codecs
import encodings.aliases
import hashlib
import os
from pathlib import Path

import pytest

from nanobot_engine.edit.errors import (
    PathRefusedError,
    SourceEncodingError,
    SourceUnreadableError,
)
from nanobot_engine.edit.source import (
    _SAFE_ENCODING,
    SourceFile,
    read_source,
    source_from_bytes,
    split_lines,
)


def check_source(data: bytes) -> SourceFile:
    source = source_from_bytes("a.py", data)
    assert source.data == data
    return source


@pytest.mark.parametrize(
    ("data", "encoding", "has_bom"),
    [
        (b"", "utf-8", False),
        (b"x = 1\n", "utf-8", False),
        ("x = 'ü'\n".encode(), "utf-8", False),
        (codecs.BOM_UTF8 + b"x = 1\n", "utf-8", True),
        (codecs.BOM_UTF8 + b"# coding: utf-8\n", "utf-8", True),
        (b"# -*- coding: latin-1 -*-\nx = '\xfc'\n", "iso8859-1", False),
        (b"#!/bin/python\n# vim: set fileencoding=cp1252 :\n", "cp1252", False),
        (b"# coding: shift_jis\rx = '\x83\x5c'\r", "shift_jis", False),
        # The third line is too late.
        (b"\n\n# coding: latin-1\n", "utf-8", False),
        # One comment to `tokenize`, two lines to Python.
        (b"# first\rx = 'coding: latin-1'\r", "utf-8", False),
    ],
)
def test_encoding(data: bytes, encoding: str, *, has_bom: bool) -> None:
    source = check_source(data)

    assert (source.encoding, source.has_bom) == (encoding, has_bom)


@pytest.mark.parametrize(
    "data",
    [
        b"x = '\xfc'\n",
        b"# coding: no-such-codec\n",
        codecs.BOM_UTF8 + b"# coding: latin-1\n",
        b"# coding: utf-7\n",
        b"# coding: iso2022_jp\n",
        b"# coding: unicode_escape\nx = '\\u000a'\n",
        b"# coding: rot13\n",
        b"# coding: shift_jis\nx = '\x83'\n",
        "x = 1\n".encode("utf-16"),
    ],
)
def test_an_encoding_that_is_wrong_or_not_safe_is_refused(data: bytes) -> None:
    with pytest.raises(SourceEncodingError, match=r"^a\.py: "):
        source_from_bytes("a.py", data)


def test_every_safe_encoding_keeps_ascii() -> None:
    ascii_bytes = bytes(range(128))
    names = {name for name in encodings.aliases.aliases.values() if name != "mbcs"}
    safe = {codecs.lookup(name).name for name in names if _is_safe(name)}

    assert len(safe) > 50
    assert all(ascii_bytes.decode(name) == ascii_bytes.decode("ascii") for name in safe)


def _is_safe(name: str) -> bool:
    try:
        return _SAFE_ENCODING.fullmatch(codecs.lookup(name).name) is not None
    except LookupError:  # A codec of another system.
        return False


@pytest.mark.parametrize(
    ("data", "newline"),
    [
        (b"", "\n"),
        (b"x", "\n"),
        (b"x\r\ny\r\n", "\r\n"),
        (b"x\ry\r", "\r"),
        (b"x\r\ny\r\nz\n", "\r\n"),
        (b"x\ny\r\n", "\n"),
        (b"x\x0cy\x0bz\xc2\x85\xe2\x80\xa8\r", "\r"),
    ],
)
def test_newline_is_the_most_frequent(data: bytes, newline: str) -> None:
    assert check_source(data).newline == newline


@pytest.mark.parametrize(
    ("data", "unit"),
    [
        (b"x = 1\n", "    "),
        (b"def f():\n    pass\n", "    "),
        (b"def f():\n  if x:\n    pass\n", "  "),
        (b"def f():\r\tif x:\r\t\tpass\r", "\t"),
        (b"class A:\n    def f(self):\n        pass\n" * 20 + b"x = (1,\n  2)\n", "    "),
    ],
)
def test_indent_unit(data: bytes, unit: str) -> None:
    assert check_source(data).indent_unit == unit


def test_lines_end_where_python_ends_them() -> None:
    data = b"a\x0cb\x1c\xc2\x85\nc\r\nd\re"

    lines = split_lines(data)

    assert lines == [b"a\x0cb\x1c\xc2\x85\n", b"c\r\n", b"d\r", b"e"]


def test_a_read_keeps_bytes_and_mode(root: Path) -> None:
    (root / "package").mkdir()
    file = root / "package" / "a.py"
    file.write_bytes(b"x = 1\r\n")
    file.chmod(0o754)

    source = read_source(root, "package/a.py", size_bytes_max=100)

    assert source.data == b"x = 1\r\n"
    assert source.mode == 0o754
    assert source.sha256 == hashlib.sha256(b"x = 1\r\n").hexdigest()


def test_a_file_above_the_limit_is_refused(root: Path) -> None:
    (root / "a.py").write_bytes(b"#" * 101)

    with pytest.raises(SourceUnreadableError, match=r"^a\.py: is larger than 100 bytes$"):
        read_source(root, "a.py", size_bytes_max=100)


def test_what_is_no_regular_file_is_refused_without_waiting(root: Path) -> None:
    (root / "folder.py").mkdir()
    os.mkfifo(root / "pipe.py")

    for name in ("folder.py", "pipe.py", "missing.py"):
        with pytest.raises(SourceUnreadableError, match=name):
            read_source(root, name, size_bytes_max=100)


def test_a_link_is_refused_wherever_it_stands(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_bytes(b"secret = 1\n")
    (root / "file.py").symlink_to(outside / "a.py")
    (root / "folder").symlink_to(outside)
    (root / "inside").symlink_to(".")

    for path in ("file.py", "folder/a.py", "inside/file.py"):
        with pytest.raises(SourceUnreadableError, match=r"link|directory"):
            read_source(root, path, size_bytes_max=100)


@pytest.mark.parametrize(
    "path", ["", "/etc/hostname", "../a.py", "a/../b.py", "a//b", "./a", "a\0b"]
)
def test_a_path_that_is_not_plain_is_refused(root: Path, path: str) -> None:
    with pytest.raises(PathRefusedError):
        read_source(root, path, size_bytes_max=100)
