"""The roles share a tier's models, each started when it is asked for."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from nanobot_engine.model.catalogue.catalogue import Role
from nanobot_engine.model.trio import ModelTrio
from nanobot_engine.model.worker.options import DEFAULT_MODEL_OPTIONS
from nanobot_engine.model.worker.supervisor import WorkerState

OPTIONS = replace(DEFAULT_MODEL_OPTIONS, slots=2, context_tokens_per_slot=256)


@pytest.mark.model
def test_only_the_role_that_is_asked_for_starts(models_dir: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        trio = ModelTrio(models_dir, tmp_path, OPTIONS)
        try:
            assert {status.state for status in trio.states().values()} == {WorkerState.STOPPED}

            worker = await trio.worker(Role.MEMORY)

            states = trio.states()
            assert states[Role.MEMORY].state is WorkerState.READY
            assert states[Role.MEMORY].pid is not None
            assert states[Role.MEMORY].memory_bytes > 50 << 20
            assert states[Role.MAIN].state is WorkerState.STOPPED
            assert await trio.worker(Role.MEMORY) is worker
        finally:
            await trio.close()
        assert {status.state for status in trio.states().values()} == {WorkerState.STOPPED}

    asyncio.run(scenario())
