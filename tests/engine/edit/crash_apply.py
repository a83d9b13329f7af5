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

from nanobot_engine.edit import EditPlan, FileEdit, PendingWrite, TextEdit, apply_plan, recover
from nanobot_engine.edit.apply import sha256_hex

CALLS = ("open", "write", "fsync", "rename", "close", "fchmod", "fstat", "read", "unlink")
BEFORE = {"a.py": b"x = 1\n", "folder/b.py": b"y = 1\r\n"}
AFTER = {"a.py": b"# new\nx = 1\n", "folder/b.py": b"# new\ny = 1\r\n"}


class FileJournal:
    """A journal of one JSON line per call; a torn last line was never there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def intent(self, write: PendingWrite) -> None:
        self._append(
            {
                "path": write.path,
                "before": base64.b64encode(write.before).decode(),
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
                record["path"], before, sha256_hex(before), record["after_sha256"], record["mode"]
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
    edit = TextEdit(0, 0, b"# new\n", "step", "label")
    # The newline does not matter here: gates are asked before a plan is made.
    files = (FileEdit(path, sha256_hex(data), (edit,)) for path, data in BEFORE.items())
    return EditPlan(tuple(files))


def run_child(root: Path, journal: FileJournal, kill_at: int) -> bool:
    """Apply in a child that dies at call `kill_at`; return whether it did."""
    child = os.fork()
    if child == 0:
        countdown = Countdown(kill_at)
        for name in CALLS:
            setattr(os, name, countdown.counted(getattr(os, name)))
        apply_plan(root, plan(), journal)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def content(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def main(folder: Path) -> None:
    outcomes: Counter[str] = Counter()
    kill_at = 0
    was_killed = True
    while was_killed:
        kill_at += 1
        root = folder / str(kill_at)
        (root / "folder").mkdir(parents=True)
        for path, data in BEFORE.items():
            (root / path).write_bytes(data)
        journal = FileJournal(folder / f"{kill_at}.journal")
        was_killed = run_child(root, journal, kill_at)
        torn = {path for path, data in content(root).items() if path in BEFORE} & {
            path
            for path, data in content(root).items()
            if path in BEFORE and data not in (BEFORE[path], AFTER[path])
        }
        report = recover(root, journal)
        recovered = content(root)
        again = recover(root, journal)
        applied = apply_plan(root, plan(), journal)
        outcomes["torn"] += len(torn)
        outcomes["left over"] += len(recovered.keys() - BEFORE.keys())
        outcomes["conflicts"] += len(report.conflicts)
        outcomes["settled twice"] += len(again.done) + len(again.abandoned)
        outcomes["not applied"] += content(root) != AFTER or bool(applied.refused)
        outcomes["still pending"] += len(journal.pending())
        outcomes["done"] += len(report.done)
        outcomes["abandoned"] += len(report.abandoned)
    print(json.dumps({"rounds": kill_at, **outcomes}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
