"""One file over a bad line: the right bytes or a clear error, never something else."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nanobot_engine.model.download import (
    Fetcher,
    NetworkOptions,
    PartFile,
    RemoteFile,
    locked,
    require_disk_space,
    shown,
)
from nanobot_engine.model.errors import (
    ChecksumError,
    DiskSpaceError,
    DownloadCancelledError,
    DownloadError,
)

if TYPE_CHECKING:
    from engine.model.conftest import Shop

    Fetch = Callable[..., bytes]

BODY = random.Random(1).randbytes(200_000)


@pytest.fixture
def fetch(shop: Shop, network: NetworkOptions, tmp_path: Path) -> Fetch:
    """Fetch BODY and return what is under the final name."""
    shop.bodies["/file"] = BODY
    remote = RemoteFile("file", f"{shop.url}/file", len(BODY), hashlib.sha256(BODY).hexdigest())

    def run(cancelled: Callable[[], bool] = lambda: False) -> bytes:
        final = tmp_path / "file"
        with PartFile(tmp_path / "file.part", needed_bytes=len(BODY)) as part:
            Fetcher(network).fetch(remote, part, on_bytes=lambda _: None, cancelled=cancelled)
            part.publish("file", remote.sha256, final)
        assert not (tmp_path / "file.part").exists()
        assert final.stat().st_mode & 0o777 == 0o600
        return final.read_bytes()

    return run


def test_a_file_is_fetched_in_one_request(shop: Shop, fetch: Fetch) -> None:
    assert fetch() == BODY
    assert shop.ranges == [""]


def test_a_line_that_drops_every_few_bytes_is_resumed_where_it_broke(
    shop: Shop, fetch: Fetch
) -> None:
    shop.drop_bytes = 30_000

    assert fetch() == BODY
    assert shop.ranges == ["", *(f"bytes={n}-" for n in range(30_000, 200_000, 30_000))]


def test_what_an_earlier_run_left_is_continued(shop: Shop, fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(BODY[:150_000])

    assert fetch() == BODY
    assert shop.ranges == ["bytes=150000-"]


def test_a_longer_leftover_than_the_file_is_dropped(
    shop: Shop, fetch: Fetch, tmp_path: Path
) -> None:
    (tmp_path / "file.part").write_bytes(BODY + b"x")

    assert fetch() == BODY


@pytest.mark.parametrize("fault", ["no ranges", "wrong range", "range refused"])
def test_a_server_that_cannot_resume_is_asked_for_all(
    shop: Shop, fetch: Fetch, tmp_path: Path, fault: str
) -> None:
    (tmp_path / "file.part").write_bytes(BODY[:1_000])
    shop.fault = fault

    assert fetch() == BODY
    assert shop.ranges[0] == "bytes=1000-"


def test_a_busy_server_is_asked_again(shop: Shop, fetch: Fetch) -> None:
    shop.busy_answers = 2

    assert fetch() == BODY


def test_a_wrong_leftover_gives_a_checksum_error_and_the_next_run_is_right(
    shop: Shop, fetch: Fetch, tmp_path: Path
) -> None:
    (tmp_path / "file.part").write_bytes(b"wrong")

    with pytest.raises(ChecksumError, match="expected"):
        fetch()

    assert list(tmp_path.iterdir()) == []
    assert fetch() == BODY


def test_wrong_bytes_never_get_the_final_name(shop: Shop, fetch: Fetch, tmp_path: Path) -> None:
    shop.fault = "wrong bytes"

    with pytest.raises(ChecksumError, match="sha256"):
        fetch()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("longer", "longer than 200000 bytes"),
        ("shorter", "199991 bytes instead of 200000"),
        ("slow", "bytes/s"),
        ("silent", "silent"),
        ("redirect", "too many redirects"),
        ("re-encoded", "re-encoded"),
    ],
)
def test_a_server_that_never_gives_the_file_is_left(
    shop: Shop, fetch: Fetch, tmp_path: Path, fault: str, words: str
) -> None:
    shop.fault = fault

    with pytest.raises(DownloadError, match=words):
        fetch()

    assert not (tmp_path / "file").exists()


def test_a_missing_file_is_not_asked_for_again(shop: Shop, fetch: Fetch) -> None:
    shop.bodies.clear()

    with pytest.raises(DownloadError, match="answered 404"):
        fetch()


def test_a_server_that_always_breaks_at_the_same_place_is_left(shop: Shop, fetch: Fetch) -> None:
    shop.fault = "no ranges"
    shop.drop_bytes = 50_000

    with pytest.raises(DownloadError, match="3 failures in a row"):
        fetch()

    assert len(shop.ranges) == 3  # The first one brought something, and then broke.


def test_no_server_is_a_download_error(network: NetworkOptions, tmp_path: Path) -> None:
    remote = RemoteFile("file", "http://127.0.0.1:9/file", 10, "0" * 64)

    with (
        PartFile(tmp_path / "p", needed_bytes=10) as part,
        pytest.raises(DownloadError, match="connection failed"),
    ):
        Fetcher(network).fetch(remote, part, on_bytes=lambda _: None, cancelled=lambda: False)


def test_cancelling_stops_and_keeps_what_is_there(shop: Shop, fetch: Fetch, tmp_path: Path) -> None:
    shop.drop_bytes = 50_000
    asked = iter([False] * 4 + [True] * 100)

    with pytest.raises(DownloadCancelledError, match="continues"):
        fetch(cancelled=lambda: next(asked))

    assert (tmp_path / "file.part").stat().st_size >= 50_000
    shop.drop_bytes = 0
    assert fetch() == BODY
    assert shop.ranges[-1].startswith("bytes=")


def test_a_link_in_place_of_the_part_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"mine")
    (tmp_path / "part").symlink_to(tmp_path / "victim")

    with pytest.raises(OSError, match="symbolic link"):
        PartFile(tmp_path / "part", needed_bytes=1)

    assert (tmp_path / "victim").read_bytes() == b"mine"


def test_a_lock_is_waited_for_and_the_wait_can_be_cancelled(tmp_path: Path) -> None:
    answers = iter([False, True])

    with (
        locked(tmp_path / "lock", lambda: False, "a"),
        pytest.raises(DownloadCancelledError),
        locked(tmp_path / "lock", lambda: next(answers), "b"),
    ):
        pass


def test_too_little_space_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    require_disk_space(tmp_path, 1)

    with pytest.raises(DiskSpaceError, match="MB free"):
        require_disk_space(tmp_path, 2**60)


def test_a_full_disk_keeps_what_fitted(tmp_path: Path) -> None:
    with PartFile(tmp_path / "part", needed_bytes=10) as part:
        full = os.open("/dev/full", os.O_RDWR)
        own = os.dup(part._file.fileno())
        os.dup2(full, part._file.fileno())

        with pytest.raises(DiskSpaceError, match="free some space"):
            part.write(b"0123456789")

        os.dup2(own, part._file.fileno())
        os.close(own)
        os.close(full)
        assert part.size_bytes == 0


def test_passwords_in_urls_are_not_shown() -> None:
    assert shown("https://me:secret@host/simple") == "https://host/simple"
    assert shown("https://host/simple") == "https://host/simple"
