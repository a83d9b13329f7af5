"""What there is, what it takes, and that only what nanobot brought is taken away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nanobot_engine.model.catalogue.catalogue import FileSource
from nanobot_engine.model.errors import ModelInUseError, NotOurFileError
from nanobot_engine.model.source.draft_file import DRAFTS_FOLDER, DraftFile
from nanobot_engine.model.source.file_lock import locked
from nanobot_engine.model.source.installation import install_models
from nanobot_engine.model.source.inventory import (
    FileState,
    foreign_files,
    inventory,
    remove_model,
)
from nanobot_engine.model.source.pins import Pin, Pins

if TYPE_CHECKING:
    from engine.model.conftest import Goods

    Stock = Callable[..., Goods]


def fetched(goods: Goods, folder: Path) -> Path:
    (done,) = install_models(
        ["tiny"],
        folder,
        progress=lambda _: None,
        cancelled=lambda: False,
        settings=goods.settings,
        catalogue=goods.catalogue,
    )
    return done.path


def state_of(goods: Goods, folder: Path) -> FileState:
    (stored,) = inventory(goods.catalogue, folder)
    return stored.state


def begun(goods: Goods, folder: Path) -> None:
    place = folder / DRAFTS_FOLDER / "tiny"
    place.mkdir(parents=True)
    regions = (goods.entry.size_bytes,)
    with DraftFile(place / "file.draft", regions=regions, identity="tiny") as draft:
        draft.put(0, goods.content[:1_000])


def test_a_model_is_missing_begun_verified_or_damaged(stock: Stock, tmp_path: Path) -> None:
    goods = stock("url")
    assert state_of(goods, tmp_path / "none") is FileState.MISSING

    begun(goods, tmp_path)
    assert state_of(goods, tmp_path) is FileState.PARTIAL

    path = fetched(goods, tmp_path)
    assert state_of(goods, tmp_path) is FileState.VERIFIED
    (stored,) = inventory(goods.catalogue, tmp_path)
    assert stored.disk_bytes >= len(goods.content)
    assert stored.draft_bytes == 0

    path.write_bytes(bytes(len(goods.content)))
    assert state_of(goods, tmp_path) is FileState.DAMAGED


def test_other_files_are_told_and_left(stock: Stock, tmp_path: Path) -> None:
    goods = stock("url")
    fetched(goods, tmp_path)
    (tmp_path / "mine.gguf").write_bytes(b"mine")
    (tmp_path / "notes.txt").write_bytes(b"mine")

    assert foreign_files(goods.catalogue, tmp_path) == [tmp_path / "mine.gguf"]
    assert foreign_files(goods.catalogue, tmp_path / "none") == []


def test_removing_frees_the_file_its_record_its_draft_and_its_pin(
    stock: Stock, tmp_path: Path
) -> None:
    goods = stock("url")
    fetched(goods, tmp_path)
    begun(goods, tmp_path)
    (tmp_path / "mine.gguf").write_bytes(b"mine")
    Pins(tmp_path).add("tiny", Pin(sha256="0" * 64, size_bytes=1, source="test"))

    freed = remove_model(goods.entry, tmp_path)

    assert freed >= 2 * len(goods.content)
    assert Pins(tmp_path).all() == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".download", ".pins.lock", "mine.gguf", "pins.json",
    ]  # fmt: skip
    assert remove_model(goods.entry, tmp_path) == 0
    assert remove_model(goods.entry, tmp_path / "none") == 0
    assert not (tmp_path / "none").exists()


def test_a_damaged_file_that_was_ours_is_removed(stock: Stock, tmp_path: Path) -> None:
    goods = stock("url")
    fetched(goods, tmp_path).write_bytes(b"damaged")

    assert remove_model(goods.entry, tmp_path) > 0


def test_a_file_that_nanobot_did_not_bring_is_not_removed(stock: Stock, tmp_path: Path) -> None:
    goods = stock("url")
    (tmp_path / "tiny.gguf").write_bytes(b"mine")

    with pytest.raises(NotOurFileError, match="not those of this model"):
        remove_model(goods.entry, tmp_path)

    assert (tmp_path / "tiny.gguf").read_bytes() == b"mine"


def test_a_link_or_a_folder_under_the_name_is_not_removed(stock: Stock, tmp_path: Path) -> None:
    goods = stock("url")
    path = fetched(goods, tmp_path)
    path.replace(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotOurFileError, match="it is no file"):
        remove_model(goods.entry, tmp_path)

    assert (tmp_path / "elsewhere").exists()


def test_a_file_of_the_user_is_not_removed(stock: Stock, tmp_path: Path) -> None:
    goods = stock("url")
    own = tmp_path / "own.gguf"
    own.write_bytes(goods.content)
    source = FileSource(kind="file", path=own)
    entry = goods.entry.model_copy(update={"sources": (source,)})

    with pytest.raises(NotOurFileError, match="a file of your own"):
        remove_model(entry, tmp_path)

    assert own.exists()


def test_a_model_that_is_being_fetched_is_not_removed(stock: Stock, tmp_path: Path) -> None:
    goods = stock("url")
    path = fetched(goods, tmp_path)
    lock = tmp_path / DRAFTS_FOLDER / "tiny.lock"
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(lock, lambda: False, "tiny"):
            is_held.set()
            is_over.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait(20)
    try:
        with pytest.raises(ModelInUseError, match="being fetched"):
            remove_model(goods.entry, tmp_path)
    finally:
        is_over.set()
        holder.join()
    assert path.exists()
