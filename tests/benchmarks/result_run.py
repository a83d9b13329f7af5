"""One task of the result benchmark, done as a user would and graded by programs.

    sentence ─> plan (models of the potato tier, `--yes`) ─> process ─> accept ─> grade

It uses what the command line uses, in one OS process: `nanobot` is not started.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from benchmarks.result_packages import Tests, import_problem, run_tests, undefined_names
from benchmarks.result_task import Files, Planned, Task
from nanobot_engine.errors import EngineError
from nanobot_engine.intent import (
    ModelChooser,
    ModelWriter,
    NotUnderstoodError,
    Planner,
    may_name_more,
    recipe_goal,
)
from nanobot_engine.model import (
    CHATML,
    Lane,
    Lanes,
    ModelError,
    Segment,
    Wave,
    WaveModel,
    WaveResult,
)
from nanobot_engine.process import (
    Ledger,
    Part,
    ProcessRunner,
    ProcessState,
    accept,
    close_refactoring,
    enumerate_workspace,
    has_open_doubts,
    last_review,
    plan_refactoring,
    refactor_goal,
)
from nanobot_engine.recipe import Goal, recipe_named
from nanobot_engine.refactor.codebase import Codebase
from nanobot_engine.refactor.registry import REFACTORINGS
from nanobot_indexer import IndexerError
from nanobot_server.engine_options import process_options
from nanobot_server.settings import Settings

SUFFIXES: Final = frozenset(
    {".py", ".pyi", ".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".json"}
)
_SETTINGS: Final = Settings()
# No task needs more steps, and one that was understood too widely ends soon.
_OPTIONS: Final = process_options(_SETTINGS, seed=1, steps_max=24)


class CountingModel:
    """Counts what a model is asked. Implements `WaveModel`."""

    def __init__(self, inner: WaveModel) -> None:
        self._inner = inner
        self.prompts = 0
        self.tokens = 0

    @property
    def slots(self) -> int:
        """See `WaveModel`."""
        return self._inner.slots

    @property
    def context_tokens(self) -> int:
        """See `WaveModel`."""
        return self._inner.context_tokens

    async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
        """See `WaveModel`."""
        return await self._inner.count_tokens(segments)

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """See `WaveModel`."""
        result = await self._inner.generate(wave, timeout_s=timeout_s)
        self.prompts += len(wave.prompts)
        self.tokens += result.prompt_tokens - result.cached_tokens + result.generated_tokens
        return result


Model = Callable[[], Awaitable[CountingModel]]


@dataclass(slots=True)
class Outcome:
    """What became of one task."""

    package: str
    half: str
    style: str
    entry: str
    text: str
    plan_right: bool = False
    result_right: bool = False
    plan: list[str] = field(default_factory=list)
    """As it was understood, or why it was refused."""
    problem: str = ""
    """Why the result is not right."""
    changed: list[str] = field(default_factory=list)
    plan_s: float = 0.0
    total_s: float = 0.0
    """Until accepted, without grading."""
    prompts: int = 0
    """That the model answered."""
    tokens: int = 0
    """That the model read afresh or wrote."""
    needs_model: bool = False
    """Whether one was asked for and none was there, so that it might end otherwise."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A fresh copy of a package, which is changed."""

    root: Path
    before: Tests
    """How its tests ended before."""
    python: Path
    """That runs them."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a sentence asks for."""

    goal: Goal
    parts: tuple[Part, ...]
    lines: tuple[str, ...]


async def understood(text: str, files: dict[str, bytes], model: Model | None) -> Understood:
    """Plan a sentence as `nanobot process --yes` does.

    Raises:
        EngineError: It is refused.
    """
    goal = recipe_goal(text)
    planner = Planner(Codebase(files), tuple(REFACTORINGS.values()))
    if goal is not None and may_name_more(text, goal):
        goal = planner.recipe(text)
    lines: tuple[str, ...] = ()
    if goal is None:
        choosers = [ModelChooser(model, CHATML, Lanes())] if model is not None else []
        writer = ModelWriter(model, CHATML, Lanes()) if model is not None else None
        plan = await planner.plan(text, choosers, writer)
        if plan.is_unread:
            # `--yes` asks nobody.
            raise NotUnderstoodError(text, plan.open[0].options)
        goal, lines = plan.goal, tuple(plan.lines())
    if goal is not None:
        lines = (f"{goal.recipe}: {dict(goal.arguments)}",)
        length = str(_SETTINGS.edit.docstring_line_length_max)
        goal = replace(goal, arguments={**goal.arguments, "line_length_max": length})
        return Understood(goal, (), lines)
    parts = tuple(Part(one.refactoring, one.values()) for one in plan.parts)
    return Understood(refactor_goal(parts, sentence=text), parts, lines)


async def told(task: Task) -> Understood:
    """Take the plan that a person wrote.

    Raises:
        EngineError: There is none, or no refactoring is called so.
    """
    if not task.plan:
        raise EngineError("a person would refuse it")
    parts = tuple(
        Part(one.name.partition("|")[0], {name: _first(v) for name, v in one.arguments.items()})
        for one in task.plan
    )
    return Understood(refactor_goal(parts, sentence=task.text), parts, ("as a person planned",))


