"""Folders move, files are rewritten and branches switched while the index is brought up to date.

Readers never fail meanwhile, and after it is quiet one ingest equals a clean build.
`NANOBOT_LONG_TESTS=1` makes 50 storms, some of 20,000 files; `NANOBOT_TEST_SEED`
repeats a failure as far as the scheduler does.
"""

import contextlib
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from nanobot_indexer import IndexOptions, ParsePool, ingest, open_index
from support.changing_tree import QUERIES, change_tree, text_of
from support.index_twin import (
    IS_LONG,
    check_no_left_overs,
    clean_build,
    dump_at,
    hits_of,
    seeded,
)

# The threads of the parse workers wait; the child uses none of their locks.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

STORMS = 50 if IS_LONG else 3
FILES = 2_000
FILES_LARGE = 20_000
STORM_S = 3.0 if IS_LONG else 0.5
FOLDERS = [f"part{n}/inner" for n in range(20)] + [f"other{n}" for n in range(20)]

READER = """
    import sys
    from pathlib import Path
    from nanobot_indexer import grep, open_index
    root = Path(sys.argv[1])
    opened = 0
    print("go", flush=True)
    while not (root.parent / "quiet").exists():
        with open_index(root) as index:
            index.search("reader token", limit=5)
            grep(index.live, "socket", limit=5)
            if opened % 10 == 0:
                index.verify()
            assert len(index.files) == index.manifest.file_count
        opened += 1
    print(opened)
    """


def branch(draw: random.Random, count: int, shared: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of a branch: half of them as in another one."""
    found = dict(draw.sample(sorted(shared.items()), len(shared) // 2))
    while len(found) < count:
        suffix = draw.choice([".py", ".py", ".go", ".md", ".txt"])
        path = f"{draw.choice(FOLDERS)}/{draw.randrange(10**6)}{suffix}"
        found[path] = text_of(draw, suffix)
    return found


def check_out(root: Path, files: dict[str, bytes], there: dict[str, bytes]) -> None:
    """Make the folder hold one branch, as `git checkout` does: other files stay as they are."""
    for path in there.keys() - files.keys():
        (root / path).unlink(missing_ok=True)
    for path, content in files.items():
        if there.get(path) != content:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            temporary = root / f"{path}.lock"
            temporary.write_bytes(content)
            temporary.replace(root / path)


def storm(root: Path, seed: int, branches: list[dict[str, bytes]], seconds: float) -> None:
    """Do what people do to a workspace, faster than they can."""
    draw = random.Random(seed)
    now = branches[0]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        # One change may have taken away what the next one needs.
        with contextlib.suppress(OSError):
            match draw.randrange(5):
                case 0:
                    other = draw.choice(branches)
                    now, before = other, now
                    check_out(root, other, before)
                case 1:
                    swap_folders(root, draw)
                case 2:
                    move_away_and_back(root, draw)
                case 3:
                    rewrite_in_place(root, draw, sorted(now))
                case _:
                    for _ in range(20):
                        change_tree(root, draw)
    # Not the exit of a test run.
    os._exit(0)


def swap_folders(root: Path, draw: random.Random) -> None:
    one, other = (root / name.partition("/")[0] for name in draw.sample(FOLDERS, 2))
    if one != other and one.is_dir() and other.is_dir():
        one.rename(root / "aside")
        other.rename(one)
        (root / "aside").rename(other)


def move_away_and_back(root: Path, draw: random.Random) -> None:
    folder = root / draw.choice(FOLDERS).partition("/")[0]
    if folder.is_dir():
        folder.rename(root.parent / "away")
        time.sleep(draw.uniform(0.0, 0.03))
        (root.parent / "away").rename(folder)


def rewrite_in_place(root: Path, draw: random.Random, paths: list[str]) -> None:
    for path in draw.sample(paths, min(50, len(paths))):
        if (root / path).is_file():
            (root / path).write_bytes(text_of(draw, Path(path).suffix))


def check_storm(
    folder: Path, options: IndexOptions, pool: ParsePool, draw: random.Random, count: int
) -> int:
    """Make one storm; return how many ingests it saw."""
    root = folder / "workspace"
    shutil.rmtree(root, ignore_errors=True)
    (folder / "quiet").unlink(missing_ok=True)
    first = branch(draw, count, {})
    branches = [first, branch(draw, count, first)]
    check_out(root, first, {})
    ingest(root, options=options, pool=pool)
    seed = draw.randrange(2**31)
    context = multiprocessing.get_context("fork")
    weather = context.Process(target=storm, args=(root, seed, branches, STORM_S))
    command = [sys.executable, "-c", textwrap.dedent(READER), str(root)]
    ingests = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"go\n"
        weather.start()
        try:
            while weather.is_alive():
                ingest(root, options=options, pool=pool)
                ingests += 1
        finally:
            weather.join()
            assert weather.exitcode == 0
            (folder / "quiet").touch()
        output, errors = reader.communicate()
        assert reader.returncode == 0, errors.decode()
        assert int(output) > 0

    ingest(root, options=options, pool=pool)
    clean = clean_build(root, folder / "clean", options, pool)
    assert dump_at(root) == dump_at(clean)
    with open_index(root) as grown, open_index(clean) as made:
        assert hits_of(grown, QUERIES) == hits_of(made, QUERIES)
    check_no_left_overs(root)
    return ingests


@pytest.mark.slow
@pytest.mark.timeout(7200 if IS_LONG else 300)
def test_after_a_storm_the_index_is_that_of_a_clean_build(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    draw = seeded()
    for number in range(STORMS):
        count = FILES_LARGE if IS_LONG and number % 10 == 9 else FILES
        ingests = check_storm(memory_path, options, pool, draw, count)
        sys.stderr.write(f"storm {number}: {count} files, {ingests} ingests meanwhile\n")
