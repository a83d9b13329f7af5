"""Accepting and undoing hunk by hunk, killed at random moments, on a full disk, beside a user.

`NANOBOT_LONG_TESTS=1` makes 200 rounds; `NANOBOT_TEST_SEED` repeats a failure.
"""

import asyncio
import errno
import os
import random
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.edit.crash_apply import CALLS, Countdown
from nanobot_engine.edit import EditError
from nanobot_engine.process import (
    UNFINISHED,
    Choice,
    HunkState,
    Ledger,
    Part,
    ProcessError,
    ProcessState,
    accept,
    review,
    settle_all,
    undo,
)
from support import small_process
from support.index_twin import IS_LONG, seeded
from support.scripted_model import ScriptedModel
from support.small_refactoring import Refactored
from support.syscall_killer import killed_at, status_with_failure

# The threads of the test run wait; the child uses none of their locks.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

ROUNDS = 100 if IS_LONG else 5
STEPS = 8
MINE = b"# mine\n"
CONVERTED = {
    f"{name}.py": f'def {name}(x):\n    return "{name} %s" % (x,)\n\n\n'
    f'def more_{name}(x):\n    return "%s {name}" % (x,)\n'
    for name in ("one", "two")
}


class Documented:
    """A process of docstrings, whose hunks stand alone, and a user who edits between."""

    edits_between = True

    def __init__(self, folder: Path) -> None:
        self.root = folder / "code"
        self.ledger_path = folder / "ledger.db"

    def prepare(self) -> None:
        small_process.write_workspace(self.root, files=2, functions=3)
        with Ledger.open(self.ledger_path) as ledger:
            process_id = small_process.create(ledger, self.root)
            asyncio.run(small_process.run(ledger, process_id, ScriptedModel(disagree=1)))


class Converted(Documented):
    """A refactoring with a file that moves and hunks that stand alone."""

    edits_between = False

    def prepare(self) -> None:
        case = Refactored(self.root.parent, CONVERTED)
        case.reviewed(
            Part("convert format strings", {}),
            Part("move module", {"module": "one.py", "target": "pkg/first.py"}),
        )
        case.ledger.close()


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".nanobot" not in path.relative_to(root).parts
    }


def take_some(ledger_path: Path, root: Path, starts: frozenset[str]) -> int:
    """Accept some hunks, or all without any."""
    with Ledger.open(ledger_path) as ledger:
        try:
            accept(ledger, root, "p1", Choice(hunks=starts))
        except (ProcessError, EditError):
            return 3
    return 0


def take_back(ledger_path: Path, root: Path) -> int:
    with Ledger.open(ledger_path) as ledger:
        try:
            undo(ledger, root, "p1")
        except (ProcessError, EditError):
            return 3
    return 0


def killed_in_thread(work: Callable[[], int], kill_at: int) -> None:
    """Run `work` in a child that dies at a call of the writer's thread, too."""
    child = os.fork()
    if child == 0:
        countdown = Countdown(kill_at)
        for name in CALLS:
            setattr(os, name, countdown.counted(getattr(os, name)))
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status) or os.WTERMSIG(status) == signal.SIGKILL


def disturbed(work: Callable[[], int], chance: random.Random) -> None:
    """Let a child do some work, and kill it or its disk at a random moment, or not at all."""
    kind = chance.randrange(4)
    if kind == 0:

        def ended() -> None:
            work()

        killed_at(chance.randrange(1, 1500), ended)
    elif kind == 1:
        killed_in_thread(work, chance.randrange(1, 120))
    elif kind == 2:
        status_with_failure(chance.randrange(1, 40), errno.ENOSPC, work)
    else:
        work()


