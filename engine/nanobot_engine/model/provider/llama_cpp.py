"""Models in OS processes of ours, run by llama-cpp-python: adapters change at run time.

The workers are supervised like the others; only what runs in them is another binding,
`worker/llama_cpp_server`.
"""

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nanobot_engine.model.catalogue.catalogue import ModelEntry, Role
from nanobot_engine.model.errors import WaveRefusedError, WorkerFailedError
from nanobot_engine.model.provider.provider import Capabilities, ProviderName
from nanobot_engine.model.worker.continuation import ContinuationWorker
from nanobot_engine.model.worker.options import ModelOptions
from nanobot_engine.model.worker.supervisor import ModelWorker, _Running
from nanobot_engine.model.worker.worker_client import RequestRefusedError, WorkerLostError

_ADAPTER_TIMEOUT_S: Final = 60.0
_ADAPTER_NAME: Final = "adapter.gguf"


class AdaptableWorker(ModelWorker):
    """Implements `AdapterModel`. A worker that was started again has the same adapter."""

    _adapter: tuple[Path, float] | None = None

    async def use_adapter(self, path: Path | None, *, scale: float = 1.0) -> None:
        """Lay an adapter over the weights, for all waves from now on; see `AdapterModel`.

        Raises:
            ModelError: As `generate`; nothing changed.
        """
        wanted = None if path is None else (path, scale)
        async with self._wave_lock:
            running = await self._ready()
            try:
                async with asyncio.timeout(_ADAPTER_TIMEOUT_S):
                    await _lay(running, wanted)
            except (WorkerLostError, TimeoutError) as error:
                reason = await self._discard(running, str(error) or "silent")
                raise WorkerFailedError(
                    self.role, f"it does not take the adapter: {reason}"
                ) from error
            except (RequestRefusedError, OSError) as error:
                raise WaveRefusedError(self.role, str(error)) from error
            self._adapter = wanted
            # What is stored was read with the other weights.
            running.prefixes.clear()

    async def _start(self) -> _Running:
        running = await super()._start()
        if self._adapter is not None:
            try:
                await _lay(running, self._adapter)
            except (RequestRefusedError, WorkerLostError, OSError) as error:
                await self._drop(running, str(error))
                raise WorkerFailedError(
                    self.role, f"it does not take the adapter: {error}"
                ) from error
        return running


async def _lay(running: _Running, adapter: tuple[Path, float] | None) -> None:
    """Have a worker use an adapter: from its own folder, which is all it may read."""
    if adapter is None:
        await running.client.use_adapter(None)
        return
    path, scale = adapter
    copy = running.process.folder / _ADAPTER_NAME
    await asyncio.to_thread(shutil.copyfile, path, copy)
    try:
        await running.client.use_adapter((copy, scale))
    finally:
        await asyncio.to_thread(copy.unlink, missing_ok=True)


@dataclass(frozen=True, slots=True)
class LlamaCppPythonProvider:
    """Implements `Provider`. Needs the extra `llama-cpp`, and the model files."""

    models_dir: Path
    runtime_dir: Path
    """For sockets, logs and stored prefixes."""
    options: ModelOptions

    @property
    def name(self) -> ProviderName:
        """Which it is."""
        return ProviderName.LLAMA_CPP_PYTHON

    async def capabilities(self, role: Role) -> Capabilities:  # noqa: ARG002 - the same for all
        """Say what the model of a role can do."""
        return Capabilities(
            repeatable=True,
            grammar=True,
            tokenize=True,
            shared_prompt=True,
            logprobs=True,
            continues=True,
            adapters=True,
        )

    def wave_model(self, role: Role, entry: ModelEntry) -> AdaptableWorker:
        """Return the model of a role."""
        return AdaptableWorker(
            role,
            entry,
            models_dir=self.models_dir,
            runtime_dir=self.runtime_dir,
            options=replace(self.options, engine="llama-cpp-python"),
        )

    def text_continuer(
        self,
        role: Role,  # noqa: ARG002 - the model is the entry's
        name: str,
        entry: ModelEntry,
        *,
        idle_s: float,
    ) -> ContinuationWorker:
        """Return a model that continues text."""
        return ContinuationWorker(
            name,
            entry,
            models_dir=self.models_dir,
            runtime_dir=self.runtime_dir,
            options=replace(self.options, engine="llama-cpp-python"),
            idle_s=idle_s,
        )
