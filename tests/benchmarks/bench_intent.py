"""How often a sentence becomes the plan that a person wrote for it.

Sentences about two dozen released packages, in three styles; see `intent_sentences`. A
plan is right when every part has the right refactoring and arguments, in the right
order, and a goal that is no refactoring is refused. Once with programs alone, where what
is ambiguous is decided by evidence, and once with the models of the potato tier.

From `tests`: `python -m benchmarks.bench_intent --models --json out.json`.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import corpora_folder, pip
from benchmarks.intent_sentences import (
    TUNING,
    TUNING_PACKAGES,
    Accepted,
    Expected,
    Sentence,
)
from benchmarks.intent_sentences_chat import CHAT, CHAT_PACKAGES
from benchmarks.intent_sentences_chat_unseen import CHAT_UNSEEN, CHAT_UNSEEN_PACKAGES
from benchmarks.intent_sentences_fresh import FRESH, FRESH_PACKAGES
from benchmarks.intent_sentences_held_out import HELD_OUT, HELD_OUT_PACKAGES
from benchmarks.intent_sentences_odd import ODD, ODD_PACKAGES
from benchmarks.report import print_table, write_document
from nanobot_engine.intent import (
    CommandRequest,
    IntentError,
    ModelChooser,
    ModelWriter,
    Part,
    Plan,
    Planner,
    Question,
)
from nanobot_engine.model import (
    CHATML,
    DEFAULT_MODEL_OPTIONS,
    Lanes,
    ModelTrio,
    Role,
    default_models_dir,
)
from nanobot_engine.recipe import Goal
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS

SETS: Final = {
    "tuning": (TUNING, TUNING_PACKAGES),
    "held-out": (HELD_OUT, HELD_OUT_PACKAGES),
    "odd": (ODD, ODD_PACKAGES),
    "fresh": (FRESH, FRESH_PACKAGES),
    "chat": (CHAT, CHAT_PACKAGES),
    "chat, unseen": (CHAT_UNSEEN, CHAT_UNSEEN_PACKAGES),
}
STYLES: Final = ("precise", "loose", "terse")
SUFFIXES: Final = frozenset({".py", ".pyi", ".md", ".rst", ".txt", ".toml", ".cfg"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sentence."""

    role: str
    with_models: bool
    package: str
    style: str
    text: str
    is_right: bool
    is_wrong: bool
    """Whether something else would have been done; else it is refused or asked about."""
    plan: tuple[str, ...]
    asked: int
    """Questions that went to a model."""
    open: int
    """Questions that were decided by evidence."""
    seconds: float


@dataclass(slots=True)
class CountingModel:
    """Counts what a model is asked. Implements `Chooser` and `Writer`."""

    inner: ModelChooser
    writer: ModelWriter
    asked: int = 0

    async def choose(self, question: Question) -> int | None:
        """See `Chooser.choose`."""
        self.asked += self.inner.takes(question)
        return await self.inner.choose(question)

    async def write(self, request: CommandRequest) -> list[str]:
        """See `Writer.write`."""
        self.asked += 1
        return await self.writer.write(request)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", action="store_true", help="also with the models")
    parser.add_argument("--role", choices=[*SETS, "all"], default="all")
    parser.add_argument("--misses", action="store_true", help="show the plans that are wrong")
    parser.add_argument("--json", type=Path, help="also write the outcomes here")
    arguments = parser.parse_args()
    outcomes = asyncio.run(run(arguments.role, with_models=arguments.models))
    if arguments.misses:
        show_misses(outcomes)
    print_table(table(outcomes))
    write_document(arguments.json, {"outcomes": [asdict(one) for one in outcomes]})


