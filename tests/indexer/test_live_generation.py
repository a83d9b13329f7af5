import gc
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from nanobot_indexer import (
    Index,
    IndexMissingError,
    IndexOptions,
    IndexUnreadableError,
    VolumeCorruptError,
    ingest,
)
from nanobot_indexer.live_generation import LiveGeneration
from nanobot_indexer.volume.format import Section
from nanobot_indexer.volume.segment_source import FileSource
from support.index_twin import dump_at, dump_of
from support.shortage import descriptors_used_up

FilesWriter = Callable[[Mapping[str, str | bytes]], Path]

FILES = {"app/main.py": "def start_engine():\n    return 1\n", "notes.txt": "remember the milk\n"}


def test_what_another_process_publishes_is_followed(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files(FILES)
    generation = LiveGeneration(root)
    with pytest.raises(IndexMissingError):
        generation.follow()
    ingest(root, options=options)
    first = generation.index()
    write_files({"new.py": "def fresh(): ...\n"})
    ingest(root, options=options)

    followed = [generation.follow(), generation.follow()]

    assert followed == [True, False]
    assert dump_of(generation.index()) == dump_at(root)
    assert [one.path for one in first.files] == ["app/main.py", "notes.txt"]


def test_segments_that_stay_are_not_opened_again(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files(FILES)
    ingest(root, options=options)
    generation = LiveGeneration(root)
    (segment,) = generation.index().segments
    write_files({"notes.txt": "forget the butter\n"})
    ingest(root, options=options)
    generation.follow()

    assert [one.source is segment.source for one in generation.index().segments] == [True, False]
    assert dump_of(generation.index()) == dump_at(root)


def test_an_open_generation_is_used_on_when_the_next_is_damaged(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files(FILES)
    ingest(root, options=options)
    generation = LiveGeneration(root)
    before = generation.index()
    (root / ".nanobot/index/manifest.json").write_text("{")

    assert not generation.follow()
    assert generation.index() is before
    generation.forget()
    with pytest.raises(VolumeCorruptError):
        generation.follow()


def test_descriptors_do_not_pile_up(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files(FILES)
    ingest(root, options=options)
    generation = LiveGeneration(root)
    before = psutil.Process().num_fds()
    most = 0

    gc.disable()
    try:
        for number in range(60):
            write_files({"notes.txt": f"engine {number}\n"})
            ingest(root, options=options)
            generation.follow()
            assert generation.index().search("engine", limit=5)
            most = max(most, psutil.Process().num_fds())
    finally:
        gc.enable()

    # Thirty segments that nobody uses, and those that are in use.
    assert most <= before + 100


def test_the_next_one_is_loaded_before_it_takes_over(
    write_files: FilesWriter, options: IndexOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_files(FILES)
    ingest(root, options=options)
    generation = LiveGeneration(root)
    generation.index().search("engine", limit=5)
    write_files({f"new{number}.py": f"def engine_{number}(): ...\n" for number in range(40)})
    ingest(root, options=options)
    generation.follow()
    loaded: list[Section] = []
    rows = FileSource.rows

    def counted(source: FileSource, section: Section) -> Any:
        loaded.append(section)
        return rows(source, section)

    monkeypatch.setattr(FileSource, "rows", counted)
    hits = generation.index().search("engine_7", limit=5)
    names = generation.index().symbols.find("eng7", limit=5).hits

    assert (hits[0].path, names[0].definition.path) == ("new7.py", "new7.py")
    assert loaded == []


class HeldGeneration(LiveGeneration):
    """One that opens the second generation when it is let go."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reached, self.let_go = threading.Event(), threading.Event()

    def _opened(self) -> tuple[tuple[int, int, int] | None, Index]:
        if self._index is not None:
            self.reached.set()
            self.let_go.wait()
        return super()._opened()


def test_who_asks_does_not_wait_for_the_next_one(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files(FILES)
    ingest(root, options=options)
    generation = HeldGeneration(root)
    before = generation.index()
    write_files({"notes.txt": "forget the butter\n"})
    ingest(root, options=options)
    thread = threading.Thread(target=generation.follow, daemon=True)
    thread.start()
    generation.reached.wait()

    assert generation.index() is before
    assert generation.is_outdated
    generation.let_go.set()
    thread.join()
    assert generation.index() is not before
    assert not generation.is_outdated


def test_a_damaged_one_is_tried_once(write_files: FilesWriter, options: IndexOptions) -> None:
    root = write_files(FILES)
    ingest(root, options=options)
    generation = LiveGeneration(root)
    generation.index()
    (root / ".nanobot/index/manifest.json").write_text("{")

    assert generation.is_outdated
    with pytest.raises(VolumeCorruptError):
        generation.advance()
    assert not generation.is_outdated


def test_a_generation_for_which_there_are_no_descriptors_is_opened_later(
    write_files: FilesWriter, options: IndexOptions
) -> None:
    root = write_files(FILES)
    ingest(root, options=options)
    generation = LiveGeneration(root)
    before = generation.index()
    for number in range(4):
        write_files({f"new{number}.txt": f"engine {number}\n"})
        ingest(root, options=options)
    gc.collect()
    fds = psutil.Process().num_fds()

    gc.disable()
    try:
        with ExitStack() as spare:
            # Some segments can be opened, but not all.
            held = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
            spare.enter_context(descriptors_used_up())
            for fd in held:
                os.close(fd)
            with pytest.raises(IndexUnreadableError):
                generation.advance()
            is_taken = generation.follow()
        left = psutil.Process().num_fds() - fds
    finally:
        gc.enable()

    assert (is_taken, left) == (False, 0)
    assert generation.index() is before
    assert generation.is_outdated
    assert generation.follow()
    assert dump_of(generation.index()) == dump_at(root)
