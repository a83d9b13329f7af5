"""Models in OS processes of ours, run by the engine of llama.cpp's own server."""

from dataclasses import dataclass
from pathlib import Path

from nanobot_engine.model.catalogue.catalogue import ModelEntry, Role
from nanobot_engine.model.provider.provider import Capabilities, ProviderName
from nanobot_engine.model.worker.continuation import ContinuationWorker
from nanobot_engine.model.worker.options import ModelOptions
from nanobot_engine.model.worker.supervisor import ModelWorker


@dataclass(frozen=True, slots=True)
class XllamacppProvider:
    """Implements `Provider`. Needs nothing but the model files."""

    models_dir: Path
    runtime_dir: Path
    """For sockets, logs and stored prefixes."""
    options: ModelOptions

    @property
    def name(self) -> ProviderName:
        """Which it is."""
        return ProviderName.XLLAMACPP

    async def capabilities(self, role: Role) -> Capabilities:  # noqa: ARG002 - the same for all
        """Say what the model of a role can do."""
        return Capabilities(
            repeatable=True,
            grammar=True,
            tokenize=True,
            shared_prompt=True,
            logprobs=True,
            continues=True,
            adapters=False,
        )

    def wave_model(self, role: Role, entry: ModelEntry) -> ModelWorker:
        """Return the model of a role."""
        return ModelWorker(
            role,
            entry,
            models_dir=self.models_dir,
            runtime_dir=self.runtime_dir,
            options=self.options,
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
            options=self.options,
            idle_s=idle_s,
        )
