"""The real embedding model, fetched once into the user's models folder."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nanobot_engine.model import default_models_dir, install_embedder

OpenModel = Callable[[], int]


@pytest.fixture(scope="session")
def embedder_path() -> Path:
    folder = default_models_dir()
    done = install_embedder(folder, progress=lambda _progress: None, cancelled=lambda: False)
    return done.path


@pytest.fixture(scope="session")
def open_model(embedder_path: Path) -> OpenModel:
    return lambda: os.open(embedder_path, os.O_RDONLY)
