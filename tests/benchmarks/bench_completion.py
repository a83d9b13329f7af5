"""Suggestions at the cursor: how good on code the model has not seen, and how soon.

`--what accept`: in files of a folder of packages, the rest of a line or the body of a
block is taken away and asked for, with and without what the index finds, and with the
small prompt that is asked first at a new place. `--what type`: lines are typed a key at
a time; with `--busy` while another model answers waves, as a process makes it.

Each run takes about `--seconds` and adds its cases to `--out`, a file of JSON lines, so
that several short runs make a large one: the cases of a seed come in the same order.
`--sum FILE` prints the tables of such a file.

From `tests`: `python -m benchmarks.bench_completion --what accept --role rlm --packages DIR`.
"""

import argparse
import asyncio
import contextlib
import difflib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.completion_cases import Case, cases
from benchmarks.machine import machine
from nanobot_engine.completion.completer import Completer, CompletionOptions
from nanobot_engine.completion.context import gathered
from nanobot_engine.completion.piece import Piece
from nanobot_engine.completion.request import CompletionRequest
from nanobot_engine.model import (
    CHATML,
    DEFAULT_MODEL_OPTIONS,
    ModelWorker,
    Role,
    Tier,
    Wave,
    default_models_dir,
    load_catalogue,
)
from nanobot_engine.model.worker.continuation import ContinuationWorker
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, Index, ingest, open_index
from nanobot_server.completion_settings import completion_options, completion_worker_options
from nanobot_server.settings import Settings

SETTINGS: Final = Settings()


class Rows(list[dict[str, Any]]):
    """What was measured; written as it comes, so that a run that is cut short is not lost."""

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self._path = path

    def append(self, row: dict[str, Any]) -> None:
        """Keep a row."""
        super().append(row)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


class WholePrompt(ContinuationWorker):
    """Reads every prompt at once, so that the whole one is what answers."""

    def unread(self, tokens: Sequence[int], *, slot: int) -> int:
        """Say that everything was read."""
        return 0


class SmallPrompt(ContinuationWorker):
    """Reads nothing beforehand, so that the small prompt is what answers."""

    def unread(self, tokens: Sequence[int], *, slot: int) -> int:
        """Say that nothing was read."""
        return 1 << 20

    async def read(self, tokens: Sequence[int], *, slot: int) -> None:
        """Do not."""


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", choices=["accept", "type"], default="accept")
    parser.add_argument("--role", choices=["rlm", "main"], default="rlm")
    parser.add_argument("--packages", type=Path, help="a folder with one folder per package")
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="cases that an earlier run did")
    parser.add_argument("--ways", nargs="+", default=["index", "file", "small"])
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sum", type=Path)
    arguments = parser.parse_args()
    if arguments.sum is not None:
        print_sums([json.loads(line) for line in arguments.sum.read_text().splitlines()])
        return
    rows = Rows(arguments.out)
    work = accept(arguments, rows) if arguments.what == "accept" else typed(arguments, rows)
    asyncio.run(work)
    print(json.dumps(machine()))
    print_sums(rows)


# -- acceptance ----------------------------------------------------------------


