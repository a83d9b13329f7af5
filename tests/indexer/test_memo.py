import os
import random
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_indexer.workspace.memo import MEMO_VERSION, decode_memo, path_order
from nanobot_indexer.workspace.scan import scan_workspace

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

HEADER_SIZE_BYTES = 36


@pytest.fixture
def encoded(write_files: FilesWriter) -> bytes:
    root = write_files({".gitignore": "", "aa.py": "", "bb/cc.py": "", "bb/dd/ee.py": ""})
    (root / "bb/link").symlink_to("x")
    fd = os.open(root, os.O_RDONLY)
    scan = scan_workspace(fd, None, files_max=10, check=lambda: None)
    os.close(fd)
    assert scan.memo is not None
    return scan.memo.encode()


def sealed(data: bytes) -> bytes:
    """Give forged bytes the checksum that belongs to them."""
    return data[:12] + struct.pack("<I", zlib.crc32(data[16:])) + data[16:]


def test_a_memo_survives_its_form_on_disk(encoded: bytes) -> None:
    memo = decode_memo(encoded)

    assert memo is not None
    assert memo.encode() == encoded
    assert memo.files.paths == (".gitignore", "aa.py", "bb/cc.py", "bb/dd/ee.py")
    assert [one.path for one in memo.skipped] == ["bb/link"]


def test_a_truncated_or_longer_memo_is_none(encoded: bytes) -> None:
    for size in range(len(encoded)):
        assert decode_memo(encoded[:size]) is None
        assert size < 16 or decode_memo(sealed(encoded[:size])) is None
    assert decode_memo(sealed(encoded + b"\0")) is None


def test_every_flipped_bit_is_noticed(encoded: bytes) -> None:
    for bit in range(8 * len(encoded)):
        damaged = bytearray(encoded)
        damaged[bit // 8] ^= 1 << bit % 8
        assert decode_memo(bytes(damaged)) is None


def test_another_version_is_none(encoded: bytes) -> None:
    data = encoded[:8] + struct.pack("<I", MEMO_VERSION + 1) + encoded[12:]

    assert decode_memo(sealed(data)) is None


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/", "a\0", "a\rb", "\x7f"])
@pytest.mark.parametrize("field", ["folder_names", "file_names"])
def test_names_that_lead_elsewhere_are_refused(encoded: bytes, field: str, name: str) -> None:
    memo = decode_memo(encoded)
    assert memo is not None

    def encoded_with(new: str) -> bytes:
        if field == "file_names":
            paths = [*memo.file_paths[:-1], f"bb/dd/{new}"]
            names = [*memo.file_names[:-1], new]
            return replace(memo, file_names=names, order=path_order(paths)).encode()
        paths = [path.replace("/dd/", f"/{new}/") for path in memo.file_paths]
        names = [*memo.folder_names[:-1], new]
        return replace(memo, folder_names=names, order=path_order(paths)).encode()

    assert decode_memo(encoded_with(name)) is None
    assert decode_memo(encoded_with("other")) is not None


def test_a_path_that_comes_twice_is_refused(encoded: bytes) -> None:
    memo = decode_memo(encoded)
    assert memo is not None
    data = replace(memo, file_names=["aa.py", "aa.py", *memo.file_names[2:]]).encode()

    assert decode_memo(data) is None


@pytest.mark.parametrize("seed", range(3))
def test_forged_numbers_are_refused_or_harmless(encoded: bytes, seed: int) -> None:
    rng = random.Random(seed)
    refused = 0
    for _ in range(3000):
        forged = bytearray(encoded)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(16, len(forged))
            forged[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        memo = decode_memo(sealed(bytes(forged)))
        if memo is None:
            refused += 1
            continue
        assert list(memo.files.paths) == sorted(set(memo.files.paths))
        for path in (*memo.files.paths, *memo.folder_paths[1:]):
            assert {"", ".", ".."}.isdisjoint(path.split("/"))

    assert refused > 300


def test_a_path_longer_than_any_is_refused() -> None:
    # 300 folders of 200 characters, one in the other: each path repeats those above it.
    count = 300
    rows = b"".join(struct.pack("<iIIII", parent, 0, 0, 0, 0) for parent in range(-1, count - 1))
    names = (b"n" * 200 + b"\n") * (count - 1)
    rest = b"\0" * (32 * count + 32) + rows + b"\0" + names
    counts = struct.pack("<IIIII", count, 0, 1, 0, len(names))
    data = b"nbscan\0\n" + struct.pack("<II", MEMO_VERSION, 0) + counts + rest

    assert decode_memo(sealed(data)) is None


def test_a_forged_memo_with_huge_counts_takes_no_memory(encoded: bytes) -> None:
    for place in range(16, HEADER_SIZE_BYTES, 4):
        forged = encoded[:place] + b"\xff\xff\xff\xff" + encoded[place + 4 :]
        assert decode_memo(sealed(forged)) is None
