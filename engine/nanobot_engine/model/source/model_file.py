"""Open a model file only if its bytes are the catalogue's.

Hashing a gigabyte takes seconds, so a passed check is written to a small file beside
the model, keyed by what changes when somebody writes to it. The descriptor that was
checked is the one that is loaded: a file swapped afterwards changes nothing.
"""

import hashlib
import json
import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import CatalogueEntry
from nanobot_engine.model.errors import ChecksumError, ModelMissingError, UnpinnedModelError
from nanobot_engine.model.source.pins import pinned

log = logging.getLogger(__name__)

_CHUNK_BYTES: Final = 1 << 20
_RECORD_BYTES_MAX: Final = 4_096


def open_verified(path: Path, entry: CatalogueEntry) -> int:
    """Open a model file for reading and check its sha256, or that it was checked before.

    Returns:
        A descriptor, which the caller closes.

    Raises:
        ModelMissingError: No such file.
        UnpinnedModelError: Nobody knows yet which bytes are right.
        ChecksumError: Other bytes than the catalogue pins.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ModelMissingError(entry.name, path) from error
    try:
        _check(fd, path, pinned(entry, path.parent))
    except BaseException:
        os.close(fd)
        raise
    return fd


def is_installed(path: Path, entry: CatalogueEntry) -> bool:
    """Say whether `open_verified` would succeed."""
    try:
        os.close(open_verified(path, entry))
    except (ModelMissingError, UnpinnedModelError):
        return False
    except ChecksumError as error:
        log.warning("model file is damaged: path=%s reason=%s", path, error)
        return False
    return True


def hash_file(fd: int, on_bytes: Callable[[int], None]) -> str:
    """Return the sha256 of a file from its beginning, in hex.

    Args:
        fd: Its position does not matter and is not moved.
        on_bytes: Gets the count of bytes hashed so far; may raise to stop.
    """
    digest = hashlib.sha256()
    offset = 0
    while chunk := os.pread(fd, _CHUNK_BYTES, offset):
        digest.update(chunk)
        offset += len(chunk)
        on_bytes(offset)
    return digest.hexdigest()


def remember_verified(fd: int, path: Path, sha256: str) -> None:
    """Write down that the file behind `fd`, named `path`, has this sha256."""
    record = {"sha256": sha256, **_identity(os.fstat(fd))}
    draft = path.with_name(f"{path.name}.verified.{os.getpid()}")
    try:
        draft.write_text(json.dumps(record), encoding="ascii")
        draft.chmod(0o600)
        draft.replace(record_path(path))
    except OSError as error:  # A read-only folder: the next start hashes again.
        log.info("verification not remembered: path=%s reason=%s", path, error)


def _check(fd: int, path: Path, entry: CatalogueEntry) -> None:
    sha256 = entry.pinned_sha256
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise ModelMissingError(entry.name, path)
    if status.st_size != entry.size_bytes:
        actual = f"that of another file, {status.st_size} instead of {entry.size_bytes} bytes"
        raise ChecksumError(path.name, sha256, actual)
    if _remembered(path) == {"sha256": sha256, **_identity(status)}:
        return
    actual = hash_file(fd, lambda _done: None)
    if actual != sha256:
        raise ChecksumError(path.name, sha256, actual)
    # The identity from before hashing would do too, unless somebody wrote meanwhile.
    if _identity(os.fstat(fd)) == _identity(status):
        remember_verified(fd, path, actual)


def _identity(status: os.stat_result) -> dict[str, int]:
    # The change time cannot be set back by `touch`, unlike the modification time.
    return {
        "device": status.st_dev,
        "inode": status.st_ino,
        "size_bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
    }


def record_path(path: Path) -> Path:
    """Return where it is written down that a model file was checked."""
    return path.with_name(f"{path.name}.verified")


def has_record(path: Path) -> bool:
    """Tell whether a model file was right once: nanobot brought it, or has used it."""
    return record_path(path).is_file()


def _remembered(path: Path) -> object:
    try:
        with record_path(path).open("rb") as file:
            return json.loads(file.read(_RECORD_BYTES_MAX))
    except (OSError, ValueError):  # Missing or damaged: hash again.
        return None
