"""One trial in a fresh process: does one thing, prints one line of JSON.

`bench_index` starts it, so that each figure has its own interpreter, caches and memory.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from benchmarks import index_api
from benchmarks.corpus import texts_of
from benchmarks.index_questions import without_errors
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Language, LiveIndex, ParsePool
from nanobot_indexer.fingerprint.simhash import hamming_distances, nearest
from nanobot_indexer.syntax.parse_worker import Parsed

_SEARCH_ROUNDS: Final = 3
_WARM_UP: Final = 20
_CHANGES_UNTIL_REFRESH: Final = 20
_PARSED_BYTES_MAX: Final = 20_000_000
HAMMING_COUNTS: Final = (50_000, 500_000)
_HAMMING_QUERIES: Final = 200
_HAMMING_SEED: Final = 1


def first_query(root: Path, questions: Path) -> dict[str, Any]:
    """Open the index and ask one question."""
    started_s = time.perf_counter()
    with index_api.opened(root) as index:
        opened_s = time.perf_counter()
        hits = index_api.search(index, json.loads(questions.read_text("utf-8"))["names"][0])
        return {
            "open_s": opened_s - started_s,
            "search_s": time.perf_counter() - opened_s,
            "hits": len(hits),
        }


def queries(root: Path, questions: Path) -> dict[str, Any]:
    """Ask every question several times; return the best time of each, and every time."""
    result: dict[str, Any] = {}
    with index_api.opened(root) as index:
        for kind, rows in json.loads(questions.read_text("utf-8")).items():
            for query in rows[:_WARM_UP]:
                index_api.search(index, query)
            rounds = [[_seconds(index, query) for query in rows] for _ in range(_SEARCH_ROUNDS)]
            result[kind] = [min(times) for times in zip(*rounds, strict=True)]
            result[f"{kind}_all"] = [seconds for row in rounds for seconds in row]
    return result


def rescans(root: Path, _: Path) -> dict[str, Any]:
    """Look for changes where there are none, five times."""
    times = []
    for _round in range(5):
        started_s = time.perf_counter()
        index_api.rescan(root)
        times.append(time.perf_counter() - started_s)
    return {"seconds": times}


def changes(root: Path, edits: Path) -> dict[str, Any]:
    """Change files one by one and find each change, by its words and by its definition.

    As a host does it: a live index and warm parse workers. Publishing comes later and is
    not in the figures. The first change is told apart: its search prepares the whole index,
    and its definitions wait for a parse worker to start. `edits` holds a `count` and
    `edits`, more than that many `{"path", "text", "name"}`: the new text has a definition
    `name`. The workspace is a copy of a corpus.
    """
    live = LiveIndex(root, DEFAULT_INDEX_OPTIONS)
    live.refresh()
    plan = json.loads(edits.read_text("utf-8"))
    first, *rest = without_errors(plan["edits"], live.snapshot())[: plan["count"]]
    first_lexical_s, first_symbols_s = _change(live, root, first)
    times = []
    for number, edit in enumerate(rest, 1):
        times.append(_change(live, root, edit))
        if number % _CHANGES_UNTIL_REFRESH == 0:
            live.refresh()
    live.close()
    return {
        "first_lexical_s": first_lexical_s,
        "first_symbols_s": first_symbols_s,
        "lexical_s": [lexical for lexical, _ in times],
        "symbols_s": [symbols for _, symbols in times],
        # The search that follows a publish opens what is new.
        "after_publish_s": [
            lexical for lexical, _ in times[_CHANGES_UNTIL_REFRESH::_CHANGES_UNTIL_REFRESH]
        ],
    }


def _change(live: LiveIndex, root: Path, edit: dict[str, str]) -> tuple[float, float]:
    """Change a file; return the time until it is found by words, then by its definition."""
    path, name = edit["path"], edit["name"]
    (root / path).write_text(edit["text"], "utf-8")
    started_s = time.perf_counter()
    live.update([path], with_syntax=False)
    hits = index_api.search(live.snapshot(), name)
    lexical_s = time.perf_counter() - started_s
    assert any(hit.path == path for hit in hits), f"{name} is not found in {path}"
    started_s = time.perf_counter()
    live.update([path], with_syntax=True)
    hits = index_api.search(live.snapshot(), name)
    symbols_s = time.perf_counter() - started_s
    assert hits[0].name.endswith(name), f"{name} is not the first definition"
    return lexical_s, symbols_s


def similars(root: Path, questions: Path) -> dict[str, Any]:
    """Ask for chunks like the first hit of each question."""
    times = []
    with index_api.opened(root) as index:
        for query in json.loads(questions.read_text("utf-8"))["names"]:
            hits = index_api.search(index, query)
            if hits:
                started_s = time.perf_counter()
                index_api.similar_search(index, hits[0])
                times.append(time.perf_counter() - started_s)
    return {"seconds": times}


def parse(root: Path, _: Path) -> dict[str, Any]:
    """Parse Python files with one worker; count the CPU of the worker and of this process.

    The start of the worker does not count.
    """
    texts = []
    size_bytes = 0
    for path in texts_of(root):
        if path.suffix == ".py" and size_bytes < _PARSED_BYTES_MAX:
            texts.append(path.read_bytes())
            size_bytes += len(texts[-1])
    workers: list[psutil.Process] = []
    options = replace(DEFAULT_INDEX_OPTIONS, parse_workers=1)
    with ParsePool(
        options, on_start=lambda worker: workers.append(psutil.Process(worker.pid))
    ) as pool:
        pool.submit(b"x = 1\n", Language.PYTHON).result()
        processes = [psutil.Process(), *workers]
        before_s, started_s = _cpu_s(processes), time.perf_counter()
        parsed = [future.result() for future in [pool.submit(t, Language.PYTHON) for t in texts]]
        wall_s = time.perf_counter() - started_s
        cpu_s = _cpu_s(processes) - before_s
    assert len(workers) == 1, "a worker was replaced: its CPU is not known"
    assert all(isinstance(one, Parsed) for one in parsed)
    return {"size_bytes": size_bytes, "cpu_s": cpu_s, "wall_s": wall_s}


def hamming(_: Path, __: Path) -> dict[str, Any]:
    """Compare one signature with very many, and take the nearest. Random ones, by seed."""
    order = np.random.default_rng(_HAMMING_SEED)
    result: dict[str, Any] = {}
    for count in HAMMING_COUNTS:
        signatures = order.integers(0, 2**64, count, dtype=np.uint64)
        scan_s, nearest_s = [], []
        for sought in order.choice(signatures, _HAMMING_QUERIES).tolist():
            started_s = time.perf_counter()
            hamming_distances(signatures, sought)
            scanned_s = time.perf_counter()
            nearest(signatures, sought, limit=10)
            scan_s.append(scanned_s - started_s)
            nearest_s.append(time.perf_counter() - scanned_s)
        result[str(count)] = {"scan_s": scan_s, "nearest_s": nearest_s}
    return result


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    """Return the user and system time of some processes, without their children."""
    times = [process.cpu_times() for process in processes]
    return sum(one.user + one.system for one in times)


def _seconds(index: Any, query: str) -> float:
    started_s = time.perf_counter()
    index_api.search(index, query)
    return time.perf_counter() - started_s


TRIALS: Final[dict[str, Callable[[Path, Path], dict[str, Any]]]] = {
    "first-query": first_query,
    "queries": queries,
    "rescans": rescans,
    "changes": changes,
    "similars": similars,
    "parse": parse,
    "hamming": hamming,
}


def main() -> None:
    """Run one trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trial", choices=list(TRIALS))
    parser.add_argument("root", type=Path)
    parser.add_argument("questions", type=Path)
    arguments = parser.parse_args()
    print(json.dumps(TRIALS[arguments.trial](arguments.root, arguments.questions)))


if __name__ == "__main__":
    main()
