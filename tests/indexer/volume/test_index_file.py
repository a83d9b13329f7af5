import os
from pathlib import Path

import pytest

from nanobot_indexer import VolumeCorruptError
from nanobot_indexer.errors import IndexUnreadableError
from nanobot_indexer.volume.index_file import index_file
from support.shortage import descriptors_used_up


def test_a_file_is_open_inside_of_the_block(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    with index_file(tmp_path / "a") as (fd, status):
        assert (os.read(fd, 9), status.st_size) == (b"abc", 3)

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_no_file_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), index_file(tmp_path / "a"):
        pass


@pytest.mark.timeout(10)
@pytest.mark.parametrize("kind", ["folder", "link", "fifo"])
def test_what_is_no_file_is_damage(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    (tmp_path / "b").write_bytes(b"abc")
    match kind:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "b")
        case "fifo":
            os.mkfifo(path)

    with pytest.raises(VolumeCorruptError), index_file(path):
        pass


def test_a_process_without_descriptors_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    with (
        descriptors_used_up(),
        pytest.raises(IndexUnreadableError, match=r"Too many open files.*the index is kept"),
        index_file(tmp_path / "a"),
    ):
        pass
