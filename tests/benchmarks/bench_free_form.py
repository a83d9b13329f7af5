"""The same goals done by nanobot, and by one free-form call of the same model per file.

Goals are sentences of the result benchmark whose right change touches few, small files that
are there already, so that a model can be shown each file as a whole. Which files those are is
found out by carrying out the plan that a person wrote. Then each goal is done twice:

* nanobot: the sentence is planned and carried out, as `nanobot process --yes` does;
* free form: for every file of the right change the model is given the sentence, the path and
  the whole text, and asked for the whole new text; temperature 0, room for a file a half
  longer. It is told the right files, which nobody would tell it.

Both results are graded by the same programs: symbols where they should be, the old name gone,
everything compiles and imports, no name undefined, the package's own tests no worse.

From `tests`: `python -m benchmarks.bench_free_form --json out.json`; some minutes for a dozen
goals on two idle cores. `--misses` shows why results are not right.
"""

import argparse
import asyncio
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks import result_run
from benchmarks.bench_intent import sdist
from benchmarks.bench_result import counted, half_of, tasks_of
from benchmarks.report import print_table, write_document
from benchmarks.result_packages import PACKAGES, Tests, interpreter, run_tests, undefined_names
from benchmarks.result_run import Copy, CountingModel, outcome_of, read_files
from benchmarks.result_task import PRECISE, Files, Task
from nanobot_engine.model import (
    CHATML,
    DEFAULT_MODEL_OPTIONS,
    ModelTrio,
    Role,
    Wave,
    default_models_dir,
)

