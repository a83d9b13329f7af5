"""Taking edits back."""

from pathlib import Path

import pytest

from engine.edit.memory_journal import MemoryJournal
from nanobot_engine.edit.undo import (
    AppliedFile,
    UndoOutcome,
    UndoResult,
    merged_undo,
    planned_undo,
    undo_applied,
    undo_file,
)

BEFORE = b"import a\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"
AFTER = (
    b'import a\n\n\ndef f():\n    """Do f."""\n    return 1\n'
    b'\n\ndef g():\n    """Do g."""\n    return 2\n'
)


def check_undo(
    root: Path, journal: MemoryJournal, now: bytes, *, path: str = "a.py"
) -> tuple[UndoResult, bytes]:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(now)
    result = undo_file(root, path, BEFORE, AFTER, journal=journal)
    return result, file.read_bytes()


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_an_unchanged_file_gets_its_old_bytes_back(
    root: Path, journal: MemoryJournal, newline: bytes
) -> None:
    before, after = (data.replace(b"\n", newline) for data in (BEFORE, AFTER))
    (root / "a.py").write_bytes(after)
    (root / "a.py").chmod(0o755)

    result = undo_file(root, "a.py", before, after, journal=journal)

    assert result == UndoResult("a.py", UndoOutcome.RESTORED, "")
    assert (root / "a.py").read_bytes() == before
    assert (root / "a.py").stat().st_mode & 0o777 == 0o755
    assert journal.calls == ["intent a.py", "done a.py"]


def test_a_file_that_was_undone_is_left_alone(root: Path, journal: MemoryJournal) -> None:
    result, now = check_undo(root, journal, BEFORE)

    assert result.outcome is UndoOutcome.NOTHING_TO_DO
    assert now == BEFORE
    assert journal.calls == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"import a\n", b"import a\nimport b\n"),
        (b"    return 2\n", b"    return 2\n\n\ndef h():\n    return 3\n"),
        (b"\n\n\ndef f", b"\n\n\nX = 1\n\n\ndef f"),
        (b'    """Do f."""\n', b""),
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_later_changes_of_the_user_are_kept(
    root: Path, journal: MemoryJournal, old: bytes, new: bytes, newline: bytes
) -> None:
    before, after, now, expected = (
        data.replace(b"\n", newline)
        for data in (BEFORE, AFTER, AFTER.replace(old, new), BEFORE.replace(old, new))
    )
    (root / "a.py").write_bytes(now)

    result = undo_file(root, "a.py", before, after, journal=journal)

    assert (root / "a.py").read_bytes() == expected
    assert result.outcome in {UndoOutcome.MERGED, UndoOutcome.RESTORED}


@pytest.mark.parametrize(
    ("old", "new"), [(b"def f():", b"def f(x):"), (b"    return 1", b"    return 10")]
)
def test_changes_beside_its_lines_are_kept(
    root: Path, journal: MemoryJournal, old: bytes, new: bytes
) -> None:
    result, now = check_undo(root, journal, AFTER.replace(old, new))

    assert result.outcome is UndoOutcome.MERGED
    assert now == BEFORE.replace(old, new)


def test_changes_in_the_same_lines_are_refused(root: Path, journal: MemoryJournal) -> None:
    old, new = b"Do f.", b"Do f, by hand."

    result, now = check_undo(root, journal, AFTER.replace(old, new))

    assert result == UndoResult(
        "a.py", UndoOutcome.REFUSED, "a.py: was changed in the same lines; undo them by hand"
    )
    assert now == AFTER.replace(old, new)
    assert journal.calls == []


def test_a_result_that_would_not_parse_is_refused(root: Path, journal: MemoryJournal) -> None:
    before, after, now = b"(\na\nb\n", b"a\nb\n", b"a\nb\nc\n"
    (root / "a.py").write_bytes(now)

    result = undo_file(root, "a.py", before, after, journal=journal)

    assert result.reason == "a.py: would not parse after the undo; undo it by hand"
    assert (root / "a.py").read_bytes() == now