async def carried_out(copy: Copy, goal: Goal, model: Model | None) -> str:
    """Run a process to its end and accept it; return why nothing was written, or nothing.

    Raises:
        EngineError: It is refused.
    """
    root = copy.root
    (root / ".nanobot").mkdir()
    if "root" in goal.arguments:
        # A recipe that runs code is told where, and by what.
        place = {"root": str(root), "python": str(copy.python)}
        goal = replace(goal, arguments={**goal.arguments, **place})
    with Ledger.open(root / ".nanobot" / "ledger.db") as ledger:
        process_id = ledger.create_process(goal, _OPTIONS)
        if goal.recipe == "refactor":
            plan_refactoring(ledger, process_id, root, overlay={}, cancelled=lambda: False)
            await _finished(ledger, process_id, model)
        else:
            if model is None:
                return "a recipe needs a model"
            recipe = recipe_named(goal.recipe, goal.arguments)
            enumerate_workspace(
                ledger, process_id, recipe, root, overlay={}, cancelled=lambda: False
            )
            await _runner(ledger, process_id, await model(), None).run()
        record = ledger.process(process_id)
        if record.state is not ProcessState.WAITING_FOR_REVIEW:
            return record.reason or record.state.value
        report = accept(ledger, root, process_id)
        return "; ".join(f"{path}: {reason}" for path, reason in report.refused)


async def _finished(ledger: Ledger, process_id: str, model: Model | None) -> None:
    async def finish() -> None:
        close_refactoring(ledger, process_id, last_review(ledger, process_id), ())

    ledger.set_state(process_id, ProcessState.RUNNING, verb="run")
    if has_open_doubts(ledger, process_id) and model is not None:
        try:
            runner = _runner(ledger, process_id, await model(), finish)
        except ModelError:
            # As in a host without models: doubts are left to the user.
            await finish()
            return
        await runner.run()
    else:
        await finish()


def _runner(
    ledger: Ledger,
    process_id: str,
    model: WaveModel,
    finish: Callable[[], Awaitable[None]] | None,
) -> ProcessRunner:
    return ProcessRunner(
        ledger,
        process_id,
        model=model,
        template=CHATML,
        lanes=Lanes(),
        lane=Lane.PROCESS,
        observer=lambda: None,
        finish=finish,
    )


async def outcome_of(
    task: Task,
    half: str,
    copy: Copy,
    model: Model | None,
    *,
    oracle: bool = False,
) -> Outcome:
    """Do one task in a copy of its package and grade it.

    Args:
        task: The task.
        half: Of the benchmark, for the report.
        copy: Where it is done.
        model: Of the potato tier; None to leave all to programs.
        oracle: Whether the plan that a person wrote is carried out, whatever the sentence.
    """
    root = copy.root
    files = read_files(root)
    outcome = Outcome(task.package, half, task.style, task.entry, task.text)
    problems = undefined_names(root)
    started = time.perf_counter()
    refusal = ""
    try:
        found = await (understood(task.text, files, model) if not oracle else told(task))
        outcome.plan = list(found.lines)
        outcome.plan_right = is_planned(found, task.plan)
        outcome.plan_s = time.perf_counter() - started
        refusal = await carried_out(copy, found.goal, model)
    except (EngineError, IndexerError) as error:
        refusal = str(error)
        outcome.plan_s = outcome.plan_s or time.perf_counter() - started
    outcome.total_s = time.perf_counter() - started
    if refusal:
        outcome.plan.append(f"refused: {refusal}")
    checked = Files(files, read_files(root))
    outcome.changed = checked.changed()
    if not task.plan:
        # Whether a plan or its gates refuse is the same to the user.
        outcome.plan_right = not outcome.changed and bool(refusal)
        outcome.problem = "" if outcome.plan_right else "it was not refused"
    elif refusal:
        outcome.problem = f"refused: {refusal}"
    else:
        outcome.problem = _graded(task, checked, copy, problems)
    outcome.result_right = not outcome.problem
    return outcome


def _graded(task: Task, files: Files, copy: Copy, problems: frozenset[str]) -> str:
    try:
        for path in files.changed():
            if path.endswith(".py") and path in files.after:
                compile(files.after[path], path, "exec", dont_inherit=True)
        for check in task.checks:
            problem = check(files)
            if problem:
                return problem
    except (SyntaxError, ValueError) as error:
        return f"does not compile: {error}"
    fresh = undefined_names(copy.root) - problems
    if fresh:
        return f"undefined: {sorted(fresh)[0]}"
    present = [path for path in files.changed() if path in files.after]
    problem = import_problem(copy.root, present, copy.python)
    return problem or run_tests(task.package, copy.root, copy.python).worse_than(copy.before)


def is_planned(found: Understood, wanted: Sequence[Planned]) -> bool:
    """Compare a plan with the one that a person wrote."""
    if not found.parts:
        return len(wanted) == 1 and wanted[0].name in found.goal.recipe
    return len(found.parts) == len(wanted) and all(
        _is_part(part, one) for part, one in zip(found.parts, wanted, strict=True)
    )


def _is_part(part: Part, one: Planned) -> bool:
    names = {name for name in {*part.arguments, *one.arguments}
             if part.arguments.get(name) or one.arguments.get(name)}  # fmt: skip
    return part.name in one.name.split("|") and all(
        _is_value(part.arguments.get(name, ""), one.arguments.get(name, "")) for name in names
    )


def _is_value(value: str, accepted: str | tuple[str, ...]) -> bool:
    several = accepted if isinstance(accepted, tuple) else (accepted,)
    return any(sorted(value.splitlines()) == sorted(one.splitlines()) for one in several)


def _first(value: str | tuple[str, ...]) -> str:
    return value[0] if isinstance(value, tuple) else value


def read_files(root: Path) -> dict[str, bytes]:
    """Return the text files of a copy by path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.suffix in SUFFIXES
        and ".nanobot" not in path.relative_to(root).parts
    }
