"""kill -9 during an ingest, or a disk that fails: readers find a whole generation.

The next ingest finds all of it.

`NANOBOT_LONG_TESTS=1` makes 200 random kills and kills at every system call of every
workload; `NANOBOT_TEST_SEED` repeats a failure.
"""

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nanobot_indexer import IndexOptions, IndexWriteError, ParsePool, ingest, open_index
from nanobot_indexer.ingestion.compaction import SMALL_SEGMENTS_MAX
from support.changing_tree import change_tree, write_tree
from support.index_twin import (
    IS_LONG,
    STATE,
    check_no_left_overs,
    clean_build,
    dump_at,
    seeded,
)
from support.syscall_killer import killed_at, status_with_failure, syncs_and_renames

# The threads of the parse workers wait; the child uses none of their locks.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

RANDOM_KILLS = 200 if IS_LONG else 20
STOPS_MAX = 20_000
REFUSED = 3
"""How a child ends that was told in our words what the disk did."""
ORPHANS_GONE_S = 20.0

WRITER = """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from nanobot_indexer import DEFAULT_INDEX_OPTIONS, ingest
    options = replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0, parse_workers=2)
    print("go", flush=True)
    ingest(Path(sys.argv[1]), options=options)
    """


class Trial:
    """A workspace whose index can be set back, and what it says before and after."""

    def __init__(self, folder: Path, options: IndexOptions, pool: ParsePool) -> None:
        self.root = folder / "workspace"
        self.root.mkdir()
        self._kept = folder / "kept"
        self._folder = folder
        self._options = options
        self._pool = pool
        self.before: list[str] = []
        self.after: list[str] = []

    def ingest(self) -> None:
        ingest(self.root, options=self._options, pool=self._pool)

    def keep(self, change: Callable[[Path], None]) -> None:
        """Take the index as it is for the one before, and change the workspace."""
        time.sleep(0.05)
        self.ingest()
        self.before = dump_at(self.root)
        change(self.root)
        self._kept.mkdir()
        shutil.copytree(self.root / STATE, self._kept / STATE)
        clean = clean_build(self.root, self._folder / "clean", self._options, self._pool)
        self.after = dump_at(clean)
        assert self.before != self.after

    def set_back(self) -> None:
        shutil.rmtree(self.root / STATE)
        shutil.copytree(self._kept / STATE, self.root / STATE)

    def check_whole(self) -> bool:
        """Check what readers find; tell whether it is the new generation."""
        found = dump_at(self.root)
        assert found in (self.before, self.after)
        return found == self.after

    def check_next(self) -> None:
        """Check that the next ingest leads to the end."""
        self.ingest()
        assert dump_at(self.root) == self.after
        check_no_left_overs(self.root)


@pytest.fixture
def trial(memory_path: Path, options: IndexOptions, pool: ParsePool) -> Trial:
    return Trial(memory_path, options, pool)


def prepare_few_changes(trial: Trial) -> None:
    """Let the next ingest publish once: text files, and one whose syntax is known."""
    (trial.root / "a.py").write_text("import os\nclass A:\n    def m(self): pass\n")
    (trial.root / "b.txt").write_text("words\n")
    (trial.root / "c.bin").write_bytes(b"\0")

    def change(root: Path) -> None:
        shutil.copy(root / "a.py", root / "copy.py")
        (root / "b.txt").write_text("other words\n" * 100)
        (root / "c.bin").write_text("text now\n")
        (root / "d.bin").write_bytes(b"\0")

    trial.keep(change)


def prepare_compaction(trial: Trial) -> None:
    """Let the next ingest publish twice: a change, and fewer segments."""
    # Beside the file that will be deleted, so that its segment stays.
    (trial.root / "beside.py").write_text("def beside(): pass\n")
    for n in range(SMALL_SEGMENTS_MAX):
        (trial.root / f"{n}.py").write_text(f"def f{n}(): pass\n")
        trial.ingest()

    def change(root: Path) -> None:
        (root / "1.txt").write_text("one segment too many\n")
        (root / "0.py").unlink()

    trial.keep(change)
    with open_index(trial.root) as index:
        assert len(index.segments) == SMALL_SEGMENTS_MAX


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 300)
@pytest.mark.parametrize("prepare", [prepare_few_changes, prepare_compaction])
def test_a_kill_at_any_system_call_leaves_one_generation_or_the_other(
    trial: Trial, prepare: Callable[[Trial], None]
) -> None:
    prepare(trial)
    draw = seeded()
    # Every stop of the smaller one; the others by chance, and all of them in a long run.
    share = 1.0 if IS_LONG or prepare is prepare_few_changes else 0.25
    seen = {False: 0, True: 0}
    for stop in range(1, STOPS_MAX):
        if draw.random() > share:
            continue
        trial.set_back()
        if not killed_at(stop, trial.ingest):
            break
        seen[trial.check_whole()] += 1
        if IS_LONG or draw.random() < 0.15:
            trial.check_next()
    trial.check_next()
    assert min(seen.values()) > 10, seen
    sys.stderr.write(f"stops: old {seen[False]}, new {seen[True]}\n")


