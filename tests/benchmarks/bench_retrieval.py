"""How often the right function is among the first ten, and how long that takes.

Three sets of questions: docstrings of functions (cut out of the text that is searched),
the same without the words of the function's name, and issue-like sentences. Beside
nanobot the same questions go to ripgrep with keywords, bm25s, SQLite FTS5 and tantivy.
A hit is right when its lines hold the `def` of the function; `file` counts a hit
anywhere in its file. `role` says what a corpus was used for before, see `corpus.Part`.

`--engines nanobot nanobot-semantic` compares search by words with search by meaning too.

From `tests`: `python -m benchmarks.bench_retrieval c1 lib packages issues --json out.json`.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.bar import Bar
from benchmarks.corpus import CORPORA, corpus
from benchmarks.docstring_queries import Question, sampled, stripped_corpus
from benchmarks.issue_queries import issue_questions
from benchmarks.peers import BUILDERS, OPENERS, peers_folder
from benchmarks.report import print_table, write_document
from benchmarks.timing import p50_ms, p99_ms
from benchmarks.windows import Window
from nanobot_engine.model import default_models_dir, install_embedder
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, SearchFilter, ingest, open_index
from nanobot_indexer.semantic.vector_build import build_vectors
from nanobot_server.semantic_model import by_semantics, embedder, vector_store
from nanobot_server.settings import Settings

HITS_MAX: Final = 10
WARM_UP_QUERIES: Final = 5
# A hit that shows half of a file answers nothing.
HIT_LINES_MAX: Final = 400
SEMANTIC: Final = "nanobot-semantic"
"""By words and meaning; only when it is asked for, because embedding takes minutes."""
SETS: Final = ("c1", "lib", "lib-without-tests", "packages", "issues")
BARS: Final = {
    ("c1", "docstring"): Bar(0.60, at_least=True),
    ("lib", "docstring"): Bar(0.60, at_least=True),
    ("c1", "nameless"): Bar(0.40, at_least=True),
    ("lib", "nameless"): Bar(0.40, at_least=True),
    ("lib-without-tests", "docstring"): Bar(0.60, at_least=True),
    ("lib-without-tests", "nameless"): Bar(0.40, at_least=True),
}
"""Least recall at 10 of nanobot by corpus and kind of question."""

Search = Callable[[str, int], Sequence[Window]]


@dataclass(frozen=True, slots=True)
class Score:
    """One engine on one set of questions."""

    corpus: str
    role: str
    kind: str
    engine: str
    questions: int
    recall_at_1: float
    recall_at_10: float
    mrr_at_10: float
    file_recall_at_10: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Task:
    """A text to search, and questions by kind."""

    corpus: str
    role: str
    root: Path
    questions_by_kind: dict[str, list[Question]]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", choices=SETS)
    parser.add_argument("--sample", type=int, default=300, help="questions per corpus and kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", nargs="*", default=["nanobot", *BUILDERS])
    parser.add_argument("--role", choices=["tuning", "looked-at", "held-out", "all"], default="all")
    parser.add_argument("--json", type=Path, help="also write the scores here")
    parser.add_argument("--misses", action="store_true", help="show what nanobot did not find")
    arguments = parser.parse_args()
    # Peers are imported late, by name.
    sys.path.append(str(peers_folder()))
    scores = []
    for task in tasks(arguments.sets, arguments.sample, arguments.seed):
        if arguments.role in {"all", task.role}:
            scores += run(task, arguments.engines, show_misses=arguments.misses)
    print_scores(scores)
    document = {
        "seed": arguments.seed,
        "sample": arguments.sample,
        "scores": [asdict(score) for score in scores],
        "verdicts": verdicts(scores),
    }
    write_document(arguments.json, document)


def tasks(sets: Sequence[str], sample: int, seed: int) -> Iterator[Task]:
    """Make the texts and questions that were asked for."""
    for name in sets:
        if name == "issues":
            root = corpus("issues")
            for role in ("tuning", "held-out"):
                packages = {part.name for part in CORPORA["issues"] if part.role == role}
                by_package = issue_questions(root)
                chosen = [q for package in sorted(packages) for q in by_package[package]]
                yield Task("issues", role, root, {"issue": chosen})
        elif name == "packages":
            for part in CORPORA["packages"]:
                source = corpus("packages") / part.name
                yield docstring_task(part.name, part.role, source, sample, seed)
        else:
            (part,) = CORPORA[name]
            yield docstring_task(name, part.role, corpus(name), sample, seed)


def docstring_task(name: str, role: str, source: Path, sample: int, seed: int) -> Task:
    """Ask for the functions of a corpus by their docstrings."""
    root, questions = stripped_corpus(name, source)
    chosen = sampled(questions, sample, seed)
    nameless = [question.without_name_words() for question in chosen]
    return Task(
        name,
        role,
        root,
        {"docstring": chosen, "nameless": [question for question in nameless if question]},
    )


def run(task: Task, engines: Sequence[str], *, show_misses: bool) -> list[Score]:
    """Ask every engine every question of a task."""
    scores = []
    for engine in engines:
        with ExitStack() as stack:
            search = opened(engine, task.root, stack)
            for kind, questions in task.questions_by_kind.items():
                ranks, file_ranks, seconds = asked(search, questions)
                if show_misses and engine == "nanobot":
                    print_misses(questions, ranks)
                scores.append(
                    Score(
                        corpus=task.corpus,
                        role=task.role,
                        kind=kind,
                        engine=engine,
                        questions=len(questions),
                        recall_at_1=recall(ranks, 1),
                        recall_at_10=recall(ranks, HITS_MAX),
                        mrr_at_10=statistics.fmean(1 / rank if rank else 0.0 for rank in ranks),
                        file_recall_at_10=recall(file_ranks, HITS_MAX),
                        p50_ms=p50_ms(seconds),
                        p99_ms=p99_ms(seconds),
                    )
                )
        print(f"{task.corpus} {engine}: done", file=sys.stderr)
    return scores


def opened(engine: str, root: Path, stack: ExitStack) -> Search:
    """Build and open an engine; everything is closed and removed with the stack."""
    if engine == "nanobot":
        report = ingest(root, options=DEFAULT_INDEX_OPTIONS)
        # Says at once when parse workers did not work: the scores would be of line windows.
        print(f"{root.name}: {report.definition_count} definitions", file=sys.stderr)
        index = stack.enter_context(open_index(root))

        def search(query: str, limit: int) -> Sequence[Window]:
            hits = index.search(query, limit=limit)
            return [Window(hit.path, hit.start_line, hit.end_line) for hit in hits]

        return search
    if engine == SEMANTIC:
        return opened_semantic(root, stack)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    BUILDERS[engine](root, folder)
    return OPENERS[engine](folder, root).search


def opened_semantic(root: Path, stack: ExitStack) -> Search:
    """Embed a corpus, which takes minutes the first time, and search by words and meaning."""
    install_embedder(default_models_dir(), progress=lambda _at: None, cancelled=lambda: False)
    ingest(root, options=DEFAULT_INDEX_OPTIONS)
    index = stack.enter_context(open_index(root))
    worker = embedder(Settings(), is_background=False)
    stack.callback(worker.close)
    report = build_vectors(index, vector_store(root), worker)
    print(f"{root.name}: {report.embedded_chunks} chunks embedded", file=sys.stderr)
    by_meaning = by_semantics(root, worker)

    def search(query: str, limit: int) -> Sequence[Window]:
        hits = by_meaning(index, query, limit, SearchFilter()).hits
        return [Window(hit.path, hit.start_line, hit.end_line) for hit in hits]

    return search


def asked(
    search: Search, questions: Sequence[Question]
) -> tuple[list[int], list[int], list[float]]:
    """Return the rank of the first right hit, of the first in a right file, and the times.

    A rank of 0 means that no hit is right.
    """
    for question in questions[:WARM_UP_QUERIES]:
        search(question.query, HITS_MAX)
    ranks, file_ranks, seconds = [], [], []
    for question in questions:
        started_s = time.perf_counter()
        windows = search(question.query, HITS_MAX)
        seconds.append(time.perf_counter() - started_s)
        right = [number for number, window in enumerate(windows, 1) if is_right(window, question)]
        paths = {gold.path for gold in question.golds}
        in_file = [number for number, window in enumerate(windows, 1) if window.path in paths]
        ranks.append(right[0] if right else 0)
        file_ranks.append(in_file[0] if in_file else 0)
    return ranks, file_ranks, seconds


def is_right(window: Window, question: Question) -> bool:
    """Tell whether a hit shows the `def` of a gold."""
    if window.end_line - window.start_line >= HIT_LINES_MAX:
        return False
    return any(
        window.path == gold.path and window.start_line <= gold.line <= window.end_line
        for gold in question.golds
    )


def recall(ranks: Sequence[int], at: int) -> float:
    """Return the share of questions whose answer is among the first hits."""
    return statistics.fmean(0 < rank <= at for rank in ranks)


def verdicts(scores: Sequence[Score]) -> list[dict[str, object]]:
    """Compare nanobot with the bars."""
    return [
        {
            "corpus": score.corpus,
            "kind": score.kind,
            "recall_at_10": round(score.recall_at_10, 3),
            "bar": str(BARS[score.corpus, score.kind]),
            "verdict": BARS[score.corpus, score.kind].verdict(score.recall_at_10),
        }
        for score in scores
        if score.engine == "nanobot" and (score.corpus, score.kind) in BARS
    ]


def print_misses(questions: Sequence[Question], ranks: Sequence[int]) -> None:
    """Show what was not found, for who works on the ranking."""
    for question, rank in zip(questions, ranks, strict=True):
        if not rank:
            gold = question.golds[0]
            print(f"missed {gold.path}:{gold.line} {question.name}: {question.query[:200]}")


def print_scores(scores: Sequence[Score]) -> None:
    """Print one row per engine and set of questions, then the verdicts."""
    heading = ("corpus", "role", "kind", "engine", "n", "R@1", "R@10", "MRR", "file", "p50", "p99")
    rows = [
        (
            score.corpus,
            score.role,
            score.kind,
            score.engine,
            str(score.questions),
            f"{score.recall_at_1:.3f}",
            f"{score.recall_at_10:.3f}",
            f"{score.mrr_at_10:.3f}",
            f"{score.file_recall_at_10:.3f}",
            f"{score.p50_ms:.2f} ms",
            f"{score.p99_ms:.1f} ms",
        )
        for score in scores
    ]
    print_table([heading, *rows])
    for one in verdicts(scores):
        recalled, bar = one["recall_at_10"], one["bar"]
        print(f"{one['corpus']} {one['kind']}: R@10 {recalled} (bar {bar}): {one['verdict']}")


if __name__ == "__main__":
    main()
