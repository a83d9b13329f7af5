"""Only the right bytes are opened, and hashing them again is saved only when safe."""

import hashlib
import os
from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import ModelEntry, load_catalogue
from nanobot_engine.model.errors import ChecksumError, ModelMissingError
from nanobot_engine.model.source.model_file import is_installed, open_verified

CONTENT = b"weights" * 1_000


@pytest.fixture
def entry() -> ModelEntry:
    digest = hashlib.sha256(CONTENT).hexdigest()
    changes = {"size_bytes": len(CONTENT), "sha256": digest}
    return load_catalogue().models[0].model_copy(update=changes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "model.gguf"
    found.write_bytes(CONTENT)
    return found


def check_open(path: Path, entry: ModelEntry) -> bytes:
    fd = open_verified(path, entry)
    with os.fdopen(fd, "rb") as file:
        return file.read()


def test_the_right_file_is_opened_from_its_beginning(path: Path, entry: ModelEntry) -> None:
    assert check_open(path, entry) == CONTENT
    assert check_open(path, entry) == CONTENT


def test_a_check_that_passed_is_remembered(path: Path, entry: ModelEntry) -> None:
    check_open(path, entry)
    record = path.with_name("model.gguf.verified")

    assert entry.pinned_sha256 in record.read_text()
    assert record.stat().st_mode & 0o777 == 0o600


def test_a_flipped_byte_is_found_though_the_time_was_set_back(
    path: Path, entry: ModelEntry
) -> None:
    check_open(path, entry)
    status = path.stat()
    path.write_bytes(b"W" + CONTENT[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    with pytest.raises(ChecksumError, match=f"expected {entry.sha256}"):
        check_open(path, entry)
    assert not is_installed(path, entry)


def test_another_file_in_its_place_is_found(path: Path, entry: ModelEntry) -> None:
    check_open(path, entry)
    other = path.with_name("other")
    other.write_bytes(b"W" + CONTENT[1:])
    other.replace(path)

    with pytest.raises(ChecksumError):
        check_open(path, entry)


def test_a_record_that_was_made_up_for_another_file_is_not_believed(
    path: Path, entry: ModelEntry
) -> None:
    check_open(path, entry)
    record = path.with_name("model.gguf.verified")
    for text in ("", "{}", "[1]", '{"sha256": "' + entry.pinned_sha256 + '"}', "\x00" * 5_000):
        record.write_text(text)
        path.write_bytes(b"W" + CONTENT[1:])

        with pytest.raises(ChecksumError):
            check_open(path, entry)


def test_a_file_that_changes_after_it_was_opened_is_not_what_was_opened(
    path: Path, entry: ModelEntry
) -> None:
    fd = open_verified(path, entry)
    other = path.with_name("other")
    other.write_bytes(b"swapped")
    other.replace(path)

    with os.fdopen(fd, "rb") as file:
        assert file.read() == CONTENT


def test_a_shorter_file_is_refused_without_hashing(path: Path, entry: ModelEntry) -> None:
    path.write_bytes(CONTENT[:-1])

    with pytest.raises(ChecksumError, match="6999 instead of 7000 bytes"):
        check_open(path, entry)


def test_what_is_no_file_is_missing(path: Path, entry: ModelEntry) -> None:
    with pytest.raises(ModelMissingError, match="run 'nanobot setup'"):
        check_open(path.with_name("none"), entry)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ModelMissingError):
        check_open(path, entry)
    assert not is_installed(path, entry)
