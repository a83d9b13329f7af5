"""Changes that the plan worker plans: when a process starts, and once more when it is accepted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nanobot_engine.process import Part, ProcessState, accept, refactor_goal, review
from nanobot_indexer import DEFAULT_INDEX_OPTIONS
from nanobot_server.host.changes import Changes
from nanobot_server.host.errors import HostError
from nanobot_server.host.plan_process import PlanProcess
from nanobot_server.host.workspace_index import WorkspaceIndex
from support.small_process import OPTIONS
from support.small_refactoring import RENAME, Refactored

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def changes_of(root: Path) -> AsyncIterator[tuple[Changes, PlanProcess]]:
    options = replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0)
    index = WorkspaceIndex(root, options, is_watched=False, interval_s=1.0, tell=lambda _: None)
    planner = PlanProcess(root)
    try:
        yield Changes(index, planner), planner
    finally:
        await planner.close()
        await index.close()


async def test_a_change_is_recorded_and_it_is_told_how_far_it_is(tmp_path: Path) -> None:
    case = Refactored(tmp_path)
    process_id = case.ledger.create_process(refactor_goal([RENAME]), OPTIONS)
    told: list[dict[str, Any]] = []

    async with changes_of(case.root) as (changes, _):
        await changes.record(case.ledger, process_id, {}, told.append)

    paths = [file.path for file in review(case.ledger, process_id).plan.files]
    assert paths == ["shop/price.py", "shop/report.py"]
    assert told[0]["stage"] == "reading"
    assert told[0]["files_total"] == len(case.before)


async def test_unsaved_text_is_what_a_change_is_about(tmp_path: Path) -> None:
    case = Refactored(tmp_path)
    process_id = case.ledger.create_process(refactor_goal([RENAME]), OPTIONS)
    text = case.before["shop/report.py"].decode() + "\nX = total([])\n"

    async with changes_of(case.root) as (changes, _):
        overlay = {"shop/report.py": text}
        await changes.record(case.ledger, process_id, overlay, lambda _: None)

    assert b"X = sum_of_prices([])" in review(case.ledger, process_id).result("shop/report.py")


async def test_what_is_refused_says_why(tmp_path: Path) -> None:
    case = Refactored(tmp_path)
    part = Part("rename", {"symbol": "shop/price.py::none", "new_name": "x"})
    process_id = case.ledger.create_process(refactor_goal([part]), OPTIONS)

    async with changes_of(case.root) as (changes, _):
        with pytest.raises(HostError, match="there is no such name"):
            await changes.record(case.ledger, process_id, {}, lambda _: None)


async def test_an_accept_plans_again_in_the_worker_while_the_loop_runs_on(tmp_path: Path) -> None:
    case = Refactored(tmp_path)
    process_id = case.reviewed(RENAME)
    path = case.root / "shop/report.py"
    path.write_text(path.read_text() + "\nX = total([])\n")
    case.ledger.close()

    async with changes_of(case.root) as (changes, planner):
        plan = changes.from_thread()

        def accepted() -> str:
            again = Refactored(tmp_path, {})
            report = accept(again.ledger, again.root, process_id, plan=plan)
            assert report.state is ProcessState.WAITING_FOR_REVIEW
            return report.replanned

        assert await asyncio.to_thread(accepted) == (
            "shop/report.py: has changed since it was planned"
        )
        assert planner.pid is not None
        again = Refactored(tmp_path, {})
        assert b"X = sum_of_prices" in review(again.ledger, process_id).result("shop/report.py")
        # The same once more: what it is planned for is as it was.
        last = await asyncio.to_thread(
            lambda: accept(Refactored(tmp_path, {}).ledger, case.root, process_id, plan=plan)
        )
        assert last.state is ProcessState.DONE


async def test_what_the_worker_refuses_is_written_nowhere(tmp_path: Path) -> None:
    case = Refactored(tmp_path)
    process_id = case.reviewed(RENAME)
    path = case.root / "shop/price.py"
    path.write_bytes(path.read_bytes().replace(b"def total(", b"def sum_up("))
    changed = case.tree()
    case.ledger.close()

    async with changes_of(case.root) as (changes, _):
        plan = changes.from_thread()
        report = await asyncio.to_thread(
            lambda: accept(Refactored(tmp_path, {}).ledger, case.root, process_id, plan=plan)
        )

    ((refused, reason),) = report.refused
    assert (refused, report.written, case.tree()) == ("shop/price.py", (), changed)
    assert "it can not be planned again: " in reason
    assert "there is no such name" in reason
