"""From the user's settings to the options of engine and indexer.

Below the server nobody reads settings: each part gets its own small options.
"""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nanobot_engine.model import (
    DEFAULT_MODEL_OPTIONS,
    ModelEntry,
    ModelOptions,
    ModelTrio,
    Role,
    default_models_dir,
)
from nanobot_indexer import DEFAULT_INDEX_OPTIONS, IndexOptions
from nanobot_server.chosen_models import gpu_share, role_models
from nanobot_server.settings import Settings

if TYPE_CHECKING:
    from nanobot_engine.process import ProcessOptions


def models_dir(settings: Settings) -> Path:
    """Return where the model files are."""
    return settings.model.models_dir or default_models_dir()


def main_model(settings: Settings) -> ModelEntry:
    """Return the model that answers the recipes.

    Raises:
        UnknownModelError, OwnModelsError: As `role_models`.
    """
    return role_models(settings)[Role.MAIN]


def model_options(settings: Settings) -> ModelOptions:
    """Return how workers are run."""
    model = settings.model
    options = replace(
        DEFAULT_MODEL_OPTIONS,
        slots=model.slots,
        context_tokens_per_slot=model.context_tokens,
        engine=model.provider,
    )
    return options if model.threads is None else replace(options, threads=model.threads)


def model_trio(settings: Settings, runtime_dir: Path) -> ModelTrio:
    """Return the models of the roles. Starts nothing.

    Raises:
        UnknownModelError, OwnModelsError: As `role_models`.
    """
    return ModelTrio(
        models_dir(settings),
        runtime_dir,
        model_options(settings),
        entries=role_models(settings),
        gpus={role: gpu_share(settings, role) for role in Role},
    )


def index_options(settings: Settings) -> IndexOptions:
    """Return the limits of the indexer."""
    return replace(
        DEFAULT_INDEX_OPTIONS,
        file_size_bytes_max=settings.index.file_size_bytes_max,
        line_length_bytes_max=settings.index.line_length_bytes_max,
    )


def process_options(
    settings: Settings, *, seed: int | None, steps_max: int | None
) -> "ProcessOptions":
    """Return what a new process is run with; stored with it, for resume."""
    # Half of the engine, which a host has and a front that asks where models are does without.
    from nanobot_engine.process import ProcessOptions  # noqa: PLC0415

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
