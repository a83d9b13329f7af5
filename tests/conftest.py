"""Fixtures for all tests."""

from pathlib import Path

import pytest

from nanobot_engine.model import Tier, default_models_dir, install


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The models folder of the user, with the trio in it; fetched once."""
    folder = default_models_dir()
    install(Tier.POTATO, folder, progress=lambda _progress: None, cancelled=lambda: False)
    return folder
