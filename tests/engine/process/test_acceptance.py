"""Accept, reject and undo on real files."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nanobot_engine.edit import PendingWrite
from nanobot_engine.process import (
    Ledger,
    LedgerError,
    ProcessState,
    ProcessStateError,
    WorkspaceBusyError,
    accept,
    mark_applied,
    reject,
    review,
    undo,
)
from nanobot_engine.process.decision import accepted_plans, add_accepted_plan
from nanobot_engine.process.edit_review import review as planned_review
from nanobot_engine.process.write_journal import APPLY, WriteJournal
from nanobot_engine.process.write_lock import only_writer
from support import small_process
from support.scripted_model import ScriptedModel
from support.shortage import descriptors_used_up


class Reviewed:
    """A process that waits for review, and its files."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "code"
        small_process.write_workspace(self.root, files=2, functions=3)
        self.ledger = Ledger.open(tmp_path / "ledger.db")
        self.process_id = small_process.create(self.ledger, self.root)
        asyncio.run(small_process.run(self.ledger, self.process_id, ScriptedModel(disagree=1)))
        self.before = self.texts()

    def texts(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.root.glob("*.py"))}

    def results(self) -> dict[str, bytes]:
        found = planned_review(self.ledger, self.process_id)
        return {name: found.result(name) for name in self.before}

    def apply_in_editor(self, *names: str) -> None:
        """Write the planned text of some files, as an editor would, and say so."""
        results = self.results()
        for name in names:
            (self.root / name).write_bytes(results[name])
        self.say_applied(*names)

    def say_applied(self, *names: str) -> None:
        results = self.results()
        hashes = {name: hashlib.sha256(results[name]).hexdigest() for name in names}
        mark_applied(self.ledger, self.process_id, hashes)

    def state(self) -> ProcessState:
        return self.ledger.process(self.process_id).state


@pytest.fixture
def case(tmp_path: Path) -> Reviewed:
    return Reviewed(tmp_path)


def test_files_change_on_accept_and_undo_restores_every_byte(case: Reviewed) -> None:
    expected = {name: review(case.ledger, case.process_id).result(name) for name in case.before}

    report = accept(case.ledger, case.root, case.process_id)

    assert (case.texts(), case.state()) == (expected, ProcessState.DONE)
    assert (report.written, report.refused) == (("module_0.py", "module_1.py"), ())

    undone = undo(case.ledger, case.root, case.process_id)

    assert (case.texts(), undone.refused) == (case.before, ())
    assert case.state() is ProcessState.WAITING_FOR_REVIEW
    accept(case.ledger, case.root, case.process_id)
    assert case.texts() == expected


def test_a_file_that_changed_elsewhere_is_planned_again(case: Reviewed) -> None:
    path = case.root / "module_0.py"
    path.write_bytes(b"import os\n\n\n" + case.before["module_0.py"])

    report = accept(case.ledger, case.root, case.process_id)

    assert report.refused == ()
    text = path.read_bytes()
    assert text.startswith(b"import os\n")
    assert text.count(b'"""Return the sum of the numbers."""') == 3


def test_a_definition_that_changed_is_left_alone_and_asked_again(case: Reviewed) -> None:
    path = case.root / "module_0.py"
    mine = case.before["module_0.py"].replace(b"return total * 2", b"return total * 99")
    path.write_bytes(mine)

    report = accept(case.ledger, case.root, case.process_id)

    assert report.refused == ()
    (step,) = report.asked_again
    assert (step.path, step.label) == ("module_0.py", "task_0_1")
    assert step.reason == "module_0.py: document task_0_1: changed since"
    assert report.state is ProcessState.PAUSED
    text = path.read_bytes()
    assert b"return total * 99" in text
    assert text.count(b'"""') == 2 * 2


def test_a_file_that_is_gone_is_refused_and_the_others_are_written(case: Reviewed) -> None:
    (case.root / "module_0.py").unlink()

    report = accept(case.ledger, case.root, case.process_id)

    assert report.written == ("module_1.py",)
    assert [path for path, _ in report.refused] == ["module_0.py"]
    assert not (case.root / "module_0.py").exists()


