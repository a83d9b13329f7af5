"""One trial in a fresh process: does one thing, prints one line of JSON.

`bench_index` starts it, so that each figure has its own interpreter, caches and memory.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import index_api

_SEARCH_ROUNDS: Final = 3
_WARM_UP: Final = 20
_POLL_S: Final = 0.0005
_VISIBLE_TIMEOUT_S: Final = 60.0


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
    """Change files one by one and wait until the change is found.

    `edits` lists `{"path", "text", "name"}`: the new text has a definition `name`. The
    workspace is a copy of a corpus.
    """
    lexical_s, symbols_s = [], []
    for edit in json.loads(edits.read_text("utf-8")):
        (root / edit["path"]).write_text(edit["text"], "utf-8")
        started_s = time.perf_counter()
        try:
            index_api.index_changed(root, [edit["path"]])
        except index_api.NotInThisBuildError:
            index_api.rescan(root)
        place = (root, edit["name"], edit["path"])
        lexical_s.append(_until(started_s, partial(_is_found, *place)))
        symbols_s.append(_until(started_s, partial(_is_defined, *place)))
    return {"lexical_s": lexical_s, "symbols_s": symbols_s}


def similars(root: Path, questions: Path) -> dict[str, Any]:
    """Ask for chunks like the first hit of each question."""
    times = []
    with index_api.opened(root) as index:
        for query in json.loads(questions.read_text("utf-8"))["names"]:
            hits = index_api.search(index, query)
            if hits:
                started_s = time.perf_counter()
                try:
                    index_api.similar_search(index, hits[0])
                except index_api.NotInThisBuildError as error:
                    return {"missing": str(error)}
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


def _until(started_s: float, is_true: Callable[[], bool]) -> float:
    while not is_true():
        if time.perf_counter() - started_s > _VISIBLE_TIMEOUT_S:
            msg = "a change was not found within a minute"
            raise TimeoutError(msg)
        time.sleep(_POLL_S)
    return time.perf_counter() - started_s


def _is_found(root: Path, name: str, path: str) -> bool:
    with index_api.opened(root) as index:
        return any(hit.path == path for hit in index_api.search(index, name))


def _is_defined(root: Path, name: str, path: str) -> bool:
    with index_api.opened(root) as index:
        return index_api.has_definition(index, path, name)


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
