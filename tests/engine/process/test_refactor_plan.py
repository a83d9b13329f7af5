"""Refactorings as processes: planned, reviewed, accepted and undone on real files."""

import asyncio
import json
from pathlib import Path

import pytest

from nanobot_engine.model import CHATML, Lane, Lanes
from nanobot_engine.process import (
    ChangeRefusedError,
    GateRun,
    GateVerdict,
    Part,
    ProcessRunner,
    ProcessState,
    accept,
    finish_refactoring,
    gates_of,
    has_open_doubts,
    leave_doubts,
    mark_applied,
    parts_from_json,
    plan_refactoring,
    recipe_of,
    refactor_goal,
    reject,
    review,
    undo,
)
from nanobot_engine.process.refactor_plan import PlanningCancelledError, WorkspaceFiles
from nanobot_engine.recipe import JudgeRecipe
from nanobot_engine.refactor.errors import ArgumentError, RefactorError
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, ingest, open_index
from support.scripted_model import ScriptedModel
from support.small_process import OPTIONS
from support.small_refactoring import MOVE, MOVE_MODULE, RENAME, Refactored

PARTS = (RENAME, MOVE, MOVE_MODULE)


@pytest.fixture
def case(tmp_path: Path) -> Refactored:
    return Refactored(tmp_path)


def test_a_plan_changes_no_file_and_says_which_gates_it_passed(case: Refactored) -> None:
    process_id = case.reviewed(RENAME)

    found = review(case.ledger, process_id)
    assert case.tree() == case.before
    assert case.state(process_id) is ProcessState.WAITING_FOR_REVIEW
    assert [file.path for file in found.plan.files] == ["shop/price.py", "shop/report.py"]
    assert [(run.gate, run.verdict) for run in found.gates] == [
        ("parses", GateVerdict.PASSED),
        ("names", GateVerdict.PASSED),
        ("bytes kept", GateVerdict.PASSED),
        ("statements", GateVerdict.PASSED),
        ("public API", GateVerdict.PASSED),
        ("size", GateVerdict.PASSED),
    ]
    assert "-def total(items):\n+def sum_of_prices(items):\n" in found.diff()


@pytest.mark.parametrize("part", PARTS)
def test_accept_writes_the_change_and_undo_restores_every_byte_and_folder(
    case: Refactored, part: Part
) -> None:
    folders = case.folders()
    process_id = case.reviewed(part)
    found = review(case.ledger, process_id)
    wanted = {**case.before}
    for file in found.plan.files:
        wanted.pop(file.path, None)
    for file in found.plan.files:
        if file.result_path is not None:
            wanted[file.result_path] = found.result(file.path)

    report = accept(case.ledger, case.root, process_id)

    assert (report.refused, case.state(process_id)) == ((), ProcessState.DONE)
    assert case.tree() == wanted != case.before
    assert set(report.written) == {p for file in found.plan.files for p in file.touched_paths}
    undone = undo(case.ledger, case.root, process_id)
    assert undone.refused == ()
    assert (case.tree(), case.folders()) == (case.before, folders)
    assert case.state(process_id) is ProcessState.WAITING_FOR_REVIEW
    accept(case.ledger, case.root, process_id)
    assert case.tree() == wanted


def test_several_parts_are_one_change(case: Refactored) -> None:
    moved = Part("rename", {"symbol": "shop/money/amount.py::rounded", "new_name": "to_cents"})
    process_id = case.reviewed(RENAME, MOVE_MODULE, moved)

    accept(case.ledger, case.root, process_id)

    tree = case.tree()
    assert b"def to_cents" in tree["shop/money/amount.py"]
    assert b"def sum_of_prices" in tree["shop/money/amount.py"]
    assert b"rounded" not in tree["shop/report.py"]
    assert "shop/price.py" not in tree
    undo(case.ledger, case.root, process_id)
    assert case.tree() == case.before


def test_the_diff_shows_what_is_created_moved_and_removed(case: Refactored) -> None:
    moved = review(case.ledger, case.reviewed(MOVE_MODULE)).diff()
    created = review(case.ledger, case.reviewed(MOVE)).diff()

    assert "rename from shop/price.py\nrename to shop/money/amount.py\n" in moved
    assert "--- /dev/null\n+++ b/shop/rounding.py\n" in created


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (Part("rename", {"symbol": "shop/price.py::nothing", "new_name": "x"}), "no such name"),
        (Part("rename", {"symbol": "shop/price.py::total", "new_name": "rounded"}), "rounded"),
        (
            Part("move module", {"module": "shop/price.py", "target": "shop/sitecustomize.py"}),
            "protected",
        ),
    ],
)
def test_what_can_not_be_done_is_refused_before_anything_is_recorded(
    case: Refactored, part: Part, reason: str
) -> None:
    with pytest.raises(RefactorError, match=reason):
        case.start(part)

    assert case.ledger.steps("p1") == []
    assert not case.ledger.is_enumerated("p1")
    assert case.tree() == case.before


