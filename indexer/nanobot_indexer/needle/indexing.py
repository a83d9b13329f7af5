"""What it takes to index a haystack, in a process of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from nanobot_indexer.needle.errors import HaystackNotIndexedError


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

    The process is gone when this returns or raises, whatever it raises.

    Raises:
        HaystackNotIndexedError: Indexing failed.
    """
    started_s = time.perf_counter()
    finished = _finished([sys.executable, "-m", "nanobot_indexer.needle.index_worker", str(root)])
    return cost_of(root, finished, wall_s=time.perf_counter() - started_s)


def _finished(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a process that does not outlive this call."""
    # Ctrl-C raises in the main thread. In the middle of `Popen` it would lose the child
    # between its start and the first line that knows it.
    with ThreadPoolExecutor(1) as thread:
        starting = thread.submit(_started, command)
        try:
            output, complaint = starting.result().communicate()
        finally:
            process = starting.result()
            process.kill()
            process.wait()
    return subprocess.CompletedProcess(command, process.returncode, output, complaint)


def _started(command: Sequence[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="backslashreplace",
        # Ctrl-C in a terminal goes to the whole group; we decide when it ends.
        start_new_session=True,
    )


def cost_of(
    root: Path, finished: "subprocess.CompletedProcess[str]", *, wall_s: float
) -> IndexingCost:
    """Return what a process that indexed a folder said.

    Args:
        root: The folder.
        finished: The process, with what it printed.
        wall_s: How long it took.

    Raises:
        HaystackNotIndexedError: It failed. The last line of its standard error is the
            reason.
    """
    if finished.returncode:
        complaint = finished.stderr.strip().rpartition("\n")[2]
        raise HaystackNotIndexedError(root, complaint or _end_of(finished.returncode))
    try:
        return IndexingCost(**{**json.loads(finished.stdout), "wall_s": wall_s})
    except (ValueError, TypeError) as error:
        said = finished.stdout[:200].strip()
        raise HaystackNotIndexedError(root, f"its process answered {said!r}") from error


def _end_of(returncode: int) -> str:
    if returncode < 0:
        return f"its process was ended by {signal.Signals(-returncode).name}"
    return f"its process ended with exit code {returncode}"
