"""Several processes bring one index up to date, and some are killed meanwhile.

One writes at a time, readers never fail, and in the end the index is that of a clean
build. `NANOBOT_LONG_TESTS=1` kills 300 writers; `NANOBOT_TEST_SEED` repeats a failure
as far as the scheduler does.
"""

import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from nanobot_indexer import IndexOptions, ParsePool, ingest
from support.changing_tree import write_tree
from support.index_twin import (
    IS_LONG,
    check_no_left_overs,
    clean_build,
    dump_at,
    environment_of_tests,
    seeded,
)

KILLS = 300 if IS_LONG else 6
WRITERS = 2

WRITER = """
    import random, sys, time
    from dataclasses import replace
    from pathlib import Path
    from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexLockedError, ParsePool, ingest
    from support.changing_tree import change_tree
    root, draw = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    options = replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0)
    with ParsePool(options) as pool:
        ingests = 0
        print("go", flush=True)
        while not (root.parent / "quiet").exists():
            change_tree(root, draw)
            try:
                ingest(root, options=options, pool=pool, lock_timeout_s=draw.choice([0.0, 60.0]))
            except IndexLockedError as error:
                # Whoever has it is alive, or was a moment ago.
                assert error.pid is None or error.pid > 1, error
                time.sleep(0.01)
            else:
                ingests += 1
    print(ingests)
    """

READER = """
    import sys
    from pathlib import Path
    from nanobot_indexer import open_index
    root = Path(sys.argv[1])
    opened = 0
    print("go", flush=True)
    while not (root.parent / "quiet").exists():
        with open_index(root) as index:
            index.verify()
            paths = [entry.path for entry in index.files]
            assert len(set(paths)) == len(paths) == index.manifest.file_count
        opened += 1
    print(opened)
    """


def start(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    """Start Python in a process of its own, and wait until it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment_of_tests(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"go\n", process.communicate()[1].decode()
    return process


def finish(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a process and return the number that it printed."""
    output, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    return int(output)


def kill_some(root: Path, writers: list[subprocess.Popen[bytes]], draw: random.Random) -> None:
    """Kill writers at any moment, each followed by another one."""
    for _ in range(KILLS):
        time.sleep(draw.uniform(0.0, 0.3))
        place = draw.randrange(len(writers))
        assert writers[place].poll() is None, writers[place].communicate()[1].decode()
        writers[place].kill()
        writers[place].communicate()
        writers[place] = start(WRITER, root, draw.randrange(2**31))


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 300)
def test_writers_that_come_and_go_leave_what_a_clean_build_has(
    memory_path: Path, options: IndexOptions, pool: ParsePool
) -> None:
    draw = seeded()
    root = memory_path / "workspace"
    root.mkdir()
    write_tree(root, draw, 60)
    ingest(root, options=options, pool=pool)
    reader = start(READER, root)
    writers = [start(WRITER, root, draw.randrange(2**31)) for _ in range(WRITERS)]
    try:
        kill_some(root, writers, draw)
        (memory_path / "quiet").touch()
        ingests = [finish(writer) for writer in writers]
        opened = finish(reader)
    finally:
        for process in (reader, *writers):
            process.kill()
            process.wait()

    assert opened > 0
    sys.stderr.write(f"ingests {ingests}, opened {opened}\n")
    ingest(root, options=options, pool=pool)
    clean = clean_build(root, memory_path / "clean", options, pool)
    assert dump_at(root) == dump_at(clean)
    check_no_left_overs(root)
