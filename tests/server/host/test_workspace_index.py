import asyncio
import gc
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from nanobot_indexer import (
    DEFAULT_INDEX_OPTIONS,
    Index,
    IndexWriteError,
    IngestCancelledError,
    LiveIndex,
    ingest,
    open_index,
)
from nanobot_indexer.volume.folder import lock_path
from nanobot_indexer.volume.lock import IndexLock
from nanobot_server.host import index_follower, index_refresher, refresh_schedule, workspace_index
from nanobot_server.host.errors import HostError
from nanobot_server.host.workspace_index import WorkspaceIndex

pytestmark = pytest.mark.asyncio

OPTIONS = replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0)
FILES = {"app/main.py": "def start_engine():\n    return 1\n", "notes.txt": "milk and butter\n"}
WAIT_S = 30.0


def write(root: Path, content_by_path: Mapping[str, str]) -> None:
    for path, content in content_by_path.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        # As editors save: never half a file.
        new = file.with_name(f"{file.name}~")
        new.write_text(content, encoding="utf-8")
        new.replace(file)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    write(folder, FILES | {".gitignore": "*~\n"})
    return folder


@asynccontextmanager
async def opened(
    root: Path, *, is_watched: bool = True, interval_s: float = 0.2
) -> AsyncIterator[tuple[WorkspaceIndex, list[str]]]:
    told: list[str] = []
    index = WorkspaceIndex(
        root, OPTIONS, is_watched=is_watched, interval_s=interval_s, tell=told.append
    )
    try:
        yield index, told
    finally:
        await index.close()


def found(word: str) -> Callable[[Index], list[str]]:
    return lambda index: [hit.path for hit in index.search(word, limit=5)]


def defined(name: str) -> Callable[[Index], list[str]]:
    return lambda index: [
        hit.definition.path for hit in index.symbols.definition(name, limit=5).hits
    ]


async def until(index: WorkspaceIndex, question: Callable[[Index], Any], wanted: Any) -> None:
    deadline = time.monotonic() + WAIT_S
    while (answer := await index.ask(question)) != wanted:
        assert time.monotonic() < deadline, (answer, wanted, index.status())
        await asyncio.sleep(0.01)


async def until_status(index: WorkspaceIndex, **wanted: object) -> None:
    deadline = time.monotonic() + WAIT_S
    while not wanted.items() <= index.status().items():
        assert time.monotonic() < deadline, index.status()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("is_watched", [False, True])
async def test_the_first_question_builds_the_index(root: Path, *, is_watched: bool) -> None:
    async with opened(root, is_watched=is_watched) as (index, _):
        assert await index.ask(found("butter")) == ["notes.txt"]
        await until(index, defined("start_engine"), ["app/main.py"])


async def test_a_saved_file_is_found_without_a_publish(root: Path) -> None:
    async with opened(root, interval_s=3600.0) as (index, _):
        await until(index, defined("start_engine"), ["app/main.py"])
        await until_status(index, state="idle", is_watched=True, is_current=True)
        generation = index.status()["index"]["generation"]

        write(root, {"app/main.py": "def halt_engine(): ...\n", "new.txt": "fresh cheese\n"})

        await until(index, found("cheese"), ["new.txt"])
        await until(index, defined("halt_engine"), ["app/main.py"])
        assert await index.ask(defined("start_engine")) == []
        assert index.status()["index"]["generation"] == generation


async def test_changes_are_published_when_it_is_quiet(root: Path) -> None:
    async with opened(root) as (index, _):
        await until(index, found("butter"), ["notes.txt"])
        (root / "notes.txt").unlink()
        await until(index, found("butter"), [])
        await until_status(index, state="idle", changed_files=0)

        with open_index(root) as on_disk:
            assert [one.path for one in on_disk.files] == [".gitignore", "app/main.py"]


async def test_very_many_changes_are_found_too(root: Path) -> None:
    async with opened(root) as (index, _):
        await until(index, found("butter"), ["notes.txt"])

        write(root, {f"many/n{number}.txt": f"word{number} here\n" for number in range(200)})

        await until(index, lambda index: found("word199")(index)[:1], ["many/n199.txt"])


async def test_files_that_are_not_followed_are_looked_at_before_an_answer(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace_index, "UNWATCHED_S", 0.0)
    async with opened(root, is_watched=False) as (index, _):
        assert await index.ask(found("butter")) == ["notes.txt"]
        write(root, {"notes.txt": "cheese\n"})

        assert await index.ask(found("cheese")) == ["notes.txt"]
        assert index.status()["is_watched"] is False


