"""Steps that a program settles: no model, one transaction for many, the same after a cut."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_engine.edit import (
    NO_FILE,
    FileEdit,
    Gate,
    ParsesGate,
    SourceFile,
    TextEdit,
    source_from_bytes,
)
from nanobot_engine.model import Segment, Wave, WaveResult
from nanobot_engine.process import Ledger, ProcessState, review
from nanobot_engine.process.late_model import LateModel
from nanobot_engine.process.record import VERDICT_EDIT, Step
from nanobot_engine.process.verification import Verifier
from nanobot_engine.recipe import Candidate, Item, ProgramRecipe
from support import small_process
from support.scripted_model import ScriptedModel

HANDLE = "add error handling to all functions"
LOG = "add logging to all functions"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    small_process.write_risky_workspace(folder, files=3, functions=8)
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.db")


async def never() -> ScriptedModel:
    raise AssertionError("no question is left, so no model is started")


def test_a_process_without_questions_starts_no_model(tmp_path: Path, ledger: Ledger) -> None:
    root = tmp_path / "code"
    small_process.write_workspace(root, files=2, functions=3)
    process_id = small_process.create(ledger, root, sentence=LOG)

    asyncio.run(
        small_process.run(ledger, process_id, LateModel(never, slots=8, context_tokens=2048))
    )

    totals = ledger.totals(process_id)
    assert (totals.steps, totals.accepted, totals.waves, totals.votes) == (6, 6, 0, 0)
    assert ledger.process(process_id).state is ProcessState.WAITING_FOR_REVIEW
    diff = review(ledger, process_id).diff()
    assert diff.count("+import logging") == 2
    assert diff.count("+logger = logging.getLogger(__name__)") == 2
    assert diff.count("+    logger.debug(") == 6


def test_the_model_is_asked_only_what_no_program_knows(root: Path, ledger: Ledger) -> None:
    process_id = small_process.create(ledger, root, sentence=HANDLE)
    model = ScriptedModel(
        answer=lambda text: "outside" if "_0_" in text.rpartition("def ")[2] else "program"
    )

    asyncio.run(small_process.run(ledger, process_id, model))

    totals = ledger.totals(process_id)
    assert (totals.steps, totals.accepted) == (24, 20)
    assert sum(len(wave.prompts) for wave in model.waves) == 6
    assert ledger.refused_by_cause(process_id) == {"declined": 4}
    found = review(ledger, process_id)
    assert not [one for one in found.refused if one.cause != "declined"]
    assert found.diff().count("+        raise") == 20


def test_a_run_that_was_cut_off_between_settling_and_asking_ends_the_same(
    root: Path, tmp_path: Path
) -> None:
    class Killed(ScriptedModel):
        async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
            raise asyncio.CancelledError

    def answer(text: str) -> str:
        return "outside"

    dumps = []
    for name, first in (("whole", ScriptedModel(answer=answer)), ("cut", Killed())):
        with Ledger.open(tmp_path / f"{name}.db") as ledger:
            process_id = small_process.create(ledger, root, sentence=HANDLE)
            try:
                asyncio.run(small_process.run(ledger, process_id, first))
            except asyncio.CancelledError:
                assert ledger.totals(process_id).done == 18
                asyncio.run(small_process.run(ledger, process_id, ScriptedModel(answer=answer)))
            dumps.append(small_process.canonical(ledger))

    assert dumps[0] == dumps[1]


def test_the_budget_bounds_settled_steps_too(root: Path, ledger: Ledger) -> None:
    options = replace(small_process.OPTIONS, steps_max=5)
    process_id = small_process.create(ledger, root, options, sentence=HANDLE)

    asyncio.run(small_process.run(ledger, process_id, ScriptedModel(answer=lambda _: "program")))

    assert ledger.totals(process_id).done == 5


def test_a_late_model_is_started_by_its_first_question() -> None:
    started: list[ScriptedModel] = []

    async def start() -> ScriptedModel:
        started.append(ScriptedModel(answer=lambda _: "outside"))
        return started[-1]

    model = LateModel(start, slots=8, context_tokens=2048)
    assert not started

    tokens = asyncio.run(model.count_tokens((Segment("four four"),)))
    assert (tokens, len(started)) == (2, 1)


class Companion(ProgramRecipe):
    """Puts a new module beside a file."""

    name = "companion"

    def gates(self, text_by_key: Mapping[str, str]) -> Sequence[Gate]:
        return (ParsesGate(),)

    def enumerate(self, source: SourceFile) -> Iterable[Item]:
        return ()

    def settled(self, source: SourceFile, item: Item) -> Candidate:
        return Candidate("", frozenset())

    def edit(self, source: SourceFile, item: Item, candidate: Candidate) -> FileEdit:
        new = TextEdit(0, 0, candidate.text.encode(), item.key, "create")
        return FileEdit(f"new_{source.path}", NO_FILE, (new,))


@pytest.mark.parametrize(("text", "verdict"), [("a = 1\n", VERDICT_EDIT), ("a =\n", "refused")])
def test_a_file_that_a_step_creates_passes_the_gates(
    ledger: Ledger, text: str, verdict: str
) -> None:
    verifier = Verifier(ledger, "p1", Companion())
    source, step = source_from_bytes("a.py", b"x = 1\n"), Step(0, "a.py::x", "a.py", "x")

    outcome = verifier.outcome(source, step, Candidate(text, frozenset()), 2)

    assert outcome.verdict == verdict
    assert (outcome.edit_json is not None) == (verdict == VERDICT_EDIT)
