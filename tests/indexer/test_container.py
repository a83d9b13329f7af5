import random
import struct
import sys
import zlib
from pathlib import Path

import pytest

from nanobot_indexer.errors import IndexClosedError, VolumeCorruptError, VolumeVersionError
from nanobot_indexer.volume.container import Container, Sealed, write_container

MAGIC = b"NANOTST\0"


def write(path: Path, *contents: bytes) -> Sealed:
    return write_container(path, magic=MAGIC, version=3, sections=enumerate(contents))


def read(path: Path, sealed: Sealed) -> list[bytes]:
    container = Container(path, magic=MAGIC, version=3, sealed=sealed)
    try:
        return [bytes(container.section(kind)) for kind in container.kinds]
    finally:
        container.close()


def check_refused(path: Path, sealed: Sealed, expected: str) -> None:
    with pytest.raises(VolumeCorruptError) as caught:
        read(path, sealed)
    assert expected in caught.value.reason


@pytest.mark.parametrize("contents", [[], [b""], [b"a"], [b"12345678", b"", b"x" * 9]])
def test_what_was_written_is_read(tmp_path: Path, contents: list[bytes]) -> None:
    path = tmp_path / "a"

    sealed = write(path, *contents)

    assert read(path, sealed) == contents
    assert path.stat().st_size == sealed.size_bytes
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_sections_are_aligned_for_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    sealed = write(path, b"abc", b"12345678")
    container = Container(path, magic=MAGIC, version=3, sealed=sealed)

    _, start, end = container.map_of(1)

    assert start % 8 == 0
    assert end - start == 8
    container.close()


def test_another_version_is_told_from_damage(tmp_path: Path) -> None:
    path = tmp_path / "a"
    sealed = write(path, b"abc")

    with pytest.raises(VolumeVersionError):
        Container(path, magic=MAGIC, version=4, sealed=sealed)


def test_another_file_of_the_same_size_is_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    sealed = write(first, b"one")
    write(second, b"two")

    second.replace(first)

    check_refused(first, sealed, "another generation")


def test_a_link_and_a_folder_are_not_opened(tmp_path: Path) -> None:
    real = tmp_path / "real"
    sealed = write(real, b"abc")
    link, folder = tmp_path / "link", tmp_path / "folder"
    link.symlink_to(real)
    folder.mkdir()

    check_refused(link, sealed, "Too many levels of symbolic links")
    check_refused(folder, sealed, "not a regular file")


def test_a_damaged_section_does_not_spoil_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a"
    sealed = write(path, b"intact!!", b"damaged!")
    path.write_bytes(path.read_bytes().replace(b"damaged!", b"dAmaged!"))
    container = Container(path, magic=MAGIC, version=3, sealed=sealed)

    assert bytes(container.section(0)) == b"intact!!"
    with pytest.raises(VolumeCorruptError, match="section 1 is damaged"):
        container.section(1)
    container.close()


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    sealed = write(path, b"some text", b"more")
    whole = path.read_bytes()

    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        check_refused(path, sealed, f"{size} bytes, should have {len(whole)}")


def test_every_flipped_bit_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    contents = [b"some text", b"more", b""]
    sealed = write(path, *contents)
    whole = bytearray(path.read_bytes())
    seed = random.randrange(2**32)
    sys.stderr.write(f"seed {seed}\n")
    chance = random.Random(seed)
    refused = 0
    for place in range(len(whole)):
        flipped = whole.copy()
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            assert read(path, sealed) == contents
        except (VolumeCorruptError, VolumeVersionError):
            refused += 1

    # What is left are the zeros between sections.
    assert len(whole) - 24 <= refused < len(whole)


def test_sections_that_changed_places_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    sealed = write(path, b"one", b"two")
    changed = bytearray(path.read_bytes())
    # Their kinds: each section is whole, and the header says where it is.
    changed[24], changed[48] = changed[48], changed[24]
    path.write_bytes(changed)

    check_refused(path, sealed, "header is damaged")


@pytest.mark.parametrize("offset", [0, 80, 88, 2**63])
def test_sections_that_are_not_one_behind_the_other_are_refused(
    tmp_path: Path, offset: int
) -> None:
    path = tmp_path / "a"
    size_bytes = write(path, b"12345678", b"12345678").size_bytes
    changed = bytearray(path.read_bytes())
    # The second section is where the first one is, or nowhere; all checksums are right.
    struct.pack_into("<Q", changed, 24 + 24 + 8, offset)
    header_crc32 = zlib.crc32(changed[:72])
    struct.pack_into("<I", changed, 72, header_crc32)
    path.write_bytes(changed)

    sealed = Sealed(size_bytes, header_crc32)
    if offset == 88:
        # That is where it was.
        assert read(path, sealed) == [b"12345678", b"12345678"]
    else:
        check_refused(path, sealed, "section 1 is out of place")


def test_a_closed_container_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x"
    sealed = write(path, b"content")
    container = Container(path, magic=MAGIC, version=3, sealed=sealed)
    container.close()

    with pytest.raises(IndexClosedError, match="open it again"):
        container.section(0)
