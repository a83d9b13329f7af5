"""The figures of the index on one corpus, each from fresh processes, beside other engines.

Prints a table with bars and verdicts, and with `--json` writes everything measured.
Cold means that there is no index; the files are in the page cache. Comparisons with
other engines alternate, so that what else the machine does falls on both.

Of `big` only what has a bar there is measured, and once: it takes minutes.

From `tests`: `python -m benchmarks.bench_index c1 c10 big --json out.json`.
"""

import argparse
import itertools
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.bar import Bar
from benchmarks.corpus import Size, corpus, size_of
from benchmarks.index_api import INDEX_FOLDER_PARTS, MANIFEST_NAME, index_size_bytes
from benchmarks.index_questions import edits_of, questions_of
from benchmarks.index_trial import HAMMING_COUNTS
from benchmarks.peers import peer_environment
from benchmarks.report import print_table, write_document
from benchmarks.timing import p50_ms, p99_ms
from benchmarks.watched_run import Cost, run, run_module

PEERS: Final = ("tantivy", "fts5", "bm25s")
FIGURES: Final = (
    "cold", "peers", "query", "open", "rescan", "change", "similar", "parse", "hamming",
)  # fmt: skip
_FIGURES_BY_CORPUS: Final = {
    "c1": FIGURES[:-1],  # Signatures are random: once is enough.
    "c10": FIGURES,
    "big": ("cold", "rescan"),
}
_REPETITIONS_MAX_BY_CORPUS: Final = {"big": 1}
CHANGES_COUNT: Final = 200
_MIB: Final = 1024 * 1024


BARS: Final = {
    ("c1", "lexically searchable, wall s"): Bar(1.0),
    ("c10", "lexically searchable, wall s"): Bar(3.0),
    ("big", "lexically searchable, wall s"): Bar(15.0),
    ("c10", "peak memory, MiB"): Bar(150),
    ("big", "peak memory, MiB"): Bar(250),
    ("*", "CPU over tantivy"): Bar(1.0),
    ("*", "CPU over fts5"): Bar(1.2),
    ("*", "symbols complete, MB per CPU-s"): Bar(7.0, at_least=True),
    ("*", "index without text, over text"): Bar(0.30),
    ("c10", "names p50, ms"): Bar(1.0),
    ("c10", "names p99, ms"): Bar(10.0),
    ("c10", "sentences p50, ms"): Bar(1.0),
    ("c10", "sentences p99, ms"): Bar(10.0),
    ("c10", "open and first query beyond Python, ms"): Bar(50.0),
    ("*", "one changed file, lexical p99, ms"): Bar(5.0),
    ("*", "one changed file, symbols p99, ms"): Bar(50.0),
    ("big", "rescan without changes, ms"): Bar(100.0),
    ("*", "Hamming scan over 50,000 chunks, ms"): Bar(0.2),
    ("*", "Hamming scan over 500,000 chunks, ms"): Bar(5.0),
}
"""By corpus (`*`: any) and figure."""


