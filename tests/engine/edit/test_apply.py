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
    plan_refusals,
    recover,
    sha256_hex,
)
from nanobot_engine.edit.plan import NO_FILE, EditPlan, FileEdit, TextEdit

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

    report = apply_plan(
        root, plan_for("a.py"), journal, result_sha256_by_path={"a.py": sha256_hex(NEW)}
    )

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


CREATION = FileEdit("new/b.py", NO_FILE, (TextEdit(0, 0, b"y = 1\n", "step", "label"),))
MOVE = FileEdit("pkg/a.py", sha256_hex(OLD), plan_for("a.py").files[0].edits, "other/deep/a.py")
REMOVAL = FileEdit("pkg/a.py", sha256_hex(OLD), (), is_removed=True)


def tree(root: Path) -> dict[str, bytes | None]:
    """Return all files with their bytes, and all folders with None."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


def test_a_file_is_created_with_the_folders_on_the_way(root: Path, journal: MemoryJournal) -> None:
    report = apply_plan(root, EditPlan((CREATION,)), journal)

    assert report == ApplyReport(("new/b.py",), ())
    assert tree(root) == {"new": None, "new/b.py": b"y = 1\n"}
    umask = os.umask(0)
    os.umask(umask)
    assert (root / "new/b.py").stat().st_mode & 0o777 == 0o666 & ~umask
    assert journal.calls == ["intent new/b.py", "done new/b.py"]


def test_nothing_that_appeared_is_overwritten(root: Path, journal: MemoryJournal) -> None:
    (root / "new").mkdir()
    (root / "new/b.py").write_bytes(b"mine\n")

    report = apply_plan(root, EditPlan((CREATION,)), journal)

    assert [refusal.reason for refusal in report.refused] == [
        "new/b.py: is there already; nothing was written"
    ]
    assert tree(root) == {"new": None, "new/b.py": b"mine\n"}
    assert journal.calls == []


def test_a_file_that_appears_at_the_last_moment_is_not_overwritten(
    root: Path, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def link(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        (root / "new/b.py").write_bytes(b"mine\n")
        real(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "link", link)

    report = apply_plan(root, EditPlan((CREATION,)), journal)

    assert [refusal.path for refusal in report.refused] == ["new/b.py"]
    assert tree(root) == {"new": None, "new/b.py": b"mine\n"}
    assert journal.calls == ["intent new/b.py", "abandoned new/b.py"]


def test_a_file_moves_with_its_mode_and_leaves_no_empty_folder(
    root: Path, journal: MemoryJournal
) -> None:
    (root / "pkg/__pycache__").mkdir(parents=True)
    (root / "pkg/a.py").write_bytes(OLD)
    (root / "pkg/a.py").chmod(0o750)
    (root / "pkg/__pycache__/a.cpython-311.pyc").write_bytes(b"code")

    report = apply_plan(root, EditPlan((MOVE,)), journal)

    assert report == ApplyReport(("pkg/a.py",), ())
    assert tree(root) == {"other": None, "other/deep": None, "other/deep/a.py": NEW}
    assert (root / "other/deep/a.py").stat().st_mode & 0o777 == 0o750
    assert journal.calls == [
        "intent other/deep/a.py", "done other/deep/a.py", "intent pkg/a.py", "done pkg/a.py",
    ]  # fmt: skip


def test_a_folder_with_anything_else_in_it_stays(root: Path, journal: MemoryJournal) -> None:
    (root / "pkg/__pycache__").mkdir(parents=True)
    (root / "pkg/a.py").write_bytes(OLD)
    (root / "pkg/__pycache__/b.cpython-311.pyc").write_bytes(b"code")

    apply_plan(root, EditPlan((REMOVAL,)), journal)

    assert tree(root) == {
        "pkg": None, "pkg/__pycache__": None, "pkg/__pycache__/b.cpython-311.pyc": b"code",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["changed", "taken", "hard link", "read only"])
def test_a_file_that_can_not_move_stays_whole(
    root: Path, journal: MemoryJournal, kind: str
) -> None:
    (root / "pkg").mkdir()
    (root / "other/deep").mkdir(parents=True)
    (root / "pkg/a.py").write_bytes(OLD if kind != "changed" else b"x = 2\n")
    if kind == "taken":
        (root / "other/deep/a.py").write_bytes(b"mine\n")
    elif kind == "hard link":
        (root / "pkg/twin.py").hardlink_to(root / "pkg/a.py")
    elif kind == "read only":
        (root / "pkg/a.py").chmod(0o444)
    before = tree(root)

    refusals = plan_refusals(root, EditPlan((MOVE,)))
    report = apply_plan(root, EditPlan((MOVE,)), journal)

    assert refusals == list(report.refused)
    assert len(refusals) == 1
    after = tree(root)
    after.pop("other", None)
    after.pop("other/deep", None)
    assert after == {
        path: data for path, data in before.items() if path not in {"other", "other/deep"}
    }


@pytest.mark.parametrize(
    "done", [{"pkg/a.py": OLD, "other/deep/a.py": NEW}, {"other/deep/a.py": NEW}]
)
def test_a_move_that_was_interrupted_is_finished(
    root: Path, journal: MemoryJournal, done: dict[str, bytes]
) -> None:
    for path, data in done.items():
        (root / path).parent.mkdir(parents=True)
        (root / path).write_bytes(data)

    report = apply_plan(
        root, EditPlan((MOVE,)), journal, result_sha256_by_path={"pkg/a.py": sha256_hex(NEW)}
    )

    assert report == ApplyReport(("pkg/a.py",), ())
    assert tree(root) == {"other": None, "other/deep": None, "other/deep/a.py": NEW}


@pytest.mark.parametrize("path", ["../b.py", "/tmp/b.py", ".git/hooks/x", "setup.py", "link/b.py"])
@pytest.mark.parametrize("kind", ["create", "move", "remove"])
def test_no_kind_of_write_leaves_the_workspace_or_touches_a_protected_file(
    root: Path, journal: MemoryJournal, tmp_path: Path, path: str, kind: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.py").write_bytes(OLD)
    (root / "link").symlink_to(outside)
    (root / "a.py").write_bytes(OLD)
    file = {
        "create": FileEdit(path.replace("b.py", "c.py"), NO_FILE, CREATION.edits),
        "move": FileEdit("a.py", sha256_hex(OLD), (), path.replace("b.py", "c.py")),
        "remove": FileEdit(path, sha256_hex(OLD), (), is_removed=True),
    }[kind]

    report = apply_plan(root, EditPlan((file,)), journal)

    if kind != "remove" or path == "link/b.py":
        assert len(report.refused) == 1
    assert tree(outside) == {"b.py": OLD}
    assert (root / "a.py").read_bytes() == OLD
    assert not (tmp_path / "c.py").exists()
    assert not (root / ".git").exists()


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
    # Six writes, each with a journal entry; four of them with a temporary file.
    assert outcomes.pop("rounds") > 120
    assert outcomes.pop("done") > 6
    assert outcomes.pop("abandoned") > 30
    assert outcomes == dict.fromkeys(
        (
            "torn",
            "lost",
            "left over",
            "empty folders",
            "conflicts",
            "settled twice",
            "not applied",
            "still pending",
        ),
        0,
    )


@pytest.mark.parametrize(
    ("data", "new_text", "reason"),
    [
        ("x = 'é'\n".encode("latin-1"), b"y", "no usable encoding"),
        ("x = 1\n".encode("utf-16"), b"y", "NUL bytes"),
        ("x = 1\n".encode("utf-16-le"), b"y", "NUL bytes"),
        (b"x = 1\n", b"\xff", "no usable encoding"),
        (b"x = 1\n", b"\xef\xbb\xbf", "its BOM"),
        (b"x = 1\n", b"# coding: latin-1\n", "would change from utf-8 to iso8859-1"),
    ],
)
def test_what_is_or_becomes_no_text_of_its_encoding_is_not_written(
    root: Path, journal: MemoryJournal, data: bytes, new_text: bytes, reason: str
) -> None:
    (root / "a.py").write_bytes(data)
    edit = TextEdit(0, 0, new_text, "a.py::", "odd")
    plan = EditPlan((FileEdit("a.py", sha256_hex(data), (edit,)),))

    report = apply_plan(root, plan, journal)

    assert reason in report.refused[0].reason
    assert (root / "a.py").read_bytes() == data
    assert not journal.pending()
