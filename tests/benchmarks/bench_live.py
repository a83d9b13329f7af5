"""How soon a saved file is found through a host: its watcher, its index and its socket.

Starts the host of a copy of a corpus, as an editor does, saves files one by one, and asks
over the socket until the answer has the new function: by its words, then by its
definition. Every few edits it pauses, so that the host publishes in between. The first edit
is told apart: its definitions wait for a parse worker to start.

From `tests`: `python -m benchmarks.bench_live c10 --json out.json`.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.corpus import corpus
from benchmarks.index_questions import edits_of, questions_of, without_errors
from benchmarks.report import print_table, write_document
from benchmarks.timing import summary_ms
from nanobot_indexer import open_index
from nanobot_server.host.client import HostClient

EDITS_COUNT: Final = 200
_PAUSE_S: Final = 0.05
# A host publishes when it is quiet for a while.
_LONG_PAUSE_S: Final = 2.5
_EDITS_PER_LONG_PAUSE: Final = 10
_POLL_S: Final = 0.001
_FOUND_TIMEOUT_S: Final = 60.0
_SETTLED_TIMEOUT_S: Final = 600.0
_LEAVING_TIMEOUT_S: Final = 60.0

Hits = list[dict[str, Any]]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", choices=["c1", "c10"])
    parser.add_argument("--edits", type=int, default=EDITS_COUNT, help="after the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    source = corpus(arguments.corpus)
    # The path of a Unix socket has about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="nb-") as scratch:
        root = Path(scratch) / arguments.corpus
        shutil.copytree(source, root, ignore=shutil.ignore_patterns(".nanobot"))
        use_own_folders(Path(scratch))
        count = 1 + arguments.edits
        # Files with errors are left out once the index knows them.
        edits = edits_of(source, arguments.seed, count + count // 4)
        queries = questions_of(source, arguments.seed)["sentences"]
        seconds = asyncio.run(measured(root, edits, queries, count=count))
    summaries = {name: summary_ms(times) for name, times in seconds.items()}
    keys = list(next(iter(summaries.values())))
    rows = [[name, *(f"{row[key]:g}" for key in keys)] for name, row in summaries.items()]
    print_table([["ms", *keys], *rows])
    document = {"corpus": arguments.corpus, "seed": arguments.seed, "milliseconds": summaries}
    write_document(arguments.json, document)


def use_own_folders(scratch: Path) -> None:
    """Give the host that is started from here no settings, state or sockets of the user."""
    for variable in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        folder = scratch / variable.lower()
        folder.mkdir(mode=0o700)
        os.environ[variable] = str(folder)


async def measured(
    root: Path, edits: list[dict[str, str]], queries: list[str], *, count: int
) -> dict[str, list[float]]:
    """Return times in seconds by what they are of."""
    async with await HostClient.connect(root) as client:
        host = psutil.Process((await client.call("ping", {}, timeout_s=10))["pid"])
        started_s = time.perf_counter()
        await client.call("search", {"query": queries[0], "limit": 1}, timeout_s=60)
        first_search_s = time.perf_counter() - started_s
        await settled(client)
        print(f"settled after {time.perf_counter() - started_s:.1f} s", file=sys.stderr)
        with open_index(root) as index:
            edits = without_errors(edits, index)[:count]
        first_words_s, first_definition_s = await saved(client, root, edits[0])
        words_s, definition_s = [], []
        for number, edit in enumerate(edits[1:], 1):
            pause_s = _PAUSE_S if number % _EDITS_PER_LONG_PAUSE else _LONG_PAUSE_S
            await asyncio.sleep(pause_s)
            times = await saved(client, root, edit)
            words_s.append(times[0])
            definition_s.append(times[1])
        await settled(client)
        asked_s = [await asked(client, query) for query in queries]
    await asyncio.to_thread(host.wait, _LEAVING_TIMEOUT_S)
    return {
        "first search on a workspace without index": [first_search_s],
        "first saved file → found": [first_words_s],
        "first saved file → its definition found": [first_definition_s],
        "saved file → found": words_s,
        "saved file → its definition found": definition_s,
        "a sentence, nothing changed": asked_s,
    }


async def settled(client: HostClient) -> None:
    """Wait until everything is indexed and published."""
    deadline = time.monotonic() + _SETTLED_TIMEOUT_S
    while True:
        status = await client.call("index.status", {}, timeout_s=60)
        if status["state"] == "idle" and status["is_current"] and status["is_watched"]:
            return
        assert time.monotonic() < deadline, f"the host does not come to rest: {status}"
        await asyncio.sleep(0.1)


async def saved(client: HostClient, root: Path, edit: dict[str, str]) -> tuple[float, float]:
    """Save a file; return the times until its words are found, and its definition."""
    path, name = edit["path"], edit["name"]
    (root / path).write_text(edit["text"], "utf-8")
    started_s = time.perf_counter()
    # Twice the name: one word that is nowhere would be looked for among names, too.
    query = f"{name} {name}"
    words_s = await found(
        client, query, started_s, lambda hits: any(hit["path"] == path for hit in hits)
    )
    definition_s = await found(
        client, query, started_s, lambda hits: any(hit["name"].endswith(name) for hit in hits)
    )
    return words_s, definition_s


async def found(
    client: HostClient, query: str, started_s: float, is_there: Callable[[Hits], bool]
) -> float:
    """Ask until an answer is right; return how long after a moment that was."""
    while True:
        answer = await client.call("search", {"query": query, "limit": 3}, timeout_s=60)
        seconds = time.perf_counter() - started_s
        if is_there(answer["hits"]):
            return seconds
        assert seconds < _FOUND_TIMEOUT_S, f"{query} is not found"
        await asyncio.sleep(_POLL_S)


async def asked(client: HostClient, query: str) -> float:
    """Return how long an answer over the socket takes."""
    started_s = time.perf_counter()
    await client.call("search", {"query": query, "limit": 10}, timeout_s=60)
    return time.perf_counter() - started_s


if __name__ == "__main__":
    main()