def test_undo_keeps_what_the_user_changed_since(case: Reviewed) -> None:
    accept(case.ledger, case.root, case.process_id)
    path = case.root / "module_0.py"
    path.write_bytes(path.read_bytes() + b"\n\nX = 1\n")

    undo(case.ledger, case.root, case.process_id)

    assert path.read_bytes() == case.before["module_0.py"] + b"\n\nX = 1\n"


def test_a_rejected_process_can_not_be_accepted(case: Reviewed) -> None:
    reject(case.ledger, case.process_id)

    with pytest.raises(ProcessStateError, match="is rejected, so it can not be accepted"):
        accept(case.ledger, case.root, case.process_id)
    assert case.texts() == case.before


def test_undo_needs_something_that_was_accepted(case: Reviewed) -> None:
    with pytest.raises(ProcessStateError, match="can not be undone"):
        undo(case.ledger, case.root, case.process_id)


def test_an_accept_that_was_killed_after_a_write_is_settled_by_the_next(case: Reviewed) -> None:
    found = review(case.ledger, case.process_id)
    base = found.base_by_path["module_0.py"]
    after = found.result("module_0.py")
    after_sha256 = hashlib.sha256(after).hexdigest()
    hunks = [(hunk.hunk_id, hunk.path) for hunk in found.hunks]
    sequence = add_accepted_plan(case.ledger, case.process_id, found.plan, hunks)
    journal = WriteJournal(case.ledger, case.process_id, APPLY, plan_sequence=sequence)
    journal.intent(PendingWrite("module_0.py", base.data, base.sha256, after_sha256, 0o644))
    (case.root / "module_0.py").write_bytes(after)

    report = accept(case.ledger, case.root, case.process_id)
    undone = undo(case.ledger, case.root, case.process_id)

    assert report.written == ("module_1.py",)
    assert report.recovered == "p1: writing was interrupted; 1 files had been written"
    assert (undone.refused, case.texts()) == ((), case.before)


