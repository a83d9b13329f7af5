"""Waves in, voted and verified edits out."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_engine.model import (
    PoisonRequestError,
    Segment,
    Wave,
    WaveResult,
    WorkerFailedError,
)
from nanobot_engine.process import Ledger, ProcessState, review
from support import small_process
from support.scripted_model import ScriptedModel


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    small_process.write_workspace(folder, files=2, functions=6)
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.db")


def test_a_process_ends_with_reviewable_edits(root: Path, ledger: Ledger) -> None:
    process_id = small_process.create(ledger, root)
    model = ScriptedModel(disagree=2)

    asyncio.run(small_process.run(ledger, process_id, model))

    totals = ledger.totals(process_id)
    assert ledger.process(process_id).state is ProcessState.WAITING_FOR_REVIEW
    assert (totals.steps, totals.done) == (12, 12)
    assert totals.accepted > 6
    assert totals.votes == 2 * sum(len(wave.prompts) for wave in model.waves)
    found = review(ledger, process_id)
    assert found.diff().count('+    """Return the sum of') == totals.accepted


def test_equal_seeds_give_equal_ledgers_and_other_seeds_do_not(root: Path, tmp_path: Path) -> None:
    dumps = []
    for number, seed in enumerate((1, 1, 2)):
        with Ledger.open(tmp_path / f"{number}.db") as ledger:
            process_id = small_process.create(
                ledger, root, replace(small_process.OPTIONS, seed=seed)
            )
            asyncio.run(small_process.run(ledger, process_id, ScriptedModel()))
            dumps.append(small_process.canonical(ledger))

    assert dumps[0] == dumps[1]
    assert dumps[0] != dumps[2]


def test_steps_without_agreement_are_refused_with_the_reason(root: Path, ledger: Ledger) -> None:
    process_id = small_process.create(ledger, root, replace(small_process.OPTIONS, votes_ahead=5))

    asyncio.run(small_process.run(ledger, process_id, ScriptedModel(disagree=5)))

    outcomes = ledger.outcomes(process_id).values()
    assert {outcome.cause for outcome in outcomes} == {"no agreement"}
    assert all("ahead by" in outcome.detail for outcome in outcomes)
    assert ledger.process(process_id).state is ProcessState.DONE


def test_the_budget_bounds_the_steps(root: Path, ledger: Ledger) -> None:
    process_id = small_process.create(ledger, root, replace(small_process.OPTIONS, steps_max=3))

    asyncio.run(small_process.run(ledger, process_id, ScriptedModel(disagree=1)))

    assert ledger.totals(process_id).done == 3
    assert ledger.process(process_id).reason == "9 steps are beyond the budget"


def test_a_run_that_was_cut_off_continues_and_ends_the_same(root: Path, tmp_path: Path) -> None:
    class Killed(ScriptedModel):
        async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
            if len(self.waves) == 2:
                raise asyncio.CancelledError
            return await super().generate(wave, timeout_s=timeout_s)

    with Ledger.open(tmp_path / "whole.db") as ledger:
        asyncio.run(small_process.run(ledger, small_process.create(ledger, root), ScriptedModel()))
        expected = small_process.canonical(ledger)
    with Ledger.open(tmp_path / "cut.db") as ledger:
        process_id = small_process.create(ledger, root)
        while ledger.process(process_id).state in {ProcessState.QUEUED, ProcessState.RUNNING}:
            try:
                asyncio.run(small_process.run(ledger, process_id, Killed()))
            except asyncio.CancelledError:
                continue

        assert small_process.canonical(ledger) == expected


def test_a_question_that_breaks_the_worker_is_left_out_and_the_rest_goes_on(
    root: Path, ledger: Ledger
) -> None:
    class Poisoned(ScriptedModel):
        async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
            if any("task_0_1" in part.text for prompt in wave.prompts for part in prompt):
                raise PoisonRequestError("main", "it died twice")
            return await super().generate(wave, timeout_s=timeout_s)

    process_id = small_process.create(ledger, root)

    asyncio.run(small_process.run(ledger, process_id, Poisoned(disagree=1)))

    causes = {i: o.cause for i, o in ledger.outcomes(process_id).items() if o.cause}
    assert causes == {1: "model stopped"}
    assert ledger.totals(process_id).done == 12


def test_a_model_that_does_not_run_fails_the_process_with_its_reason(
    root: Path, ledger: Ledger
) -> None:
    class Dead(ScriptedModel):
        async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
            raise WorkerFailedError("main", "no memory")

    process_id = small_process.create(ledger, root)

    with pytest.raises(WorkerFailedError):
        asyncio.run(small_process.run(ledger, process_id, Dead()))

    record = ledger.process(process_id)
    assert record.state is ProcessState.FAILED
    assert "no memory" in record.reason
    asyncio.run(small_process.run(ledger, process_id, ScriptedModel(disagree=1)))
    assert ledger.process(process_id).state is ProcessState.WAITING_FOR_REVIEW


def test_code_that_does_not_fit_the_window_is_shown_shorter_or_refused(
    root: Path, ledger: Ledger
) -> None:
    class Narrow(ScriptedModel):
        async def count_tokens(self, segments: tuple[Segment, ...]) -> int:
            is_long = any("task_0_0" in segment.text for segment in segments)
            return 10_000 if is_long else 10

    process_id = small_process.create(ledger, root)

    asyncio.run(small_process.run(ledger, process_id, Narrow(disagree=1)))

    assert ledger.outcomes(process_id)[0].cause == "too long"
    assert ledger.totals(process_id).accepted == 11