@dataclass(slots=True)
class Figure:
    """One measured value with the repetitions it comes from."""

    corpus: str
    name: str
    value: float
    repetitions: list[float] = field(default_factory=list)
    remark: str = ""

    @property
    def bar(self) -> Bar | None:
        """What the value is held against."""
        return BARS.get((self.corpus, self.name)) or BARS.get(("*", self.name))

    @property
    def verdict(self) -> str:
        """One word; none without a bar."""
        return "" if self.bar is None else self.bar.verdict(self.value)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured."""

    name: str
    root: Path
    size: Size
    repetitions: int
    seed: int
    scratch: Path

    @property
    def questions_path(self) -> Path:
        """Where the questions of this corpus lie; made when they are first asked for."""
        path = self.scratch / f"questions-{self.name}.json"
        if not path.exists():
            path.write_text(json.dumps(questions_of(self.root, self.seed)), "utf-8")
        return path

    def trial(self, name: str) -> Cost:
        """Run one trial in a fresh process."""
        return run_module(
            ["benchmarks.index_trial", name, str(self.root), str(self.questions_path)]
        )

    def ingested(self, *, measure_memory: bool = False) -> Cost:
        """Index in a fresh process, and see when the text is searchable."""
        manifest = self.root.joinpath(*INDEX_FOLDER_PARTS, MANIFEST_NAME)
        return run_module(
            ["benchmarks.ingest_trial", str(self.root)],
            appears=None if measure_memory else manifest,
            measure_memory=measure_memory,
        )

    def forget(self) -> None:
        """Remove the index."""
        shutil.rmtree(self.root / ".nanobot", ignore_errors=True)

    def figure(self, name: str, values: Sequence[float], remark: str = "") -> Figure:
        """Take the median of repetitions."""
        return Figure(self.name, name, statistics.median(values), list(values), remark)

    def quantiles(self, name: str, seconds: Sequence[float], remark: str = "") -> list[Figure]:
        """Return the median of some times, and what 99 of 100 do not exceed."""
        times = [1e3 * one for one in seconds]
        return [
            Figure(self.name, f"{name} p50, ms", p50_ms(seconds), times, remark),
            Figure(self.name, f"{name} p99, ms", p99_ms(seconds), times, remark),
        ]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+", choices=list(_FIGURES_BY_CORPUS))
    parser.add_argument("--figures", nargs="*", choices=FIGURES, help="default: all that matter")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="nanobot-bench-") as scratch:
        for name in arguments.corpora:
            root = corpus(name)
            repetitions = min(
                arguments.repetitions, _REPETITIONS_MAX_BY_CORPUS.get(name, arguments.repetitions)
            )
            subject = Subject(name, root, size_of(root), repetitions, arguments.seed, Path(scratch))
            for measure in arguments.figures or _FIGURES_BY_CORPUS[name]:
                print(f"{name}: {measure}, {subject.size.files} files", file=sys.stderr)
                found = MEASURES[measure](subject)
                figures += found
                print_figures(found)
    document = {
        "repetitions": arguments.repetitions,
        "seed": arguments.seed,
        "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in figures],
    }
    write_document(arguments.json, document)


def measure_cold(subject: Subject) -> list[Figure]:
    """Index from nothing, until searchable and until symbols are complete."""
    costs = []
    for _ in range(subject.repetitions):
        subject.forget()
        costs.append(subject.ingested())
    subject.forget()
    memory = subject.ingested(measure_memory=True)
    size_mb = subject.size.size_bytes / 1e6
    appeared_cpu_s = [cost.appeared_cpu_s or cost.cpu_s for cost in costs]
    after_cpu_s = [c.cpu_s - until for c, until in zip(costs, appeared_cpu_s, strict=True)]
    extra_bytes = index_size_bytes(subject.root) - subject.size.size_bytes
    figure = subject.figure
    return [
        figure("lexically searchable, wall s", [c.appeared_wall_s or c.wall_s for c in costs]),
        figure("lexically searchable, CPU s", appeared_cpu_s),
        figure("symbols complete, wall s", [c.wall_s for c in costs]),
        figure("symbols complete, CPU s", [c.cpu_s for c in costs]),
        figure(
            "symbols complete, MB per CPU-s",
            [size_mb / c.cpu_s for c in costs],
            "everything counted, from the start of the process to its end",
        ),
        figure(
            "symbols complete, MB per CPU-s after searchable",
            [size_mb / seconds for seconds in after_cpu_s],
            "without what it took to be searchable",
        ),
        figure("peak memory, MiB", [c.output["peak_bytes"] / _MIB for c in costs]),
        figure(
            "peak memory with workers, MiB",
            [(memory.tree_peak_bytes or 0) / _MIB],
            "unique memory of all processes, sampled",
        ),
        figure(
            "index without text, over text",
            [extra_bytes / subject.size.size_bytes],
            f"{extra_bytes / 1e6:.1f} MB beside {size_mb:.1f} MB of text",
        ),
    ]


def measure_peers(subject: Subject) -> list[Figure]:
    """Compare the CPU until searchable with other engines, in pairs."""
    environment = peer_environment()
    figures = []
    for peer in PEERS:
        ratios, own_s, peer_s, peer_sizes = [], [], [], []
        for repetition in range(subject.repetitions):
            # Every other time the other one goes first.
            for who in ("nanobot", peer) if repetition % 2 else (peer, "nanobot"):
                if who == "nanobot":
                    subject.forget()
                    cost = subject.ingested()
                    own_s.append(cost.appeared_cpu_s or cost.cpu_s)
                else:
                    cost = peer_build(subject, peer, environment)
                    peer_s.append(cost.cpu_s)
                    peer_sizes.append(cost.output["index_bytes"] / subject.size.size_bytes)
            ratios.append(own_s[-1] / peer_s[-1])
        figures += [
            subject.figure(f"CPU over {peer}", ratios),
            subject.figure(f"{peer}: CPU s", peer_s),
            subject.figure(f"{peer}: index over text", peer_sizes[:1]),
        ]
    return figures


def peer_build(subject: Subject, peer: str, environment: dict[str, str]) -> Cost:
    """Index with another engine, reading and cutting the same files."""
    with tempfile.TemporaryDirectory(dir=subject.scratch) as folder:
        arguments = ["benchmarks.peers", "build", peer, str(subject.root), folder]
        return run_module(arguments, environment=environment)


def measure_query(subject: Subject) -> list[Figure]:
    """Ask names and sentences in a warm process."""
    output = subject.trial("queries").output
    figures = []
    for kind in ("names", "sentences"):
        best, every = output[kind], output[f"{kind}_all"]
        remark = f"best of 3 per question; all rounds: {p99_ms(every):.2f} at p99"
        figures += subject.quantiles(kind, best, remark)
    return figures


def measure_open(subject: Subject) -> list[Figure]:
    """Open and ask once in a new process; compare with what Python takes by itself."""
    bare, numpy, asked, inside = [], [], [], []
    for _ in range(2 * subject.repetitions):
        bare.append(run([sys.executable, "-c", "pass"]).wall_s)
        numpy.append(run([sys.executable, "-c", "import numpy"]).wall_s)
        cost = subject.trial("first-query")
        asked.append(cost.wall_s)
        inside.append(cost.output["open_s"] + cost.output["search_s"])
    beyond = [1e3 * (with_it - without) for with_it, without in zip(asked, bare, strict=True)]
    return [
        subject.figure("open and first query beyond Python, ms", beyond, "imports included"),
        subject.figure("open and first query, in process, ms", [1e3 * s for s in inside]),
        subject.figure("python -c pass, ms", [1e3 * s for s in bare]),
        subject.figure("python -c 'import numpy', ms", [1e3 * s for s in numpy]),
    ]


def measure_rescan(subject: Subject) -> list[Figure]:
    """Look for changes when there are none."""
    times = [1e3 * seconds for seconds in subject.trial("rescans").output["seconds"]]
    return [subject.figure("rescan without changes, ms", times, f"{subject.size.files} files")]


def measure_change(subject: Subject) -> list[Figure]:
    """Change files of a copy one by one. The first change is told apart."""
    with tempfile.TemporaryDirectory(dir=subject.scratch) as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(subject.root, copy, ignore=shutil.ignore_patterns(".nanobot"))
        edits = Path(folder) / "edits.json"
        count = 1 + CHANGES_COUNT
        # Files with errors are left out there.
        made = edits_of(subject.root, subject.seed, count + count // 4)
        edits.write_text(json.dumps({"count": count, "edits": made}), "utf-8")
        run_module(["benchmarks.ingest_trial", str(copy)])
        output = run_module(["benchmarks.index_trial", "changes", str(copy), str(edits)]).output
    figures = []
    for phase in ("lexical", "symbols"):
        name = f"one changed file, {phase}"
        remark = f"{CHANGES_COUNT} changes after the first"
        figures += subject.quantiles(name, output[f"{phase}_s"], remark)
        figures.append(subject.figure(f"{name}, the first, ms", [1e3 * output[f"first_{phase}_s"]]))
    after = [1e3 * seconds for seconds in output["after_publish_s"]]
    figures.append(subject.figure("one changed file, lexical, after a publish, ms", after))
    return figures


def measure_similar(subject: Subject) -> list[Figure]:
    """Ask for chunks like a given one."""
    output = subject.trial("similars").output
    times = [1e3 * seconds for seconds in output["seconds"]]
    return [subject.figure("similar, ms", times, "with the texts compared")]


def measure_parse(subject: Subject) -> list[Figure]:
    """Parse alone: no reading, no tables."""
    outputs = [subject.trial("parse").output for _ in range(subject.repetitions)]
    speeds = [output["size_bytes"] / 1e6 / output["cpu_s"] for output in outputs]
    parsed_mb = outputs[0]["size_bytes"] / 1e6
    remark = f"{parsed_mb:.0f} MB of Python, worker and parent together"
    return [subject.figure("parsing alone, MB per CPU-s", speeds, remark)]


def measure_hamming(subject: Subject) -> list[Figure]:
    """Look at the signatures of all chunks; these are random."""
    output = subject.trial("hamming").output
    figures = []
    for count, way in itertools.product(HAMMING_COUNTS, ("scan", "nearest")):
        times = [1e3 * seconds for seconds in output[str(count)][f"{way}_s"]]
        name = "Hamming scan" if way == "scan" else "ten nearest"
        figures.append(subject.figure(f"{name} over {count:,} chunks, ms", times))
    return figures


MEASURES: Final[dict[str, Callable[[Subject], list[Figure]]]] = {
    "cold": measure_cold,
    "peers": measure_peers,
    "query": measure_query,
    "open": measure_open,
    "rescan": measure_rescan,
    "change": measure_change,
    "similar": measure_similar,
    "parse": measure_parse,
    "hamming": measure_hamming,
}
# `cold` and `peers` leave an index behind that the others ask.
assert tuple(MEASURES) == FIGURES


def print_figures(figures: Sequence[Figure]) -> None:
    """Print one row per figure."""
    print_table(
        [
            (
                figure.corpus,
                figure.name,
                f"{figure.value:.3f}",
                "" if figure.bar is None else str(figure.bar),
                figure.verdict,
                figure.remark,
            )
            for figure in figures
        ]
    )


if __name__ == "__main__":
    main()
