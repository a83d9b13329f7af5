"""Paths are resolved beneath the root, by the kernel and by walking alike."""

import errno
import os
from pathlib import Path

import pytest

from nanobot_engine.edit import beneath
from nanobot_engine.edit.beneath import open_beneath, open_folder, read_beneath
from nanobot_engine.edit.errors import SourceUnreadableError


@pytest.fixture(params=["kernel", "walk"])
def resolution(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with and, as on another system, without `openat2`."""
    if request.param == "walk":
        monkeypatch.setattr(beneath._Openat2, "is_available", False)
    return str(request.param)


def check_open(root: Path, *parts: str) -> bytes:
    with open_folder(root) as root_fd:
        descriptor = open_beneath(root_fd, parts, os.O_RDONLY)
        try:
            return os.read(descriptor, 100)
        finally:
            os.close(descriptor)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_is_opened_at_any_depth(root: Path, resolution: str) -> None:
    folder = root / "a" / "b" / "c"
    folder.mkdir(parents=True)
    (folder / "d.py").write_bytes(b"x")

    assert check_open(root, "a", "b", "c", "d.py") == b"x"


def test_the_root_itself_may_be_a_link(root: Path, tmp_path: Path, resolution: str) -> None:
    (root / "a.py").write_bytes(b"x")
    (tmp_path / "link").symlink_to(root)

    assert check_open(tmp_path / "link", "a.py") == b"x"


@pytest.mark.parametrize("parts", [("link.py",), ("folder", "a.py"), ("folder", "deep", "a.py")])
def test_no_component_may_be_a_link(
    root: Path, tmp_path: Path, resolution: str, parts: tuple[str, ...]
) -> None:
    outside = tmp_path / "outside" / "deep"
    outside.mkdir(parents=True)
    (outside / "a.py").write_bytes(b"secret")
    (outside.parent / "a.py").write_bytes(b"secret")
    (root / "link.py").symlink_to(outside / "a.py")
    (root / "folder").symlink_to(outside.parent)
    count = open_descriptors()

    with pytest.raises(OSError, match=r"Too many levels|Not a directory"):
        check_open(root, *parts)

    assert open_descriptors() == count


def test_a_missing_file_is_said_to_be_missing(root: Path, resolution: str) -> None:
    with pytest.raises(FileNotFoundError):
        check_open(root, "folder", "a.py")


def test_the_walk_does_not_climb(root: Path, resolution: str) -> None:
    # Both `..` and `.` are refused earlier, by `checked_parts`; the kernel does again.
    if resolution == "walk":
        return
    with pytest.raises(OSError, match="cross-device") as caught:
        check_open(root, "..", root.name)
    assert caught.value.errno == errno.EXDEV


def test_a_name_that_is_not_unicode_is_opened(root: Path, resolution: str) -> None:
    name = os.fsdecode(b"\xff.py")
    (root / name).write_bytes(b"x")

    assert read_beneath(root, name, size_bytes_max=10)[0] == b"x"


def test_a_missing_root_is_unreadable(root: Path, resolution: str) -> None:
    with pytest.raises(SourceUnreadableError, match=r"^a\.py: No such file"):
        read_beneath(root / "missing", "a.py", size_bytes_max=10)


def test_a_device_is_not_read(root: Path, resolution: str) -> None:
    with pytest.raises(SourceUnreadableError, match="zero: is not a regular file"):
        read_beneath(Path("/dev"), "zero", size_bytes_max=10)