def test_a_lock_that_is_a_link_is_not_followed(case: Reviewed, tmp_path: Path) -> None:
    (case.ledger.path.parent / "write.lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(LedgerError, match="remove it and try again"):
        accept(case.ledger, case.root, case.process_id)

    assert not (tmp_path / "elsewhere").exists()
    assert case.texts() == case.before


def test_a_lock_that_can_not_be_opened_is_not_to_be_removed(case: Reviewed) -> None:
    with (
        descriptors_used_up(),
        pytest.raises(LedgerError) as caught,
        only_writer(case.ledger.path),
    ):
        pass

    assert "Too many open files; make the folder writable or free some space" in str(caught.value)


def test_only_one_accept_at_a_time(case: Reviewed) -> None:
    with only_writer(case.ledger.path), pytest.raises(WorkspaceBusyError, match="try again"):
        accept(case.ledger, case.root, case.process_id)


def test_what_an_editor_applied_is_recorded_only_with_the_right_text(case: Reviewed) -> None:
    mark_applied(case.ledger, case.process_id, {"module_0.py": "0" * 64})
    assert case.state() is ProcessState.WAITING_FOR_REVIEW

    case.apply_in_editor(*case.before)

    assert case.state() is ProcessState.DONE
    undo(case.ledger, case.root, case.process_id)
    assert case.texts() == case.before


def test_a_process_of_which_an_editor_applied_some_files_waits_for_the_others(
    case: Reviewed,
) -> None:
    case.apply_in_editor("module_0.py")
    assert case.state() is ProcessState.WAITING_FOR_REVIEW

    case.apply_in_editor("module_1.py")

    assert (case.texts(), case.state()) == (case.results(), ProcessState.DONE)
    assert undo(case.ledger, case.root, case.process_id).written == tuple(case.before)
    assert (case.texts(), case.state()) == (case.before, ProcessState.WAITING_FOR_REVIEW)


def test_an_editor_may_say_twice_what_it_applied(case: Reviewed) -> None:
    case.apply_in_editor("module_0.py")
    case.say_applied("module_0.py")
    assert case.state() is ProcessState.WAITING_FOR_REVIEW

    case.apply_in_editor("module_0.py", "module_1.py")

    assert case.state() is ProcessState.DONE
    assert len(accepted_plans(case.ledger, case.process_id)) == 2
    undo(case.ledger, case.root, case.process_id)
    assert case.texts() == case.before


@pytest.mark.parametrize("is_saved", [True, False])
def test_accept_writes_what_the_editor_did_not_apply(case: Reviewed, *, is_saved: bool) -> None:
    if is_saved:
        case.apply_in_editor("module_0.py")
    else:
        case.say_applied("module_0.py")

    report = accept(case.ledger, case.root, case.process_id)

    written = ("module_1.py",) if is_saved else ("module_0.py", "module_1.py")
    assert (report.written, report.refused) == (written, ())
    assert (case.texts(), case.state()) == (case.results(), ProcessState.DONE)
    undo(case.ledger, case.root, case.process_id)
    assert case.texts() == case.before


def test_accept_leaves_a_file_alone_that_changed_after_the_editor_applied_it(
    case: Reviewed,
) -> None:
    case.apply_in_editor("module_0.py")
    path = case.root / "module_0.py"
    path.write_bytes(path.read_bytes() + b"\n\nX = 1\n")

    report = accept(case.ledger, case.root, case.process_id)

    assert (report.written, report.refused) == (("module_1.py",), ())
    wanted = case.results()
    assert case.texts() == {**wanted, "module_0.py": wanted["module_0.py"] + b"\n\nX = 1\n"}
    undo(case.ledger, case.root, case.process_id)
    assert case.texts() == {
        **case.before,
        "module_0.py": case.before["module_0.py"] + b"\n\nX = 1\n",
    }


def test_undo_after_accept_restores_a_file_that_nobody_reported(case: Reviewed) -> None:
    # The editor saved it, and the host was killed before it heard of it.
    (case.root / "module_0.py").write_bytes(case.results()["module_0.py"])

    accept(case.ledger, case.root, case.process_id)
    undone = undo(case.ledger, case.root, case.process_id)

    assert (undone.written, undone.refused) == (("module_0.py", "module_1.py"), ())
    assert case.texts() == case.before


def test_a_partly_applied_process_can_be_undone_and_then_rejected(case: Reviewed) -> None:
    case.apply_in_editor("module_0.py")

    report = undo(case.ledger, case.root, case.process_id)

    assert report.state is ProcessState.WAITING_FOR_REVIEW
    assert (report.written, case.texts()) == (("module_0.py",), case.before)
    reject(case.ledger, case.process_id)
    assert case.state() is ProcessState.REJECTED


def test_rejecting_the_rest_of_a_partly_applied_process_ends_it_and_it_can_be_undone(
    case: Reviewed,
) -> None:
    case.apply_in_editor("module_0.py")

    assert reject(case.ledger, case.process_id) is ProcessState.DONE

    undo(case.ledger, case.root, case.process_id)
    assert (case.texts(), case.state()) == (case.before, ProcessState.WAITING_FOR_REVIEW)
    accept(case.ledger, case.root, case.process_id)
    assert case.texts() == {**case.before, "module_0.py": case.results()["module_0.py"]}


def test_a_partly_applied_process_whose_undo_is_refused_still_waits(case: Reviewed) -> None:
    case.apply_in_editor("module_0.py")
    path = case.root / "module_0.py"
    path.write_bytes(path.read_bytes().replace(b'"""Return', b'"""I say: return'))

    report = undo(case.ledger, case.root, case.process_id)

    assert [name for name, _ in report.refused] == ["module_0.py"]
    assert report.state is ProcessState.WAITING_FOR_REVIEW


@pytest.mark.parametrize("kind", ["accept", "undo"])
def test_a_kill_at_any_call_of_a_refactoring_is_made_good_by_the_next(
    tmp_path: Path, kind: str
) -> None:
    script = Path(__file__).with_name("crash_accept.py")
    tests = script.parents[2]

    done = subprocess.run(
        [sys.executable, script, tmp_path, kind],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tests)},
    )

    assert done.stderr == ""
    outcomes = json.loads(done.stdout)
    assert outcomes.pop("rounds") > 10
    assert outcomes.pop("with leftovers") > 0
    assert outcomes == {"refused": 0, "not as before": 0}
