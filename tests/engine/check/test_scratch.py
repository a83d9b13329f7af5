"""The copy that code runs in."""

import os
from pathlib import Path

import pytest

from nanobot_engine.check import ScratchError, scratch_workspace
from nanobot_engine.check import scratch as scratch_module


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_regular_files_are_copied_and_what_is_private_or_leads_out_is_not(tmp_path: Path) -> None:
    root = tmp_path / "code"
    for path in (
        "a.py",
        "data/b.bin",
        ".git/config",
        ".venv/bin/x",
        "pkg/__pycache__/a.pyc",
        ".env",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    (root / "a.py").chmod(0o555)
    (root / "link.py").symlink_to("/etc/hostname")
    (root / "folder").symlink_to("/etc")
    os.mkfifo(root / "pipe")

    with scratch_workspace(root) as scratch:
        assert names(scratch.folder) == [".scratch-home", "a.py", "data", "data/b.bin", "pkg"]
        assert (scratch.folder / "a.py").stat().st_mode & 0o777 == 0o755

    assert not scratch.folder.exists()


def test_files_are_written_and_removed_with_their_folders(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/a.py").write_bytes(b"a")

    with scratch_workspace(tmp_path) as scratch:
        scratch.write({"pkg/a.py": None, "new/deep/b.py": b"b"})

        assert names(scratch.folder) == [".scratch-home", "new", "new/deep", "new/deep/b.py"]
    assert (tmp_path / "pkg/a.py").read_bytes() == b"a"


def test_a_large_workspace_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch_module, "SIZE_BYTES_MAX", 3)
    (tmp_path / "a.py").write_bytes(b"four")

    with (
        pytest.raises(ScratchError, match="is too large for a scratch copy"),
        scratch_workspace(tmp_path),
    ):
        pass


def test_a_full_disk_is_said_and_judges_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"a")

    with scratch_workspace(tmp_path) as scratch:
        (scratch.folder / "a.py").unlink()
        (scratch.folder / "a.py").symlink_to("/dev/full")
        with pytest.raises(ScratchError, match="can not be written: No space left on device"):
            scratch.write({"a.py": b"b"})


def test_a_copy_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch_workspace(tmp_path) as scratch:
        scratch.check_space()
        monkeypatch.setattr(scratch_module, "FREE_BYTES_MIN", 1 << 62)
        with pytest.raises(ScratchError, match="the disk of the scratch copy is full"):
            scratch.check_space()
