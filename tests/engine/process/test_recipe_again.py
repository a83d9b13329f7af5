"""Steps of recipes whose files changed between the review and the accept."""

import asyncio
from pathlib import Path

import pytest

from nanobot_engine.edit import sha256_hex
from nanobot_engine.process import (
    Choice,
    HunkState,
    Ledger,
    ProcessState,
    accept,
    chosen_part,
    mark_applied,
    plan_again,
    reject,
    review,
    undo,
)
from support import small_process
from support.scripted_model import ScriptedModel

DOCSTRING = b'"""Return the sum of the numbers."""'
OLD, NEW = b"return total * 2", b"return total * 99"


class Asked:
    """Three functions in each of two files, documented; the process waits for review."""

    sentence = "add docstrings to every public function"

    def __init__(self, folder: Path) -> None:
        self.root = folder / "code"
        self.prepare()
        self.ledger = Ledger.open(folder / "ledger.db")
        self.process_id = small_process.create(self.ledger, self.root, sentence=self.sentence)
        self.model = ScriptedModel(disagree=1)
        self.run()

    def prepare(self) -> None:
        small_process.write_workspace(self.root, files=2, functions=3)

    def run(self) -> None:
        """Run or resume the process."""
        self.model.waves.clear()
        asyncio.run(small_process.run(self.ledger, self.process_id, self.model))

    @property
    def questions(self) -> str:
        """What the model was asked in the last run."""
        return "".join(s.text for w in self.model.waves for p in w.prompts for s in p)

    @property
    def state(self) -> ProcessState:
        return self.ledger.process(self.process_id).state

    def path(self, number: int = 0) -> Path:
        return self.root / f"module_{number}.py"

    def change(self, old: bytes = OLD, new: bytes = NEW, number: int = 0) -> bytes:
        """Change a file as its user would; return its text."""
        text = self.path(number).read_bytes()
        assert old in text
        self.path(number).write_bytes(text.replace(old, new))
        return self.path(number).read_bytes()

    def hunk(self, label: str) -> str:
        """Return the id of the hunk of a function."""
        found = review_hunks(self)
        return next(hunk_id for hunk_id, (name, _) in found.items() if name == label)

    def accept(self, *labels: str) -> object:
        return accept(
            self.ledger, self.root, self.process_id, Choice(hunks=frozenset(map(self.hunk, labels)))
        )

    def states(self) -> dict[str, HunkState]:
        return dict(review_hunks(self).values())


def review_hunks(case: Asked) -> dict[str, tuple[str, HunkState]]:
    return {
        hunk.hunk_id: (hunk.edits[0].step_key.partition("::")[2], hunk.state)
        for hunk in review(case.ledger, case.process_id).hunks
    }


@pytest.fixture
def case(tmp_path: Path) -> Asked:
    return Asked(tmp_path)


def test_a_step_whose_definition_changed_is_asked_about_the_text_of_now(case: Asked) -> None:
    changed = case.change()

    report = accept(case.ledger, case.root, case.process_id)

    assert [(step.path, step.label) for step in report.asked_again] == [("module_0.py", "task_0_1")]
    assert (report.refused, report.state) == ((), ProcessState.PAUSED)
    assert case.path().read_bytes().count(DOCSTRING) == 2, "what fits is written"
    assert case.ledger.process(case.process_id).reason == (
        "1 of 6 steps are asked again: module_0.py changed since"
    )
    before = case.ledger.totals(case.process_id)
    assert review(case.ledger, case.process_id).diff() == "", "what stands is shown no more"
    case.run()
    assert "return total * 99" in case.questions
    assert "task_0_2" not in case.questions.replace("task_0_1", ""), "nothing else is asked"
    assert case.state is ProcessState.WAITING_FOR_REVIEW
    after = case.ledger.totals(case.process_id)
    assert (after.steps, after.accepted) == (6, 6)
    assert after.votes > before.votes > 0, "what was spent before counts"
    states = case.states()
    assert states.pop("task_0_1") is HunkState.OPEN
    assert set(states.values()) == {HunkState.ACCEPTED}
    assert review(case.ledger, case.process_id).diff().count("\n+ ") == 1

    last = accept(case.ledger, case.root, case.process_id)

    assert (last.state, last.written) == (ProcessState.DONE, ("module_0.py",))
    assert case.path().read_bytes().count(DOCSTRING) == 3
    assert NEW in case.path().read_bytes()
    undo(case.ledger, case.root, case.process_id)
    assert case.path().read_bytes() == changed


