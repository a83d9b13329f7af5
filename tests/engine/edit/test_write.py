"""The write gateway, with faults."""

import errno
import hashlib
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nanobot_engine.edit import beneath
from nanobot_engine.edit.errors import (
    ApplyError,
    BaseChangedError,
    HardLinkError,
    PathRefusedError,
    WriteError,
)
from nanobot_engine.edit.write import remove_temporary_files, write_file_beneath

OLD, NEW = b"x = 1\n", b"x = 2\n" * 1000
RACE_WRITES = 2000


@pytest.fixture(autouse=True, params=["kernel", "walk"])
def resolution(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with and, as on another system, without `openat2`."""
    if request.param == "walk":
        monkeypatch.setattr(beneath._Openat2, "is_available", False)


@pytest.fixture
def file(root: Path) -> Path:
    (root / "package").mkdir()
    file = root / "package" / "a.py"
    file.write_bytes(OLD)
    return file


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write(root: Path, path: str = "package/a.py", expected: bytes = OLD) -> None:
    write_file_beneath(root, path, NEW, expected_sha256=sha256(expected))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def test_the_file_is_replaced_and_nothing_else(root: Path, file: Path) -> None:
    write(root)

    assert snapshot(root) == {"package/a.py": NEW}


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o2664, 0o200])
def test_mode_and_owner_are_kept(root: Path, file: Path, mode: int) -> None:
    if os.geteuid() == 0:
        os.chown(file, 12345, 23456)
    file.chmod(mode)
    before = file.stat()

    write(root)

    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_extended_attributes_are_kept(root: Path, file: Path) -> None:
    # A file system without them has nothing to keep, and the write must do all the same.
    with suppress(OSError):
        os.setxattr(file, "user.note", b"mine")
    before = {name: os.getxattr(file, name) for name in os.listxattr(file)}

    write(root)

    assert {name: os.getxattr(file, name) for name in os.listxattr(file)} == before
    assert file.read_bytes() == NEW


def test_a_name_of_255_bytes_is_written(root: Path) -> None:
    name = "a" * 252 + ".py"
    (root / name).write_bytes(OLD)

    write(root, name)

    assert snapshot(root) == {name: NEW}


def test_a_changed_file_is_not_written(root: Path, file: Path) -> None:
    file.write_bytes(OLD + b"# mine\n")

    with pytest.raises(BaseChangedError) as caught:
        write(root)

    assert str(caught.value) == (
        "package/a.py: changed since the edit was verified; nothing was written"
    )
    assert snapshot(root) == {"package/a.py": OLD + b"# mine\n"}


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "link", "parent link", "no parent"])
def test_what_is_no_plain_file_is_not_written(
    root: Path, file: Path, tmp_path: Path, kind: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_bytes(OLD)
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "link":
        file.symlink_to(outside / "a.py")
    elif kind == "parent link":
        file.parent.rmdir()
        file.parent.symlink_to(outside)
    elif kind == "no parent":
        file.parent.rmdir()

    with pytest.raises(BaseChangedError):
        write(root)

    assert snapshot(tmp_path) == {"outside/a.py": OLD}


def test_a_hard_link_is_not_torn(root: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "other.py").hardlink_to(file)

    with pytest.raises(HardLinkError, match="has 2 hard links"):
        write(root)

    assert snapshot(tmp_path) == {"other.py": OLD, "workspace/package/a.py": OLD}


def test_a_read_only_file_is_not_written(root: Path, file: Path) -> None:
    file.chmod(0o444)

    with pytest.raises(WriteError, match="is read-only; nothing was written"):
        write(root)

    assert snapshot(root) == {"package/a.py": OLD}


@pytest.mark.parametrize("path", ["../outside.py", "/etc/hostname", "package/../package/a.py", ""])
def test_a_path_that_climbs_is_refused(root: Path, file: Path, path: str) -> None:
    with pytest.raises(PathRefusedError):
        write(root, path)


# Every call that may fail between the first and the last. The kind of failure is
# the operating system's; only the moment is ours.
FAULTS = {
    "open": (os, [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EMFILE]),
    "write": (os, [errno.ENOSPC, errno.EDQUOT, errno.EIO]),
    "read": (os, [errno.EIO]),
    "fstat": (os, [errno.EIO]),
    "fchmod": (os, [errno.EPERM]),
    "fsync": (os, [errno.EIO, errno.ENOSPC]),
    "rename": (os, [errno.EACCES, errno.EROFS, errno.ENOSPC]),
}


class FailingCall:
    """Stands for a function of `os` and fails at its n-th call."""

    def __init__(self, real: Callable[..., Any], *, fail_at: int, number: int) -> None:
        self._real = real
        self._fail_at = fail_at
        self._number = number
        self.calls = 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.calls += 1
        if self.calls == self._fail_at:
            raise OSError(self._number, os.strerror(self._number))
        return self._real(*arguments, **options)


@pytest.mark.parametrize("name", FAULTS)
def test_every_failure_leaves_the_old_or_the_new_file_and_no_other(
    root: Path, file: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, numbers = FAULTS[name]
    failures = 0
    for number in numbers:
        for fail_at in range(1, 20):
            file.write_bytes(OLD)
            call = FailingCall(getattr(module, name), fail_at=fail_at, number=number)
            with monkeypatch.context() as patched:
                patched.setattr(module, name, call)
                error = _error_of(root)
            if call.calls < fail_at:
                assert error is None
                break
            failures += 1
            content = file.read_bytes()
            assert snapshot(root) == {"package/a.py": content}
            assert error is not None
            assert str(error).startswith("package/a.py: ")
            # The one failure after the rename says that it was too late.
            assert content == (NEW if "was replaced" in str(error) else OLD)
    assert failures >= len(numbers)


def _error_of(root: Path) -> ApplyError | None:
    try:
        write(root)
    except ApplyError as error:
        return error
    return None


def test_a_short_write_is_continued(
    root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:7]))

    write(root)

    assert file.read_bytes() == NEW


def test_an_interrupt_leaves_no_temporary_file(
    root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)

    with pytest.raises(KeyboardInterrupt):
        write(root)

    assert snapshot(root) == {"package/a.py": OLD}


def test_the_file_and_then_its_folder_are_synced(
    root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    real_fsync, real_rename = os.fsync, os.rename

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        events.append(f"sync {kind}")
        real_fsync(descriptor)

    def rename(*arguments: Any, **options: Any) -> None:
        events.append("rename")
        real_rename(*arguments, **options)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)

    write(root)

    assert events == ["sync file", "rename", "sync folder"]


def test_a_change_while_the_new_bytes_are_written_is_seen(
    root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        # An editor saves by rename, in the last moment.
        (root / "saved").write_bytes(b"mine\n")
        (root / "saved").rename(file)

    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(BaseChangedError):
        write(root)

    assert snapshot(root) == {"package/a.py": b"mine\n"}


def test_left_over_temporary_files_of_one_path_are_removed(root: Path, file: Path) -> None:
    digest = sha256(b"a.py")[:16]
    ours = [f".nanobot-{digest}-0123abcd.tmp", f".nanobot-{digest}-ffffffff.tmp"]
    others = [f".nanobot-{'0' * 16}-0123abcd.tmp", f".nanobot-{digest}-note.tmp", "a.py.tmp"]
    for name in ours + others:
        (file.parent / name).write_bytes(b"")

    removed = remove_temporary_files(root, "package/a.py")

    assert removed == 2
    assert {path.name for path in file.parent.iterdir()} == {"a.py", *others}
    assert remove_temporary_files(root, "gone/a.py") == 0


@pytest.fixture
def short_switches() -> Iterator[None]:
    """Switch threads often, so that both sides of a race really interleave."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("short_switches")
def test_a_folder_that_turns_into_a_link_never_leads_outside(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_bytes(OLD)
    (root / "real").mkdir()
    (root / "real" / "a.py").write_bytes(OLD)
    (root / "trap").symlink_to(outside)
    (root / "real").rename(root / "package")
    stopping = threading.Event()
    # About as long as one write: so some end before the folder is gone, some after.
    pause_s = 0.0002

    def flip() -> None:
        while not stopping.is_set():
            (root / "package").rename(root / "real")
            (root / "trap").rename(root / "package")
            time.sleep(pause_s)
            (root / "package").rename(root / "trap")
            (root / "real").rename(root / "package")
            time.sleep(pause_s)

    # The disk is not what is tested here, and 2000 real syncs take minutes.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    attacker = threading.Thread(target=flip)
    attacker.start()
    written = refused = 0
    try:
        for number in range(RACE_WRITES):
            data = b"# %d\n" % number
            try:
                write_file_beneath(root, "package/a.py", data, expected_sha256=sha256(OLD))
                written += 1
                _put_back(root, data)
            except ApplyError:
                refused += 1
    finally:
        stopping.set()
        attacker.join()

    assert snapshot(outside) == {"a.py": OLD}
    assert [path.name for path in outside.iterdir()] == ["a.py"]
    assert written + refused == RACE_WRITES
    # Without both outcomes nothing raced.
    assert written > 0
    assert refused > 0


def _put_back(root: Path, data: bytes) -> None:
    """Write the old bytes again, wherever the folder is at this moment."""
    while True:
        try:
            write_file_beneath(root, "package/a.py", OLD, expected_sha256=sha256(data))
        except ApplyError:
            continue
        return
