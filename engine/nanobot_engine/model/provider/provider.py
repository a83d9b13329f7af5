"""The interface of everything that runs models: a role in, ports out.

Who asks for waves and continuations knows `WaveModel` and `TextContinuer` only. Who
starts them takes a `Provider`, chosen by the user's settings.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from nanobot_engine.model.catalogue.catalogue import ModelEntry, Role
from nanobot_engine.model.wave import WaveModel
from nanobot_engine.model.worker.continuation import TextContinuer
from nanobot_engine.model.worker.supervisor import WorkerStatus


class ProviderName(StrEnum):
    """How models are run. Stored in settings by value."""

    XLLAMACPP = "xllamacpp"
    LLAMA_CPP_PYTHON = "llama-cpp-python"
    OPENAI = "openai"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model promises beyond answering. Who needs one asks before it relies on it."""

    repeatable: bool
    """An answer is a function of the wave, bit for bit, on one machine and one version."""
    grammar: bool
    """A grammar is kept; else a wave with one is refused."""
    tokenize: bool
    """Tokens are counted by the model's own tokenizer; else by an upper bound."""
    shared_prompt: bool
    """Several samples read their prompt once."""
    logprobs: bool
    """`Sample.mean_logprob` is filled in when asked for."""
    continues: bool
    """There is a `TextContinuer`."""
    adapters: bool
    """Adapters are changed while the model stays loaded: `AdapterModel`."""


class ClosableModel(WaveModel, Protocol):
    """A model that answers waves, and is closed by who asked for it."""

    def status(self) -> WorkerStatus:
        """Return what `nanobot doctor` shows."""

    async def start(self) -> None:
        """Load the model, or see that it can be reached.

        Raises:
            ModelError: It can not be run.
        """

    async def close(self) -> None:
        """Let go of it. The next wave would start it again."""


class ClosableContinuer(TextContinuer, Protocol):
    """A model that continues text, and is closed by who asked for it."""

    async def close(self) -> None:
        """Let go of it. The next request would start it again."""


class AdapterModel(ClosableModel, Protocol):
    """A model whose adapter is changed while it stays loaded."""

    async def use_adapter(self, path: Path | None, *, scale: float = 1.0) -> None:
        """Lay an adapter over the weights, for all waves from now on.

        Args:
            path: Absolute, a GGUF file made for the model's architecture; None for the bare model.
            scale: How strongly it works.

        Raises:
            WaveRefusedError: The file is no adapter of this model; nothing changed.
        """


class Provider(Protocol):
    """Runs models. What it returns is new each time and belongs to the caller."""

    @property
    def name(self) -> ProviderName:
        """Which it is."""

    async def capabilities(self, role: Role) -> Capabilities:
        """Say what the model of a role can do.

        Raises:
            ModelError: An endpoint could not be asked.
        """

    def wave_model(self, role: Role, entry: ModelEntry) -> ClosableModel:
        """Return the model of a role. Starts nothing.

        Args:
            role: What for.
            entry: The file of a local model; an endpoint takes its template only.

        Raises:
            WorkerFailedError: The provider has no model for the role.
        """

    def text_continuer(
        self, role: Role, name: str, entry: ModelEntry, *, idle_s: float
    ) -> ClosableContinuer:
        """Return a model that continues text. Starts nothing.

        Args:
            role: Which model of an endpoint.
            name: In messages and logs.
            entry: As above.
            idle_s: So long it stays when nobody asks.

        Raises:
            WorkerFailedError: The provider has none.
        """
