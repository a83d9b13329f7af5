"""Accept, reject and undo on real files."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from nanobot_engine.edit import PendingWrite
from nanobot_engine.process import (
    Ledger,
    ProcessState,
    ProcessStateError,
    WorkspaceBusyError,
    accept,
    mark_applied,
    reject,
    review,
    undo,
)
from nanobot_engine.process.acceptance import _only_writer
from nanobot_engine.process.write_journal import APPLY, WriteJournal
from support import small_process
from support.scripted_model import ScriptedModel


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


def test_a_definition_that_changed_is_left_alone(case: Reviewed) -> None:
    path = case.root / "module_0.py"
    mine = case.before["module_0.py"].replace(b"return total * 2", b"return total * 99")
    path.write_bytes(mine)

    report = accept(case.ledger, case.root, case.process_id)

    assert [path for path, _ in report.refused] == ["module_0.py"]
    assert "changed since" in report.refused[0][1]
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
    case.ledger.add_accepted_plan(case.process_id, found.plan.to_json())
    journal = WriteJournal(case.ledger, case.process_id, APPLY)
    journal.intent(PendingWrite("module_0.py", base.data, base.sha256, after_sha256, 0o644))
    (case.root / "module_0.py").write_bytes(after)

    report = accept(case.ledger, case.root, case.process_id)
    undone = undo(case.ledger, case.root, case.process_id)

    assert report.written == ("module_0.py", "module_1.py")
    assert (undone.refused, case.texts()) == ((), case.before)


def test_only_one_accept_at_a_time(case: Reviewed) -> None:
    with _only_writer(case.ledger.path), pytest.raises(WorkspaceBusyError, match="try again"):
        accept(case.ledger, case.root, case.process_id)


def test_what_an_editor_applied_is_recorded_only_with_the_right_text(case: Reviewed) -> None:
    mark_applied(case.ledger, case.process_id, {"module_0.py": "0" * 64})
    assert case.state() is ProcessState.WAITING_FOR_REVIEW

    found = review(case.ledger, case.process_id)
    for name in case.before:
        (case.root / name).write_bytes(found.result(name))
    hashes = {name: hashlib.sha256(found.result(name)).hexdigest() for name in case.before}
    mark_applied(case.ledger, case.process_id, hashes)

    assert case.state() is ProcessState.DONE
    undo(case.ledger, case.root, case.process_id)
    assert case.texts() == case.before
