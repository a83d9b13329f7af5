import os
import shutil
import stat
from pathlib import Path

import pytest

from nanobot_indexer import IndexWriteError
from nanobot_indexer.volume.publish import PendingFile


def test_a_file_appears_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with PendingFile(path) as file:
        file.write(b"world", offset=6)
        file.write(b"hello ", offset=0)
        assert not path.exists()
        file.publish()

    assert path.read_bytes() == b"hello world"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_unpublished_file_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with PendingFile(path) as file:
        file.write(b"new", offset=0)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_keeps_what_it_opened(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with path.open("rb") as reader:
        with PendingFile(path) as file:
            file.write(b"new", offset=0)
            file.publish()

        assert reader.read() == b"old"
    assert path.read_bytes() == b"new"


def test_a_temporary_file_that_exists_is_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    (tmp_path / "x.tmp").symlink_to(target)

    with pytest.raises(IndexWriteError, match="File exists"):
        PendingFile(tmp_path / "x")

    assert target.read_bytes() == b"precious"


def test_a_folder_that_is_gone_is_an_index_write_error(tmp_path: Path) -> None:
    with pytest.raises(IndexWriteError) as caught:
        PendingFile(tmp_path / "gone" / "x")

    assert caught.value.reason == os.strerror(2)


def test_what_can_not_be_removed_does_not_hide_what_went_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    file = PendingFile(folder / "x")
    shutil.rmtree(folder)
    folder.write_text("a file now")

    with pytest.raises(IndexWriteError, match="Not a directory"), file:
        file.publish()

    assert folder.read_text() == "a file now"
