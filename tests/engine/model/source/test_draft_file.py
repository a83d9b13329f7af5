"""A draft is filled in any order, hashed in the right one, and never written twice."""

import hashlib
import os
import random
from pathlib import Path

import pytest

from nanobot_engine.model.errors import ChecksumError, DiskSpaceError
from nanobot_engine.model.source.draft_file import (
    DraftFile,
    progress_of,
    regions_of,
    require_disk_space,
)

BODY = random.Random(3).randbytes(100_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
REGIONS = (30_000, 30_000, 30_000, 10_000)


def opened(folder: Path, identity: str = "a") -> DraftFile:
    return DraftFile(folder / "file.draft", regions=REGIONS, identity=identity)


def test_regions_in_any_order_become_the_file(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        for place in (90_000, 30_000, 0, 60_000):
            draft.put(place, BODY[place : place + 30_000])
            draft.hash_on()
        assert draft.publish("file", SHA256, tmp_path / "file") == SHA256

    assert (tmp_path / "file").read_bytes() == BODY
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_is_in_place_is_not_written_again(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        assert draft.put(30_000, BODY[30_000:45_000]) == 15_000
        assert draft.put(0, BODY) == 85_000
        assert draft.put(0, BODY) == 0
        assert draft.written_bytes == len(BODY)


def test_a_draft_is_continued_by_whoever_opens_it_next(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, BODY[:30_000])
        draft.put(60_000, BODY[60_000:70_000])
        draft.set_origin({"url": "u", "etag": "e"})

    assert progress_of(tmp_path / "file.draft") == 40_000
    with opened(tmp_path) as draft:
        assert (draft.missing(), draft.gap(2)) == ([1, 2, 3], (70_000, 90_000))
        assert draft.origin == {"url": "u", "etag": "e"}
        assert draft.put(0, BODY) == 60_000
        draft.publish("file", SHA256, tmp_path / "file")


def test_a_draft_of_something_else_is_not_continued(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, BODY[:30_000])

    with opened(tmp_path, identity="b") as draft:
        assert draft.done_bytes == 0


@pytest.mark.parametrize("cut", [0, 1, 40, 1_040, 1_060])
def test_a_damaged_progress_is_not_believed(tmp_path: Path, cut: int) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, BODY)
    os.truncate(tmp_path / "file.progress", cut)

    with opened(tmp_path) as draft:
        assert draft.done_bytes == 0
        assert progress_of(tmp_path / "file.draft") == 0


def test_a_draft_that_was_cut_has_no_more_than_there_is(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, BODY)
    os.truncate(tmp_path / "file.draft", 45_000)

    with opened(tmp_path) as draft:
        assert draft.done_bytes == 45_000
        draft.put(0, BODY)
        draft.publish("file", SHA256, tmp_path / "file")


def test_a_region_that_was_wrong_is_hashed_again(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, b"x" * 30_000)
        draft.hash_on()
        draft.reset(0)
        draft.put(0, BODY)
        draft.publish("file", SHA256, tmp_path / "file")


def test_wrong_bytes_are_removed(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, bytes(len(BODY)))
        with pytest.raises(ChecksumError, match=f"expected {SHA256}"):
            draft.publish("file", SHA256, tmp_path / "file")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_whole_is_never_published(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, BODY[:-1])
        with pytest.raises(ChecksumError):
            draft.publish("file", hashlib.sha256(BODY[:-1]).hexdigest(), tmp_path / "file")

    assert not (tmp_path / "file").exists()


def test_the_room_for_all_of_it_is_taken_at_once(tmp_path: Path) -> None:
    with opened(tmp_path):
        assert (tmp_path / "file.draft").stat().st_blocks * 512 >= len(BODY)


def test_a_link_in_place_of_the_draft_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / "file.draft").symlink_to(tmp_path / "victim")

    with pytest.raises(OSError, match="symbolic link"):
        opened(tmp_path)

    assert (tmp_path / "victim").read_bytes() == b"mine"


def test_too_little_space_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    require_disk_space(tmp_path / "file.draft", 1)

    with pytest.raises(DiskSpaceError, match="MB free"):
        require_disk_space(tmp_path / "file.draft", 2**60)


def test_a_full_disk_keeps_what_fitted(tmp_path: Path) -> None:
    with opened(tmp_path) as draft:
        draft.put(0, BODY[:10])
        full, own = os.open("/dev/full", os.O_RDWR), os.dup(draft._fd)
        os.dup2(full, draft._fd)

        with pytest.raises(DiskSpaceError, match="free some space"):
            draft.put(10, BODY[10:])

        os.dup2(own, draft._fd)
        os.close(own)
        os.close(full)
        assert draft.done_bytes == 10


@pytest.mark.parametrize(("size", "expected"), [(1, (1,)), (4, (4,)), (9, (4, 4, 1)), (0, ())])
def test_a_file_is_divided_without_rest(size: int, expected: tuple[int, ...]) -> None:
    assert regions_of(size, 4) == expected
