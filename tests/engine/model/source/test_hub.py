"""A file of the hub: found by its commit, pinned at first use, and the token goes nowhere else."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import (
    Catalogue,
    HubSource,
    ModelEntry,
    Tier,
    TierModels,
    load_catalogue,
)
from nanobot_engine.model.errors import ChecksumError, DownloadError, ModelMissingError
from nanobot_engine.model.source.hub import hub_settings, locate
from nanobot_engine.model.source.installation import InstalledModel, install
from nanobot_engine.model.source.model_file import is_installed, open_verified
from nanobot_engine.model.source.network import DEFAULT_NETWORK_OPTIONS
from nanobot_engine.model.source.pins import Pins
from nanobot_engine.model.source.source_index import IndexSettings
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS
from nanobot_engine.model.worker.worker_starts import WorkerStarts
from support.faulty_server import Faults, serving

BODY = random.Random(9).randbytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
COMMIT = "c" * 40
NETWORK = replace(
    DEFAULT_NETWORK_OPTIONS, timeout_s=5.0, failures_max=2, backoff_s=0.001, block_bytes=100_000
)


@dataclass
class Hub:
    faults: Faults
    models_dir: Path
    sha256: str | None = SHA256
    revision: str | None = COMMIT

    @property
    def source(self) -> HubSource:
        return HubSource(
            kind="hub", repo="owner/name", revision=self.revision, file="folder/file.gguf"
        )

    @property
    def entry(self) -> ModelEntry:
        changes = {
            "name": "tiny",
            "size_bytes": len(BODY) if self.sha256 else 123,
            "sha256": self.sha256,
            "pin": None if self.sha256 else "first_use",
            "sources": (self.source,),
        }
        return load_catalogue().models[0].model_copy(update=changes)

    def install(self) -> InstalledModel:
        names = ("tiny",)
        tier = TierModels(main=names, rlm=names, memory=names)
        (done,) = install(
            Tier.POTATO,
            self.models_dir,
            progress=lambda _: None,
            cancelled=lambda: False,
            settings=IndexSettings((), (), NETWORK),
            catalogue=Catalogue(version=1, tiers={Tier.POTATO: tier}, models=(self.entry,)),
        )
        return done


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with serving(BODY) as faults:
        monkeypatch.setenv("HF_ENDPOINT", faults.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        faults.sha256 = SHA256
        yield Hub(faults, tmp_path / "models")


def test_a_file_of_a_commit_is_fetched_in_ranges(hub: Hub) -> None:
    done = hub.install()

    assert done.path.read_bytes() == BODY
    assert sorted(hub.faults.asked) == [
        "bytes=0-99999", "bytes=100000-199999", "bytes=200000-299999",
    ]  # fmt: skip


def test_a_token_is_for_the_hub_and_not_for_where_it_sends_us(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with serving(BODY) as elsewhere:
        hub.faults.location = f"{elsewhere.url}/file?Signature=x"
        hub.install()

        assert {one.split(" /")[0] for one in hub.faults.tokens} == {"Bearer hf_secret"}
        assert elsewhere.tokens
        assert {one.split(" /")[0] for one in elsewhere.tokens} == {""}


def test_a_token_is_not_sent_in_the_clear_over_a_network() -> None:
    environ = {"HF_ENDPOINT": "http://mirror.example", "HF_TOKEN": "hf_secret"}

    assert hub_settings(environ).token is None
    assert hub_settings({**environ, "HF_ENDPOINT": "https://mirror.example"}).token == "hf_secret"
    assert "hf_secret" not in repr(hub_settings({"HF_TOKEN": "hf_secret"}))


def test_the_hub_may_not_send_us_anywhere(hub: Hub) -> None:
    hub.faults.location = "http://example.invalid/file"

    with pytest.raises(DownloadError, match=r"example\.invalid, which is not a host"):
        hub.install()


def test_another_file_than_the_pinned_one_is_not_fetched(hub: Hub) -> None:
    hub.faults.sha256 = "0" * 64

    with pytest.raises(DownloadError, match="another file than the one that is pinned"):
        hub.install()

    assert hub.faults.asked == []


def test_another_commit_than_the_one_asked_for_is_refused(hub: Hub) -> None:
    hub.faults.commit = "d" * 40

    with pytest.raises(DownloadError, match="the hub has it of commit 'dddd"):
        hub.install()


def test_an_unknown_file_is_pinned_by_what_came_first(hub: Hub) -> None:
    hub.sha256, hub.revision = None, None
    hub.faults.paths.append("/owner/name/resolve/main/folder/file.gguf")

    done = hub.install()

    pin = Pins(hub.models_dir).get("tiny")
    assert pin is not None
    assert (pin.sha256, pin.size_bytes, pin.revision) == (SHA256, len(BODY), COMMIT)
    assert pin.source == "hub: owner/name/folder/file.gguf"
    assert (done.entry.sha256, done.entry.size_bytes) == (SHA256, len(BODY))
    assert Pins(hub.models_dir).path.stat().st_mode & 0o777 == 0o600
    assert is_installed(done.path, hub.entry)
    assert not hub.install().fetched


def test_other_bytes_than_the_first_ones_are_an_error(hub: Hub) -> None:
    hub.sha256, hub.revision = None, None
    hub.faults.paths.append("/owner/name/resolve/main/folder/file.gguf")
    done = hub.install()
    done.path.write_bytes(bytes(len(BODY)))
    hub.faults.body, hub.faults.sha256 = BODY[::-1], hashlib.sha256(BODY[::-1]).hexdigest()

    with pytest.raises(ChecksumError, match=f"expected {SHA256}"):
        open_verified(done.path, hub.entry)
    with pytest.raises(DownloadError, match="another file than the one that is pinned"):
        hub.install()


def test_a_file_that_nobody_pinned_is_not_believed(hub: Hub) -> None:
    hub.sha256 = None
    hub.models_dir.mkdir()
    (hub.models_dir / "tiny.gguf").write_bytes(BODY)

    assert not is_installed(hub.models_dir / "tiny.gguf", hub.entry)


@pytest.mark.asyncio
async def test_a_worker_does_not_start_on_a_file_that_nobody_pinned(hub: Hub) -> None:
    hub.sha256 = None
    hub.models_dir.mkdir()
    (hub.models_dir / "tiny.gguf").write_bytes(BODY)
    starts = WorkerStarts(
        "main",
        hub.entry,
        models_dir=hub.models_dir,
        runtime_dir=hub.models_dir / "run",
        options=DEFAULT_MODEL_OPTIONS,
    )

    with pytest.raises(ModelMissingError, match="run 'nanobot setup'"):
        await starts.start()


@pytest.mark.parametrize(
    ("status", "words"), [(401, "accept its terms"), (404, "answered 404"), (503, "answered 503")]
)
def test_a_hub_that_refuses_is_told_in_words(hub: Hub, status: int, words: str) -> None:
    hub.faults.hub_status = status

    with pytest.raises(DownloadError, match=words):
        locate(hub.source, "tiny", hub_settings({"HF_ENDPOINT": hub.faults.url}), NETWORK)


def test_a_hub_that_is_switched_off_is_not_asked(hub: Hub) -> None:
    settings = hub_settings({"HF_ENDPOINT": hub.faults.url, "HF_HUB_OFFLINE": "1"})

    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE is set"):
        locate(hub.source, "tiny", settings, NETWORK)

    assert hub.faults.tokens == []


def test_damaged_pins_are_left_out(tmp_path: Path) -> None:
    pins = Pins(tmp_path)
    right = '"a": {"sha256": "' + "0" * 64 + '", "size_bytes": 1, "source": "s"}'
    pins.path.write_text('{"version": 1, "pins": {' + right + ', "b": {"sha256": "no"}}}')
    assert list(pins.all()) == ["a"]

    for text in ("", "[]", '{"pins": 1}', "\x00"):
        pins.path.write_text(text)
        assert pins.all() == {}