async def test_a_buffer_goes_with_its_front(root: Path) -> None:
    async with opened(root) as (index, _):
        await until(index, defined("start_engine"), ["app/main.py"])

        assert await index.set_buffer("app/main.py", b"def unsaved(): ...\n", "one")
        await until(index, defined("unsaved"), ["app/main.py"])
        assert await index.set_buffer("app/main.py", None, "another")
        index.left("another")
        await until(index, defined("unsaved"), ["app/main.py"])
        index.left("one")

        await until(index, defined("start_engine"), ["app/main.py"])
        assert index.status()["buffers"] == 0


async def test_damage_is_repaired_once_and_said_once(root: Path) -> None:
    ingest(root, options=OPTIONS)
    (volume,) = (root / ".nanobot/index").glob("*.volume")
    raw = bytearray(volume.read_bytes())
    raw[raw.index(b"butter")] ^= 1
    volume.write_bytes(raw)

    async with opened(root) as (index, told):
        texts = await asyncio.gather(
            *(index.ask(lambda index: index.text("notes.txt")) for _ in range(4))
        )

        assert texts == [b"milk and butter\n"] * 4
        assert len([one for one in told if "damaged" in one]) == 1


async def test_another_writer_is_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_refresher, "LOCK_TIMEOUT_S", 0.05)
    monkeypatch.setattr(refresh_schedule, "BACK_OFF_S", 0.2)
    ingest(root, options=OPTIONS)
    write(root, {"notes.txt": "cheese\n"})
    async with opened(root) as (index, _):
        with IndexLock(lock_path(root), timeout_s=1.0):
            started = time.monotonic()
            assert await index.ask(found("butter")) == ["notes.txt"]
            waited_s = time.monotonic() - started
        assert waited_s < WAIT_S / 2

        await until(index, found("cheese"), ["notes.txt"])
        assert index.status()["problem"] == ""


async def test_a_folder_that_may_not_be_written_is_named(root: Path) -> None:
    (root / ".nanobot").mkdir()
    (root / ".nanobot/index").write_text("in the way", encoding="utf-8")
    async with opened(root) as (index, _):
        with pytest.raises(IndexWriteError, match="is not a folder"):
            await index.ask(found("butter"))

        assert "is not a folder" in index.status()["problem"]


async def test_a_refresh_that_is_asked_for_is_told_and_can_be_cancelled(root: Path) -> None:
    write(root, {f"p{number}.py": f"def f{number}(): ...\n" * 400 for number in range(300)})
    async with opened(root, is_watched=False) as (index, told):
        refreshing = asyncio.create_task(index.refresh())
        await until_status(index, state="indexing")
        assert index.cancel()

        with pytest.raises(IngestCancelledError):
            await refreshing
        assert index.cancel() is False
        report = await index.refresh()

        assert report.file_count == 303
        assert told


async def test_a_process_that_writes_the_index_has_it_alone(root: Path) -> None:
    async with opened(root) as (index, _):
        await until(index, found("butter"), ["notes.txt"])
        await until_status(index, state="idle")
        async with index.writing():
            write(root, {"notes.txt": "cheese\n"})
            report = await asyncio.to_thread(ingest, root, options=OPTIONS, lock_timeout_s=0.0)
            await until(index, found("cheese"), ["notes.txt"])

        assert report.file_count == 3


async def test_closing_is_prompt_and_leaves_nothing(root: Path) -> None:
    write(root, {f"p{number}.py": f"def f{number}(): ...\n" * 2000 for number in range(300)})
    before = (psutil.Process().num_fds(), set(psutil.Process().children()))
    async with opened(root) as (index, _):
        await index.ask(found("butter"))
        started = time.monotonic()
        await index.close()
        closed_s = time.monotonic() - started

    gc.collect()
    assert closed_s < WAIT_S / 3
    assert set(psutil.Process().children()) <= before[1]
    assert psutil.Process().num_fds() <= before[0] + 2
    assert os.listdir(root / ".nanobot/index")  # noqa: PTH208 - only whether there is any.


