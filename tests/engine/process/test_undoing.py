"""Undo of hunks that were accepted one after the other, and of what the user did between."""

import asyncio
from pathlib import Path

import pytest

from nanobot_engine.process import (
    Choice,
    Hunk,
    HunkState,
    Ledger,
    Part,
    ProcessState,
    accept,
    mark_applied,
    reject,
    review,
    undo,
)
from support import small_process
from support.scripted_model import ScriptedModel
from support.small_refactoring import Refactored

TEXT = b'"""Return the sum of the numbers."""'


class Reviewed:
    """A process over one file with four hunks."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "code"
        small_process.write_workspace(self.root, files=1, functions=4)
        self.ledger = Ledger.open(tmp_path / "ledger.db")
        self.process_id = small_process.create(self.ledger, self.root)
        asyncio.run(small_process.run(self.ledger, self.process_id, ScriptedModel(disagree=1)))
        self.path = self.root / "module_0.py"
        self.before = self.path.read_bytes()

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        return review(self.ledger, self.process_id).hunks

    def accept(self, *indexes: int) -> None:
        hunks = frozenset(self.hunks[index].hunk_id for index in indexes)
        report = accept(self.ledger, self.root, self.process_id, Choice(hunks=hunks))
        assert report.refused == ()

    def states(self) -> list[HunkState]:
        return [hunk.state for hunk in self.hunks]

    def state(self) -> ProcessState:
        return self.ledger.process(self.process_id).state


@pytest.fixture
def case(tmp_path: Path) -> Reviewed:
    return Reviewed(tmp_path)


def test_hunks_are_accepted_one_by_one_and_the_rest_waits(case: Reviewed) -> None:
    whole = review(case.ledger, case.process_id).result("module_0.py")

    for count, index in enumerate((2, 0, 3), start=1):
        case.accept(index)
        assert case.path.read_bytes().count(TEXT) == count
        assert case.states().count(HunkState.ACCEPTED) == count
        assert case.state() is ProcessState.WAITING_FOR_REVIEW
    case.accept(1)

    assert (case.path.read_bytes(), case.state()) == (whole, ProcessState.DONE)
    report = undo(case.ledger, case.root, case.process_id)
    assert (report.refused, report.written) == ((), ("module_0.py",))
    assert (case.path.read_bytes(), case.state()) == (
        case.before,
        ProcessState.WAITING_FOR_REVIEW,
    )
    assert case.states() == [HunkState.OPEN] * 4


def test_undo_takes_out_each_hunk_and_keeps_what_was_written_between(case: Reviewed) -> None:
    case.accept(0)
    mine = case.path.read_bytes() + b"\n\nLAST = 1\n"
    case.path.write_bytes(mine)
    case.accept(2)
    case.path.write_bytes(b"import os\n\n\n" + case.path.read_bytes())
    case.accept(3)

    report = undo(case.ledger, case.root, case.process_id)

    assert report.refused == ()
    assert case.path.read_bytes() == b"import os\n\n\n" + case.before + b"\n\nLAST = 1\n"
    assert case.states() == [HunkState.OPEN] * 4


def test_an_undo_that_would_take_the_users_words_is_refused(case: Reviewed) -> None:
    case.accept(0)
    case.path.write_bytes(case.path.read_bytes() + b"\n\nLAST = 1\n")
    case.accept(1)
    changed = case.path.read_bytes().replace(TEXT, b'"""I say so."""', 1)
    case.path.write_bytes(changed)

    report = undo(case.ledger, case.root, case.process_id)

    assert "was changed in the same lines" in report.refused[0][1]
    assert case.path.read_bytes() == changed
    assert case.states().count(HunkState.ACCEPTED) == 2


def test_a_rejected_hunk_stays_out_until_it_is_named(case: Reviewed) -> None:
    first = case.hunks[0].hunk_id
    reject(case.ledger, case.process_id, Choice(hunks=frozenset({first})))

    report = accept(case.ledger, case.root, case.process_id)

    assert (report.state, case.path.read_bytes().count(TEXT)) == (ProcessState.DONE, 3)
    undo(case.ledger, case.root, case.process_id)
    assert case.states()[0] is HunkState.REJECTED
    case.accept(0)
    assert case.states() == [HunkState.ACCEPTED, *[HunkState.OPEN] * 3]
    undo(case.ledger, case.root, case.process_id)
    assert case.states() == [HunkState.OPEN] * 4


def test_a_hunk_whose_definition_changed_is_asked_again_and_the_others_are_undone(
    case: Reviewed,
) -> None:
    case.path.write_bytes(case.before.replace(b"return total * 2", b"return total * 99"))

    report = accept(case.ledger, case.root, case.process_id)

    assert (report.state, report.hunks_open) == (ProcessState.PAUSED, 0)
    assert [step.label for step in report.asked_again] == ["task_0_1"]
    assert case.states() == [HunkState.ACCEPTED] * 3
    case.ledger.set_state(case.process_id, ProcessState.CANCELLED, verb="cancel")
    undone = undo(case.ledger, case.root, case.process_id)
    assert (undone.refused, undone.state) == ((), ProcessState.CANCELLED)
    assert case.path.read_bytes() == case.before.replace(b"return total * 2", b"return total * 99")


def test_a_file_that_moved_after_some_of_its_hunks_goes_back(tmp_path: Path) -> None:
    files = {
        "old.py": 'def one(x):\n    return "%s" % (x,)\n\n\ndef two(x):\n    return "=%s" % (x,)\n'
    }
    case = Refactored(tmp_path, files)
    process_id = case.reviewed(
        Part("convert format strings", {}),
        Part("move module", {"module": "old.py", "target": "pkg/new.py"}),
    )
    kinds = [hunk.kind.value for hunk in review(case.ledger, process_id).hunks]
    assert kinds[0] == "moved"
    for index in (1, 0, 2):
        hunk = review(case.ledger, process_id).hunks[index].hunk_id
        report = accept(case.ledger, case.root, process_id, Choice(hunks=frozenset({hunk})))
        assert (report.refused, report.replanned) == ((), "")
    assert case.state(process_id) is ProcessState.DONE
    assert set(case.tree()) == {"pkg/new.py"}
    path = case.root / "pkg/new.py"
    path.write_bytes(b"# mine\n" + path.read_bytes())

    report = undo(case.ledger, case.root, process_id)

    assert report.refused == ()
    assert case.tree() == {"old.py": b"# mine\n" + case.before["old.py"]}


def test_what_an_editor_shows_is_changed_there_and_not_on_the_disk(case: Reviewed) -> None:
    case.accept(0, 1)
    written = case.path.read_bytes()
    typed = b"# typed by the user \xf0\x9f\x98\x80\n" + written

    report = undo(case.ledger, case.root, case.process_id, shown={"module_0.py": typed})

    assert (report.refused, report.written) == ((), ("module_0.py",))
    (change,) = report.shown
    assert (change.before, change.after) == (typed, typed.replace(written, case.before))
    assert case.path.read_bytes() == written, "the editor saves it"
    assert case.states() == [HunkState.OPEN] * 4
    (file,) = report.to_json()["shown"]
    result = typed
    for edit in reversed(file["edits"]):
        start, end, new_text = edit["start_byte"], edit["end_byte"], edit["new_text"].encode()
        result = result[:start] + new_text + result[end:]
    assert result == change.after


def test_what_was_never_saved_is_taken_out_of_the_text_that_is_shown(case: Reviewed) -> None:
    found = review(case.ledger, case.process_id)
    result = found.result("module_0.py")
    hashes = {"module_0.py": found.result_sha256("module_0.py")}
    mark_applied(case.ledger, case.process_id, hashes)

    report = undo(case.ledger, case.root, case.process_id, shown={"module_0.py": result})

    assert [(one.before, one.after) for one in report.shown] == [(result, case.before)]
    assert case.state() is ProcessState.WAITING_FOR_REVIEW


def test_lines_that_were_typed_over_an_edit_are_left_alone(case: Reviewed) -> None:
    case.accept(0, 1, 2, 3)
    typed = case.path.read_bytes().replace(TEXT, b'"""Mine."""')

    report = undo(case.ledger, case.root, case.process_id, shown={"module_0.py": typed})

    assert report.shown == ()
    assert report.refused == (
        ("module_0.py", "module_0.py: was changed in the same lines; undo them by hand"),
    )
    assert case.state() is ProcessState.DONE
