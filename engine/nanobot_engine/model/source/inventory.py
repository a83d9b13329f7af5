"""What is in the models folder, and what of it nanobot may take away again."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import Catalogue, CatalogueEntry, FileSource
from nanobot_engine.model.errors import ModelInUseError, NotOurFileError
from nanobot_engine.model.source.draft_file import DRAFTS_FOLDER
from nanobot_engine.model.source.file_lock import locked_now
from nanobot_engine.model.source.model_file import has_record, is_installed, record_path
from nanobot_engine.model.source.pins import Pin, Pins, pinned

_BLOCK_BYTES: Final = 512


class FileState(StrEnum):
    """What a model file is."""

    VERIFIED = "verified"
    """There, with the right sha256."""
    DAMAGED = "damaged"
    """There, with other bytes."""
    UNPINNED = "not pinned"
    """There, but nobody fetched it, so nobody knows which bytes are right."""
    PARTIAL = "partial"
    """A fetch has begun."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model, and what of it is on the disk."""

    entry: CatalogueEntry
    """With the hash and the size it was pinned with."""
    path: Path
    state: FileState
    is_own: bool
    """A file of the user's own, which is used where it is."""
    pin: Pin | None
    """Of a model that the catalogue has no sha256 of."""
    disk_bytes: int
    """What the file and its records take; 0 for a file of the user's own."""
    draft_bytes: int
    """What a fetch that has begun takes."""


def inventory(catalogue: Catalogue, models_dir: Path) -> list[StoredModel]:
    """Look at every model of the catalogue.

    A file that was never checked is read once, which takes about a second per gigabyte.
    """
    pins = Pins(models_dir).all()
    return [
        _stored(entry, models_dir, pins.get(entry.name))
        for entry in (*catalogue.models, *catalogue.embedders)
    ]


def foreign_files(catalogue: Catalogue, models_dir: Path) -> list[Path]:
    """Return the model files in the folder that the catalogue knows nothing about."""
    known = {entry.file_name for entry in (*catalogue.models, *catalogue.embedders)}
    suffixes = {entry.suffix for entry in (*catalogue.models, *catalogue.embedders)}
    if not models_dir.is_dir():
        return []
    return sorted(
        path
        for path in models_dir.iterdir()
        if path.suffix in suffixes and path.name not in known and path.is_file()
    )


def remove_model(entry: CatalogueEntry, models_dir: Path) -> int:
    """Remove a model that was fetched: its file, its records, its drafts and its pin.

    Returns:
        How many bytes of the disk that frees.

    Raises:
        NotOurFileError: nanobot did not bring it here; nothing was removed.
        ModelInUseError: It is being fetched now; nothing was removed.
    """
    path = entry.path_in(models_dir)
    if is_own(entry):
        raise NotOurFileError(path, "it is a file of your own, used where it is")
    if not models_dir.is_dir():
        return 0
    drafts = models_dir / DRAFTS_FOLDER
    drafts.mkdir(exist_ok=True, mode=0o700)
    with locked_now(drafts / f"{entry.name}.lock") as is_free:
        if not is_free:
            raise ModelInUseError(entry.name)
        if path.exists() or path.is_symlink():
            _require_ours(path, entry)
        freed = _disk_bytes(path, record_path(path)) + _folder_bytes(models_dir, entry)
        for file in (path, record_path(path)):
            file.unlink(missing_ok=True)
        if (drafts / entry.name).is_dir():
            shutil.rmtree(drafts / entry.name)
        Pins(models_dir).remove(entry.name)
    return freed


def is_own(entry: CatalogueEntry) -> bool:
    """Tell whether a model is a file of the user's own, at a path of his."""
    return any(isinstance(source, FileSource) and source.path for source in entry.sources)


def _stored(entry: CatalogueEntry, models_dir: Path, pin: Pin | None) -> StoredModel:
    path = entry.path_in(models_dir)
    draft_bytes = _folder_bytes(models_dir, entry)
    entry = pinned(entry, models_dir)
    if not path.is_file():
        state = FileState.PARTIAL if draft_bytes else FileState.MISSING
    elif entry.sha256 is None:
        state = FileState.UNPINNED
    else:
        state = FileState.VERIFIED if is_installed(path, entry) else FileState.DAMAGED
    return StoredModel(
        entry=entry,
        path=path,
        state=state,
        is_own=is_own(entry),
        pin=pin,
        disk_bytes=0 if is_own(entry) else _disk_bytes(path, record_path(path)),
        draft_bytes=draft_bytes,
    )


def _require_ours(path: Path, entry: CatalogueEntry) -> None:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise NotOurFileError(path, "it is no file")
    # A damaged one was ours if it was checked once.
    if not (is_installed(path, entry) or has_record(path)):
        raise NotOurFileError(path, "its bytes are not those of this model")


def _folder_bytes(models_dir: Path, entry: CatalogueEntry) -> int:
    return _disk_bytes(*_files_below(models_dir / DRAFTS_FOLDER / entry.name))


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _disk_bytes(*paths: Path) -> int:
    total = 0
    for path in paths:
        try:
            total += path.lstat().st_blocks * _BLOCK_BYTES
        except OSError:
            continue
    return total
