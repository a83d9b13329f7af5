"""Applying a plan, and sorting out what a crash left."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.edit.memory_journal import MemoryJournal
from nanobot_engine.edit.apply import (
    ApplyReport,
    PendingWrite,
    apply_plan,
    recover,
    sha256_hex,
)
from nanobot_engine.edit.plan import EditPlan, FileEdit, TextEdit

OLD, NEW = b"x = 1\n", b"# new\nx = 1\n"


def plan_for(*paths: str, base: bytes = OLD) -> EditPlan:
    edit = TextEdit(0, 0, b"# new\n", "step", "label")
    return EditPlan(tuple(FileEdit(path, sha256_hex(base), (edit,)) for path in paths))


def put(root: Path, **data_by_name: bytes) -> None:
    for name, data in data_by_name.items():
        (root / f"{name}.py").write_bytes(data)


def pending(path: str, before: bytes = OLD, after: bytes = NEW) -> PendingWrite:
    return PendingWrite(path, before, sha256_hex(before), sha256_hex(after), 0o644)


def test_every_file_is_written_between_intent_and_done(root: Path, journal: MemoryJournal) -> None:
    put(root, a=OLD, b=OLD)

    report = apply_plan(root, plan_for("a.py", "b.py"), journal)

    assert report == ApplyReport(("a.py", "b.py"), ())
    assert journal.calls == ["intent a.py", "done a.py", "intent b.py", "done b.py"]
    assert (root / "a.py").read_bytes() == (root / "b.py").read_bytes() == NEW


def test_the_intent_holds_what_undo_needs(root: Path, journal: MemoryJournal) -> None:
    put(root, a=OLD)
    (root / "a.py").chmod(0o640)
    seen: list[PendingWrite] = []
    journal.done = lambda path: seen.extend(journal.pending())  # type: ignore[method-assign] # the moment between write and done

    apply_plan(root, plan_for("a.py"), journal)

    assert seen == [PendingWrite("a.py", OLD, sha256_hex(OLD), sha256_hex(NEW), 0o640)]


def test_a_file_that_changed_is_left_alone_and_the_others_are_not(
    root: Path, journal: MemoryJournal
) -> None:
    put(root, a=OLD, b=OLD + b"# mine\n", c=OLD)

    report = apply_plan(root, plan_for("a.py", "b.py", "c.py", "gone.py"), journal)

    assert report.applied == ("a.py", "c.py")
    assert [refusal.reason for refusal in report.refused] == [
        "b.py: changed since the edit was verified; nothing was written",
        "gone.py: No such file or directory",
    ]
    assert (root / "b.py").read_bytes() == OLD + b"# mine\n"
    assert "intent b.py" not in journal.calls


def test_applying_again_writes_nothing(root: Path, journal: MemoryJournal) -> None:
    put(root, a=OLD)
    apply_plan(root, plan_for("a.py"), journal)
    journal.calls.clear()

    report = apply_plan(root, plan_for("a.py"), journal)

    assert report == ApplyReport(("a.py",), ())
    assert journal.calls == []


@pytest.mark.parametrize("path", [".git/config", "setup.py", "Sub/.GIT/x", ".github/a.py"])
def test_a_protected_file_is_never_written(root: Path, journal: MemoryJournal, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(OLD)

    report = apply_plan(root, plan_for(path), journal)

    assert not report.applied
    assert "it is protected, edit it by hand" in report.refused[0].reason
    assert (root / path).read_bytes() == OLD
    assert journal.calls == []


@pytest.mark.parametrize("path", ["../a.py", "/etc/hostname", "a/../../b.py"])
def test_a_path_outside_is_never_written(
    root: Path, journal: MemoryJournal, path: str, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_bytes(OLD)

    report = apply_plan(root, plan_for(path), journal)

    assert not report.applied
    assert journal.calls == []
    assert (tmp_path / "a.py").read_bytes() == OLD


def test_a_failed_write_is_abandoned_and_said(root: Path, journal: MemoryJournal) -> None:
    put(root, a=OLD)
    (root / "b.py").hardlink_to(root / "a.py")

    report = apply_plan(root, plan_for("a.py"), journal)

    assert "has 2 hard links" in report.refused[0].reason
    assert journal.calls == ["intent a.py", "abandoned a.py"]


def test_a_write_that_came_through_although_it_failed_is_done(
    root: Path, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, a=OLD)
    real = os.fsync
    calls = []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:  # Of the folder, after the rename.
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)

    report = apply_plan(root, plan_for("a.py"), journal)

    assert "the file was replaced, but may be the old one" in report.refused[0].reason
    assert journal.calls == ["intent a.py", "done a.py"]
    assert (root / "a.py").read_bytes() == NEW


def test_a_plan_that_changes_nothing_writes_nothing(root: Path, journal: MemoryJournal) -> None:
    put(root, a=OLD)

    report = apply_plan(root, EditPlan((FileEdit("a.py", sha256_hex(OLD), ()),)), journal)

    assert report.applied == ("a.py",)
    assert journal.calls == []


def test_recovery_goes_by_what_stands_there(root: Path, journal: MemoryJournal) -> None:
    put(root, new=NEW, old=OLD, mine=b"y\n")
    for name in ("new", "old", "mine", "gone"):
        journal.intent(pending(f"{name}.py"))

    report = recover(root, journal)

    assert report.done == ("new.py",)
    assert report.abandoned == ("old.py",)
    assert [conflict.path for conflict in report.conflicts] == ["mine.py", "gone.py"]
    assert "changed by another program" in report.conflicts[0].reason
    assert [write.path for write in journal.pending()] == ["mine.py", "gone.py"]


def test_recovery_without_pending_writes_does_nothing(root: Path, journal: MemoryJournal) -> None:
    report = recover(root, journal)

    assert (report.done, report.abandoned, report.conflicts) == ((), (), ())


def test_a_kill_at_any_call_is_recovered(tmp_path: Path) -> None:
    script = Path(__file__).with_name("crash_apply.py")

    done = subprocess.run(
        [sys.executable, script, tmp_path], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    outcomes = json.loads(done.stdout)
    # Two files, each with a journal entry, a temporary file and a rename.
    assert outcomes.pop("rounds") > 40
    assert outcomes.pop("done") > 2
    assert outcomes.pop("abandoned") > 10
    assert outcomes == dict.fromkeys(
        ("torn", "left over", "conflicts", "settled twice", "not applied", "still pending"), 0
    )
