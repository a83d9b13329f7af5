"""How often a sentence becomes the change that was asked for.

Sentences about ten released packages, in three styles. Each is planned and carried out as
`nanobot process --yes` does, accepted into a copy of the package, and graded by programs:
symbols where they should be, no old name left where none may be, everything compiles and
imports, no name undefined, the package's own tests no worse. Some sentences must be
refused; right is then that no byte changed.

Half of the packages are `open`: their failures may be looked at and worked on. The others
are `held-out`: their failures are counted only, and printed for nobody without `--misses`.
Two more sets, `fresh` and `fresh-2`, are done only with `--half` or by a package's name.

From `tests`: `python -m benchmarks.bench_result --json out.json`. With `--oracle` the plan
that a person wrote is carried out instead: what then fails is no fault of understanding.
"""

import argparse
import asyncio
import importlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks.bench_intent import sdist
from benchmarks.report import print_table, write_document
from benchmarks.result_packages import KNOWN, PACKAGES, SETS, USUAL, interpreter, run_tests
from benchmarks.result_run import Copy, CountingModel, Model, Outcome, outcome_of
from benchmarks.result_task import STYLES, Task
from nanobot_engine.model import (
    DEFAULT_MODEL_OPTIONS,
    ModelMissingError,
    ModelTrio,
    Role,
    default_models_dir,
)

_HEAD: Final = ["plan right", "result right", "of", "plan %", "result %", "median s", "prompts"]


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", help=f"of {', '.join(KNOWN)}")
    parser.add_argument("--half", choices=SETS, help="only these packages")
    parser.add_argument("--programs", action="store_true", help="without the models")
    parser.add_argument(
        "--rest-of",
        type=Path,
        metavar="JSON",
        help="of a run with --programs: do only what asked for a model",
    )
    parser.add_argument("--oracle", action="store_true", help="carry out what a person planned")
    parser.add_argument("--only", default="", metavar="TEXT", help="tasks with this in them")
    parser.add_argument("--misses", action="store_true", help="show what went wrong")
    parser.add_argument("--python", type=Path, help="an interpreter with pytest and all needs")
    parser.add_argument("--json", type=Path, help="also write the outcomes here")
    arguments = parser.parse_args()
    usual = SETS[arguments.half] if arguments.half else PACKAGES
    names = [
        name for name in arguments.packages or usual if arguments.half in {None, half_of(name)}
    ]
    outcomes = asyncio.run(run(names, arguments))
    for title, rows in tables(outcomes).items():
        print(f"\n{title}")
        print_table(rows)
    write_document(arguments.json, {"outcomes": [asdict(one) for one in outcomes]})


def half_of(package: str) -> str:
    """Tell which set a package belongs to."""
    return next(half for half, packages in SETS.items() if package in packages)


def tasks_of(package: str) -> Sequence[Task]:
    """Return the tasks about a package."""
    name = package.replace("-", "_")
    tasks: Sequence[Task] = importlib.import_module(f"benchmarks.result_tasks.{name}").TASKS
    return tasks


async def run(names: Sequence[str], arguments: argparse.Namespace) -> list[Outcome]:
    """Do the tasks of some packages."""
    python: Path = arguments.python or interpreter()
    outcomes: list[Outcome] = []
    earlier = settled(arguments.rest_of) if arguments.rest_of else []
    async with AsyncExitStack() as stack:
        runtime = stack.enter_context(tempfile.TemporaryDirectory())
        trio = ModelTrio(default_models_dir(), Path(runtime), DEFAULT_MODEL_OPTIONS)
        stack.push_async_callback(trio.close)
        for name in names:
            outcomes += await run_package(name, arguments, python, trio, earlier)
    return outcomes


