"""The plan worker as an OS process: it answers, is stopped, dies, and leaves."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nanobot_engine.intent import Question
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, VolumeError, ingest
from nanobot_server.host.errors import HostError
from nanobot_server.host.plan_process import PlanProcess

pytestmark = pytest.mark.asyncio

JOB = {
    "job": "plan",
    "goal": "rename send to post",
    "answers": {},
    "overlay": {},
    "decide": False,
    "has_model": True,
}


class Asked:
    """Answers a question once it may."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def __call__(self, _question: Question) -> int | None:
        self.begun.set()
        await self.goes_on.wait()
        return 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text("def send(data):\n    return data\n")
    (tmp_path / "other.py").write_text("def send(data):\n    return data\n")
    ingest(tmp_path, options=replace(DEFAULT_INDEX_OPTIONS, parse_timeout_s=60.0))
    return tmp_path


@pytest_asyncio.fixture
async def planner(root: Path) -> AsyncIterator[PlanProcess]:
    made = PlanProcess(root)
    yield made
    await made.close()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def gone(pid: int) -> bool:
    """Wait for the end of a process; this loop reaps it meanwhile."""

    def waited() -> bool:
        deadline = time.monotonic() + 30
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        return not is_alive(pid)

    return await asyncio.to_thread(waited)


async def run(planner: PlanProcess, ask: Any = None, **job: object) -> dict[str, Any]:
    if ask is None:
        ask = Asked()
        ask.goes_on.set()
    return await planner.run({**JOB, **job}, tell=lambda _: None, ask=ask)


async def test_jobs_are_done_by_one_process_of_its_own(planner: PlanProcess) -> None:
    first = await run(planner)
    pid = planner.pid
    again = await run(planner)

    assert first == again
    assert first["plan"]["parts"][0]["arguments"]["symbol"] == "other.py::send"
    assert pid is not None
    assert pid not in {os.getpid(), None}
    assert planner.pid == pid


async def test_a_job_that_is_cancelled_while_it_asks_has_ended(planner: PlanProcess) -> None:
    ask = Asked()
    job = asyncio.ensure_future(run(planner, ask))
    await asyncio.wait_for(ask.begun.wait(), 60)

    job.cancel()

    with pytest.raises(asyncio.CancelledError):
        await job
    assert (await run(planner))["plan"]["kind"] == "refactorings"


async def test_a_worker_that_does_not_stop_is_killed_and_the_next_job_has_another(
    planner: PlanProcess,
) -> None:
    ask = Asked()
    job = asyncio.ensure_future(run(planner, ask))
    await asyncio.wait_for(ask.begun.wait(), 60)
    pid = planner.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)

    job.cancel()

    with pytest.raises(asyncio.CancelledError):
        await job
    assert await gone(pid)
    assert (await run(planner))["plan"]["kind"] == "refactorings"


async def test_a_worker_that_dies_is_started_once_more(planner: PlanProcess) -> None:
    asked = 0

    async def ask(_question: Question) -> int | None:
        nonlocal asked
        asked += 1
        if asked == 1 and planner.pid is not None:
            os.kill(planner.pid, signal.SIGKILL)
        return 1

    done = await run(planner, ask)

    assert (asked, done["plan"]["kind"]) == (2, "refactorings")


async def test_a_worker_that_dies_twice_is_told_and_the_next_job_begins_anew(
    planner: PlanProcess,
) -> None:
    async def ask(_question: Question) -> int | None:
        assert planner.pid is not None
        os.kill(planner.pid, signal.SIGKILL)
        return 1

    with pytest.raises(HostError, match="was killed by signal 9, twice") as caught:
        await run(planner, ask)

    assert caught.value.code == "failed"
    assert (await run(planner))["plan"]["kind"] == "refactorings"


async def test_a_worker_leaves_when_it_is_idle(root: Path) -> None:
    planner = PlanProcess(root, kept_s=0.1)
    await run(planner)
    pid = planner.pid

    assert pid is None or await gone(pid)
    assert planner.pid is None
    assert (await run(planner))["plan"]["kind"] == "refactorings"
    await planner.close()


async def test_nothing_is_started_once_it_is_closed(planner: PlanProcess) -> None:
    ask = Asked()
    job = asyncio.ensure_future(run(planner, ask))
    await asyncio.wait_for(ask.begun.wait(), 60)
    pid = planner.pid
    assert pid is not None

    await planner.close()
    ask.goes_on.set()

    with pytest.raises(HostError, match="the host is leaving"):
        await job
    assert not is_alive(pid)
    assert planner.pid is None


async def test_a_worker_ends_when_its_pipe_is_closed(planner: PlanProcess) -> None:
    await run(planner)
    child = planner._child
    assert child is not None
    assert child.stdin is not None

    child.stdin.close()

    assert await asyncio.wait_for(child.wait(), 30) == 0


async def test_errors_keep_what_somebody_acts_on(planner: PlanProcess, root: Path) -> None:
    done = await run(planner, goal="make tea")
    for volume in (root / ".nanobot" / "index").rglob("*"):
        if volume.is_file() and "manifest" not in volume.name and "lock" not in volume.name:
            volume.write_bytes(b"damaged")

    assert done["not_understood"]["kind"] == "not understood"
    with pytest.raises(VolumeError):
        await run(planner)
