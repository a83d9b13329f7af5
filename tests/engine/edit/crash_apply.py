"""Apply a plan and die at the n-th call into the operating system, for every n.

Run by `test_apply.py` as `crash_apply.py FOLDER`. Each round forks a child that is
killed with SIGKILL right before call n, as a crash would; then this process recovers
and applies again. The last round is the one in which the child was not killed.
Prints one JSON object.
"""

import base64
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nanobot_engine.edit import (
    NO_FILE,
    EditPlan,
    FileEdit,
    PendingWrite,
    TextEdit,
    apply_plan,
    recover,
    sha256_hex,
)
from nanobot_engine.edit.plan import apply_edits

CALLS = (
    "open", "write", "fsync", "rename", "close", "fchmod", "fstat", "read", "unlink",
    "mkdir", "link", "rmdir",
)  # fmt: skip
BEFORE = {
    "a.py": b"x = 1\n",
    "folder/b.py": b"y = 1\r\n",
    "old/place/c.py": b"z = 1\n",
    "gone/d.py": b"w = 1\n",
}
AFTER = {
    "a.py": b"# new\nx = 1\n",
    "folder/b.py": b"# new\ny = 1\r\n",
    "new/place/c.py": b"# new\nz = 1\n",
    "made/here/e.py": b"# new\n",
}
FOLDERS_AFTER = {"folder", "new", "new/place", "made", "made/here"}


class FileJournal:
    """A journal of one JSON line per call; a torn last line was never there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def intent(self, write: PendingWrite) -> None:
        self._append(
            {
                "path": write.path,
                "before": base64.b64encode(write.before).decode(),
                "before_sha256": write.before_sha256,
                "after_sha256": write.after_sha256,
                "mode": write.mode,
            }
        )

    def done(self, path: str) -> None:
        self._append({"path": path, "settled": True})

    abandoned = done

    def pending(self) -> Sequence[PendingWrite]:
        pending: dict[str, PendingWrite] = {}
        text = self._path.read_text() if self._path.exists() else ""
        for line in text.split("\n")[:-1]:
            if not line:
                continue
            record = json.loads(line)
            if record.get("settled"):
                del pending[record["path"]]
                continue
            before = base64.b64decode(record["before"])
            pending[record["path"]] = PendingWrite(
                record["path"],
                before,
                record["before_sha256"],
                record["after_sha256"],
                record["mode"],
            )
        return tuple(pending.values())

    def _append(self, record: dict[str, object]) -> None:
        # One write of a whole line, so that a crash leaves it whole or not at all.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self._path, flags, 0o600)
        os.write(descriptor, json.dumps(record).encode() + b"\n")
        os.fsync(descriptor)
        os.close(descriptor)


class Countdown:
    """Kills this process right before call `kill_at` of all counted functions."""

    def __init__(self, kill_at: int) -> None:
        self._kill_at = kill_at
        self._count = 0

    def counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self._count += 1
            if self._count == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call


def plan() -> EditPlan:
    """Change two files, move one, remove one and create one."""
    edit = TextEdit(0, 0, b"# new\n", "step", "label")
    # The newline does not matter here: gates are asked before a plan is made.
    return EditPlan(
        (
            FileEdit("a.py", sha256_hex(BEFORE["a.py"]), (edit,)),
            FileEdit("folder/b.py", sha256_hex(BEFORE["folder/b.py"]), (edit,)),
            FileEdit("gone/d.py", sha256_hex(BEFORE["gone/d.py"]), (), is_removed=True),
            FileEdit("made/here/e.py", NO_FILE, (edit,)),
            FileEdit(
                "old/place/c.py", sha256_hex(BEFORE["old/place/c.py"]), (edit,), "new/place/c.py"
            ),
        )
    )


def results() -> dict[str, str]:
    return {
        file.path: NO_FILE
        if file.is_removed
        else sha256_hex(apply_edits(BEFORE.get(file.path, b""), file.edits))
        for file in plan().files
    }


def apply(root: Path, journal: FileJournal) -> bool:
    """Apply the plan; return whether every file has its edits."""
    report = apply_plan(root, plan(), journal, result_sha256_by_path=results())
    return not report.refused


def run_child(root: Path, journal: FileJournal, kill_at: int) -> bool:
    """Apply in a child that dies at call `kill_at`; return whether it did."""
    child = os.fork()
    if child == 0:
        countdown = Countdown(kill_at)
        for name in CALLS:
            setattr(os, name, countdown.counted(getattr(os, name)))
        apply(root, journal)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def content(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def folders(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()}


def torn_files(found: dict[str, bytes]) -> int:
    """Count files with a text that is neither of the two."""
    versions = (BEFORE, AFTER)
    return sum(
        not any(version.get(path) == data for version in versions)
        for path, data in found.items()
        if not Path(path).name.startswith(".nanobot-")
    )


def lost_texts(found: dict[str, bytes]) -> int:
    """Count the texts before of which no version stands anywhere; one is to be removed."""
    moved = {"old/place/c.py": "new/place/c.py"}
    return sum(
        path not in found and moved.get(path) not in found for path in BEFORE if path != "gone/d.py"
    )


def main(folder: Path) -> None:
    outcomes: Counter[str] = Counter()
    kill_at = 0
    was_killed = True
    while was_killed:
        kill_at += 1
        root = folder / str(kill_at)
        for path, data in BEFORE.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        journal = FileJournal(folder / f"{kill_at}.journal")
        was_killed = run_child(root, journal, kill_at)
        crashed = content(root)
        report = recover(root, journal)
        recovered = content(root)
        again = recover(root, journal)
        empty = [path for path in folders(root) if not any((root / path).iterdir())]
        is_applied = apply(root, journal)
        outcomes["torn"] += torn_files(crashed)
        outcomes["lost"] += lost_texts(crashed)
        outcomes["left over"] += len(recovered.keys() - BEFORE.keys() - AFTER.keys())
        # Made for a file that did not come: only before its intent was settled.
        outcomes["empty folders"] += len(empty)
        outcomes["conflicts"] += len(report.conflicts)
        outcomes["settled twice"] += len(again.done) + len(again.abandoned)
        is_as_planned = content(root) == AFTER and folders(root) == FOLDERS_AFTER
        outcomes["not applied"] += not (is_applied and is_as_planned)
        outcomes["still pending"] += len(journal.pending())
        outcomes["done"] += len(report.done)
        outcomes["abandoned"] += len(report.abandoned)
    print(json.dumps({"rounds": kill_at, **outcomes}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
