"""What a report says about places that stay as they are."""

import asyncio
from pathlib import Path

import pytest

from nanobot_engine.process import Ledger
from nanobot_server.cli import process_report
from support import small_process
from support.scripted_model import ScriptedModel


@pytest.mark.parametrize(("functions", "is_told"), [(2, True), (7, False)])
def test_the_reason_of_few_places_is_told_with_the_check_that_refused(
    tmp_path: Path, functions: int, *, is_told: bool
) -> None:
    small_process.write_workspace(tmp_path / "code", files=1, functions=functions)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        process_id = small_process.create(ledger, tmp_path / "code")
        asyncio.run(small_process.run(ledger, process_id, ScriptedModel(answer=lambda _: "?")))

        left = process_report.left(ledger, process_id)

    reason = "form: not one sentence from a capital letter to a period"
    assert [line.endswith(f": {reason}") for line in left] == ([True] * 2 if is_told else [])
