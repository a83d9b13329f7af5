import os
import threading
import time
from pathlib import Path

from nanobot_indexer.watch.batch import BatchBox, WatchBatch
from nanobot_indexer.workspace.scan import Scan, scan_workspace


def scanned(root: Path) -> Scan:
    fd = os.open(root, os.O_RDONLY)
    try:
        return scan_workspace(fd, None, files_max=10, check=lambda: None)
    finally:
        os.close(fd)


def test_what_comes_before_it_is_taken_becomes_one_batch(tmp_path: Path) -> None:
    calls: list[int] = []
    box = BatchBox(lambda: calls.append(1))
    first, second = scanned(tmp_path), scanned(tmp_path)
    box.add_paths({"a"})
    box.add_scan(first)
    box.add_scan(second)
    box.add_paths({"b"})
    box.add_paths({"c"})

    # The scans are younger than "a", so they know of it.
    assert box.take(0) == WatchBatch(second, frozenset({"b", "c"}))
    assert box.take(0) is None
    assert len(calls) == 1
    box.add_paths({"d"})
    assert len(calls) == 2
    assert box.take(0) == WatchBatch(None, frozenset({"d"}))


def test_closing_ends_the_wait() -> None:
    box = BatchBox(None)
    threading.Timer(0.05, box.close).start()
    started = time.monotonic()

    assert box.take(60) is None
    assert time.monotonic() - started < 30
