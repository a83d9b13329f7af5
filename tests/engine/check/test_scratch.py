"""The copy that code runs in."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_engine.check import ScratchError, ScratchWorkspace, scratch_workspace
from nanobot_engine.check import scratch as scratch_module
from nanobot_engine.check.scratch_folder import remove_tree


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
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        try:
            with pytest.raises(ScratchError, match="can not be written: File too large"):
                scratch.write({"a.py": b"b" * 11})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_copy_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch_workspace(tmp_path) as scratch:
        scratch.check_space()
        monkeypatch.setattr(scratch_module, "FREE_BYTES_MIN", 1 << 62)
        with pytest.raises(ScratchError, match="the disk of the scratch copy is full"):
            scratch.check_space()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Return a file of the user that nobody may change."""
    (tmp_path / "user").mkdir()
    found = tmp_path / "user/a.py"
    found.write_bytes(b"of the user")
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "code"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg/a.py").write_bytes(b"a")
    (root / "run.sh").write_bytes(b"#!/bin/sh")
    (root / "run.sh").chmod(0o755)
    return root


def ran(scratch: ScratchWorkspace, act: Callable[[], object], what: str) -> None:
    """Do something to the copy, as a program that runs there may."""
    scratch.answered([what], [], lambda: [str(act())])


@pytest.mark.parametrize("kind", ["file", "folder", "hard link", "home"])
def test_nothing_is_written_through_a_link(root: Path, outside: Path, kind: str) -> None:
    with scratch_workspace(root) as scratch:
        copy = scratch.folder / "pkg/a.py"

        def plant() -> None:
            if kind == "folder":
                shutil.rmtree(copy.parent)
                copy.parent.symlink_to(outside.parent)
            elif kind == "home":
                shutil.rmtree(scratch.home)
                scratch.home.symlink_to(outside.parent)
            else:
                copy.unlink()
                copy.hardlink_to(outside) if kind == "hard link" else copy.symlink_to(outside)

        plant()
        scratch.write({"pkg/a.py": b"of the change"})
        assert copy.read_bytes() == b"of the change"
        scratch.write_home("a.py", b"of a check")
        scratch.write({"pkg/a.py": None})
        assert not copy.exists()

    assert outside.read_bytes() == b"of the user"


def test_what_a_program_left_is_gone_before_the_next(root: Path, outside: Path) -> None:
    with scratch_workspace(root) as scratch:
        scratch.write({"pkg/b.py": b"b", "run.sh": b"#!/bin/bash"})
        at_first = names(scratch.folder)

        def spoil() -> None:
            folder = scratch.folder
            (folder / "run.sh").write_bytes(b"#!/bin/evil")
            (folder / "run.sh").chmod(0o600)
            (folder / "pkg/a.py").unlink()
            (folder / "pkg/b.py").write_bytes(b"c")
            (folder / "pkg/link").symlink_to(outside.parent)
            (folder / "new/deep").mkdir(parents=True)
            (folder / "new/deep/file").write_bytes(b"")
            (folder / "new/deep").chmod(0)
            (scratch.home / "state").write_bytes(b"")
            (scratch.home / "mypy").mkdir()
            (folder / "pkg").chmod(0)

        ran(scratch, spoil, "spoil")
        scratch.write({})

        assert names(scratch.folder) == sorted([*at_first, ".scratch-home/mypy"])
        assert (scratch.folder / "run.sh").read_bytes() == b"#!/bin/bash"
        assert (scratch.folder / "run.sh").stat().st_mode & 0o777 == 0o755
        assert (scratch.folder / "pkg/a.py").read_bytes() == b"a"
        assert (scratch.folder / "pkg/b.py").read_bytes() == b"b"
    assert outside.exists()
    assert not scratch.folder.exists()


def test_a_program_that_removes_everything_does_not_meet_itself(root: Path) -> None:
    def remove() -> None:
        for one in scratch.folder.iterdir():
            if one.is_dir():
                shutil.rmtree(one)
            else:
                one.unlink()

    with scratch_workspace(root) as scratch:
        at_first = names(scratch.folder)

        ran(scratch, remove, "remove")
        scratch.write({})

        assert names(scratch.folder) == at_first


def test_an_untouched_file_is_not_written_again(root: Path) -> None:
    with scratch_workspace(root) as scratch:
        before = (scratch.folder / "pkg/a.py").stat()
        ran(scratch, (scratch.folder / "pkg/new").touch, "touch")
        scratch.write({})

        assert (scratch.folder / "pkg/a.py").stat() == before


def test_a_text_that_changed_in_the_workspace_can_not_be_put_back(root: Path) -> None:
    with scratch_workspace(root) as scratch:
        ran(scratch, (scratch.folder / "pkg/a.py").unlink, "unlink")
        (root / "pkg/a.py").write_bytes(b"of the user, meanwhile")

        with pytest.raises(ScratchError, match=r"pkg/a\.py: changed while checks ran"):
            scratch.write({})


_HOLDER = """
import sys, tempfile, time
from pathlib import Path
from nanobot_engine.check import scratch_workspace
tempfile.tempdir = sys.argv[2]
with scratch_workspace(Path(sys.argv[1])) as scratch:
    print(scratch.folder, flush=True)
    time.sleep(60)
"""


def test_a_copy_that_a_killed_program_left_is_removed_by_the_next(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    command = [sys.executable, "-c", _HOLDER, str(root), str(temporary)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        left = Path(holder.stdout.readline().strip())
        long_ago = time.time() - 1_000
        os.utime(left, (long_ago, long_ago))
        with scratch_workspace(root):
            assert left.exists(), "somebody uses it"
        holder.kill()
    os.utime(left, (long_ago, long_ago))

    with scratch_workspace(root):
        assert not left.exists()


def test_a_folder_that_forbids_it_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/file").touch()
    (folder / "deep").chmod(0)

    remove_tree(folder)

    assert not folder.exists()
