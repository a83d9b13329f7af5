"""The real workspace host, with a scripted model in place of the trio.

`python scripted_models_host.py WORKSPACE WAVE_S`: a wave takes WAVE_S seconds.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from nanobot_engine.model import Lane, Role, Wave, WaveModel, WaveResult, WorkerStatus
from nanobot_engine.model.worker.continuation import TextContinuer
from nanobot_server.host.__main__ import run
from nanobot_server.host.model_workers import ContinuerStatus
from nanobot_server.settings import Settings
from support.scripted_continuer import ScriptedContinuer
from support.scripted_model import ScriptedModel


class SlowModel(ScriptedModel):
    """Answers alike, after a while."""

    def __init__(self, wave_s: float) -> None:
        """Answer each wave after `wave_s` seconds."""
        super().__init__(disagree=1)
        self._wave_s = wave_s

    async def generate(self, wave: Wave, *, timeout_s: float) -> WaveResult:
        """Answer."""
        await asyncio.sleep(self._wave_s)
        return await super().generate(wave, timeout_s=timeout_s)


class ScriptedModels:
    """Implements `ModelWorkers`."""

    def __init__(self, wave_s: float) -> None:
        """Give every role the same model."""
        self._model = SlowModel(wave_s)

    async def worker(self, role: Role, lane: Lane) -> WaveModel:
        """Return the model."""
        return self._model

    def continuer(self) -> TextContinuer:
        """Return one that has nothing to say."""
        return ScriptedContinuer()

    async def continuer_status(self) -> ContinuerStatus:
        """There is no worker."""
        return ContinuerStatus(pid=None, memory_bytes=0, restarts=0)

    def states(self) -> Mapping[Role, WorkerStatus]:
        """There are no workers."""
        return {}

    async def close(self) -> None:
        """There is nothing to end."""


def _make(_settings: Settings) -> ScriptedModels:
    return ScriptedModels(float(sys.argv[2]))


if __name__ == "__main__":
    run(Path(sys.argv[1]).resolve(), _make)
