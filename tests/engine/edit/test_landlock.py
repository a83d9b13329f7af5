"""The kernel's wall around a write. Where it has none, there is nothing to test but the call."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_engine.edit.landlock import beneath_only
from nanobot_engine.landlock import landlock_version

IS_WALLED = landlock_version() > 0


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "kept").write_text("kept")
    (folder / "folder").mkdir()
    return folder


def _appends(root: Path, outside: Path) -> None:
    with (outside / "kept").open("a") as file:
        file.write("x")


ESCAPES: dict[str, Callable[[Path, Path], object]] = {
    "a new file": lambda root, outside: (outside / "new").write_text("x"),
    "another text": _appends,
    "a truncated file": lambda root, outside: os.truncate(outside / "kept", 0),
    "a new folder": lambda root, outside: (outside / "new").mkdir(),
    "a removed file": lambda root, outside: (outside / "kept").unlink(),
    "a removed folder": lambda root, outside: (outside / "folder").rmdir(),
    "a link": lambda root, outside: (outside / "new").symlink_to(root),
    "a hard link": lambda root, outside: (outside / "new").hardlink_to(root / "mine"),
    "moved out": lambda root, outside: (root / "mine").rename(outside / "new"),
    "moved in": lambda root, outside: (outside / "kept").rename(root / "new"),
    "by `..`": lambda root, outside: (root / ".." / "outside" / "new").write_text("x"),
    "through a link": lambda root, outside: (root / "link" / "new").write_text("x"),
}


@pytest.mark.parametrize("escape", ESCAPES)
def test_nothing_outside_is_changed(root: Path, outside: Path, escape: str) -> None:
    (root / "mine").write_text("mine")
    (root / "link").symlink_to(outside)
    if not IS_WALLED:
        return

    with pytest.raises(OSError, match=r"Permission denied|Invalid cross-device link"):
        beneath_only(root, lambda: _ignored(ESCAPES[escape](root, outside)))

    assert sorted(path.name for path in outside.iterdir()) == ["folder", "kept"]
    assert (outside / "kept").read_text() == "kept"
    assert (root / "mine").read_text() == "mine"


def test_everything_beneath_can_be_changed(root: Path) -> None:
    def work() -> None:
        (root / "a" / "b").mkdir(parents=True)
        (root / "a" / "b" / "c").write_text("x")
        (root / "a" / "b" / "c").rename(root / "a" / "d")
        (root / "e").hardlink_to(root / "a" / "d")
        (root / "a" / "d").unlink()
        (root / "a" / "b").rmdir()

    beneath_only(root, work)

    assert sorted(path.name for path in root.iterdir()) == ["a", "e"]


def test_the_caller_is_not_restricted(root: Path, outside: Path) -> None:
    beneath_only(root, lambda: None)

    (outside / "new").write_text("x")


def test_what_the_work_raises_is_raised(root: Path) -> None:
    def work() -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        beneath_only(root, work)


def test_no_thread_is_left(root: Path) -> None:
    before = threading.active_count()

    for _ in range(20):
        beneath_only(root, lambda: None)

    assert threading.active_count() == before


def test_a_folder_that_is_gone_is_reported_by_the_work(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        beneath_only(tmp_path / "gone", lambda: _ignored((tmp_path / "gone" / "a").write_text("")))


def _ignored(_value: object) -> None:
    """Make a call that returns something one that returns nothing."""
