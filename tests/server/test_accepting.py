"""Accepting with what the settings say."""

import sys
from pathlib import Path

import platformdirs
import pytest

from nanobot_engine.process import Check, GateVerdict, gates_of
from nanobot_engine.process.refactor_finish import finish_refactoring
from nanobot_server.accepting import accept_with_settings
from nanobot_server.settings import ProcessSettings, Settings
from support.small_refactoring import RENAME, Refactored


@pytest.fixture
def case(tmp_path: Path) -> Refactored:
    return Refactored(tmp_path)


def test_what_checks_of_a_plan_that_is_made_again_find_out_is_kept(
    case: Refactored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    settings = Settings(process=ProcessSettings(python=Path(sys.executable)))
    process_id = case.start(RENAME, checks=[Check.IMPORTS])
    finish_refactoring(case.ledger, process_id, lambda _: ())
    path = case.root / "shop/report.py"
    path.write_text(path.read_text() + "\nX = total([])\n")

    report = accept_with_settings(case.ledger, case.root, process_id, settings)

    assert report.replanned, report
    verdicts = {run.gate: run.verdict for run in gates_of(case.ledger, process_id)}
    assert verdicts["imports"] is GateVerdict.PASSED
    # Of the files before, and of those after; where no workspace can bring answers along.
    kept = platformdirs.user_state_path("nanobot", appauthor=False) / "checks"
    assert len(list(kept.glob("*/*"))) >= 2
    assert not (case.ledger.path.parent / "checks").exists()


def accepted_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, run_code: bool
) -> dict[str, tuple[GateVerdict, str]]:
    """Accept, as one user, what another one started with checks; return what gates said."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "theirs"))
    case = Refactored(tmp_path / "workspace")
    process_id = case.start(RENAME, checks=list(Check))
    finish_refactoring(case.ledger, process_id, lambda _: ())
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "mine"))
    path = case.root / "shop/report.py"
    path.write_text(path.read_text() + "\nX = total([])\n")
    process = ProcessSettings(python=Path(sys.executable), run_code=run_code)

    report = accept_with_settings(case.ledger, case.root, process_id, Settings(process=process))

    assert report.replanned, report
    return {run.gate: (run.verdict, run.detail) for run in gates_of(case.ledger, process_id)}


def test_what_a_ledger_from_elsewhere_allows_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = accepted_elsewhere(tmp_path, monkeypatch, run_code=False)

    for gate in Check:
        verdict, detail = said[gate]
        assert verdict is GateVerdict.NOT_RUN
        if gate is not Check.LINT:
            assert "was not allowed by you here" in detail


def test_what_the_settings_allow_runs_whoever_wrote_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = accepted_elsewhere(tmp_path, monkeypatch, run_code=True)

    assert said["imports"][0] is GateVerdict.PASSED