@pytest.mark.parametrize("kind", ["gone", "link", "hard link", "protected", "climbs"])
def test_a_file_that_can_not_be_written_is_refused(
    root: Path, journal: MemoryJournal, tmp_path: Path, kind: str
) -> None:
    outside = tmp_path / "outside.py"
    outside.write_bytes(AFTER)
    path = {"protected": "setup.py", "climbs": "../outside.py"}.get(kind, "a.py")
    if kind == "link":
        (root / path).symlink_to(outside)
    elif kind == "hard link":
        (root / path).hardlink_to(outside)
    elif kind == "protected":
        (root / path).write_bytes(AFTER)

    result = undo_file(root, path, BEFORE, AFTER, journal=journal)

    assert result.outcome is UndoOutcome.REFUSED
    assert path in result.reason
    assert outside.read_bytes() == AFTER


def test_a_merge_of_nothing_new_is_the_old_version() -> None:
    assert merged_undo(AFTER, before=BEFORE, after=AFTER) == BEFORE


def test_the_last_line_without_a_newline_is_kept() -> None:
    before, after = b"a\nb\nc\nd", b"a\nNEW\nb\nc\nd"

    assert merged_undo(b"a\nNEW\nb\nc\nd\ne", before=before, after=after) == b"a\nb\nc\nd\ne"


def test_a_merge_that_could_take_minutes_is_refused(root: Path, journal: MemoryJournal) -> None:
    before, after, now = (b"a\n%b\n" % line * 5_000 for line in (b"x", b"y", b"z"))
    (root / "a.txt").write_bytes(now)

    result = undo_file(root, "a.txt", before, after, journal=journal)

    assert result.outcome is UndoOutcome.REFUSED
    assert result.reason == (
        "a.txt: 10000 lines, repeating each other too often, are too much for a merge; "
        "undo it by hand"
    )
    assert (root / "a.txt").read_bytes() == now


CREATED = AppliedFile("new/a.py", None, AFTER)
REMOVED = AppliedFile("old/a.py", BEFORE, None, mode=0o640)
MOVED = AppliedFile("old/a.py", BEFORE, AFTER, "new/a.py")