def test_a_planning_that_is_cancelled_ends_at_the_next_file_and_records_nothing(
    case: Refactored,
) -> None:
    for number in range(30):
        (case.root / f"use_{number}.py").write_text("from shop.price import total\n")
    polled, most = 0, 10**9

    def cancelled() -> bool:
        nonlocal polled
        polled += 1
        return polled > most

    ingest(case.root, options=DEFAULT_INDEX_OPTIONS)
    ingest(case.root, options=DEFAULT_INDEX_OPTIONS, cancelled=cancelled)
    # Of an index that is up to date; then files are read.
    polled, most = 0, polled + 3

    process_id = case.ledger.create_process(refactor_goal([RENAME]), OPTIONS)
    with pytest.raises(PlanningCancelledError):
        plan_refactoring(case.ledger, process_id, case.root, overlay={}, cancelled=cancelled)

    assert not case.ledger.is_enumerated(process_id)
    with open_index(case.root) as index, pytest.raises(PlanningCancelledError):
        dict(WorkspaceFiles(index, {}, cancelled=lambda: True))


def test_a_file_that_is_not_indexed_is_not_moved_over(case: Refactored) -> None:
    (case.root / ".gitignore").write_text("/shop/money/\n")
    (case.root / "shop/money").mkdir()
    (case.root / "shop/money/amount.py").write_text("MINE = 1\n")

    with pytest.raises(RefactorError, match="is there already, and is not indexed"):
        case.start(MOVE_MODULE)


def test_a_gate_that_refuses_ends_the_process_as_failed(case: Refactored) -> None:
    refusal = GateRun("tests", GateVerdict.REFUSED, "newly failing: test_a")

    process_id = case.reviewed(RENAME, gates=[refusal])

    record = case.ledger.process(process_id)
    assert (record.state, record.reason) == (
        ProcessState.FAILED,
        "tests: newly failing: test_a",
    )
    assert gates_of(case.ledger, process_id)[-1] == refusal
    assert case.tree() == case.before


def test_nothing_is_written_where_a_file_appeared_or_must_not_be_replaced(
    case: Refactored,
) -> None:
    process_id = case.reviewed(MOVE_MODULE)
    (case.root / "shop/money").mkdir()
    (case.root / "shop/money/amount.py").write_bytes(b"MINE = 1\n")
    changed = case.tree()

    report = accept(case.ledger, case.root, process_id)

    assert (report.written, case.tree()) == ((), changed)
    assert "shop/money/amount.py: is there already" in report.refused[0][1]


def test_nothing_is_taken_back_when_one_file_can_not_be(case: Refactored) -> None:
    process_id = case.reviewed(MOVE)
    accept(case.ledger, case.root, process_id)
    path = case.root / "shop/rounding.py"
    path.write_bytes(path.read_bytes() + b"MINE = 1\n")
    changed = case.tree()

    report = undo(case.ledger, case.root, process_id)

    assert (report.written, report.state) == ((), ProcessState.DONE)
    assert "shop/rounding.py: was changed since it was created" in report.refused[0][1]
    assert case.tree() == changed


def test_a_moved_file_goes_back_with_what_the_user_wrote_in_it(case: Refactored) -> None:
    process_id = case.reviewed(MOVE_MODULE)
    accept(case.ledger, case.root, process_id)
    path = case.root / "shop/money/amount.py"
    path.write_bytes(path.read_bytes() + b"\n\nMINE = 1\n")

    report = undo(case.ledger, case.root, process_id)

    assert report.refused == ()
    assert case.tree() == {
        **case.before,
        "shop/price.py": case.before["shop/price.py"] + b"\n\nMINE = 1\n",
    }


