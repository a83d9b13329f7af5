import os
from pathlib import Path

import pytest

from nanobot_server.channel.runtime_folder import private_folder, runtime_dir
from nanobot_server.host.errors import RuntimeFolderError


def check_refused(folder: Path, reason: str, *, uid: int | None = None) -> None:
    with pytest.raises(RuntimeFolderError) as caught:
        private_folder(folder, uid=os.getuid() if uid is None else uid)
    assert str(caught.value).startswith(f"{folder}: {reason}; ")


def test_a_private_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "a" / "b", uid=os.getuid())

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_too_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)

    assert private_folder(folder, uid=os.getuid()).stat().st_mode & 0o777 == 0o700


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    check_refused(tmp_path, "it belongs to another user", uid=os.getuid() + 1)


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    check_refused(tmp_path / "link", "it is not a folder")


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    check_refused(tmp_path / "file", "it is not a folder")
    check_refused(tmp_path / "file" / "below", "Not a directory")


def test_the_runtime_folder_is_below_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_dir() == tmp_path / "nanobot"

    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert runtime_dir() == tmp_path / "home" / ".local" / "state" / "nanobot"