_COUNT: Final = 12
_LINES_MAX: Final = 150
_FILES_MAX: Final = 4
_PER_PACKAGE_MAX: Final = 3
_CONTEXT_TOKENS: Final = 8_192
_TIMEOUT_S: Final = 600.0
_FENCE: Final = re.compile(r"```[A-Za-z]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)

_SYSTEM: Final = """\
You are an expert Python programmer. You are given a task about a project and one file of it.
Do in this file everything that the task needs, and change nothing else: keep formatting, \
comments and docstrings as they are.
Other files of the project are changed for the same task separately.
Answer with the whole new text of the file between ``` fences, without any explanation."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one goal in one way."""

    way: str
    package: str
    entry: str
    text: str
    files: int
    """Of the right change."""
    is_right: bool
    problem: str
    seconds: float
    calls: int
    """Prompts that the model answered."""
    tokens: int
    """That it read afresh or wrote."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A task, and the files that its right change touches."""

    task: Task
    paths: tuple[str, ...]


class Trial:
    """A scratch copy of one package that is made anew for each attempt."""

    def __init__(self, package: str, folder: Path, python: Path) -> None:
        self.package = package
        self._source = sdist(package, PACKAGES[package].version)
        self._root = folder / package
        self._python = python
        shutil.copytree(self._source, self._root)
        self._before: Tests = run_tests(package, self._root, python)

    def copy(self) -> Copy:
        """Return the package as it was released."""
        shutil.rmtree(self._root)
        shutil.copytree(self._source, self._root)
        return Copy(self._root, self._before, self._python)


async def goals_of(trial: Trial, lines_max: int) -> list[Goal]:
    """Find the tasks whose right change touches few, small files that are there."""
    found: list[Goal] = []
    for task in tasks_of(trial.package):
        if task.style != PRECISE or not task.plan or len(found) == _PER_PACKAGE_MAX:
            continue
        copy = trial.copy()
        before = read_files(copy.root)
        outcome = await outcome_of(task, half_of(trial.package), copy, None, oracle=True)
        paths = outcome.changed
        is_small = len(paths) <= _FILES_MAX and all(
            path in before and before[path].count(b"\n") <= lines_max for path in paths
        )
        stays = all((copy.root / path).exists() for path in paths)
        if outcome.result_right and paths and is_small and stays:
            found.append(Goal(task, tuple(paths)))
    return found


async def by_nanobot(goal: Goal, trial: Trial, trio: ModelTrio) -> Attempt:
    """Plan and carry out the sentence."""
    counting: list[CountingModel] = []
    outcome = await outcome_of(
        goal.task, half_of(trial.package), trial.copy(), counted(trio, counting)
    )
    return _attempt(
        "nanobot",
        goal,
        outcome.problem,
        seconds=outcome.total_s,
        calls=sum(one.prompts for one in counting),
        tokens=sum(one.tokens for one in counting),
    )


async def in_free_form(goal: Goal, trial: Trial, trio: ModelTrio) -> Attempt:
    """Ask for each file as a whole."""
    copy = trial.copy()
    before = read_files(copy.root)
    problems = undefined_names(copy.root)
    model = CountingModel(await trio.worker(Role.MAIN))
    started = time.perf_counter()
    for path in goal.paths:
        text = await _new_text(goal.task.text, path, before[path].decode(), model)
        (copy.root / path).write_text(text, encoding="utf-8", newline="")
    seconds = time.perf_counter() - started
    files = Files(before, read_files(copy.root))
    # The grader of the result benchmark, so that both are judged alike.
    problem = result_run._graded(goal.task, files, copy, problems)
    return _attempt(
        "free form", goal, problem, seconds=seconds, calls=model.prompts, tokens=model.tokens
    )


async def _new_text(sentence: str, path: str, text: str, model: CountingModel) -> str:
    user = f"Task: {sentence}\n\nFile `{path}`:\n```python\n{text.rstrip()}\n```"
    prompt = CHATML.prompt(user)
    prefix = CHATML.prefix(_SYSTEM)
    size = await model.count_tokens((*prefix, *prompt))
    wave = Wave(
        prefix=prefix,
        prompts=(prompt,),
        samples=1,
        # Room for a file a half longer than it is.
        tokens_max=min(_CONTEXT_TOKENS - size, size + size // 2),
        temperature=0.0,
        seed=1,
    )
    answer = (await model.generate(wave, timeout_s=_TIMEOUT_S)).samples[0][0].text
    fenced = _FENCE.search(answer)
    return (fenced[1] if fenced else answer).rstrip("\n") + "\n"


def _attempt(
    way: str, goal: Goal, problem: str, *, seconds: float, calls: int, tokens: int
) -> Attempt:
    task = goal.task
    return Attempt(
        way=way,
        package=task.package,
        entry=task.entry,
        text=task.text,
        files=len(goal.paths),
        is_right=not problem,
        problem=problem,
        seconds=seconds,
        calls=calls,
        tokens=tokens,
    )


async def run(arguments: argparse.Namespace) -> list[Attempt]:
    """Do all goals in both ways."""
    python: Path = arguments.python or interpreter()
    attempts: list[Attempt] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nanobot-free-")))
        one_at_a_time = replace(
            DEFAULT_MODEL_OPTIONS, slots=1, context_tokens_per_slot=_CONTEXT_TOKENS
        )
        pairs: list[tuple[Goal, Trial]] = []
        for name in arguments.packages or PACKAGES:
            trial = Trial(name, folder, python)
            pairs += [(goal, trial) for goal in await goals_of(trial, arguments.lines_max)]
        chosen = list(_in_turn(pairs))[: arguments.count]
        # One worker after the other: each has the machine for itself.
        trio = ModelTrio(default_models_dir(), folder / "nanobot-models", DEFAULT_MODEL_OPTIONS)
        try:
            await trio.worker(Role.MAIN)
            for goal, trial in chosen:
                attempts.append(await by_nanobot(goal, trial, trio))
                tell(attempts[-1], misses=arguments.misses)
        finally:
            await trio.close()
        trio = ModelTrio(default_models_dir(), folder / "free-models", one_at_a_time)
        try:
            await trio.worker(Role.MAIN)
            for goal, trial in chosen:
                attempts.append(await in_free_form(goal, trial, trio))
                tell(attempts[-1], misses=arguments.misses)
        finally:
            await trio.close()
    return attempts


def _in_turn(pairs: Sequence[tuple[Goal, Trial]]) -> Iterator[tuple[Goal, Trial]]:
    """Yield the first goal of each package, then the second, and so on."""
    by_package: dict[str, list[tuple[Goal, Trial]]] = {}
    for goal, trial in pairs:
        by_package.setdefault(trial.package, []).append((goal, trial))
    for place in range(_PER_PACKAGE_MAX):
        for own in by_package.values():
            yield from own[place : place + 1]


def tell(attempt: Attempt, *, misses: bool) -> None:
    """Print progress."""
    verdict = "right" if attempt.is_right else "WRONG"
    print(
        f"{attempt.way}, {attempt.package}, {attempt.entry}: {verdict}"
        f" ({attempt.seconds:.1f} s, {attempt.calls} calls, {attempt.tokens} tokens)",
        flush=True,
    )
    if misses and attempt.problem:
        print(f"    {attempt.text}\n    {attempt.problem}", flush=True)


def table(attempts: Sequence[Attempt]) -> list[list[str]]:
    """Set both ways side by side."""
    rows = [["way", "right", "of", "%", "median s", "total s", "calls", "tokens"]]
    for way in dict.fromkeys(one.way for one in attempts):
        own = [one for one in attempts if one.way == way]
        right = sum(one.is_right for one in own)
        rows.append(
            [
                way,
                str(right),
                str(len(own)),
                f"{100 * right / len(own):.0f}",
                f"{statistics.median(one.seconds for one in own):.1f}",
                f"{sum(one.seconds for one in own):.0f}",
                str(sum(one.calls for one in own)),
                str(sum(one.tokens for one in own)),
            ]
        )
    return rows


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", help=f"of {', '.join(PACKAGES)}; all by default")
    parser.add_argument("--count", type=int, default=_COUNT, help="goals, spread over packages")
    parser.add_argument("--lines-max", type=int, default=_LINES_MAX, help="of an affected file")
    parser.add_argument("--misses", action="store_true", help="show what went wrong")
    parser.add_argument("--python", type=Path, help="an interpreter with pytest and all needs")
    parser.add_argument("--json", type=Path, help="also write the attempts here")
    arguments = parser.parse_args()
    attempts = asyncio.run(run(arguments))
    print()
    print_table(table(attempts))
    write_document(arguments.json, {"attempts": [asdict(one) for one in attempts]})


if __name__ == "__main__":
    main()
