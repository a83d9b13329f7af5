"""Accepting with what the settings say."""

import sys
from pathlib import Path

import pytest

from nanobot_engine.process import Check, GateVerdict, gates_of
from nanobot_engine.process.refactor_finish import finish_refactoring
from nanobot_server.accepting import accept_with_settings
from nanobot_server.settings import ProcessSettings, Settings
from support.small_refactoring import RENAME, Refactored


@pytest.fixture
def case(tmp_path: Path) -> Refactored:
    return Refactored(tmp_path)


def test_what_checks_of_a_plan_that_is_made_again_find_out_is_kept(case: Refactored) -> None:
    settings = Settings(process=ProcessSettings(python=Path(sys.executable)))
    process_id = case.start(RENAME, checks=[Check.IMPORTS])
    finish_refactoring(case.ledger, process_id, lambda _: ())
    path = case.root / "shop/report.py"
    path.write_text(path.read_text() + "\nX = total([])\n")

    report = accept_with_settings(case.ledger, case.root, process_id, settings)

    assert report.replanned, report
    verdicts = {run.gate: run.verdict for run in gates_of(case.ledger, process_id)}
    assert verdicts["imports"] is GateVerdict.PASSED
    # Of the files before, and of those after.
    assert len(list((case.ledger.path.parent / "checks").iterdir())) >= 2
