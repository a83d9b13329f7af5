"""What it takes to index a haystack, in a process of its own."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class IndexingCost:
    """What it took to index a haystack from nothing."""

    wall_s: float
    """Of the whole process, the start of the interpreter included."""
    cpu_s: float
    """User and system time, parse workers included."""
    peak_memory_bytes: int
    """Of the indexing process."""
    worker_peak_memory_bytes: int
    """Of the largest parse worker, at most: on Linux a new process is charged with what
    its parent had. 0 when there was none."""
    index_bytes: int
    """Of all files of the index, the copy of the text included."""
    files: int
    skipped: int


def measured_indexing(root: Path) -> IndexingCost:
    """Index a folder that has no index yet.

    Raises:
        subprocess.CalledProcessError: Indexing failed; it said why on standard error.
    """
    started_s = time.perf_counter()
    finished = subprocess.run(
        [sys.executable, "-m", "nanobot_indexer.needle.index_worker", str(root)],
        check=True,
        stdout=subprocess.PIPE,
    )
    wall_s = time.perf_counter() - started_s
    return IndexingCost(**{**json.loads(finished.stdout), "wall_s": wall_s})
