import random
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_indexer import (
    IndexMissingError,
    IndexOptions,
    IngestCancelledError,
    LiveIndex,
    VolumeError,
    errors,
    ingest,
    open_index,
)
from nanobot_indexer.ingestion.ingest import IngestProgress
from nanobot_indexer.live_index import OVERLAY_BYTES_MAX, OVERLAY_FILES_MAX
from nanobot_indexer.overlay import OverlayBuilder
from nanobot_indexer.volume.file_record import FileRecord
from nanobot_indexer.volume.segment import Segment
from support.index_twin import dump_of, hits_of
from support.live_workspace import FILES, FilesWriter, Opener, defined, paths_of


def update(live: LiveIndex, *paths: str) -> None:
    awaiting = live.update(paths, with_syntax=False)
    live.update(awaiting, with_syntax=True)


def test_there_is_nothing_before_the_first_refresh(
    write_files: FilesWriter, opened: Opener
) -> None:
    live = opened(write_files(FILES))

    with pytest.raises(IndexMissingError):
        live.snapshot()
    report = live.refresh()

    assert report.file_count == 3
    assert paths_of(live.snapshot(), "start engine") == ["app/main.py"]


def test_a_changed_file_is_found_at_once_and_then_by_its_definitions(
    write_files: FilesWriter, opened: Opener
) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    write_files({"app/main.py": "def halt_engine():\n    return 2\n"})

    awaiting = live.update(["app/main.py"], with_syntax=False)
    by_text = live.snapshot()
    rest = live.update(awaiting, with_syntax=True)
    by_name = live.snapshot()

    assert set(awaiting) == {"app/main.py"}
    assert not rest
    assert paths_of(by_text, "halt engine")[:1] == ["app/main.py"]
    assert (defined(by_text, "halt_engine"), defined(by_name, "halt_engine")) == (
        [],
        ["app/main.py"],
    )
    assert defined(by_name, "start_engine") == []
    assert by_name.text("app/main.py") == b"def halt_engine():\n    return 2\n"


def test_a_text_file_needs_no_second_look(write_files: FilesWriter, opened: Opener) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    write_files({"notes.txt": "forget the butter\n"})

    assert live.update(["notes.txt"], with_syntax=False) == frozenset()
    assert paths_of(live.snapshot(), "butter") == ["notes.txt"]


def test_a_removed_file_is_gone_and_a_new_one_is_there(
    write_files: FilesWriter, opened: Opener
) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    (root / "app/other.py").unlink()
    write_files({"new.py": "class Wheel: pass\n"})

    update(live, "app/other.py", "new.py", "never/was.py")
    snapshot = live.snapshot()

    assert [one.path for one in snapshot.files] == ["app/main.py", "new.py", "notes.txt"]
    assert defined(snapshot, "Wheel") == ["new.py"]
    assert defined(snapshot, "turn") == []


def test_a_file_that_would_be_skipped_is_gone(write_files: FilesWriter, opened: Opener) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    write_files({"notes.txt": b"\0\0"})

    update(live, "notes.txt")

    assert paths_of(live.snapshot(), "milk") == []


def test_a_buffer_hides_a_changed_file_too_and_outlives_a_refresh(
    write_files: FilesWriter, opened: Opener
) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    live.set_buffer("app/main.py", b"unsaved = 1\n")
    write_files({"app/main.py": "saved = 1\n"})

    update(live, "app/main.py")
    texts = [live.snapshot().text("app/main.py")]
    live.refresh()
    texts.append(live.snapshot().text("app/main.py"))
    live.set_buffer("app/main.py", None)

    assert texts == [b"unsaved = 1\n"] * 2
    assert live.snapshot().text("app/main.py") == b"saved = 1\n"


