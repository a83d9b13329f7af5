"""Search engines to compare with, on the same files and windows.

None is a dependency of nanobot: pip puts them into the user's cache folder, and only
the processes of benchmarks import them from there.

`python -m benchmarks.peers build fts5 ROOT FOLDER` builds one and prints what it cost.
"""

import argparse
import importlib
import json
import os
import pickle
import re
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Protocol

from benchmarks.corpus import corpora_folder, pip
from benchmarks.windows import STOP_WORDS, Window, windows_of, words_of

REQUIREMENTS: Final = ("bm25s==0.3.16", "ripgrep==14.1.0", "tantivy==0.27.0")
BATCH_WINDOWS: Final = 2000
_TANTIVY_HEAP_BYTES: Final = 128 * 1024 * 1024
_RIPGREP_TIMEOUT_S: Final = 60.0
_RIPGREP_WINDOW_LINES: Final = 40
_WINDOWS_NAME: Final = "windows.pickle"


class Peer(Protocol):
    """An open index of another engine."""

    def search(self, query: str, limit: int) -> Sequence[Window]:
        """Return the best windows, best first."""
        ...


def peers_folder() -> Path:
    """Return the folder that peers are imported from, filled when it is empty."""
    folder = corpora_folder().parent / "peers"
    if not folder.exists():
        pip("install", "--no-deps", "--target", str(folder), *REQUIREMENTS)
    return folder


def peer_environment() -> dict[str, str]:
    """Return the environment of a process that may import peers."""
    return {**os.environ, "PYTHONPATH": str(peers_folder())}


def _batches(root: Path) -> Iterator[list[tuple[int, Window, str]]]:
    batch: list[tuple[int, Window, str]] = []
    for number, (window, text) in enumerate(windows_of(root)):
        batch.append((number, window, text))
        if len(batch) == BATCH_WINDOWS:
            yield batch
            batch = []
    yield batch


def _save_windows(folder: Path, windows: Sequence[Window]) -> None:
    (folder / _WINDOWS_NAME).write_bytes(
        pickle.dumps([(window.path, window.start_line, window.end_line) for window in windows])
    )


def _load_windows(folder: Path) -> list[Window]:
    # Written by this very program a moment ago.
    return [Window(*row) for row in pickle.loads((folder / _WINDOWS_NAME).read_bytes())]


class Fts5:
    """SQLite's FTS5 without a copy of the text."""

    def __init__(self, folder: Path, _: Path) -> None:
        self._connection = sqlite3.connect(folder / "fts5.db")
        self._windows = _load_windows(folder)

    @staticmethod
    def build(root: Path, folder: Path) -> None:
        """Index every window."""
        windows: list[Window] = []
        with closing(sqlite3.connect(folder / "fts5.db")) as connection, connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(body, content='', detail=full)")
            for batch in _batches(root):
                windows += [window for _, window, _ in batch]
                connection.executemany(
                    "INSERT INTO t(rowid, body) VALUES (?, ?)",
                    [(number, text) for number, _, text in batch],
                )
        _save_windows(folder, windows)

    def search(self, query: str, limit: int) -> Sequence[Window]:
        """Rank by FTS5's BM25; any word may match."""
        match = " OR ".join(f'"{word}"' for word in words_of(query))
        rows = self._connection.execute(
            "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?", (match, limit)
        )
        return [self._windows[number] for (number,) in rows]


class Tantivy:
    """tantivy with one writer thread and its default tokenizer."""

    def __init__(self, folder: Path, _: Path) -> None:
        self._tantivy: Any = importlib.import_module("tantivy")
        self._index = self._tantivy.Index.open(str(folder / "tantivy"))
        self._windows = _load_windows(folder)
        self._searcher = self._index.searcher()

    @staticmethod
    def build(root: Path, folder: Path) -> None:
        """Index every window."""
        tantivy: Any = importlib.import_module("tantivy")
        (folder / "tantivy").mkdir()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", stored=False)
        builder.add_unsigned_field("number", stored=True)
        index = tantivy.Index(builder.build(), path=str(folder / "tantivy"))
        writer = index.writer(heap_size=_TANTIVY_HEAP_BYTES, num_threads=1)
        windows: list[Window] = []
        for batch in _batches(root):
            for number, window, text in batch:
                windows.append(window)
                writer.add_document(tantivy.Document(body=text, number=number))
        writer.commit()
        writer.wait_merging_threads()
        _save_windows(folder, windows)

    def search(self, query: str, limit: int) -> Sequence[Window]:
        """Rank by tantivy's BM25; any word may match."""
        parsed = self._index.parse_query(" ".join(words_of(query)), ["body"])
        hits = self._searcher.search(parsed, limit).hits
        return [self._windows[self._searcher.doc(place)["number"][0]] for _, place in hits]


