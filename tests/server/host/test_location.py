from pathlib import Path

import pytest

from nanobot_server.host.errors import RuntimeFolderError
from nanobot_server.host.location import (
    host_lock_path,
    ledger_path,
    socket_path,
    state_dir,
    workspace_key,
)


def test_a_path_too_long_for_a_socket_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("d" * 100)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))

    with pytest.raises(RuntimeFolderError, match="too long for a socket; set XDG_RUNTIME_DIR"):
        socket_path(tmp_path)


def test_every_spelling_of_a_workspace_has_one_host(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "ws")

    keys = {workspace_key(tmp_path / name) for name in ("ws", "link", "ws/../ws")}

    assert len(keys) == 1
    assert keys != {workspace_key(tmp_path)}


def test_the_state_folder_ignores_itself(tmp_path: Path) -> None:
    assert state_dir(tmp_path) == tmp_path / ".nanobot"
    assert (tmp_path / ".nanobot" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / ".nanobot").stat().st_mode & 0o777 == 0o700


def test_a_workspace_does_not_choose_where_nanobot_writes(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    workspace = tmp_path / "ws"
    workspace.mkdir()
    (workspace / ".nanobot").symlink_to(outside)

    with pytest.raises(RuntimeFolderError, match="it is not a folder; move it away"):
        state_dir(workspace)

    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "path_of"), [("host.lock", host_lock_path), ("ledger.db", ledger_path)]
)
def test_a_link_in_the_state_folder_is_not_followed(
    tmp_path: Path, name: str, path_of: type[Path]
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (state_dir(tmp_path) / name).symlink_to(mine)

    with pytest.raises(RuntimeFolderError, match="it is a link; remove it"):
        path_of(tmp_path)


def test_the_ignore_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / ".nanobot").mkdir()
    (tmp_path / ".nanobot" / ".gitignore").symlink_to(tmp_path / "new")

    state_dir(tmp_path)

    assert not (tmp_path / "new").exists()