@pytest.mark.parametrize("is_bytes", [False, True])
def test_more_changes_than_an_overlay_holds_wait_for_a_refresh(
    write_files: FilesWriter, opened: Opener, *, is_bytes: bool
) -> None:
    live = opened(write_files(FILES))
    live.refresh()
    text = "a line of text\n" * (OVERLAY_BYTES_MAX // 30) if is_bytes else "new\n"
    paths = [f"n{number}.txt" for number in range(3 if is_bytes else OVERLAY_FILES_MAX + 1)]
    write_files(dict.fromkeys(paths, text))

    update(live, *paths)
    before = (live.is_behind, live.changed_count, len(live.snapshot().files))
    live.refresh()

    assert before == (True, 0, 3)
    assert (live.is_behind, len(live.snapshot().files)) == (False, 3 + len(paths))


def test_a_storm_of_large_files_is_not_read_into_memory(
    write_files: FilesWriter, opened: Opener
) -> None:
    live = opened(write_files(FILES))
    live.refresh()
    text = b"a line of text\n" * 100_000
    paths = [f"n{number}.txt" for number in range(40)]
    write_files(dict.fromkeys(paths, text))

    tracemalloc.start()
    try:
        live.update(paths, with_syntax=False)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert live.is_behind
    assert peak_bytes < OVERLAY_BYTES_MAX + 4 * len(text)


def test_a_file_that_is_too_large_for_any_index_leaves_nothing_behind(
    write_files: FilesWriter, opened: Opener
) -> None:
    live = opened(write_files(FILES))
    live.refresh()
    write_files({"notes.txt": b"x" * 2 * OVERLAY_BYTES_MAX})

    update(live, "notes.txt")

    assert not live.is_behind
    assert paths_of(live.snapshot(), "milk") == []


def test_old_snapshots_stay_valid(write_files: FilesWriter, opened: Opener) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    old = live.snapshot()
    dump = dump_of(old)

    for number in range(12):
        write_files({"app/main.py": f"def engine_{number}(): ...\n", f"n{number}.txt": "n\n"})
        update(live, "app/main.py", f"n{number}.txt")
        live.refresh()
    live.close()

    old.verify()
    assert dump_of(old) == dump
    assert paths_of(old, "start engine") == ["app/main.py"]


def test_a_closed_index_says_so(write_files: FilesWriter, opened: Opener) -> None:
    live = opened(write_files(FILES))
    live.refresh()
    live.close()

    with pytest.raises(errors.IndexClosedError):
        live.snapshot()
    with pytest.raises(IngestCancelledError):
        live.refresh()
    with pytest.raises(IngestCancelledError):
        live.update(["app/main.py"], with_syntax=True)
    with pytest.raises(IngestCancelledError):
        live.set_buffer("app/main.py", b"x = 1\n")


def test_what_changes_during_a_refresh_is_not_lost(
    write_files: FilesWriter, opened: Opener
) -> None:
    root = write_files({f"f{number:02}.py": f"def f{number}(): ...\n" for number in range(20)})
    live = opened(root)
    live.refresh()
    write_files({f"f{number:02}.py": f"def g{number}(): ...\n" for number in range(20)})
    for number in range(20):
        update(live, f"f{number:02}.py")  # More than a few segments: they are merged.
    changed = False

    def change(_progress: IngestProgress) -> None:
        nonlocal changed
        if not changed:
            changed = True
            write_files({"f00.py": "def late(): ...\n"})
            update(live, "f00.py")

    live.refresh(progress=change)
    after = live.snapshot()

    assert live.changed_count == 1
    assert defined(after, "late") == ["f00.py"]
    assert [defined(after, f"g{number}") for number in range(1, 20)] == [
        [f"f{number:02}.py"] for number in range(1, 20)
    ]


def test_what_was_merged_with_a_newer_file_hides_nothing(
    write_files: FilesWriter, opened: Opener
) -> None:
    root = write_files({"a.txt": "one\n"})
    live = opened(root)
    live.refresh()
    is_changed = False

    def change(_progress: IngestProgress) -> None:
        nonlocal is_changed
        if not is_changed:
            is_changed = True
            # More than a few segments: they are merged, with that of the file from before.
            for number in range(12):
                write_files({f"n{number}.txt": "new\n"})
                live.update([f"n{number}.txt"], with_syntax=False)

    write_files({"a.txt": "two\n"})
    live.update(["a.txt"], with_syntax=False)
    write_files({"a.txt": "three\n"})
    live.refresh(progress=change)

    assert live.changed_count == 12
    assert live.snapshot().text("a.txt") == b"three\n"
    assert len(live.snapshot().files) == 13


def test_what_stands_in_for_a_damaged_generation_stays(
    write_files: FilesWriter, opened: Opener
) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    write_files({"app/main.py": "def halt_engine(): ...\n"})
    update(live, "app/main.py")
    known = set((root / ".nanobot/index").iterdir())

    def damage(_progress: IngestProgress) -> None:
        for path in set((root / ".nanobot/index").iterdir()) - known:
            if path.suffix == ".tables":
                path.write_bytes(b"x" * path.stat().st_size)

    with pytest.raises(VolumeError):
        live.refresh(progress=damage)

    assert defined(live.snapshot(), "halt_engine") == ["app/main.py"]
    live.forget()
    (root / ".nanobot/index/manifest.json").unlink()
    live.refresh()
    assert defined(live.snapshot(), "halt_engine") == ["app/main.py"]


class HeldBuilder(OverlayBuilder):
    """One that gives back what it made on the thread `held` when it is let go."""

    def __init__(self, builder: OverlayBuilder) -> None:
        super().__init__(builder._root, builder._parsers)
        self.reached, self.let_go = threading.Event(), threading.Event()

    def built(self, records: list[FileRecord], text: bytes, *, with_syntax: bool) -> Segment | None:
        segment = super().built(records, text, with_syntax=with_syntax)
        if threading.current_thread().name == "held":
            self.reached.set()
            self.let_go.wait()
        return segment


@pytest.mark.parametrize("is_refreshed", [False, True])
def test_a_slow_look_at_an_old_text_hides_nothing_newer(
    write_files: FilesWriter, opened: Opener, *, is_refreshed: bool
) -> None:
    root = write_files(FILES)
    live = opened(root)
    held = live._builder = HeldBuilder(live._builder)
    live.refresh()
    write_files({"app/main.py": "def first(): ...\n"})
    thread = threading.Thread(target=update, args=(live, "app/main.py"), name="held", daemon=True)
    thread.start()
    held.reached.wait()
    write_files({"app/main.py": "def second(): ...\n"})

    update(live, "app/main.py")
    if is_refreshed:
        live.refresh()
    held.let_go.set()
    thread.join()

    assert live.snapshot().text("app/main.py") == b"def second(): ...\n"


@pytest.mark.parametrize("seed", range(4))
def test_snapshots_say_what_a_clean_build_says(
    seed: int, write_files: FilesWriter, opened: Opener, options: IndexOptions, tmp_path: Path
) -> None:
    print(f"seed: {seed}")  # noqa: T201 - for whoever repeats it.
    rng = random.Random(seed)
    words = [
        "engine",
        "wheel",
        "road",
        "turn",
        "start",
        "stop",
        "load",
        "save",
        "parse",
        "cut",
        "merge",
        "find",
    ]
    queries = ["start engine", "where is the wheel saved", "parse_road", "def find"]

    def text(path: str) -> str:
        names = rng.sample(words, 4)
        if path.endswith(".py"):
            return "".join(
                f"def {a}_{b}(x):\n    '''{rng.choice(words)} it.'''\n    return x\n\n"
                for a, b in zip(names, rng.sample(words, 4), strict=True)
            ) * rng.randrange(1, 12)
        return " ".join(rng.choices(words, k=60)) + "\n"

    paths = [f"d{number % 3}/f{number}.{'py' if number % 4 else 'md'}" for number in range(24)]
    root = write_files({path: text(path) for path in paths})
    live = opened(root)
    live.refresh()
    for _ in range(14):
        chosen = rng.sample(paths, rng.randrange(1, 5))
        for path in chosen:
            if rng.random() < 0.25:
                (root / path).unlink(missing_ok=True)
            else:
                write_files({path: text(path)})
        update(live, *chosen)
        if rng.random() < 0.2:
            live.refresh()

    twin_root = tmp_path / "twin"
    files = {one.path: live.snapshot().text(one.path) for one in live.snapshot().files}
    for path, content in files.items():
        (twin_root / path).parent.mkdir(parents=True, exist_ok=True)
        (twin_root / path).write_bytes(content)
    ingest(twin_root, options=options)
    on_disk = {path.relative_to(root).as_posix() for path in root.glob("d*/*")}
    with open_index(twin_root) as twin:
        assert set(files) == on_disk
        for _ in range(2):
            snapshot = live.snapshot()
            live.refresh()
            assert dump_of(snapshot) == dump_of(twin)
            assert hits_of(snapshot, queries) == hits_of(twin, queries)


def test_searches_and_changes_go_on_side_by_side(write_files: FilesWriter, opened: Opener) -> None:
    root = write_files(FILES)
    live = opened(root)
    live.refresh()
    stop = threading.Event()
    failures: list[BaseException] = []

    def run(work: Callable[[int], None]) -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                work(number)
        except BaseException as error:
            failures.append(error)
            raise

    def search(_number: int) -> None:
        index = live.snapshot()
        assert paths_of(index, "constant_word") == ["app/other.py"]
        index.symbols.definition("Wheel", limit=3)

    def edit(number: int) -> None:
        text = f"class Wheel:\n    constant_word = {number}\n"
        replaced = root.parent / "replaced"
        replaced.write_text(text)
        replaced.replace(root / "app/other.py")
        update(live, "app/other.py")

    def lay(number: int) -> None:
        live.set_buffer("app/main.py", None if number % 3 else b"def start_engine(): ...\n")
        live.parse_buffers()

    def publish(_number: int) -> None:
        live.refresh()

    edit(0)
    works = (search, search, edit, lay, publish)
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    stop.wait(2.0)
    stop.set()
    for thread in threads:
        thread.join()

    assert failures == []