def test_what_was_not_named_is_offered_as_before(case: Asked) -> None:
    case.change()

    case.accept("task_0_1")
    case.run()

    assert set(case.states().values()) == {HunkState.OPEN}
    assert len(case.states()) == 6
    report = accept(case.ledger, case.root, case.process_id)
    assert (report.asked_again, report.state) == ((), ProcessState.DONE)


def test_what_was_accepted_before_stays_accepted(case: Asked) -> None:
    case.accept("task_0_0", "task_0_2")
    case.change()
    # A line before all of them, and one in a function that is documented already.
    case.change(b"def task_0_0", b"import os\n\n\ndef task_0_0")
    changed = case.change(b"return total * 3", b"return total * 33")

    case.accept("task_0_1")
    case.run()

    wanted = {"task_0_0": HunkState.ACCEPTED, "task_0_2": HunkState.ACCEPTED}
    states = case.states()
    assert {name: states[name] for name in wanted} == wanted
    assert states["task_0_1"] is HunkState.OPEN
    case.accept("task_0_1")
    assert case.path().read_bytes().count(DOCSTRING) == 3
    undo(case.ledger, case.root, case.process_id)
    assert case.path().read_bytes() == changed.replace(b"    " + DOCSTRING + b"\n", b"")


def test_a_rejected_hunk_stays_rejected(case: Asked) -> None:
    reject(case.ledger, case.process_id, Choice(hunks=frozenset({case.hunk("task_0_0")})))
    case.change()

    accept(case.ledger, case.root, case.process_id)
    case.run()

    assert case.states()["task_0_0"] is HunkState.REJECTED
    assert accept(case.ledger, case.root, case.process_id).state is ProcessState.DONE
    assert case.path().read_bytes().count(DOCSTRING) == 2


def test_a_definition_that_is_gone_is_not_asked_about(case: Asked) -> None:
    case.change(b"def task_0_1", b"def renamed")

    report = accept(case.ledger, case.root, case.process_id)

    assert report.asked_again == ()
    ((path, reason),) = report.refused
    assert (path, report.state) == ("module_0.py", ProcessState.DONE)
    assert reason == "module_0.py: task_0_1: is not there any more, or needs nothing now"
    assert case.ledger.refused_by_cause(case.process_id) == {"gone": 1}


def test_a_file_that_does_not_parse_is_left_and_can_be_accepted_later(case: Asked) -> None:
    good = case.path().read_bytes()
    case.change(OLD, b"return (")

    report = accept(case.ledger, case.root, case.process_id)

    assert (report.asked_again, report.state) == ((), ProcessState.WAITING_FOR_REVIEW)
    assert {path for path, _ in report.refused} == {"module_0.py"}
    assert all("it can not be asked again: module_0.py:8: " in why for _, why in report.refused)
    case.path().write_bytes(good)
    assert accept(case.ledger, case.root, case.process_id).state is ProcessState.DONE


def test_an_answer_that_is_refused_ends_the_process_when_nothing_else_is_open(case: Asked) -> None:
    case.change()
    accept(case.ledger, case.root, case.process_id)
    case.model = ScriptedModel(answer=lambda _: "nonsense of the form")

    case.run()

    assert case.state is ProcessState.DONE
    assert undo(case.ledger, case.root, case.process_id).refused == ()