async def accept(arguments: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """Ask for what was taken away, in three ways per case."""
    give_up = time.monotonic() + arguments.seconds
    with contextlib.ExitStack() as stack:
        index_by_package: dict[str, Index] = {}
        with tempfile.TemporaryDirectory() as folder:
            async with (
                worker(WholePrompt, arguments.role, Path(folder)) as whole,
                worker(SmallPrompt, arguments.role, Path(folder)) as small,
            ):
                for number, case in enumerate(cases(arguments.packages, arguments.seed)):
                    if number < arguments.skip:
                        continue
                    if time.monotonic() > give_up:
                        break
                    index = index_by_package.get(case.package)
                    if index is None:
                        root = arguments.packages / case.package
                        ingest(root, options=DEFAULT_INDEX_OPTIONS)
                        index = stack.enter_context(open_index(root))
                        index_by_package[case.package] = index
                    for way, model in (("index", whole), ("file", whole), ("small", small)):
                        if way not in arguments.ways:
                            continue
                        pieces = without_itself(gathered(index, case.request), case)
                        rows.append(
                            await asked(
                                case, way, model, pieces if way == "index" else (), arguments.role
                            )
                        )


def without_itself(pieces: Sequence[Piece], case: Case) -> tuple[Piece, ...]:
    """Leave out copies of what was taken away, such as those of a vendored file."""
    wanted = case.expected.strip()
    is_long = len(wanted) > 40
    return tuple(piece for piece in pieces if not (is_long and wanted in piece.text))


async def asked(
    case: Case, way: str, model: ContinuationWorker, pieces: Sequence[Piece], role: str
) -> dict[str, Any]:
    """Ask one case and compare."""

    async def gather(_request: CompletionRequest) -> Sequence[Piece]:
        return pieces

    started = time.monotonic()
    # Of a line that was taken away no more is expected than the line.
    lines_max = SETTINGS.completion.lines_max if case.kind == "block" else 1
    said = await completer(model, gather, lines_max).suggest("document", case.request)
    wanted, found = _plain(case.expected), _plain(said.text)
    first = wanted.strip().partition("\n")[0].strip()
    return {
        "what": "accept",
        "role": role,
        "way": way,
        "kind": case.kind,
        "package": case.package,
        "path": case.request.path,
        "pieces": len(pieces),
        "expected": case.expected,
        "text": said.text,
        "is_shown": bool(said.text),
        "is_exact": found == wanted,
        "is_first_line": found.strip().partition("\n")[0].strip() == first,
        "similarity": similarity(found, wanted),
        "prompt_tokens": said.prompt_tokens,
        "mean_logprob": said.mean_logprob,
        "seconds": round(time.monotonic() - started, 3),
    }


def similarity(one: str, other: str) -> float:
    """Return twice the matched characters over all characters, 0 to 1."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def _plain(text: str) -> str:
    """Return a text without what nobody sees: white space at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")).rstrip()


# -- typing --------------------------------------------------------------------


async def typed(arguments: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """Type lines a key at a time, each after the answer to the one before."""
    give_up = time.monotonic() + arguments.seconds
    with tempfile.TemporaryDirectory() as folder:
        async with worker(ContinuationWorker, arguments.role, Path(folder)) as model:
            await model.tokens_of("loaded")
            busy = asyncio.create_task(waves(Path(folder))) if arguments.busy else None
            if busy is not None:
                await asyncio.sleep(10.0)  # Until it has loaded.
            lines = (
                case
                for case in cases(arguments.packages, arguments.seed)
                if case.kind == "start" and len(case.expected) < 60
            )
            for number, case in enumerate(lines):
                if number < arguments.skip:
                    continue
                if time.monotonic() > give_up:
                    break
                await typed_line(case, model, arguments, rows)
            if busy is not None:
                busy.cancel()
                await asyncio.wait({busy})


async def typed_line(
    case: Case, model: ContinuationWorker, arguments: argparse.Namespace, rows: list[dict[str, Any]]
) -> None:
    """Type one line at a new place: asked once, a pause to read, then key after key."""
    root = arguments.packages / case.package
    ingest(root, options=DEFAULT_INDEX_OPTIONS)
    with open_index(root) as index:

        async def gather(request: CompletionRequest) -> Sequence[Piece]:
            return await asyncio.to_thread(gathered, index, request)

        made = completer(model, gather)
        for keys in range(len(case.expected)):
            request = replace(case.request, before=case.request.before + case.expected[:keys])
            started = time.monotonic()
            said = await made.suggest(case.request.path, request)
            seconds = time.monotonic() - started
            rows.append(
                {
                    "what": "type",
                    "role": arguments.role,
                    "is_busy": arguments.busy,
                    "way": "known" if said.is_known else "new place" if keys == 0 else "key",
                    "prompt_tokens": said.prompt_tokens,
                    "cached_tokens": said.cached_tokens,
                    "tokens": said.tokens,
                    "seconds": round(seconds, 4),
                    "load": round(os.getloadavg()[0], 1),
                }
            )
            if keys == 0:
                reading = made._documents[case.request.path].reading
                if reading is not None:
                    before = time.monotonic()
                    await asyncio.wait({reading})
                    rows[-1]["read_seconds"] = round(time.monotonic() - before, 3)


async def waves(folder: Path) -> None:
    """Ask the main model wave after wave, as a process does."""
    entry = load_catalogue().for_role(Tier.POTATO, Role.MAIN)
    model = ModelWorker(
        Role.MAIN,
        entry,
        models_dir=default_models_dir(),
        runtime_dir=folder,
        options=DEFAULT_MODEL_OPTIONS,
    )
    try:
        for seed in range(1_000_000):
            wave = Wave(
                prefix=CHATML.prefix("You write one sentence that says what a function does."),
                prompts=(CHATML.prompt("def total(numbers):\n    return sum(numbers)\n" * 4),),
                samples=2,
                tokens_max=48,
                temperature=0.5,
                seed=seed,
            )
            await model.generate(wave, timeout_s=300.0)
    finally:
        await model.close()


# -- shared --------------------------------------------------------------------


@asynccontextmanager
async def worker(
    kind: type[ContinuationWorker], role: str, folder: Path
) -> AsyncIterator[ContinuationWorker]:
    """Run the worker of completions with the shipped options."""
    made = kind(
        kind.__name__.lower(),
        load_catalogue().for_role(Tier.POTATO, Role(role)),
        models_dir=default_models_dir(),
        runtime_dir=folder,
        options=completion_worker_options(SETTINGS),
        idle_s=3_600.0,
    )
    try:
        yield made
    finally:
        await made.close()


def completer(
    model: ContinuationWorker,
    gather: Callable[..., Any],
    lines_max: int = SETTINGS.completion.lines_max,
) -> Completer:
    """Return a completer with the shipped options, but for the pause before a request."""
    options: CompletionOptions = replace(
        completion_options(SETTINGS), delay_s=0.0, lines_max=lines_max
    )
    fim = model.entry.fim
    assert fim is not None
    return Completer(model, fim, gather, options, project="project")


def print_sums(rows: list[dict[str, Any]]) -> None:
    """Print a table of what rows say."""
    accepted = [row for row in rows if row["what"] == "accept"]
    for role in sorted({row["role"] for row in accepted}):
        for kind in ("start", "word", "gap", "block", "line"):
            for way in ("index", "file", "small"):
                own = [
                    row
                    for row in accepted
                    if row["role"] == role
                    and row["way"] == way
                    and (row["kind"] == kind or (kind == "line" and row["kind"] != "block"))
                ]
                if own:
                    print(f"{role:5} {kind:6} {way:6} {_shares(own)}")
    typing = [row for row in rows if row["what"] == "type"]
    for role, busy, way in sorted({(row["role"], row["is_busy"], row["way"]) for row in typing}):
        own = [
            row for row in typing if (row["role"], row["is_busy"], row["way"]) == (role, busy, way)
        ]
        seconds = sorted(row["seconds"] for row in own)
        prompt = sum(row["prompt_tokens"] for row in own)
        cached = sum(row["cached_tokens"] for row in own)
        reuse = f"reused {100 * cached / prompt:.1f} %" if prompt else "no model asked"
        load = sum(row["load"] for row in own) / len(own)
        print(
            f"{role:5} {'busy' if busy else 'alone':5} {way:9} n={len(own):4} "
            f"p50 {1e3 * seconds[len(own) // 2]:6.0f} ms "
            f"p95 {1e3 * seconds[int(0.95 * (len(own) - 1))]:6.0f} ms  {reuse}  load {load:.1f}"
        )


def _shares(rows: list[dict[str, Any]]) -> str:
    count = len(rows)
    shown = [row for row in rows if row["is_shown"]]
    parts = [f"n={count:4}", f"shown {_share(len(shown), count)}"]
    parts.append(f"exact {_share(sum(row['is_exact'] for row in rows), count)}")
    parts.append(f"first line {_share(sum(row['is_first_line'] for row in rows), count)}")
    mean = sum(row["similarity"] for row in rows) / count
    deviation = (sum((row["similarity"] - mean) ** 2 for row in rows) / max(1, count - 1)) ** 0.5
    parts.append(f"similarity {mean:.2f} ± {1.96 * deviation / count**0.5:.2f}")
    return "  ".join(parts)


def _share(hits: int, count: int) -> str:
    """Return a share with its 95 % interval: E. B. Wilson, 1927."""
    z, p = 1.96, hits / count
    centre = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * (p * (1 - p) / count + z * z / (4 * count * count)) ** 0.5 / (1 + z * z / count)
    return f"{100 * p:3.0f} % ({100 * (centre - half):.0f} to {100 * (centre + half):.0f})"


if __name__ == "__main__":
    main()