@pytest.mark.timeout(3600 if IS_LONG else 300)
def test_a_kill_while_recovering_from_a_kill_is_no_worse(trial: Trial) -> None:
    prepare_few_changes(trial)
    draw = seeded()
    trial.set_back()
    stops = 0
    while killed_at(stops + 50, trial.ingest):
        trial.set_back()
        stops += 50
    for _ in range(200 if IS_LONG else 12):
        trial.set_back()
        for _ in range(3):
            killed_at(draw.randrange(1, stops + 50), trial.ingest)
            trial.check_whole()
        trial.check_next()


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 300)
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("prepare", [prepare_few_changes, prepare_compaction])
def test_a_disk_that_fails_at_any_change_leaves_one_generation_or_the_other(
    trial: Trial, prepare: Callable[[Trial], None], error: int
) -> None:
    prepare(trial)

    def status_of_ingest() -> int:
        try:
            trial.ingest()
        except IndexWriteError as told:
            return REFUSED if os.strerror(error) in str(told) else 1
        return 0

    statuses: Counter[int] = Counter()
    for count in range(1, STOPS_MAX):
        trial.set_back()
        status = status_with_failure(count, error, status_of_ingest)
        if status is None:
            break
        statuses[status] += 1
        trial.check_whole()
        trial.check_next()
    assert statuses.keys() == {REFUSED}
    assert statuses[REFUSED] > 10
    sys.stderr.write(f"refusals: {statuses[REFUSED]}\n")


# Every file is synced before it has its name, and all names before that of the manifest
# (f: sync of a file, d: of the folder, r: rename); its own name last.
PUBLISH = "(fr)+dfrd"


@pytest.mark.parametrize(
    ("prepare", "order"),
    [(prepare_few_changes, PUBLISH), (prepare_compaction, f"({PUBLISH}){{2}}")],
)
def test_nothing_is_named_before_it_is_on_the_disk(
    trial: Trial, prepare: Callable[[Trial], None], order: str
) -> None:
    prepare(trial)
    trial.set_back()

    done = syncs_and_renames(trial.ingest)

    assert re.fullmatch(order, done), done
    trial.check_next()


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the parse workers that a process started: they know its id."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        is_worker = any("nanobot_indexer.syntax.worker" in word for word in command)
        if is_worker and command[-1] == str(pid) and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def is_parsing(worker: psutil.Process) -> bool:
    return worker.nice() > 0 and worker.cpu_times().user > 0.5


def check_no_orphans(pid: int) -> None:
    deadline = time.monotonic() + ORPHANS_GONE_S
    while workers_of(pid):
        assert time.monotonic() < deadline, "a parse worker outlived its parent"
        time.sleep(0.02)


def texts_in(root: Path) -> dict[str, bytes]:
    with open_index(root) as index:
        index.verify()
        return {entry.path: index.text(entry.path) for entry in index.files}


def run_writer(root: Path, kill_after_s: float | None) -> float:
    """Ingest in a process of its own; return how long it took without Python's start."""
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"go\n"
        started = time.monotonic()
        if kill_after_s is None:
            assert writer.wait() == 0
        else:
            time.sleep(kill_after_s)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
    check_no_orphans(writer.pid)
    return time.monotonic() - started


def replace_tree(root: Path, draw: random.Random, *, is_small: bool) -> None:
    """Change a few files, as somebody who edits, or most of them, as `git checkout` does."""
    if not is_small:
        for path in sorted(root.iterdir()):
            if path.name != STATE:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        write_tree(root, draw, 100)
    for _ in range(5):
        change_tree(root, draw)


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 300)
def test_random_kills_of_a_process_lose_nothing_that_was_published(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    draw = seeded()
    root = memory_path / "workspace"
    root.mkdir()
    replace_tree(root, draw, is_small=False)
    seconds = run_writer(root, None)
    before = texts_in(root)
    seen: Counter[str] = Counter()
    for kill in range(RANDOM_KILLS):
        replace_tree(root, draw, is_small=kill % 2 == 1)
        run_writer(root, draw.uniform(0.0, 1.1 * seconds))

        found = texts_in(root)
        clean = clean_build(root, memory_path / "clean", options, pool)
        after = texts_in(clean)
        assert found in (before, after)
        with open_index(root) as index:
            syntax = "syntax" if index.manifest.has_syntax else "no syntax yet"
        seen[f"{'new' if found == after else 'old'}, {syntax}"] += 1
        before = found
        if kill % 4 == 3:
            ingest(root, options=options, pool=pool)
            assert dump_at(root) == dump_at(clean)
            check_no_left_overs(root)
            before = after
    sys.stderr.write(f"kills: {dict(seen)}\n")


def test_a_stopped_worker_dies_with_its_parent(memory_path: Path) -> None:
    root = memory_path / "workspace"
    root.mkdir()
    (root / "bad.js").write_text("(\n" * 500_000)
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        deadline = time.monotonic() + 60
        # In the middle of its text: it has long tied itself to its parent.
        while not (workers := [one for one in workers_of(writer.pid) if is_parsing(one)]):
            assert time.monotonic() < deadline
            assert writer.poll() is None
            time.sleep(0.01)
        os.kill(workers[0].pid, signal.SIGSTOP)
        writer.kill()
        writer.wait()

    check_no_orphans(writer.pid)