def test_a_step_can_be_asked_again_and_again(case: Asked) -> None:
    for times in (99, 999):
        case.change(b"return total * ", b"return total * %d + " % times)
        report = accept(case.ledger, case.root, case.process_id)
        assert report.asked_again
        case.run()

    assert case.state is ProcessState.WAITING_FOR_REVIEW
    assert accept(case.ledger, case.root, case.process_id).state is ProcessState.DONE
    assert all(case.path(number).read_bytes().count(DOCSTRING) == 3 for number in range(2))


class Handled(Asked):
    """Functions that get error handling, most of it by program, and an import for it."""

    sentence = "add error handling to all functions"

    def prepare(self) -> None:
        small_process.write_risky_workspace(self.root, files=2, functions=4)

    def path(self, number: int = 0) -> Path:
        return self.root / f"module_{number:02}.py"


def test_edits_of_lines_that_changed_are_asked_again(tmp_path: Path) -> None:
    case = Handled(tmp_path)
    old = b"def work_0_1(path, text):\n    return open(path).read()"
    changed = case.change(old, old.replace(b"open(path)", b"open(path, text)"))

    report = accept(case.ledger, case.root, case.process_id)

    assert [step.label for step in report.asked_again] == ["work_0_1: open"], report
    assert case.path().read_bytes().count(b"except OSError") == 2
    case.run()
    assert not case.model.waves, "a program knows it"
    assert accept(case.ledger, case.root, case.process_id).state is ProcessState.DONE
    text = case.path().read_text()
    assert text.count("except OSError") == 3
    assert text.count("import logging") == 1
    assert "        return open(path, text).read()\n    except OSError" in text
    undo(case.ledger, case.root, case.process_id)
    assert case.path().read_bytes() == changed


def test_an_editor_has_unsaved_text_planned_for_and_nothing_is_written(case: Asked) -> None:
    disk = case.path().read_bytes()
    text = disk.replace(OLD, NEW).decode()

    report = plan_again(case.ledger, case.root, case.process_id, overlay={"module_0.py": text})

    assert [step.label for step in report.asked_again] == ["task_0_1"]
    assert (report.written, report.state, case.path().read_bytes()) == (
        (),
        ProcessState.PAUSED,
        disk,
    )
    case.run()
    assert "return total * 99" in case.questions
    (file,) = (
        f for f in review(case.ledger, case.process_id).plan.files if f.path == "module_0.py"
    )
    assert file.base_sha256 == sha256_hex(text.encode())
    assert len(file.edits) == 3


def test_an_editor_need_ask_nothing_where_every_edit_moves_along(case: Asked) -> None:
    text = "import os\n\n\n" + case.path().read_text()

    report = plan_again(case.ledger, case.root, case.process_id, overlay={"module_0.py": text})

    assert (report.asked_again, report.refused) == ((), ())
    assert report.replanned == "module_0.py: changed since"
    assert report.state is ProcessState.WAITING_FOR_REVIEW
    found = review(case.ledger, case.process_id)
    assert found.result("module_0.py").count(DOCSTRING) == 3
    assert found.base_by_path["module_0.py"].is_overlay
    assert (
        plan_again(case.ledger, case.root, case.process_id, overlay={"module_0.py": text}).replanned
        == ""
    )


def test_what_an_editor_applied_and_did_not_save_stays_accepted(case: Asked) -> None:
    first = case.hunk("task_0_0")
    part = chosen_part(case.ledger, case.process_id, Choice(hunks=frozenset({first})), case.root)
    shown = part.result("module_0.py").decode()
    said = {"module_0.py": sha256_hex(shown.encode())}
    mark_applied(case.ledger, case.process_id, said, Choice(hunks=frozenset({first})))
    text = shown.replace(OLD.decode(), NEW.decode())

    report = plan_again(case.ledger, case.root, case.process_id, overlay={"module_0.py": text})

    assert [step.label for step in report.asked_again] == ["task_0_1"], report
    case.run()
    found = review(case.ledger, case.process_id)
    assert found.base_by_path["module_0.py"].data == text.encode()
    assert case.states()["task_0_0"] is HunkState.ACCEPTED
