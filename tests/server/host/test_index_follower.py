"""Files that change where no host can watch: what fronts say helps."""

import errno
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Index
from nanobot_indexer.watch.inotify import Inotify
from nanobot_server.host import workspace_index
from nanobot_server.host.workspace_index import WorkspaceIndex

pytestmark = pytest.mark.asyncio

WAIT_S = 30.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    (folder / "app").mkdir(parents=True)
    (folder / "notes.txt").write_text("milk and butter\n")
    return folder


@pytest.fixture
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at again because of the time."""
    monkeypatch.setattr(workspace_index, "UNWATCHED_S", 3600.0)


@asynccontextmanager
async def opened(
    root: Path, *, is_watched: bool
) -> AsyncIterator[tuple[WorkspaceIndex, list[str]]]:
    told: list[str] = []
    index = WorkspaceIndex(
        root, DEFAULT_INDEX_OPTIONS, is_watched=is_watched, interval_s=3600.0, tell=told.append
    )
    try:
        yield index, told
    finally:
        await index.close()


def found(word: str) -> Callable[[Index], list[str]]:
    return lambda index: [hit.path for hit in index.search(word, limit=5)]


async def test_without_watching_a_told_change_is_found_by_the_next_question(
    root: Path, no_look: None
) -> None:
    async with opened(root, is_watched=False) as (index, _):
        assert await index.ask(found("butter")) == ["notes.txt"]
        assert index.status()["wants_changes"] is True
        (root / "app" / "new.txt").write_text("cheese\n")
        assert await index.ask(found("cheese")) == []

        assert index.changed() is True

        assert await index.ask(found("cheese")) == ["app/new.txt"]
        (root / "app" / "new.txt").unlink()
        assert await index.ask(found("cheese")) == ["app/new.txt"]
        index.changed()
        assert await index.ask(found("cheese")) == []


async def test_where_files_are_watched_nobody_needs_to_say_it(root: Path) -> None:
    async with opened(root, is_watched=True) as (index, _):
        await index.ask(found("butter"))

        assert index.changed() is False
        assert index.status()["wants_changes"] is False


async def test_without_a_watch_left_a_told_change_is_found(
    root: Path, no_look: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_self: Inotify, _path: str, _mask: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Inotify, "watch", refused)
    async with opened(root, is_watched=True) as (index, told):
        await index.ask(found("butter"))
        deadline = time.monotonic() + WAIT_S
        while not index.status()["wants_changes"] or not told:
            assert time.monotonic() < deadline, index.status()
            await index.ask(found("butter"))
        assert "fs.inotify.max_user_watches" in index.status()["problem"]
        (root / "app" / "new.txt").write_text("cheese\n")

        assert index.changed() is True

        assert await index.ask(found("cheese")) == ["app/new.txt"]


async def test_without_a_watch_left_files_are_looked_at_before_an_answer(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_self: Inotify, _path: str, _mask: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Inotify, "watch", refused)
    monkeypatch.setattr(workspace_index, "UNWATCHED_S", 0.0)
    async with opened(root, is_watched=True) as (index, _):
        await index.ask(found("butter"))
        deadline = time.monotonic() + WAIT_S
        while not index.status()["wants_changes"]:
            assert time.monotonic() < deadline, index.status()
            await index.ask(found("butter"))
        (root / "app" / "new.txt").write_text("cheese\n")

        assert await index.ask(found("cheese")) == ["app/new.txt"]