def tree(root: Path) -> dict[str, bytes | None]:
    """Return all files with their bytes, and all folders with None."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


def put(root: Path, **data_by_folder: bytes) -> None:
    for folder, data in data_by_folder.items():
        (root / folder).mkdir()
        (root / folder / "a.py").write_bytes(data)


def test_a_created_file_goes_with_its_folder(root: Path, journal: MemoryJournal) -> None:
    put(root, new=AFTER)

    result = undo_applied(root, CREATED, journal=journal)

    assert (result.outcome, tree(root)) == (UndoOutcome.RESTORED, {})
    assert undo_applied(root, CREATED, journal=journal).outcome is UndoOutcome.NOTHING_TO_DO


def test_a_created_file_that_the_user_changed_stays(root: Path, journal: MemoryJournal) -> None:
    put(root, new=AFTER + b"x = 1\n")

    result = undo_applied(root, CREATED, journal=journal)

    assert result.reason == "new/a.py: was changed since it was created; remove it by hand"
    assert tree(root) == {"new": None, "new/a.py": AFTER + b"x = 1\n"}


def test_a_removed_file_comes_back_with_its_mode(root: Path, journal: MemoryJournal) -> None:
    result = undo_applied(root, REMOVED, journal=journal)

    assert (result.outcome, tree(root)) == (
        UndoOutcome.RESTORED,
        {"old": None, "old/a.py": BEFORE},
    )
    assert (root / "old/a.py").stat().st_mode & 0o777 == 0o640
    assert undo_applied(root, REMOVED, journal=journal).outcome is UndoOutcome.NOTHING_TO_DO


def test_a_removed_file_does_not_replace_another_one(root: Path, journal: MemoryJournal) -> None:
    put(root, old=b"mine\n")

    result = undo_applied(root, REMOVED, journal=journal)

    assert "is there again with another text" in result.reason
    assert tree(root) == {"old": None, "old/a.py": b"mine\n"}


def test_a_moved_file_goes_back_with_its_mode(root: Path, journal: MemoryJournal) -> None:
    put(root, new=AFTER)
    (root / "new/a.py").chmod(0o750)

    result = undo_applied(root, MOVED, journal=journal)

    assert (result.outcome, tree(root)) == (
        UndoOutcome.RESTORED,
        {"old": None, "old/a.py": BEFORE},
    )
    assert (root / "old/a.py").stat().st_mode & 0o777 == 0o750
    assert undo_applied(root, MOVED, journal=journal).outcome is UndoOutcome.NOTHING_TO_DO


def test_a_moved_file_goes_back_with_what_the_user_changed(
    root: Path, journal: MemoryJournal
) -> None:
    put(root, new=AFTER.replace(b"import a\n", b"import a\nimport b\n"))

    result = undo_applied(root, MOVED, journal=journal)

    assert (result.outcome, tree(root)) == (
        UndoOutcome.MERGED,
        {"old": None, "old/a.py": BEFORE.replace(b"import a\n", b"import a\nimport b\n")},
    )


def test_a_move_back_that_was_interrupted_is_finished(root: Path, journal: MemoryJournal) -> None:
    put(root, old=BEFORE, new=AFTER)

    result = undo_applied(root, MOVED, journal=journal)

    assert (result.outcome, tree(root)) == (
        UndoOutcome.RESTORED,
        {"old": None, "old/a.py": BEFORE},
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"old": b"mine\n", "new": AFTER}, "old/a.py: is there again"),
        ({}, "new/a.py: is gone"),
        ({"new": AFTER.replace(b"Do f.", b"Do it.")}, "new/a.py: was changed in the same lines"),
    ],
)
def test_a_file_that_can_not_move_back_stays(
    root: Path, journal: MemoryJournal, files: dict[str, bytes], reason: str
) -> None:
    put(root, **files)
    before = tree(root)

    plan = planned_undo(root, MOVED)
    result = undo_applied(root, MOVED, journal=journal)

    assert (result.outcome, plan.reason) == (UndoOutcome.REFUSED, result.reason)
    assert result.reason.startswith(reason)
    assert tree(root) == before
    assert journal.calls == []


@pytest.mark.parametrize(
    ("before", "after", "now", "undone"),
    [
        (b"f\nx\ny\n", b"f\nNEW\nx\ny\n", b"f\nNEW\nX\ny\n", b"f\nX\ny\n"),
        (b"f\nx\ny\n", b"f\nNEW\nx\ny\n", b"F\nNEW\nx\ny\n", b"F\nx\ny\n"),
        (b"f\nold\ny\n", b"f\nNEW\ny\n", b"f\nNEW\nY\n", b"f\nold\nY\n"),
        (b"f\nx\n", b"f\nNEW\nx\n", b"f\nNEW\n", b"f\n"),
    ],
)
def test_lines_right_beside_a_change_may_be_others(
    before: bytes, after: bytes, now: bytes, undone: bytes
) -> None:
    assert merged_undo(now, before=before, after=after) == undone


@pytest.mark.parametrize(
    ("before", "after", "now"),
    [
        (b"f\nx\ny\n", b"f\nNEW\nx\ny\n", b"f\nNEWER\nx\ny\n"),
        (b"f\nx\ny\n", b"f\nNEW\nx\ny\n", b"F\nNEW\nX\ny\n"),
        (b"f\nx\ny\n", b"f\nNEW\nx\ny\n", b"f\nNEW\nNEW\nX\ny\n"),
        (b"f\ngone\ny\n", b"f\ny\n", b"f\nY\n"),
    ],
)
def test_what_can_not_be_told_apart_is_left(before: bytes, after: bytes, now: bytes) -> None:
    assert merged_undo(now, before=before, after=after) is None
