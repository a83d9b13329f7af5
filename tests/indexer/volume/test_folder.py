import os
import stat
from pathlib import Path

import pytest

from nanobot_indexer import IndexWriteError
from nanobot_indexer.volume.folder import (
    index_folder,
    lock_path,
    make_index_folder,
    memo_name,
    skipped_name,
    tables_name,
    volume_name,
)


def test_the_place_is_made_once_and_private(tmp_path: Path) -> None:
    first = make_index_folder(tmp_path)
    (first / "CACHEDIR.TAG").write_bytes(b"of the user")
    first.chmod(0o755)

    assert make_index_folder(tmp_path) == first == index_folder(tmp_path)
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700
    assert (first / "CACHEDIR.TAG").read_bytes() == b"of the user"
    assert (first.parent / ".gitignore").read_bytes() == b"*\n"
    assert lock_path(tmp_path).parent == first.parent


def test_names_sort_by_number() -> None:
    assert [volume_name(3), tables_name(3, 1)] == ["000003.volume", "000003-1.tables"]
    assert [memo_name(7), skipped_name(7)] == ["000007.memo", "000007-skipped.json"]


@pytest.mark.parametrize("place", [".nanobot", ".nanobot/index"])
def test_a_file_in_its_place_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("mine")

    with pytest.raises(IndexWriteError, match="is not a folder"):
        make_index_folder(tmp_path)
    assert (tmp_path / place).read_text() == "mine"


def test_links_to_the_small_files_are_not_written_through(tmp_path: Path) -> None:
    (tmp_path / ".nanobot").mkdir()
    (tmp_path / ".nanobot/.gitignore").symlink_to(tmp_path / "elsewhere")

    make_index_folder(tmp_path)

    assert not os.path.lexists(tmp_path / "elsewhere")


def test_small_files_that_a_power_cut_left_empty_are_written_again(tmp_path: Path) -> None:
    index = make_index_folder(tmp_path)
    small = [index.parent / ".gitignore", index / "CACHEDIR.TAG"]
    before = [path.read_bytes() for path in small]
    for path in small:
        path.write_bytes(b"")

    make_index_folder(tmp_path)

    assert [path.read_bytes() for path in small] == before