async def test_where_something_changes_all_the_time_it_is_published(root: Path) -> None:
    stop = threading.Event()

    def storm() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            # In place and over and over: there is a batch whenever one looks.
            for file in range(8):
                text = f"def storm_{number}(): return {file}\n" * 4000
                (root / f"storm{file}.py").write_text(text, encoding="utf-8")

    async with opened(root) as (index, _):
        await until(index, found("butter"), ["notes.txt"])
        await until_status(index, state="idle", is_watched=True)
        storming = threading.Thread(target=storm)
        storming.start()
        try:
            first = index.status()["index"]["generation"]
            deadline = time.monotonic() + WAIT_S
            while index.status()["index"]["generation"] < first + 2:
                assert time.monotonic() < deadline, index.status()
                await asyncio.sleep(0.05)
        finally:
            stop.set()
            storming.join()


async def test_a_buffer_whose_front_leaves_meanwhile_is_not_left_behind(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, let_go = threading.Event(), threading.Event()
    set_buffer = LiveIndex.set_buffer

    def held(live: LiveIndex, path: str, text: bytes | None) -> bool:
        reached.set()
        let_go.wait(WAIT_S)
        return set_buffer(live, path, text)

    async with opened(root) as (index, _):
        await until(index, found("butter"), ["notes.txt"])
        monkeypatch.setattr(LiveIndex, "set_buffer", held)
        laying = asyncio.create_task(index.set_buffer("notes.txt", b"unsaved\n", "one"))
        queued = asyncio.create_task(index.set_buffer("app/main.py", b"unsaved\n", "one"))
        await asyncio.to_thread(reached.wait, WAIT_S)
        laying.cancel()
        queued.cancel()
        index.left("one")
        await asyncio.gather(laying, queued, return_exceptions=True)
        let_go.set()

        other = await index.set_buffer("app/main.py", b"another = 1\n", "another")
        assert other
        assert await index.ask(found("unsaved")) == []
        assert await index.ask(found("butter")) == ["notes.txt"]
        assert index.status()["buffers"] == 1


async def test_requests_share_a_look_and_do_not_wait_for_a_long_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    refresh = LiveIndex.refresh

    def counted(live: LiveIndex, **options: Any) -> Any:
        looks.append(time.monotonic())
        return refresh(live, **options)

    async with opened(root, is_watched=False) as (index, _):
        assert await index.ask(found("butter")) == ["notes.txt"]
        monkeypatch.setattr(LiveIndex, "refresh", counted)
        monkeypatch.setattr(workspace_index, "UNWATCHED_S", 0.0)
        monkeypatch.setattr(workspace_index, "FRESH_WAIT_S", 0.2)
        async with index.writing():
            await asyncio.gather(*(index.ask(found("butter")) for _ in range(20)))
            started = time.monotonic()
            for _ in range(50):
                await index.ask(found("butter"))
            waited_s = time.monotonic() - started
        await until_status(index, state="idle", is_current=True)

        # 50 waits of 0.2 s would be 10 s.
        assert waited_s < 8.0
        assert len(looks) <= 1


async def test_nothing_is_current_before_the_files_were_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(root, options=OPTIONS)
    write(root, {"notes.txt": "cheese\n"})
    refresh = LiveIndex.refresh
    failures: list[Exception] = [IngestCancelledError(root), OSError("no luck")]

    def failing(live: LiveIndex, **options: Any) -> Any:
        if failures:
            raise failures.pop(0)
        return refresh(live, **options)

    monkeypatch.setattr(LiveIndex, "refresh", failing)
    monkeypatch.setattr(workspace_index, "UNWATCHED_S", 0.0)
    states = []
    async with opened(root, is_watched=False) as (index, _):
        states.append(index.status()["is_current"])
        for _ in range(3):
            await index.ask(found("butter"))
            states.append(index.status()["is_current"])

    assert states == [False, False, False, True]


@pytest.mark.parametrize("failure", [MemoryError(), OSError("no descriptors"), ValueError("a bug")])
async def test_what_goes_wrong_once_is_made_good(
    root: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr(index_follower, "RESTART_S", 0.0)
    update = LiveIndex.update
    failures = [failure]

    def failing(live: LiveIndex, paths: Any, *, with_syntax: bool) -> Any:
        if failures:
            raise failures.pop()
        return update(live, paths, with_syntax=with_syntax)

    async with opened(root, interval_s=3600.0) as (index, _):
        await until(index, found("butter"), ["notes.txt"])
        await until_status(index, state="idle", is_current=True)
        monkeypatch.setattr(LiveIndex, "update", failing)
        write(root, {"notes.txt": "cheese\n"})

        await until(index, found("cheese"), ["notes.txt"])
        await until_status(index, is_watched=True, is_current=True, problem="")
        write(root, {"app/main.py": "def halt_engine(): ...\n"})
        await until(index, defined("halt_engine"), ["app/main.py"])

    assert not failures


async def test_a_parse_that_goes_wrong_once_is_made_good(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_buffers = LiveIndex.parse_buffers
    failures = [MemoryError()]

    def failing(live: LiveIndex) -> None:
        if failures:
            raise failures.pop()
        parse_buffers(live)

    async with opened(root) as (index, _):
        await until(index, defined("start_engine"), ["app/main.py"])
        await until_status(index, state="idle", is_current=True)
        monkeypatch.setattr(LiveIndex, "parse_buffers", failing)

        await index.set_buffer("app/main.py", b"def unsaved(): ...\n", "one")

        await until(index, defined("unsaved"), ["app/main.py"])
        await until_status(index, problem="")


@pytest.mark.parametrize("is_damaged", [False, True])
async def test_a_request_waits_once_in_all(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, is_damaged: bool
) -> None:
    if is_damaged:
        ingest(root, options=OPTIONS)
        (tables,) = (root / ".nanobot/index").glob("*.tables")
        tables.write_bytes(b"x" * tables.stat().st_size)
    monkeypatch.setattr(workspace_index, "BUILD_WAIT_S", 0.5)
    async with opened(root, is_watched=False) as (index, _):
        async with index.writing():
            with pytest.raises(HostError, match="is being built") as caught:
                await asyncio.wait_for(index.ask(found("butter")), WAIT_S)
        monkeypatch.setattr(workspace_index, "BUILD_WAIT_S", WAIT_S)

        assert caught.value.code == "busy"
        assert await index.ask(found("butter")) == ["notes.txt"]


async def test_a_refresh_that_was_asked_for_and_failed_is_tried_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_schedule, "BACK_OFF_S", 0.2)
    refresh = LiveIndex.refresh
    failures: list[Exception] = []

    def failing(live: LiveIndex, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return refresh(live, **options)

    monkeypatch.setattr(LiveIndex, "refresh", failing)
    async with opened(root, interval_s=3600.0) as (index, _):
        await until(index, found("butter"), ["notes.txt"])
        await until_status(index, state="idle", is_current=True)
        first = index.status()["index"]["generation"]
        write(root, {"notes.txt": "cheese\n"})
        await until(index, found("cheese"), ["notes.txt"])
        failures.append(IndexWriteError(root, "disk full"))
        with pytest.raises(IndexWriteError):
            await index.refresh()

        await until_status(index, state="idle", changed_files=0)
        assert index.status()["index"]["generation"] > first


async def test_what_another_process_publishes_is_taken_over(root: Path) -> None:
    async with opened(root, interval_s=3600.0) as (index, _):
        await until(index, found("butter"), ["notes.txt"])
        await until_status(index, state="idle", is_current=True)
        write(root, {"notes.txt": "cheese\n"})
        report = await asyncio.to_thread(ingest, root, options=OPTIONS)

        deadline = time.monotonic() + WAIT_S
        while index.status()["index"]["generation"] != report.generation:
            assert time.monotonic() < deadline, index.status()
            await index.ask(found("cheese"))
            await asyncio.sleep(0.01)


async def test_damage_of_what_was_just_published_is_repaired(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_schedule, "BACK_OFF_S", 0.2)
    refresh = LiveIndex.refresh
    folder = root / ".nanobot/index"
    is_damaging = True

    def damaging(live: LiveIndex, *, progress: Any, **options: Any) -> Any:
        known = set(folder.glob("*.tables"))

        def damage(at: Any) -> None:
            for path in set(folder.glob("*.tables")) - known if is_damaging else ():
                path.write_bytes(b"x" * path.stat().st_size)
            progress(at)

        return refresh(live, progress=damage, **options)

    async with opened(root) as (index, told):
        await until(index, found("butter"), ["notes.txt"])
        await until_status(index, state="idle", is_current=True)
        monkeypatch.setattr(LiveIndex, "refresh", damaging)
        write(root, {"app/main.py": "def halt_engine(): ...\n"})
        deadline = time.monotonic() + WAIT_S
        while not any("damaged" in one for one in told):
            assert time.monotonic() < deadline, index.status()
            await asyncio.sleep(0.01)
        is_damaging = False

        await until(index, defined("halt_engine"), ["app/main.py"])
        await until_status(index, state="idle", is_current=True, changed_files=0)
