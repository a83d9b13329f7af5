"""Fixtures for all tests."""

from pathlib import Path

import pytest
from hypothesis import settings

from nanobot_engine.model import Tier, default_models_dir, install

# How long an example takes says more about the machine than about the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The models folder of the user, with the trio in it; fetched once."""
    folder = default_models_dir()
    install(Tier.POTATO, folder, progress=lambda _progress: None, cancelled=lambda: False)
    return folder