async def run_package(
    name: str,
    arguments: argparse.Namespace,
    python: Path,
    trio: ModelTrio,
    earlier: Sequence[Outcome],
) -> list[Outcome]:
    """Do the tasks of one package, each in a fresh copy."""
    source = sdist(name, KNOWN[name].version)
    known = {one.text for one in earlier}
    outcomes = [one for one in earlier if one.package == name]
    with tempfile.TemporaryDirectory(prefix="nanobot-result-") as folder:
        scratch = Path(folder) / name
        shutil.copytree(source, scratch)
        before = run_tests(name, scratch, python)
        for task in tasks_of(name):
            if arguments.only not in task.text or task.text in known:
                continue
            shutil.rmtree(scratch)
            shutil.copytree(source, scratch)
            counting: list[CountingModel] = []
            asked: list[bool] = []
            is_bare = arguments.programs or arguments.oracle
            model = missing(asked) if is_bare else counted(trio, counting)
            outcome = await outcome_of(
                task, half_of(name), Copy(scratch, before, python), model, oracle=arguments.oracle
            )
            outcome.prompts = sum(one.prompts for one in counting)
            outcome.tokens = sum(one.tokens for one in counting)
            outcome.needs_model = bool(asked)
            outcomes.append(outcome)
            tell(outcome, misses=arguments.misses)
    return outcomes


def settled(path: Path) -> list[Outcome]:
    """Return the outcomes of a run without models in which none was asked for."""
    found = [Outcome(**one) for one in json.loads(path.read_text("utf-8"))["outcomes"]]
    return [one for one in found if not one.needs_model]


def missing(asked: list[bool]) -> Model:
    """Return what has no model, and notes that one was asked for."""

    async def model() -> CountingModel:
        asked.append(True)
        raise ModelMissingError("main", Path("models"))

    return model


def counted(trio: ModelTrio, counting: list[CountingModel]) -> Model:
    """Return what gives the main model, and counts what it is asked."""

    async def model() -> CountingModel:
        counting.append(CountingModel(await trio.worker(Role.MAIN)))
        return counting[-1]

    return model


def tell(outcome: Outcome, *, misses: bool) -> None:
    """Print progress; of a miss everything where it was asked for."""
    now = time.strftime("%H:%M:%S")
    verdict = "right" if outcome.result_right else "WRONG"
    plan = "" if outcome.plan_right else ", plan wrong"
    print(
        f"{now} {outcome.package} {outcome.style} {outcome.entry}: {verdict}{plan}"
        f" ({outcome.total_s:.1f} s, {outcome.prompts} prompts)",
        flush=True,
    )
    if misses and not (outcome.result_right and outcome.plan_right):
        print(f"    {outcome.text}\n    {outcome.problem}")
        for line in outcome.plan:
            print(f"      {line}", flush=True)


def tables(outcomes: Sequence[Outcome]) -> dict[str, list[list[str]]]:
    """Count by half and style, and by entry of the catalogue."""
    groups: list[tuple[str, Callable[[Outcome], bool]]] = []
    for half in (*SETS, "both"):
        for style in (*STYLES, "all"):

            def is_own(one: Outcome, half: str = half, style: str = style) -> bool:
                is_half = half == one.half or (half == "both" and one.half in USUAL)
                return is_half and style in {one.style, "all"}

            groups.append((f"{half}, {style}", is_own))
    entries: list[tuple[str, Callable[[Outcome], bool]]] = []
    for entry in sorted({one.entry for one in outcomes}):

        def is_entry(one: Outcome, entry: str = entry) -> bool:
            return one.entry == entry

        entries.append((entry, is_entry))
    return {
        "By half and style": _table("sentences", outcomes, groups),
        "By entry of the catalogue": _table("entry", outcomes, entries),
    }


def _table(
    title: str,
    outcomes: Sequence[Outcome],
    groups: Sequence[tuple[str, Callable[[Outcome], bool]]],
) -> list[list[str]]:
    rows = [[title, *_HEAD]]
    for name, is_own in groups:
        own = [one for one in outcomes if is_own(one)]
        if own:
            plans = sum(one.plan_right for one in own)
            results = sum(one.result_right for one in own)
            rows.append(
                [
                    name,
                    str(plans),
                    str(results),
                    str(len(own)),
                    f"{100 * plans / len(own):.0f}",
                    f"{100 * results / len(own):.0f}",
                    f"{statistics.median(one.total_s for one in own):.1f}",
                    str(sum(one.prompts for one in own)),
                ]
            )
    return rows


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"pip: {error}")
