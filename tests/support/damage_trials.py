"""Damage an index many times, and use it every time. A process of its own: it may crash.

    python damage_trials.py ROOT SEED FIRST COUNT INGEST_SHARE

The index of ROOT is whole, and ROOT/.nanobot/older holds one of an earlier generation.
Prints one JSON document: how often which outcome was seen, and every wrong one.
"""

import contextlib
import faulthandler
import json
import random
import resource
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nanobot_indexer import (
    DEFAULT_INDEX_OPTIONS,
    FileNotIndexedError,
    HandleLostError,
    Index,
    IndexMissingError,
    IndexWriteError,
    ParsePool,
    VolumeError,
    grep,
    ingest,
    open_index,
    outline,
    references,
)
from nanobot_server.host.index_repair import forget_index
from support.index_damage import craft, damage, exchange, write_index
from support.index_twin import dump_at, dump_of

CPU_S_MAX: Final = 5.0
WALL_S_MAX: Final = 60.0
CRAFTED_SHARE: Final = 0.25
EXCHANGED_SHARE: Final = 0.15

PARTS: Final[dict[str, Callable[[Index], Any]]] = {
    "files": lambda index: list(index.files),
    "skipped": lambda index: index.skipped,
    "counts": lambda index: (index.manifest.file_count, index.manifest.text_bytes),
    "search words": lambda index: index.search("reader of a token", limit=9),
    "search name": lambda index: index.search("reader_socket", limit=9),
    "grep": lambda index: grep(index.live, "reader", limit=50, context_lines=1),
    "grep regex": lambda index: grep(index.live, r"\bret\w+", limit=50, is_regex=True),
    "outline": lambda index: [outline(index.live, path) for path in ("a.py", "b.go", "c.md")],
    "definitions": lambda index: list(index.all_definitions()),
    "imports": lambda index: [index.imports(path) for path in ("a.py", "b.go")],
    "symbol": lambda index: index.symbols.find("rea", limit=20),
    "similar": lambda index: index.similarity.similar(("a.py", 1), limit=5),
    "duplicates": lambda index: index.similarity.near_duplicates(limit=5),
    "references": lambda index: references(index.live, "Reader", limit=50),
    "text": lambda index: [index.text(path) for path in ("a.py", "d.txt")],
    "line": lambda index: index.line_of("a.py", 50),
    "dump": dump_of,
    "verify": lambda index: index.verify(),
}


class Trials:
    """Runs trials on one index."""

    def __init__(self, root: Path, seed: str, pool: ParsePool) -> None:
        self._root = root
        self._folder = root / ".nanobot/index"
        self._seed = seed
        self._pool = pool
        self._options = replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0)
        self._files = _content(self._folder)
        self._older = _content(root / ".nanobot/older")
        self._good = [self._answers()]
        self._dump = dump_at(root)
        write_index(self._folder, self._older)
        # A whole older generation is a right answer too, until the next ingest.
        self._good.append(self._answers())
        self.outcomes: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.wrong: list[str] = []

    def run(self, number: int, *, ingest_share: float) -> None:
        """Make one trial."""
        draw = random.Random(f"{self._seed} {number}")
        write_index(self._folder, self._files)
        chance = draw.random()
        is_crafted = chance < CRAFTED_SHARE
        if is_crafted:
            how = craft
        else:
            how = exchange if chance < CRAFTED_SHARE + EXCHANGED_SHARE else damage
        what = how(self._folder, self._files, self._older, draw)
        signal.setitimer(signal.ITIMER_PROF, CPU_S_MAX)
        faulthandler.dump_traceback_later(WALL_S_MAX, exit=True)
        sys.stderr.write(f"{number} {what}\n")
        try:
            outcome = self._used(is_crafted=is_crafted)
            self.outcomes[f"{what.partition(' ')[0]}: {outcome}"] += 1
            if draw.random() < ingest_share:
                self._ingest(is_crafted=is_crafted)
        except Exception:  # noqa: BLE001 - every other error is what is looked for.
            self.wrong.append(f"trial {number}, {what}: {traceback.format_exc()}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()

    def _used(self, *, is_crafted: bool) -> str:
        try:
            found = self._answers()
        except (VolumeError, IndexMissingError) as error:
            self._hear(error)
            return "refused at open"
        refused = [name for name, answer in found.items() if isinstance(answer, VolumeError)]
        if not is_crafted:
            # Old or new as a whole, but for what is refused.
            is_right = any(
                all(found[name] == good[name] for name in found if name not in refused)
                for good in self._good
            )
            if not is_right:
                names = [name for name in found if found[name] != self._good[0][name]]
                raise AssertionError(f"wrong answers: {names}, refused: {refused}")
        return "refused in use" if refused else "harmless"

    def _answers(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        with open_index(self._root) as index:
            for name, part in PARTS.items():
                try:
                    found[name] = part(index)
                except VolumeError as error:
                    self._hear(error)
                    found[name] = error
                except (FileNotIndexedError, HandleLostError) as error:
                    found[name] = str(error)
        return found

    def _hear(self, error: VolumeError | IndexMissingError) -> None:
        # What was said, without the numbers: shows which checks were reached.
        if isinstance(error, VolumeError) and hasattr(self, "words"):
            words = " ".join(
                word for word in error.reason.split() if not any(map(str.isdigit, word))
            )
            self.words[words[:60]] += 1

    def _ingest(self, *, is_crafted: bool) -> None:
        manifest = self._folder / "manifest.json"
        if manifest.is_dir():
            # Whose ever it is: nothing is deleted but what we made.
            with contextlib.suppress(IndexWriteError):
                ingest(self._root, options=self._options, pool=self._pool)
                raise AssertionError("a folder was replaced")
            manifest.rmdir()
        ingest(self._root, options=self._options, pool=self._pool)
        is_sound = not is_crafted
        if is_sound:
            try:
                found = dump_at(self._root)
            except VolumeError:
                is_sound = False
        if not is_sound:
            forget_index(self._root)
            ingest(self._root, options=self._options, pool=self._pool)
            found = dump_at(self._root)
        if found != self._dump:
            raise AssertionError("the next ingest made another index")


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def main() -> None:
    """Make the trials that the command line asks for."""
    root, seed, first, count, ingest_share = sys.argv[1:]
    options = replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0)
    with ParsePool(options) as pool:
        trials = Trials(Path(root), seed, pool)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(int(first), int(first) + int(count)):
            trials.run(number, ingest_share=float(ingest_share))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(Path(root) / ".nanobot")
    document = {
        "outcomes": dict(sorted(trials.outcomes.items())),
        "words": dict(trials.words.most_common()),
        "wrong": trials.wrong[:20],
        "wrong_count": len(trials.wrong),
        "grown_kib": grown,
    }
    sys.stdout.write(json.dumps(document))


if __name__ == "__main__":
    main()