def test_what_an_editor_applied_is_recorded_with_moves(case: Refactored) -> None:
    process_id = case.reviewed(MOVE_MODULE)
    found = review(case.ledger, process_id)
    results = found.result_sha256_by_path()
    for file in found.plan.files:
        target = case.root / (file.result_path or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(found.result(file.path))
        if file.result_path != file.path and not file.is_created:
            (case.root / file.path).unlink()
    first, *rest = results

    mark_applied(case.ledger, process_id, {first: results[first]})
    assert case.state(process_id) is ProcessState.WAITING_FOR_REVIEW
    mark_applied(case.ledger, process_id, {path: results[path] for path in rest})

    assert case.state(process_id) is ProcessState.DONE
    assert undo(case.ledger, case.root, process_id).refused == ()
    assert case.tree() == case.before


def test_a_rejected_change_is_never_written(case: Refactored) -> None:
    process_id = case.reviewed(RENAME)

    reject(case.ledger, process_id)

    assert (case.tree(), case.state(process_id)) == (case.before, ProcessState.REJECTED)


DOUBTFUL = {
    "shape.py": """
        class Shape:
            def area(self):
                return 1
        """,
    "land.py": """
        class Land:
            def area(self):
                return 2
        """,
    "use.py": """
        def show(thing):
            return thing.area()


        def also(other):
            return other.area()
        """,
}
RENAME_METHOD = Part("rename", {"symbol": "shape.py::Shape.area", "new_name": "surface"})


def judged(case: Refactored, process_id: str, answers: dict[str, str]) -> None:
    """Let a scripted model answer, by what stands in the marked line."""

    def answer(prompt: str) -> str:
        marked = [line for line in prompt.split("\n") if line.startswith(">")][-1]
        return next(word for part, word in answers.items() if part in marked)

    async def finish() -> None:
        finish_refactoring(case.ledger, process_id, lambda _found: ())

    runner = ProcessRunner(
        case.ledger,
        process_id,
        model=ScriptedModel(answer=answer),
        template=CHATML,
        lanes=Lanes(),
        lane=Lane.PROCESS,
        observer=lambda: None,
        finish=finish,
    )
    asyncio.run(runner.run())


def test_a_model_judges_what_only_a_name_speaks_for(tmp_path: Path) -> None:
    case = Refactored(tmp_path, DOUBTFUL)
    process_id = case.start(RENAME_METHOD)
    assert has_open_doubts(case.ledger, process_id)
    assert isinstance(recipe_of(case.ledger, process_id), JudgeRecipe)

    judged(case, process_id, {"thing": "yes", "other": "no"})

    found = review(case.ledger, process_id)
    assert [(r.path, r.cause) for r in found.refused] == [("use.py", "declined")]
    accept(case.ledger, case.root, process_id)
    tree = case.tree()
    assert b"thing.surface()" in tree["use.py"]
    assert b"other.area()" in tree["use.py"]
    assert b"def surface" in tree["shape.py"]
    assert tree["land.py"] == case.before["land.py"]
    undo(case.ledger, case.root, process_id)
    assert case.tree() == case.before


def test_what_nobody_judges_is_left_out_and_listed(tmp_path: Path) -> None:
    case = Refactored(tmp_path, DOUBTFUL)
    process_id = case.start(RENAME_METHOD)

    leave_doubts(case.ledger, process_id, "no model is installed")
    finish_refactoring(case.ledger, process_id, lambda _found: ())

    found = review(case.ledger, process_id)
    assert {(r.path, r.cause, r.detail) for r in found.refused} == {
        ("use.py", "not judged", "no model is installed")
    }
    assert len(found.refused) == 2
    assert [file.path for file in found.plan.files] == ["shape.py"]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([], "no part says what to do"),
        ([{"name": "levitate", "arguments": {}}], "is no refactoring; there are rename, "),
        ([{"name": "rename", "arguments": {"symbol": "a.py::b"}}], "'new_name': is missing"),
        ([{"name": "rename", "arguments": {"colour": "red"}}], "does not take it; it takes symbol"),
        (
            [{"name": "rename", "arguments": {"symbol": "a", "new_name": "b", "also": "walls"}}],
            "also=walls: must be one of",
        ),
        ([{"name": "rename", "arguments": {"symbol": 1}}], "'arguments' of text"),
        (["rename"], "'arguments' of text"),
        ({}, "parts must be a list"),
    ],
)
def test_parts_that_say_nothing_are_refused(parts: object, reason: str) -> None:
    with pytest.raises(ArgumentError, match=reason):
        refactor_goal(parts_from_json(parts))


def test_a_goal_keeps_its_parts_as_data() -> None:
    goal = refactor_goal([Part("move-module", {"module": "a.py", "target": "b.py"})])

    assert goal.sentence == "move module: module 'a.py', target 'b.py'"
    assert json.loads(goal.arguments["parts"]) == [
        {"name": "move module", "arguments": {"module": "a.py", "target": "b.py"}}
    ]


def test_a_gate_that_refuses_says_which_and_why() -> None:
    error = ChangeRefusedError("rename a to b", "names", "x.py: 'a' is not defined")

    assert str(error) == ("rename a to b: names: x.py: 'a' is not defined; nothing was changed")
