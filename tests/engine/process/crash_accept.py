"""Accept a refactoring and die at every seventh call into the operating system.

Run by `test_acceptance.py` as `crash_accept.py FOLDER KIND`, KIND `accept` or `undo`. Each
round forks a child that is killed with SIGKILL right before call n; then this process
does the same again, and then the opposite. Prints one JSON object.
"""

import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

from engine.edit.crash_apply import CALLS, Countdown
from nanobot_engine.process import Ledger, ProcessState, accept, undo
from support.small_refactoring import MOVE_MODULE, Refactored

_STEP = 7


def run_child(ledger_path: Path, root: Path, kind: str, kill_at: int) -> bool:
    """Accept or undo in a child that dies at call `kill_at`; return whether it did."""
    child = os.fork()
    if child == 0:
        with Ledger.open(ledger_path) as ledger:
            countdown = Countdown(kill_at)
            for name in CALLS:
                setattr(os, name, countdown.counted(getattr(os, name)))
            (accept if kind == "accept" else undo)(ledger, root, "p1")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main(folder: Path, kind: str) -> None:
    start = Refactored(folder / "start")
    start.reviewed(MOVE_MODULE)
    before, folders_before = start.tree(), start.folders()
    if kind == "undo":
        accept(start.ledger, start.root, "p1")
    start.ledger.close()
    outcomes: Counter[str] = Counter()
    kill_at, was_killed = 1, True
    while was_killed:
        place = folder / str(kill_at)
        shutil.copytree(folder / "start", place)
        root, ledger_path = place / "code", place / "ledger.db"
        was_killed = run_child(ledger_path, root, kind, kill_at)
        case = Refactored(place, {})
        torn = [path for path in case.tree() if ".nanobot-" in path]
        with case.ledger as ledger:
            if kind == "accept" and ledger.process("p1").state is not ProcessState.DONE:
                outcomes["refused"] += len(accept(ledger, root, "p1").refused)
            if ledger.process("p1").state is ProcessState.DONE:
                outcomes["refused"] += len(undo(ledger, root, "p1").refused)
        outcomes["rounds"] += 1
        outcomes["with leftovers"] += bool(torn)
        outcomes["not as before"] += (case.tree(), case.folders()) != (before, folders_before)
        shutil.rmtree(place)
        kill_at += _STEP
    print(json.dumps(outcomes))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