async def run(role: str, *, with_models: bool) -> list[Outcome]:
    """Plan all sentences of a role, once or twice."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as runtime:
        trio = ModelTrio(default_models_dir(), Path(runtime), DEFAULT_MODEL_OPTIONS)
        try:
            options = (lambda: trio.worker(Role.MAIN), CHATML, Lanes())
            model = (ModelChooser(*options), ModelWriter(*options))
            for name, (sentences, versions) in SETS.items():
                if role in {name, "all"}:
                    for package, version in versions.items():
                        own = [one for one in sentences if one.package == package]
                        files = read_files(sdist(package, version))
                        outcomes += await planned(name, own, files, None)
                        if with_models:
                            outcomes += await planned(name, own, files, model)
        finally:
            await trio.close()
    return outcomes


async def planned(
    role: str,
    sentences: Sequence[Sentence],
    files: dict[str, bytes],
    model: tuple[ModelChooser, ModelWriter] | None,
) -> list[Outcome]:
    """Plan the sentences of one package."""
    outcomes = []
    for sentence in sentences:
        # As a command line would: nothing is known from the sentence before.
        started = time.perf_counter()
        counting = CountingModel(*model) if model is not None else None
        parts: tuple[Part | Expected, ...] = ()
        try:
            planner = Planner(Codebase(files), tuple(REFACTORINGS.values()))
            goal = planner.recipe(sentence.text)
            if goal is not None:
                plan = Plan(sentence.text, (), goal=goal)
            else:
                plan = await planner.plan(sentence.text, [counting] if counting else [], counting)
            parts = plan.parts if plan.goal is None else (asked_recipe(plan.goal),)
            still_open = len(plan.open)
            shown = tuple(plan.lines()) or tuple(plan.open[0].options)
        except IntentError as error:
            still_open, shown = 0, (str(error),)
        right = is_right(parts, sentence.parts)
        outcomes.append(
            Outcome(
                role,
                model is not None,
                sentence.package,
                sentence.style,
                sentence.text,
                right,
                bool(parts) and not right,
                shown,
                counting.asked if counting else 0,
                still_open,
                time.perf_counter() - started,
            )
        )
    return outcomes


def asked_recipe(goal: Goal) -> Expected:
    """Return what a recipe was asked for, as `intent_sentences.recipe` writes it."""
    names = ",".join(sorted(goal.arguments.get("names", "").split()))
    paths = ",".join(sorted(goal.arguments.get("paths", "").split()))
    return Expected(goal.recipe, {"names": names, "paths": paths})


def is_right(parts: Sequence[Part | Expected], expected: Sequence[Expected]) -> bool:
    """Compare a plan with the one that a person wrote."""
    return len(parts) == len(expected) and all(
        _is_right_part(part, one) for part, one in zip(parts, expected, strict=True)
    )


def _is_right_part(part: Part | Expected, expected: Expected) -> bool:
    values = part.values() if isinstance(part, Part) else part.arguments
    names = {
        name
        for name in {*values, *expected.arguments}
        if values.get(name) or expected.arguments.get(name)
    }
    return part.refactoring == expected.refactoring and all(
        _is_same(values.get(name, ""), expected.arguments.get(name, "")) for name in names
    )


def _is_same(value: Accepted, accepted: str | tuple[str, ...]) -> bool:
    return value in accepted if isinstance(accepted, tuple) else value == accepted


def sdist(name: str, version: str) -> Path:
    """Return the unpacked source distribution of a package, fetched when it is not there."""
    folder = corpora_folder() / "sdists"
    place = folder / f"{name}-{version}"
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as scratch:
            options = ["--no-deps", "--no-binary", name]
            pip("download", *options, "--dest", scratch, f"{name}=={version}")
            archive = next(Path(scratch).glob("*.tar.gz"))
            with tarfile.open(archive) as source:
                source.extractall(scratch, filter="data")
            next(one for one in Path(scratch).iterdir() if one.is_dir()).rename(place)
    return place


def read_files(root: Path) -> dict[str, bytes]:
    """Return the text files of a package by path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix in SUFFIXES
    }


def table(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Count by role, models and style."""
    rows = [
        ["sentences", "with", "style", "right", "of", "%", "wrong", "asked", "open", "median s"]
    ]
    for role in SETS:
        for with_models in (False, True):
            for style in (*STYLES, "all"):
                own = [
                    one
                    for one in outcomes
                    if one.role == role
                    and one.with_models == with_models
                    and style in {one.style, "all"}
                ]
                if own:
                    right = sum(one.is_right for one in own)
                    rows.append(
                        [
                            role,
                            "models" if with_models else "programs",
                            style,
                            str(right),
                            str(len(own)),
                            f"{100 * right / len(own):.0f}",
                            str(sum(one.is_wrong for one in own)),
                            str(sum(one.asked for one in own)),
                            str(sum(one.open for one in own)),
                            f"{statistics.median(one.seconds for one in own):.2f}",
                        ]
                    )
    return rows


def show_misses(outcomes: Sequence[Outcome]) -> None:
    """Print what was understood wrongly."""
    for one in outcomes:
        if not one.is_right:
            print(f"{one.package}, {one.style}: {one.text}")
            for line in one.plan:
                print(f"    {line}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"pip: {error}")
