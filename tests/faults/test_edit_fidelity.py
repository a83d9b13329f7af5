"""Bytes outside the edits never change, whatever a file looks like and wherever it lies.

Random plans over random trees go through the write gateway and are taken back; what
stands there is compared with what a simpler program works out. A test run makes some
thousand edits, `NANOBOT_LONG_TESTS=1` a million; `NANOBOT_TEST_SEED` repeats a failure.
"""

import hashlib
import os
import random
import shutil
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.edit.memory_journal import MemoryJournal
from nanobot_engine.edit import (
    NO_FILE,
    AppliedFile,
    EditPlan,
    FileEdit,
    TextEdit,
    UndoOutcome,
    apply_plan,
    undo_applied,
)
from support.index_twin import IS_LONG, seeded
from support.odd_files import UNDECODABLE, OddFile, odd_edits, odd_file

EDITS = 1_000_000 if IS_LONG else 6_000
FILES_PER_TREE = 24
EDITS_PER_FILE_MAX = 40
NAMES = (
    "a.py",
    "b.md",
    "naïve.py",
    "漢字.txt",
    "with space.py",
    "x" * 200 + ".py",
    "-rf.py",
    "{}.js",
)
MODES = (0o644, 0o600, 0o755, 0o664, 0o4755, 0o200)
OUTCOMES = ("changed", "moved", "removed", "created")
REFUSED = (
    "hard link", "link", "linked folder", "read-only", "undecodable", "stale", "protected",
    "wrong bytes", "no cookie", "folder", "taken",
)  # fmt: skip

State = dict[str, tuple[str, int, bytes]]
"""Kind, permission bits and bytes, by path."""


@dataclass(slots=True)
class Trial:
    """A tree, a plan for it, and what each of its files must become."""

    root: Path
    numbers: random.Random
    plans: list[FileEdit] = field(default_factory=list)
    changes: dict[str, tuple[bytes | None, bytes | None, str | None]] = field(default_factory=dict)
    """By path: text before, text after, where it moves to."""
    refused: set[str] = field(default_factory=set)
    edits: int = 0

    def add(self, number: int) -> None:
        """Put one file with its plan into the tree."""
        kind = self.numbers.choice(OUTCOMES if self.numbers.random() < 0.8 else REFUSED)
        name = f"{number}{self.numbers.choice(NAMES)}"
        folder = self.numbers.choice(("", "pkg/", "pkg/sub/", "ünï/"))
        path = folder + name
        file = odd_file(self.numbers)
        edits = odd_edits(self.numbers, file, self.numbers.randint(1, EDITS_PER_FILE_MAX))
        if kind in OUTCOMES:
            self._add_good(kind, path, file, edits)
        else:
            self._add_refused(kind, path, file)

    def _add_good(self, kind: str, path: str, file: OddFile, edits: tuple[TextEdit, ...]) -> None:
        if kind == "created":
            insertion = TextEdit(0, 0, file.data, path, "odd")
            self.plans.append(FileEdit(path, NO_FILE, (insertion,)))
            self.changes[path] = (None, file.data, None)
            self.edits += 1
            return
        self._write(path, file.data)
        if kind == "removed":
            self.plans.append(FileEdit(path, digest(file.data), (), is_removed=True))
            self.changes[path] = (file.data, None, None)
            return
        new_path = f"new/{path}" if kind == "moved" else None
        self.plans.append(FileEdit(path, digest(file.data), edits, new_path=new_path))
        self.changes[path] = (file.data, edited(file.data, edits), new_path)
        self.edits += len(edits)

    def _add_refused(self, kind: str, path: str, file: OddFile) -> None:
        data, base = file.data, digest(file.data)
        edits: tuple[TextEdit, ...] = (TextEdit(len(data), len(data), b"x", path, "odd"),)
        if kind == "undecodable":
            data = self.numbers.choice(UNDECODABLE)
            base, edits = digest(data), (TextEdit(len(data), len(data), b"x\n", path, "odd"),)
        elif kind == "stale":
            base = digest(data + b"x")
        elif kind == "linked folder":
            path = f"link{len(self.plans)}/{path}"
        elif kind == "protected":
            path = self.numbers.choice((".git/hooks/pre-commit", ".GIT/config", "Makefile", ".env"))
            path = f"{len(self.plans)}/{path}"
        elif kind == "wrong bytes":
            data = b"x = 1\n"
            base, edits = digest(data), (TextEdit(2, 2, b"\xff\xfe", path, "odd"),)
        elif kind == "no cookie":
            data = b"# coding: latin-1\nx = '\xe9'\n"
            base, edits = digest(data), (TextEdit(0, 18, b"", path, "odd"),)
        if kind != "taken":
            self.plans.append(FileEdit(path, base, edits))
        else:
            self.plans.append(FileEdit(path, NO_FILE, (TextEdit(0, 0, b"\n", path, "odd"),)))
            data += b"other"
        self.refused.add(path)
        self._place_refused(kind, path, data)

    def _place_refused(self, kind: str, path: str, data: bytes) -> None:
        if kind == "linked folder":
            link, _, rest = path.partition("/")
            self._write(f"other/{path}", data)
            (self.root / link).symlink_to(self.root / "other" / link)
            assert (self.root / link / rest).read_bytes() == data
            return
        if kind == "folder":
            (self.root / path).mkdir(parents=True)
            return
        target = f"other/{path}" if kind in {"hard link", "link"} else path
        self._write(target, data)
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        if kind == "hard link":
            (self.root / path).hardlink_to(self.root / target)
        elif kind == "link":
            (self.root / path).symlink_to(self.root / target)
        elif kind == "read-only":
            (self.root / path).chmod(0o444)

    def _write(self, path: str, data: bytes) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        place.chmod(self.numbers.choice(MODES))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def edited(data: bytes, edits: tuple[TextEdit, ...]) -> bytes:
    """Make edits from the last to the first: offsets before one stay."""
    text = bytearray(data)
    for edit in reversed(edits):
        text[edit.start_byte : edit.end_byte] = edit.new_text
    return bytes(text)


