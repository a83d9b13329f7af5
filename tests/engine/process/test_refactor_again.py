"""Refactorings whose files changed between the plan and the accept."""

from pathlib import Path

import pytest

from nanobot_engine.process import (
    Choice,
    GateRun,
    GateVerdict,
    Part,
    ProcessState,
    Review,
    accept,
    notes_of,
    plan_again,
    review,
    undo,
)
from support.small_refactoring import MOVE_MODULE, RENAME, Refactored


@pytest.fixture
def case(tmp_path: Path) -> Refactored:
    return Refactored(tmp_path)


@pytest.mark.parametrize(
    ("path", "old", "new", "wanted"),
    [
        ("shop/report.py", b"LAST = None", b"LAST = None\nLIMIT = 3", b"LIMIT = 3"),
        ("shop/report.py", b"amount =", b"amount +=", b"amount += rounded(sum_of_prices(items))"),
        ("shop/report.py", b"LAST = None", b"LAST = total([])", b"LAST = sum_of_prices([])"),
        ("shop/price.py", b"total(items)", b"total(items, tax=0)", b"sum_of_prices(items, tax=0)"),
    ],
)
def test_a_file_that_changed_is_planned_again_and_waits_for_another_review(
    case: Refactored, path: str, old: bytes, new: bytes, wanted: bytes
) -> None:
    process_id = case.reviewed(RENAME)
    file = case.root / path
    file.write_bytes(file.read_bytes().replace(old, new))
    changed = case.tree()

    report = accept(case.ledger, case.root, process_id)

    assert (report.written, report.refused, case.tree()) == ((), (), changed)
    assert report.replanned == f"{path}: has changed since it was planned"
    assert report.state is ProcessState.WAITING_FOR_REVIEW
    assert wanted in review(case.ledger, process_id).result(path)
    again = accept(case.ledger, case.root, process_id)
    assert (again.replanned, again.state) == ("", ProcessState.DONE)
    assert wanted in case.tree()[path]
    undo(case.ledger, case.root, process_id)
    assert case.tree() == changed


def test_an_editor_has_its_unsaved_text_planned_for(case: Refactored) -> None:
    process_id = case.reviewed(RENAME)
    text = case.before["shop/report.py"].decode() + "\nX = total([])\n"

    overlay = {"shop/report.py": text}
    report = plan_again(case.ledger, case.root, process_id, overlay=overlay)

    assert report.replanned == "shop/report.py: has changed since it was planned"
    assert (report.state, case.tree()) == (ProcessState.WAITING_FOR_REVIEW, case.before)
    assert b"X = sum_of_prices([])" in review(case.ledger, process_id).result("shop/report.py")
    again = plan_again(case.ledger, case.root, process_id, overlay=overlay)
    assert (again.replanned, again.refused) == ("", ())


def test_a_use_in_a_file_that_is_new_is_found_before_anything_is_written(
    case: Refactored,
) -> None:
    process_id = case.reviewed(RENAME)
    (case.root / "late.py").write_bytes(b"from shop.price import total\n\nX = total([])\n")
    changed = case.tree()

    report = accept(case.ledger, case.root, process_id)

    assert (report.written, case.tree()) == ((), changed)
    assert report.replanned == "other files have changed since it was planned"
    assert accept(case.ledger, case.root, process_id).state is ProcessState.DONE
    assert b"X = sum_of_prices([])" in case.tree()["late.py"]


def test_a_change_elsewhere_that_changes_nothing_about_the_plan_needs_no_second_review(
    case: Refactored,
) -> None:
    process_id = case.reviewed(RENAME)
    (case.root / "late.py").write_bytes(b"X = 1\n")

    report = accept(case.ledger, case.root, process_id)

    assert (report.replanned, report.state) == ("", ProcessState.DONE)


def test_what_can_not_be_planned_again_is_refused_and_written_nowhere(case: Refactored) -> None:
    process_id = case.reviewed(RENAME)
    file = case.root / "shop/price.py"
    file.write_bytes(file.read_bytes().replace(b"def total(", b"def sum_up("))
    changed = case.tree()

    report = accept(case.ledger, case.root, process_id)

    assert (report.written, report.state, case.tree()) == (
        (),
        ProcessState.WAITING_FOR_REVIEW,
        changed,
    )
    ((path, reason),) = report.refused
    assert path == "shop/price.py"
    assert "has changed since it was planned, and it can not be planned again: " in reason
    assert "there is no such name" in reason


def test_a_plan_made_again_that_a_check_refuses_does_not_replace_the_old_one(
    case: Refactored,
) -> None:
    process_id = case.reviewed(RENAME)
    planned = review(case.ledger, process_id).plan
    file = case.root / "shop/report.py"
    file.write_bytes(file.read_bytes() + b"\nX = 1\n")
    seen: list[Review] = []

    def check(found: Review) -> list[GateRun]:
        seen.append(found)
        return [GateRun("tests", GateVerdict.REFUSED, "newly failing: test_a")]

    report = accept(case.ledger, case.root, process_id, check=check)

    assert "planned again, tests: newly failing: test_a" in report.refused[0][1]
    assert b"sum_of_prices" in seen[0].result("shop/report.py")
    assert b"\nX = 1\n" in seen[0].result("shop/report.py")
    assert review(case.ledger, process_id).plan == planned


