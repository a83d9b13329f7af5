"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from nanobot_engine.model import Tier, default_models_dir, install

# How long an example takes says more about the machine than about the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what nanobot remembers of its user out of the home of who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The models folder of the user, with the trio in it; fetched once."""
    folder = default_models_dir()
    install(Tier.POTATO, folder, progress=lambda _progress: None, cancelled=lambda: False)
    return folder
