"""What a ledger says may run counts only for who allowed it, and where."""

import shutil
from pathlib import Path

import pytest

from nanobot_engine.process import Check, Ledger, Part, checks_of, goal_checks, refactor_goal
from nanobot_engine.process.allowance import key_path
from nanobot_engine.recipe import Goal
from support.small_process import OPTIONS

RENAME = Part("rename", {"symbol": "a.py::a", "new_name": "b"})
GOAL = refactor_goal([RENAME], checks=[Check.TESTS, Check.LINT])
ALLOWED = frozenset({Check.TESTS, Check.LINT})


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of the user, which is not there yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def made(folder: Path, goal: Goal = GOAL) -> Path:
    folder.mkdir(exist_ok=True)
    with Ledger.open(folder / "ledger.db") as ledger:
        ledger.create_process(goal, OPTIONS)
    return ledger.path


def read(path: Path) -> tuple[frozenset[Check], frozenset[Check]]:
    """Return what may run, and what only the ledger says."""
    with Ledger.open(path) as ledger:
        record = ledger.process("p1")
    return goal_checks(record.goal), checks_of(record.unvouched_checks)


def test_what_was_allowed_is_still_when_the_ledger_is_opened_again(tmp_path: Path) -> None:
    path = made(tmp_path / "here")

    assert read(path) == (ALLOWED, frozenset())
    assert key_path().stat().st_mode & 0o777 == 0o600
    assert [one.name for one in key_path().parent.iterdir()] == [key_path().name]


def test_a_goal_that_lets_nothing_run_needs_no_key(tmp_path: Path) -> None:
    path = made(tmp_path / "here", refactor_goal([RENAME]))

    assert read(path) == (frozenset(), frozenset())
    assert not key_path().exists()


def test_of_another_user_nothing_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "here")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    made(tmp_path / "there")

    assert read(path) == (frozenset(), ALLOWED)


def test_of_a_copy_in_another_folder_nothing_is_believed(tmp_path: Path) -> None:
    path = made(tmp_path / "here")
    shutil.copytree(path.parent, tmp_path / "there")

    assert read(tmp_path / "there" / "ledger.db") == (frozenset(), ALLOWED)


def test_the_same_folder_by_another_path_is_the_same(tmp_path: Path) -> None:
    path = made(tmp_path / "here")
    (tmp_path / "link").symlink_to(path.parent)

    assert read(tmp_path / "link" / "ledger.db") == (ALLOWED, frozenset())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE process SET arguments_json=replace(arguments_json, 'lint', 'types')",
        "UPDATE process SET goal=goal || '!'",
        "UPDATE process SET created_at_ms=created_at_ms + 1",
        "DELETE FROM allowance",
        "UPDATE allowance SET seal='é'",
    ],
)
def test_a_changed_ledger_is_not_believed(tmp_path: Path, change: str) -> None:
    path = made(tmp_path / "here")
    with Ledger.open(path) as ledger:
        ledger.connection.execute(change)

    allowed, unvouched = read(path)
    assert allowed == frozenset()
    assert Check.TESTS in unvouched


def test_an_interpreter_that_only_a_ledger_names_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = Goal("write tests", "write tests", {"root": "/w", "python": "/w/evil", "paths": ""})
    path = made(tmp_path / "here", goal)
    with Ledger.open(path) as ledger:
        assert ledger.process("p1").goal == goal

        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
        assert ledger.process("p1").goal.arguments == {"root": "/w", "paths": ""}


@pytest.mark.parametrize("harm", ["open to others", "a link", "too short", "a folder"])
def test_a_key_that_may_be_somebody_elses_is_not_used(tmp_path: Path, harm: str) -> None:
    path = made(tmp_path / "here")
    key = key_path()
    if harm == "open to others":
        key.chmod(0o644)
    elif harm == "a link":
        key.rename(tmp_path / "key")
        key.symlink_to(tmp_path / "key")
    else:
        key.unlink()
        key.mkdir() if harm == "a folder" else key.write_bytes(b"")

    assert read(path) == (frozenset(), ALLOWED)


def test_where_no_key_can_be_kept_what_is_allowed_counts_for_now(
    tmp_path: Path, state: Path
) -> None:
    state.write_text("a file where the folder should be")

    assert read(made(tmp_path / "here")) == (ALLOWED, frozenset())


def test_a_check_that_this_version_does_not_know_is_left_out() -> None:
    assert checks_of("tests,rocket,,lint") == ALLOWED
