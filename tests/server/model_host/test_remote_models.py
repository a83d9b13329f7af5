"""Workspaces that share a model host, with a real, small model that is killed and left."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nanobot_engine.model import (
    ChecksumError,
    Lane,
    ModelMissingError,
    PromptTooLongError,
    Role,
    Segment,
    WaveRefusedError,
    WaveTimeoutError,
    WorkerState,
)
from nanobot_server.model_host.remote_models import RemoteModels
from support.host_processes import model_hosts
from support.shared_models import (
    is_running,
    small_settings,
    the_host,
    until,
    wave,
    workers_of,
)

pytestmark = [pytest.mark.model, pytest.mark.asyncio]

Open = Callable[..., RemoteModels]


@pytest_asyncio.fixture
async def opened(own_runtime_dir: Path, models_dir: Path) -> AsyncIterator[Open]:
    """Open a workspace's view of the models; closed at the end."""
    made: list[RemoteModels] = []

    def open_one(folder: Path = models_dir, **model: Any) -> RemoteModels:
        made.append(RemoteModels(small_settings(folder, **model)))
        return made[-1]

    yield open_one
    for one in made:
        await one.close()


async def test_two_workspaces_share_one_host_and_one_worker(
    opened: Open, own_runtime_dir: Path
) -> None:
    one, other = opened(), opened()

    models = await asyncio.gather(
        one.worker(Role.MEMORY, Lane.PROCESS), other.worker(Role.MEMORY, Lane.CHAT)
    )
    results = await asyncio.gather(*(model.generate(wave(), timeout_s=60) for model in models))

    host = the_host(own_runtime_dir)
    assert results[0].samples == results[1].samples
    assert len(workers_of(host)) == 1
    await until(lambda: one.states() != {} and other.states() != {})
    assert one.states()[Role.MEMORY].pid == other.states()[Role.MEMORY].pid
    assert await models[0].count_tokens((Segment("two words"),)) > 1
    assert (models[0].slots, models[0].context_tokens) == (2, 1_024)


async def test_a_host_that_is_killed_in_a_wave_leaves_nothing_and_the_answer_is_the_same(
    opened: Open, own_runtime_dir: Path
) -> None:
    models = opened()
    model = await models.worker(Role.MEMORY, Lane.PROCESS)
    expected = await model.generate(wave(tokens_max=150), timeout_s=60)
    host = the_host(own_runtime_dir)
    (worker,) = workers_of(host)

    asking = asyncio.create_task(model.generate(wave(tokens_max=150), timeout_s=60))
    await until(lambda: models.states()[Role.MEMORY].state is WorkerState.BUSY)
    host.send_signal(signal.SIGKILL)
    again = await asking

    assert again.samples == expected.samples
    assert not is_running(worker)
    assert the_host(own_runtime_dir).pid != host.pid


async def test_it_leaves_when_nobody_needs_it(opened: Open, own_runtime_dir: Path) -> None:
    models = opened()
    await models.worker(Role.MEMORY, Lane.PROCESS)
    host = the_host(own_runtime_dir)
    (worker,) = workers_of(host)

    await models.close()
    await until(lambda: not model_hosts(own_runtime_dir))

    assert not is_running(worker)
    assert list((own_runtime_dir / "nanobot").glob("*.sock")) == []


async def test_an_idle_model_is_unloaded_and_comes_back(
    opened: Open, own_runtime_dir: Path
) -> None:
    model = await opened(idle_unload_s=1.0).worker(Role.MEMORY, Lane.PROCESS)
    first = await model.generate(wave(), timeout_s=60)
    host = the_host(own_runtime_dir)

    await until(lambda: workers_of(host) == [])
    second = await model.generate(wave(), timeout_s=60)

    assert second.samples == first.samples
    assert the_host(own_runtime_dir).pid == host.pid


async def test_who_goes_away_in_a_wave_makes_room_for_others(opened: Open) -> None:
    leaving, staying = opened(), opened()
    model = await leaving.worker(Role.MEMORY, Lane.CHAT)
    other = await staying.worker(Role.MEMORY, Lane.INDEX)

    asking = asyncio.create_task(model.generate(wave(tokens_max=900), timeout_s=300))
    await until(lambda: staying.states()[Role.MEMORY].state is WorkerState.BUSY)
    await leaving.close()
    answered = await other.generate(wave(), timeout_s=60)

    assert answered.generated_tokens > 0
    asking.cancel()
    await asyncio.wait({asking})


async def test_what_is_cancelled_here_is_cancelled_there(opened: Open) -> None:
    models = opened()
    model = await models.worker(Role.MEMORY, Lane.PROCESS)

    asking = asyncio.create_task(model.generate(wave(tokens_max=900), timeout_s=300))
    await until(lambda: models.states()[Role.MEMORY].state is WorkerState.BUSY)
    asking.cancel()
    await asyncio.wait({asking})

    assert (await model.generate(wave(), timeout_s=60)).generated_tokens > 0
    assert models.states()[Role.MEMORY].restarts == 0


async def test_errors_arrive_as_what_they_are(opened: Open, tmp_path: Path) -> None:
    model = await opened().worker(Role.MEMORY, Lane.PROCESS)

    with pytest.raises(PromptTooLongError, match="at most 24 fit"):
        await model.generate(wave(tokens_max=1_000), timeout_s=60)
    with pytest.raises(WaveRefusedError, match="3 answers asked for, 2 slots"):
        await model.generate(wave(samples=3), timeout_s=60)
    with pytest.raises(WaveTimeoutError, match=r"no answer within 0\.1 s"):
        await model.generate(wave(tokens_max=900), timeout_s=0.1)
    with pytest.raises(ModelMissingError) as missing:
        await opened(tmp_path).worker(Role.MEMORY, Lane.PROCESS)
    assert missing.value.path.parent == tmp_path
    missing.value.path.write_text("not a model")
    with pytest.raises(ChecksumError):
        await opened(tmp_path).worker(Role.MEMORY, Lane.PROCESS)


async def test_changed_settings_have_models_of_their_own_until_nobody_has_the_old_ones(
    opened: Open, own_runtime_dir: Path
) -> None:
    old, new = opened(), opened(context_tokens=1_280)
    await old.worker(Role.MEMORY, Lane.PROCESS)
    changed = await new.worker(Role.MEMORY, Lane.PROCESS)
    host = the_host(own_runtime_dir)

    assert changed.context_tokens == 1_280
    assert len(workers_of(host)) == 2
    await old.close()
    await until(lambda: len(workers_of(host)) == 1)
    assert (await changed.generate(wave(), timeout_s=60)).generated_tokens > 0


async def test_a_worker_that_is_killed_is_replaced(opened: Open, own_runtime_dir: Path) -> None:
    models = opened()
    model = await models.worker(Role.MEMORY, Lane.PROCESS)
    expected = await model.generate(wave(), timeout_s=60)
    (worker,) = workers_of(the_host(own_runtime_dir))

    os.kill(worker, signal.SIGKILL)
    again = await model.generate(wave(), timeout_s=60)

    assert again.samples == expected.samples
    await until(lambda: models.states()[Role.MEMORY].restarts == 1)
