"""The ledger file: states, ids, versions, damage."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nanobot_engine.process import (
    Ledger,
    LedgerError,
    LedgerVersionError,
    ProcessState,
    ProcessStateError,
    ProcessUnknownError,
    gates_of,
    notes_of,
)
from nanobot_engine.process.schema import MIGRATIONS
from support import small_process


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    small_process.write_workspace(folder, files=1, functions=3)
    return folder


def test_ids_count_up_and_survive_a_reopen(path: Path, root: Path) -> None:
    with Ledger.open(path) as ledger:
        assert [small_process.create(ledger, root) for _ in range(2)] == ["p1", "p2"]

    with Ledger.open(path) as ledger:
        assert [record.process_id for record in ledger.processes()] == ["p1", "p2"]
        assert ledger.process("p2").state is ProcessState.QUEUED
        assert ledger.process("2").process_id == "p2"


@pytest.mark.parametrize("process_id", ["p9", "", "p", "p1; DROP TABLE step", "p" + "9" * 40, "p²"])
def test_an_unknown_id_is_named(path: Path, process_id: str) -> None:
    with Ledger.open(path) as ledger, pytest.raises(ProcessUnknownError, match="nanobot status"):
        ledger.process(process_id)


def test_an_arrow_that_does_not_exist_is_refused(path: Path, root: Path) -> None:
    with Ledger.open(path) as ledger:
        process_id = small_process.create(ledger, root)
        ledger.set_state(process_id, ProcessState.CANCELLED, verb="be cancelled")

        with pytest.raises(ProcessStateError, match="p1: is cancelled, so it can not run"):
            ledger.set_state(process_id, ProcessState.RUNNING, verb="run")


def test_the_base_text_is_kept(path: Path, root: Path) -> None:
    with Ledger.open(path) as ledger:
        process_id = small_process.create(ledger, root)
        text = (root / "module_0.py").read_bytes()
        (root / "module_0.py").write_text("changed")

        assert ledger.base_file(process_id, "module_0.py").data == text


def test_the_file_is_private(path: Path) -> None:
    Ledger.open(path).close()

    assert path.stat().st_mode & 0o777 == 0o600


def test_commits_are_durable(path: Path) -> None:
    with Ledger.open(path) as ledger:
        (mode,) = ledger.connection.execute("PRAGMA journal_mode").fetchone() or ("",)
        (synchronous,) = ledger.connection.execute("PRAGMA synchronous").fetchone() or (0,)

    assert (mode, synchronous) == ("wal", 2)


def test_a_ledger_of_a_newer_nanobot_is_refused(path: Path) -> None:
    Ledger.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()

    with pytest.raises(LedgerVersionError, match="update it"):
        Ledger.open(path)


@pytest.mark.parametrize("applied_count", range(len(MIGRATIONS) + 1))
def test_migrates_from_every_released_version(path: Path, root: Path, applied_count: int) -> None:
    connection = sqlite3.connect(path)
    for migration in MIGRATIONS[:applied_count]:
        connection.executescript(migration)
    connection.execute(f"PRAGMA user_version = {applied_count}")
    connection.close()

    with Ledger.open(path) as ledger:
        assert small_process.create(ledger, root) == "p1"


def test_a_file_that_is_no_ledger_is_refused_and_kept(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)

    with pytest.raises(LedgerError, match="move it away"):
        Ledger.open(path)

    assert path.read_bytes().startswith(b"not a database")


def fill(ledger: Ledger, root: Path) -> None:
    for _ in range(200):
        small_process.create(ledger, root)


def test_a_full_disk_is_reported_and_loses_nothing(path: Path, root: Path) -> None:
    with Ledger.open(path) as ledger:
        small_process.create(ledger, root)
        # SQLite's own limit makes the same error as a disk without space.
        ledger.connection.execute("PRAGMA max_page_count = 1")

        with pytest.raises(LedgerError, match="free some space"):
            fill(ledger, root)

    with Ledger.open(path) as ledger:
        assert ledger.process("p1").state is ProcessState.QUEUED


def test_a_ledger_is_read_when_the_disk_is_full(path: Path, root: Path) -> None:
    with Ledger.open(path) as ledger:
        small_process.create(ledger, root)
    program = (
        "import resource, sys, pathlib; from nanobot_engine.process import Ledger\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "print([r.process_id for r in Ledger.open(pathlib.Path(sys.argv[1])).processes()])\n"
    )
    # A reader that may not write a byte, with the write-ahead log already there.
    with Ledger.open(path):
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
        )

    assert (done.stdout, done.stderr) == ("['p1']\n", "")


def test_a_process_of_the_first_format_is_still_there(path: Path, root: Path) -> None:
    with Ledger.open(path) as made:
        process_id = small_process.create(made, root)
        steps = made.steps(process_id)
        made_since = re.findall(r"CREATE (TABLE|VIEW) (\w+)", "".join(MIGRATIONS[1:]))
        for kind, name in reversed(made_since):
            made.connection.execute(f"DROP {kind} {name}")
        made.connection.execute("PRAGMA user_version = 1")

    with Ledger.open(path) as ledger:
        assert ledger.connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert ledger.steps(process_id) == steps
        assert (notes_of(ledger, process_id), gates_of(ledger, process_id)) == ([], [])


def test_a_state_that_forbids_something_is_said_in_words() -> None:
    error = ProcessStateError("p1", "waiting_for_review", "be cancelled", ["queued", "running"])
    assert str(error) == (
        "p1: is waiting for review, so it can not be cancelled; possible when queued, running"
    )
