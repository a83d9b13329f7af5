"""One trial in a fresh process: does one thing, prints one line of JSON.

`bench_index` starts it, so that each figure has its own interpreter, caches and memory.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks import index_api
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, LiveIndex

_SEARCH_ROUNDS: Final = 3
_WARM_UP: Final = 20
_CHANGES_UNTIL_REFRESH: Final = 20


def ingest(root: Path, _: Path) -> dict[str, Any]:
    """Index a workspace."""
    index_api.index_everything(root)
    return {"peak_bytes": peak_bytes()}


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
    not in the figures. `edits` lists `{"path", "text", "name"}`: the new text has a
    definition `name`. The workspace is a copy of a corpus.
    """
    lexical_s, symbols_s = [], []
    live = LiveIndex(root, DEFAULT_INDEX_OPTIONS)
    live.refresh()
    for number, edit in enumerate(json.loads(edits.read_text("utf-8"))):
        path, name = edit["path"], edit["name"]
        (root / path).write_text(edit["text"], "utf-8")
        started_s = time.perf_counter()
        live.update([path], with_syntax=False)
        hits = index_api.search(live.snapshot(), name)
        lexical_s.append(time.perf_counter() - started_s)
        assert any(hit.path == path for hit in hits), f"{name} is not found in {path}"
        started_s = time.perf_counter()
        live.update([path], with_syntax=True)
        hits = index_api.search(live.snapshot(), name)
        symbols_s.append(time.perf_counter() - started_s)
        assert hits[0].name.endswith(name), f"{name} is not the first definition"
        if number % _CHANGES_UNTIL_REFRESH == 0:
            live.refresh()
    live.close()
    return {"lexical_s": lexical_s, "symbols_s": symbols_s}


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
    return {"seconds": times, "median_s": statistics.median(times)}


def peak_bytes() -> int:
    """Return the peak memory of this process.

    Not `ru_maxrss`: that one starts with what the parent had when it forked.
    """
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _seconds(index: Any, query: str) -> float:
    started_s = time.perf_counter()
    index_api.search(index, query)
    return time.perf_counter() - started_s


TRIALS: Final[dict[str, Callable[[Path, Path], dict[str, Any]]]] = {
    "ingest": ingest,
    "first-query": first_query,
    "queries": queries,
    "rescans": rescans,
    "changes": changes,
    "similars": similars,
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