class Bm25s:
    """bm25s with its default tokenizer and stop words."""

    def __init__(self, folder: Path, _: Path) -> None:
        self._bm25s: Any = importlib.import_module("bm25s")
        self._retriever = self._bm25s.BM25.load(str(folder / "bm25s"), mmap=True)
        self._windows = _load_windows(folder)

    @staticmethod
    def build(root: Path, folder: Path) -> None:
        """Index every window."""
        bm25s: Any = importlib.import_module("bm25s")
        windows, texts = [], []
        for window, text in windows_of(root):
            windows.append(window)
            texts.append(text)
        retriever = bm25s.BM25()
        retriever.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
        retriever.save(str(folder / "bm25s"))
        _save_windows(folder, windows)

    def search(self, query: str, limit: int) -> Sequence[Window]:
        """Rank by BM25; any word may match."""
        tokens = self._bm25s.tokenize([query], return_ids=False, show_progress=False)
        numbers, scores = self._retriever.retrieve(
            tokens, k=min(limit, len(self._windows)), show_progress=False
        )
        return [
            self._windows[int(number)]
            for number, score in zip(numbers[0], scores[0], strict=True)
            if score > 0
        ]


class Ripgrep:
    """What a person or an agent does without an index: grep for the keywords.

    Any keyword matches. Files are ranked by how many different keywords they have, then
    by how many matches; of each file the window of 40 lines with the most is shown.
    """

    def __init__(self, _: Path, root: Path) -> None:
        self._root = root
        self._program = peers_folder() / "bin" / "rg"

    @staticmethod
    def build(_: Path, __: Path) -> None:
        """Build nothing: ripgrep has no index."""

    def search(self, query: str, limit: int) -> Sequence[Window]:
        """Run one `rg` and rank what it prints."""
        words = [word for word in words_of(query) if word not in STOP_WORDS]
        if not words:
            return []
        patterns = [argument for word in words for argument in ("-e", re.escape(word))]
        options = ["--no-heading", "--only-matching", "--line-number", "--ignore-case", "--null"]
        found = subprocess.run(
            [self._program, *options, "--no-ignore", "--color=never", *patterns, "."],
            cwd=self._root,
            capture_output=True,
            check=False,  # 1 means that nothing matches.
            timeout=_RIPGREP_TIMEOUT_S,
        )
        return self._ranked(found.stdout.decode(errors="replace"))[:limit]

    def _ranked(self, output: str) -> list[Window]:
        count_by_word_by_window: dict[str, dict[int, Counter[str]]] = {}
        for row in output.splitlines():
            path, _, rest = row.partition("\0")
            line, _, word = rest.partition(":")
            windows = count_by_word_by_window.setdefault(path, {})
            window = (int(line) - 1) // _RIPGREP_WINDOW_LINES
            windows.setdefault(window, Counter())[word.lower()] += 1
        ranked = []
        for path, windows in count_by_word_by_window.items():
            total: Counter[str] = Counter()
            for counts in windows.values():
                total += counts
            best = max(windows, key=lambda number: (len(windows[number]), windows[number].total()))
            ranked.append((-len(total), -total.total(), path, best))
        return [
            Window(
                path.removeprefix("./"),
                window * _RIPGREP_WINDOW_LINES + 1,
                (window + 1) * _RIPGREP_WINDOW_LINES,
            )
            for _, _, path, window in sorted(ranked)
        ]


BUILDERS: Final[dict[str, Callable[[Path, Path], None]]] = {
    "fts5": Fts5.build,
    "tantivy": Tantivy.build,
    "bm25s": Bm25s.build,
    "ripgrep": Ripgrep.build,
}
OPENERS: Final[dict[str, Callable[[Path, Path], Peer]]] = {
    "fts5": Fts5,
    "tantivy": Tantivy,
    "bm25s": Bm25s,
    "ripgrep": Ripgrep,
}


def main() -> None:
    """Build one index in this process and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["build"])
    parser.add_argument("peer", choices=list(BUILDERS))
    parser.add_argument("root", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    started_s = time.perf_counter()
    BUILDERS[arguments.peer](arguments.root, arguments.folder)
    size_bytes = sum(p.stat().st_size for p in arguments.folder.rglob("*") if p.is_file())
    cost = {
        "in_process_wall_s": time.perf_counter() - started_s,
        "index_bytes": size_bytes,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
