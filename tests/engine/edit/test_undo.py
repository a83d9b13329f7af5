"""Taking edits back."""

from pathlib import Path

import pytest

from engine.edit.memory_journal import MemoryJournal
from nanobot_engine.edit.undo import UndoOutcome, UndoResult, merged_undo, undo_file

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
    ("old", "new"),
    [
        (b"Do f.", b"Do f, by hand."),
        (b"def f():", b"def f(x):"),
        (b"    return 1", b"    return 10"),
    ],
)
def test_changes_in_the_same_lines_are_refused(
    root: Path, journal: MemoryJournal, old: bytes, new: bytes
) -> None:
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
