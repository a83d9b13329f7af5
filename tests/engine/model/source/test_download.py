"""One file over a bad line: the right bytes or a clear error, never something else."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nanobot_engine.model.errors import (
    ChecksumError,
    DownloadCancelledError,
    DownloadError,
)
from nanobot_engine.model.source.download import fetch as fetched
from nanobot_engine.model.source.draft_file import DraftFile, regions_of
from nanobot_engine.model.source.file_lock import locked
from nanobot_engine.model.source.network import NetworkOptions, RemoteFile, shown
from support.faulty_server import Faults, serving

if TYPE_CHECKING:
    from engine.model.conftest import Shop

    Fetch = Callable[..., bytes]

BODY = random.Random(1).randbytes(200_000)


SHA256 = hashlib.sha256(BODY).hexdigest()


def draft_of(folder: Path, block_bytes: int = 1 << 20) -> DraftFile:
    regions = regions_of(len(BODY), block_bytes)
    return DraftFile(folder / "file.draft", regions=regions, identity=SHA256)


def leave(folder: Path, *pieces: tuple[int, bytes], block_bytes: int = 1 << 20) -> None:
    """Leave what a killed run would."""
    with draft_of(folder, block_bytes) as draft:
        for place, piece in pieces:
            draft.put(place, piece)


@pytest.fixture
def fetch(shop: Shop, network: NetworkOptions, tmp_path: Path) -> Fetch:
    """Fetch BODY and return what is under the final name."""
    shop.bodies["/file"] = BODY
    remote = RemoteFile("file", f"{shop.url}/file", len(BODY))

    def run(cancelled: Callable[[], bool] = lambda: False) -> bytes:
        final = tmp_path / "file"
        with draft_of(tmp_path, network.block_bytes) as draft:
            fetched(remote, draft, network, on_bytes=lambda _: None, cancelled=cancelled)
            draft.publish("file", SHA256, final)
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
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
    assert shop.ranges == ["", *(f"bytes={n}-199999" for n in range(30_000, 200_000, 30_000))]


def test_what_an_earlier_run_left_is_continued(shop: Shop, fetch: Fetch, tmp_path: Path) -> None:
    leave(tmp_path, (0, BODY[:150_000]))

    assert fetch() == BODY
    assert shop.ranges == ["bytes=150000-199999"]


def test_a_leftover_of_another_file_is_begun_again(
    shop: Shop, fetch: Fetch, tmp_path: Path
) -> None:
    with DraftFile(tmp_path / "file.draft", regions=(300_000,), identity="other") as draft:
        draft.put(0, b"wrong")

    assert fetch() == BODY


@pytest.mark.parametrize("fault", ["no ranges", "wrong range", "range refused"])
def test_a_server_that_cannot_resume_is_asked_for_all(
    shop: Shop, fetch: Fetch, tmp_path: Path, fault: str
) -> None:
    leave(tmp_path, (0, BODY[:1_000]))
    shop.fault = fault

    assert fetch() == BODY
    assert shop.ranges[0] == "bytes=1000-199999"


def test_a_busy_server_is_asked_again(shop: Shop, fetch: Fetch) -> None:
    shop.busy_answers = 2

    assert fetch() == BODY


def test_a_wrong_leftover_gives_a_checksum_error_and_the_next_run_is_right(
    shop: Shop, fetch: Fetch, tmp_path: Path
) -> None:
    leave(tmp_path, (0, b"wrong"))

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
    remote = RemoteFile("file", "http://127.0.0.1:9/file", len(BODY))

    with draft_of(tmp_path) as draft, pytest.raises(DownloadError, match="connection failed"):
        fetched(remote, draft, network, on_bytes=lambda _: None, cancelled=lambda: False)


def test_cancelling_stops_and_keeps_what_is_there(shop: Shop, fetch: Fetch, tmp_path: Path) -> None:
    shop.fault = "slow"

    with pytest.raises(DownloadCancelledError, match="continues"):
        fetch(cancelled=lambda: True)

    assert (tmp_path / "file.progress").exists()
    shop.fault = ""
    assert fetch() == BODY


def test_a_lock_is_waited_for_and_the_wait_can_be_cancelled(tmp_path: Path) -> None:
    answers = iter([False, True])

    with (
        locked(tmp_path / "lock", lambda: False, "a"),
        pytest.raises(DownloadCancelledError),
        locked(tmp_path / "lock", lambda: next(answers), "b"),
    ):
        pass


def test_the_name_and_the_secret_in_an_address_are_not_shown() -> None:
    assert shown("https://me:secret@host/simple") == "https://host/simple"
    assert shown("https://host/file?X-Signature=secret") == "https://host/file"
    assert shown("https://host/simple") == "https://host/simple"


BIG = random.Random(2).randbytes(2_000_000)


def brought(
    faults: Faults, network: NetworkOptions, folder: Path, *, connections: int = 4
) -> DraftFile:
    """Fetch BIG in blocks of 200,000 bytes, and check it; the draft says what was written."""
    options = replace(network, connections=connections, block_bytes=200_000, timeout_s=10.0)
    regions = regions_of(len(BIG), options.block_bytes)
    with DraftFile(folder / "big.draft", regions=regions, identity="big") as draft:
        remote = RemoteFile("big", f"{faults.url}/file", len(BIG))
        fetched(remote, draft, options, on_bytes=lambda _: None, cancelled=lambda: False)
        draft.publish("big", hashlib.sha256(BIG).hexdigest(), folder / "big")
    assert (folder / "big").read_bytes() == BIG
    return draft


def test_ranges_are_fetched_side_by_side_and_no_byte_is_written_twice(
    network: NetworkOptions, tmp_path: Path
) -> None:
    with serving(BIG) as faults:
        faults.pause_s = 0.02
        draft = brought(faults, network, tmp_path)

    assert sorted(faults.asked, key=lambda one: int(one[6:].split("-")[0])) == [
        f"bytes={place}-{place + 199_999}" for place in range(0, 2_000_000, 200_000)
    ]
    assert 2 <= faults.most_at_once <= 4
    assert draft.written_bytes == len(BIG)


def test_a_server_without_ranges_has_one_connection(
    network: NetworkOptions, tmp_path: Path
) -> None:
    with serving(BIG, planned=["ignore range"] * 9) as faults:
        draft = brought(faults, network, tmp_path)

    assert faults.asked == ["bytes=0-199999"]
    assert draft.written_bytes == len(BIG)


def test_a_server_that_stops_serving_ranges_is_asked_for_all_once(
    network: NetworkOptions, tmp_path: Path
) -> None:
    with serving(BIG, planned=["", "", *["ignore range"] * 50]) as faults:
        faults.pause_s = 0.01
        draft = brought(faults, replace(network, failures_max=6), tmp_path)

    assert draft.written_bytes == len(BIG)


def test_two_versions_of_a_file_are_never_joined(network: NetworkOptions, tmp_path: Path) -> None:
    with serving(BIG[::-1]) as faults:
        faults.pause_s = 0.02
        asked = faults.asked

        def change() -> bool:
            if len(asked) == 5 and faults.body is not BIG:
                with faults.lock:
                    faults.body, faults.etag = BIG, '"2"'
            return False

        options = replace(network, connections=2, block_bytes=200_000, timeout_s=10.0)
        regions = regions_of(len(BIG), options.block_bytes)
        with DraftFile(tmp_path / "big.draft", regions=regions, identity="big") as draft:
            remote = RemoteFile("big", f"{faults.url}/file", len(BIG))
            fetched(remote, draft, options, on_bytes=lambda _: None, cancelled=change)
            assert draft.publish("big", None, tmp_path / "big")
    assert (tmp_path / "big").read_bytes() in {BIG, BIG[::-1]}