def test_a_plan_made_again_belongs_to_its_process_and_is_none_itself(case: Refactored) -> None:
    first = case.reviewed(RENAME)
    second = case.reviewed(MOVE_MODULE)
    file = case.root / "shop/report.py"
    file.write_bytes(file.read_bytes() + b"\nX = 1\n")

    for process_id in (first, second):
        assert accept(case.ledger, case.root, process_id).replanned

    assert [record.process_id for record in case.ledger.processes()] == ["p1", "p2"]
    record = case.ledger.process(first)
    assert case.ledger.create_process(record.goal, record.options) == "p3"
    assert [file.path for file in review(case.ledger, first).plan.files] == [
        "shop/price.py",
        "shop/report.py",
    ]
    assert notes_of(case.ledger, second) == []


WORDS = {
    "shop.py": "LIMIT = 3\n\n\ndef total(items):\n    return sum(items)\n",
    "one.py": "from shop import total\n\nX = total([])\n",
    "GUIDE.md": "Call `shop.total`.\n",
}
IN_WORDS = Part("rename", {"symbol": "shop.py::total", "new_name": "sum_up", "also": "documents"})
CODE = Choice(paths=frozenset({"shop.py", "one.py"}))


def test_after_a_partial_accept_a_new_use_is_found_before_the_rest_is_written(
    tmp_path: Path,
) -> None:
    case = Refactored(tmp_path, WORDS)
    process_id = case.reviewed(IN_WORDS)
    first = accept(case.ledger, case.root, process_id, CODE)
    assert (first.refused, len(first.written), first.replanned) == ((), 2, "")
    (case.root / "late.py").write_bytes(b"from shop import total\n\nY = total([])\n")

    report = accept(case.ledger, case.root, process_id)

    assert (report.refused, report.written) == ((), ())
    assert report.replanned == "other files have changed since it was planned"
    states = {(hunk.path, hunk.state.value) for hunk in review(case.ledger, process_id).hunks}
    assert states == {
        ("GUIDE.md", "open"),
        ("late.py", "open"),
        ("one.py", "accepted"),
        ("shop.py", "accepted"),
    }
    last = accept(case.ledger, case.root, process_id)
    assert (last.refused, last.replanned, last.state) == ((), "", ProcessState.DONE)
    assert case.tree()["late.py"] == b"from shop import sum_up\n\nY = sum_up([])\n"
    assert case.tree()["one.py"] == b"from shop import sum_up\n\nX = sum_up([])\n"
    assert undo(case.ledger, case.root, process_id).refused == ()
    assert case.tree() == case.before | {"late.py": b"from shop import total\n\nY = total([])\n"}


@pytest.mark.parametrize("more", [b"Z = 1\n", b"\n\n\nZ = 1\n"])
def test_after_a_partial_accept_a_change_beside_it_keeps_nothing_from_the_rest(
    tmp_path: Path, more: bytes
) -> None:
    case = Refactored(tmp_path, WORDS)
    process_id = case.reviewed(IN_WORDS)
    accept(case.ledger, case.root, process_id, CODE)
    one = case.root / "one.py"
    one.write_bytes(one.read_bytes() + more)

    report = accept(case.ledger, case.root, process_id)

    assert (report.refused, report.replanned, report.state) == ((), "", ProcessState.DONE)
    assert case.tree()["GUIDE.md"] == b"Call `shop.sum_up`.\n"
    assert case.tree()["one.py"].endswith(b"X = sum_up([])\n" + more)


def test_after_a_partial_accept_a_use_that_the_user_adds_to_its_files_is_found(
    tmp_path: Path,
) -> None:
    case = Refactored(tmp_path, WORDS)
    process_id = case.reviewed(IN_WORDS)
    accept(case.ledger, case.root, process_id, CODE)
    shop = case.root / "shop.py"
    shop.write_bytes(b"def early():\n    return total([1])\n\n\n" + shop.read_bytes())

    report = accept(case.ledger, case.root, process_id)

    assert (report.refused, report.written) == ((), ())
    assert report.replanned
    assert accept(case.ledger, case.root, process_id).state is ProcessState.DONE
    assert b"    return sum_up([1])\n" in case.tree()["shop.py"]


def test_after_a_partial_accept_nothing_changed_means_no_second_review(tmp_path: Path) -> None:
    case = Refactored(tmp_path, WORDS)
    process_id = case.reviewed(IN_WORDS)
    accept(case.ledger, case.root, process_id, CODE)

    report = accept(case.ledger, case.root, process_id)

    assert (report.refused, report.replanned, report.state) == ((), "", ProcessState.DONE)