def state_of(root: Path) -> State:
    """Return what every file and link is that lies below a folder."""
    state: State = {}
    for path in root.rglob("*"):
        status = path.lstat()
        kind = stat.filemode(status.st_mode)[0]
        if kind == "l":
            state[str(path.relative_to(root))] = (kind, 0, os.fsencode(path.readlink()))
        elif kind == "-":
            text = path.read_bytes()
            state[str(path.relative_to(root))] = (kind, stat.S_IMODE(status.st_mode), text)
    return state


@pytest.mark.slow
@pytest.mark.timeout(7200 if IS_LONG else 120)
def test_bytes_outside_the_edits_never_change(memory_path: Path) -> None:
    numbers = seeded()
    edits = trees = refused = 0
    while edits < EDITS:
        trial = Trial(memory_path / f"tree{trees}", numbers)
        trial.root.mkdir()
        run(trial)
        shutil.rmtree(trial.root)
        edits += trial.edits
        refused += len(trial.refused)
        trees += 1
    sys.stderr.write(f"{edits} edits in {trees} trees, {refused} files refused\n")
    assert refused > trees


def run(trial: Trial) -> None:
    for number in range(FILES_PER_TREE):
        trial.add(number)
    before = state_of(trial.root)
    journal = MemoryJournal()
    results = {
        path: NO_FILE if after is None else digest(after)
        for path, (_, after, _) in trial.changes.items()
    }

    report = apply_plan(
        trial.root, EditPlan(tuple(trial.plans)), journal, result_sha256_by_path=results
    )

    unexpected = [one for one in report.refused if one.path not in trial.refused]
    assert (unexpected, set(report.applied)) == ([], set(trial.changes))
    assert {refusal.path for refusal in report.refused} == trial.refused
    assert state_of(trial.root) == expected_state(trial, before)
    assert not journal.pending()
    take_back(trial, before)


def expected_state(trial: Trial, before: State) -> State:
    expected = dict(before)
    created_mode = 0o666 & ~umask()
    for path, (_, after, new_path) in trial.changes.items():
        kind, mode, _ = expected.pop(path, ("-", created_mode, b""))
        if after is not None:
            expected[new_path or path] = (kind, mode, after)
    return expected


def take_back(trial: Trial, before: State) -> None:
    """Undo every file; a removed one gets its text and mode back."""
    for path, (old, new, new_path) in trial.changes.items():
        mode = before[path][1] if path in before else None
        applied = AppliedFile(path, old, new, new_path=new_path, mode=mode)
        result = undo_applied(trial.root, applied, journal=MemoryJournal())
        is_same = old == new and new_path is None
        wanted = UndoOutcome.NOTHING_TO_DO if is_same else UndoOutcome.RESTORED
        assert (result.outcome, result.reason) == (wanted, "")
    assert state_of(trial.root) == before


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