@pytest.mark.parametrize("kind", [Documented, Converted])
@pytest.mark.parametrize("number", range(ROUNDS))
def test_after_any_disturbance_files_and_ledger_agree_and_undo_restores(
    tmp_path: Path, number: int, kind: type[Documented]
) -> None:
    chance = seeded()
    case = kind(tmp_path)
    case.prepare()
    before = tree(case.root)
    lines = dict.fromkeys(before, 0)
    for _ in range(STEPS):
        with Ledger.open(case.ledger_path) as ledger:
            found = review(ledger, "p1")
        waiting = [hunk for hunk in found.hunks if hunk.state is HunkState.OPEN]
        action = chance.randrange(6)
        if action == 0 and case.edits_between:
            path = chance.choice(sorted(before))
            text = (case.root / path).read_bytes()
            (case.root / path).write_bytes(MINE + text)
            lines[path] += 1
        elif action == 1 or not waiting:
            disturbed(partial(take_back, case.ledger_path, case.root), chance)
        else:
            some = chance.sample(waiting, chance.randrange(1, len(waiting) + 1))
            starts = frozenset(hunk.hunk_id for hunk in some)
            disturbed(partial(take_some, case.ledger_path, case.root, starts), chance)
        check(case, before, lines)
    end(case, before, lines)


def run_on(ledger_path: Path) -> int:
    """Resume the process, if it can be."""
    with Ledger.open(ledger_path) as ledger:
        if ledger.process("p1").state not in UNFINISHED:
            return 3
        asyncio.run(small_process.run(ledger, "p1", ScriptedModel(disagree=1)))
    return 0


@pytest.mark.parametrize("number", range(ROUNDS))
def test_steps_that_are_asked_again_are_neither_lost_nor_doubled_by_a_kill(
    tmp_path: Path, number: int
) -> None:
    chance = seeded()
    case = Documented(tmp_path)
    case.prepare()
    for path in sorted(case.root.glob("*.py")):
        index = chance.randrange(3)
        old, new = f"return total * {index + 1}\n", f"return total * {index + 1}0\n"
        path.write_text(path.read_text().replace(old, new))
    before = tree(case.root)
    for _ in range(STEPS):
        take = partial(take_some, case.ledger_path, case.root, frozenset())
        disturbed(chance.choice([take, partial(run_on, case.ledger_path)]), chance)
        with Ledger.open(case.ledger_path) as ledger:
            for settled in settle_all(ledger, case.root):
                assert settled.conflicts == ()
            assert ledger.totals("p1").steps == 6
    with Ledger.open(case.ledger_path) as ledger:
        if ledger.process("p1").state is ProcessState.WAITING_FOR_REVIEW:
            accept(ledger, case.root, "p1")
    run_on(case.ledger_path)
    with Ledger.open(case.ledger_path) as ledger:
        if ledger.process("p1").state is ProcessState.WAITING_FOR_REVIEW:
            report = accept(ledger, case.root, "p1")
            assert (report.refused, report.asked_again) == ((), ()), report
        assert ledger.process("p1").state is ProcessState.DONE
        assert sum(text.count(b'"""Return the sum') for text in tree(case.root).values()) == 6
        assert undo(ledger, case.root, "p1").refused == ()
    assert tree(case.root) == before


def check(case: Documented, before: dict[str, bytes], lines: dict[str, int]) -> None:
    """Settle what was interrupted; then the files have the hunks that the ledger says."""
    with Ledger.open(case.ledger_path) as ledger:
        for settled in settle_all(ledger, case.root):
            assert settled.conflicts == ()
        found = review(ledger, "p1")
    now = tree(case.root)
    assert not [path for path in now if ".nanobot-" in path]
    assert sum(text.count(MINE) for text in now.values()) == sum(lines.values())
    text = b"".join(now.values())
    if case.edits_between:
        standing = sum(hunk.state is HunkState.ACCEPTED for hunk in found.hunks)
        assert text.count(b'"""') == 2 * standing
    else:
        moved = any(h.state is HunkState.ACCEPTED and h.new_path for h in found.hunks)
        assert ("pkg/first.py" in now) >= moved


def end(case: Documented, before: dict[str, bytes], lines: dict[str, int]) -> None:
    """Accept the rest, and take everything back."""
    with Ledger.open(case.ledger_path) as ledger:
        if ledger.process("p1").state is ProcessState.WAITING_FOR_REVIEW:
            report = accept(ledger, case.root, "p1")
            assert (report.refused, report.state) == ((), ProcessState.DONE), report
        assert undo(ledger, case.root, "p1").refused == ()
    wanted = {path: MINE * lines[path] + text for path, text in before.items()}
    assert tree(case.root) == wanted
    assert not list(case.root.rglob("pkg"))
    shutil.rmtree(case.root)
