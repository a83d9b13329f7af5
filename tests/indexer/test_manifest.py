import json
import random
import shutil
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_indexer import (
    IndexMissingError,
    IndexOptions,
    VolumeCorruptError,
    VolumeError,
    VolumeVersionError,
    ingest,
    open_index,
)
from nanobot_indexer.volume.manifest import _canonical, read_manifest


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory, options: IndexOptions) -> Path:
    root = tmp_path_factory.mktemp("manifest")
    (root / "a.py").write_text("x = 1\n")
    (root / "b.bin").write_bytes(b"\0")
    ingest(root, options=options)
    return root


@pytest.fixture
def folder(ingested: Path, tmp_path: Path) -> Path:
    """The index folder of a copy that a test may damage."""
    shutil.copytree(ingested, tmp_path / "root")
    return tmp_path / "root/.nanobot/index"


def resealed(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change the manifest and make its checksum right again, as an attacker would."""
    body = json.loads(path.read_bytes())["body"]
    change(body)
    path.write_bytes(_canonical({"body": body, "crc32": zlib.crc32(_canonical(body))}))


def test_no_manifest_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="run 'nanobot ingest'"):
        open_index(tmp_path)


def test_truncation_at_every_byte_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    content = path.read_bytes()

    # The last byte is the line feed behind the document.
    for size in range(len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(VolumeCorruptError):
            read_manifest(folder)


def test_flipped_bits_are_refused_or_harmless(folder: Path) -> None:
    path = folder / "manifest.json"
    content = path.read_bytes()
    good = read_manifest(folder)

    seed = random.randrange(2**32)
    sys.stderr.write(f"seed {seed}\n")
    for bit in random.Random(seed).sample(range(len(content) * 8), 300):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            # Space may turn into other space.
            assert read_manifest(folder) == good
        except VolumeError:
            continue


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"9" * 5000, b"null", b"[]", b'{"body":1,"crc32":0}', b"\xff"]
)
def test_hostile_json_is_refused(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)

    with pytest.raises(VolumeCorruptError):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("generation", -1),
        ("generation", 10**30),
        ("generation", "7"),
        ("generation", True),
        ("segments", [{"number": "../../secret"}]),
        ("segments", 3),
        ("memo_size_bytes", None),
        ("options", []),
        ("unknown", 1),
    ],
)
def test_a_crafted_manifest_is_refused(folder: Path, field: str, value: object) -> None:
    resealed(folder / "manifest.json", lambda body: body.update({field: value}))

    with pytest.raises(VolumeCorruptError):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "../../../a.py"),
        ("number", -1),
        ("revision", 7),
        ("file_count", 2**40),
        ("chunk_count", 9000),
        ("text_bytes", 2**40),
        ("dead_text_bytes", 10**6),
        ("volume_size_bytes", 9 * 10**11),
        ("volume_size_bytes", 0),
        ("tables_size_bytes", 9 * 10**11),
        ("dead", "AA=A"),
        ("dead", "AAAAAAAA"),
        ("dead", 1),
        ("unknown", 1),
    ],
)
def test_a_crafted_segment_is_refused(folder: Path, field: str, value: object) -> None:
    def craft(body: dict[str, object]) -> None:
        segments = body["segments"]
        assert isinstance(segments, list)
        segments[0][field] = value
        segments[0]["dead"] = segments[0]["dead"] or "AA=="

    resealed(folder / "manifest.json", craft)

    with pytest.raises(VolumeCorruptError):
        read_manifest(folder)


def test_a_segment_that_is_named_twice_is_refused(folder: Path) -> None:
    def repeat(body: dict[str, object]) -> None:
        segments = body["segments"]
        assert isinstance(segments, list)
        segments.append(segments[0])

    resealed(folder / "manifest.json", repeat)

    with pytest.raises(VolumeCorruptError, match="twice"):
        read_manifest(folder)


def test_another_format_version_is_named(folder: Path) -> None:
    resealed(folder / "manifest.json", lambda body: body.update(format=99))

    with pytest.raises(VolumeVersionError, match="format 99"):
        read_manifest(folder)


def test_a_manifest_that_is_a_link_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    path.rename(folder / "elsewhere.json")
    path.symlink_to("elsewhere.json")

    with pytest.raises(VolumeCorruptError):
        read_manifest(folder)
