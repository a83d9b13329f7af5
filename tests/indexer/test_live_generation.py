import gc
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from nanobot_indexer import IndexMissingError, IndexOptions, VolumeCorruptError, ingest
from nanobot_indexer.live_generation import LiveGeneration
from support.index_twin import dump_at, dump_of

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
