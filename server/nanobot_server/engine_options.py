"""From the user's settings to the options of engine and indexer.

Below the server nobody reads settings: each part gets its own small options.
"""

import secrets
from dataclasses import replace
from pathlib import Path

from nanobot_engine.model import (
    DEFAULT_MODEL_OPTIONS,
    ModelEntry,
    ModelOptions,
    Role,
    Tier,
    default_models_dir,
    load_catalogue,
)
from nanobot_engine.process import ProcessOptions
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexOptions
from nanobot_server.settings import Settings


def models_dir(settings: Settings) -> Path:
    """Return where the model files are."""
    return settings.model.models_dir or default_models_dir()


def main_model(settings: Settings) -> ModelEntry:
    """Return the model that answers the recipes."""
    tier = Tier(settings.model.tier) if settings.model.tier else Tier.POTATO
    return load_catalogue().for_role(tier, Role.MAIN)


def model_options(settings: Settings) -> ModelOptions:
    """Return how workers are run."""
    model = settings.model
    changes: dict[str, int] = {
        "slots": model.slots,
        "context_tokens_per_slot": model.context_tokens,
    }
    if model.threads is not None:
        changes["threads"] = model.threads
    return replace(DEFAULT_MODEL_OPTIONS, **changes)


def index_options(settings: Settings) -> IndexOptions:
    """Return the limits of the indexer."""
    return replace(
        DEFAULT_INDEX_OPTIONS,
        file_size_bytes_max=settings.index.file_size_bytes_max,
        line_length_bytes_max=settings.index.line_length_bytes_max,
    )


def process_options(
    settings: Settings, *, seed: int | None, steps_max: int | None
) -> ProcessOptions:
    """Return what a new process is run with; stored with it, for resume."""
    process, model = settings.process, settings.model
    return ProcessOptions(
        seed=secrets.randbelow(2**31) if seed is None else seed,
        votes_ahead=process.votes_ahead,
        samples_per_wave=process.samples_per_wave,
        samples_max=process.samples_max,
        temperature=process.temperature,
        slots=model.slots,
        context_tokens=model.context_tokens,
        steps_max=process.steps_max if steps_max is None else steps_max,
        model=main_model(settings).name,
    )
